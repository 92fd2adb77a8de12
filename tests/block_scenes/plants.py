"""Trees, bushes and pot plants: ellipsoids that noise has cut leaves and gaps into."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from .noise import fractal
from .solids import UP, Cut, Solid, ball, bar
from .surfaces import Floats, Look, Spot, Surface, any_colour, mottled, rgb, shaded
from .tracing import Thing, thing


def leaf_colour(rng: np.random.Generator) -> Floats:
    """Greens mostly, and autumn, blossom or dry leaves."""
    chance = rng.random()
    if chance < 0.84:
        return rgb(rng.normal(0.225, 0.03), rng.uniform(0.3, 0.65), rng.uniform(0.03, 0.16))
    if chance < 0.96:
        return rgb(rng.uniform(0.035, 0.15), rng.uniform(0.4, 0.75), rng.uniform(0.06, 0.25))
    return rgb(rng.uniform(0.85, 1.0), rng.uniform(0.05, 0.25), rng.uniform(0.3, 0.5))


def foliage(rng: np.random.Generator, colour: Floats, grain: float) -> Surface:
    """Leaves, lighter and darker by clusters `grain` metres wide."""
    shift = rng.uniform(0, 60, 3)
    deep = rng.uniform(0.5, 0.9)

    def look(spot: Spot) -> Look:
        clumps = fractal(spot.world + shift, grain * 5, 3, spot.footprint)
        leaves = fractal(spot.world + shift, grain, 2, spot.footprint, 0.8)
        tone = 0.3 * clumps + deep * leaves + 0.25 * spot.own_normal[:, 1] - 0.2
        bump = np.column_stack([leaves, 0.5 * clumps, np.roll(leaves, 1)]) * 0.5
        return Look(shaded(colour, tone), bump=bump.astype(np.float32), through=0.4)

    return look


def gaps(rng: np.random.Generator, grain: float, open_part: float) -> Cut:
    """Takes away an `open_part` (0-1) of a crown in holes about `grain` metres wide."""
    x, y, z = rng.uniform(0, 60, 3)
    return (1, x, y, z, grain, 0.5 + 0.2 * (2 * open_part - 1))


def bark(rng: np.random.Generator) -> Surface:
    colour = rgb(rng.uniform(0.06, 0.12), rng.uniform(0.05, 0.35), rng.uniform(0.03, 0.18))
    shift = rng.uniform(0, 60, 3)

    def look(spot: Spot) -> Look:
        ridges = fractal(spot.world * [1, 0.18, 1] + shift, 0.09, 3, spot.footprint, 0.8)
        moss = fractal(spot.world + shift, 0.7, 3, spot.footprint)
        fine = fractal(spot.world * np.array([1, 0.4, 1]) + shift, 0.025, 2, spot.footprint)
        colours = shaded(colour, 0.45 * ridges + 0.3 * moss + 0.3 * fine)
        return Look(colours, bump=(0.35 * np.column_stack([ridges, 0 * ridges, -ridges])).astype(np.float32))

    return look


def broad_tree(
    rng: np.random.Generator,
    at: ArrayLike,
    height: float,
    away: float,
    colour: Floats | None = None,
    *,
    clear: float | None = None,
    spread: float | None = None,
) -> Thing:
    """A tree with a trunk and a round crown; far ones (`away` in metres from the camera) have fewer parts.

    `clear` is the part of the height below the crown, `spread` the crown's width in heights.
    """
    foot = np.asarray(at, float)
    clear = rng.uniform(0.15, 0.4) if clear is None else clear
    spread = rng.uniform(0.45, 0.9) if spread is None else spread
    colour = leaf_colour(rng) if colour is None else colour
    grain = max(0.09, 0.004 * away)
    wood, leaves, cut = bark(rng), foliage(rng, colour, grain), gaps(rng, grain * 1.6, rng.uniform(0.4, 0.65))
    lean = rng.normal(0, 0.03, 2) * height
    top = foot + np.array([lean[0], height * (clear + 0.45 * (1 - clear)), lean[1]])
    thick = height * rng.uniform(0.011, 0.02)
    parts: list[Solid] = [bar(foot - 0.3 * UP, top, thick, wood, "tree", taper=0.45)]
    crown = np.array([spread / 2, (1 - clear) / 2, spread / 2]) * height
    middle = foot + np.array([lean[0], height * (clear + (1 - clear) / 2), lean[1]])
    count = int(np.clip(300 / max(away, 1), 5, 22))
    for number in range(count):
        turn, up = rng.uniform(0, 2 * np.pi), rng.uniform(-0.75, 0.8)
        out = np.sqrt(1 - up * up) * rng.uniform(0.3, 0.95)
        centre = middle + crown * [out * np.cos(turn), up * 0.75, out * np.sin(turn)]
        size = crown.mean() * rng.uniform(0.22, 0.5) * (1.25 if count < 12 else 1)
        parts.append(ball(centre, size * rng.uniform(0.6, 1.4, 3), leaves, "tree", yaw=turn, cut=cut))
        if away < 25 and number % 4 == 0:
            parts.append(
                bar(foot + (top - foot) * rng.uniform(0.6, 0.95), centre, thick * 0.4, wood, "tree", taper=0.4)
            )
    parts.append(ball(middle, crown * 0.5, leaves, "tree", cut=cut))
    return thing(parts)


def conifer(rng: np.random.Generator, at: ArrayLike, height: float, away: float, colour: Floats | None = None) -> Thing:
    """A spruce or fir: cones one above the other."""
    foot = np.asarray(at, float)
    colour = rgb(rng.uniform(0.22, 0.36), rng.uniform(0.2, 0.5), rng.uniform(0.02, 0.08)) if colour is None else colour
    grain = max(0.1, 0.005 * away)
    leaves, cut = foliage(rng, colour, grain), gaps(rng, grain * 1.5, rng.uniform(0.2, 0.4))
    parts = [bar(foot - 0.3 * UP, foot + height * 0.9 * UP, height * 0.02, bark(rng), "tree", taper=0.2)]
    count, start = int(np.clip(90 / max(away, 1), 2, 7)), rng.uniform(0.05, 0.2)
    width = height * rng.uniform(0.16, 0.26)
    for number in range(count):
        low = start + (1 - start) * number / count * 0.92
        high = min(1.0, low + (1 - start) / count * 1.7)
        radius = width * (1.05 - low) * rng.uniform(0.9, 1.1)
        parts.append(
            bar(foot + low * height * UP, foot + high * height * UP, radius, leaves, "tree", taper=0.06, cut=cut)
        )
    return thing(parts)


def bush(
    rng: np.random.Generator,
    at: ArrayLike,
    size: float,
    away: float,
    colour: Floats | None = None,
    label: str = "plant",
) -> Thing:
    """Some round clumps of leaves that stand on the ground."""
    foot = np.asarray(at, float)
    grain = max(0.03, 0.004 * away)
    leaves = foliage(rng, leaf_colour(rng) if colour is None else colour, grain)
    cut = gaps(rng, grain * 1.6, rng.uniform(0.35, 0.6))
    parts = []
    for _ in range(int(rng.integers(6, 14))):
        radii = size * rng.uniform(0.18, 0.45) * rng.uniform(0.8, 1.3, 3)
        aside = rng.normal(0, 0.35 * size, 2)
        middle = foot + np.array([aside[0], radii[1] * rng.uniform(0.5, 1.1), aside[1]])
        parts.append(ball(middle, radii, leaves, label, cut=cut))
    return thing(parts)


def stems(rng: np.random.Generator, at: ArrayLike, height: float, count: int) -> Thing:
    """Stems with leaves from one foot: reeds, or a pot plant's."""
    foot = np.asarray(at, float)
    leaves = foliage(rng, leaf_colour(rng), 0.05)
    parts = []
    for _ in range(count):
        lean = rng.normal(0, 0.25, 2) * height
        tip = foot + np.array([lean[0], height * rng.uniform(0.6, 1.0), lean[1]])
        parts.append(bar(foot, tip, height * rng.uniform(0.012, 0.04), leaves, "plant", taper=0.2))
        if rng.random() < 0.7:
            parts.append(ball(tip, height * np.array([0.14, 0.05, 0.09]), leaves, "plant", yaw=rng.uniform(0, 6)))
    return thing(parts)


