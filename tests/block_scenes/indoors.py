"""Places with a roof: rooms, corridors and tables close to the lens."""

from __future__ import annotations

import numpy as np

from . import furniture
from .figures import animal, cloth, person
from .ground_surfaces import floor, grass
from .grounds import Plane
from .noise import lines
from .place import Camera, Lamp, Place
from .plants import broad_tree, pot_plant
from .sky import sky_of
from .solids import Solid, ball, bar, box
from .surfaces import Floats, Look, Spot, Surface, any_colour, blend, mottled, rgb, shaded, shining, tiles
from .tracing import Thing, World, thing


def wall_paint(rng: np.random.Generator) -> Surface:
    """A room's walls: paint, paper with a pattern, panels, or brick."""
    from .buildings import masonry

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


def _shell(rng: np.random.Generator, left: float, right: float, back: float, behind: float, high: float) -> list[Thing]:
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


def _inside(rng: np.random.Generator, level: float) -> tuple[Floats, Floats]:
    """Light that is thrown to and fro: on what looks up, and down."""
    tint = np.array([1.0, 0.96, 0.9], np.float32) * (1 + 0.06 * rng.normal(size=3)).astype(np.float32)
    return np.asarray(tint * level, np.float32), np.asarray(tint * level * rng.uniform(0.6, 0.9), np.float32)


