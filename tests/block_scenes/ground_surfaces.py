"""What grounds are made of, drawn anew for each scene."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from .noise import fractal, lines
from .surfaces import Look, Spot, Surface, any_colour, blend, mottled, planks, rgb, shaded, tiles


def grass(rng: np.random.Generator, dry: float | None = None) -> Surface:
    """Blades in patches, from fresh (`dry` 0) to straw (1)."""
    dry = float(rng.random() ** 1.5) if dry is None else dry
    fresh = rgb(rng.normal(0.22, 0.02), rng.uniform(0.35, 0.6), rng.uniform(0.07, 0.2))
    straw = rgb(rng.uniform(0.1, 0.15), rng.uniform(0.25, 0.5), rng.uniform(0.2, 0.4))
    first = fresh * (1 - dry) + straw * dry
    other = first * 0.6 + 0.4 * straw * rng.uniform(0.4, 1.0)
    shift, patch, blade = rng.uniform(0, 60, 3), rng.uniform(0.8, 4), rng.uniform(0.5, 0.9)

    def look(spot: Spot) -> Look:
        wide = fractal(spot.world + shift, patch * 4, 3, spot.footprint)
        tufts = fractal(spot.world + shift, patch / 3, 4, spot.footprint, 0.7)
        blades = fractal(spot.world * [1, 1, 0.45] + shift, 0.035, 3, spot.footprint, 0.8)
        colours = blend(first, other, np.clip(0.45 + 0.3 * wide + 0.25 * tufts, 0, 1))
        return Look(shaded(colours, 0.35 * tufts + blade * blades - 0.1), through=0.25)

    return look


def soil(rng: np.random.Generator, kind: str | None = None) -> Surface:
    """Earth, gravel or sand."""
    kind = kind or str(rng.choice(["earth", "gravel", "sand"]))
    shift = rng.uniform(0, 60, 3)
    if kind == "earth":
        colour, grain, depth = rgb(rng.uniform(0.06, 0.11), rng.uniform(0.2, 0.5), rng.uniform(0.05, 0.22)), 0.25, 0.35
    elif kind == "gravel":
        colour, grain, depth = rgb(rng.uniform(0.05, 0.15), rng.uniform(0, 0.2), rng.uniform(0.15, 0.4)), 0.04, 0.6
    else:
        colour, grain, depth = rgb(rng.uniform(0.07, 0.13), rng.uniform(0.15, 0.4), rng.uniform(0.3, 0.55)), 0.15, 0.12

    def look(spot: Spot) -> Look:
        wide = fractal(spot.world + shift, 3.0, 4, spot.footprint)
        fine = fractal(spot.world + shift, grain, 4, spot.footprint, 0.75)
        ripples = fractal(spot.world * [0.3, 1, 1] + shift, 0.35, 2, spot.footprint) if kind == "sand" else fine
        return Look(shaded(colour, 0.25 * wide + depth * fine + (0.08 * ripples if kind == "sand" else 0)))

    return look


def leaf_litter(rng: np.random.Generator) -> Surface:
    """Old leaves on moss and earth, in speckles of light."""
    leaf = rgb(rng.uniform(0.05, 0.12), rng.uniform(0.3, 0.65), rng.uniform(0.06, 0.22))
    moss = rgb(rng.uniform(0.17, 0.25), rng.uniform(0.35, 0.65), rng.uniform(0.04, 0.14))
    shift, share = rng.uniform(0, 60, 3), rng.uniform(-0.6, 0.8)

    def look(spot: Spot) -> Look:
        wide = fractal(spot.world + shift, 2.5, 4, spot.footprint)
        fine = fractal(spot.world + shift, 0.09, 3, spot.footprint, 0.8)
        return Look(shaded(blend(leaf, moss, np.clip(0.5 + 0.5 * wide + share + 0.2 * fine, 0, 1)), 0.6 * fine))

    return look


def asphalt(rng: np.random.Generator, wet: bool = False) -> Surface:
    """A road's surface with patches, seams and stains."""
    colour = rgb(rng.uniform(0.55, 0.7) if rng.random() < 0.6 else 0.08, rng.uniform(0, 0.15), rng.uniform(0.05, 0.22))
    shift, seam, cracked = rng.uniform(0, 60, 3), rng.uniform(3, 9), rng.random() < 0.3

    def look(spot: Spot) -> Look:
        stain = fractal(spot.world * [1, 1, 0.3] + shift, 2.0, 4, spot.footprint)
        patch = fractal(spot.world + shift, 6.0, 2, spot.footprint) > 0.9
        grit = fractal(spot.world + shift, 0.03, 2, spot.footprint)
        crack = np.abs(fractal(spot.world + shift + 9, 1.5, 4, spot.footprint)) < 0.02 * cracked
        seams = lines(spot.world[:, 2] + shift[0], seam, 0.03, spot.footprint)
        tone = (
            0.22 * stain + 0.2 * grit - 0.35 * patch - 0.8 * crack * np.clip(0.04 / spot.footprint, 0, 1) - 0.6 * seams
        )
        puddle = np.clip(stain * 0.8 + 0.1, 0, 1) * 0.25 if wet else None
        return Look(shaded(colour, tone), None if puddle is None else puddle.astype(np.float32), traced=wet)

    return look