def tuft(rng: np.random.Generator, at: ArrayLike, height: float, leaves: Surface, label: str) -> Thing:
    """Blades that fan out from one foot."""
    foot = np.asarray(at, float)
    parts = []
    for _ in range(int(rng.integers(7, 16))):
        root = foot + np.array([rng.normal(0, 0.15), 0, rng.normal(0, 0.15)]) * height
        lean = rng.normal(0, 0.35, 2) * height
        tip = root + np.array([lean[0], height * rng.uniform(0.5, 1.0), lean[1]])
        parts.append(bar(root, tip, height * rng.uniform(0.012, 0.03), leaves, label, taper=0.1))
    return thing(parts)


def pot_plant(rng: np.random.Generator, at: ArrayLike, height: float) -> list[Thing]:
    """A plant in its pot."""
    foot = np.asarray(at, float)
    pot = height * rng.uniform(0.28, 0.4)
    clay = mottled(rng, any_colour(rng, 0.1, 0.6), size=0.2, depth=0.12, mirror=0.02)
    body = bar(foot, foot + pot * UP, pot * 0.38, clay, "pot", taper=1.35)
    if rng.random() < 0.5:
        return [thing(body), stems(rng, foot + pot * UP, height - pot, int(rng.integers(9, 18)))]
    return [thing(body), bush(rng, foot + pot * 0.8 * UP, (height - pot) * 0.8, 1.0)]
