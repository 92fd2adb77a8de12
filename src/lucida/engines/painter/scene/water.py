"""Water: waves that mirror the finished picture and the sky above it, after Fresnel."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from lucida.engines.painter.scene.frame import FINER, Camera
from lucida.engines.painter.scene.light import Ground, Light
from lucida.engines.painter.scene.noise import fractal, noise_slope, scatter
from lucida.engines.painter.scene.shade import SkyPicture, look_at, through_air
from lucida.engines.painter.scene.surfaces import Triple
from lucida.engines.painter.scene.terrain import FARTHEST, SEA, SKY, WATER, Land, ground, smooth, swell
from lucida.imaging.kernels import jit

_STEPS = 28  # along a mirrored ray


@jit
def wave_slope(x: float, z: float, seed: int, height: float, pixel: float) -> tuple[float, float, float]:
    """The water's slope by x and z, and how steep (root of the mean square) what a pixel cannot show is."""
    slope_x = slope_z = hidden = 0.0
    size, steep = 5.0 + 22 * height, 0.20 * height
    for k in range(6):
        turn = 0.5 * np.sin(3.1 * k + 1)
        cos, sin = np.cos(turn), np.sin(turn)
        u, v = (cos * x - sin * z) / (2.1 * size), (sin * x + cos * z) / size
        _, along_u, along_v = noise_slope(u + 17.3 * k, v + 0.35 * np.sin(2 * u), seed + 100 + k)
        shown = 1 - smooth(0.25, 0.9, pixel / size)
        weight = steep * shown
        slope_x += weight * (cos * along_u / 2.1 + sin * along_v)
        slope_z += weight * (-sin * along_u / 2.1 + cos * along_v)
        hidden += (steep * (1 - shown)) ** 2
        size *= 0.48
        steep *= 0.93
    return slope_x, slope_z, np.sqrt(hidden)


@jit
def mirrored(
    x: float, ahead: float, across: float, rise: float, camera: Camera, radiance: NDArray[np.float32],
    depth: NDArray[np.float32], segment: NDArray[np.uint8], sky: SkyPicture, start: float,
) -> Triple:  # fmt: skip
    """What a ray from the water shows: followed through the picture's own depth until something stands in its way."""
    rows, columns = depth.shape
    begin = -camera.eye / ahead
    for step in range(_STEPS):
        t = (step + start) / _STEPS
        height = begin + (rise - begin) * t * t
        further = (height * ahead + camera.eye) / max(rise - height, 1e-6)
        side = (x + across * further) / (ahead + further)
        row = int((camera.horizon - height * camera.focal) / FINER)
        column = int((camera.middle + side * camera.focal) / FINER)
        if row < 0 or column < 0 or column >= columns:
            break
        if row >= rows:
            continue
        kind = segment[row, column]
        if kind not in (SKY, WATER) and 0.9 * ahead < depth[row, column] <= ahead + further:
            return float(radiance[row, column, 0]), float(radiance[row, column, 1]), float(radiance[row, column, 2])
    row_at = (camera.horizon - rise * camera.focal) / FINER
    return look_at(sky, row_at, (camera.middle + across * camera.focal) / FINER)


