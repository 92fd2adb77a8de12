"""A room: walls with a window, boards, and the furniture that was asked for, all of convex solids."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lucida.engines.painter.scene.solids import (
    BOARDS,
    CLOTH,
    GLOW,
    MOST_PLANES,
    PICTURE,
    PLAIN,
    PLASTER,
    Colour,
    Place,
    Solid,
    Solids,
    box,
    convex,
    gathered,
    tapered,
)  # fmt: skip
from lucida.engines.painter.scene.words import SceneWords

WALL, FLOOR, CEILING, WINDOW, SOFA, TABLE, CHAIR, BED, SHELF, RUG, PLANT, LAMP, PAINTING = range(6, 19)
ROOM_NAMES = (
    "wall", "floor", "ceiling", "window", "sofa", "table", "chair", "bed", "shelf", "rug", "plant", "lamp", "painting",
)  # fmt: skip
HIGH, DEEP, BEHIND = 2.65, 5.4, 1.4  # metres: the ceiling, the far wall, the wall at the viewer's back
USUAL = ("sofa", "table", "rug", "lamp", "shelf", "plant", "painting")
WALLS: tuple[Colour, ...] = (
    (0.66, 0.60, 0.50),
    (0.50, 0.56, 0.55),
    (0.62, 0.52, 0.45),
    (0.70, 0.68, 0.64),
    (0.40, 0.47, 0.44),
)
CLOTHS: tuple[Colour, ...] = (
    (0.14, 0.20, 0.27),
    (0.33, 0.12, 0.08),
    (0.20, 0.24, 0.16),
    (0.42, 0.35, 0.26),
    (0.36, 0.22, 0.06),
)
BOOKS: tuple[Colour, ...] = (
    (0.40, 0.09, 0.06), (0.10, 0.16, 0.30), (0.55, 0.45, 0.28), (0.10, 0.22, 0.14),
    (0.30, 0.24, 0.20), (0.62, 0.57, 0.48), (0.05, 0.06, 0.09),
)  # fmt: skip
_NO_SHADOW = 1e-9  # what shines casts none; so many books would cost more time than their shadows show
OAK: Colour = (0.36, 0.20, 0.10)
PANE = (-1.75, -0.15, 0.85, 2.25)  # the window in the far wall: left, right, bottom, top


@dataclass(frozen=True)
class Room:
    """What stands in a room, where its lamp is, and half its width in metres."""

    solids: Solids
    lamp: Place | None
    half: float


def soft(at: Place, size: Place, colour: Colour, segment: int, turn: float = 0.0) -> Solid:
    """A cushion: a box whose upper edges are bevelled."""
    width, high, deep = size
    round_ = min(0.3 * high, 0.07)
    normals = np.array(
        [[1, 0, 0], [-1, 0, 0], [0, 1, 0], [0, -1, 0], [0, 0, 1], [0, 0, -1],
         [1, 1, 0], [-1, 1, 0], [0, 1, 1], [0, 1, -1], [1, 0, 1], [-1, 0, 1]], float
    )[:MOST_PLANES]  # fmt: skip
    corner = np.array(
        [width / 2 + high, width / 2 + high, deep / 2 + high, deep / 2 + high, (width + deep) / 2, (width + deep) / 2]
    )
    offsets = np.append([width / 2, width / 2, high, 0, deep / 2, deep / 2], corner - round_)
    length = np.linalg.norm(normals, axis=1)
    look = (float(CLOTH), *colour, turn, 0.0, 0.0, float(segment))
    return convex(at, turn, float(np.hypot(width, deep)) / 2, high, normals / length[:, None], offsets / length, look)


def _shell(half: float, wall: Colour) -> list[Solid]:
    """Floor, ceiling and walls, a hole for the window in the far one, and the window's bars."""
    long, thick, middle = DEEP + BEHIND, 0.3, -(DEEP - BEHIND) / 2
    left, right, low, high = PANE
    white: Colour = (0.78, 0.77, 0.74)
    back = -DEEP - thick / 2

    def far(x0: float, x1: float, y0: float, y1: float) -> Solid:
        return box(((x0 + x1) / 2, y0, back), (x1 - x0, y1 - y0, thick), wall, WALL, surface=PLASTER)

    solids = [
        box((0, -0.2, middle), (2 * half + 1, 0.2, long + 1), OAK, FLOOR, surface=BOARDS),
        box((0, HIGH, middle), (2 * half + 1, 0.2, long + 1), (0.80, 0.79, 0.76), CEILING, surface=PLASTER),
        box((-half - thick / 2, 0, middle), (thick, HIGH, long), wall, WALL, surface=PLASTER),
        box((half + thick / 2, 0, middle), (thick, HIGH, long), wall, WALL, surface=PLASTER),
        box((0, 0, BEHIND + thick / 2), (2 * half, HIGH, thick), wall, WALL, surface=PLASTER),
        far(-half, left, 0, HIGH), far(right, half, 0, HIGH), far(left, right, 0, low), far(left, right, high, HIGH),
        box((0, 0, -DEEP + 0.01), (2 * half, 0.11, 0.02), white, WALL),
        box((-half + 0.01, 0, middle), (0.02, 0.11, long), white, WALL),
        box((half - 0.01, 0, middle), (0.02, 0.11, long), white, WALL),
        box(((left + right) / 2, low - 0.05, -DEEP + 0.02), (right - left + 0.3, 0.05, 0.3), white, WINDOW),
    ]  # fmt: skip
    for x in (left + 0.03, (left + right) / 2, right - 0.03):
        solids.append(box((x, low, -DEEP - 0.08), (0.06, high - low, 0.06), white, WINDOW))
    for y in (low, low + 0.62 * (high - low), high - 0.06):
        solids.append(box(((left + right) / 2, y, -DEEP - 0.08), (right - left, 0.055, 0.055), white, WINDOW))
    return solids


