"""What a surface looks like at a point, and plain ones."""

from __future__ import annotations

import colorsys
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .noise import edge, fractal, lines, scatter

Doubles = NDArray[np.float64]
Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Spot:
    """Points of one thing: in the `world` and in its `own` axes, metres; the face's normal in both; all (N, 3).

    `footprint` (N,): how many metres of the surface a pixel sees.
    """

    world: Doubles
    own: Doubles
    normal: Doubles
    own_normal: Doubles
    footprint: Doubles

    def across(self) -> tuple[Doubles, Doubles]:
        """Coordinates (N,) along and up the face of a box, or along x and z where it looks up or down."""
        face = np.abs(self.own_normal)
        flat = face[:, 1] > np.maximum(face[:, 0], face[:, 2])
        along = np.where(face[:, 0] > face[:, 2], self.own[:, 2], self.own[:, 0])
        return np.where(flat, self.own[:, 0], along), np.where(flat, self.own[:, 2], self.own[:, 1])

    def part(self, rows: NDArray[np.integer]) -> Spot:
        return Spot(self.world[rows], self.own[rows], self.normal[rows], self.own_normal[rows], self.footprint[rows])


@dataclass
class Look:
    """A surface's linear reflectance (N, 3), with what is not everyday: None where there is none of it.

    `mirror` (N,) is how much light it mirrors when looked at squarely, `emitted` (N, 3) its own light, `bump` (N, 3)
    what is added to the normal, `labels` (N,) ids in place of the thing's. `through` lets light through, 0-1;
    `traced` asks for a mirror image of the place, not only of the sky.
    """

    colour: Floats
    mirror: Floats | None = None
    emitted: Floats | None = None
    bump: Floats | None = None
    labels: NDArray[np.uint8] | None = None
    through: float = 0.0
    traced: bool = False


Surface = Callable[[Spot], Look]
# How far (N,) world points (N, 3) are inside an edge, in metres; what is there; its label, None for the thing's.
Patch = tuple[Callable[[Doubles], Doubles], Surface, int | None]


def rgb(hue: float, saturation: float, value: float) -> Floats:
    """Linear colour (3,) of a hue in turns, a saturation and a reflectance, all 0-1."""
    code = np.array(colorsys.hsv_to_rgb(hue % 1, saturation, 1.0)) ** 2.2
    return np.asarray(code / max(float(code @ [0.2126, 0.7152, 0.0722]), 0.12) * value, np.float32).clip(0, 0.92)


def _hue(rng: np.random.Generator) -> float:
    """Warm hues half of the time, as people choose them."""
    return float(rng.uniform(0.0, 0.15) if rng.random() < 0.5 else rng.random())


def any_colour(rng: np.random.Generator, low: float = 0.06, high: float = 0.7, vivid: float = 0.6) -> Floats:
    """A colour of paint or cloth: any hue, mostly muted, sometimes vivid."""
    return rgb(_hue(rng), vivid * rng.random() ** 1.5, float(np.exp(rng.uniform(np.log(low), np.log(high)))))


def shaded(colour: ArrayLike, amount: NDArray[np.floating]) -> Floats:
    """A colour (3,) or colours (N, 3) made lighter and darker by (N,) in stops."""
    return np.asarray(np.asarray(colour, np.float32) * np.exp2(np.clip(amount, -3, 2))[:, None], np.float32).clip(
        0, 0.95
    )


def blend(below: ArrayLike, above: ArrayLike, part: NDArray[np.floating]) -> Floats:
    """From `below` to `above`, each (3,) or (N, 3), by (N,) in 0-1."""
    share = np.asarray(part, np.float32)[:, None]
    return np.asarray(below, np.float32) * (1 - share) + np.asarray(above, np.float32) * share


def mottled(
    rng: np.random.Generator,
    colour: ArrayLike,
    *,
    size: float = 0.6,
    depth: float = 0.2,
    mirror: float = 0.0,
    octaves: int = 5,
    hue: float = 0.05,
) -> Surface:
    """One colour with stains and grain, of which the largest are `size` metres."""
    shift = rng.uniform(0, 60, 3)
    other = np.asarray(colour, np.float32) * (1 + hue * rng.normal(size=3)).astype(np.float32)

    def look(spot: Spot) -> Look:
        grain = fractal(spot.own + shift, size, octaves, spot.footprint, 0.65)
        mixed = blend(colour, other, np.clip(0.5 + 0.4 * grain, 0, 1))
        return Look(shaded(mixed, depth * grain), None if not mirror else np.full(len(grain), mirror, np.float32))

    return look


