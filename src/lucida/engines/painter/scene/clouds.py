"""The sky as the camera sees it: air, sun or moon, stars, and clouds lit from the sun's side."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from lucida.engines.painter.scene.air import look_up
from lucida.engines.painter.scene.noise import fractal, scatter
from lucida.engines.painter.scene.terrain import smooth
from lucida.imaging.kernels import jit

STEPS = 36  # through the clouds


class Heaven(NamedTuple):
    """What is in the sky: `cover` of clouds 0-1, their heights in metres, wisps, stars and the disc of sun or moon."""

    seed: int
    cover: float
    bottom: float
    top: float
    density: float
    wisps: float
    stars: float
    disc: float  # cosine of the disc's radius
    disc_light: float
    fog: float


@jit
def noise_solid(x: float, y: float, z: float, seed: int) -> float:
    """Smooth noise in space, 0 to 1."""
    i, j, k = int(np.floor(x)), int(np.floor(y)), int(np.floor(z))
    u, v, w = x - i, y - j, z - k
    u, v, w = u * u * (3 - 2 * u), v * v * (3 - 2 * v), w * w * (3 - 2 * w)
    total = 0.0
    for level in range(2):
        a, b = scatter(i, k + 57 * (j + level), seed), scatter(i + 1, k + 57 * (j + level), seed)
        c, d = scatter(i, k + 1 + 57 * (j + level), seed), scatter(i + 1, k + 1 + 57 * (j + level), seed)
        total += (v if level else 1 - v) * (a + (b - a) * u + (c - a) * w + (a - b - c + d) * u * w)
    return total


@jit
def thickness(heaven: Heaven, x: float, y: float, z: float, octaves: int) -> float:
    """The cloud's density 0-1 at a place in metres: billows with flat bottoms, eaten away towards their tops."""
    level = (y - heaven.bottom) / (heaven.top - heaven.bottom)
    if level <= 0 or level >= 1:
        return 0.0
    large = 0.5 + 0.62 * fractal(x / 4200, z / 4200, heaven.seed + 70, 3.0)
    billow = large - (1.04 - 0.92 * heaven.cover) - 0.55 * level * level * (1.2 - heaven.cover)
    if billow < -0.3:
        return 0.0
    x, y, z, weight = x / 900, y / 700, z / 900, 0.24
    for k in range(octaves):
        billow += weight * (2 * noise_solid(x, y, z, heaven.seed + 80 + k) - 1)
        x, y, z, weight = 2.1 * x + 3.7, 2.1 * y, 2.1 * z + 1.9, 0.5 * weight
    return min(1.0, max(0.0, billow * 3.2)) * min(1.0, level * 7)


@jit
def _stars(x: float, y: float, z: float, seed: int) -> tuple[float, float]:
    """A star's light along a direction and its warmth, -1 to 1."""
    size = 330.0
    u, v = x / (1.0 - min(z, 0.9)) * size, y / (1.0 - min(z, 0.9)) * size
    i, j = int(np.floor(u)), int(np.floor(v))
    chance = scatter(i, j, seed + 90)
    band = np.exp(-((0.75 * x + 0.62 * y - 0.30 + 0.05 * fractal(3 * x, 3 * y, seed + 95, 4.0)) ** 2) / 0.018)
    if chance > 0.10 + 0.20 * band:
        return 0.0, 0.0
    away_u = u - i - 0.2 - 0.6 * scatter(i, j, seed + 91)
    away_v = v - j - 0.2 - 0.6 * scatter(i, j, seed + 92)
    bright = scatter(i, j, seed + 93)
    wide = 0.012 + 0.05 * bright**8
    glow = np.exp(-(away_u * away_u + away_v * away_v) / wide)
    return glow * (0.03 + bright**6 * 1.6), 2 * scatter(i, j, seed + 94) - 1


