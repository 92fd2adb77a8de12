"""The phone's own depth map, as large as its picture."""

from __future__ import annotations

import cv2
import numpy as np
import scipy.ndimage
from numpy.typing import NDArray

from lucida.engines.depth.edges import enlarged
from lucida.engines.depth.estimate import Depth, Sight, focal_of

ACCURACY = {
    "none": "The phone vouches for its metres.",
    "scale": "Its metres are known up to a factor.",
    "affine disparity": "The phone vouches for what is nearer, not for its metres.",
}


def depth_of_phone(sight: Sight) -> Depth | None:
    """The depth that came with the picture, its holes filled from around them; None where it is empty or absent."""
    if sight.measured is None:
        return None
    known = np.isfinite(sight.measured) & (sight.measured > 0)
    if not known.any() or min(sight.measured.shape) < 2:
        return None
    disparity = np.where(known, 1 / np.where(known, sight.measured, 1), 0).astype(np.float32)
    height, width = disparity.shape
    guide = np.asarray(cv2.resize(sight.pixels, (width, height), interpolation=cv2.INTER_AREA), np.uint8)
    notes = f"The depth is the phone's own map of {width} × {height} pixels. {ACCURACY[sight.measured_freedom]}"
    if not known.all():
        disparity = _filled(disparity, known, guide)
        notes += f" It is silent on {100 * (1 - known.mean()):.0f} %, which is filled from around."
    metres = np.asarray(1 / np.maximum(enlarged(disparity, guide, sight.pixels), 1e-4), np.float32)
    focal, assumed = focal_of(sight)
    return Depth(metres, sight.measured_freedom, focal, (notes, *assumed))


def _filled(disparity: NDArray[np.float32], known: NDArray[np.bool_], guide: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Holes take the nearest value, evened out where the picture has no edge."""
    nearest = scipy.ndimage.distance_transform_edt(~known, return_distances=False, return_indices=True)
    full = disparity[tuple(nearest)]
    even = cv2.ximgproc.fastGlobalSmootherFilter(guide, full, 100.0, 8.0)
    return np.where(known, disparity, even).astype(np.float32)
