"""Depth Anything V2 and MiDaS: how near everything is, up to a scale and a shift.

Yang et al. 2024, "Depth Anything V2"; Ranftl et al. 2021, "Vision Transformers for Dense Prediction", whose DPT-Large
is the third MiDaS. What either gives is disparity: 1 / metres times a factor plus a shift, both unknown, 0 in the sky.
"""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from lucida.engines.depth.estimate import Depth, Sight, focal_of
from lucida.engines.depth.network import Network, load_network
from lucida.engines.depth.preprocessing import Preprocessing
from lucida.engines.depth.tiling import shrinks, tiled
from lucida.engines.progress import Progress

_NEAREST = 1.5  # metres that the nearest things are taken for
_NEAR = 99.5  # percentile of disparity that tells them
_SKY = 0.005  # of the nearest's disparity: what has less is infinitely far
_RELATIVE = f"The model tells no metres: the nearest things are taken to be {_NEAREST:g} m away."
_NOTHING = "The model found nothing that is nearer than the sky."


class RelativeDepth:
    """A loaded model."""

    def __init__(self, name: str, licence: str, network: Network, preprocessing: Preprocessing) -> None:
        self.name, self.licence = name, licence
        self._network, self._preprocessing = network, preprocessing

    def estimate(self, sight: Sight, progress: Progress) -> Depth:
        """The depth of a picture, up to a scale and a shift of 1 / depth.

        Raises `OutOfMemory`, and what `progress` raises to stop the work.
        """
        progress(0.0, "depth of the whole picture")
        height, width = sight.pixels.shape[:2]
        disparity = self._look([sight.pixels])[0]
        if shrinks(height, width, self._preprocessing.size_for(height, width)):
            side, batch = self._preprocessing.height, self._network.batch
            disparity = tiled(self._look, sight.pixels, disparity, side, progress, scaled=True, batch=batch)
        else:
            enlarged = cv2.resize(disparity, (width, height), interpolation=cv2.INTER_LINEAR)
            disparity = np.asarray(enlarged, np.float32)
        progress(1.0, "depth is known")
        metres, found = relative_metres(disparity)
        focal, assumed = focal_of(sight)
        return Depth(metres, "affine disparity", focal, (_RELATIVE if found else _NOTHING, *assumed))

    def _look(self, pictures: Sequence[NDArray[np.uint8]]) -> list[NDArray[np.float32]]:
        return self._network.run([self._preprocessing.resampled(picture) for picture in pictures])[0]

    def close(self) -> None:
        """Let go of the network."""
        self._network.close()


def relative_metres(disparity: NDArray[np.float32]) -> tuple[NDArray[np.float32], bool]:
    """Metres from disparity (H, W), the nearest at 1.5 m, what has next to none infinite; and whether any is not."""
    nearest = float(np.percentile(disparity[::2, ::2], _NEAR))
    if nearest <= 0:
        return np.full(disparity.shape, np.inf, np.float32), False
    solid = disparity > _SKY * nearest
    metres = np.full(disparity.shape, np.inf, np.float32)
    np.divide(np.float32(_NEAREST * nearest), disparity, out=metres, where=solid)
    return metres, True


def load_relative(name: str, title: str, licence: str, source: str) -> RelativeDepth:
    """`midas`, or a Depth Anything of that name, from a folder or a name on the hub.

    Raises `ModelUnavailable`, `OutOfMemory`.
    """
    if name == "midas":
        return RelativeDepth(name, licence, *load_network(title, source, "dpt", "DPTForDepthEstimation", 384))
    kind, architecture = "depth_anything", "DepthAnythingForDepthEstimation"
    return RelativeDepth(name, licence, *load_network(title, source, kind, architecture, 518))