def _curtains(colour: Colour) -> list[Solid]:
    left, right, _, high = PANE
    solids = [
        box(((left + right) / 2, high + 0.14, -DEEP + 0.1), (right - left + 0.9, 0.03, 0.03), (0.1, 0.09, 0.08), WINDOW)
    ]
    for side, start in ((-1, left + 0.10), (1, right - 0.10)):
        for k in range(5):
            at = (start + side * 0.10 * k, 0.05, -DEEP + 0.10 + 0.025 * (k % 2))
            solids.append(soft(at, (0.105, high + 0.09, 0.07), colour, WINDOW, turn=0.5 if k % 2 else -0.5))
    return solids


def _sofa(x: float, z: float, colour: Colour) -> list[Solid]:
    darker: Colour = (0.8 * colour[0], 0.8 * colour[1], 0.8 * colour[2])
    solids = [box((x, 0.10, z), (2.0, 0.22, 0.84), darker, SOFA, surface=CLOTH)]
    solids += [soft((x + dx, 0.32, z + 0.06), (0.80, 0.16, 0.70), colour, SOFA) for dx in (-0.41, 0.41)]
    solids += [soft((x + dx, 0.30, z - 0.33), (0.81, 0.56, 0.22), colour, SOFA) for dx in (-0.41, 0.41)]
    solids += [soft((x + dx, 0.10, z), (0.20, 0.52, 0.90), darker, SOFA) for dx in (-0.98, 0.98)]
    solids.append(soft((x - 0.62, 0.47, z - 0.12), (0.42, 0.36, 0.14), (0.62, 0.42, 0.12), SOFA, turn=0.35))
    solids.append(soft((x + 0.60, 0.47, z - 0.12), (0.42, 0.36, 0.14), (0.55, 0.52, 0.47), SOFA, turn=-0.3))
    solids += [
        box((x + dx, 0, z + dz), (0.06, 0.1, 0.06), (0.06, 0.04, 0.03), SOFA)
        for dx in (-0.9, 0.9)
        for dz in (-0.3, 0.3)
    ]
    return solids


