"""The land: its height at every place, and where the rays of a picture's column meet it."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from lucida.engines.painter.scene.noise import eroded, fractal, noise
from lucida.imaging.kernels import jit

NEAREST, FARTHEST = 0.6, 60_000.0  # metres of depth that are looked at
DRY, LAKE, SEA, RIVER = 0, 1, 2, 3
SKY, TERRAIN, WATER, TREE, BUILDING, GRASS = range(6)


class Land(NamedTuple):
    """What the land is made of; lengths in metres, `ahead` is the distance -z from the camera.

    Mountains of `height` and width `scale` rise from `start` to their full height at `full`; the ground before them
    rolls by `near_height` over `near_scale`. Water lies at height 0.
    """

    seed: int
    height: float
    scale: float
    damping: float
    start: float
    full: float
    near_height: float
    near_scale: float
    base: float
    dunes: float
    water: int
    shore: float
    far_shore: float
    breadth: float
    waves: float
    phase: float


@jit
def smooth(low: float, high: float, x: float) -> float:
    t = min(1.0, max(0.0, (x - low) / (high - low)))
    return t * t * (3 - 2 * t)


@jit
def dunes(x: float, z: float, seed: int, octaves: float) -> float:
    """Dunes, 0 to about 1: sharp crests, bent by larger noise, a gentle windward side and a steep lee."""
    bend = 1.6 * noise(x * 0.35, z * 0.35, seed + 40)
    total, weight = 0.0, 0.62
    for k in range(3):
        crest = 1 - abs(noise(0.55 * x + bend, 1.1 * z + 0.5 * bend, seed + 41 + k))
        total += weight * crest * crest
        x, z = 2.3 * x + 5.1, 2.3 * z + 1.7
        weight *= 0.27
    return total


@jit
def _lake(land: Land, x: float, ahead: float) -> float:
    """How far a place lies outside the lake, in units of the lake; negative in it."""
    middle = 0.5 * (land.shore + land.far_shore)
    radius = 0.5 * (land.far_shore - land.shore)
    across, along = x / land.breadth, (ahead - middle) / radius
    bay = 0.16 * fractal(x / 140, ahead / 140, land.seed + 60, 4.0)
    return float(np.sqrt(across * across + along * along)) - 1 + bay * min(1.0, ahead / 200)


@jit
def ground(land: Land, x: float, z: float, octaves: float) -> float:
    """The land's height in metres at (x, z); `octaves` of the finest detail are worked out."""
    ahead = -z
    far = smooth(land.start, land.full, np.sqrt(x * x * 0.5 + ahead * ahead))
    height = land.base
    if land.near_height > 0:
        rolling = fractal(x / land.near_scale, z / land.near_scale, land.seed + 20, min(octaves, 7.0))
        height += land.near_height * rolling * smooth(0.0, land.near_scale, ahead)
    if land.dunes > 0:
        height += land.dunes * (0.12 + 0.88 * smooth(10.0, 220.0, ahead)) * dunes(x / 120, z / 120, land.seed, octaves)
    if land.height > 0 and far > 0:
        rise = 0.42 + eroded(x / land.scale + land.phase, z / land.scale, land.seed, octaves, land.damping)
        height += land.height * far * max(rise, 0.02 * rise)
    if land.water == LAKE:
        out = _lake(land, x, ahead)
        rim = max(-8.0, min(3.0, out * 60))
        height = rim + max(height, 0.0) * smooth(0.0, 0.8, out)
    elif land.water == SEA:
        line = land.shore + 5 * noise(x / 22, 3.3, land.seed + 61) + 0.9 * noise(x / 4, 1.3, land.seed + 62)
        height = max(-9.0, min(2.5, (line - ahead) * 0.07)) + (height - land.base) * smooth(0.0, 1.0, far * 2)
    elif land.water == RIVER:
        bend = 0.55 * ahead * np.sin(ahead / 85 + land.phase) * smooth(0.0, 60.0, ahead) / (1 + ahead / 60)
        out = abs(x - bend - 0.1 * ahead) / land.breadth - 1 + 0.25 * noise(x / 9, z / 9, land.seed + 63)
        rim = max(-3.0, min(0.7, out * 2.5))
        height = rim + max(height, 0.0) * smooth(0.0, 3.0, out)
    return height


