"""Where the horizon of a sea or a plain lies: the one straight border that crosses the whole picture below the sky."""

from __future__ import annotations

import math
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

WORKING = 192  # pixels of width
TALLEST = 4  # times the width: of what stands higher, only the middle is looked at
BLOCKS = 16  # across the picture; the border has to be there in all but a few of them
SLOPES = np.tan(np.radians(np.arange(-9, 9.1, 0.5)))
REACH = 8  # pixels around the line in which each column's own border is looked for
STRIP = 3  # pixels compared above and below


class Horizon(NamedTuple):
    """Pitch and roll in radians, signs as `PinholeCamera`; `step` is the border's contrast in stops where it is weak,
    `calm` how little else the sky above it holds, in stops per pixel, `ragged` how far the border strays from a
    straight line, root mean square in fractions of the width."""

    pitch: float
    roll: float
    step: float
    calm: float
    ragged: float


def find_horizon(radiance: NDArray[np.float32], horizontal_fov: float) -> Horizon:
    """The straightest border through a picture (H, W, 3), as pitch and roll of the camera that sees it."""
    spare = max(radiance.shape[0] - TALLEST * radiance.shape[1], 0) // 2  # as much above as below
    radiance = radiance[spare : radiance.shape[0] - spare]
    scale = WORKING / radiance.shape[1]
    size = (WORKING, max(round(radiance.shape[0] * scale), 4 * STRIP))
    picture = cv2.resize(radiance, size, interpolation=cv2.INTER_AREA)
    stops = np.log2(np.maximum(picture / max(float(np.median(picture)), 1e-6), 2.0**-6))
    height, width = stops.shape[:2]
    below_sum = np.cumsum(stops, axis=0)
    below_sum = np.concatenate([np.zeros((1, width, 3)), below_sum])
    x = np.arange(width) - (width - 1) / 2
    rows = np.arange(height)
    best = (-1.0, 0.0, 0.0)
    for slope in SLOPES:
        y = np.rint(rows[:, None] - slope * x[None, :]).astype(np.int64)
        inside = (y >= STRIP) & (y <= height - STRIP)
        y = np.clip(y, STRIP, height - STRIP)
        columns = np.arange(width)[None, :]
        here = below_sum[y, columns]
        above, below = here - below_sum[y - STRIP, columns], below_sum[y + STRIP, columns] - here
        steps = ((above - below) / STRIP).reshape(height, BLOCKS, -1, 3).mean(2)
        steps[~inside.reshape(height, BLOCKS, -1).all(2)] = 0
        mean = steps.mean(1, keepdims=True)
        along = (steps * mean).sum(-1) / np.maximum(np.linalg.norm(mean, axis=-1), 1e-6)
        weak = np.percentile(along, 15, axis=1)
        strongest = int(np.argmax(weak))
        if weak[strongest] > best[0]:
            best = (float(weak[strongest]), float(strongest), float(slope))
    step, row, slope = best
    focal = width / 2 / math.tan(horizontal_fov / 2)
    # The horizon y = row - slope * x is where the camera's up vector is at right angles to the ray.
    roll = math.atan(slope)
    pitch = math.atan((row - height / 2) * math.cos(roll) / focal)
    sky = stops[: max(int(row - abs(slope) * width / 2) - 2, 1)]
    calm = float(np.abs(np.diff(sky.mean(-1), axis=1)).mean())
    return Horizon(pitch, roll, step, calm, _raggedness(stops, row, slope))


def _raggedness(stops: NDArray[np.float32], row: float, slope: float) -> float:
    """How far the strongest step of each column strays from the line, root mean square in fractions of the width."""
    height, width = stops.shape[:2]
    x = np.arange(width) - (width - 1) / 2
    near = np.arange(-REACH, REACH + 1)
    y = np.rint(row - slope * x[None, :] + near[:, None]).astype(np.int64)
    y = np.clip(y, 1, height - 1)
    columns = np.arange(width)[None, :]
    steps = (stops[y - 1, columns] - stops[y, columns]).mean(-1)
    strongest = near[np.argmax(steps, axis=0)]
    return float(np.sqrt(np.mean(np.square(strongest, dtype=np.float64))) / width)
