"""Where Gaussians begin: at the shell of what the silhouettes leave room for, at points, at depths, or anywhere."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter
from scipy.spatial import cKDTree

from lucida.gaussians.harmonics import C0
from lucida.gaussians.scene import Gaussians
from lucida.gaussians.views import View
from lucida.geometry.cameras import Camera

Points = NDArray[np.float64]
_COARSE = 48  # cells along what the cameras see
_SMOOTH = 2.0  # cells by which the hull's corners are rounded: between two silhouettes it stands out too far
_OPACITY = 0.5
_SIZE, _THIN = 0.8, 0.1  # standard deviations along and across the surface, in distances between points
_INSIDE = 0.5  # alpha from which a ray meets the object


def centre_of(cameras: list[Camera]) -> Points:
    """The point (3,) that is nearest to all the cameras' axes: what they look at.

    Cameras that all look the same way get a point before them, as far away as they are apart.
    """
    across = [np.eye(3) - np.outer(camera.forward, camera.forward) for camera in cameras]
    matrix = np.sum(across, axis=0)
    aimed = np.sum([each @ camera.position for each, camera in zip(across, cameras, strict=True)], axis=0)
    positions = np.array([camera.position for camera in cameras])
    if np.linalg.cond(matrix) > 1e6:
        spread = float(np.linalg.norm(positions - positions.mean(axis=0), axis=1).max())
        return np.asarray(positions.mean(axis=0) + cameras[0].forward * max(spread, 1.0))
    return np.asarray(np.linalg.solve(matrix, aimed))


def radius_of(cameras: list[Camera], centre: Points) -> float:
    """How large a ball around `centre` the cameras see on average."""
    seen = [np.linalg.norm(c.position - centre) * max(c.width / c.fx, c.height / c.fy) / 2 for c in cameras]
    return float(np.median(seen))


def has_silhouettes(views: list[View]) -> bool:
    """Whether the pictures show an object before nothing, so that what is around it is known to be empty."""
    return all(view.alpha is not None and float((view.alpha < _INSIDE).mean()) > 0.01 for view in views)


def _hull(views: list[View], low: Points, high: Points, size: float) -> tuple[Points, NDArray[np.bool_]]:
    """Centres of a grid of cubes of that size in a box, and which of them every silhouette holds."""
    counts = np.maximum(np.ceil((high - low) / size).astype(int), 1)
    axes = [low[k] + (np.arange(counts[k]) + 0.5) * size for k in range(3)]
    centres = np.stack(np.meshgrid(*axes, indexing="ij"), -1)
    held = np.ones(centres.shape[:3], bool)
    for view in views:
        if view.alpha is None:
            continue
        pixels, depth = view.camera.project(centres)
        height, width = view.alpha.shape
        inside = (depth > 0) & (pixels >= 0).all(-1) & (pixels[..., 0] < width) & (pixels[..., 1] < height)
        x, y = (np.where(inside, pixels[..., k], 0).astype(int) for k in range(2))
        held &= inside & (view.alpha[y, x] > _INSIDE)
    return centres, held


def _shell(solid: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """The cubes of a solid that have a face in the open; those at the grid's border must be open."""
    inner = solid.copy()
    for axis in range(3):
        inner &= np.roll(solid, 1, axis) & np.roll(solid, -1, axis)
    return solid & ~inner


def from_silhouettes(views: list[View], count: int = 5000) -> Gaussians:
    """About `count` flat Gaussians on the rounded shell of the visual hull (Laurentini 1994), coloured by the views.

    Raises `ValueError` where the silhouettes have no room in common.
    """
    cameras = [view.camera for view in views]
    middle = centre_of(cameras)
    reach = radius_of(cameras, middle)
    size = 2 * reach / _COARSE
    centres, held = _hull(views, middle - reach, middle + reach, size)
    if not held.any():
        raise ValueError("the silhouettes have no room in common")
    low, high = centres[held].min(axis=0) - 1.5 * size, centres[held].max(axis=0) + 1.5 * size
    size *= (_shell(np.pad(held, 1)).sum() / count) ** 0.5
    centres, held = _hull(views, low, high, size)
    margin = round(3 * _SMOOTH)
    full = gaussian_filter(np.pad(held.astype(np.float64), margin), _SMOOTH)
    shell = _shell(full > 0.5)
    if not shell.any():
        raise ValueError("the silhouettes leave too little room")
    outward = -np.stack(np.gradient(full), -1)[shell]
    outward /= np.maximum(np.linalg.norm(outward, axis=1, keepdims=True), 1e-9)
    points = centres[0, 0, 0] + (np.argwhere(shell) - margin) * size
    return on_surface(points, _colours(views, points, outward), outward, np.full(len(points), size))


