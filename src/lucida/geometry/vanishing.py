"""On which row of a picture the level lines of buildings and rooms run together: its horizon."""

from __future__ import annotations

import math

import cv2
import numpy as np
from numpy.typing import NDArray

SHORTEST = 0.03  # of the long side
STEEPEST, FLATTEST = 78.0, 2.5  # degrees; what is steeper stands upright, what is flatter meets nothing
TOLERANCE = math.radians(2.0)  # between a line and the way to the point where it should go
ASIDE = np.geomspace(0.05, 4, 14)  # where points outside the picture are tried, in widths
PLACES = np.concatenate([-ASIDE[::-1], np.linspace(0, 1, 41), 1 + ASIDE])
SEPARATE = 0.35  # widths between the two points of a corner


def meeting_rows(pixels: NDArray[np.uint8], rows: NDArray[np.float64]) -> NDArray[np.float64]:
    """How much of the lines of a picture, uint8 (h, w, 3), meets in two points on each of `rows`.

    `rows` are fractions of the height; the measure is the lines' length in picture sides. Lines are those of the LSD
    detector (von Gioi et al. 2012), each counted at most once.
    """
    grey = cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY)
    height, width = grey.shape
    found = cv2.createLineSegmentDetector(0).detect(grey)[0]
    ends = np.zeros((0, 4)) if found is None else found.reshape(-1, 4).astype(np.float64)
    along = ends[:, 2:] - ends[:, :2]
    length = np.hypot(*along.T)
    angle = np.degrees(np.arctan2(np.abs(along[:, 1]), np.abs(along[:, 0])))
    level = (length > SHORTEST * max(height, width)) & (angle < STEEPEST) & (angle > FLATTEST)
    if level.sum() < 3:
        return np.zeros(len(rows))
    along, length, middle = along[level] / length[level, None], length[level], (ends[level, :2] + ends[level, 2:]) / 2
    to_x = PLACES[:, None] * width - middle[None, :, 0]
    separate = np.abs(PLACES[:, None] - PLACES[None, :]) >= SEPARATE
    met = np.zeros(len(rows))
    for index, row in enumerate(rows * height):
        to_y = row - middle[None, :, 1]
        away = np.hypot(to_x, to_y) + 1e-6
        misfit = (to_x * along[:, 1] - to_y * along[:, 0]) / away / math.sin(TOLERANCE)
        # A line close to the point leads there from anywhere.
        votes = np.maximum(1 - misfit**2, 0) ** 2 * np.minimum(away / (0.1 * width), 1) * length
        first = int(np.argmax(votes.sum(1)))
        further = np.where(separate[first], np.maximum(votes - votes[first], 0).sum(1), 0)
        met[index] = votes[first].sum() + further.max()
    return np.asarray(met / max(height, width))
