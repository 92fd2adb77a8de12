"""Where trees, grass and flowers stand."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from lucida.engines.painter.scene.country import Country, kind_of
from lucida.engines.painter.scene.noise import fractal
from lucida.engines.painter.scene.plants import BARE, BROADLEAF, CONIFER, KINDS
from lucida.engines.painter.scene.terrain import DRY, Land, ground
from lucida.engines.painter.scene.words import SceneWords
from lucida.imaging.kernels import jit

FOLIAGE = {  # colours a season's leaves have
    "": ((0.060, 0.120, 0.022), (0.085, 0.140, 0.026), (0.048, 0.098, 0.020)),
    "spring": ((0.100, 0.190, 0.030), (0.140, 0.220, 0.040), (0.50, 0.30, 0.33)),
    "summer": ((0.055, 0.115, 0.020), (0.080, 0.130, 0.024), (0.045, 0.095, 0.018)),
    "autumn": ((0.48, 0.16, 0.022), (0.55, 0.29, 0.035), (0.36, 0.07, 0.02), (0.30, 0.20, 0.04)),
    "winter": ((0.06, 0.08, 0.03),),
}
NEEDLES = (0.026, 0.062, 0.026)
FLOWERS = ((0.70, 0.05, 0.03), (0.80, 0.62, 0.05), (0.75, 0.72, 0.72), (0.40, 0.12, 0.55), (0.75, 0.25, 0.42))


@jit
def heights(land: Land, x: NDArray[np.float64], z: NDArray[np.float64]) -> NDArray[np.float64]:
    """The land's height at places (n,)."""
    found = np.empty(x.shape[0])
    for k in range(x.shape[0]):
        found[k] = ground(land, x[k], z[k], 9.0)
    return found


@jit
def groves(x: NDArray[np.float64], z: NDArray[np.float64], seed: int) -> NDArray[np.float64]:
    """How dense woods are at places (n,), about 0 to 1."""
    found = np.empty(x.shape[0])
    for k in range(x.shape[0]):
        found[k] = 0.5 + fractal(x[k] / 45, z[k] / 45, seed, 3.0)
    return found


def trees_of(
    scene: SceneWords, country: Country, wide: float, taken: NDArray[np.float64], rng: np.random.Generator
) -> NDArray[np.float64]:
    """Trees (n, 10) as `plants.draw_trees` reads them, far ones last; `wide` is half the view's width over depth.

    `taken` (m, 3) are places x, z and radii where none stands.
    """
    kind = kind_of(scene)
    if "trees" in scene.absent and kind != "forest":
        return np.zeros((0, 10))
    wooded = "forest" in (kind, *scene.also)
    counts = {
        "plain": 60,
        "meadow": 160,
        "field": 50,
        "hills": 260,
        "mountains": 90,
        "dunes": 0,
        "city": 0,
        "village": 260,
    }
    many = 2300 if wooded else counts.get(kind, 0)
    if scene.trees == -1:
        many = max(many, 420)
    nearest, farthest = (13.0 if wooded else 28.0), (420.0 if wooded else 650.0)
    if country.land.water:
        nearest, farthest = (13.0, 420.0) if wooded else (22.0, 1500.0 if scene.water == "lake" else 650.0)
    if kind == "mountains" and not wooded and scene.trees <= 0 and not country.land.water:
        nearest = 60.0
    if scene.water == "sea" and not wooded and scene.trees == 0:
        many = 0
    if scene.trees > 0 and not wooded:
        many = scene.trees
        nearest, farthest = 18.0, 40.0
    spare = many if scene.trees > 0 and not wooded else 0
    drawn = many * (1 if not spare else 40)
    ahead = nearest * (farthest / nearest) ** (rng.uniform(0, 1, drawn) ** (0.55 if wooded else 0.75))
    x = rng.uniform(-1.08, 1.08, drawn) * (wide * ahead * (0.8 if spare else 1) + 22 * wooded)
    y = heights(country.land, x, -ahead)
    keep = y > (0.35 if country.land.water != DRY else -1e9)
    if not wooded and not spare:
        keep &= groves(x, -ahead, country.land.seed + 50) > rng.uniform(0.40, 0.62, drawn)
    if wooded:  # a way into the wood
        keep &= (np.abs(x - 0.16 * ahead * np.sin(ahead / 40)) > 3.4) | (ahead > 130)
    for at_x, at_z, radius in taken:
        keep &= np.hypot(x - at_x, -ahead - at_z) > radius + 4
        keep &= ~((np.abs(x / ahead - at_x / -at_z) < 1.3 * radius / -at_z) & (ahead < -at_z))
    chosen = np.flatnonzero(keep)[: spare or None]
    x, y, ahead = x[chosen], y[chosen], ahead[chosen]
    order = np.argsort(ahead)
    return _dressed(scene, kind, x[order], y[order], ahead[order], rng)