def _table(x: float, z: float, high: float, size: tuple[float, float], colour: Colour, segment: int) -> list[Solid]:
    wide, deep = size
    solids = [box((x, high - 0.045, z), (wide, 0.045, deep), colour, segment, surface=BOARDS)]
    for dx in (-1, 1):
        for dz in (-1, 1):
            at = (x + dx * (wide / 2 - 0.07), 0.0, z + dz * (deep / 2 - 0.07))
            solids.append(tapered(at, 0.020, 0.034, high - 0.045, colour, segment, sides=8))
    return solids


def _shelf(x: float, z: float, colour: Colour, rng: np.random.Generator) -> list[Solid]:
    """A bookcase against the left wall, its books in rows."""
    deep, wide, high = 0.32, 1.5, 2.0
    solids = [box((x, 0, z + side * wide / 2), (deep, high, 0.04), colour, SHELF) for side in (-1, 1)]
    solids.append(box((x - deep / 2 + 0.01, 0, z), (0.02, high, wide), colour, SHELF))
    for row in range(5):
        y = 0.06 + row * 0.48
        solids.append(box((x, y, z), (deep, 0.035, wide), colour, SHELF))
        at = -wide / 2 + 0.05
        while row < 4 and at < wide / 2 - 0.12:
            thick = float(rng.uniform(0.05, 0.11))
            if rng.uniform() < 0.86:
                tall = float(rng.uniform(0.24, 0.38))
                place = (x + 0.02, y + 0.035, z + at + thick / 2)
                book = BOOKS[int(rng.integers(len(BOOKS)))]
                solids.append(box(place, (0.20, tall, thick - 0.006), book, SHELF, light=_NO_SHADOW))
            at += thick
    return solids


def _plant(x: float, z: float, rng: np.random.Generator) -> list[Solid]:
    solids = [tapered((x, 0, z), 0.13, 0.19, 0.34, (0.50, 0.24, 0.14), PLANT)]
    for _ in range(26):
        turn, lean, y = rng.uniform(0, 6.28), rng.uniform(0.03, 0.30), rng.uniform(0.32, 0.95)
        at = (x + lean * float(np.cos(turn)), y, z + lean * float(np.sin(turn)))
        green = float(rng.uniform(0.6, 1.2))
        leaf: Colour = (0.05 * green, 0.15 * green, 0.04 * green)
        solids.append(soft(at, (0.17, float(rng.uniform(0.10, 0.30)), 0.035), leaf, PLANT, turn=float(turn + 1.57)))
    return solids


def _bed(x: float, z: float, colour: Colour) -> list[Solid]:
    return [
        box((x, 0.12, z), (1.7, 0.2, 2.0), OAK, BED, surface=BOARDS),
        box((x, 0, z - 1.0), (1.8, 1.05, 0.08), OAK, BED, surface=BOARDS),
        soft((x, 0.32, z), (1.64, 0.22, 1.96), (0.75, 0.73, 0.69), BED),
        soft((x, 0.36, z + 0.35), (1.76, 0.23, 1.35), colour, BED),
        soft((x - 0.4, 0.54, z - 0.72), (0.66, 0.16, 0.42), (0.78, 0.76, 0.73), BED, turn=0.05),
        soft((x + 0.4, 0.54, z - 0.72), (0.66, 0.16, 0.42), (0.78, 0.76, 0.73), BED, turn=-0.05),
    ]