@jit
def paint_sky(
    heaven: Heaven,
    dome: NDArray[np.float64],
    sun: NDArray[np.float64],
    sunlight: NDArray[np.float64],
    even: NDArray[np.float64],
    haze: NDArray[np.float64],
    across: NDArray[np.float64],
    rise: NDArray[np.float64],
    sky: NDArray[np.float32],
) -> None:
    """Radiance (rows, columns, 3) along the rays (`across`, `rise`, -1).

    `sunlight` (3,) is what reaches the clouds, `even` (3,) the mean radiance of the dome, `haze` (3,) the fog's.
    """
    for row in range(rise.shape[0]):
        for column in range(across.shape[0]):
            length = np.sqrt(1 + across[column] ** 2 + rise[row] ** 2)
            x, y, z = across[column] / length, max(rise[row], 1e-4) / length, -1 / length
            red, green, blue = look_up(dome, x, y, z)
            facing = x * sun[0] + y * sun[1] + z * sun[2]
            if heaven.stars > 0:
                light, warm = _stars(x, y, z, heaven.seed)
                band = np.exp(
                    -((0.80 * x + 0.60 * y - 0.28 + 0.12 * fractal(4 * x, 4 * y, heaven.seed + 99, 5.0)) ** 2) / 0.02
                )
                milk = 0.032 * band * (1 + 1.1 * fractal(7 * x, 7 * y, heaven.seed + 96, 7.0)) ** 2
                shown = heaven.stars * smooth(0.0, 0.25, y)
                red += shown * (light * (1 + 0.3 * warm) + 0.95 * milk)
                green += shown * (light + 0.88 * milk)
                blue += shown * (light * (1 - 0.3 * warm) + 1.1 * milk)
            if heaven.disc_light > 0:
                edge = smooth(heaven.disc - 0.25 * (1 - heaven.disc), heaven.disc, facing)
                red += edge * heaven.disc_light * sunlight[0]
                green += edge * heaven.disc_light * sunlight[1]
                blue += edge * heaven.disc_light * sunlight[2]
            if heaven.wisps > 0 and y > 0.01:
                far = 8000 / y
                u, v = x * far / 9000, z * far / 9000
                bend = fractal(u, v, heaven.seed + 97, 4.0)
                veil = 0.5 + fractal(2.2 * u + 1.2 * bend, 0.7 * v + 0.8 * bend, heaven.seed + 98, 7.0)
                veil = heaven.wisps * smooth(0.42, 1.1, veil) * smooth(0.02, 0.22, y)
                glow = 0.05 + 0.10 * max(0.0, facing) ** 8
                red += veil * (glow * sunlight[0] + 0.25 * even[0])
                green += veil * (glow * sunlight[1] + 0.25 * even[1])
                blue += veil * (glow * sunlight[2] + 0.25 * even[2])
            if heaven.cover > 0 and y > 0.012:
                red, green, blue = _through(heaven, x, y, z, facing, red, green, blue, dome, sun, sunlight, even)
            if heaven.fog > 0:
                veil = min(1.0, heaven.fog * np.exp(-y * 4.0 / (0.25 + heaven.fog)))
                red += veil * (haze[0] - red)
                green += veil * (haze[1] - green)
                blue += veil * (haze[2] - blue)
            sky[row, column, 0], sky[row, column, 1], sky[row, column, 2] = red, green, blue


@jit
def _through(
    heaven: Heaven,
    x: float,
    y: float,
    z: float,
    facing: float,
    red: float,
    green: float,
    blue: float,
    dome: NDArray[np.float64],
    sun: NDArray[np.float64],
    sunlight: NDArray[np.float64],
    even: NDArray[np.float64],
) -> tuple[float, float, float]:
    """The sky's light behind the clouds, and what the clouds add and take."""
    near, far = heaven.bottom / y, min(heaven.top / y, heaven.bottom / y + 9000)
    step = (far - near) / STEPS
    at = near + step * scatter(int(x * 9e5), int(y * 9e5), 7)
    clear, sunny, shady = 1.0, 0.0, 0.0
    forward, back = 0.75, -0.2
    phase = 0.55 * (1 - forward**2) / (1 + forward**2 - 2 * forward * facing) ** 1.5
    phase = (phase + 0.45 * (1 - back**2) / (1 + back**2 - 2 * back * facing) ** 1.5) / (4 * np.pi)
    for _ in range(STEPS):
        dense = thickness(heaven, x * at, y * at, z * at, 4)
        if dense > 0.004:
            shade, reach = 0.0, 60.0
            for k in range(4):
                reach_x, reach_y, reach_z = x * at + sun[0] * reach, y * at + sun[1] * reach, z * at + sun[2] * reach
                shade += thickness(heaven, reach_x, reach_y, reach_z, 2) * (60.0 + 70 * k)
                reach += 60.0 + 70 * (k + 1)
            shade *= heaven.density
            lit = 0.7 * np.exp(-shade) + 0.3 * np.exp(-0.22 * shade)
            passed = np.exp(-dense * heaven.density * min(step, 160.0))
            level = (y * at - heaven.bottom) / (heaven.top - heaven.bottom)
            sunny += clear * (1 - passed) * lit * (phase + 0.05)
            shady += clear * (1 - passed) * (0.40 + 0.60 * level) * (0.5 + 0.6 * np.exp(-0.5 * shade))
            clear *= passed
            if clear < 0.01:
                break
        at += step
    fade = np.exp(-near / 16000)
    sunny, shady, clear = sunny * fade * 2.6, shady * fade * 0.95, 1 - (1 - clear) * fade
    return (
        red * clear + sunny * sunlight[0] + shady * even[0],
        green * clear + sunny * sunlight[1] + shady * even[1],
        blue * clear + sunny * sunlight[2] + shady * even[2],
    )
