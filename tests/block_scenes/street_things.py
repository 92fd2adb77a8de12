"""What stands in streets: lamps, poles, signs, bins and benches."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from .place import Lamp
from .solids import UP, Solid, ball, bar, box, turned
from .surfaces import Look, Spot, any_colour, mottled, planks, rgb, shining
from .tracing import Thing, thing


def street_lamp(
    rng: np.random.Generator, at: ArrayLike, towards: float, height: float | None = None, *, lit: bool = False
) -> tuple[list[Thing], list[Lamp]]:
    """A post with an arm of which the end is a lamp; `towards` is the side, −1 or 1, its arm goes to along x."""
    foot = np.asarray(at, float)
    tall = rng.uniform(4, 7) if height is None else height
    metal = mottled(rng, any_colour(rng, 0.02, 0.3, 0.3), size=0.4, depth=0.1, mirror=0.03)
    head = foot + np.array([towards * rng.uniform(0.4, 1.3), tall, 0])
    colour = rgb(rng.uniform(0.05, 0.13), rng.uniform(0.1, 0.75), 0.9)
    globe = shining(colour, 14.0) if lit else mottled(rng, [0.6, 0.6, 0.58], depth=0.05, mirror=0.05)
    post = thing(
        bar(foot, foot + tall * UP, 0.07, metal, "streetlight", taper=0.6),
        bar(foot + tall * UP, head, 0.045, metal, "streetlight"),
        ball(head - 0.12 * UP, [0.22, 0.13, 0.22], globe, "streetlight"),
        box(head + 0.02 * UP, [0.24, 0.04, 0.2], metal, "streetlight"),
    )
    lamps = [Lamp(head - 0.32 * UP, np.asarray(colour * rng.uniform(5, 9), np.float32))] if lit else []
    return [post], lamps


def pole(rng: np.random.Generator, at: ArrayLike, height: float) -> Thing:
    """A telegraph pole with its cross-arm."""
    foot = np.asarray(at, float)
    wood = planks(rng, rgb(rng.uniform(0.04, 0.1), rng.uniform(0.1, 0.5), rng.uniform(0.05, 0.2)), 0.05)
    arm = foot + height * 0.92 * UP
    return thing(
        bar(foot - 0.3 * UP, foot + height * UP, 0.13, wood, "pole", taper=0.75),
        box(arm, [0.9, 0.05, 0.06], wood, "pole", yaw=rng.uniform(-0.4, 0.4)),
    )


def sign(rng: np.random.Generator, at: ArrayLike, yaw: float = 0.0) -> Thing:
    """A board on a post."""
    foot, tall = np.asarray(at, float), rng.uniform(2.0, 2.6)
    metal = mottled(rng, [0.3, 0.3, 0.3], depth=0.1, mirror=0.03)
    ground, letters = any_colour(rng, 0.1, 0.7, 0.9), any_colour(rng, 0.02, 0.8, 0.5)
    rows, enamel = rng.uniform(0.07, 0.15), mottled(rng, ground, depth=0.05)

    def board(spot: Spot) -> Look:
        along, up = spot.across()
        seen = enamel(spot)
        word = ((up / rows) % 1 < 0.5) & ((np.sin(along * 61) + np.sin(along * 37 + up / rows)) > -0.2)
        seen.colour[word & (np.abs(spot.own_normal[:, 2]) > 0.5)] = letters
        return seen

    half = [rng.uniform(0.25, 0.5), rng.uniform(0.2, 0.35), 0.015]
    return thing(
        bar(foot, foot + tall * UP, 0.035, metal, "signboard"),
        box(foot + np.array([0, tall - 0.2, 0.05]), half, board, "signboard", yaw=yaw),
    )


def bin_of(rng: np.random.Generator, at: ArrayLike) -> Thing:
    foot, tall = np.asarray(at, float), rng.uniform(0.7, 1.1)
    body = mottled(rng, any_colour(rng, 0.02, 0.4), size=0.3, mirror=0.03)
    return thing(
        bar(foot, foot + tall * UP, 0.24, body, "ashcan", taper=1.15),
        bar(foot + tall * UP, foot + (tall + 0.1) * UP, 0.29, body, "ashcan", taper=0.6),
    )


def bench(rng: np.random.Generator, at: ArrayLike, yaw: float = 0.0) -> Thing:
    """A bench of boards whose back is at its −z side."""
    foot, turn, half = np.asarray(at, float), turned(yaw), rng.uniform(0.7, 1.0)
    wood = planks(rng, rgb(rng.uniform(0.03, 0.1), rng.uniform(0.2, 0.6), rng.uniform(0.06, 0.35)), 0.09)
    iron = mottled(rng, any_colour(rng, 0.02, 0.3, 0.3), size=0.3)
    parts: list[Solid] = []
    for z in (-0.16, 0.0, 0.16):
        parts.append(box(foot + turn @ [0, 0.44, z], [half, 0.02, 0.065], wood, "bench", yaw=yaw, bevel=0.01))
    for y in (0.62, 0.8):
        parts.append(
            box(foot + turn @ [0, y, -0.26], [half, 0.06, 0.018], wood, "bench", yaw=yaw, tilt=-0.15, bevel=0.01)
        )
    for x in (-0.8, 0.8):
        parts.append(box(foot + turn @ [x * half, 0.22, 0], [0.03, 0.22, 0.2], iron, "bench", yaw=yaw))
        parts.append(box(foot + turn @ [x * half, 0.62, -0.25], [0.03, 0.26, 0.02], iron, "bench", yaw=yaw))
    return thing(parts)
