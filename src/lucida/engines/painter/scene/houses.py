"""Houses with gables and chimneys, and a city's towers along an avenue."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from lucida.engines.painter.scene.country import Country, kind_of
from lucida.engines.painter.scene.planting import heights
from lucida.engines.painter.scene.solids import HOUSE, ROOF, TOWER, Place, Solid, box, convex, gable
from lucida.engines.painter.scene.terrain import BUILDING
from lucida.engines.painter.scene.words import SceneWords

Colour = tuple[float, float, float]
WALLS: tuple[Colour, ...] = (
    (0.62, 0.57, 0.47), (0.66, 0.63, 0.58), (0.55, 0.42, 0.28),
    (0.48, 0.20, 0.13), (0.60, 0.50, 0.30), (0.36, 0.22, 0.13),
)  # fmt: skip
ROOFS: tuple[Colour, ...] = ((0.24, 0.085, 0.05), (0.12, 0.085, 0.07), (0.10, 0.105, 0.12), (0.28, 0.12, 0.06))
TOWERS: tuple[Colour, ...] = (
    (0.34, 0.31, 0.28),
    (0.22, 0.23, 0.25),
    (0.42, 0.36, 0.29),
    (0.27, 0.16, 0.12),
    (0.14, 0.16, 0.19),
    (0.48, 0.46, 0.43),
)


def house(at: Place, turn: float, size: Place, wall: Colour, roof: Colour, seed: float) -> list[Solid]:
    """Walls, gable, two slopes of the roof and a chimney; the ridge runs along the local x axis."""
    width, high, deep = size
    rise = 0.42 * deep
    x, y, z = at
    solids = [
        box((x, y - 1.5, z), (width, high + 1.5, deep), wall, BUILDING, turn=turn, seed=seed),
        box((x, y, z), (width + 0.02, high, deep + 0.02), wall, BUILDING, turn=turn, surface=HOUSE, seed=seed),
        gable((x, y + high, z), (width - 0.02, rise, deep - 0.02), wall, BUILDING, turn=turn, surface=0, seed=seed),
    ]
    half, thick, over = deep / 2, 0.16, 0.35
    slope = float(np.hypot(half, rise))
    for side in (1.0, -1.0):
        up = np.array([0.0, half, side * rise]) / slope
        down = np.array([0.0, -rise, side * half]) / slope
        top = rise * half / slope
        normals = np.array([up, -up, [0, 0, -side], down, [1, 0, 0], [-1, 0, 0]])
        offsets = np.array(
            [top + thick, -top, 0, slope - rise * rise / slope + over, width / 2 + over, width / 2 + over]
        )
        look = (float(ROOF), *roof, turn, seed, 0.0, float(BUILDING))
        reach = float(np.hypot(width / 2 + over, half + over))
        solid = convex((x, y + high, z), turn, reach, rise + 0.3, normals, offsets, look)
        bound = (x, z, reach, y + high - 0.6, y + high + rise + 0.5)
        solids.append(Solid(solid.planes, bound, solid.look))
    away = 0.28 * width
    chimney = (x + away * np.cos(turn), y + high + 0.45 * rise, z + away * np.sin(turn))
    solids.append(box(chimney, (0.7, 0.75 * rise + 0.9, 0.7), (0.22, 0.11, 0.08), BUILDING, turn=turn, seed=seed))
    return solids


def houses_of(
    scene: SceneWords, country: Country, wide: float, rng: np.random.Generator
) -> tuple[list[Solid], NDArray[np.float64]]:
    """The houses of a scene and where they stand: x, z and radius (n, 3)."""
    kind = kind_of(scene)
    if "house" in scene.absent or (kind == "village" and "village" in scene.absent):
        return [], np.zeros((0, 3))
    many = {True: 26, False: 0}[kind == "village" or "village" in scene.also]
    if scene.houses:
        many = scene.houses if scene.houses > 0 else max(many, 6)
    many = min(many, 60)
    solids: list[Solid] = []
    taken: list[tuple[float, float, float]] = []
    alone = many <= 3
    for n in range(many * 30):
        if len(taken) >= many:
            break
        nearest, farthest = (24.0, 36.0) if alone else (30.0, 190.0)
        if country.land.water:
            nearest, farthest = (20.0, 34.0) if alone else (30.0, 160.0)
        ahead = nearest * (farthest / nearest) ** rng.uniform()
        x = rng.uniform(-0.7, 0.7) * wide * ahead * (0.6 if alone else 1.15)
        size = scene.sizes.get("house", 1.0)
        width, deep = rng.uniform(8, 12) * size, rng.uniform(6, 8) * size
        tall = 2.9 if rng.uniform() < 0.5 else 5.5
        grounds = heights(
            country.land, np.array([x - 4, x + 4, x, x]), np.array([-ahead, -ahead, -ahead - 4, -ahead + 4])
        )
        radius = 0.55 * float(np.hypot(width, deep))
        if country.land.water and grounds.min() < 0.3:
            continue
        if grounds.max() - grounds.min() > 4 + n / 200 or any(
            np.hypot(x - a, -ahead - b) < radius + c + 2 for a, b, c in taken
        ):
            continue
        wall = scene.colours.get("house", WALLS[int(rng.integers(len(WALLS)))])
        roof = ROOFS[int(rng.integers(len(ROOFS)))]
        turn = rng.uniform(-0.6, 0.6) + (np.pi / 2 if rng.uniform() < 0.4 else 0)
        base = max(0.4 * float(grounds.min()) + 0.6 * float(grounds.mean()), 0.3 if country.land.water else -1e9)
        solids += house((x, base, -ahead), float(turn), (width, tall, deep), wall, roof, float(rng.integers(1 << 16)))
        taken.append((x, -ahead, radius))
    return solids, np.array(taken).reshape(-1, 3)


def city_of(scene: SceneWords, country: Country, rng: np.random.Generator) -> list[Solid]:
    """Blocks of towers on both sides of an avenue, or along the far bank of the water."""
    solids: list[Solid] = []
    first = 0 if not country.land.water else 5
    grow = scene.sizes.get("city", 1.0)
    for block in range(first, 30):
        for lot in range(-16, 16):
            far = 62.0 * block
            x = (lot + 0.5) * 34.0 + np.sign(lot + 0.5) * 4.0
            z = -(far + 14 + 24)
            if abs(x) > 0.9 * (far + 90):
                continue
            for part in (-12.0, 12.0):
                rise = 0.25 + min(1.0, far / 420)
                height = 9 + rise * (14 * rng.uniform() + 60 * rng.uniform() ** 4)
                middle = np.exp(-((far - 800) ** 2) / 330**2 - (x / 300) ** 2)
                height = grow * (height + 190 * middle * rng.uniform() ** 1.5)
                base = 0.0 if not country.land.water else 0.6
                wide, deep = rng.uniform(25, 29), rng.uniform(20, 23)
                colour = scene.colours.get("city", TOWERS[int(rng.integers(len(TOWERS)))])
                seed = float(rng.integers(1 << 16))
                at = (float(x), base, z + part)
                solids.append(box(at, (wide, height, deep), colour, BUILDING, surface=TOWER, seed=seed))
                if height > 70 and rng.uniform() < 0.7:
                    top = (at[0], base + height, at[2])
                    upper = float(rng.uniform(0.15, 0.4) * height)
                    solids.append(box(top, (0.6 * wide, upper, 0.6 * deep), colour, BUILDING, surface=TOWER, seed=seed))
                    if rng.uniform() < 0.5:
                        spire = (top[0], top[1] + upper, top[2])
                        solids.append(box(spire, (0.8, 0.5 * upper + 6, 0.8), (0.2, 0.2, 0.2), BUILDING))
    return solids
