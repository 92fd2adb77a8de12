"""What stands on tables and shelves."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from .solids import UP, Doubles, Solid, ball, bar, box
from .surfaces import Surface, any_colour, mottled, striped, tiles
from .tracing import Thing, thing

KINDS = ("bottle", "vase", "box", "ball", "food", "pot", "book", "glass")


def small_thing(rng: np.random.Generator, at: ArrayLike, size: float) -> Thing:
    """A bottle, a vase, a box, a ball, fruit, a mug, a tumbler or a pile of books, `size` metres high, at its foot."""
    foot, kind = np.asarray(at, float), str(rng.choice(KINDS))
    if kind == "book":
        return thing(_books(rng, foot, size))
    made, spare = _finish(rng, size), _finish(rng, size)
    top = foot + size * UP
    if kind == "bottle":
        neck, wide = foot + size * 0.66 * UP, size * rng.uniform(0.13, 0.19)
        return thing(
            bar(foot, neck, wide, made, kind),
            ball(neck, [wide, size * 0.13, wide], made, kind),
            bar(neck, foot + size * 0.94 * UP, size * 0.06, made, kind),
            bar(foot + size * 0.93 * UP, top, size * 0.07, spare, kind),
            bar(foot + size * 0.15 * UP, foot + size * 0.5 * UP, wide * 1.015, spare, kind),
        )
    if kind == "vase":
        low, high, wide = foot + size * 0.5 * UP, foot + size * 0.85 * UP, size * rng.uniform(0.12, 0.2)
        return thing(
            bar(foot, low, wide, made, kind, taper=1.6),
            bar(low, high, wide * 1.6, made, kind, taper=0.5),
            bar(high, top, wide * 0.8, spare, kind, taper=1.4),
        )
    if kind == "box":
        half = size * np.array([rng.uniform(0.25, 0.5), rng.uniform(0.25, 0.5), rng.uniform(0.2, 0.4)])
        turn = rng.uniform(0, 3)
        lid = box(foot + 1.9 * half * UP, half * [1.02, 0.1, 1.02], spare, kind, yaw=turn, bevel=0.006)
        return thing(box(foot + half * UP, half, made, kind, yaw=turn, bevel=0.008), lid)
    if kind == "ball":
        return thing(ball(foot + size * 0.4 * UP, size * 0.4, made, kind))
    if kind == "food":
        return thing(_fruit(rng, foot, size))
    if kind == "glass":
        return thing(bar(foot, foot + size * 0.6 * UP, size * rng.uniform(0.15, 0.25), made, kind, taper=1.25))
    side = foot + size * np.array([0.34, 0.32, 0])
    ear = ball(side, size * np.array([0.12, 0.16, 0.03]), made, kind)
    return thing(bar(foot, foot + size * 0.6 * UP, size * 0.28, made, kind, taper=1.15), ear)


def _finish(rng: np.random.Generator, size: float) -> Surface:
    """Glazed, painted or printed."""
    colour, chance = any_colour(rng, 0.03, 0.7, 0.75), rng.random()
    if chance < 0.2:
        return striped(rng, colour, any_colour(rng, 0.05, 0.8, 0.7), size * rng.uniform(0.08, 0.3))
    if chance < 0.3:
        return tiles(rng, colour, any_colour(rng, 0.05, 0.8, 0.6), size * 0.12, 0.002, 0.0, True)
    shine = float(rng.choice([0, 0.04, 0.08]))
    return mottled(rng, colour, size=size * rng.uniform(0.3, 1.5), depth=rng.uniform(0.08, 0.4), mirror=shine, hue=0.15)


def _fruit(rng: np.random.Generator, foot: Doubles, size: float) -> list[Solid]:
    """Some of a sort that lie beside each other."""
    radius, colour = size * rng.uniform(0.2, 0.3), any_colour(rng, 0.05, 0.5, 0.9)
    fruit: list[Solid] = []
    start = rng.uniform(0, 6)
    for number in range(int(rng.integers(1, 6))):
        turn, away = start + number * 2.2, radius * (0 if number == 0 else 2.1)
        skin = mottled(rng, colour * rng.uniform(0.8, 1.2), size=radius, depth=0.25, mirror=0.03, hue=0.2)
        middle = foot + np.array([away * np.cos(turn), radius * 0.95, away * np.sin(turn)])
        fruit.append(ball(middle, radius * np.array([1.0, 0.95, 1.0]), skin, "food"))
    return fruit


def _books(rng: np.random.Generator, foot: Doubles, size: float) -> list[Solid]:
    books: list[Solid] = []
    level = 0.0
    for _ in range(int(rng.integers(1, 5))):
        thick, turn = size * rng.uniform(0.06, 0.15), rng.normal(0, 0.4)
        cover, paper = _finish(rng, size), mottled(rng, [0.6, 0.57, 0.48], size=0.004, depth=0.2, octaves=2)
        middle, half = foot + (level + thick) * UP, np.array([size * 0.5, thick, size * 0.35])
        books.append(box(middle, half * [0.985, 0.8, 0.985], paper, "book", yaw=turn))
        for side in (-0.9, 0.9):
            books.append(box(middle + side * thick * UP, half * [1, 0.1, 1], cover, "book", yaw=turn))
        level += 2 * thick
    return books
