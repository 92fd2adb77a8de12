"""Trees and grass: grown once as leaves and twigs of a tree one metre high, then set into the strip by the hundred."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from lucida.engines.painter.scene.frame import Camera, Strip, disc, stroke
from lucida.engines.painter.scene.noise import scatter
from lucida.engines.painter.scene.terrain import GRASS, TREE
from lucida.imaging.kernels import jit

LEAVES, TWIGS = 26000, 500
KINDS = 4  # of each of broadleaf, conifer and bare, in this order
BROADLEAF, CONIFER, BARE = 0, KINDS, 2 * KINDS


class Grove(NamedTuple):
    """Leaves (kinds, LEAVES, 7): place, normal, shade; twigs (kinds, TWIGS, 8): both ends and radii.

    `leaf` (kinds,) is the radius that leaves have when all of them are drawn.
    """

    leaves: NDArray[np.float64]
    twigs: NDArray[np.float64]
    leaf: NDArray[np.float64]


def grow(seed: int, kinds: Iterable[int]) -> Grove:
    """The shapes of trees of these kinds; what no tree has is not grown."""
    leaves, twigs = np.zeros((3 * KINDS, LEAVES, 7)), np.zeros((3 * KINDS, TWIGS, 8))
    for kind in kinds:
        shape = (_broadleaf, _conifer, _bare)[kind // KINDS]
        leaves[kind], twigs[kind] = shape(np.random.default_rng([seed, kind]))
    return Grove(leaves, twigs, np.repeat([0.0066, 0.0050, 0.0], KINDS))


def _padded(twigs: list[list[float]]) -> NDArray[np.float64]:
    padded = np.zeros((TWIGS, 8))
    padded[: len(twigs)] = np.array(twigs[:TWIGS])
    return padded


def _broadleaf(rng: np.random.Generator) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """A crown of clumps around an egg, on boughs."""
    clumps = int(rng.integers(26, 40))
    wide = rng.uniform(0.26, 0.36)
    way = rng.normal(size=(clumps, 3))
    way /= np.linalg.norm(way, axis=1, keepdims=True)
    reach = rng.uniform(0.45, 1, clumps)[:, None] ** 0.5
    middle = way * reach * [wide, 0.30, wide] + [0, 0.63, 0]
    size = rng.uniform(0.075, 0.14, clumps)
    whose = rng.choice(clumps, LEAVES, p=size**2 / (size**2).sum())
    out = rng.normal(size=(LEAVES, 3))
    out /= np.linalg.norm(out, axis=1, keepdims=True)
    place = middle[whose] + out * (size[whose] * rng.uniform(0.55, 1.08, LEAVES))[:, None]
    crown = (place - [0, 0.60, 0]) / [wide, 0.34, wide]
    deep = np.clip(np.linalg.norm(crown, axis=1), 0, 1.1)
    normal = 0.6 * out + 0.55 * crown + rng.normal(scale=0.22, size=out.shape)
    normal /= np.linalg.norm(normal, axis=1, keepdims=True)
    shade = np.clip(0.2 + 0.75 * deep**1.6, 0, 1) * (0.72 + 0.28 * np.clip(out[:, 1] + 0.5, 0, 1))
    twigs = [[0.0, -0.02, 0, rng.normal(0, 0.015), 0.55, 0, 0.030, 0.014]]
    for x, y, z in middle:
        start = rng.uniform(0.25, 0.5)
        twigs.append([0, start, 0, x, y, z, 0.012, 0.004])
    return np.column_stack([place, normal, shade]), _padded(twigs)


def _conifer(rng: np.random.Generator) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Whorls of boughs that droop, longer towards the foot."""
    boughs = int(rng.integers(90, 120))
    wide = rng.uniform(0.15, 0.21)
    level = 1 - np.sort(rng.uniform(0, 1, boughs)) ** 0.75 * 0.92
    angle = np.arange(boughs) * 2.4 + rng.normal(0, 0.3, boughs)
    length = wide * (1.02 - level) ** 0.85 * rng.uniform(0.75, 1.15, boughs) + 0.012
    whose = rng.choice(boughs, LEAVES, p=length / length.sum())
    along = rng.uniform(0, 1, LEAVES) ** 0.7
    reach = along * length[whose]
    side = rng.normal(0, 0.16, LEAVES) * (1.1 - along * 0.7)
    turn = angle[whose] + side
    y = level[whose] - reach * (0.42 + 0.3 * along) + rng.normal(0, 0.006, LEAVES) + 0.05 * along**3
    place = np.column_stack([reach * np.cos(turn), y, reach * np.sin(turn)])
    normal = np.column_stack([np.cos(turn), rng.uniform(0.2, 0.9, LEAVES), np.sin(turn)])
    normal /= np.linalg.norm(normal, axis=1, keepdims=True)
    shade = np.clip(0.22 + 0.8 * along**1.2, 0, 1) * (0.75 + 0.25 * level[whose])
    return np.column_stack([place, normal, shade]), _padded([[0, -0.02, 0, 0, 0.97, 0, 0.014, 0.002]])


