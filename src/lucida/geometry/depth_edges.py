"""Flying pixels: what hangs in the air between something near and something far behind it."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

# Of the distance, on either side. MoGe's authors call a 3×3 window an edge where its depths span 0.01 to 0.04 of the
# depth. This is the wide end, halved because each side counts alone: a floor seen by a phone (1.5 m up, focal length
# 1,500 pixels) stays whole out to 45 m, while the narrow end would end it at 11 m. docs/benchmarks.md has what it does.
STEP = 0.02


def flying(distance: NDArray[np.float32], step: float = STEP, wrap: bool = False) -> NDArray[np.bool_]:
    """Where a pixel (H, W) is farther than one neighbour and nearer than another by over `step` of its distance.

    Both sides of a clean edge stay, a wire of one pixel stays, and what a model or its up-sampling smeared an edge into
    goes. `wrap` joins the right border to the left, as a panorama does.
    """
    around = cv2.copyMakeBorder(distance, 0, 0, 1, 1, cv2.BORDER_WRAP) if wrap else distance
    inner = slice(1, -1) if wrap else slice(None)
    window = np.ones((3, 3), np.uint8)
    apart = np.float32(step) * distance
    behind_another = distance - cv2.erode(around, window)[:, inner] > apart
    return np.asarray(behind_another & (cv2.dilate(around, window)[:, inner] - distance > apart))
