"""Depth without weights: the ground runs away from the camera to the horizon."""

from __future__ import annotations

import numpy as np

from lucida.engines.depth.estimate import Depth, Sight
from lucida.engines.progress import Progress

_EYE, _FARTHEST = 1.6, 60.0  # metres


class DraftDepth:
    """Takes everything for ground below the horizon, and for its far end above it."""

    name = "draft"
    licence = "Apache-2.0"

    def estimate(self, sight: Sight, progress: Progress) -> Depth:
        """Depth of a level ground, known up to scale and shift."""
        height, width = sight.pixels.shape[:2]
        focal = sight.focal or 0.9 * max(height, width)
        below = np.arange(height) + 0.5 - height / 2 - focal * np.tan(sight.pitch or 0.0)
        column = np.minimum(_EYE * focal / np.maximum(below, 1e-3), _FARTHEST).astype(np.float32)
        progress(1.0, "Depth of the ground")
        return Depth(np.repeat(column[:, None], width, 1), "affine disparity", focal)