def _bare(rng: np.random.Generator) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Twigs that fork, each thinner than what it grows from."""
    twigs: list[list[float]] = []
    ends = [(np.zeros(3), np.array([0, 1.0, 0]), 0.30, 0.030)]
    while ends and len(twigs) < TWIGS:
        root, way, length, thick = ends.pop(0)
        tip = root + way * length
        twigs.append([*root, *tip, thick, thick * 0.66])
        for _ in range(3 if thick > 0.004 else 2):
            turn = way + rng.normal(0, 0.42, 3) + [0, 0.12, 0]
            ends.append((tip, turn / math.hypot(*turn), length * rng.uniform(0.62, 0.86), thick * 0.62))
    leaves = np.zeros((LEAVES, 7))
    leaves[:, 1] = -1e3
    return leaves, _padded(twigs)


@jit
def _hidden(strip: Strip, camera: Camera, middle: float, size: float, y: float, ahead: float) -> bool:
    """Whether something nearer stands wherever one looks for a tree, at a hundred places of the strip."""
    rows, columns = strip.depth.shape
    foot = camera.horizon - (y - camera.eye) / ahead * camera.focal
    top, bottom = max(0.0, foot - size), min(rows - 1.0, foot)
    left, right = max(0.0, middle - 0.4 * size), min(columns - 1.0, middle + 0.4 * size)
    if top > bottom or left > right:
        return True
    for i in range(14):
        for j in range(8):
            row, column = int(top + (bottom - top) * i / 13), int(left + (right - left) * j / 7)
            if strip.depth[row, column] > ahead:
                return False
    return True


@jit
def draw_trees(strip: Strip, camera: Camera, grove: Grove, trees: NDArray[np.float64], snow: float) -> None:
    """Set trees (n, 10) into the strip: foot x y z, height, turn, kind, colour of the leaves, and the bark's light."""
    for n in range(trees.shape[0]):
        x, y, ahead, height, turn = trees[n, 0], trees[n, 1], -trees[n, 2], trees[n, 3], trees[n, 4]
        kind = int(trees[n, 5])
        size = height / ahead * camera.focal
        middle = camera.middle + x / ahead * camera.focal - strip.left
        if middle + 0.6 * size < 0 or middle - 0.6 * size > strip.depth.shape[1]:
            continue
        if _hidden(strip, camera, middle, size, y, ahead):
            continue
        cos, sin = np.cos(turn), np.sin(turn)
        red, green, blue, bark = trees[n, 6], trees[n, 7], trees[n, 8], trees[n, 9]
        for k in range(TWIGS):
            twig = grove.twigs[kind, k]
            wide = twig[6]
            if wide == 0 or (k > 0 and wide * size < 0.2 and kind < BARE):
                break
            stroke(
                strip, camera,
                x + height * (cos * twig[0] - sin * twig[2]), y + height * twig[1],
                ahead - height * (sin * twig[0] + cos * twig[2]),
                x + height * (cos * twig[3] - sin * twig[5]), y + height * twig[4],
                ahead - height * (sin * twig[3] + cos * twig[5]),
                height * wide, height * twig[7], TREE, True, 0.8,
                0.10 * bark, 0.075 * bark, 0.055 * bark,
            )  # fmt: skip
        if kind >= BARE:
            continue
        count = int(min(LEAVES, max(50.0, 0.30 * size * size)))
        radius = height * grove.leaf[kind] * (LEAVES / count) ** 0.5
        first = int(scatter(n, 3, 5) * (LEAVES - count + 1))
        for k in range(first, first + count):
            leaf = grove.leaves[kind, k]
            nx, nz = cos * leaf[3] - sin * leaf[5], sin * leaf[3] + cos * leaf[5]
            tint = leaf[6] * (0.75 + 0.5 * scatter(k, n, 6))
            white = 0.85 * snow * leaf[6] * leaf[6] * min(1.0, max(0.0, 0.35 + leaf[4]))
            disc(
                strip, camera, x + height * (cos * leaf[0] - sin * leaf[2]), y + height * leaf[1],
                ahead - height * (sin * leaf[0] + cos * leaf[2]), radius, TREE, nx, leaf[4], nz,
                red * tint * (1.1 - 0.2 * scatter(k, n, 8)) * (1 - white) + 0.8 * white,
                green * tint * (1 - white) + 0.83 * white,
                blue * tint * (1 - white) + 0.9 * white,
            )  # fmt: skip


