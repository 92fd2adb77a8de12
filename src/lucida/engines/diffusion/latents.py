"""What is done to latents between two steps: shown cheaply, and kept where a mask is black."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

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


def in_colours(latents: torch.Tensor, colours: NDArray[np.float32]) -> NDArray[np.uint8]:
    """A picture (h, w, 3) of latents (1, c, h, w) by the map that `fitted_colours` gives."""
    values = latents[0].detach().to("cpu").float().numpy()
    codes = np.einsum("ck,chw->hwk", colours[:-1], values) + colours[-1]
    return np.asarray(np.clip(codes, 0, 255), np.uint8)


def fitted_colours(vae: Any, device: torch.device) -> NDArray[np.float32]:
    """The linear map from latents to sRGB codes that is closest to what a decoder makes of flat colours (c + 1, 3).

    A row for each channel, and the offset. It decodes one picture of 384², of patches that are a latent each, on the
    `device`, wherever the decoder waits until then.
    """
    import torch

    patches, side = 12, 4  # of the picture along an edge, and latents along a patch's
    values = torch.randn(patches, patches, vae.config.latent_channels, generator=torch.Generator().manual_seed(0))
    latents = values.permute(2, 0, 1).repeat_interleave(side, 1).repeat_interleave(side, 2)[None]
    latents = latents / vae.config.scaling_factor + (vae.config.shift_factor or 0)
    decoded = vae.decode(latents.to(device, vae.dtype)).sample[0].to("cpu").float().numpy()
    pixels = decoded.shape[1] // patches
    middle = slice(pixels // 4, pixels - pixels // 4)
    codes = decoded.reshape(3, patches, pixels, patches, pixels)[:, :, middle, :, middle].mean((2, 4)) * 127.5 + 127.5
    known = np.concatenate([values.numpy().reshape(patches**2, -1), np.ones((patches**2, 1))], 1)
    return np.asarray(np.linalg.lstsq(known, codes.reshape(3, -1).T, rcond=None)[0], np.float32)


def latent_mask(mask: NDArray[np.uint8], size: tuple[int, int]) -> torch.Tensor:
    """How much of each latent may change, float32 (1, 1, h, w): wherever some pixel under it may.

    `mask` (H, W) is white (255) where the picture may change.
    """
    import torch

    height, width = size
    rows, columns = mask.shape[0] // height, mask.shape[1] // width
    most = mask[: rows * height, : columns * width].reshape(height, rows, width, columns).max((1, 3))
    return torch.from_numpy((most > 0).astype(np.float32))[None, None]
