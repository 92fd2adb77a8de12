"""Places without streets."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from .buildings import fence, house
from .figures import animal, person
from .ground_surfaces import asphalt, grass, leaf_litter, slopes, soil, water
from .grounds import Ground, Hills, Plane, rough
from .labels import label
from .noise import fractal
from .place import Place
from .plants import broad_tree, bush, conifer, foliage, leaf_colour, stems, tuft
from .sky import sky_of
from .solids import Doubles, ball
from .street_things import pole
from .surfaces import Look, Patch, Spot, Surface, mottled, patched, rgb
from .town import DAYS, camera
from .tracing import Thing, World, thing
from .vehicles import boat


def _way(rng: np.random.Generator, surface: Surface, name: str, half: float) -> Patch:
    """A winding way that leads ahead, as a patch for `patched`."""
    bend, wave, phase, shift = rng.uniform(0.5, 4), rng.uniform(15, 45), rng.uniform(0, 6), rng.uniform(0, 60, 3)
    lean = rng.uniform(-0.25, 0.25)

    def distance(points: Doubles) -> Doubles:
        z = points[:, 2]
        middle = bend * (np.sin(z / wave + phase) - np.sin(phase)) + lean * z
        ragged = fractal(points + shift, 1.2, 5, None, 0.7)
        return np.asarray(half + 0.13 * ragged - np.abs(points[:, 0] - middle))

    return distance, surface, label(name)


def _backdrop(rng: np.random.Generator, far: float, high: float, surface: Surface, name: str) -> Hills:
    """Hills that begin `far` metres away all around and rise to about `high`."""
    cells, cell = 512, far * 6 / 512
    spread = (np.arange(cells) - cells / 2) * cell
    away = np.hypot(*np.meshgrid(spread, spread)) / far
    rise = np.clip((away - 1) / 1.2, 0, 1)
    heights = high * rise * (0.45 + 0.28 * rough(rng, cells, int(rng.integers(5, 11)))) - 3 * (1 - rise)
    return Hills(heights.astype(np.float32), cell, (float(spread[0]), float(spread[0])), surface, name, far * 0.9)


def scattered(rng: np.random.Generator, count: int, near: float, far: float, spread: float) -> Doubles:
    """Places (count, 2), x and z, ahead, evenly in the logarithm of their distance."""
    away = np.exp(rng.uniform(np.log(near), np.log(far), count))
    return np.column_stack([rng.uniform(-spread, spread, count) * away, -away])


def _tufts(rng: np.random.Generator, count: int, level: Callable[[float, float], float], label: str) -> list[Thing]:
    """Taller grass close to the camera."""
    leaves, tall = foliage(rng, leaf_colour(rng) * 1.3, 0.1), rng.uniform(0.1, 0.5)
    places = scattered(rng, count, 1.8, 9, 0.7)
    return [
        tuft(rng, [x, level(x, z), z], tall * rng.uniform(0.5, 1.3), leaves, label) for x, z in places if abs(x) > 1
    ]


def field(rng: np.random.Generator) -> Place:
    """A meadow with a path, trees here and there, and woods or hills behind."""
    sky = sky_of(rng, DAYS[rng.integers(len(DAYS))])
    way = _way(rng, soil(rng), "path", rng.uniform(0.4, 1.4))
    meadow = patched(grass(rng), way)
    things: list[Thing] = []
    colour = leaf_colour(rng)
    for x, z in scattered(rng, int(rng.integers(5, 16)), 6, 90, 0.75):
        if abs(x) < 1.5:
            continue
        shade = colour * rng.uniform(0.7, 1.3) if rng.random() < 0.7 else None
        things.append(broad_tree(rng, [x, 0, z], rng.uniform(4, 13), np.hypot(x, z), shade))
    for x, z in scattered(rng, int(rng.integers(2, 12)), 3, 40, 0.8):
        if abs(x) > 1.2:
            things.append(bush(rng, [x, 0, z], rng.uniform(0.3, 1.2), np.hypot(x, z)))
    for x in np.arange(-170, 171, rng.uniform(7, 12)):
        if rng.random() < 0.75:
            things.append(
                broad_tree(
                    rng,
                    [x, 0, -rng.uniform(110, 170)],
                    rng.uniform(8, 17),
                    140,
                    colour * rng.uniform(0.7, 1.2),
                    clear=0.1,
                )
            )
    size = rng.uniform(0.5, 1.5)
    for x, z in scattered(rng, int(rng.integers(0, 7)), 7, 45, 0.6):
        things.append(animal(rng, [x, 0, z], size))
    if rng.random() < 0.4:
        z = -rng.uniform(4, 15)
        things.append(person(rng, [rng.uniform(-1, 1) + 0.1 * z, 0, z]))
    if rng.random() < 0.5:
        side, x = rng.choice([-1, 1]), rng.uniform(2, 5)
        things += fence(rng, [[side * (x - z * 0.12), 0, z] for z in np.arange(-2, -63, -12.0)])
    name = "grass" if rng.random() < 0.5 else "field"
    things += _tufts(rng, int(rng.integers(0, 60)), lambda x, z: 0.0, name)
    grounds: list[Ground] = [Plane(meadow, name)]
    if rng.random() < 0.6:
        hills = slopes(rng, grass(rng), rgb(rng.uniform(0.05, 0.12), 0.25, 0.2))
        grounds.append(_backdrop(rng, rng.uniform(250, 600), rng.uniform(40, 130), hills, "hill"))
    shot = camera(rng, low=0.8, high=1.9, yaw=0.35)
    return Place(
        "field", shot, World(tuple(grounds), tuple(things)), sky, clear_air=np.exp(rng.uniform(5.8, 8)), contact=1.0
    )


def shore(rng: np.random.Generator) -> Place:
    """A lake or the sea seen from its shore, with hills, woods or islands behind."""
    sky = sky_of(rng, DAYS[rng.integers(len(DAYS))])
    sea = rng.random() < 0.35
    bank = soil(rng, "sand" if sea else None)
    waterline, tilt, bank_name = -rng.uniform(3, 9), rng.uniform(-0.5, 0.5), "sand" if sea else "earth"
    if not sea and rng.random() < 0.5:
        bank, bank_name = grass(rng), "grass"
    cells, cell = 700, 0.2
    x, z = np.meshgrid((np.arange(cells) - cells / 2) * cell, (np.arange(cells) - cells / 2) * cell)
    edge = z - waterline + tilt * x + 0.8 * rough(rng, cells, 20, 4)
    beach = np.clip(edge * rng.uniform(0.06, 0.14), -4, 0.9) + 0.03 * rough(rng, cells, 60, 4)
    grounds: list[Ground] = [
        Plane(water(rng), "sea" if sea else "lake"),
        Hills(beach.astype(np.float32), cell, (-cells / 2 * cell, -cells / 2 * cell), bank, bank_name),
    ]
    far = rng.uniform(150, 500) * (5 if sea else 1)
    bare = rgb(rng.uniform(0.03, 0.12), rng.uniform(0, 0.4), rng.uniform(0.1, 0.35))
    high = far * rng.uniform(0.1, 0.4)
    if not sea or rng.random() < 0.7:
        snow = high * 0.75 if rng.random() < 0.3 else np.inf
        grounds.append(_backdrop(rng, far, high, slopes(rng, grass(rng), bare, snow=snow), "mountain"))
    things: list[Thing] = []
    shot = camera(rng, low=1.3, high=2.0, yaw=0.3, pitch=(-14, 4))
    base = grounds[1]
    assert isinstance(base, Hills)
    shot.eye[1] += max(0.0, base.height(0, 0))
    rock = mottled(rng, bare, size=0.5, depth=0.35, octaves=6)
    for px, pz in scattered(rng, int(rng.integers(3, 14)), 2.5, 14, 0.8):
        level = base.height(px, pz)
        size = rng.uniform(0.08, 0.5)
        if level > -0.5:
            things.append(
                thing(
                    ball(
                        [px, level + size * 0.1, pz],
                        size * rng.uniform(0.6, 1.3, 3),
                        rock,
                        "rock",
                        yaw=rng.uniform(0, 3),
                    )
                )
            )
        if level > 0.02 and rng.random() < 0.5 and not sea:
            things.append(stems(rng, [px + 0.5, level, pz], rng.uniform(0.4, 1.3), 14))
    if rng.random() < 0.6:
        things.append(boat(rng, [rng.uniform(-12, 12), 0, waterline - rng.uniform(5, 30)]))
    if rng.random() < 0.5:
        px, pz = rng.uniform(-1.5, 1.5), -rng.uniform(2.2, 3)
        if base.height(px, pz) > 0.02:
            things.append(person(rng, [px, base.height(px, pz), pz]))
    if rng.random() < 0.6 and not sea:
        side = rng.choice([-1, 1])
        px, pz = side * rng.uniform(2, 4), -rng.uniform(1, 4)
        level = base.height(px, pz)
        things.append(broad_tree(rng, [px, max(level, -0.1), pz], rng.uniform(5, 9), 4, clear=0.3))
    return Place(
        "shore", shot, World(tuple(grounds), tuple(things)), sky, clear_air=far * rng.uniform(2, 9), contact=0.6
    )


def forest(rng: np.random.Generator) -> Place:
    """A path among trunks, under crowns."""
    sky = sky_of(rng, DAYS[rng.integers(len(DAYS))])
    half = rng.uniform(0.5, 1.5)
    distance, surface, name = _way(rng, soil(rng, "earth"), "path", half)
    floor = patched(leaf_litter(rng), (distance, surface, name))
    things: list[Thing] = []
    firs, colour = rng.random() < 0.35, leaf_colour(rng)
    count = int(rng.integers(55, 95))
    kept: list[tuple[float, float]] = []
    for x, z in scattered(rng, count, 2.5, 75, 0.85):
        clear_of = min((np.hypot(x - a, z - b) for a, b in kept), default=9.0)
        if distance(np.array([[x, 0, z]]))[0] > -0.7 or clear_of < 1.1:
            continue
        kept.append((x, z))
        away, tall = float(np.hypot(x, z)), rng.uniform(9, 20)
        shade = colour * rng.uniform(0.65, 1.3)
        if firs and away > 7 and rng.random() < 0.8:
            things.append(conifer(rng, [x, 0, z], tall, away))
        else:
            things.append(
                broad_tree(
                    rng,
                    [x, 0, z],
                    tall,
                    max(away, 9),
                    shade,
                    clear=rng.uniform(0.25, 0.5),
                    spread=rng.uniform(0.3, 0.5),
                )
            )
    for x in np.arange(-110, 111, 9.0):
        things.append(
            broad_tree(
                rng, [x, 0, -rng.uniform(80, 100)], rng.uniform(12, 20), 90, colour * rng.uniform(0.6, 1.1), clear=0.05
            )
        )
    for x, z in scattered(rng, int(rng.integers(10, 30)), 2, 40, 0.8):
        if distance(np.array([[x, 0, z]]))[0] < -0.3:
            things.append(
                bush(rng, [x, 0, z], rng.uniform(0.2, 0.9), float(np.hypot(x, z)), colour * rng.uniform(0.7, 1.4))
            )
    if rng.random() < 0.35:
        z = -rng.uniform(4, 14)
        middle = np.linspace(-12, 12, 241)
        x = middle[np.argmax(distance(np.column_stack([middle, 0 * middle, z + 0 * middle])))]
        things.append(person(rng, [x, 0, z]))
    shot = camera(rng, low=0.9, high=1.8, yaw=0.2, pitch=(-13, 9))
    return Place(
        "forest",
        shot,
        World((Plane(floor, "earth"),), tuple(things)),
        sky,
        clear_air=np.exp(rng.uniform(4.6, 6.5)),
        contact=1.0,
    )


def _far_hill(near: Surface, far: float) -> Surface:
    """The same ground, which from `far` metres on nobody calls by what grows on it but a hill."""

    def look(spot: Spot) -> Look:
        seen = near(spot)
        labels = np.full(len(spot.world), 255, np.uint8) if seen.labels is None else seen.labels
        away = np.hypot(spot.world[:, 0], spot.world[:, 2])
        seen.labels = np.where((away > far) & (labels == 255), label("hill"), labels).astype(np.uint8)
        return seen

    return look


def hills(rng: np.random.Generator) -> Place:
    """Rolling country with houses, fences, woods and a lane."""
    sky = sky_of(rng, DAYS[rng.integers(len(DAYS))])
    cells, cell = 640, 1.8
    x, z = np.meshgrid((np.arange(cells) - cells / 2) * cell, (np.arange(cells) - cells / 2) * cell)
    away = np.hypot(x, z)
    heights = rng.uniform(5, 16) * rough(rng, cells, int(rng.integers(5, 10)), 5, 0.4) * np.clip(away / 90, 0.02, 1)
    heights += rng.uniform(20, 110) * np.clip(away / 600 - 0.3, 0, 1) ** 1.2 * (1 + 0.4 * rough(rng, cells, 6))
    lane = _way(rng, asphalt(rng) if rng.random() < 0.4 else soil(rng), "path", rng.uniform(0.8, 1.6))
    cover = slopes(rng, patched(grass(rng), lane), rgb(rng.uniform(0.04, 0.12), 0.25, rng.uniform(0.12, 0.3)))
    corner = -cells / 2 * cell
    land = Hills(heights.astype(np.float32), cell, (corner, corner), _far_hill(cover, rng.uniform(60, 150)), "grass")

    def ground(px: float, pz: float) -> list[float]:
        return [px, land.height(px, pz), pz]

    things: list[Thing] = []
    for px, pz in scattered(rng, int(rng.integers(2, 8)), 16, 220, 0.6):
        things.append(house(rng, ground(px, pz), yaw=rng.uniform(0, 3)))
    colour = leaf_colour(rng)
    for px, pz in scattered(rng, int(rng.integers(15, 45)), 8, 260, 0.7):
        tall, away = rng.uniform(4, 13), float(np.hypot(px, pz))
        if rng.random() < 0.35:
            things.append(conifer(rng, ground(px, pz), tall, away))
        else:
            things.append(broad_tree(rng, ground(px, pz), tall, away, colour * rng.uniform(0.6, 1.3)))
    things += _tufts(rng, int(rng.integers(0, 50)), land.height, land.label)
    line = rng.uniform(-0.5, 0.5)
    side = rng.choice([-1, 1]) * rng.uniform(2, 5)
    things += fence(rng, [ground(side + line * pz, pz) for pz in np.arange(-3, -67, -9.0)])
    if rng.random() < 0.5:
        for pz in np.arange(-12, -160, -28.0):
            things.append(pole(rng, ground(-side - line * pz * 0.6, pz), 7.5))
    size = rng.uniform(0.7, 1.4)
    for px, pz in scattered(rng, int(rng.integers(0, 9)), 8, 60, 0.6):
        things.append(animal(rng, ground(px, pz), size))
    if rng.random() < 0.3:
        things.append(person(rng, ground(rng.uniform(-2, 2), -rng.uniform(3.5, 9))))
    shot = camera(rng, low=1.2, high=2.8, yaw=0.3, pitch=(-14, 4))
    shot.eye[1] += ground(0, 0)[1]
    return Place("hills", shot, World((land,), tuple(things)), sky, clear_air=np.exp(rng.uniform(6, 8.2)), contact=1.2)