@jit
def draw_grass(strip: Strip, camera: Camera, blades: NDArray[np.float64]) -> None:
    """Set blades (n, 11) into the strip: foot x y z, tip x y z, half width, colour, and a flower's radius or 0.

    A flower has the blade's colour on a green stalk.
    """
    for n in range(blades.shape[0]):
        blade = blades[n]
        red, green, blue = blade[7], blade[8], blade[9]
        if blade[10] > 0:
            red, green, blue = 0.06, 0.13, 0.03
        stroke(
            strip, camera, blade[0], blade[1], -blade[2], blade[3], blade[4], -blade[5], blade[6], 0.25 * blade[6],
            GRASS, False, 0.45, red, green, blue,
        )  # fmt: skip
        if blade[10] > 0:
            disc(
                strip, camera, blade[3], blade[4], -blade[5], blade[10], GRASS, 0.0, 0.85, 0.5,
                blade[7], blade[8], blade[9],
            )  # fmt: skip


@jit
def cast_shadows(
    grove: Grove, trees: NDArray[np.float64], sun: NDArray[np.float64], shade: NDArray[np.float32], wide: float
) -> None:
    """Lay the trees' shadows along the sun into `shade` (n, n): the highest leaf over each cell of the level ground.

    Cells go by x / ahead within ±`wide` and by the logarithm of ahead from 1 to 1000 m.
    """
    size = shade.shape[0]
    lean_x, lean_z = sun[0] / sun[1], sun[2] / sun[1]
    for n in range(trees.shape[0]):
        height, kind, turn = trees[n, 3], int(trees[n, 5]), trees[n, 4]
        cos, sin = np.cos(turn), np.sin(turn)
        if -trees[n, 2] > 900:
            continue
        count = 1500 if kind < BARE else TWIGS
        for k in range(count):
            if kind < BARE:
                leaf = grove.leaves[kind, k]
                lx, ly, lz, radius = leaf[0], leaf[1], leaf[2], 0.024 * height
            else:
                twig = grove.twigs[kind, k]
                lx, ly, lz, radius = twig[3], twig[4], twig[5], 0.007 * height
            above = height * ly
            y = trees[n, 1] + above
            x = trees[n, 0] + height * (cos * lx - sin * lz) - lean_x * y
            ahead = -(trees[n, 2] + height * (sin * lx + cos * lz) - lean_z * y)
            if ahead < 1:
                continue
            u = (x / ahead / wide * 0.5 + 0.5) * size
            v = np.log(ahead) / 6.907755 * size
            reach_u, reach_v = radius / ahead / wide * 0.5 * size, radius / ahead / 6.907755 * size
            for j in range(max(0, int(v - reach_v)), min(size, int(v + reach_v) + 1)):
                for i in range(max(0, int(u - reach_u)), min(size, int(u + reach_u) + 1)):
                    if shade[j, i] < y:
                        shade[j, i] = y


@jit
def shaded(
    shade: NDArray[np.float32], wide: float, sun: NDArray[np.float64], x: float, y: float, z: float, bias: float
) -> float:
    """How much of the sun a point sees past the trees, 0 to 1."""
    size = shade.shape[0]
    ground_x, ahead = x - sun[0] / sun[1] * y, -(z - sun[2] / sun[1] * y)
    if ahead <= 1:
        return 1.0
    u = (ground_x / ahead / wide * 0.5 + 0.5) * size - 0.5
    v = np.log(ahead) / 6.907755 * size - 0.5
    u += 2.4 * (scatter(int(np.floor(x * 83)), int(np.floor(z * 83)), 1) - 0.5)
    v += 2.4 * (scatter(int(np.floor(x * 83)), int(np.floor(z * 83)), 2) - 0.5)
    if u < 0 or v < 0 or u >= size - 1 or v >= size - 1:
        return 1.0
    i, j = int(u), int(v)
    p, q = u - i, v - j
    lit = (1 - p) * (1 - q) * (shade[j, i] < y + bias) + p * (1 - q) * (shade[j, i + 1] < y + bias)
    return float(lit + (1 - p) * q * (shade[j + 1, i] < y + bias) + p * q * (shade[j + 1, i + 1] < y + bias))