def paving(rng: np.random.Generator) -> Surface:
    """Slabs, setts or concrete."""
    colour = rgb(rng.uniform(0.05, 0.14), rng.uniform(0, 0.25), rng.uniform(0.12, 0.45))
    other = colour * rng.uniform(0.7, 1.25) * (1 + 0.08 * rng.normal(size=3)).clip(0.8, 1.2)
    size = float(rng.choice([0.12, 0.3, 0.5, 1.2]))
    return tiles(rng, colour, other.clip(0.02, 0.9), size, joint=max(0.008, size * 0.03))


def floor(rng: np.random.Generator) -> Surface:
    """What a room may have on its floor."""
    choice, mirror = rng.random(), float(rng.choice([0.0, 0.02, 0.05]))
    if choice < 0.45:
        wood = rgb(rng.uniform(0.04, 0.1), rng.uniform(0.3, 0.7), rng.uniform(0.06, 0.4))
        return planks(rng, wood, rng.uniform(0.06, 0.2), mirror)
    if choice < 0.75:
        colour = any_colour(rng, 0.1, 0.7, 0.4)
        checked = bool(rng.random() < 0.35)
        other = any_colour(rng, 0.05, 0.7, 0.3) if checked else colour * rng.uniform(0.85, 1.1)
        return tiles(rng, colour, other, float(rng.choice([0.2, 0.33, 0.6])), mirror=mirror, checked=checked)
    return mottled(rng, any_colour(rng, 0.06, 0.5, 0.35), size=0.05, depth=0.25, octaves=2)


def water(rng: np.random.Generator, swell: float | None = None) -> Surface:
    """Water that mirrors what stands around it in waves; `swell` is their steepness."""
    deep = rgb(rng.uniform(0.42, 0.6), rng.uniform(0.3, 0.8), rng.uniform(0.015, 0.1))
    swell = float(rng.choice([0.015, 0.05, 0.12]) * rng.uniform(0.7, 1.4)) if swell is None else swell
    shift, longest = rng.uniform(0, 60, 3), rng.uniform(0.8, 5)
    lean = rng.uniform(0.3, 0.8)

    def look(spot: Spot) -> Look:
        places = spot.world * [lean, 1, 1] + shift
        tilt_x = fractal(places, longest, 6, spot.footprint * 0.5, 0.7)
        tilt_z = fractal(places + 31.7, longest, 6, spot.footprint * 0.5, 0.7)
        bump = np.column_stack([swell * tilt_x, np.zeros(len(tilt_x)), swell * 1.3 * tilt_z])
        murk = fractal(places, 25, 2, spot.footprint)
        colours = shaded(deep, 0.2 * murk + 0.1 * tilt_z)
        return Look(colours, np.full(len(murk), 0.03, np.float32), bump=bump.astype(np.float32), traced=True)

    return look


def slopes(
    rng: np.random.Generator, low: Surface, bare: ArrayLike, *, snow: float = np.inf, steep: float = 0.75
) -> Surface:
    """Hills: `low` growth where it is not steep, rock of a colour where it is, snow above a height."""
    shift = rng.uniform(0, 60, 3)
    woods = rgb(rng.uniform(0.2, 0.36), rng.uniform(0.3, 0.6), rng.uniform(0.02, 0.08))
    share, size = rng.uniform(-1.2, 0.8), rng.uniform(40, 150)

    def look(spot: Spot) -> Look:
        seen = low(spot)
        patch = fractal(spot.world + shift, size, 5, spot.footprint)
        crowns = fractal(spot.world + shift, 9, 3, spot.footprint, 0.8)
        away = np.clip(np.linalg.norm(spot.world[:, [0, 2]], axis=1) / 60 - 1.5, 0, 1)
        seen.colour = blend(seen.colour, shaded(woods, 0.6 * crowns), np.clip((patch + share) * 3, 0, 1) * away)
        rock = shaded(bare, 0.3 * fractal(spot.world * [1, 2.5, 1] + shift, 20, 6, spot.footprint, 0.7))
        upright = np.clip((steep - spot.normal[:, 1] + 0.08 * patch) * 9, 0, 1)
        seen.colour = blend(seen.colour, rock, upright)
        if np.isfinite(snow):
            white = np.clip((spot.world[:, 1] - snow + 15 * patch) / 15, 0, 1) * (1 - 0.7 * upright)
            seen.colour = blend(seen.colour, [0.8, 0.83, 0.88], white)
        return seen

    return look
