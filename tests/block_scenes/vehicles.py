"""Cars and boats."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from .noise import edge
from .solids import UP, Doubles, Solid, bar, box, hull, turned
from .surfaces import Look, Spot, Surface, any_colour, blend, mottled, rgb, shining
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


def boat(rng: np.random.Generator, at: ArrayLike) -> Thing:
    """A boat with a mast or a cabin that floats at `at`."""
    foot, yaw = np.asarray(at, float), rng.uniform(0, 6)
    paint, deck = (
        mottled(rng, any_colour(rng, 0.05, 0.8, 0.9), size=0.6, mirror=0.04),
        mottled(rng, rgb(0.08, 0.5, 0.2)),
    )
    long = rng.uniform(1.8, 3.5)
    body = [
        [0.9, 0, 0.75, 1.05],
        [-0.9, 0, 0.75, 1.05],
        [0.6, -0.55, 0, 0.72],
        [-0.6, -0.55, 0, 0.72],
        [0, -0.4, 0.7, 0.85],
    ]
    parts = [hull(foot + 0.2 * UP, [0.8, 0.45, long], body, paint, "boat", yaw=yaw)]
    if rng.random() < 0.6:
        cabin = turned(yaw) @ [0, 0.95, -0.2 * long]
        parts.append(box(foot + cabin, [0.45, 0.4, long * 0.3], deck, "boat", yaw=yaw, bevel=0.1))
    else:
        parts.append(bar(foot, foot + long * 2.2 * UP, 0.04, deck, "boat", taper=0.6))
    return thing(parts)
