"""The air: the sky's light for a height of the sun, and what is left of sunlight on its way.

Single scattering by molecules (Rayleigh), haze (Mie) and absorption by ozone, as in Nishita et al. 1993, "Display of
the Earth taking into account atmospheric scattering"; ozone as in Bruneton and Neyret 2008, profile of its appendix.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from lucida.imaging.kernels import jit

GROUND, TOP = 6_360e3, 6_440e3  # metres from the Earth's centre
RAYLEIGH = np.array([5.8e-6, 13.5e-6, 33.1e-6])  # per metre at sea level
OZONE = np.array([0.65e-6, 1.88e-6, 0.085e-6])
MIE = 3.0e-6
SUNLIGHT = 20.0  # irradiance of the sun above the air; the exposure makes up for the unit
ROWS, COLUMNS = 40, 64  # of the dome


def _densities(height: NDArray[np.float64]) -> tuple[NDArray[np.float64], ...]:
    height = np.maximum(height, 0)
    return np.exp(-height / 8e3), np.exp(-height / 1.2e3), np.maximum(1 - np.abs(height - 25e3) / 15e3, 0)


def _to_top(height: NDArray[np.float64], cosine: NDArray[np.float64]) -> NDArray[np.float64]:
    """Metres to the top of the air from `height` above the ground, upwards at `cosine` from the zenith."""
    radius = GROUND + height
    along = radius * cosine
    return np.asarray(np.sqrt(along * along - radius * radius + TOP * TOP) - along)


def transmittance(height: NDArray[np.float64], cosine: NDArray[np.float64], haze: float = 1.0) -> NDArray[np.float64]:
    """What is left (..., 3) of light that comes from space; none where the Earth is in the way, with a soft edge."""
    length = _to_top(height, cosine)
    radius = GROUND + height
    dense = [np.zeros_like(length) for _ in range(3)]
    for k in range(8):
        along = length * ((k + 0.5) / 8) ** 2
        above = np.sqrt(along * along + 2 * radius * along * cosine + radius * radius) - GROUND
        for total, part in zip(dense, _densities(above), strict=True):
            total += part * length * (2 * k + 1) / 64
    depth = dense[0][..., None] * RAYLEIGH + dense[1][..., None] * MIE * haze * 1.1 + dense[2][..., None] * OZONE
    dip = -np.sqrt(np.maximum(1 - (GROUND / radius) ** 2, 0))
    seen = np.clip((cosine - dip + 0.02) / 0.025, 0, 1)
    return np.asarray(np.exp(-depth) * seen[..., None])


def sunlight_at(sun: NDArray[np.float64], height: float = 0.0, haze: float = 1.0) -> NDArray[np.float64]:
    """The sun's irradiance (3,) at a height in metres."""
    return np.asarray(SUNLIGHT * transmittance(np.array(height), np.array(sun[1]), haze))


def dome_directions() -> NDArray[np.float64]:
    """Directions (ROWS, COLUMNS, 3): rows by the root of the height's sine, columns all around from behind the left."""
    up = np.maximum(np.linspace(0, 1, ROWS) ** 2, 1e-3)[:, None]
    azimuth = (np.arange(COLUMNS) / COLUMNS * 2 * np.pi - np.pi)[None]
    level = np.sqrt(1 - up * up)
    return np.stack(np.broadcast_arrays(level * np.sin(azimuth), up, -level * np.cos(azimuth)), -1)


def sky_dome(sun: NDArray[np.float64], haze: float = 1.0) -> NDArray[np.float64]:
    """The clear sky's radiance (ROWS, COLUMNS, 3) for a unit direction to the sun."""
    way = dome_directions()
    length = _to_top(np.array(2.0), way[..., 1])
    cosine = way @ sun
    rayleigh = 3 / (16 * np.pi) * (1 + cosine**2)
    g = 0.76
    mie = 3 / (8 * np.pi) * (1 - g * g) * (1 + cosine**2) / ((2 + g * g) * (1 + g * g - 2 * g * cosine) ** 1.5)
    light = np.zeros((*way.shape[:2], 3))
    depth = np.zeros_like(light)
    for k in range(16):
        along, step = length * ((k + 0.5) / 16) ** 2, length * (2 * k + 1) / 256
        place = way * along[..., None] + np.array([0, GROUND + 2.0, 0])
        radius = np.linalg.norm(place, axis=-1)
        molecules, droplets, ozone = _densities(radius - GROUND)
        thin = molecules[..., None] * RAYLEIGH
        thick = droplets[..., None] * MIE * haze
        here = (thin + 1.1 * thick + ozone[..., None] * OZONE) * step[..., None]
        arrives = transmittance(np.maximum(radius - GROUND, 0), (place @ sun) / radius, haze)
        twice = 0.035 * arrives.mean((0, 1)) * (thin + thick)  # light scattered before
        once = arrives * (thin * rayleigh[..., None] + thick * mie[..., None])
        light += (once + twice) * np.exp(-depth - here / 2) * step[..., None]
        depth += here
    return np.asarray(SUNLIGHT * light)


def mean_radiance(dome: NDArray[np.float64]) -> NDArray[np.float64]:
    """The radiance (3,) of an even sky that lights level ground as the dome does."""
    up = np.linspace(0, 1, ROWS) ** 2
    weight = up * np.gradient(up)
    return np.asarray((dome.mean(1) * weight[:, None]).sum(0) / weight.sum())


@jit
def look_up(dome: NDArray[np.float64], x: float, y: float, z: float) -> tuple[float, float, float]:
    """The dome's radiance along a unit direction; below the horizon, the horizon's."""
    row = np.sqrt(max(y, 0.0)) * (dome.shape[0] - 1)
    column = (np.arctan2(x, -z) / (2 * np.pi) + 0.5) * dome.shape[1]
    i, j = min(int(row), dome.shape[0] - 2), int(column) % dome.shape[1]
    k = (j + 1) % dome.shape[1]
    u, v = min(row - i, 1.0), column - np.floor(column)
    a, b, c, d = (1 - u) * (1 - v), (1 - u) * v, u * (1 - v), u * v
    red = a * dome[i, j, 0] + b * dome[i, k, 0] + c * dome[i + 1, j, 0] + d * dome[i + 1, k, 0]
    green = a * dome[i, j, 1] + b * dome[i, k, 1] + c * dome[i + 1, j, 1] + d * dome[i + 1, k, 1]
    blue = a * dome[i, j, 2] + b * dome[i, k, 2] + c * dome[i + 1, j, 2] + d * dome[i + 1, k, 2]
    return red, green, blue
