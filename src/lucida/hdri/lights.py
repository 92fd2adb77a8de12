"""Lights that are known apart from the picture, as discs whose energy does not depend on the resolution."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from lucida.engines.painter.painting import Light
from lucida.geometry.sphere import longitudes, solid_angles
from lucida.imaging.kernels import jit, warm_up


def solid_angle(light: Light) -> float:
    """The disc's solid angle in steradians, its rim counted by how much it has faded."""
    angle = np.linspace(0, min(np.pi, light.angular_radius * (1 + light.softness / 2)), 4001)
    ring = 2 * np.pi * np.sin(angle) * profile(angle, light.angular_radius, light.softness)
    return float(np.trapezoid(ring, angle))


def profile(angle: NDArray[np.floating], radius: float, softness: float) -> NDArray[np.float64]:
    """How much of a disc's radiance is left (…) at an angle from its centre: 1 inside, ½ at the radius, 0 outside.

    The rim is a smoothstep `softness` radii wide, centred on the radius, so that fading takes and adds alike.
    """
    width = max(radius * softness, 1e-9)
    t = np.clip((radius + width / 2 - np.asarray(angle)) / width, 0, 1)
    return np.asarray(t * t * (3 - 2 * t))


class _Disc(NamedTuple):
    centre: NDArray[np.float64]
    radius: float
    softness: float
    top: int
    bottom: int


class LightDiscs:
    """The discs of some lights on a panorama `width` pixels wide, ready to be added to its rows.

    Every disc's coverage, integrated over the pixels it touches, is scaled to its exact solid angle: a sun smaller
    than a pixel weighs as much as one drawn a hundred pixels wide. `rotation` (3, 3) turns the lights.
    """

    def __init__(self, lights: Sequence[Light], width: int, rotation: NDArray[np.floating] | None = None) -> None:
        self.width, self.height = width, width // 2
        longitude = longitudes(width)
        self._lon = np.sin(longitude), np.cos(longitude)
        self._discs = []
        turned = np.eye(3) if rotation is None else np.asarray(rotation)
        solid = solid_angles(width, self.height)
        for light in lights:
            centre = turned @ np.asarray(light.direction, np.float64)
            centre /= np.linalg.norm(centre)
            reach = light.angular_radius * (1 + light.softness / 2) + np.pi / self.height
            latitude = np.arcsin(np.clip(centre[1], -1, 1))
            top = max(0, int((0.5 - (latitude + reach) / np.pi) * self.height))
            bottom = min(self.height, int((0.5 - (latitude - reach) / np.pi) * self.height) + 2)
            disc = _Disc(centre, float(light.angular_radius), float(light.softness), top, bottom)
            drawn = sum(solid[row] * self._row(disc, row).sum() for row in range(top, bottom))
            self._discs.append((disc, np.asarray(light.radiance, np.float64) * (solid_angle(light) / drawn)))

    def _row(self, disc: _Disc, row: int) -> NDArray[np.float64]:
        covered = np.empty(self.width)
        _coverage(disc.centre, disc.radius, disc.softness, self.height, row, *self._lon, covered)
        return covered

    @property
    def peak(self) -> float:
        """More than any pixel can get."""
        return float(sum(np.max(radiance) for _, radiance in self._discs))

    def add(self, rows: slice, out: NDArray[np.float32]) -> None:
        """Add the discs to rows of the panorama, float32 (h, W, 3)."""
        for disc, radiance in self._discs:
            for row in range(max(disc.top, rows.start), min(disc.bottom, rows.stop)):
                covered = self._row(disc, row)
                touched = np.flatnonzero(covered)
                out[row - rows.start, touched] += (covered[touched, None] * radiance).astype(np.float32)


@jit
def _coverage(
    centre: NDArray[np.float64],
    radius: float,
    softness: float,
    height: int,
    row: int,
    sin_lon: NDArray[np.float64],
    cos_lon: NDArray[np.float64],
    out: NDArray[np.float64],
) -> None:
    """The mean of the disc's profile over each pixel of a row; away from the rim that of the pixel's centre."""
    width = len(out)
    step = np.pi / height
    rim = max(radius * softness, 1e-9)
    inner, outer = radius - rim / 2, radius + rim / 2
    surely_outside = np.cos(min(np.pi, outer + step))
    surely_inside = np.cos(inner - step) if inner > step else 2.0
    parts = min(24, int(np.ceil(8 * step / rim)))  # fine enough for the rim, which may be narrower than a pixel
    latitude = (0.5 - (row + 0.5) / height) * np.pi
    across, up = np.cos(latitude), np.sin(latitude)
    for column in range(width):
        facing = across * (sin_lon[column] * centre[0] - cos_lon[column] * centre[2]) + up * centre[1]
        if facing < surely_outside:
            out[column] = 0
        elif facing > surely_inside:
            out[column] = 1
        else:
            total = weight = 0.0
            for i in range(parts):
                latitude = (0.5 - (row + (i + 0.5) / parts) / height) * np.pi
                ring, y = np.cos(latitude), np.sin(latitude) - centre[1]
                for j in range(parts):
                    longitude = ((column + (j + 0.5) / parts) / width - 0.5) * 2 * np.pi
                    x, z = ring * np.sin(longitude) - centre[0], -ring * np.cos(longitude) - centre[2]
                    angle = 2 * np.arcsin(min(1.0, np.sqrt(x * x + y * y + z * z) / 2))
                    t = max(0.0, min(1.0, (outer - angle) / rim))
                    total += ring * t * t * (3 - 2 * t)
                    weight += ring
            out[column] = total / weight


@warm_up
def _compile() -> None:
    sun = Light("sun", (0.0, 1.0, 0.0), 0.3, (1.0, 1.0, 1.0))
    LightDiscs([sun], 16).add(slice(0, 8), np.zeros((8, 16, 3), np.float32))
