"""What belongs to a room itself: windows, doors, lamps and pictures."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from .figures import cloth
from .furniture import wood
from .noise import fractal, lines
from .place import Lamp
from .solids import UP, ball, bar, box, turned
from .surfaces import Look, Spot, Surface, any_colour, blend, mottled, rgb, shaded, shining
from .tracing import Thing, thing


def window(
    rng: np.random.Generator, centre: ArrayLike, half: tuple[float, float], yaw: float, power: float
) -> tuple[list[Thing], list[Lamp]]:
    """A window that looks to its +z into the room: panes of daylight in a frame, sometimes with curtains."""
    at, turn = np.asarray(centre, float), turned(yaw)
    frame, outside = any_colour(rng, 0.3, 0.8, 0.3), rng.uniform(0, 60, 3)
    bars, top = float(rng.choice([0.4, 0.6, 1.2])), rgb(0.58, rng.uniform(0, 0.4), 0.9)
    trees, skyline = rgb(rng.uniform(0.2, 0.35), 0.4, rng.uniform(0.08, 0.3)), rng.uniform(-0.9, 0.3)

    def panes(spot: Spot) -> Look:
        u, v = spot.own[:, 0], spot.own[:, 1]
        joints = lines(u + half[0] + 0.02, bars, 0.045, spot.footprint) + lines(
            v + half[1] + 0.02, bars * 1.2, 0.045, spot.footprint
        )
        joints = np.clip(joints + (half[0] - np.abs(u) < 0.05) + (half[1] - np.abs(v) < 0.05), 0, 1)
        joints = np.maximum(joints, np.abs(spot.own_normal[:, 2]) < 0.5)
        growth = fractal(np.column_stack([u, v, 0 * u]) + outside, 0.7, 4, spot.footprint)
        far = blend(top, trees * 1.2, np.clip((skyline * half[1] - v + 0.18 * growth) * 6, 0, 1))
        light = shaded(far, 0.1 * growth) * (1 - joints)[:, None] * (power * 0.9)
        return Look(blend(far * 0.1, frame, joints), emitted=light.astype(np.float32))

    things = [thing(box(at, [half[0], half[1], 0.05], panes, "windowpane", yaw=yaw))]
    if rng.random() < 0.6:
        stuff, fold = cloth(rng), rng.uniform(0.08, 0.2)

        def folds(spot: Spot) -> Look:
            seen = stuff(spot)
            wave = np.cos(2 * np.pi * spot.own[:, 0] / fold + np.sin(spot.own[:, 1]))
            seen.bump = (0.7 * wave[:, None] * turn[:, 0]).astype(np.float32)
            seen.colour = shaded(seen.colour, 0.25 * wave)
            return seen

        for side in (-1, 1):
            wide = half[0] * rng.uniform(0.15, 0.35)
            hung = at + turn @ [side * (half[0] + wide * 0.4), -rng.uniform(0, 0.3), 0.09]
            things.append(thing(box(hung, [wide, half[1] + 0.35, 0.035], folds, "curtain", yaw=yaw)))
    lamps = []
    facing = turn @ [0.0, 0.0, 1.0]
    for x in (-0.5, 0.5):
        for y in (-0.5, 0.5):
            spot = at + turn @ [x * half[0], y * half[1], 0.16]
            colour = top / top.mean() * power * half[0] * half[1] * 4 / 4 / np.pi * 1.6
            lamps.append(Lamp(np.asarray(spot), np.asarray(colour, np.float32), np.asarray(facing)))
    return things, lamps


def floor_lamp(rng: np.random.Generator, at: ArrayLike, height: float, power: float) -> tuple[list[Thing], list[Lamp]]:
    """A lamp on a stand, or on a table where it is low."""
    foot = np.asarray(at, float)
    metal, colour = (
        mottled(rng, any_colour(rng, 0.02, 0.5), mirror=0.06),
        rgb(rng.uniform(0.07, 0.12), rng.uniform(0.2, 0.6), 0.9),
    )
    shade = height * 0.16 if height > 1 else height * 0.4
    stand = thing(
        bar(foot, foot + 0.03 * UP, 0.13 if height > 1 else 0.07, metal, "lamp"),
        bar(foot, foot + (height - shade / 2) * UP, 0.014, metal, "lamp"),
        bar(
            foot + (height - shade) * UP,
            foot + height * UP,
            shade * 0.75,
            shining(colour, power),
            "lamp",
            taper=0.65,
        ),
    )
    spread = Lamp(foot + (height + 0.12) * UP, np.asarray(colour * power * 0.35, np.float32))
    below = Lamp(foot + (height - shade - 0.06) * UP, np.asarray(colour * power * 0.35, np.float32))
    return [stand], [spread, below]


def picture(rng: np.random.Generator, centre: ArrayLike, half: tuple[float, float], yaw: float) -> Thing:
    """A painting in its frame that looks to its +z."""
    frame, a, b, c = any_colour(rng, 0.03, 0.6), any_colour(rng), any_colour(rng), any_colour(rng)
    shift, size = rng.uniform(0, 60, 3), rng.uniform(0.15, 0.6)

    def art(spot: Spot) -> Look:
        first, second = (fractal(spot.own + shift + step, size, 4, spot.footprint) for step in (0, 20))
        colours = blend(blend(a, b, np.clip(0.5 + first, 0, 1)), c, np.clip(2 * second - 0.5, 0, 1))
        edge = np.minimum(half[0] - np.abs(spot.own[:, 0]), half[1] - np.abs(spot.own[:, 1]))
        return Look(blend(frame, colours, np.clip((edge - 0.04) / spot.footprint, 0, 1)))

    return thing(box(centre, [half[0], half[1], 0.02], art, "painting", yaw=yaw))


def door(
    rng: np.random.Generator, centre: ArrayLike, yaw: float, paint: tuple[Surface, Surface] | None = None
) -> Thing:
    """A door with panels in its case that looks to its +z; `paint` of both."""
    at, turn = np.asarray(centre, float), turned(yaw)
    made, case = paint or door_paint(rng)
    across, high = 0.45, 1.02
    panel = np.array([across - 0.12, 0.38, 0.035])
    parts = [
        box(at, [across + 0.08, high + 0.06, 0.03], case, "door", yaw=yaw),
        box(at, [across, high, 0.045], made, "door", yaw=yaw),
    ]
    for y in (-0.5, 0.48):
        parts.append(box(at + turn @ [0, y, 0.02], panel, made, "door", yaw=yaw, bevel=0.03))
    handle = mottled(rng, [0.4, 0.38, 0.3], mirror=0.3)
    parts.append(ball(at + turn @ [across - 0.08, -0.02, 0.08], 0.03, handle, "door"))
    return thing(parts)


def door_paint(rng: np.random.Generator) -> tuple[Surface, Surface]:
    """A door's surface and its case's."""
    made = wood(rng) if rng.random() < 0.5 else mottled(rng, any_colour(rng, 0.15, 0.8, 0.4), size=0.4, depth=0.08)
    return made, mottled(rng, any_colour(rng, 0.2, 0.8, 0.3))
