"""The colour of what is lit: ground by slope and height, walls with windows, roofs with tiles."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from lucida.engines.painter.scene.light import Ground
from lucida.engines.painter.scene.noise import fractal, noise, scatter
from lucida.engines.painter.scene.solids import HOUSE, ROOF, TOWER
from lucida.engines.painter.scene.terrain import Land, ground, octaves_at, smooth
from lucida.imaging.kernels import jit

Triple = tuple[float, float, float]


@jit
def blend(a: Triple, b: Triple, t: float) -> Triple:
    return a[0] + (b[0] - a[0]) * t, a[1] + (b[1] - a[1]) * t, a[2] + (b[2] - a[2]) * t


@jit
def triple(a: NDArray[np.float64]) -> Triple:
    return a[0], a[1], a[2]


@jit
def land_normal(land: Land, x: float, z: float, ahead: float, focal: float) -> Triple:
    """The land's unit normal, as fine as a pixel shows it."""
    reach = max(0.03, 0.7 * ahead / focal)
    fine = octaves_at(land.scale, ahead, focal) + 0.5
    here = ground(land, x, z, fine)
    along_x = (ground(land, x + reach, z, fine) - here) / reach
    along_z = (ground(land, x, z + reach, fine) - here) / reach
    length = np.sqrt(along_x * along_x + along_z * along_z + 1)
    return -along_x / length, 1 / length, -along_z / length


@jit
def ground_colour(
    soil: Ground, land: Land, x: float, y: float, z: float, up: float, snow: float, focal: float
) -> Triple:
    """The ground's albedo at a place whose normal rises by `up`."""
    ahead = -z
    patch = 0.5 + fractal(x / 23, z / 23, land.seed + 30, 5.0)
    fine = min(1.0, 60.0 / ahead)
    grain = 1 + 0.35 * fine * fractal(x * 3, z * 3, land.seed + 31, 4.0)
    grain += 0.25 * fractal(x / 3, z / 3, land.seed + 32, 4.0)
    if soil.dunes > 0:
        ripple = 1 + 0.11 * fine * np.sin(9 * (x * 0.3 - z) + 5 * noise(x / 3, z / 3, land.seed + 33))
        colour = blend(triple(soil.low), triple(soil.dry), patch * 0.5)
        return colour[0] * ripple, colour[1] * ripple, colour[2] * ripple
    colour = blend(triple(soil.low), triple(soil.dry), smooth(0.35, 0.95, patch))
    if soil.rows > 0 and ahead < 900:
        bent = x + 0.12 * z + 0.6 * noise(z / 30, x / 30, land.seed + 34)
        furrow = 0.5 + 0.5 * np.sin(2 * np.pi * bent / soil.rows)
        colour = blend(colour, triple(soil.dry), 0.75 * furrow * smooth(0.0, 0.3, 40 / ahead))
    if soil.woods > 0:
        least = 0.9 * soil.woods
        there = smooth(-least, 0.25 - least, fractal(x / 260, z / 260, land.seed + 35, 5.0))
        there *= smooth(60.0, 250.0, ahead) * smooth(0.50, 0.72, up)
        if soil.snow_line < 1e5:
            level = y / soil.snow_line + 0.15 * fractal(x / 300, z / 300, land.seed + 36, 4.0)
            there *= 1 - smooth(0.55, 0.85, level)
        crowns = 0.55 + 0.45 * noise(x / 7, z / 7, land.seed + 37) + 0.4 * fractal(x / 40, z / 40, land.seed + 38, 3.0)
        wood = triple(soil.wood)
        crowns = max(crowns, 0.15)
        colour = blend(colour, (wood[0] * crowns, wood[1] * crowns, wood[2] * crowns), there)
    layers = 0.75 + 0.45 * noise(0.02 * x, 0.09 * y + 2 * noise(x / 160, z / 160, 3), land.seed + 39)
    rock = triple(soil.rock)
    steep = 1 - smooth(0.62, 0.80, up + 0.10 * fractal(x / 30, z / 30, land.seed + 29, 4.0))
    if soil.paved > 0:
        steep = 0.0
    colour = blend(colour, (rock[0] * layers, rock[1] * layers, rock[2] * layers), steep)
    if land.water > 0:
        wet = smooth(0.05, 1.1, y)
        shore = triple(soil.shore)
        dark = 0.55 + 0.45 * smooth(0.02, 0.22, y)
        colour = blend((shore[0] * dark, shore[1] * dark, shore[2] * dark), colour, wet)
    colour = (colour[0] * grain, colour[1] * grain, colour[2] * grain)
    cover = snow * smooth(0.30, 0.62, up + 0.25 * fractal(x / 9, z / 9, land.seed + 28, 4.0))
    if soil.snow_line < 1e5:
        high = y + 0.30 * soil.snow_line * fractal(x / 420, z / 420, land.seed + 27, 5.0)
        high = smooth(0.92, 1.12, high / soil.snow_line)
        cover = max(cover, high * smooth(0.52, 0.74, up + 0.12 * fractal(x / 45, z / 45, land.seed + 26, 4.0)))
    if land.water > 0:
        cover *= smooth(0.1, 0.5, y)
    drift = 0.92 + 0.10 * fractal(x / 2.2, z / 5, land.seed + 25, 5.0)
    return blend(colour, (0.80 * drift, 0.83 * drift, 0.89 * drift), cover)


