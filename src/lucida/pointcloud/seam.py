"""The seam of a painted panorama: how visible it is, and its repair."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

GOOD = 1.5  # a score up to which nobody sees the seam
_WIDE, _NARROW = 1 / 16, 4  # how far the repair reaches: tones as a share of the width, detail in pixels


def seam_score(panorama: NDArray[np.uint8]) -> float:
    """How much the panorama (H, W, 3) jumps where it closes, over how much it changes between neighbouring columns.

    1 is no seam at all. What it is compared with is the 90th percentile over the columns, so that a picture that is
    plain in places does not make a seam of its texture.
    """
    code = panorama.astype(np.float32)
    steps = np.abs(np.diff(code, axis=1)).mean((0, 2))
    usual = max(float(np.percentile(steps, 90)), 0.5) if len(steps) else 0.5
    return float(np.abs(code[:, 0] - code[:, -1]).mean()) / usual


def closed(panorama: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The panorama with both its edges brought to what lies between them.

    Tones, which are smooth along the seam, are evened out over a sixteenth of the width to either side; what is left,
    detail, over a few pixels.
    """
    height, width = panorama.shape[:2]
    code = panorama.astype(np.float32)
    jump = code[:, -1] - code[:, 0]  # (H, 3)
    tones = cv2.GaussianBlur(jump[:, None], (1, 0), sigmaX=1, sigmaY=max(1.0, height / 48))[:, 0]
    column = np.arange(width) + 0.5
    for part, reach in ((tones, max(2.0, width * _WIDE)), (jump - tones, min(_NARROW, width / 4))):
        left, right = _fading(column / reach), _fading((width - column) / reach)
        code += 0.5 * part[:, None] * (left - right)[None, :, None]
    return np.asarray(np.clip(np.rint(code), 0, 255), np.uint8)


def _fading(distance: NDArray[np.float64]) -> NDArray[np.float32]:
    """1 at the seam, 0 from a distance of 1 on, smoothly."""
    near = np.clip(1 - distance, 0, 1)
    return np.asarray(near * near * (3 - 2 * near), np.float32)
