"""Rain and snow in front of the camera."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray


def with_falling(radiance: NDArray[np.float32], kind: str, seed: int) -> NDArray[np.float32]:
    """Radiance (H, W, 3) behind streaks of "rain" or flakes of "snow", as bright as the picture's bright parts."""
    height, width = radiance.shape[:2]
    rng = np.random.default_rng([seed, 3])
    size = float(np.sqrt(height * width)) / 512
    veil = np.zeros((height, width), np.float32)
    for near in (0.35, 0.6, 1.0):
        count = int((900 if kind == "rain" else 700) * (1.3 - near))
        x, y = rng.uniform(0, width, count), rng.uniform(0, height, count)
        strength = rng.uniform(0.3, 1.0, count) * (0.22 if kind == "rain" else 0.75)
        for at_x, at_y, light in zip(x, y, strength, strict=True):
            if kind == "rain":
                long = 34 * near * size
                ends = ((at_x, at_y), (at_x - 0.10 * long, at_y + long))
                first, last = (tuple(int(16 * value) for value in end) for end in ends)
                cv2.line(veil, first, last, float(light), max(1, round(1.2 * near * size)), cv2.LINE_AA, 4)
            else:
                centre = int(16 * at_x), int(16 * at_y)
                cv2.circle(veil, centre, int(16 * max(0.5, 2.4 * near * size)), float(light), -1, cv2.LINE_AA, 4)
    soft = np.asarray(cv2.GaussianBlur(veil, (0, 0), 0.6 * max(size, 0.7)), np.float32)[..., None]
    bright = np.percentile(radiance.reshape(-1, 3), 88, axis=0)
    return np.asarray(radiance + soft * (bright * 1.1 - radiance), np.float32)
