"""What stands in streets: cars, lamps, poles, signs, bins and benches."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from .noise import edge
from .place import Lamp
from .solids import UP, Doubles, Solid, ball, bar, box, hull, turned
from .surfaces import Look, Spot, Surface, any_colour, blend, mottled, planks, rgb, shining
from .tracing import Thing, thing


def paintwork(rng: np.random.Generator) -> Surface:
    colour = any_colour(rng, 0.015, 0.75, 0.85) if rng.random() < 0.6 else rgb(0.6, 0.05, np.exp(rng.uniform(-4, -0.3)))
    return mottled(rng, colour, size=1.5, depth=0.03, mirror=0.09)


def car(rng: np.random.Generator, at: ArrayLike, yaw: float = 0.0, *, lights: bool = False) -> Thing:
    """A car, a van or a lorry that points along its z; `yaw` 0 shows its back to somebody who looks along −z."""
    foot, turn = np.asarray(at, float), turned(yaw)
    van = rng.random() < 0.25
    long, wide = rng.uniform(3.6, 4.9) / 2, rng.uniform(1.65, 1.95) / 2
    high = rng.uniform(1.8, 2.4) if van else rng.uniform(1.4, 1.68)
    belt = high * (0.5 if van else rng.uniform(0.52, 0.6))
    paint, glass = paintwork(rng), mottled(rng, rgb(0.55, 0.2, rng.uniform(0.01, 0.04)), depth=0.05, mirror=0.14)
    rubber, rim = mottled(rng, [0.02, 0.02, 0.02], depth=0.1), mottled(rng, [0.3, 0.3, 0.32], size=0.1, mirror=0.1)
    plastic = mottled(rng, [0.03, 0.03, 0.033], depth=0.1)

    def at_body(x: float, y: float, z: float) -> Doubles:
        return np.asarray(foot + turn @ [x, y, z])

    nose, tail = (0.25, 0.1) if van else (rng.uniform(0.35, 0.6), rng.uniform(0.15, 0.6))
    centre = (belt + 0.22) / 2
    low = hull(
        at_body(0, centre, 0),
        [wide, (belt - 0.22) / 2, long],
        [
            [0, 0.35, 0.6, 0.88],
            [0, 0.35, -0.6, 0.85],
            [0.5, 0.3, 0, 0.72],
            [-0.5, 0.3, 0, 0.72],
            [0, -0.5, 0.6, 0.95],
            [0, -0.5, -0.6, 0.95],
        ],
        paint,
        "car",
        yaw=yaw,
    )
    cabin = np.array([wide * 0.93, (high - belt) / 2, long * (0.82 if van else 0.6)])
    middle = at_body(0, belt + cabin[1] * 0.98, (0.1 if van else 0.06) * long)
    slants = [[0, nose, -1, 1 - nose], [0, tail, 1, 1 - tail], [1, 0.12, 0, 0.88], [-1, 0.12, 0, 0.88]]
    panes = _glazed(rng, paint, glass, cabin, nose, tail)
    parts: list[Solid] = [low, hull(middle, cabin, slants, panes, "car", yaw=yaw)]
    wheel = rng.uniform(0.3, 0.35)
    for x in (-1, 1):
        for z in (-0.62, 0.62):
            hub = at_body(x * (wide - 0.12), wheel, z * long)
            out = turn @ [x * 0.14, 0, 0]
            parts.append(bar(hub - out, hub + out, wheel, rubber, "car"))
            parts.append(bar(hub + out, hub + out * 1.12, wheel * 0.6, rim, "car"))
    strength = 6.0 if lights else 0.05
    for x in (-1, 1):
        white, red = shining([1.0, 0.95, 0.85], strength), shining([0.9, 0.05, 0.03], strength * 0.4 + 0.1)
        parts.append(
            box(at_body(x * wide * 0.72, belt * 0.78, -long * 0.97), [0.16, 0.07, 0.05], white, "car", yaw=yaw)
        )
        parts.append(box(at_body(x * wide * 0.76, belt * 0.82, long * 0.97), [0.12, 0.09, 0.05], red, "car", yaw=yaw))
    parts.append(box(at_body(0, 0.38, 0), [wide * 0.97, 0.1, long * 1.01], plastic, "car", yaw=yaw))
    plate = mottled(rng, [0.7, 0.7, 0.65], size=0.05, depth=0.3)
    parts.append(box(at_body(0, belt * 0.55, long * 0.99), [0.26, 0.06, 0.04], plate, "car", yaw=yaw))
    return thing(parts)


def _glazed(
    rng: np.random.Generator, paint: Surface, glass: Surface, half: Doubles, nose: float, tail: float
) -> Surface:
    """A cabin of `half` sizes (3,) that is glass between a roof and posts."""
    posts = rng.uniform(-0.15, 0.1) * half[2] + np.array([0.0, 0.55 * half[2]])

    def look(spot: Spot) -> Look:
        seen, panes = paint(spot), glass(spot)
        up = spot.own[:, 1] / half[1]
        x, z = np.abs(spot.own[:, 0]), spot.own[:, 2]
        side = np.abs(spot.own_normal[:, 0]) > 0.6
        ahead, behind = z + half[2] * (1 - nose * (up + 1)), half[2] * (1 - tail * (up + 1)) - z
        gap = np.where(side, np.minimum(ahead, behind), half[0] * (0.94 - 0.12 * up) - x) - 0.06
        gap = np.minimum(gap, np.where(side, np.abs(z[:, None] - posts).min(1) - 0.04, 1.0))
        gap = np.minimum(np.minimum(gap, (0.72 - up) * half[1]), (up + 0.93) * half[1])
        part = edge(np.where(up > 0.99, -1.0, gap), spot.footprint)
        seen.colour = blend(seen.colour, panes.colour, part)
        if seen.mirror is not None and panes.mirror is not None:
            seen.mirror = seen.mirror * (1 - part) + panes.mirror * part
        return seen

    return look


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
    rows = rng.uniform(0.07, 0.15)

    def board(spot: Spot) -> Look:
        along, up = spot.across()
        seen = mottled(rng_copy, ground, depth=0.05)(spot)
        word = ((up / rows) % 1 < 0.5) & ((np.sin(along * 61) + np.sin(along * 37 + up / rows)) > -0.2)
        seen.colour[word & (np.abs(spot.own_normal[:, 2]) > 0.5)] = letters
        return seen

    rng_copy = np.random.default_rng(int(rng.integers(1 << 30)))
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
