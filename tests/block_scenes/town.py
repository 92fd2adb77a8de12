"""Places between buildings."""

from __future__ import annotations

import numpy as np

from . import street_things as street_set
from .buildings import building, facade, masonry
from .figures import animal, person
from .ground_surfaces import asphalt, grass, paving
from .grounds import Plane
from .labels import label
from .noise import lines
from .place import Camera, Lamp, Place
from .plants import broad_tree, bush, pot_plant
from .sky import Mood, sky_of
from .solids import Doubles, bar, box, turned
from .surfaces import Look, Spot, Surface, blend, mottled, patched, rgb
from .tracing import Thing, World, thing
from .vehicles import car

DAYS: tuple[Mood, ...] = ("clear", "clouds", "overcast", "clear", "clouds", "overcast", "sunset")


def camera(
    rng: np.random.Generator,
    *,
    low: float = 1.2,
    high: float = 2.0,
    yaw: float = 0.2,
    pitch: tuple[float, float] = (-13, 8),
) -> Camera:
    """Somebody's camera, `low` to `high` metres above the ground, turned by up to `yaw`, pitch in degrees.

    One in six is held low, as a child or somebody who crouches would.
    """
    eye = np.array([0.0, rng.uniform(low, high) if rng.random() < 5 / 6 else rng.uniform(0.3, 0.9), 0.0])
    roll = np.clip(rng.normal(0, 0.9), -2, 2)
    return Camera(
        eye, rng.uniform(-yaw, yaw), np.deg2rad(rng.uniform(*pitch)), np.deg2rad(roll), np.deg2rad(rng.uniform(48, 78))
    )


def road(rng: np.random.Generator, half: float, wet: bool = False) -> Surface:
    """A road along z, `half` wide to each side, with its markings."""
    base, paint = asphalt(rng, wet), rgb(0.13, rng.choice([0.0, 0.0, 0.6]), rng.uniform(0.4, 0.7))
    dashed, edged = rng.uniform(3, 7), bool(rng.random() < 0.5)
    crossing = -rng.uniform(5, 14) if rng.random() < 0.35 else None
    has_middle = bool(rng.random() < 0.8)

    def look(spot: Spot) -> Look:
        seen = base(spot)
        x, z = spot.world[:, 0], spot.world[:, 2]
        mark = np.zeros(len(x))
        if has_middle:
            mark = np.clip((0.06 - np.abs(x)) / spot.footprint + 0.5, 0, 1) * lines(
                z, dashed, dashed * 0.5, spot.footprint
            )
        if edged:
            mark = mark + np.clip((0.06 - np.abs(np.abs(x) - half + 0.35)) / spot.footprint + 0.5, 0, 1)
        if crossing is not None:
            across = np.clip((1.6 - np.abs(z - crossing)) / spot.footprint + 0.5, 0, 1)
            mark = mark * (1 - across) + across * lines(x, 1.0, 0.5, spot.footprint)
        worn = np.clip(0.9 - 0.3 * (seen.colour[:, 0] < seen.colour[:, 0].mean() * 0.8), 0, 1)
        seen.colour = blend(seen.colour, paint, np.clip(mark, 0, 1) * worn)
        return seen

    return look


def street(rng: np.random.Generator, night: bool = False) -> Place:
    """A street with buildings on both sides, parked cars, trees and passers-by."""
    sky = sky_of(rng, "night" if night else DAYS[rng.integers(len(DAYS))])
    half, walk = rng.uniform(2.8, 5.5), rng.uniform(1.6, 4)
    kerb, pave = 0.13, paving(rng)
    things: list[Thing] = []
    lamps: list[Lamp] = []
    lit = rng.uniform(0.15, 0.5) if night else 0.0
    for side in (-1, 1):
        edge_of = side * (half + walk)
        things.append(
            thing(
                box([side * (half + walk / 2), kerb / 2 - 0.1, -60], [walk / 2, kerb / 2 + 0.1, 90], pave, "sidewalk")
            )
        )
        z = 6.0
        while z > -130:
            long, deep = rng.uniform(7, 22), rng.uniform(5, 9)
            tall = rng.uniform(5, 19)
            if rng.random() < 0.88:
                back = rng.choice([0.0, 0.0, rng.uniform(0, 2)])
                things.append(
                    building(rng, [edge_of + side * (deep + back), z - long / 2], [deep, long / 2], tall, lit=lit)
                )
            z -= long + (rng.uniform(1, 6) if rng.random() < 0.2 else 0)
        _along_kerb(rng, side, half, kerb, night, things, lamps)
    end = -rng.uniform(60, 130)
    if rng.random() < 0.6:
        things.append(
            building(rng, [rng.uniform(-8, 8), end - 8], [rng.uniform(10, 20), 8], rng.uniform(8, 25), lit=lit)
        )
    for _ in range(int(rng.integers(1, 6))):
        z = -rng.uniform(4, 40)
        x = rng.choice([-1, 1]) * (half + rng.uniform(0.3, walk - 0.3))
        things.append(person(rng, [x, kerb, z]))
    if rng.random() < 0.5:
        things.append(car(rng, [-half * 0.45, 0, -rng.uniform(9, 40)], np.pi, lights=night))
    ground = patched(
        mottled(rng, rgb(0.1, 0.2, 0.2), size=3),
        (lambda p: half - np.abs(p[:, 0]), road(rng, half, night and rng.random() < 0.6), None),
    )
    shot = camera(rng, low=1.3, high=3.0, yaw=0.3)
    shot.eye[0] = rng.choice([0.0, rng.uniform(-0.7, 0.7) * half, rng.choice([-1, 1]) * (half + walk * 0.5)])
    shot.eye[1] += kerb if abs(shot.eye[0]) > half else 0
    shot = Camera(
        shot.eye, shot.yaw + 0.12 * np.sign(shot.eye[0]) * (abs(shot.eye[0]) > half), shot.pitch, shot.roll, shot.fov
    )
    world = World((Plane(ground, "road"),), tuple(things))
    if night:
        dim = tuple(np.asarray(part * 1.2 + 0.012, np.float32) for part in sky.ambient())
        return Place("night street", shot, world, sky, tuple(lamps), (dim[0], dim[1]), 900.0, 1.2, bias=-0.9, grain=1.5)
    return Place("street", shot, world, sky, clear_air=np.exp(rng.uniform(5.7, 7.6)), contact=1.0)


