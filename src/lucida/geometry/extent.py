"""Where an object ends, as depth maps tell."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from lucida.errors import BadInput
from lucida.geometry.cameras import Camera

Array = NDArray[np.float32]
_STRAY = 1e-3  # of the points in the depth maps, how many may lie beyond a side that no camera looks at
_STRAIGHT = 0.2  # cosine to the camera from which on a depth is trusted to tell where the object ends
_GLANCE = 0.1  # the cosine from which on a camera looks at a side
_FEWEST = 100  # points


def facing(depth: Array, camera: Camera) -> Array:
    """How much each pixel's surface (H, W) is turned to its camera: 1 straight on, towards 0 edge-on, from depth."""
    height, width = depth.shape
    columns, rows = np.meshgrid(np.arange(width) + 0.5, np.arange(height) + 0.5)
    rays = np.stack([(columns - camera.cx) / camera.fx, (rows - camera.cy) / camera.fy, np.ones_like(rows)], -1)
    points = rays * depth[..., None]
    normal = np.cross(np.gradient(points, axis=1), np.gradient(points, axis=0))
    lengths = np.linalg.norm(normal, axis=-1) * np.linalg.norm(rays, axis=-1)
    return np.asarray(np.abs((normal * rays).sum(-1)) / np.maximum(lengths, 1e-30), np.float32)


def extent(
    depths: Sequence[Array], cameras: Sequence[Camera], room: float = 0.04, snug: float = 0.01
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The box (3,), (3,) around what the depth maps (H, W) show; 0 in them is beside the object.

    It has `room`, in shares of the object's size, on the sides that a camera looks at, and ends with the surface where
    none does. Raises `BadInput` if the maps show next to nothing.
    """
    found = []
    for depth, camera in zip(depths, cameras, strict=True):
        rows, columns = np.nonzero((depth > 0) & (facing(depth, camera) > _STRAIGHT))
        z = depth[rows, columns].astype(np.float64)
        ray = np.stack([(columns + 0.5 - camera.cx) / camera.fx, (rows + 0.5 - camera.cy) / camera.fy], -1)
        inside = np.concatenate([ray * z[:, None], z[:, None]], axis=1) - camera.world_to_camera[:, 3]
        found.append(inside @ camera.world_to_camera[:, :3])
    points, towards = np.concatenate(found), np.array([-camera.forward for camera in cameras])
    if len(points) < _FEWEST:
        raise BadInput("The depth maps show next to nothing, so there is no surface; look at the scene first.")
    low, high = np.quantile(points, [_STRAY, 1 - _STRAY], axis=0)
    size = float((high - low).max())
    low_seen, high_seen = towards.min(axis=0) < -_GLANCE, towards.max(axis=0) > _GLANCE
    return (
        np.where(low_seen, points.min(axis=0) - room * size, low - snug * size),
        np.where(high_seen, points.max(axis=0) + room * size, high + snug * size),
    )