def room_of(scene: SceneWords, seed: int) -> Room:
    """The room of a scene; a room of which nothing is said has what rooms usually have."""
    rng = np.random.default_rng([seed, 2])
    half = float(rng.uniform(2.35, 2.75))
    things = set(scene.furniture) - {"window"}
    things |= {thing for thing in USUAL if thing not in scene.absent}
    if "bed" in scene.furniture:
        things -= {"sofa", "table"} - set(scene.furniture)

    def pick(thing: str, colours: tuple[Colour, ...]) -> Colour:
        usual = colours[int(rng.integers(len(colours)))]
        return scene.colours.get(thing, usual)

    wall, cloth, curtain = pick("room", WALLS), pick("sofa", CLOTHS), pick("window", CLOTHS)
    solids = _shell(half, wall) + _curtains((0.4 * curtain[0] + 0.35, 0.4 * curtain[1] + 0.33, 0.4 * curtain[2] + 0.29))
    x = half - 1.45
    if "sofa" in things:
        solids += _sofa(x, -DEEP + 0.62, cloth)
    if "bed" in things:
        solids += _bed(x if "sofa" not in things else -half + 1.2, -DEEP + 1.15, pick("bed", CLOTHS))
    if "rug" in things:
        solids.append(
            box(
                (x - 0.35, 0, -DEEP + 2.0),
                (2.9, 0.015, 1.9),
                pick("rug", ((0.45, 0.20, 0.13), (0.30, 0.34, 0.40))),
                RUG,
                surface=CLOTH,
                seed=9.0,
            )
        )
    if "table" in things:
        brown = pick("table", (OAK, (0.20, 0.10, 0.05)))
        solids += _table(x - 0.1, -DEEP + 1.75, 0.42, (1.15, 0.6), brown, TABLE)
        solids.append(tapered((x + 0.15, 0.42, -DEEP + 1.7), 0.05, 0.075, 0.10, (0.62, 0.60, 0.56), TABLE))
        solids.append(box((x - 0.35, 0.42, -DEEP + 1.8), (0.24, 0.03, 0.17), (0.12, 0.20, 0.30), TABLE, turn=0.3))
    if "chair" in things:
        red = pick("chair", (OAK, (0.30, 0.10, 0.06)))
        solids += _table(-0.9, -DEEP + 1.55, 0.47, (0.46, 0.46), red, CHAIR)
        solids.append(soft((-0.9, 0.47, -DEEP + 1.35), (0.44, 0.50, 0.05), red, CHAIR))
    if "shelf" in things:
        solids += _shelf(-half + 0.17, -DEEP + 1.9, pick("shelf", (OAK, (0.62, 0.60, 0.56))), rng)
    if "plant" in things:
        solids += _plant(-half + 0.45, -DEEP + 0.48, rng)
    if "painting" in things:
        solids.append(box((x, 1.35, -DEEP + 0.02), (1.06, 0.76, 0.035), (0.08, 0.06, 0.045), PAINTING))
        hue = pick("painting", ((0.5, 0.28, 0.12), (0.12, 0.26, 0.36)))
        solids.append(
            box(
                (x, 1.40, -DEEP + 0.024),
                (0.96, 0.66, 0.04),
                hue,
                PAINTING,
                surface=PICTURE,
                seed=float(rng.integers(99)),
            )
        )
    lamp = None
    if "lamp" in things:
        at = min(x + 1.22, half - 0.25), -DEEP + 0.42
        solids.append(tapered((at[0], 0, at[1]), 0.15, 0.13, 0.03, (0.05, 0.045, 0.04), LAMP))
        solids.append(tapered((at[0], 0.03, at[1]), 0.014, 0.014, 1.42, (0.05, 0.045, 0.04), LAMP, sides=6))
        shade = pick("lamp", ((0.95, 0.72, 0.42),))
        solids.append(tapered((at[0], 1.40, at[1]), 0.23, 0.15, 0.32, shade, LAMP, surface=GLOW, light=1.0))
        lamp = (at[0], 1.55, at[1])
    return Room(gathered([solid for solid in solids if int(solid.look[0]) >= PLAIN]), lamp, half)
