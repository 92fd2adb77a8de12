"""Buildings, houses and fences, with windows drawn on their walls."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from .noise import fractal, lines, scatter
from .solids import UP, Solid, bar, box, gable, turned
from .surfaces import Floats, Look, Spot, Surface, any_colour, blend, mottled, planks, rgb, shaded
from .tracing import Thing, thing


def masonry(rng: np.random.Generator, colour: Floats | None = None) -> Surface:
    """A wall's own surface: brick, render, boards or blocks of stone."""
    choice = rng.random()
    shift = rng.uniform(0, 60, 3)
    if colour is None:
        warm = rng.random() < 0.7
        hue = rng.uniform(0.03, 0.14) if warm else rng.random()
        colour = rgb(hue, rng.uniform(0, 0.45 if warm else 0.25), np.exp(rng.uniform(-2.0, -0.35)))
    if choice < 0.4:
        return mottled(rng, colour, size=2.5, depth=0.13, octaves=7)
    if choice < 0.55:
        return planks(rng, colour, rng.uniform(0.12, 0.25))
    high, joint = (0.075, 0.012) if choice < 0.85 else (rng.uniform(0.25, 0.5), 0.02)
    if choice < 0.85:
        colour = rgb(rng.uniform(0.0, 0.09), rng.uniform(0.2, 0.7), rng.uniform(0.07, 0.35))
    long, mortar = high * rng.uniform(2.6, 3.2), rgb(0.1, 0.1, rng.uniform(0.12, 0.5))

    def look(spot: Spot) -> Look:
        along, up = spot.across()
        row = np.floor(up / high)
        moved = along + 0.5 * long * (row % 2)
        sharp = np.clip(high / np.maximum(spot.footprint, 1e-6) - 0.5, 0, 1)
        tone = (scatter(row, np.floor(moved / long)) - 0.5) * sharp
        joints = (lines(up, high, joint, spot.footprint) + lines(moved, long, joint, spot.footprint)).clip(0, 1)
        stain = fractal(spot.own + shift, 2.0, 5, spot.footprint)
        return Look(blend(shaded(colour, 0.9 * tone + 0.14 * stain), mortar, joints))

    return look


def facade(rng: np.random.Generator, storey: float, ground_floor: bool = True, lit: float = 0.0) -> Surface:
    """A wall with rows of windows, frames and sills; `lit` of them shine. Up is from the box's foot."""
    wall = masonry(rng)
    wide, share = rng.uniform(1.6, 3.6), rng.uniform(0.35, 0.72)
    tall, sill = rng.uniform(0.45, 0.72), rng.uniform(0.15, 0.3)
    frame, glass = any_colour(rng, 0.05, 0.8, 0.4), rgb(0.58, rng.uniform(0, 0.5), rng.uniform(0.01, 0.05))
    glow = rgb(rng.uniform(0.07, 0.14), rng.uniform(0.2, 0.7), 1.0)
    bands, shop = bool(rng.random() < 0.4), masonry(rng)
    shift, panes = rng.uniform(0, 60, 3), int(rng.integers(1, 3))

    def look(spot: Spot) -> Look:
        seen = wall(spot)
        along, up = spot.across()
        # The foot of the wall is the lowest point of the box, which the box's own axes do not tell: the world does.
        level = spot.world[:, 1]
        column, storeys = np.floor(along / wide), np.floor(level / storey)
        u = np.abs(along / wide - column - 0.5) * wide
        v = level - storeys * storey - sill * storey
        half, high = wide * share / 2, tall * storey
        shopping = ground_floor & (storeys == 0)
        half_here = np.where(shopping, wide * 0.44, half)
        high_here, v = np.where(shopping, 0.62 * storey, high), np.where(shopping, v + 0.1 * storey, v)
        inside = np.minimum(half_here - u, np.minimum(v, high_here - v))
        upright = np.abs(spot.own_normal[:, 1]) < 0.5
        opening = np.clip((inside + 0.12) / spot.footprint + 0.5, 0, 1) * upright
        pane = np.clip(inside / spot.footprint + 0.5, 0, 1) * upright
        bars = np.clip((0.03 - np.abs(u - (half_here / panes if panes > 1 else -1.0))) / spot.footprint + 0.5, 0, 1)
        pane *= 1 - bars
        if bands:
            seen.colour = shaded(seen.colour, -0.6 * lines(level + 0.2, storey, 0.25, spot.footprint) * upright)
        if ground_floor:
            low = (storeys == 0) & upright
            seen.colour[low] = shop(spot.part(np.flatnonzero(low))).colour
        chance = scatter(column, storeys + 100 * (spot.own_normal[:, 0] > 0.5), np.full(len(u), shift[0]))
        curtain = np.clip(
            0.5 + fractal(np.column_stack([along * 4, up * 0.4, 0 * u]) + shift, 1.0, 2, spot.footprint), 0, 1
        )
        dark = shaded(glass, 2.2 * chance * curtain)
        seen.colour = blend(blend(seen.colour, frame, opening), dark, pane)
        seen.mirror = (0.12 * pane).astype(np.float32)
        if lit > 0:
            on = (chance < lit) * pane * (0.3 + chance / lit)
            seen.emitted = (glow * 0.35 * on[:, None] * (0.5 + 0.5 * curtain[:, None])).astype(np.float32)
        return seen

    return look


