"""Solids in space: what a ray meets, and which way their faces look."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .surfaces import Surface

Doubles = NDArray[np.float64]
# What is taken away: nothing; gaps of a shift (3,), a grain and a bound; slats of a period and a share. See `kernels`.
Cut = tuple[float, float, float, float, float, float]
WHOLE: Cut = (0, 0, 0, 0, 0, 0)

UP = np.array([0.0, 1.0, 0.0])
CORNERS = np.array([[x, y, z] for x in (-1, 1) for y in (-1, 1) for z in (-1, 1)], float)


@dataclass(frozen=True, eq=False)
class Solid:
    """A convex body: a unit shape moved by `frame` (3, 3), whose columns are its half axes in metres, to `centre`.

    "box" is [-1, 1]³, "ball" the unit ball, "frustum" a round bar along y whose radius goes from 1 at −1 to `taper`
    at 1, "hull" what lies below all `planes` (K, 4): n · x <= d. `cut` takes parts away as `kernels` knows it;
    `bevel` in metres rounds a box's edges to the eye.
    """

    shape: Literal["box", "ball", "frustum", "hull"]
    centre: Doubles
    frame: Doubles
    surface: Surface
    label: str
    taper: float = 1.0
    planes: Doubles | None = None
    bevel: float = 0.0
    cut: Cut = WHOLE

    @cached_property
    def inverse(self) -> Doubles:
        return np.asarray(np.linalg.inv(self.frame))

    @cached_property
    def lengths(self) -> Doubles:
        return np.linalg.norm(self.frame, axis=0)

    @cached_property
    def radius(self) -> float:
        """Of a ball around the centre that holds all of it, in metres."""
        if self.shape == "ball":
            return float(np.linalg.norm(self.frame, 2))
        return float(np.linalg.norm(CORNERS @ self.frame.T, axis=1).max())

    @cached_property
    def number(self) -> int:
        """The shape's number for `kernels`."""
        return {"box": 0, "hull": 0, "ball": 1, "frustum": 2}[self.shape]

    @cached_property
    def faces(self) -> Doubles:
        """Planes (K, 4) that bound a box or a hull, in units of the half axes."""
        if self.number:
            return np.zeros((0, 4))
        return _BOX if self.planes is None else self.planes

    def own(self, points: Doubles) -> Doubles:
        """Points (N, 3) in the body's own axes, metres."""
        return (points - self.centre) @ self.inverse.T * self.lengths

    def normals(self, points: Doubles) -> tuple[Doubles, Doubles]:
        """Unit normals (N, 3) at points of the surface: the face's, in the world, and the one in the own axes."""
        local = (points - self.centre) @ self.inverse.T
        if self.shape == "ball":
            normal = local
        elif self.shape == "frustum":
            around = np.hypot(local[:, 0], local[:, 2])
            wall = 1 + (self.taper - 1) * (local[:, 1] + 1) / 2
            side = np.column_stack([local[:, 0], (1 - self.taper) / 2 * around, local[:, 2]])
            end = np.abs(local[:, 1]) > 1 - 1e-6
            end |= np.abs(wall - around) > np.abs(1 - np.abs(local[:, 1])) + 1e-6
            normal = np.where(end[:, None], np.sign(local[:, 1:2]) * np.array([[0.0, 1.0, 0.0]]), side)
        else:
            normal = self.faces[np.argmax(local @ self.faces[:, :3].T - self.faces[:, 3], axis=1), :3]
        own = normal / self.lengths
        if self.bevel and self.shape == "box":
            metres = local * self.lengths
            inside = np.clip(1 - (self.lengths - np.abs(metres)) / self.bevel, 0, 1)
            own = own / np.linalg.norm(own, axis=1, keepdims=True) + 0.7 * inside**2 * np.sign(metres)
            world = own * self.lengths @ self.inverse
        else:
            world = normal @ self.inverse
        return world / np.linalg.norm(world, axis=1, keepdims=True), own / np.linalg.norm(own, axis=1, keepdims=True)


_BOX = np.array([[*(np.eye(3)[axis] * sign), 1.0] for axis in range(3) for sign in (-1, 1)])


def turned(yaw: float) -> Doubles:
    """Rotation (3, 3) about y, radians."""
    c, s = np.cos(yaw), np.sin(yaw)
    return np.array([[c, 0, s], [0, 1, 0], [-s, 0, c]])


def box(
    centre: ArrayLike,
    half: ArrayLike,
    surface: Surface,
    label: str,
    *,
    yaw: float = 0,
    bevel: float = 0.0,
    cut: Cut = WHOLE,
    tilt: float = 0.0,
) -> Solid:
    """A box of half sizes (3,), turned about y and then leaning back by `tilt` about its own x."""
    c, s = np.cos(tilt), np.sin(tilt)
    lean = np.array([[1, 0, 0], [0, c, -s], [0, s, c]])
    frame = turned(yaw) @ lean @ np.diag(np.asarray(half, float))
    return Solid("box", np.asarray(centre, float), frame, surface, label, bevel=bevel, cut=cut)


def ball(
    centre: ArrayLike, radii: ArrayLike, surface: Surface, label: str, *, yaw: float = 0, cut: Cut = WHOLE
) -> Solid:
    """An ellipsoid of half axes (3,), or a ball of one radius."""
    frame = turned(yaw) @ np.diag(np.broadcast_to(np.asarray(radii, float), 3))
    return Solid("ball", np.asarray(centre, float), frame, surface, label, cut=cut)


def bar(
    start: ArrayLike,
    end: ArrayLike,
    radius: float,
    surface: Surface,
    label: str,
    *,
    taper: float = 1.0,
    cut: Cut = WHOLE,
) -> Solid:
    """A round bar between two points (3,); its radius at the end is `taper` times that at the start."""
    start, end = np.asarray(start, float), np.asarray(end, float)
    axis = (end - start) / 2
    along = axis / np.linalg.norm(axis)
    aside = np.cross(along, [1.0, 0, 0] if abs(along[0]) < 0.8 else [0, 0, 1.0])
    aside /= np.linalg.norm(aside)
    frame = np.column_stack([aside * radius, axis, np.cross(aside, along) * radius])
    return Solid("frustum", (start + end) / 2, frame, surface, label, taper=taper, cut=cut)


def hull(
    centre: ArrayLike, half: ArrayLike, planes: ArrayLike, surface: Surface, label: str, *, yaw: float = 0
) -> Solid:
    """What lies below planes (K, 4) in a box of half sizes (3,); the planes are in units of the half sizes."""
    frame = turned(yaw) @ np.diag(np.asarray(half, float))
    every = np.vstack([_BOX, np.asarray(planes, float)])
    return Solid("hull", np.asarray(centre, float), frame, surface, label, planes=every)


def gable(centre: ArrayLike, half: ArrayLike, surface: Surface, label: str, *, yaw: float = 0) -> Solid:
    """A roof whose ridge runs along its x in a box of half sizes (3,)."""
    return hull(centre, half, [[0, 1, 2, 1], [0, 1, -2, 1]], surface, label, yaw=yaw)