def _along_kerb(
    rng: np.random.Generator, side: int, half: float, kerb: float, night: bool, things: list[Thing], lamps: list[Lamp]
) -> None:
    z, parked, trees = -rng.uniform(3, 9), rng.random() < 0.7, rng.random() < 0.45
    height, colour = rng.uniform(4, 6.5), None
    while z > -70:
        chance = rng.random()
        if parked and chance < 0.6:
            things.append(car(rng, [side * (half - 1.05), 0, z], 0 if side > 0 else np.pi))
        if trees and rng.random() < 0.6:
            things.append(
                broad_tree(rng, [side * (half + 0.5), kerb, z - 3], rng.uniform(5, 9), abs(z) + 3, colour, clear=0.35)
            )
        elif rng.random() < 0.15:
            things.append(
                (street_set.bin_of if rng.random() < 0.5 else street_set.sign)(
                    rng, [side * (half + 0.4), kerb, z - 2.5]
                )
            )
        if (night and rng.random() < 0.6) or rng.random() < 0.15:
            posts, lights = street_set.street_lamp(rng, [side * (half + 0.35), kerb, z + 2.2], -side, height, lit=night)
            things.extend(posts)
            lamps.extend(lights)
        z -= rng.uniform(5, 9)


def night_street(rng: np.random.Generator) -> Place:
    """The same after dark, with lamps, lit windows and sometimes a wet road."""
    return street(rng, night=True)


def square(rng: np.random.Generator) -> Place:
    """A square with people, some close by, and houses around."""
    sky = sky_of(rng, DAYS[rng.integers(len(DAYS))])
    things: list[Thing] = []
    far = rng.uniform(18, 45)
    x = -far * 1.4
    while x < far * 1.4:
        long = rng.uniform(7, 20)
        things.append(building(rng, [x + long / 2, -far - 6], [long / 2, 6], rng.uniform(6, 18)))
        x += long + (rng.uniform(2, 8) if rng.random() < 0.25 else 0)
    for side in (-1, 1):
        if rng.random() < 0.75:
            things.append(
                building(
                    rng, [side * (far * rng.uniform(0.6, 1.0) + 6), -far * 0.4], [6, far * 0.45], rng.uniform(6, 16)
                )
            )
    shot = camera(rng, low=1.1, high=1.75, pitch=(-12, 5))
    ahead = turned(shot.yaw) @ [0, 0, -1.0]
    aside = turned(shot.yaw) @ [1.0, 0, 0]
    stood: list[Doubles] = []
    near, others = int(rng.integers(1, 4)), int(rng.integers(3, 12))
    for number in range(near + others):
        away = rng.uniform(1.9, 4.5) if number < near else rng.uniform(6, far * 0.9)
        place = ahead * away + aside * rng.uniform(-0.45, 0.45) * away
        if min((np.linalg.norm(place - other) for other in stood), default=9.0) > 0.8:
            stood.append(place)
            things.append(person(rng, place))
    for _ in range(int(rng.integers(0, 3))):
        away = rng.uniform(3, 10)
        things.append(animal(rng, ahead * away + aside * rng.uniform(-0.5, 0.5) * away, rng.uniform(0.3, 0.6)))
    for _ in range(int(rng.integers(0, 5))):
        away = rng.uniform(7, far * 0.8)
        place = ahead * away + aside * rng.uniform(-0.7, 0.7) * away
        things.append(broad_tree(rng, place, rng.uniform(4, 9), away))
    for _ in range(int(rng.integers(1, 4))):
        away = rng.uniform(5, 15)
        things.append(street_set.bench(rng, ahead * away + aside * rng.uniform(-0.6, 0.6) * away, rng.uniform(0, 6)))
    lawn_x, lawn_z, lawn = rng.uniform(-9, 9), -rng.uniform(9, 18), rng.uniform(2, 5)
    surface = paving(rng)
    if rng.random() < 0.5:
        round_lawn = (lambda p: lawn - np.hypot(p[:, 0] - lawn_x, p[:, 2] - lawn_z), grass(rng), label("grass"))
        surface = patched(surface, round_lawn)
    return Place(
        "square",
        shot,
        World((Plane(surface, "sidewalk"),), tuple(things)),
        sky,
        clear_air=np.exp(rng.uniform(5.8, 7.5)),
    )


