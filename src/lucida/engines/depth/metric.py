"""DepthPro: depth in metres and the camera's field of view, from one picture.

Bochkovskii et al. 2024, "Depth Pro: Sharp Monocular Metric Depth in Less Than a Second". The network gives canonical
inverse depth: times the picture's width over the focal length, both in pixels, it is 1 / metres.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from lucida.engines.depth.estimate import Depth, Sight
from lucida.engines.depth.network import Network, load_network
from lucida.engines.depth.preprocessing import Preprocessing
from lucida.engines.depth.tiling import shrinks, tiled
from lucida.engines.progress import Progress

FARTHEST = 1e4  # metres: the network's farthest is the sky
_NEAREST = 1e-4
_SIDE = 1536


class DepthPro:
    """A loaded model."""

    name = "depthpro"

    def __init__(self, licence: str, network: Network, preprocessing: Preprocessing) -> None:
        self.licence = licence
        self._network, self._preprocessing = network, preprocessing

    def estimate(self, sight: Sight, progress: Progress) -> Depth:
        """The depth of a picture, metric; its focal length is the sight's, else what the model tells.

        Raises `OutOfMemory`, and what `progress` raises to stop the work.
        """
        progress(0.0, "depth of the whole picture")
        height, width = sight.pixels.shape[:2]
        (canonical,), (field,) = self._network.run([self._preprocessing.stretched(sight.pixels)])
        focal, notes = sight.focal, tuple[str, ...]()
        if focal is None:
            focal = focal_length(field, width) if field is not None else float(width)
            how = "estimated from the picture" if field is not None else "assumed, for the model does not tell it"
            notes = (f"The focal length, {focal:.0f} pixels, is {how}.",)
        if shrinks(height, width, (self._preprocessing.height, self._preprocessing.width)):

            def look(pictures: Sequence[NDArray[np.uint8]]) -> list[NDArray[np.float32]]:
                maps, _ = self._network.run([self._preprocessing.stretched(picture) for picture in pictures])
                scales = [picture.shape[1] / focal for picture in pictures]
                return [each * np.float32(scale) for each, scale in zip(maps, scales, strict=True)]

            disparity = tiled(
                look,
                sight.pixels,
                canonical * np.float32(width / focal),
                self._preprocessing.height,
                progress,
                scaled=False,
                floor=1 / FARTHEST,
                batch=self._network.batch,
            )
        else:
            disparity = canonical * np.float32(width / focal)
        metres = in_metres(disparity, (height, width))
        metres[metres >= FARTHEST * (1 - 1e-6)] = np.inf
        progress(1.0, "depth is known")
        return Depth(metres, "none" if sight.focal else "scale", focal, notes)

    def close(self) -> None:
        """Let go of the network."""
        self._network.close()


def focal_length(field_of_view: float, width: int) -> float:
    """The focal length in pixels of a picture whose horizontal field of view is so many degrees, 1 to 170."""
    return 0.5 * width / math.tan(0.5 * math.radians(min(max(field_of_view, 1.0), 170.0)))


def in_metres(inverse: NDArray[np.float32], size: tuple[int, int]) -> NDArray[np.float32]:
    """Metres (H, W), 10,000 at the most, of 1 / metres (h, w)."""
    import torch

    enlarged = torch.nn.functional.interpolate(torch.from_numpy(inverse)[None, None], size, mode="bilinear")[0, 0]
    return np.asarray(1 / enlarged.clamp(1 / FARTHEST, 1 / _NEAREST).numpy(), np.float32)


def load_depthpro(title: str, licence: str, source: str) -> DepthPro:
    """The model from a folder or a name on the hub. Raises `ModelUnavailable`, `OutOfMemory`."""
    kind, architecture = "depth_pro", "DepthProForDepthEstimation"
    return DepthPro(licence, *load_network(title, source, kind, architecture, _SIDE, large=True))
