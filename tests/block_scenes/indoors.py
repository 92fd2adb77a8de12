"""Places with a roof: rooms and corridors."""

from __future__ import annotations

import numpy as np

from . import fittings, furniture
from .buildings import masonry
from .figures import animal, cloth, person
from .ground_surfaces import floor
from .grounds import Plane
from .noise import lines
from .place import Camera, Lamp, Place
from .plants import pot_plant
from .sky import sky_of
from .small_things import small_thing
from .solids import ball, bar, box
from .surfaces import Floats, Look, Spot, Surface, any_colour, blend, mottled, rgb, shining, tiles
from .tracing import Thing, World, thing


def wall_paint(rng: np.random.Generator) -> Surface:
    """A room's walls: paint, paper with a pattern, panels, or brick."""
    colour = any_colour(rng, 0.25, 0.8, 0.35)
    chance = rng.random()
    if chance < 0.6:
        return mottled(rng, colour, size=3.0, depth=0.05, octaves=8)
    if chance < 0.8:
        other, step = (colour * rng.uniform(0.6, 1.2)).clip(0, 0.9), rng.uniform(0.1, 0.4)

        def paper(spot: Spot) -> Look:
            along, up = spot.across()
            part = lines(along, step, step * 0.5, spot.footprint) * (
                0.5 + 0.5 * lines(up, step * 1.5, step, spot.footprint)
            )
            return Look(blend(colour, other, part))

        return paper
    if chance < 0.9:
        return tiles(rng, colour, colour * 0.95, 0.2, mirror=0.0)
    return masonry(rng)


def shell(rng: np.random.Generator, left: float, right: float, back: float, behind: float, high: float) -> list[Thing]:
    """Four walls with skirting, and a ceiling."""
    paint, ceiling = wall_paint(rng), mottled(rng, any_colour(rng, 0.55, 0.85, 0.12), size=2, depth=0.04)
    board, tall = any_colour(rng, 0.2, 0.8, 0.3), rng.uniform(0.06, 0.14)

    def wall(spot: Spot) -> Look:
        seen = paint(spot)
        low = np.clip((tall - spot.world[:, 1]) / spot.footprint + 0.5, 0, 1)
        seen.colour = blend(seen.colour, board, low)
        return seen

    middle, half = (left + right) / 2, (right - left) / 2
    deep, depth = (back + behind) / 2, (behind - back) / 2
    return [
        thing(box([left - 0.1, high / 2, deep], [0.1, high / 2, depth + 0.2], wall, "wall")),
        thing(box([right + 0.1, high / 2, deep], [0.1, high / 2, depth + 0.2], wall, "wall")),
        thing(box([middle, high / 2, back - 0.1], [half + 0.2, high / 2, 0.1], wall, "wall")),
        thing(box([middle, high / 2, behind + 0.1], [half + 0.2, high / 2, 0.1], wall, "wall")),
        thing(box([middle, high + 0.1, deep], [half + 0.2, 0.1, depth + 0.2], ceiling, "ceiling")),
    ]


def inside(rng: np.random.Generator, level: float) -> tuple[Floats, Floats]:
    """Light that is thrown to and fro: on what looks up, and down."""
    tint = np.array([1.0, 0.96, 0.9], np.float32) * (1 + 0.06 * rng.normal(size=3)).astype(np.float32)
    return np.asarray(tint * level, np.float32), np.asarray(tint * level * rng.uniform(0.6, 0.9), np.float32)


