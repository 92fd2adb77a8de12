"""Which way is up, by the upright lines of a picture: their vanishing point is the zenith's or the nadir's.

Votes of line segments over pitch and roll, as in Barinova et al., "Geometric Image Parsing in Man-Made Environments"
(ECCV 2010), for the vertical alone, with a prior that cameras are held level.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

WORKING = 640  # pixels of the long side
SHORTEST = 0.03  # of the long side
LEANING = math.radians(30)  # lines that lean more are not taken for upright
TOLERANCE = math.radians(1.5)  # between a line and the way to the vanishing point
PITCHES = np.radians(np.arange(-35, 35.1, 1.0))
ROLLS = np.radians(np.arange(-12, 12.1, 0.5))
USUAL_PITCH, USUAL_ROLL = math.radians(12), math.radians(3)  # standard deviations of how phones are held


class Upright(NamedTuple):
    """Pitch and roll in radians, signs as `PinholeCamera`; `support` is the length of the lines that say so, in
    picture sides; `gain` how much more of it there is than for a level camera, `share` its part of all lines that
    could be upright."""

    pitch: float
    roll: float
    support: float
    gain: float
    share: float


def upright_lines(grey: NDArray[np.uint8], horizontal_fov: float) -> Upright | None:
    """Pitch and roll that the upright lines of a picture (H, W) agree on best; None without any lines."""
    scale = min(1.0, WORKING / max(grey.shape))
    if scale < 1:
        grey = np.asarray(cv2.resize(grey, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA), np.uint8)
    height, width = grey.shape
    found = cv2.createLineSegmentDetector(0).detect(grey)[0]
    ends = np.zeros((0, 4)) if found is None else found.reshape(-1, 4).astype(np.float64)
    focal = width / 2 / math.tan(horizontal_fov / 2)
    along = (ends[:, 2:] - ends[:, :2]) * [1, -1]
    length = np.hypot(*along.T)
    upright = (length > SHORTEST * max(height, width)) & (np.abs(along[:, 0]) < np.abs(along[:, 1]) * math.tan(LEANING))
    if not upright.any():
        return None
    ends, along, length = ends[upright], along[upright] / length[upright, None], length[upright] / max(height, width)
    middle = (ends[:, :2] + ends[:, 2:]) / 2
    middle = np.stack([middle[:, 0] - width / 2, height / 2 - middle[:, 1]], -1) / focal
    pitch, roll = (each.ravel() for each in np.meshgrid(PITCHES, ROLLS, indexing="ij"))
    votes = _votes(pitch, roll, middle, along, length)
    prior = -0.5 * ((pitch / USUAL_PITCH) ** 2 + (roll / USUAL_ROLL) ** 2)
    best = int(np.argmax(votes + 0.1 * length.sum() * prior))
    p, r = _refined(float(pitch[best]), float(roll[best]), middle, along, length)
    here, level = _votes(np.array([p, 0.0]), np.array([r, 0.0]), middle, along, length)
    return Upright(p, r, float(here), float(here - level), float(here / length.sum()))


def _deviation(
    pitch: NDArray[np.float64], roll: NDArray[np.float64], middle: NDArray[np.float64], along: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Sine (hypotheses, lines) of the angle between each line and the image of the vertical through its middle."""
    up_x, up_y, up_z = -np.cos(pitch) * np.sin(roll), np.cos(pitch) * np.cos(roll), -np.sin(pitch)
    toward_x = up_x[:, None] + middle[None, :, 0] * up_z[:, None]
    toward_y = up_y[:, None] + middle[None, :, 1] * up_z[:, None]
    cross = toward_x * along[None, :, 1] - toward_y * along[None, :, 0]
    return np.asarray(cross / np.hypot(toward_x, toward_y) * np.sign(along[None, :, 1]))


def _votes(
    pitch: NDArray[np.float64],
    roll: NDArray[np.float64],
    middle: NDArray[np.float64],
    along: NDArray[np.float64],
    length: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Length of the lines that agree with each hypothesis; Tukey's biweight."""
    misfit = _deviation(pitch, roll, middle, along) / math.sin(TOLERANCE)
    return np.asarray((np.maximum(1 - misfit**2, 0) ** 2) @ length)


def _refined(
    pitch: float, roll: float, middle: NDArray[np.float64], along: NDArray[np.float64], length: NDArray[np.float64]
) -> tuple[float, float]:
    """The least squares of the lines that agree, reweighted and repeated."""
    step = math.radians(0.01)
    for _ in range(8):
        base, by_pitch, by_roll = _deviation(
            np.array([pitch, pitch + step, pitch]), np.array([roll, roll, roll + step]), middle, along
        )
        weight = length * np.maximum(1 - (base / math.sin(TOLERANCE)) ** 2, 0) ** 2
        slope = np.stack([(by_pitch - base) / step, (by_roll - base) / step], -1)
        # A weak pull to the start keeps a direction that no line measures from running away.
        normal = slope.T @ (weight[:, None] * slope) + 1e-4 * np.eye(2)
        change = -np.linalg.solve(normal, slope.T @ (weight * base))
        pitch, roll = pitch + float(change[0]), roll + float(change[1])
    return pitch, roll