@jit
def water_at(
    across: float, rise: float, ahead: float, pixel: float, start: float, camera: Camera, land: Land, soil: Ground,
    light: Light, sky: SkyPicture, depth: NDArray[np.float32], segment: NDArray[np.uint8], dry: NDArray[np.float32],
) -> Triple:  # fmt: skip
    """The water's radiance at `ahead` metres along a ray; `pixel` is what a pixel spans there."""
    x, z = across * ahead, -ahead
    slope_x, slope_z, hidden = wave_slope(x, z, land.seed, land.waves, 0.4 * pixel * (1 + 0.4 * ahead / camera.eye))
    shallow = foam = 0.0
    if ahead < 2500 and land.waves < 0.6:
        bed = max(-ground(land, x, z, 4.0), 0.0)
        shallow = np.exp(-bed / 0.8)
        calm = 0.25 + 0.75 * smooth(0.0, 1.5, bed)
        slope_x, slope_z = slope_x * calm, slope_z * calm
        ragged = 0.12 * fractal(x / 1.3, z / 1.3, land.seed + 69, 4.0)
        foam = 0.8 * smooth(0.88, 1.0, shallow + ragged) * (land.water == SEA)
    if land.waves >= 0.6:
        reach = max(0.15, 0.5 * pixel)
        here = swell(land, x, z)
        slope_x += (swell(land, x + reach, z) - here) / reach
        slope_z += (swell(land, x, z + reach) - here) / reach
        shallow = 0.2 * smooth(-0.2, 0.9, here)
        froth = fractal(x / 3, z / 1.6, land.seed + 68, 6.0)
        foam = 0.75 * smooth(0.55, 1.0, here / land.waves + 0.5 * froth) * smooth(-0.2, 0.3, froth + 0.1)
    length = np.sqrt(slope_x * slope_x + slope_z * slope_z + 1)
    nx, ny, nz = -slope_x / length, 1 / length, -slope_z / length
    far = np.sqrt(across * across + rise * rise + 1)
    dx, dy, dz = across / far, rise / far, -1 / far
    facing = max(0.02, -(dx * nx + dy * ny + dz * nz))
    mx, my, mz = dx + 2 * facing * nx, dy + 2 * facing * ny, dz + 2 * facing * nz
    my, mz = max(abs(my), 0.015) + 0.6 * hidden, min(mz, -0.12)
    back = mirrored(x, ahead, mx / -mz, my / -mz, camera, dry, depth, segment, sky, start)
    cap = 8.0 * (light.even[0] + light.even[1] + light.even[2])
    mirror = 0.02 + 0.98 * (1 - facing) ** 5 / (1 + 9 * hidden)
    red, green, blue = soil.water[0], soil.water[1], soil.water[2]
    red += shallow * (0.35 * soil.shore[0] - red)
    green += shallow * (0.35 * soil.shore[1] - green)
    blue += shallow * (0.35 * soil.shore[2] - blue)
    down, body = max(0.0, light.sun[1]) / np.pi, 1 - mirror
    full_r = light.even[0] + down * light.sunlight[0]
    full_g = light.even[1] + down * light.sunlight[1]
    full_b = light.even[2] + down * light.sunlight[2]
    red = body * red * full_r + mirror * min(back[0], cap)
    green = body * green * full_g + mirror * min(back[1], cap)
    blue = body * blue * full_b + mirror * min(back[2], cap)
    return red + foam * (0.7 * full_r - red), green + foam * (0.7 * full_g - green), blue + foam * (0.7 * full_b - blue)


@jit
def shade_water(
    first: int, camera: Camera, land: Land, soil: Ground, light: Light, sky: SkyPicture,
    water: NDArray[np.float32], depth: NDArray[np.float32], segment: NDArray[np.uint8],
    dry: NDArray[np.float32], radiance: NDArray[np.float32],
) -> None:  # fmt: skip
    """Add the water to rows (from `first`) of `radiance`; `dry` is the whole picture without it."""
    for row in range(radiance.shape[0]):
        for column in range(radiance.shape[1]):
            if water[row, column] <= 0:
                continue
            share = water[row, column] / 4
            for n in range(4):
                i, j = FINER * (row + first) + n // 2, FINER * column + n % 2
                rise = min((camera.horizon - i - 0.5) / camera.focal, -1e-5)
                across = (j + 0.5 - camera.middle) / camera.focal
                ahead = min(camera.eye / -rise, FARTHEST)
                if land.waves >= 0.6 and segment[row + first, column] == WATER:
                    ahead = float(depth[row + first, column])
                start = 0.7 + 0.3 * scatter(i, j, 12)
                seen = water_at(
                    across, rise, ahead, FINER * ahead / camera.focal, start, camera, land, soil, light, sky, depth,
                    segment, dry,
                )  # fmt: skip
                seen = through_air(light, seen, across * ahead, 0.0, -ahead, camera.eye)
                radiance[row, column, 0] += share * seen[0]
                radiance[row, column, 1] += share * seen[1]
                radiance[row, column, 2] += share * seen[2]