def room(rng: np.random.Generator) -> Place:
    """A room with furniture, lit by a window or by lamps."""
    wide, back, high = rng.uniform(3.2, 6.5), -rng.uniform(2.6, 5.5), rng.uniform(2.4, 3.2)
    left = -wide * rng.uniform(0.35, 0.65)
    right, behind = left + wide, rng.uniform(0.6, 1.5)
    things = shell(rng, left, right, back, behind, high)
    lamps: list[Lamp] = []
    by_day = rng.random() < 0.65
    power = rng.uniform(2.5, 6) if by_day else 0.04
    half = (rng.uniform(0.5, 1.1), rng.uniform(0.5, 0.75))
    on_back = rng.random() < 0.45
    if on_back:
        x = rng.uniform(left + half[0] + 0.4, right - half[0] - 0.4)
        more, light = fittings.window(rng, [x, 1.5, back], half, 0.0, power)
    else:
        side = rng.choice([-1, 1])
        more, light = fittings.window(
            rng, [left if side < 0 else right, 1.5, back * rng.uniform(0.35, 0.7)], half, -side * np.pi / 2, power
        )
    things += more
    lamps += light
    _furnish(rng, left, right, back, high, on_back, things)
    if not by_day or rng.random() < 0.4:
        corner = [rng.choice([left + 0.4, right - 0.4]), 0, back + 0.45]
        more, light = fittings.floor_lamp(rng, corner, rng.uniform(1.3, 1.75), rng.uniform(2, 4) if not by_day else 1.5)
        things += more
        lamps += light
    if not by_day or rng.random() < 0.3:
        x, z, drop = (left + right) / 2, back * 0.5, rng.uniform(0.3, 0.7)
        shade = shining(rgb(0.09, rng.uniform(0.1, 0.5), 0.9), 4.0 if not by_day else 1.0)
        cord = mottled(rng, [0.05, 0.05, 0.05])
        things.append(
            thing(
                bar([x, high, z], [x, high - drop, z], 0.008, cord, "lamp"),
                ball([x, high - drop - 0.12, z], 0.15, shade, "light"),
            )
        )
        if not by_day:
            bulb = np.array([x, high - drop - 0.12, z])
            lamps.append(Lamp(bulb, np.array([3.0, 2.5, 1.9], np.float32), bulb=0.16))
    if rng.random() < 0.35:
        things.append(person(rng, [rng.uniform(left + 0.6, right - 0.6), 0, back * rng.uniform(0.15, 0.35)]))
    if rng.random() < 0.3:
        things.append(
            animal(
                rng, [rng.uniform(left + 0.7, right - 0.7), 0, back * rng.uniform(0.4, 0.7)], rng.uniform(0.28, 0.55)
            )
        )
    eye = np.array([0.0, rng.uniform(1.0, 1.7), behind - 0.35])
    turn = rng.uniform(-0.3, 0.3)
    shot = Camera(
        eye,
        turn,
        np.deg2rad(rng.uniform(-13, 2)),
        np.deg2rad(np.clip(rng.normal(0, 0.9), -2, 2)),
        np.deg2rad(rng.uniform(58, 80)),
    )
    sky = sky_of(rng, "overcast")
    level = 0.38 * rng.uniform(0.6, 1.4) * (1 if by_day else 0.5)
    return Place(
        "room",
        shot,
        World((Plane(floor(rng), "floor"),), tuple(things)),
        sky,
        tuple(lamps),
        inside(rng, level),
        contact=0.45,
        grain=1.4,
    )


def _furnish(
    rng: np.random.Generator,
    left: float,
    right: float,
    back: float,
    high: float,
    window_behind: bool,
    things: list[Thing],
) -> None:
    middle = (left + right) / 2
    rug = cloth(rng)
    if rng.random() < 0.55:
        place = [middle + rng.uniform(-0.4, 0.4), 0.006, back * 0.55]
        things.append(
            thing(box(place, [rng.uniform(0.8, 1.3), 0.006, rng.uniform(0.6, 0.9)], rug, "rug", yaw=rng.normal(0, 0.1)))
        )
    main = rng.random()
    if main < 0.4:
        things.append(furniture.sofa(rng, [middle + rng.uniform(-0.5, 0.5), 0, back + 0.55]))
        if rng.random() < 0.7:
            low = (rng.uniform(0.3, 0.55), rng.uniform(0.25, 0.35))
            things.append(furniture.table(rng, [middle, 0, back + 1.6], low, 0.42))
            things.append(small_thing(rng, [middle + rng.uniform(-0.2, 0.2), 0.42, back + 1.6], 0.2))
    elif main < 0.7:
        x = rng.choice([left + 1.0, right - 1.0])
        things.append(furniture.bed(rng, [x, 0, back + 1.15]))
    else:
        made = furniture.wood(rng)
        half = (rng.uniform(0.5, 0.8), rng.uniform(0.4, 0.5))
        spot = np.array([middle + rng.uniform(-0.5, 0.5), 0, back * 0.6])
        things.append(furniture.table(rng, spot, half))
        for x, z, yaw in (
            (-0.35, -0.75, 0.0),
            (0.35, -0.75, 0.0),
            (-half[0] - 0.3, 0.1, np.pi / 2),
            (half[0] + 0.3, 0, -np.pi / 2),
        ):
            if rng.random() < 0.75:
                things.append(furniture.chair(rng, spot + np.array([x, 0, z]), yaw + rng.normal(0, 0.2), made))
        for x in rng.uniform(-0.7, 0.7, int(rng.integers(1, 4))):
            things.append(
                small_thing(
                    rng, spot + np.array([x * half[0], 0.74, rng.uniform(-0.5, 0.5) * half[1]]), rng.uniform(0.12, 0.3)
                )
            )
    for side, x in ((1, left), (-1, right)):
        chance, z, yaw = rng.random(), back * rng.uniform(0.3, 0.75), side * np.pi / 2
        if chance < 0.35:
            things.append(furniture.bookcase(rng, [x + side * 0.17, 0, z], yaw))
        elif chance < 0.6:
            size = (rng.uniform(0.5, 0.8), rng.uniform(0.35, 0.9), 0.22)
            things.append(furniture.cabinet(rng, [x + side * 0.23, 0, z], size, yaw))
            things.append(small_thing(rng, [x + side * 0.23, 2 * size[1], z], rng.uniform(0.2, 0.35)))
        elif chance < 0.8:
            things.append(fittings.door(rng, [x, 1.05, z], yaw))
        elif chance < 0.95:
            things.append(
                fittings.picture(rng, [x + side * 0.02, 1.55, z], (rng.uniform(0.3, 0.6), rng.uniform(0.25, 0.5)), yaw)
            )
    if not window_behind:
        for _ in range(int(rng.integers(1, 3))):
            x = rng.uniform(left + 0.6, right - 0.6)
            things.append(
                fittings.picture(
                    rng,
                    [x, rng.uniform(1.4, high - 0.7), back + 0.02],
                    (rng.uniform(0.2, 0.5), rng.uniform(0.2, 0.4)),
                    0.0,
                )
            )
    if rng.random() < 0.6:
        things.extend(
            pot_plant(
                rng, [rng.choice([left + 0.4, right - 0.4]), 0, back + rng.uniform(0.4, 1.2)], rng.uniform(0.6, 1.5)
            )
        )


