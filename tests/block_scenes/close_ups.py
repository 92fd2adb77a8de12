"""Things on a table close to the lens."""

from __future__ import annotations

import numpy as np

from . import fittings, furniture
from .buildings import house
from .country import scattered
from .figures import cloth
from .ground_surfaces import floor, grass, paving
from .grounds import Plane
from .indoors import inside, shell
from .place import Camera, Lamp, Place
from .plants import broad_tree, pot_plant
from .sky import sky_of
from .small_things import small_thing
from .solids import box
from .surfaces import Floats
from .tracing import Thing, World, thing


def close_up(rng: np.random.Generator) -> Place:
    """Things on a table, with a room or a garden far behind."""
    top = rng.uniform(0.72, 0.78)
    half = (rng.uniform(0.5, 1.2), rng.uniform(0.35, 0.6))
    middle, away = np.array([rng.uniform(-0.2, 0.2), 0.0, -half[1] - 0.12]), rng.uniform(0.3, 0.55)
    things = _laid_table(rng, middle, half, top, away)
    lamps: list[Lamp] = []
    ambient: tuple[Floats, Floats] | None = None
    sky, clear_air = sky_of(rng, "clear" if rng.random() < 0.6 else "clouds"), 900.0
    if rng.random() < 0.5:
        things += _garden(rng)
        base = Plane(grass(rng), "grass") if rng.random() < 0.6 else Plane(paving(rng), "floor")
    else:
        more, lamps = _room_behind(rng)
        things += more
        ambient, base, clear_air = inside(rng, 0.35), Plane(floor(rng), "floor"), np.inf
    above = rng.uniform(0.12, 0.42)
    down = np.arctan2(above, away + 0.12) * rng.uniform(0.35, 0.75)
    shot = Camera(
        np.array([0.0, top + above, 0.12]),
        rng.uniform(-0.12, 0.12),
        -min(float(down), np.deg2rad(25)),
        np.deg2rad(np.clip(rng.normal(0, 0.9), -2, 2)),
        np.deg2rad(rng.uniform(46, 66)),
    )
    focus = away + 0.12 if rng.random() < 0.75 else None
    aperture = rng.uniform(0.6, 2.2)
    world = World((base,), tuple(things))
    return Place("close-up", shot, world, sky, tuple(lamps), ambient, clear_air, 0.15, focus, aperture)


def _laid_table(
    rng: np.random.Generator, middle: Floats, half: tuple[float, float], top: float, away: float
) -> list[Thing]:
    """A table with something `away` metres ahead and other things beside and behind it, none in another."""
    things = [furniture.table(rng, middle, half, top)]
    if rng.random() < 0.35:
        size = [half[0] * 0.6, 0.003, half[1] * 0.8]
        things.append(
            thing(box([middle[0], top + 0.002, middle[2]], size, cloth(rng), "table", yaw=rng.normal(0, 0.1)))
        )
    places = [np.array([rng.uniform(-0.1, 0.1), -away])]
    for _ in range(int(rng.integers(4, 14))):
        place = np.array([rng.uniform(-0.85, 0.85) * half[0], rng.uniform(middle[2] - half[1] + 0.12, -0.3)])
        if min(np.hypot(*(place - other)) for other in places) > 0.2:
            places.append(place)
    for number, (x, z) in enumerate(places):
        if number and rng.random() < 0.15:
            things.extend(pot_plant(rng, [x, top, z], rng.uniform(0.2, 0.4)))
        else:
            things.append(small_thing(rng, [x, top, z], rng.uniform(0.08, 0.26)))
    return things


def _garden(rng: np.random.Generator) -> list[Thing]:
    """Trees, and sometimes a house."""
    things = [
        broad_tree(rng, [x, 0, z], rng.uniform(3, 8), float(np.hypot(x, z))) for x, z in scattered(rng, 12, 5, 40, 0.9)
    ]
    for x in np.arange(-70, 71, 8.0):
        things.append(broad_tree(rng, [x, 0, -rng.uniform(45, 60)], rng.uniform(6, 14), 50, clear=0.05))
    if rng.random() < 0.5:
        things.append(house(rng, [rng.uniform(-9, 9), 0, -rng.uniform(14, 28)], yaw=rng.uniform(-0.5, 0.5)))
    return things


def _room_behind(rng: np.random.Generator) -> tuple[list[Thing], list[Lamp]]:
    left, right, back = -rng.uniform(1.6, 3), rng.uniform(1.6, 3), -rng.uniform(2.8, 5)
    things = shell(rng, left, right, back, 1.2, 2.6)
    side = rng.choice([left, right])
    place, turn = [side, 1.5, rng.uniform(-1.6, -0.3)], np.pi / 2 * (1 if side < 0 else -1)
    more, lamps = fittings.window(rng, place, (0.8, 0.65), turn, 5.0)
    things += more
    things.append(furniture.bookcase(rng, [rng.uniform(left + 0.8, right - 0.8), 0, back + 0.17]))
    things.append(furniture.chair(rng, [rng.uniform(-0.6, 0.6), 0, back + 1.0], rng.normal(0, 0.5)))
    if rng.random() < 0.6:
        things.append(
            fittings.picture(rng, [rng.uniform(left + 0.6, right - 0.6), 1.7, back + 0.02], (0.35, 0.25), 0.0)
        )
    return things, lamps
