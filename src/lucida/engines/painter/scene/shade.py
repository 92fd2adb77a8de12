"""A strip of samples under the sun, the sky and the air between: radiance, and what is there."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from lucida.engines.painter.scene.air import look_up
from lucida.engines.painter.scene.frame import FINER, Camera, Strip
from lucida.engines.painter.scene.light import Ground, Light
from lucida.engines.painter.scene.plants import shaded
from lucida.engines.painter.scene.solids import Solids, blocked
from lucida.engines.painter.scene.surfaces import Triple, blend, ground_colour, land_normal, solid_colour, street_colour
from lucida.engines.painter.scene.terrain import GRASS, SKY, TERRAIN, TREE, WATER, Land, sunlit
from lucida.imaging.kernels import jit

WARM = (1.0, 0.62, 0.28)  # lamps


class SkyPicture(NamedTuple):
    """The sky's radiance (rows, columns, 3), `scale` rows to one of the picture; `above` rows lie above the picture."""

    radiance: NDArray[np.float32]
    scale: float
    above: float


@jit
def look_at(picture: SkyPicture, row: float, column: float) -> Triple:
    """The sky at a place of the picture, in pixels from its corner."""
    sky = picture.radiance
    row, column = row * picture.scale + picture.above - 0.5, column * picture.scale - 0.5
    rows, columns = sky.shape[0], sky.shape[1]
    row, column = min(max(row, 0.0), rows - 1.001), min(max(column, 0.0), columns - 1.001)
    i, j = int(row), int(column)
    k, m = min(i + 1, rows - 1), min(j + 1, columns - 1)
    u, v = row - i, column - j
    a, b, c, d = (1 - u) * (1 - v), (1 - u) * v, u * (1 - v), u * v
    return (
        a * sky[i, j, 0] + b * sky[i, m, 0] + c * sky[k, j, 0] + d * sky[k, m, 0],
        a * sky[i, j, 1] + b * sky[i, m, 1] + c * sky[k, j, 1] + d * sky[k, m, 1],
        a * sky[i, j, 2] + b * sky[i, m, 2] + c * sky[k, j, 2] + d * sky[k, m, 2],
    )


@jit
def through_air(light: Light, colour: Triple, x: float, y: float, z: float, eye: float) -> Triple:
    """What is left of a thing's light over the way to the camera, and what the air adds."""
    length = np.sqrt(x * x + (y - eye) ** 2 + z * z)
    red, green, blue = look_up(light.dome, x / length, 0.03, z / length)
    share = light.foggy
    red, green, blue = (
        red + share * (light.fog[0] - red),
        green + share * (light.fog[1] - green),
        blue + share * (light.fog[2] - blue),
    )
    rise = max(0.0, y) / (45.0 if share > 0 else 2600.0)
    way = length * ((1 - np.exp(-rise)) / rise if rise > 0.01 else 1.0)
    clear_r, clear_g = np.exp(-light.thinning[0] * way), np.exp(-light.thinning[1] * way)
    clear_b = np.exp(-light.thinning[2] * way)
    return (
        colour[0] * clear_r + red * (1 - clear_r),
        colour[1] * clear_g + green * (1 - clear_g),
        colour[2] * clear_b + blue * (1 - clear_b),
    )


@jit
def lit(light: Light, colour: Triple, nx: float, ny: float, nz: float, y: float, sun: float, leafy: float) -> Triple:
    """The radiance of a matt surface; `sun` is how much of it arrives, `leafy` how much light passes through."""
    facing = nx * light.sun[0] + ny * light.sun[1] + nz * light.sun[2]
    direct = sun * (max(0.0, facing) * (1 - 0.3 * leafy) + leafy * (0.10 + 0.40 * max(0.0, -facing))) / np.pi
    above = 0.5 + 0.5 * ny
    bounce = 0.10 * (1 - above) * max(0.05, light.sun[1]) / np.pi
    lamp = light.lamp_light * np.exp(-max(0.0, y) / 9.0) * 0.06
    return (
        colour[0] * (direct * light.sunlight[0] + above * light.even[0] + bounce * light.sunlight[0] + lamp * WARM[0]),
        colour[1] * (direct * light.sunlight[1] + above * light.even[1] + bounce * light.sunlight[1] + lamp * WARM[1]),
        colour[2] * (direct * light.sunlight[2] + above * light.even[2] + bounce * light.sunlight[2] + lamp * WARM[2]),
    )


@jit
def _solid(
    strip: Strip, i: int, j: int, x: float, y: float, z: float, camera: Camera, light: Light, solids: Solids,
    sun: float,
) -> Triple:  # fmt: skip
    """The radiance of a wall or roof: matt, with the sky in its glass and lamps behind it."""
    nx, ny, nz = float(strip.normal[i, j, 0]), float(strip.normal[i, j, 1]), float(strip.normal[i, j, 2])
    owner = strip.owner[i, j]
    red, green, blue, mirror, shine = solid_colour(
        solids.look[owner], solids.bound[owner], x, y, z, nx, ny, nz, light.lamps, light.snow, -z, camera.focal
    )
    seen = lit(light, (red, green, blue), nx, ny, nz, y, sun, 0.0)
    if mirror > 0:
        length = np.sqrt(x * x + (y - camera.eye) ** 2 + z * z)
        dx, dy, dz = x / length, (y - camera.eye) / length, z / length
        facing = -(dx * nx + dy * ny + dz * nz)
        mx, my, mz = dx + 2 * facing * nx, dy + 2 * facing * ny, dz + 2 * facing * nz
        share = mirror * (0.10 + 0.90 * (1 - max(0.0, facing)) ** 4)
        back = look_up(light.dome, mx, max(my, 0.02), mz)
        low = 0.35 if my < 0.05 else 1.0
        seen = (
            seen[0] + share * low * (0.5 * back[0] + 0.5 * light.even[0]),
            seen[1] + share * low * (0.5 * back[1] + 0.5 * light.even[1]),
            seen[2] + share * low * (0.5 * back[2] + 0.5 * light.even[2]),
        )
    glow = shine * light.lamp_light
    return seen[0] + glow * WARM[0], seen[1] + glow * (WARM[1] + 0.1 * shine), seen[2] + glow * (WARM[2] + 0.1 * shine)