def corridor(rng: np.random.Generator) -> Place:
    """A corridor with doors on both sides and lights in its ceiling."""
    half, long, high = rng.uniform(0.9, 1.7), rng.uniform(9, 28), rng.uniform(2.4, 3.3)
    things = shell(rng, -half, half, -long, 1.5, high)
    lamps: list[Lamp] = []
    colour, step = rgb(rng.uniform(0.08, 0.6), rng.uniform(0, 0.25), 0.9), rng.uniform(2.2, 4)
    panel = [rng.uniform(0.1, half * 0.6), 0.02, rng.uniform(0.1, 0.6)]
    for number, z in enumerate(np.arange(-1.0, -long + 0.5, -step)):
        on = rng.random() < 0.9
        things.append(thing(box([0, high - 0.01, z], panel, shining(colour, 5.0 if on else 0.15), "light")))
        if on and number < 7:
            lamps.append(
                Lamp(
                    np.array([0, high - 0.06, z]),
                    np.asarray(colour * 2.4 * step / 3, np.float32),
                    np.array([0, -1.0, 0]),
                )
            )
    paint = fittings.door_paint(rng)
    for side in (-1, 1):
        z = -rng.uniform(1.2, 3)
        while z > -long + 1:
            yaw = -side * np.pi / 2
            chance = rng.random()
            if chance < 0.6:
                things.append(fittings.door(rng, [side * half, 1.05, z], yaw, paint))
            elif chance < 0.75:
                things.append(fittings.picture(rng, [side * (half - 0.02), 1.5, z], (0.4, 0.3), yaw))
            elif chance < 0.85:
                things.extend(pot_plant(rng, [side * (half - 0.3), 0, z], rng.uniform(0.7, 1.4)))
            elif chance < 0.95:
                things.append(furniture.chair(rng, [side * (half - 0.3), 0, z], yaw))
            z -= rng.uniform(1.3, 3.2)
    if rng.random() < 0.5:
        more, light = fittings.window(rng, [0, 1.5, -long], (half * 0.6, 0.6), 0.0, 4.0)
        things += more
        lamps += light
    else:
        things.append(fittings.door(rng, [0, 1.05, -long], 0.0, paint))
    for _ in range(int(rng.integers(0, 3))):
        things.append(person(rng, [rng.uniform(-0.5, 0.5) * half, 0, -rng.uniform(2.5, long * 0.8)]))
    eye = np.array([rng.uniform(-0.4, 0.4) * half, rng.uniform(1.1, 1.7), 0.8])
    turn, roll = rng.uniform(-0.15, 0.15), np.clip(rng.normal(0, 0.9), -2, 2)
    shot = Camera(eye, turn, np.deg2rad(rng.uniform(-9, 4)), np.deg2rad(roll), np.deg2rad(rng.uniform(55, 80)))
    world = World((Plane(floor(rng), "floor"),), tuple(things))
    return Place(
        "corridor", shot, world, sky_of(rng, "overcast"), tuple(lamps), inside(rng, 0.25), contact=0.5, grain=1.4
    )
