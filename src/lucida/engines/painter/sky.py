"""Which part of a photo is open sky, and what colour the sun has in it."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from lucida.geometry.cameras import PinholeCamera

LUMINANCE = np.array([0.2126, 0.7152, 0.0722], np.float32)  # Rec. ITU-R BT.709-6, 3.2
_ROUGH = 0.11  # stops of local contrast above which a place is no sky
_LOWEST = np.radians(-4.0)  # sky may reach a little below the level horizon
_DEPTHS = np.array([0.145, 0.2, 0.33])  # optical depth of the air overhead
_MOST_AIR = 10.0  # air masses; a sun at 5 degrees
_BALANCED = 0.6  # air masses that the balance for sun and sky takes away


def luminance(radiance: NDArray[Any]) -> NDArray[np.float32]:
    """Relative luminance (...) of linear Rec.709 (..., 3)."""
    return np.asarray(radiance @ LUMINANCE, np.float32)


def sky_mask(
    radiance: NDArray[np.float32], clipped: NDArray[np.bool_], camera: PinholeCamera, width: int = 256
) -> NDArray[np.float32]:
    """How much of each place is sky, float32 (h, `width`) 0 to 1, for an outdoor photo (H, W, 3).

    Sky is smooth or clipped and hangs together from the top border down; what is darker than half of the sky above it
    ends it.
    """
    height = max(2, round(width * radiance.shape[0] / radiance.shape[1]))
    small = cv2.resize(radiance, (width, height), interpolation=cv2.INTER_AREA)
    full = cv2.resize(clipped.astype(np.float32), (width, height), interpolation=cv2.INTER_AREA)
    light = np.log2(np.maximum(luminance(small), 2e-3))
    rough = cv2.GaussianBlur(np.abs(light - cv2.GaussianBlur(light, (0, 0), 1.5)), (0, 0), 1.5)
    latitude = np.arcsin(_directions(camera, width, height)[..., 1])
    candidate = ((rough < _ROUGH) | (full > 0.5)) & (latitude > _LOWEST)
    reference = np.maximum.accumulate(cv2.blur(light, (1, 9)), axis=0) - 1.6
    candidate &= light > reference
    labels = cv2.connectedComponents(candidate.astype(np.uint8), connectivity=4)[1]
    touching = np.unique(labels[: max(1, height // 40)])
    mask = np.isin(labels, touching[touching > 0])
    if mask.mean() < 0.02:
        return np.zeros((height, width), np.float32)
    closed = cv2.morphologyEx(mask.astype(np.uint8), cv2.MORPH_CLOSE, np.ones((3, 3), np.uint8))
    return np.asarray(cv2.GaussianBlur(closed.astype(np.float32), (0, 0), 0.8), np.float32)


def _directions(camera: PinholeCamera, width: int, height: int) -> NDArray[np.float64]:
    x = (np.arange(width) + 0.5) * camera.width / width
    y = (np.arange(height) + 0.5) * camera.height / height
    return camera.directions(*np.meshgrid(x, y))


def sunlight(altitude: float) -> NDArray[np.float32]:
    """The sun's colour (3,), luminance 1, in a photo balanced for sun and sky together, `altitude` in radians.

    Beer-Lambert through the air mass of Kasten and Young 1989; optical depths of red, green and blue are Rayleigh's and
    of a light haze.
    """
    degrees = max(float(np.degrees(altitude)), 0.0)
    mass = 1 / (np.sin(np.radians(degrees)) + 0.50572 * (degrees + 6.07995) ** -1.6364)
    colour = np.exp(-_DEPTHS * (min(mass, _MOST_AIR) - _BALANCED))
    return np.asarray(colour / luminance(colour.astype(np.float32)), np.float32)
