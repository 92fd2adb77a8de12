"""What stands and hangs in rooms."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from .figures import cloth
from .noise import fractal, lines, scatter
from .place import Lamp
from .solids import Doubles, Solid, ball, bar, box, turned
from .surfaces import Look, Spot, Surface, any_colour, blend, mottled, planks, rgb, shaded, shining
from .tracing import Thing, thing


def wood(rng: np.random.Generator) -> Surface:
    if rng.random() < 0.3:
        return mottled(rng, any_colour(rng, 0.08, 0.75, 0.5), size=0.5, depth=0.06, mirror=0.03)
    return planks(
        rng, rgb(rng.uniform(0.03, 0.1), rng.uniform(0.3, 0.7), np.exp(rng.uniform(-2.8, -0.8))), rng.uniform(0.08, 0.4)
    )


def table(
    rng: np.random.Generator, at: ArrayLike, half: tuple[float, float], height: float = 0.74, yaw: float = 0.0
) -> Thing:
    """A table with four legs; `half` across in x and z."""
    foot, turn, top = np.asarray(at, float), turned(yaw), wood(rng)
    parts: list[Solid] = [
        box(foot + [0, height - 0.02, 0], [half[0], 0.02, half[1]], top, "table", yaw=yaw, bevel=0.012)
    ]
    thick = rng.uniform(0.022, 0.045)
    for x in (-1, 1):
        for z in (-1, 1):
            knee = foot + turn @ [x * (half[0] - 0.07), height - 0.04, z * (half[1] - 0.07)]
            end = foot + turn @ [x * (half[0] - 0.06), 0, z * (half[1] - 0.06)]
            parts.append(bar(knee, end, thick, top, "table", taper=0.7))
    return thing(parts)


def chair(rng: np.random.Generator, at: ArrayLike, yaw: float = 0.0, made: Surface | None = None) -> Thing:
    """A chair that faces its +z."""
    foot, turn, made = np.asarray(at, float), turned(yaw), made or wood(rng)
    parts: list[Solid] = [box(foot + [0, 0.45, 0], [0.21, 0.025, 0.21], made, "chair", yaw=yaw, bevel=0.02)]
    for x in (-1, 1):
        for z in (-1, 1):
            top = 0.92 if z < 0 else 0.45
            parts.append(
                bar(
                    foot + turn @ [x * 0.18, 0, z * 0.18],
                    foot + turn @ [x * 0.18, top, z * 0.18 - 0.04 * (z < 0)],
                    0.02,
                    made,
                    "chair",
                )
            )
    for y in (0.62, 0.75, 0.87):
        parts.append(box(foot + turn @ [0, y, -0.2], [0.18, 0.035, 0.012], made, "chair", yaw=yaw, bevel=0.01))
    return thing(parts)


def sofa(rng: np.random.Generator, at: ArrayLike, yaw: float = 0.0) -> Thing:
    """A sofa that faces its +z, with cushions."""
    foot, turn, stuff, half = np.asarray(at, float), turned(yaw), cloth(rng), rng.uniform(0.75, 1.1)

    def block(x: float, y: float, z: float, size: list[float], lean: float = 0.0) -> Solid:
        return box(foot + turn @ [x, y, z], size, stuff, "sofa", yaw=yaw, bevel=0.07, tilt=lean)

    parts = [
        block(0, 0.22, 0, [half, 0.14, 0.42]),
        block(-half / 2, 0.42, 0.04, [half / 2 - 0.01, 0.09, 0.36]),
        block(half / 2, 0.42, 0.04, [half / 2 - 0.01, 0.09, 0.36]),
        block(0, 0.55, -0.36, [half, 0.33, 0.1], -0.12),
        block(-half - 0.08, 0.33, 0, [0.09, 0.28, 0.42]),
        block(half + 0.08, 0.33, 0, [0.09, 0.28, 0.42]),
    ]
    for x in (-0.65, 0.65):
        if rng.random() < 0.7:
            spot = foot + turn @ [x * half, 0.66, -0.17]
            parts.append(
                box(spot, [0.2, 0.2, 0.06], cloth(rng), "cushion", yaw=yaw + rng.normal(0, 0.2), tilt=-0.35, bevel=0.09)
            )
    return thing(parts)


def bed(rng: np.random.Generator, at: ArrayLike, yaw: float = 0.0) -> Thing:
    """A bed whose head is at its −z."""
    foot, turn, half = np.asarray(at, float), turned(yaw), rng.uniform(0.5, 0.9)
    cover, sheet, frame = cloth(rng), mottled(rng, [0.7, 0.69, 0.66], size=0.3, depth=0.08), wood(rng)
    parts = [
        box(foot + [0, 0.2, 0], [half, 0.2, 1.02], frame, "bed", yaw=yaw),
        box(foot + turn @ [0, 0.48, 0.15], [half + 0.03, 0.1, 0.86], cover, "bed", yaw=yaw, bevel=0.08),
        box(foot + turn @ [0, 0.46, -0.8], [half, 0.08, 0.2], sheet, "bed", yaw=yaw, bevel=0.05),
        box(foot + turn @ [0, 0.55, -1.05], [half + 0.03, 0.5, 0.03], frame, "bed", yaw=yaw, bevel=0.03),
    ]
    for x in (-0.45, 0.45):
        parts.append(
            box(
                foot + turn @ [x * half, 0.6, -0.78],
                [half * 0.4, 0.07, 0.2],
                sheet,
                "cushion",
                yaw=yaw,
                bevel=0.1,
                tilt=0.2,
            )
        )
    return thing(parts)


def bookcase(rng: np.random.Generator, at: ArrayLike, yaw: float = 0.0) -> Thing:
    """Shelves full of books that face its +z."""
    foot, half, tall = np.asarray(at, float), rng.uniform(0.4, 0.8), rng.uniform(1.2, 2.1)
    frame, step, hue, shift = wood(rng), rng.uniform(0.28, 0.38), rng.random(), rng.uniform(0, 60)

    def front(spot: Spot) -> Look:
        seen = frame(spot)
        rows = np.flatnonzero(spot.own_normal[:, 2] > 0.5)
        u, v, fine = spot.own[rows, 0], spot.own[rows, 1] + tall / 2, spot.footprint[rows]
        shelf = np.floor(v / step)
        book = np.floor(u / 0.045 + 0.6 * np.sin(u * 23 + shelf))
        chance = scatter(book, shelf, np.full(len(u), shift))
        high = step * (0.55 + 0.35 * scatter(book, shelf + 50, np.full(len(u), shift)))
        tones = np.stack(
            [rgb(hue + t, 0.55 * ((t * 7) % 1), 0.04 + 0.5 * ((t * 3) % 1)) for t in np.linspace(0, 1, 24)]
        )
        colours = shaded(tones[(chance * 23.99).astype(int)], 0.3 * fractal(spot.own[rows] + shift, 0.03, 2, fine))
        dark = np.where(((v - shelf * step) < high) & (chance > 0.08), 0, -2.4)
        seams = lines(u, 0.045, 0.006, fine)
        colours = shaded(colours, dark - 0.8 * seams)
        board = lines(v + 0.012, step, 0.024, fine) + (half - np.abs(u) < 0.025)
        seen.colour[rows] = blend(colours, seen.colour[rows], board.clip(0, 1))
        return seen

    return thing(box(foot + [0, tall / 2, 0], [half, tall / 2, 0.15], front, "bookcase", yaw=yaw))


def cabinet(rng: np.random.Generator, at: ArrayLike, half: tuple[float, float, float], yaw: float = 0.0) -> Thing:
    """A cupboard with doors or drawers; `half` sizes in x, y and z."""
    foot, made, across = np.asarray(at, float), wood(rng), rng.uniform(0.3, 0.6)
    rows = rng.uniform(0.22, 0.9)

    def front(spot: Spot) -> Look:
        seen = made(spot)
        joints = lines(spot.own[:, 0] + half[0], across, 0.008, spot.footprint)
        joints = joints + lines(spot.own[:, 1] + half[1], rows, 0.008, spot.footprint)
        seen.colour = shaded(seen.colour, -1.8 * np.clip(joints, 0, 1) * (spot.own_normal[:, 2] > 0.5))
        return seen

    return thing(box(foot + [0, half[1], 0], half, front, "cabinet", yaw=yaw, bevel=0.01))


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
        bar(foot, foot + [0, 0.03, 0], 0.13 if height > 1 else 0.07, metal, "lamp"),
        bar(foot, foot + [0, height - shade / 2, 0], 0.014, metal, "lamp"),
        bar(
            foot + [0, height - shade, 0],
            foot + [0, height, 0],
            shade * 0.75,
            shining(colour, power),
            "lamp",
            taper=0.65,
        ),
    )
    spread = Lamp(foot + [0, height + 0.12, 0], np.asarray(colour * power * 0.35, np.float32))
    below = Lamp(foot + [0, height - shade - 0.06, 0], np.asarray(colour * power * 0.35, np.float32))
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


def small_thing(rng: np.random.Generator, at: ArrayLike, size: float) -> Thing:
    """A bottle, a vase, a box, a ball, a fruit, a cup or a pile of books that stands at `at`."""
    foot, kind = np.asarray(at, float), str(rng.choice(["bottle", "vase", "box", "ball", "food", "pot", "book"]))
    made = mottled(
        rng, any_colour(rng, 0.03, 0.7, 0.9), size=size, depth=0.15, mirror=float(rng.choice([0, 0.04, 0.08]))
    )
    if kind == "bottle":
        neck = foot + [0, size * 0.68, 0]
        return thing(
            bar(foot, neck, size * 0.17, made, kind),
            ball(neck, [size * 0.17, size * 0.12, size * 0.17], made, kind),
            bar(neck, foot + [0, size, 0], size * 0.07, made, kind),
        )
    if kind == "vase":
        return thing(
            bar(foot, foot + [0, size * 0.5, 0], size * 0.16, made, kind, taper=1.6),
            bar(foot + [0, size * 0.5, 0], foot + [0, size * 0.85, 0], size * 0.256, made, kind, taper=0.5),
            bar(foot + [0, size * 0.85, 0], foot + [0, size, 0], size * 0.128, made, kind, taper=1.4),
        )
    if kind == "box":
        half = size * np.array([rng.uniform(0.25, 0.5), rng.uniform(0.25, 0.5), rng.uniform(0.2, 0.4)])
        return thing(box(foot + [0, half[1], 0], half, made, kind, yaw=rng.uniform(0, 3), bevel=0.008))
    if kind == "ball":
        return thing(ball(foot + [0, size * 0.4, 0], size * 0.4, made, kind))
    if kind == "food":
        fruit = [
            ball(foot + [x * size * 0.5, size * 0.3, z * size * 0.5], size * np.array([0.31, 0.3, 0.31]), made, kind)
            for x, z in rng.normal(0, 0.8, (int(rng.integers(1, 5)), 2))
        ]
        return thing(fruit)
    if kind == "pot":
        return thing(
            bar(foot, foot + [0, size * 0.6, 0], size * 0.28, made, kind, taper=1.15),
            ball(foot + [size * 0.34, size * 0.32, 0], [size * 0.12, size * 0.16, size * 0.03], made, kind),
        )
    books, level = [], 0.0
    for _ in range(int(rng.integers(1, 5))):
        thick = size * rng.uniform(0.06, 0.15)
        cover = mottled(rng, any_colour(rng, 0.03, 0.7, 0.9), depth=0.06)
        books.append(
            box(
                foot + [0, level + thick, 0],
                [size * 0.5, thick, size * 0.35],
                cover,
                "book",
                yaw=rng.normal(0, 0.4),
                bevel=0.004,
            )
        )
        level += 2 * thick
    return thing(books)


def door(rng: np.random.Generator, centre: ArrayLike, yaw: float) -> Thing:
    """A door with panels that looks to its +z."""
    at, turn = np.asarray(centre, float), turned(yaw)
    colour = any_colour(rng, 0.08, 0.75, 0.6)
    made, case = mottled(rng, colour, size=0.4, depth=0.08, mirror=0.02), mottled(rng, any_colour(rng, 0.2, 0.8, 0.3))
    across, high = rng.uniform(0.38, 0.5), 1.02
    panel: Doubles = np.array([across - 0.12, 0.38, 0.0])
    parts = [
        box(at, [across + 0.08, high + 0.06, 0.03], case, "door", yaw=yaw),
        box(at, [across, high, 0.045], made, "door", yaw=yaw),
    ]
    for y in (-0.5, 0.48):
        parts.append(box(at + turn @ [0, y, 0.02], panel + [0, 0, 0.035], made, "door", yaw=yaw, bevel=0.03))
    parts.append(
        ball(at + turn @ [across - 0.08, -0.02, 0.08], 0.03, mottled(rng, [0.4, 0.38, 0.3], mirror=0.3), "door")
    )
    return thing(parts)
