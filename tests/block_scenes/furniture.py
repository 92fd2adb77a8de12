"""What stands in rooms."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from .figures import cloth
from .noise import fractal, lines, scatter
from .solids import UP, Solid, bar, box, turned
from .surfaces import Look, Spot, Surface, any_colour, blend, mottled, planks, rgb, shaded
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
        box(foot + (height - 0.02) * UP, [half[0], 0.02, half[1]], top, "table", yaw=yaw, bevel=0.012)
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
    parts: list[Solid] = [box(foot + 0.45 * UP, [0.21, 0.025, 0.21], made, "chair", yaw=yaw, bevel=0.02)]
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
        box(foot + 0.2 * UP, [half, 0.2, 1.02], frame, "bed", yaw=yaw),
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

    return thing(box(foot + tall / 2 * UP, [half, tall / 2, 0.15], front, "bookcase", yaw=yaw))


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

    return thing(box(foot + half[1] * UP, half, front, "cabinet", yaw=yaw, bevel=0.01))
