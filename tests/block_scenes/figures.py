"""People and animals, made of bars and balls."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from .noise import fractal
from .solids import Doubles, Solid, ball, bar, turned
from .surfaces import Look, Spot, Surface, any_colour, mottled, rgb, shaded, striped
from .tracing import Thing, thing


def cloth(rng: np.random.Generator) -> Surface:
    """Any cloth: plain with folds, or with stripes."""
    if rng.random() < 0.2:
        return striped(rng, any_colour(rng), any_colour(rng), rng.uniform(0.03, 0.12))
    colour, shift = any_colour(rng, 0.02, 0.6, 0.65), rng.uniform(0, 60, 3)

    def look(spot: Spot) -> Look:
        folds = fractal(spot.world * [1, 0.4, 1] + shift, 0.16, 3, spot.footprint)
        weave = fractal(spot.world + shift, 0.01, 2, spot.footprint)
        bump = 0.3 * np.column_stack([folds, 0.3 * folds, -folds])
        return Look(shaded(colour, 0.2 * folds + 0.12 * weave), bump=bump.astype(np.float32))

    return look


def person(
    rng: np.random.Generator,
    at: ArrayLike,
    height: float | None = None,
    *,
    facing: float | None = None,
    sitting: bool = False,
) -> Thing:
    """Somebody who stands, walks or sits; `facing` is the turn about y in radians."""
    tall = rng.uniform(1.52, 1.9) if height is None else height
    turn = turned(rng.uniform(0, 2 * np.pi) if facing is None else facing)
    foot = np.asarray(at, float)
    skin = mottled(
        rng, rgb(rng.uniform(0.045, 0.08), rng.uniform(0.25, 0.5), np.exp(rng.uniform(-2.8, -0.7))), depth=0.08
    )
    hair = mottled(
        rng, rgb(rng.uniform(0.02, 0.12), rng.uniform(0, 0.6), np.exp(rng.uniform(-4.5, -1))), size=0.05, depth=0.4
    )
    coat, trousers, shoe = cloth(rng), cloth(rng), mottled(rng, any_colour(rng, 0.02, 0.3), depth=0.1)
    wide = rng.uniform(0.9, 1.15)
    hip = 0.5 * tall if not sitting else 0.27 * tall

    def at_body(x: float, y: float, z: float) -> Doubles:
        return np.asarray(foot + turn @ (np.array([x, y, z]) * [tall, 1, tall]))

    parts: list[Solid] = []
    stride = 0 if sitting else rng.uniform(0, 0.14)
    skirt = not sitting and rng.random() < 0.25
    for side in (-1, 1):
        x = 0.052 * side
        ankle = at_body(x, 0.04 * tall, -0.25 if sitting else stride * side)
        knee = at_body(x, hip if sitting else 0.28 * tall, -0.25 if sitting else stride * side * 0.3 - 0.02)
        parts.append(bar(at_body(x, hip, 0), knee, 0.052 * tall * wide, trousers, "person", taper=0.75))
        parts.append(bar(knee, ankle, 0.039 * tall * wide, skin if skirt else trousers, "person", taper=0.7))
        parts.append(ball(knee, 0.039 * tall * wide, skin if skirt else trousers, "person"))
        parts.append(
            ball(ankle + turn @ [0, -0.012 * tall, -0.03 * tall], np.array([0.03, 0.024, 0.075]) * tall, shoe, "person")
        )
        shoulder, swing = at_body(0.105 * side * wide, hip + 0.31 * tall, 0), rng.uniform(-0.1, 0.1)
        elbow = at_body(0.125 * side * wide, hip + 0.14 * tall, swing * 0.6)
        hand = at_body(0.12 * side * wide, hip + rng.uniform(-0.01, 0.09) * tall, swing - 0.06)
        parts += [
            ball(shoulder, 0.036 * tall * wide, coat, "person"),
            bar(shoulder, elbow, 0.034 * tall * wide, coat, "person", taper=0.8),
            ball(elbow, 0.0275 * tall * wide, coat, "person"),
            bar(elbow, hand, 0.027 * tall * wide, coat if rng.random() < 0.6 else skin, "person", taper=0.75),
            ball(hand, 0.026 * tall, skin, "person"),
        ]
    yaw = float(np.arctan2(turn[0, 2], turn[0, 0]))
    chest = np.array([0.098 * wide, 0.17, 0.068 * wide]) * tall
    parts += [
        ball(at_body(0, hip + 0.19 * tall, 0), chest, coat, "person", yaw=yaw),
        ball(
            at_body(0, hip + 0.03 * tall, 0),
            np.array([0.088 * wide, 0.085, 0.07 * wide]) * tall,
            coat if skirt else trousers,
            "person",
            yaw=yaw,
        ),
        bar(at_body(0, hip + 0.3 * tall, 0), at_body(0, hip + 0.39 * tall, -0.005), 0.03 * tall, skin, "person"),
        ball(at_body(0, hip + 0.43 * tall, -0.008), np.array([0.042, 0.06, 0.052]) * tall, skin, "person", yaw=yaw),
        ball(at_body(0, hip + 0.448 * tall, 0.006), np.array([0.046, 0.052, 0.053]) * tall, hair, "person", yaw=yaw),
    ]
    if skirt:
        parts.append(
            bar(at_body(0, 0.27 * tall, 0), at_body(0, hip + 0.05 * tall, 0), 0.15 * tall, coat, "person", taper=0.5)
        )
    if rng.random() < 0.3:
        parts.append(
            ball(
                at_body(0, hip + 0.2 * tall, 0.075), np.array([0.075, 0.11, 0.05]) * tall, cloth(rng), "person", yaw=yaw
            )
        )
    return thing(parts)


def animal(rng: np.random.Generator, at: ArrayLike, size: float) -> Thing:
    """Something on four legs, `size` metres high at the shoulder: a dog, a sheep or a cow."""
    foot, turn = np.asarray(at, float), turned(rng.uniform(0, 2 * np.pi))
    yaw = float(np.arctan2(turn[0, 2], turn[0, 0]))
    coat = mottled(
        rng,
        rgb(rng.uniform(0.03, 0.12), rng.uniform(0, 0.6), np.exp(rng.uniform(-3.5, -0.5))),
        size=size * 0.4,
        depth=0.5,
    )
    fat = rng.uniform(0.22, 0.36)

    def at_body(x: float, y: float, z: float) -> Doubles:
        return np.asarray(foot + turn @ (np.array([x, y, z]) * size))

    parts = [ball(at_body(0, 0.72, 0), np.array([fat, fat * 1.05, 0.62]) * size, coat, "animal", yaw=yaw)]
    for x in (-1, 1):
        for z in (-0.42, 0.42):
            knee = at_body(x * fat * 0.6, 0.6, z)
            parts.append(
                bar(knee, at_body(x * fat * 0.6, 0, z + rng.normal(0, 0.05)), size * 0.085, coat, "animal", taper=0.6)
            )
    down = rng.uniform(-0.35, 0.25)
    parts += [
        bar(at_body(0, 0.8, -0.45), at_body(0, 1.0 + down, -0.75), size * 0.15, coat, "animal", taper=0.75),
        ball(at_body(0, 1.05 + down, -0.85), np.array([0.13, 0.13, 0.23]) * size, coat, "animal", yaw=yaw),
        bar(at_body(0, 0.85, 0.55), at_body(0, 0.6, 0.85), size * 0.05, coat, "animal", taper=0.4),
    ]
    for x in (-0.1, 0.1):
        parts.append(ball(at_body(x, 1.17 + down, -0.78), np.array([0.04, 0.09, 0.04]) * size, coat, "animal"))
    return thing(parts)
