"""Pictures as depth networks take them, by what a checkpoint's `preprocessor_config.json` says.

The results are those of transformers' own processors, of which DepthPro's does not run without torchvision.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

if TYPE_CHECKING:
    import torch

_BICUBIC = 3  # Pillow's number for it, which the files use


@dataclass(frozen=True)
class Preprocessing:
    """The size a network takes, and the colours' mean and deviation, of values from 0 to 1.

    `keep_aspect` brings one side to its size and the other to what fits, both to whole multiples; `resample` is
    Pillow's number of a filter.
    """

    height: int
    width: int
    mean: tuple[float, ...]
    deviation: tuple[float, ...]
    multiple: int = 1
    keep_aspect: bool = False
    resample: int = _BICUBIC

    @classmethod
    def read(cls, config: Mapping[str, Any], side: int) -> Preprocessing:
        """As a file says it; `side` where it says no size. Raises `ValueError`."""
        size = config.get("size") or side
        height, width = (size["height"], size["width"]) if isinstance(size, dict) else (size, size)
        mean, deviation = (tuple(config.get(name) or (0.5,) * 3) for name in ("image_mean", "image_std"))
        if len(mean) != 3 or len(deviation) != 3 or min(height, width, *deviation) <= 0:
            raise ValueError("its preprocessor_config.json says no size, mean and deviation that work")
        return cls(
            int(height),
            int(width),
            mean,
            deviation,
            int(config.get("ensure_multiple_of") or 1),
            bool(config.get("keep_aspect_ratio")),
            int(config.get("resample", _BICUBIC)),
        )

    def size_for(self, height: int, width: int) -> tuple[int, int]:
        """Height and width in which a picture of this size is shown."""
        down, across = self.height / height, self.width / width
        if self.keep_aspect:  # whichever changes the picture less
            down = across = across if abs(1 - across) < abs(1 - down) else down
        return self._whole(down * height), self._whole(across * width)

    def _whole(self, length: float) -> int:
        whole = round(length / self.multiple) * self.multiple
        return whole if whole > 0 else math.ceil(length / self.multiple) * self.multiple

    def resampled(self, pixels: NDArray[np.uint8]) -> torch.Tensor:
        """A picture (H, W, 3) as (3, h, w): scaled in bytes by Pillow, as DPT's processor does, then normalised."""
        import torch

        height, width = self.size_for(*pixels.shape[:2])
        small = Image.fromarray(pixels).resize((width, height), Image.Resampling(self.resample))
        mean, deviation = np.asarray(self.mean, np.float32), np.asarray(self.deviation, np.float32)
        values = (np.asarray(small, np.float32) * np.float32(1 / 255) - mean) / deviation
        return torch.from_numpy(values).permute(2, 0, 1).contiguous()

    def stretched(self, pixels: NDArray[np.uint8]) -> torch.Tensor:
        """A picture (H, W, 3) as (3, h, w): normalised, then scaled without a filter, as DepthPro's processor does."""
        import torch

        values = torch.from_numpy(pixels).permute(2, 0, 1)[None].to(torch.float32)
        mean, deviation = (torch.tensor(each)[:, None, None] for each in (self.mean, self.deviation))
        values = (values - mean * 255) / (deviation * 255)
        size = (self.height, self.width)
        return torch.nn.functional.interpolate(values, size, mode="bilinear", align_corners=False)[0]