def stairs(rng: np.random.Generator) -> Place:
    """Steps that lead up between walls to a terrace with a railing, or run along one."""
    sky = sky_of(rng, DAYS[rng.integers(len(DAYS))])
    stone, wall = paving(rng), masonry(rng)
    start, rise, tread = -rng.uniform(2.0, 5.0), rng.uniform(0.13, 0.18), rng.uniform(0.3, 0.42)
    count, half, left = int(rng.integers(6, 17)), rng.uniform(1.3, 3.5), rng.uniform(-1.2, 1.2)
    things: list[Thing] = []
    flight = []
    for step in range(count):
        z = start - step * tread
        flight.append(
            box([left, (step + 1) * rise / 2, z - 8], [half, (step + 1) * rise / 2, 8], stone, "stairs", bevel=0.015)
        )
    things.append(thing(flight))
    top, back = count * rise, start - count * tread
    deep = rng.uniform(5, 14)
    things.append(thing(box([0, top / 2 - 0.01, back - deep], [40, top / 2, deep], stone, "sidewalk")))
    for side in (-1, 1):
        x = left + side * (half + 0.25)
        flank = rng.random()
        if flank < 0.55:
            high = top + rng.uniform(-0.2, 2.5)
            things.append(
                thing(
                    box(
                        [x + side * 2, high / 2, back - 2 + count * tread / 2],
                        [2.25, high / 2, count * tread / 2 + 2],
                        wall,
                        "wall",
                    )
                )
            )
        else:
            things.append(
                thing(box([x, top / 4, (start + back) / 2], [0.22, top / 4, (start - back) / 2], wall, "wall"))
            )
            for _ in range(5):
                place = [x + side * rng.uniform(0.7, 3.5), 0, rng.uniform(back, start)]
                things.append(bush(rng, place, rng.uniform(0.6, 1.4), 4))
        things.append(_railing(rng, [x - side * 0.35, 0.0, start], [x - side * 0.35, top, back]))
    shape = rng.random()
    if shape < 0.75:
        tall = rng.uniform(5, 14)
        things.append(
            thing(
                box(
                    [rng.uniform(-9, 9), top + tall / 2, back - 2 * deep + 1],
                    [rng.uniform(6, 14), tall / 2, 3],
                    facade(rng, 3.1),
                    "building",
                )
            )
        )
    for _ in range(int(rng.integers(2, 7))):
        place = np.array([rng.uniform(-14, 14), top, back - rng.uniform(3, 2 * deep)])
        things.append(broad_tree(rng, place, rng.uniform(3, 8), 10))
    if rng.random() < 0.6:
        step = int(rng.integers(1, count))
        things.append(
            person(rng, [left + rng.uniform(-0.6, 0.6) * half, step * rise + rise, start - step * tread - 0.2])
        )
    for side in (-1, 1):
        if rng.random() < 0.6:
            things.extend(pot_plant(rng, [left + side * (half + 0.1), 0, start + 0.5], rng.uniform(0.7, 1.5)))
    things.extend(building_row(rng, back - 2 * deep - 25))
    shot = camera(rng, low=1.2, high=1.8, yaw=0.15, pitch=(-8, 10))
    return Place(
        "stairs",
        shot,
        World((Plane(paving(rng), "sidewalk"),), tuple(things)),
        sky,
        clear_air=np.exp(rng.uniform(6, 7.5)),
    )


def building_row(rng: np.random.Generator, z: float) -> list[Thing]:
    """Buildings beside each other far off, so that the ground does not end in the sky."""
    return [building(rng, [x, z], [rng.uniform(6, 12), 6], rng.uniform(8, 20)) for x in np.arange(-60, 61, 22.0)]


def _railing(rng: np.random.Generator, start: list[float], end: list[float]) -> Thing:
    low, high = np.array(start), np.array(end)
    metal = mottled(
        rng, rgb(rng.random(), rng.uniform(0, 0.4), np.exp(rng.uniform(-3.5, -0.8))), depth=0.08, mirror=0.05
    )
    up: Doubles = np.array([0, 0.92, 0])
    parts = [
        bar(low + up, high + up, 0.025, metal, "railing"),
        bar(low + up / 2, high + up / 2, 0.015, metal, "railing"),
    ]
    for step in np.linspace(0, 1, 6):
        foot = low + (high - low) * step
        parts.append(bar(foot, foot + up, 0.02, metal, "railing"))
    return thing(parts)
