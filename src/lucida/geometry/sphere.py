"""The panorama's sphere: longitude and latitude, directions, solid angles, turns.

The centre looks along −z, u grows to the right, pixel centres lie at (i + ½) / W:
longitude = (u − ½)·2π, latitude = (½ − v)·π, direction = (cos lat · sin lon, sin lat, −cos lat · cos lon).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def longitudes(width: int) -> NDArray[np.float64]:
    """Longitude (W,) of the columns' centres in radians, −π to π."""
    return np.asarray(((np.arange(width) + 0.5) / width - 0.5) * 2 * np.pi)


def latitudes(height: int) -> NDArray[np.float64]:
    """Latitude (H,) of the rows' centres in radians, π/2 at the top."""
    return np.asarray((0.5 - (np.arange(height) + 0.5) / height) * np.pi)


def direction(longitude: NDArray[np.floating], latitude: NDArray[np.floating]) -> NDArray[np.float64]:
    """Unit directions (..., 3) of longitudes and latitudes in radians, which are broadcast."""
    longitude, latitude = np.broadcast_arrays(longitude, latitude)
    across = np.cos(latitude)
    return np.stack([across * np.sin(longitude), np.sin(latitude), -across * np.cos(longitude)], -1)


def directions(width: int, height: int, rows: slice = slice(None)) -> NDArray[np.float64]:
    """Unit directions (H, W, 3) of a panorama's pixel centres, or of some of its rows."""
    return direction(longitudes(width)[None, :], latitudes(height)[rows, None])


def pixel(direction: NDArray[np.floating], width: int, height: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Where directions (..., 3), of any length, fall in a panorama: x, y with the first pixel's centre at (½, ½)."""
    longitude = np.arctan2(direction[..., 0], -direction[..., 2])
    latitude = np.arctan2(direction[..., 1], np.hypot(direction[..., 0], direction[..., 2]))
    return (longitude / (2 * np.pi) + 0.5) * width, (0.5 - latitude / np.pi) * height


def solid_angles(width: int, height: int) -> NDArray[np.float64]:
    """Solid angle (H,) in steradians of a pixel in each row; `width` times their sum is 4π."""
    edges = np.sin((0.5 - np.arange(height + 1) / height) * np.pi)
    return np.asarray((edges[:-1] - edges[1:]) * 2 * np.pi / width)


def turn(yaw: float = 0.0, pitch: float = 0.0, roll: float = 0.0) -> NDArray[np.float64]:
    """Rotation (3, 3) that moves a surrounding: yaw to the right, pitch up, roll clockwise as the viewer sees it.

    Radians; roll is done first, then pitch, then yaw: what lay in direction d lies in turn(...) @ d.
    """
    cy, sy, cp, sp, cr, sr = np.cos(yaw), np.sin(yaw), np.cos(pitch), np.sin(pitch), np.cos(roll), np.sin(roll)
    about_y = np.array([[cy, 0, -sy], [0, 1, 0], [sy, 0, cy]])
    about_x = np.array([[1, 0, 0], [0, cp, -sp], [0, sp, cp]])
    about_z = np.array([[cr, sr, 0], [-sr, cr, 0], [0, 0, 1]])
    return np.asarray(about_y @ about_x @ about_z)


def look_through(panorama: NDArray[np.floating], direction: NDArray[np.floating]) -> NDArray[np.float32]:
    """Bilinear radiance (..., C) of a panorama (H, W, C) along directions (..., 3), across ±180° and over the poles."""
    height, width = panorama.shape[:2]
    x, y = pixel(direction, width, height)
    left, top = np.floor(x - 0.5), np.floor(y - 0.5)
    right_share, bottom_share = (x - 0.5 - left)[..., None], (y - 0.5 - top)[..., None]
    total = np.zeros((*x.shape, panorama.shape[2]), np.float64)
    for row, row_share in ((top, 1 - bottom_share), (top + 1, bottom_share)):
        for column, column_share in ((left, 1 - right_share), (left + 1, right_share)):
            over_pole = (row < 0) | (row >= height)  # beyond a pole lies its own row, half a turn away
            i = np.clip(row, 0, height - 1).astype(np.intp)
            j = (column + np.where(over_pole, width // 2, 0)).astype(np.intp) % width
            total += row_share * column_share * panorama[i, j]
    return total.astype(np.float32)