def _colours(views: list[View], points: Points, normals: Points) -> Points:
    """sRGB of surface points, most from the views that face them."""
    total, weights = np.zeros((len(points), 3)), np.full((len(points), 1), 1e-9)
    for view in views:
        pixels, depth = view.camera.project(points)
        height, width = view.colour.shape[:2]
        x, y = np.clip(pixels[:, 0], 0, width - 1).astype(int), np.clip(pixels[:, 1], 0, height - 1).astype(int)
        towards = view.camera.position - points
        towards /= np.linalg.norm(towards, axis=1, keepdims=True)
        facing = np.maximum((towards * normals).sum(axis=1), 0) ** 4 + 1e-4
        solid = facing * (depth > 0)
        if view.alpha is not None:
            solid = solid * (view.alpha[y, x] > 0.9)
        total += solid[:, None] * view.colour[y, x]
        weights += solid[:, None]
    return np.asarray(total / weights)


def on_surface(points: Points, colours: Points, normals: Points, spacing: NDArray[np.float64]) -> Gaussians:
    """Flat Gaussians at points (N, 3) across normals (N, 3), sRGB `colours` (N, 3), `spacing` (N,) apart."""
    scales = spacing[:, None] * np.array([_SIZE, _SIZE, _SIZE * _THIN])
    return _gaussians(points, colours, scales, _upon(normals))


def _upon(normals: Points) -> Points:
    """Quaternions (N, 4) that turn z onto unit vectors."""
    x, y, z = normals.T
    quaternions = np.stack([1 + z, -y, x, np.zeros_like(x)], axis=1)
    quaternions[z < -1 + 1e-9] = (0, 1, 0, 0)
    return np.asarray(quaternions / np.linalg.norm(quaternions, axis=1, keepdims=True))


def from_points(points: Points, colours: Points) -> Gaussians:
    """Round Gaussians at points (N, 3) with sRGB `colours` (N, 3), as large as their neighbours are far away."""
    if len(points) < 2:
        raise ValueError(f"{len(points)} points are too few; two are the least")
    near, _ = cKDTree(points).query(points, k=min(4, len(points)))
    apart = np.maximum(near[:, 1:].mean(axis=1), 1e-6)
    still = np.tile([1.0, 0.0, 0.0, 0.0], (len(points), 1))
    return _gaussians(points, colours, np.repeat(_SIZE * apart[:, None], 3, axis=1), still)


def from_depths(views: list[View], stride: int = 2) -> Gaussians:
    """Gaussians where the views' depths put their pixels, every `stride`-th of a row and a column.

    Raises `ValueError` where no view has a depth.
    """
    points, colours = [], []
    for view in views:
        if view.depth is None:
            continue
        depth = view.depth[::stride, ::stride]
        known = depth > 0
        if view.alpha is not None:
            known &= view.alpha[::stride, ::stride] > 0.9
        rows, columns = np.nonzero(known)
        camera, z = view.camera, depth[known].astype(np.float64)
        x = (columns * stride + 0.5 - camera.cx) / camera.fx * z
        y = (rows * stride + 0.5 - camera.cy) / camera.fy * z
        turned, moved = camera.world_to_camera[:, :3], camera.world_to_camera[:, 3]
        points.append((np.stack([x, y, z], axis=1) - moved) @ turned)
        colours.append(view.colour[::stride, ::stride][known])
    if not points:
        raise ValueError("no view has a depth")
    return from_points(np.concatenate(points), np.concatenate(colours).astype(np.float64))


def at_random(views: list[View], count: int, rng: np.random.Generator) -> Gaussians:
    """Grey Gaussians anywhere in the ball that the cameras see."""
    cameras = [view.camera for view in views]
    middle = centre_of(cameras)
    direction = rng.normal(size=(count, 3))
    direction /= np.linalg.norm(direction, axis=1, keepdims=True)
    points = middle + radius_of(cameras, middle) * direction * rng.random((count, 1)) ** (1 / 3)
    return from_points(points, np.full((count, 3), 0.5))


def _gaussians(points: Points, colours: Points, scales: Points, quaternions: Points) -> Gaussians:
    logit = float(np.log(_OPACITY / (1 - _OPACITY)))
    return Gaussians(
        points.astype(np.float32),
        quaternions.astype(np.float32),
        np.log(scales).astype(np.float32),
        np.full(len(points), logit, np.float32),
        ((colours - 0.5) / C0).astype(np.float32)[:, None],
    )
