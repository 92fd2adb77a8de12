"""What is done to latents between two steps: shown cheaply, and kept where a mask is black."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import torch

# The linear map from SDXL's four latent channels to sRGB codes that its users found by fit.
_TO_RGB = np.array([[60, -60, 25, -70], [60, -5, 15, -50], [60, 10, -5, -35]], np.float32)
_OFFSET = np.array([150, 140, 130], np.float32)


def rough_picture(latents: torch.Tensor) -> NDArray[np.uint8]:
    """A picture (h, w, 3) of latents (1, 4, h, w): an eighth of the size, and no decoder."""
    values = latents[0].detach().to("cpu").float().numpy()
    codes = np.einsum("kc,chw->hwk", _TO_RGB, values) + _OFFSET
    return np.asarray(np.clip(codes, 0, 255), np.uint8)


def latent_mask(mask: NDArray[np.uint8], size: tuple[int, int]) -> torch.Tensor:
    """How much of each latent may change, float32 (1, 1, h, w): wherever some pixel under it may.

    `mask` (H, W) is white (255) where the picture may change.
    """
    import torch

    height, width = size
    rows, columns = mask.shape[0] // height, mask.shape[1] // width
    most = mask[: rows * height, : columns * width].reshape(height, rows, width, columns).max((1, 3))
    return torch.from_numpy((most > 0).astype(np.float32))[None, None]