@jit
def street_colour(x: float, z: float, seed: int) -> Triple:
    """An avenue ahead with its lanes, streets across, and pavements around the blocks."""
    worn = 0.8 + 0.4 * fractal(x / 2, z / 2, seed + 22, 5.0)
    across = abs(x)
    block = (-z / 62) - np.floor(-z / 62)
    street = across < 9 or block * 62 < 14
    red = green = blue = 0.055 * worn
    if not street:
        red, green, blue = 0.21 * worn, 0.20 * worn, 0.19 * worn
    elif across < 9 and block * 62 >= 14:
        dash = (-z / 7) - np.floor(-z / 7)
        if across < 0.14 or (abs(across - 4.4) < 0.10 and dash < 0.45):
            red, green, blue = 0.50 * worn, 0.48 * worn, 0.40 * worn
        if across > 8.6:
            red, green, blue = 0.26 * worn, 0.25 * worn, 0.24 * worn
    elif across < 9 and 11 < block * 62 < 13.4 and (across / 1.2 - np.floor(across / 1.2)) < 0.5:
        red, green, blue = 0.50 * worn, 0.50 * worn, 0.48 * worn
    return red, green, blue


@jit
def solid_colour(
    look: NDArray[np.float64], bound: NDArray[np.float64], x: float, y: float, z: float,
    nx: float, ny: float, nz: float, lamps: float, snow: float, ahead: float, focal: float,
) -> tuple[float, float, float, float, float]:  # fmt: skip
    """Albedo (3), how mirror-like, and how bright a lit window is, at a point of a wall or roof."""
    surface, seed = int(look[0]), int(look[5])
    red, green, blue = look[1], look[2], look[3]
    cos, sin = np.cos(look[4]), np.sin(look[4])
    off_x, off_z = x - bound[0], z - bound[1]
    u, v = cos * off_x + sin * off_z, cos * off_z - sin * off_x
    facing_u = abs(cos * nx + sin * nz)
    side, level = (v if facing_u > 0.5 else u), y - bound[3]
    face = 1 if facing_u > 0.5 else 0
    if ny > 0.3:
        if surface == ROOF:
            row = np.floor(level * 4.5)
            tile = 0.82 + 0.30 * scatter(int(row), int(np.floor(u * 3 + 0.5 * (int(row) % 2))), seed)
            edge = level * 4.5 - row
            tile *= 0.85 + 0.15 * edge if ahead * 4.5 < focal * 0.3 else 0.93
            red, green, blue = red * tile, green * tile, blue * tile
        else:
            red, green, blue = 0.6 * red + 0.03, 0.6 * green + 0.03, 0.6 * blue + 0.03
        return red + (0.84 - red) * snow, green + (0.86 - green) * snow, blue + (0.9 - blue) * snow, 0.0, 0.0
    worn = 0.92 + 0.16 * fractal(side * 0.7, y * 0.5, seed + face, 4.0)
    red, green, blue = red * worn, green * worn, blue * worn
    if surface == TOWER:
        wide, tall = 1.6 + 1.8 * scatter(seed, 1, 2), 3.4
        glassy = scatter(seed, 2, 2)
        i, j = int(np.floor(side / wide)), int(np.floor(level / tall))
        p, q = side / wide - i, level / tall - j
        rim = 0.10 + 0.16 * (1 - glassy)
        top = bound[4] - bound[3]
        if rim < p < 1 - rim and 0.22 < q < 0.90 and level < top - 2.5 and level > 4.5:
            lit = scatter(i + 977 * face, j, seed) < lamps * (0.35 + 0.9 * scatter(seed, j, 4))
            shine = (0.35 + 0.9 * scatter(i + 977 * face, j, seed + 1)) if lit else 0.0
            return 0.035, 0.045, 0.06, 0.9, shine
        if level < 4.5 and 0.06 < p < 0.94 and 0.5 < level < 3.8:
            return 0.06, 0.06, 0.06, 0.5, 1.2 * lamps
        return red, green, blue, 0.25 * glassy, 0.0
    if surface == HOUSE:
        i, j = int(np.floor(side / 1.9 + 0.5)), int(np.floor((level - 0.1) / 2.7))
        p, q = side - 1.9 * i, level - 0.1 - 2.7 * j
        half = 0.5 * (bound[2] * 1.35)
        if face == 0 and j == 0 and abs(side - 0.9) < 0.55 and level < 2.1:
            frame = abs(side - 0.9) > 0.46 or level > 2.0
            return (0.75, 0.73, 0.68, 0.0, 0.0) if frame else (0.16, 0.09, 0.05, 0.05, 0.0)
        door = face == 0 and j == 0 and 0 <= i <= 1
        if abs(p) < 0.55 and 0.85 < q < 2.05 and abs(side) < half + 0.6 and not door:
            if abs(p) > 0.45 or q < 0.93 or q > 1.96 or abs(p) < 0.035 or abs(q - 1.45) < 0.03:
                return 0.75, 0.73, 0.70, 0.0, 0.0
            lit = scatter(i + 91 * face, j, seed) < lamps
            return 0.04, 0.05, 0.06, 0.9, 0.9 if lit else 0.0
    return red, green, blue, 0.0, 0.0