@jit
def swell(land: Land, x: float, z: float) -> float:
    """The height of a rough sea's long waves in metres; other water is level."""
    if land.waves < 0.6:
        return 0.0
    u, v = x + 6 * noise(x / 60, z / 60, land.seed + 64), z + 9 * noise(x / 45, z / 45, land.seed + 65)
    long = 1 - abs(noise(u / 44, v / 19, land.seed + 66))
    short = 1 - abs(noise(u / 17 + 4.2, v / 8, land.seed + 67))
    return land.waves * (1.7 * long * long + 0.55 * short * short - 1.1)


@jit
def octaves_at(scale: float, ahead: float, focal: float) -> float:
    """How many octaves a pixel shows: the finest is about as wide as two of them."""
    return float(min(15.0, max(2.0, np.log2(scale * focal / (2.0 * ahead)))))


@jit
def march(
    land: Land,
    eye: float,
    focal: float,
    across: NDArray[np.float64],
    rise: NDArray[np.float64],
    step: float,
    depth: NDArray[np.float32],
    segment: NDArray[np.uint8],
) -> None:
    """Depth in metres and segment (rows, columns) of land and water seen from `eye` metres.

    A column's rays go `across` (columns,) and `rise` (rows, falling) per metre ahead. They lie in one upright plane,
    so the land's profile is followed once from near to far: each stretch fills the rows between the steepest ray so
    far and its own, exactly where the ray meets the stretch's straight line. `step` is a stretch's share of its depth.
    """
    rows = rise.shape[0]
    for column in range(across.shape[0]):
        slope = across[column]
        row = rows - 1
        ahead = NEAREST
        land_then = ground(land, slope * ahead, -ahead, octaves_at(land.scale, ahead, focal))
        wet_then = swell(land, slope * ahead, -ahead) if land.water != DRY else -1e9
        top_then = max(land_then, wet_then)
        while row >= 0 and rise[row] * ahead <= top_then - eye:  # the ground at the tripod's foot
            depth[row, column] = ahead
            segment[row, column] = WATER if land_then < wet_then else TERRAIN
            row -= 1
        while ahead < FARTHEST and row >= 0:
            then = ahead
            ahead *= 1 + step
            land_now = ground(land, slope * ahead, -ahead, octaves_at(land.scale, ahead, focal))
            wet_now = swell(land, slope * ahead, -ahead) if land.water != DRY else -1e9
            top_now = max(land_now, wet_now)
            grade = (top_now - top_then) / (ahead - then)
            while row >= 0 and rise[row] * ahead <= top_now - eye:
                met = (top_then - eye - grade * then) / (rise[row] - grade)
                met = min(ahead, max(then, met))
                share = (met - then) / (ahead - then)
                above = (land_then - wet_then) * (1 - share) + (land_now - wet_now) * share
                depth[row, column] = met
                segment[row, column] = WATER if above < 0 else TERRAIN
                row -= 1
            land_then, wet_then, top_then = land_now, wet_now, top_now


@jit
def sunlit(land: Land, x: float, y: float, z: float, sun: NDArray[np.float64], steps: int, focal: float) -> float:
    """How much of the sun a point on the land sees past other land, 0 to 1."""
    if land.height <= 0 and land.dunes <= 0:
        return 1.0
    light, far = 1.0, 0.002 * -z + 0.3
    y -= 0.0014 * z
    for _ in range(steps):
        here_x, here_y, here_z = x + sun[0] * far, y + sun[1] * far, z + sun[2] * far
        ahead = max(1.0, -here_z)
        clear = here_y - ground(land, here_x, here_z, min(8.0, octaves_at(land.scale, ahead, focal)))
        light = min(light, 0.5 + 14 * clear / far)
        if light <= 0:
            return 0.0
        far += max(0.06 * far + 0.002 * ahead, 0.45 * clear)
        if here_y > 1.1 * land.height + land.dunes + 60:
            break
    return min(light, 1.0)
