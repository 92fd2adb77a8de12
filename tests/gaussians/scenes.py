"""Scenes of Gaussians made by chance, and cameras that look at them."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import DTypeLike, NDArray
from scipy.spatial.transform import Rotation

from lucida.gaussians.harmonics import C0, COEFFICIENTS
from lucida.gaussians.scene import Gaussians
from lucida.gaussians.views import View
from lucida.geometry.cameras import Camera, look_at, orbit


def scene(
    count: int,
    seed: int = 0,
    *,
    degree: int = 0,
    size: float = 0.05,
    spread: float = 0.3,
    dtype: DTypeLike = np.float32,
) -> Gaussians:
    """Gaussians around the origin, of about this size, nearly transparent to nearly opaque."""
    rng = np.random.default_rng(seed)
    return Gaussians(
        (spread * rng.standard_normal((count, 3))).astype(dtype),
        (rng.standard_normal((count, 4)) * rng.uniform(0.5, 2, (count, 1))).astype(dtype),
        (np.log(size) + 0.5 * rng.standard_normal((count, 3))).astype(dtype),
        (1.5 * rng.standard_normal(count)).astype(dtype),
        (0.4 * rng.standard_normal((count, COEFFICIENTS[degree], 3))).astype(dtype),
    )


def painted_ball(radius: float) -> Gaussians:
    """Flat, nearly opaque Gaussians on a ball, coloured by where they are."""
    count = 6000
    height = 1 - (2 * np.arange(count) + 1) / count
    azimuth = np.pi * (3 - np.sqrt(5)) * np.arange(count)
    level = np.sqrt(1 - height**2)
    out = np.stack([level * np.cos(azimuth), level * np.sin(azimuth), height], -1)
    across = np.cross(out, [0.0, 0.1, 1.0])
    across /= np.linalg.norm(across, axis=1, keepdims=True)
    x, y, z, w = Rotation.from_matrix(np.stack([across, np.cross(out, across), out], -1)).as_quat().T
    colours = 0.5 + 0.35 * np.sin(3 * out)
    return Gaussians(
        (radius * out).astype(np.float32),
        np.stack([w, x, y, z], -1).astype(np.float32),
        np.log(np.tile([[0.015, 0.015, 0.001]], (count, 1))).astype(np.float32),
        np.full(count, 4.0, np.float32),
        ((colours - 0.5) / C0)[:, None].astype(np.float32),
    )


def camera(width: int = 48, height: int = 40, azimuth: float = 0.4, distance: float = 1.5) -> Camera:
    """Looks at the origin from a little above, its principal point off the centre."""
    position = distance * np.array([np.cos(azimuth) * 0.9, np.sin(azimuth) * 0.9, 0.43])
    pose = look_at(position, np.zeros(3), np.array([0.0, 0.0, 1.0]))
    focal = 1.1 * max(width, height)
    return Camera(width, height, focal, 1.02 * focal, width / 2 + 0.7, height / 2 - 1.3, pose)


@dataclass(frozen=True)
class BallView(View):
    """A view of a ball, with how far away it is, 0 beside it."""

    depth_of_ball: NDArray[np.float32] = field(default_factory=lambda: np.zeros((0, 0), np.float32))


def ball_views(count: int, size: int = 96, radius: float = 0.4, samples: int = 3) -> list[BallView]:
    """A ball with a pattern of its own, lit from above, ray by ray, from cameras all around."""
    views = []
    for number, seen_from in enumerate(orbit(count, np.radians(25), 1.5, size, 1.1 * size)):
        fine = seen_from.resized(size * samples, size * samples)
        columns, rows = np.meshgrid(np.arange(fine.width) + 0.5, np.arange(fine.height) + 0.5)
        rays = np.stack([(columns - fine.cx) / fine.fx, (rows - fine.cy) / fine.fy, np.ones_like(rows)], -1)
        rays = rays @ fine.world_to_camera[:, :3]
        a, b = (rays**2).sum(-1), rays @ fine.position
        inside = b * b - a * (fine.position @ fine.position - radius**2)
        met = inside > 0
        depth = np.where(met, (-b - np.sqrt(np.maximum(inside, 0))) / a, 0)
        x, y, z = np.moveaxis((fine.position + depth[..., None] * rays) / radius, -1, 0)
        light = 0.55 + 0.35 * z
        colour = np.stack([light * (0.6 + 0.4 * np.sin(6 * x)), light * (0.6 + 0.4 * np.sin(7 * y)), light], -1)
        colour = np.clip(colour, 0, 1) * met[..., None]

        def pooled(plane: NDArray[np.float64]) -> NDArray[np.float32]:
            return np.asarray(plane.reshape(size, samples, size, samples, -1).mean(axis=(1, 3)), np.float32)

        alpha = pooled(met.astype(np.float64))
        straight = pooled(colour) / np.maximum(alpha, 1e-6)
        middle = np.asarray(depth[samples // 2 :: samples, samples // 2 :: samples], np.float32)
        views.append(BallView(f"{number:03}", seen_from, straight, alpha[..., 0], depth_of_ball=middle))
    return views