def room(rng: np.random.Generator) -> Place:
    """A room with furniture, lit by a window or by lamps."""
    wide, back, high = rng.uniform(3.2, 6.5), -rng.uniform(2.6, 5.5), rng.uniform(2.4, 3.2)
    left = -wide * rng.uniform(0.35, 0.65)
    right, behind = left + wide, rng.uniform(0.6, 1.5)
    things = _shell(rng, left, right, back, behind, high)
    lamps: list[Lamp] = []
    by_day = rng.random() < 0.65
    power = rng.uniform(2.5, 6) if by_day else 0.04
    half = (rng.uniform(0.5, 1.1), rng.uniform(0.5, 0.75))
    on_back = rng.random() < 0.45
    if on_back:
        x = rng.uniform(left + half[0] + 0.4, right - half[0] - 0.4)
        more, light = furniture.window(rng, [x, 1.5, back], half, 0.0, power)
    else:
        side = rng.choice([-1, 1])
        more, light = furniture.window(
            rng, [left if side < 0 else right, 1.5, back * rng.uniform(0.35, 0.7)], half, -side * np.pi / 2, power
        )
    things += more
    lamps += light
    _furnish(rng, left, right, back, high, on_back, things)
    if not by_day or rng.random() < 0.4:
        corner = [rng.choice([left + 0.4, right - 0.4]), 0, back + 0.45]
        more, light = furniture.floor_lamp(
            rng, corner, rng.uniform(1.3, 1.75), rng.uniform(2, 4) if not by_day else 1.5
        )
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
            lamps.append(Lamp(np.array([x, high - drop - 0.32, z]), np.array([3.0, 2.5, 1.9], np.float32)))
    if rng.random() < 0.35:
        things.append(person(rng, [rng.uniform(left + 0.6, right - 0.6), 0, back * rng.uniform(0.55, 0.8)]))
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
        _inside(rng, level),
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
            things.append(furniture.small_thing(rng, [middle + rng.uniform(-0.2, 0.2), 0.42, back + 1.6], 0.2))
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
                things.append(furniture.chair(rng, spot + [x, 0, z], yaw + rng.normal(0, 0.2), made))
        for x in rng.uniform(-0.7, 0.7, int(rng.integers(1, 4))):
            things.append(
                furniture.small_thing(
                    rng, spot + [x * half[0], 0.74, rng.uniform(-0.5, 0.5) * half[1]], rng.uniform(0.12, 0.3)
                )
            )
    for side, x in ((1, left), (-1, right)):
        chance, z, yaw = rng.random(), back * rng.uniform(0.3, 0.75), side * np.pi / 2
        if chance < 0.35:
            things.append(furniture.bookcase(rng, [x + side * 0.17, 0, z], yaw))
        elif chance < 0.6:
            size = (rng.uniform(0.5, 0.8), rng.uniform(0.35, 0.9), 0.22)
            things.append(furniture.cabinet(rng, [x + side * 0.23, 0, z], size, yaw))
            things.append(furniture.small_thing(rng, [x + side * 0.23, 2 * size[1], z], rng.uniform(0.2, 0.35)))
        elif chance < 0.8:
            things.append(furniture.door(rng, [x, 1.05, z], yaw))
        elif chance < 0.95:
            things.append(
                furniture.picture(rng, [x + side * 0.02, 1.55, z], (rng.uniform(0.3, 0.6), rng.uniform(0.25, 0.5)), yaw)
            )
    if not window_behind:
        for _ in range(int(rng.integers(1, 3))):
            x = rng.uniform(left + 0.6, right - 0.6)
            things.append(
                furniture.picture(
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
    things = _shell(rng, -half, half, -long, 1.5, high)
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
    for side in (-1, 1):
        z = -rng.uniform(1.2, 3)
        while z > -long + 1:
            yaw = -side * np.pi / 2
            chance = rng.random()
            if chance < 0.6:
                things.append(furniture.door(rng, [side * half, 1.05, z], yaw))
            elif chance < 0.75:
                things.append(furniture.picture(rng, [side * (half - 0.02), 1.5, z], (0.4, 0.3), yaw))
            elif chance < 0.85:
                things.extend(pot_plant(rng, [side * (half - 0.3), 0, z], rng.uniform(0.7, 1.4)))
            elif chance < 0.95:
                things.append(furniture.chair(rng, [side * (half - 0.3), 0, z], yaw))
            z -= rng.uniform(1.3, 3.2)
    if rng.random() < 0.5:
        more, light = furniture.window(rng, [0, 1.5, -long], (half * 0.6, 0.6), 0.0, 4.0)
        things += more
        lamps += light
    else:
        things.append(furniture.door(rng, [0, 1.05, -long], 0.0))
    for _ in range(int(rng.integers(0, 3))):
        things.append(person(rng, [rng.uniform(-0.5, 0.5) * half, 0, -rng.uniform(2.5, long * 0.8)]))
    eye = np.array([rng.uniform(-0.4, 0.4) * half, rng.uniform(1.1, 1.7), 0.8])
    turn, roll = rng.uniform(-0.15, 0.15), np.clip(rng.normal(0, 0.9), -2, 2)
    shot = Camera(eye, turn, np.deg2rad(rng.uniform(-9, 4)), np.deg2rad(roll), np.deg2rad(rng.uniform(55, 80)))
    world = World((Plane(floor(rng), "floor"),), tuple(things))
    return Place(
        "corridor", shot, world, sky_of(rng, "overcast"), tuple(lamps), _inside(rng, 0.25), contact=0.5, grain=1.4
    )


def close_up(rng: np.random.Generator) -> Place:
    """Things on a table close to the lens, with a room or a garden far behind."""
    outdoors = rng.random() < 0.5
    top, made = rng.uniform(0.72, 0.78), furniture.wood(rng)
    half = (rng.uniform(0.5, 1.2), rng.uniform(0.35, 0.6))
    middle = np.array([rng.uniform(-0.2, 0.2), 0.0, -half[1] - 0.12])
    away = rng.uniform(0.3, 0.55)
    things: list[Thing] = [furniture.table(rng, middle, half, top)]
    if rng.random() < 0.35:
        things.append(
            thing(
                box(
                    [middle[0], top + 0.002, middle[2]],
                    [half[0] * 0.6, 0.003, half[1] * 0.8],
                    cloth(rng),
                    "table",
                    yaw=rng.normal(0, 0.1),
                )
            )
        )
    things.append(furniture.small_thing(rng, [rng.uniform(-0.1, 0.1), top, -away], rng.uniform(0.14, 0.24)))
    for _ in range(int(rng.integers(1, 5))):
        place = [rng.uniform(-0.8, 0.8) * half[0], top, rng.uniform(middle[2] - half[1] + 0.1, -0.35)]
        things.append(furniture.small_thing(rng, place, rng.uniform(0.08, 0.26)))
    if rng.random() < 0.4:
        things.extend(
            pot_plant(rng, [rng.uniform(-0.6, 0.6) * half[0], top, middle[2] - half[1] * 0.5], rng.uniform(0.2, 0.4))
        )
    lamps: list[Lamp] = []
    ambient, sky = None, sky_of(rng, "clear" if rng.random() < 0.6 else "clouds")
    if outdoors:
        base = Plane(
            grass(rng)
            if rng.random() < 0.6
            else tiles(rng, any_colour(rng, 0.2, 0.5, 0.3), any_colour(rng, 0.2, 0.5, 0.3), 0.4),
            "grass",
        )
        from .country import _scattered
        from .buildings import house

        for x, z in _scattered(rng, 12, 5, 40, 0.9):
            things.append(broad_tree(rng, [x, 0, z], rng.uniform(3, 8), float(np.hypot(x, z))))
        for x in np.arange(-70, 71, 8.0):
            things.append(broad_tree(rng, [x, 0, -rng.uniform(45, 60)], rng.uniform(6, 14), 50, clear=0.05))
        if rng.random() < 0.5:
            things.append(house(rng, [rng.uniform(-9, 9), 0, -rng.uniform(14, 28)], yaw=rng.uniform(-0.5, 0.5)))
        clear_air = 900.0
    else:
        left, right, back = -rng.uniform(1.6, 3), rng.uniform(1.6, 3), -rng.uniform(2.8, 5)
        things += _shell(rng, left, right, back, 1.2, 2.6)
        window_x = rng.choice([left, right])
        more, lamps = furniture.window(
            rng, [window_x, 1.5, rng.uniform(-1.6, -0.3)], (0.8, 0.65), np.pi / 2 if window_x < 0 else -np.pi / 2, 5.0
        )
        things += more
        things.append(furniture.bookcase(rng, [rng.uniform(left + 0.8, right - 0.8), 0, back + 0.17]))
        things.append(furniture.chair(rng, [rng.uniform(-0.6, 0.6), 0, back + 1.0], rng.normal(0, 0.5)))
        if rng.random() < 0.6:
            things.append(
                furniture.picture(rng, [rng.uniform(left + 0.6, right - 0.6), 1.7, back + 0.02], (0.35, 0.25), 0.0)
            )
        ambient, base, clear_air = _inside(rng, 0.35), Plane(floor(rng), "floor"), np.inf
    above = rng.uniform(0.12, 0.42)
    eye = np.array([0.0, top + above, 0.12])
    pitch = -np.arctan2(above, away + 0.12) * rng.uniform(0.35, 0.75)
    shot = Camera(
        eye,
        rng.uniform(-0.12, 0.12),
        max(float(pitch), np.deg2rad(-25)),
        np.deg2rad(np.clip(rng.normal(0, 0.9), -2, 2)),
        np.deg2rad(rng.uniform(46, 66)),
    )
    focus = away + 0.12 if rng.random() < 0.75 else None
    return Place(
        "close-up",
        shot,
        World((base,), tuple(things)),
        sky,
        tuple(lamps),
        ambient,
        clear_air,
        0.15,
        focus,
        rng.uniform(0.6, 2.2),
    )
