"""Gaussians become a mesh: seen from all around, their depths make a surface and their colours its texture."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from lucida.errors import BadInput
from lucida.gaussians.rasteriser import render
from lucida.gaussians.scene import Gaussians
from lucida.geometry.cameras import Camera, look_at
from lucida.geometry.mesh import Mesh
from lucida.geometry.meshing import Picture, Plan, textured_mesh

Progress = Callable[[float, str], None]

VIEWS, SIZE = 80, 448
_WITHIN = np.radians(15)  # from the direction of a camera that was trained with; beyond, nothing was ever learnt
_AWAY = 3.0  # radii from the middle to the virtual cameras
_SOLID = 0.5
_LOOKING = 0.4  # of the work is drawing the views


def _spiral(count: int) -> NDArray[np.float64]:
    """Directions (count, 3), evenly over the sphere (Fibonacci's lattice)."""
    height = 1 - (2 * np.arange(count) + 1) / count
    azimuth = np.pi * (3 - np.sqrt(5)) * np.arange(count)
    level = np.sqrt(1 - height**2)
    return np.stack([level * np.cos(azimuth), level * np.sin(azimuth), height], -1)


def virtual_cameras(
    gaussians: Gaussians, cameras: Sequence[Camera] = (), count: int = VIEWS, size: int = SIZE
) -> list[Camera]:
    """About `count` square views of `size` pixels all around the scene that show all of it.

    With the `cameras` that the scene was trained with, only from directions at most 15° from one of theirs.
    Raises `BadInput` where nothing in the scene is opaque.
    """
    solid = gaussians.means[gaussians.opacities > _SOLID].astype(np.float64)
    if len(solid) < 4:
        raise BadInput("Nothing in the scene is opaque, so it has no surface; look at it first.")
    low, high = np.quantile(solid, [0.005, 0.995], axis=0)
    middle = (low + high) / 2
    radius = 1.1 * float(np.quantile(np.linalg.norm(solid - middle, axis=1), 0.995))
    distance = _AWAY * radius
    focal = size / 2 * float(np.sqrt(distance**2 - radius**2)) / radius
    known = np.array([camera.position - middle for camera in cameras]).reshape(-1, 3)
    known /= np.maximum(np.linalg.norm(known, axis=1, keepdims=True), 1e-12)

    def looked_from(directions: NDArray[np.float64]) -> NDArray[np.float64]:
        if not len(known):
            return directions
        return np.asarray(directions[(directions @ known.T).max(axis=1) >= np.cos(_WITHIN)])

    probe = 4000
    share = max(len(looked_from(_spiral(probe))), 1) / probe
    up = np.array([0.0, 0.0, 1.0])
    return [
        Camera(size, size, focal, focal, size / 2, size / 2, look_at(middle + distance * away, middle, up))
        for away in looked_from(_spiral(round(count / share)))
    ]


def _picture(gaussians: Gaussians, camera: Camera) -> Picture:
    seen = render(gaussians, camera)
    colour = seen.colour / np.maximum(seen.alpha, 1e-6)[..., None]
    return Picture(camera, seen.median_depth, np.clip(colour, 0, 1), seen.alpha)


def mesh_of(
    gaussians: Gaussians,
    cameras: Sequence[Camera] = (),
    plan: Plan | None = None,
    progress: Progress | None = None,
) -> Mesh:
    """A closed, textured mesh of the scene, in the scene's own frame.

    Give the `cameras` that the scene was trained with, where they are known: the surface is then closed where none of
    them looked, instead of following what was never learnt. `progress` hears the fraction done and the stage; what it
    raises ends the work. Raises `BadInput` where there is no surface.
    """
    told = progress or (lambda fraction, stage: None)
    told(0.0, "looking from all around")
    around = virtual_cameras(gaussians, cameras)
    pictures = []
    for number, camera in enumerate(around):
        pictures.append(_picture(gaussians, camera))
        told(_LOOKING * (number + 1) / len(around), "looking from all around")
    known = [_picture(gaussians, camera) for camera in cameras]

    def then(fraction: float, stage: str) -> None:
        told(_LOOKING + (1 - _LOOKING) * fraction, stage)

    return textured_mesh(pictures, plan, then, known=known)