@jit
def shade_strip(
    strip: Strip, camera: Camera, land: Land, soil: Ground, light: Light, solids: Solids,
    shadow: NDArray[np.float32], wide: float, sky: SkyPicture,
    radiance: NDArray[np.float32], water: NDArray[np.float32], depth: NDArray[np.float32], segment: NDArray[np.uint8],
) -> None:  # fmt: skip
    """Fill `radiance` (rows, columns, 3), the share of `water` in each pixel, `depth` and `segment`.

    A pixel whose samples show one thing is lit once. Water is left dark: it mirrors what is finished.
    """
    counts = np.zeros(256, np.int64)
    for row in range(radiance.shape[0]):
        for column in range(radiance.shape[1]):
            i, j = row * FINER, column * FINER
            low, high, best = strip.depth[i, j], strip.depth[i, j], strip.segment[i, j]
            same = True
            for n in range(4):
                kind, at = strip.segment[i + n // 2, j + n % 2], strip.depth[i + n // 2, j + n % 2]
                counts[kind] = 0
                low, high = min(low, at), max(high, at)
                same = same and kind == strip.segment[i, j]
                same = same and strip.owner[i + n // 2, j + n % 2] == strip.owner[i, j]
            for n in range(4):
                kind = strip.segment[i + n // 2, j + n % 2]
                counts[kind] += 1
                if counts[kind] > counts[best]:
                    best = kind
            nearest = np.float32(np.inf)
            for n in range(4):
                if strip.segment[i + n // 2, j + n % 2] == best:
                    nearest = min(nearest, strip.depth[i + n // 2, j + n % 2])
            depth[row, column], segment[row, column] = nearest, best
            once = same and (best in (SKY, WATER) or (best == TERRAIN and high < 1.12 * low and soil.paved == 0))
            red = green = blue = 0.0
            wet, share = 0.0, 1.0 if once else 0.25
            for n in range(1 if once else 4):
                p, q = i + n // 2, j + n % 2
                kind, ahead = strip.segment[p, q], float(strip.depth[p, q])
                if kind == WATER:
                    wet += share
                    continue
                if kind == SKY:
                    seen = look_at(sky, (p + 0.5) / FINER, (q + 0.5 + strip.left) / FINER)
                    red, green, blue = red + share * seen[0], green + share * seen[1], blue + share * seen[2]
                    continue
                x = (q + 0.5 + strip.left - camera.middle) / camera.focal * ahead
                y, z = camera.eye + (camera.horizon - p - 0.5) / camera.focal * ahead, -ahead
                nx, ny, nz = strip.normal[p, q, 0] * 1.0, strip.normal[p, q, 1] * 1.0, strip.normal[p, q, 2] * 1.0
                sx, sy, sz = light.sun[0], light.sun[1], light.sun[2]
                if kind in (TREE, GRASS):
                    sun = shaded(shadow, wide, light.sun, x, y, z, 0.06 * ahead**0.5 if kind == TREE else 0.3)
                    sun = 0.25 + 0.75 * sun if kind == TREE else sun
                    colour = (float(strip.colour[p, q, 0]), float(strip.colour[p, q, 1]), float(strip.colour[p, q, 2]))
                    if ahead > 60 and land.height > 0:
                        sun *= sunlit(land, x, y + 1, z, light.sun, 10, camera.focal)
                    seen = lit(light, colour, nx, ny, nz, y, sun, 0.8)
                elif kind == TERRAIN:
                    nx, ny, nz = land_normal(land, x, z, ahead, camera.focal)
                    sun = 0.0
                    if nx * sx + ny * sy + nz * sz > 0:
                        sun = sunlit(land, x, y, z, light.sun, 26, camera.focal)
                        if sun > 0:
                            sun *= shaded(shadow, wide, light.sun, x, y, z, 0.02 * ahead + 0.2)
                        if sun > 0 and ahead < 600 and blocked(solids, x, y + 0.02, z, sx, sy, sz, 500.0):
                            sun = 0.0
                    if soil.paved > 0:
                        colour = street_colour(x, z, land.seed)
                        colour = blend(colour, (0.80, 0.82, 0.87), light.snow)
                    else:
                        colour = ground_colour(soil, land, x, y, z, ny, light.snow, camera.focal)
                    seen = lit(light, colour, nx, ny, nz, y, sun, 0.0)
                else:
                    sun = 0.0
                    if nx * sx + ny * sy + nz * sz > 0:
                        sun = 1.0
                        if blocked(solids, x + nx * 0.03, y + ny * 0.03, z + nz * 0.03, sx, sy, sz, 400.0):
                            sun = 0.0
                        sun *= shaded(shadow, wide, light.sun, x, y, z, 0.4)
                    seen = _solid(strip, p, q, x, y, z, camera, light, solids, sun)
                seen = through_air(light, seen, x, y, z, camera.eye)
                red, green, blue = red + share * seen[0], green + share * seen[1], blue + share * seen[2]
            radiance[row, column, 0], radiance[row, column, 1], radiance[row, column, 2] = red, green, blue
            water[row, column] = wet