def roofing(rng: np.random.Generator) -> Surface:
    """Rows of tiles, slates or metal sheets."""
    colour = rgb(rng.uniform(0.0, 0.1), rng.uniform(0.1, 0.7), np.exp(rng.uniform(-3, -1)))
    pitch, shift = rng.uniform(0.15, 0.4), rng.uniform(0, 60, 3)

    def look(spot: Spot) -> Look:
        rows = lines(spot.own[:, 2], pitch, 0.04, spot.footprint)
        sharp = np.clip(pitch / np.maximum(spot.footprint, 1e-6) - 0.5, 0, 1)
        tone = (scatter(spot.own[:, 2] / pitch, spot.own[:, 0] / pitch) - 0.5) * sharp
        return Look(shaded(colour, 0.5 * tone + 0.25 * fractal(spot.own + shift, 1.5, 4, spot.footprint) - 0.9 * rows))

    return look


def building(
    rng: np.random.Generator, centre: ArrayLike, half: ArrayLike, height: float, *, yaw: float = 0.0, lit: float = 0.0
) -> Thing:
    """A block of flats or a shop, `half` (2,) across in x and z; a flat or a pitched roof."""
    x, z = np.asarray(centre, float)
    wide, deep = np.asarray(half, float)
    storey = rng.uniform(2.7, 3.8)
    walls = facade(rng, storey, bool(rng.random() < 0.6), lit)
    parts = [box([x, height / 2, z], [wide, height / 2, deep], walls, "building", yaw=yaw)]
    if rng.random() < 0.45:
        rise = min(wide, deep) * rng.uniform(0.4, 0.9)
        along = 0.0 if wide > deep else np.pi / 2
        across = [max(wide, deep) + 0.3, rise / 2, min(wide, deep) + 0.4]
        parts.append(gable([x, height + rise / 2, z], across, roofing(rng), "building", yaw=yaw + along))
    else:
        edge_of = mottled(rng, any_colour(rng, 0.1, 0.6, 0.3), size=1.0)
        parts.append(box([x, height + 0.15, z], [wide + 0.2, 0.15, deep + 0.2], edge_of, "building", yaw=yaw))
    if rng.random() < 0.5:
        for level in np.arange(1, int(height / storey)):
            rail = mottled(rng, any_colour(rng, 0.05, 0.5), size=0.5)
            offset = turned(yaw) @ [(wide + 0.35) * rng.choice([-1, 1]), 0, rng.uniform(-0.5, 0.5) * deep]
            parts.append(
                box(np.array([x, level * storey + 0.4, z]) + offset, [0.35, 0.4, 1.2], rail, "building", yaw=yaw)
            )
    return thing(parts)


def house(rng: np.random.Generator, at: ArrayLike, size: float = 1.0, *, yaw: float = 0.0, lit: float = 0.0) -> Thing:
    """A house with a pitched roof and a chimney on ground at `at` (3,)."""
    foot = np.asarray(at, float)
    wide, deep, high = rng.uniform(3.5, 6.5) * size, rng.uniform(2.8, 4) * size, rng.uniform(2.6, 5.2) * size
    inner = facade(rng, high if high < 3.6 else high / 2, False, lit)
    ground = foot[1]

    def walls(spot: Spot) -> Look:
        moved = Spot(spot.world - ground * UP, spot.own, spot.normal, spot.own_normal, spot.footprint)
        return inner(moved)

    rise = deep * rng.uniform(0.5, 1.0)
    roof = roofing(rng)
    parts: list[Solid] = [
        box(foot + (high / 2 - 0.5) * UP, [wide, high / 2 + 0.5, deep], walls, "house", yaw=yaw),
        gable(foot + (high + rise / 2) * UP, [wide - 0.02, rise / 2, deep], masonry(rng), "house", yaw=yaw),
    ]
    lean = np.arctan2(rise, deep)
    for side in (-1, 1):
        offset = turned(yaw) @ [0, high + rise / 2 + 0.06, side * deep / 2]
        slab = [wide + 0.4, 0.09, np.hypot(rise, deep) / 2 + 0.25]
        parts.append(box(foot + offset, slab, roof, "house", yaw=yaw, tilt=side * lean))
    if rng.random() < 0.7:
        offset = turned(yaw) @ [wide * rng.uniform(-0.6, 0.6), high + rise, deep * 0.3]
        parts.append(box(foot + offset, [0.35, 0.7, 0.35], masonry(rng), "house", yaw=yaw))
    return thing(parts)


def fence(rng: np.random.Generator, line: Sequence[ArrayLike]) -> list[Thing]:
    """Posts with rails or pickets along a line of points (3,) on the ground."""
    tall, thick, rail = rng.uniform(0.8, 1.4), rng.uniform(0.04, 0.07), 0.03
    wood = planks(rng, rgb(rng.uniform(0.03, 0.1), rng.uniform(0, 0.5), np.exp(rng.uniform(-2.8, -0.5))), 0.08)
    apart, pickets, period = rng.uniform(1.8, 2.8), rng.random() < 0.4, rng.uniform(0.13, 0.2)
    levels = np.array([0.3, 0.8]) if pickets else np.linspace(0.35, 0.93, int(rng.integers(2, 5)))
    things: list[Thing] = []
    corners = [np.asarray(point, float) for point in line]
    for start, end in itertools.pairwise(corners):
        way = end - start
        long, yaw = float(np.linalg.norm(way)), float(np.arctan2(-way[2], way[0]))
        feet = start + np.linspace(0, 1, max(2, round(long / apart) + 1))[:, None] * way
        parts: list[Solid] = [bar(foot - 0.3 * UP, foot + tall * UP, thick, wood, "fence", taper=0.9) for foot in feet]
        for low, high in itertools.pairwise(feet):
            parts += [bar(low + tall * level * UP, high + tall * level * UP, rail, wood, "fence") for level in levels]
        if pickets and abs(way[1]) < 0.3:
            size, cut = [long / 2, tall * 0.48, 0.012], (2, period, 0.55, 0, 0, 0)
            parts.append(box((start + end) / 2 + tall * 0.52 * UP, size, wood, "fence", yaw=yaw, cut=cut))
        things.append(thing(parts))
    return things