def striped(rng: np.random.Generator, colour: ArrayLike, other: ArrayLike, period: float) -> Surface:
    """Cloth with stripes or checks."""
    checked = rng.random() < 0.4
    shift = rng.uniform(0, 60, 3)

    def look(spot: Spot) -> Look:
        along, up = spot.across()
        part = lines(along, period, period * 0.45, spot.footprint)
        if checked:
            part = 0.5 * part + 0.5 * lines(up, period, period * 0.45, spot.footprint)
        grain = fractal(spot.own + shift, 0.06, 3, spot.footprint)
        return Look(shaded(blend(colour, other, part), 0.12 * grain))

    return look


def planks(rng: np.random.Generator, colour: ArrayLike, width: float = 0.12, mirror: float = 0.0) -> Surface:
    """Boards of wood side by side along x, with grain."""
    shift, length = rng.uniform(0, 60, 3), rng.uniform(0.8, 2.5)
    turned = rng.random() < 0.5
    varied = rng.uniform(0.1, 0.4)

    def look(spot: Spot) -> Look:
        along, up = spot.across()
        if turned:
            along, up = up, along
        row = np.floor(up / width)
        end = along + length * scatter(row, row * 0 + 3)
        tone = scatter(row, end / length) - 0.5
        tone *= np.clip(width / np.maximum(spot.footprint, 1e-6) - 0.5, 0, 1)
        fibre = np.column_stack([along * 0.08, up, spot.own.sum(1) * 0.08]) + shift + 7 * scatter(row)[:, None]
        grain = fractal(fibre, 0.03, 3, spot.footprint)
        gaps = lines(up, width, 0.006, spot.footprint) + 0.5 * lines(end, length, 0.005, spot.footprint)
        large = fractal(spot.own + shift, 1.5, 2, spot.footprint)
        colours = shaded(colour, 2 * varied * tone + 0.18 * grain + 0.1 * large) * (1 - 0.7 * gaps.clip(0, 1))[:, None]
        return Look(colours, None if not mirror else np.full(len(row), mirror, np.float32), traced=mirror > 0)

    return look


def tiles(
    rng: np.random.Generator,
    colour: ArrayLike,
    other: ArrayLike,
    size: float = 0.3,
    joint: float = 0.006,
    mirror: float = 0.0,
    checked: bool = False,
) -> Surface:
    """Square tiles, of two colours in turn where `checked`."""
    shift = rng.uniform(0, 60, 3)
    grout = np.asarray(colour, np.float32) * rng.uniform(0.3, 1.3)

    def look(spot: Spot) -> Look:
        along, up = spot.across()
        column, row = np.floor(along / size), np.floor(up / size)
        sharp = np.clip(size / np.maximum(spot.footprint, 1e-6) - 0.7, 0, 1)
        tone = (scatter(column, row) - 0.5) * sharp
        mixed = blend(colour, other, 0.5 + ((column + row) % 2 - 0.5) * sharp if checked else 0.5 + tone)
        stain = fractal(spot.own + shift, 0.8, 5, spot.footprint)
        gaps = lines(along, size, joint, spot.footprint) + lines(up, size, joint, spot.footprint)
        colours = blend(shaded(mixed, 0.2 * tone + 0.1 * stain), grout, gaps.clip(0, 1))
        return Look(colours, None if not mirror else (mirror * (1 - 0.5 * gaps)).astype(np.float32), traced=mirror > 0)

    return look


def shining(colour: ArrayLike, strength: float) -> Surface:
    """A lamp: its own light is `colour` times `strength`."""
    light = np.asarray(colour, np.float32) * strength

    def look(spot: Spot) -> Look:
        colours = np.full((len(spot.footprint), 3), 0.7, np.float32)
        return Look(colours, emitted=np.broadcast_to(light, colours.shape).astype(np.float32))

    return look


def patched(base: Surface, *patches: Patch) -> Surface:
    """`base` with others on it, each inside its edge and with its label."""

    def look(spot: Spot) -> Look:
        whole = base(spot)
        for distance_to, surface, label in patches:
            distance = distance_to(spot.world)
            rows = np.flatnonzero(distance > -spot.footprint)
            if not len(rows):
                continue
            top = surface(spot.part(rows))
            part = edge(distance[rows], spot.footprint[rows])
            whole.colour[rows] = blend(whole.colour[rows], top.colour, part)
            if whole.mirror is not None or top.mirror is not None:
                mirror = np.zeros(len(distance), np.float32) if whole.mirror is None else whole.mirror
                mirror[rows] = mirror[rows] * (1 - part) + (0 if top.mirror is None else top.mirror * part)
                whole.mirror = mirror
            if label is not None:
                labels = np.full(len(distance), 255, np.uint8) if whole.labels is None else whole.labels
                labels[rows] = np.where(distance[rows] > 0, label, labels[rows])
                whole.labels = labels
            whole.traced = whole.traced or top.traced
        return whole

    return look