def _dressed(
    scene: SceneWords, kind: str, x: NDArray[np.float64], y: NDArray[np.float64], ahead: NDArray[np.float64],
    rng: np.random.Generator,
) -> NDArray[np.float64]:  # fmt: skip
    """Kinds, sizes and colours of trees at places."""
    n = len(x)
    needles = {"conifer": 1.0, "broadleaf": 0.0}.get(
        scene.tree, 0.75 if kind == "mountains" else 0.12 if scene.season == "autumn" else 0.3
    )
    conifer = rng.uniform(size=n) < needles
    bare = (scene.season == "winter") & ~conifer
    shape = np.where(conifer, CONIFER, np.where(bare, BARE, BROADLEAF)) + rng.integers(KINDS, size=n)
    tall = np.where(conifer, rng.uniform(10, 19, n), rng.uniform(7, 13, n)) * (1.35 if kind == "forest" else 1.0)
    tall *= scene.sizes.get("trees", 1.0)
    choices = np.array(FOLIAGE[scene.season])
    leaf = choices[rng.integers(len(choices), size=n)] * rng.uniform(0.75, 1.25, (n, 1))
    leaf = np.where(conifer[:, None], np.array(NEEDLES) * rng.uniform(0.8, 1.3, (n, 1)), leaf)
    colour = scene.colours.get("trees", scene.colours.get("forest"))
    if colour is not None:
        leaf = np.array(colour) * rng.uniform(0.7, 1.1, (n, 1))
    bark = rng.uniform(0.5, 1.0, n)
    return np.column_stack([x, y - 0.1, -ahead, tall, rng.uniform(0, 6.28, n), shape, leaf, bark])


def grass_of(
    scene: SceneWords, country: Country, wide: float, taken: NDArray[np.float64], rng: np.random.Generator
) -> NDArray[np.float64]:
    """Blades (n, 11) as `plants.draw_grass` reads them."""
    kind = kind_of(scene)
    if kind in ("dunes", "city") or (scene.season == "winter" and "trees" in scene.absent):
        return np.zeros((0, 11))
    snow = scene.season == "winter" or scene.falling == "snow"
    many = {"meadow": 60000, "field": 60000}.get(kind, 42000) // (160 if snow else 1)
    if scene.water == "sea":
        return np.zeros((0, 11))
    ahead = 1.6 * (60 / 1.6) ** rng.uniform(0, 1, many)
    x = rng.uniform(-1.05, 1.05, many) * wide * ahead
    y = heights(country.land, x, -ahead)
    dense = groves(4 * x, -4 * ahead, country.land.seed + 51)
    keep = (y > 0.55 if country.land.water else y > -1e9) & (dense > rng.uniform(0.1, 0.6, many))
    for at_x, at_z, radius in taken:
        keep &= np.hypot(x - at_x, -ahead - at_z) > radius
    x, y, ahead, dense = x[keep], y[keep], ahead[keep], dense[keep]
    n = len(x)
    tall = (
        rng.uniform(0.10, 0.30, n)
        * (0.6 + 0.8 * dense)
        * (2.2 if kind == "field" else 0.7 if kind == "forest" else 1.0)
    )
    lean = rng.normal(0, 0.38, (2, n)) * tall + np.array([[0.12], [0.0]]) * tall
    low, dry = country.soil.low, country.soil.dry
    share = np.clip(rng.normal(0.45, 0.3, n), 0, 1)[:, None] * (1.0 if kind == "field" else 0.75)
    colour = (low * (1 - share) + dry * share) * rng.uniform(0.9, 1.9, (n, 1))
    flower = np.zeros(n)
    if (scene.flowers or kind == "meadow") and "flowers" not in scene.absent and not snow:
        patch = groves(2.2 * x + 900, -2.2 * ahead, country.land.seed + 52)
        blooms = (rng.uniform(size=n) < (0.30 if scene.flowers else 0.03)) & (patch > 0.42)
        flower = np.where(blooms, rng.uniform(0.016, 0.032, n), 0)
        named = scene.colours.get("flowers")
        hues = np.array(FLOWERS if named is None else [named])
        colour = np.where(blooms[:, None], hues[(3 * patch * len(hues)).astype(int) % len(hues)], colour)
        tall = np.where(blooms, tall * 1.35 + 0.05, tall)
    foot = np.column_stack([x, y - 0.02, -ahead])
    tip = np.column_stack([x + lean[0], y + tall, -np.maximum(ahead + lean[1], 0.8)])
    width = rng.uniform(0.0035, 0.0075, n) * (1 + ahead / 14)
    return np.column_stack([foot, tip, width, colour, flower])
