"""A hole in a picture, filled from the picture itself: patches that agree with each other and with what is around.

Coarse to fine, and at each size in turns: each patch over the hole looks for the patch of the known that is most like
it, and each pixel of the hole becomes what its patches' likenesses say (Wexler et al. 2007, "Space-Time Completion of
Video"). The search is by chance and by neighbours (Barnes et al. 2009, "PatchMatch"). At the end the light is evened:
the hole gets the patches' gradients between colours that are known (Pérez et al. 2003, "Poisson Image Editing").
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from lucida.engines.painter.patch_search import RADIUS, Likenesses, differences, look
from lucida.engines.painter.patch_votes import relax, vote
from lucida.engines.progress import Progress, silent
from lucida.imaging.kernels import warm_up

_SMALLEST = 24  # pixels along the shorter edge of the coarsest picture
_FINEST = 1024  # pixels along the longer edge up to which patches are looked for
_TURNS = (24, 3)  # of looking and painting, at the coarsest and at the finest size
_FADING = 1.3  # how much less a patch counts for each pixel that it lies deeper in the hole
_RELAXED, _AT_ONCE = 250, 20  # passes of over-relaxation, at most, that even the light; between two looks up
_SHARPNESS = 16.0  # of the choice between patches at the finest size; 1 at the coarsest, where a mean finds its way
_LIGHT, _LIGHT_AT_BORDER = 32.0, 80.0  # codes: what differs by much more is another thing, not another light
_MOST_LOOKED_AT, _MOST_RELAXED = 350_000, 100_000_000  # pixels of a hole; pixels times passes
_FEWEST = 32  # places of the known where a whole patch fits; with fewer there is nothing to look through


@dataclass(frozen=True)
class _Level:
    """The picture at one size: the patches of `targets` (N, 2) touch the hole, those of `whole` (H, W) are known."""

    picture: NDArray[np.float32]
    hole: NDArray[np.bool_]
    whole: NDArray[np.bool_]
    targets: NDArray[np.int32]


def complete(
    picture: NDArray[np.uint8], hole: NDArray[np.bool_], seed: int = 0, progress: Progress = silent
) -> NDArray[np.uint8]:
    """The picture uint8 (H, W, 3) with its hole (H, W) filled; the same seed (uint32) gives the same bytes.

    What is not hole stays to the byte. Where next to nothing is known, the hole is filled smoothly.
    """
    if not hole.any():
        return picture.copy()
    levels = _levels(picture, hole)
    known = [level for level in levels if level.whole.sum() >= _FEWEST]
    if not known:
        return _smooth(picture, hole)
    filled = _smooth(_rounded(known[0].picture), known[0].hole).astype(np.float32)
    likeness = _by_chance(known[0], seed)
    for n, level in enumerate(known):
        tell = _part(progress, 0.85 * n / len(known), 0.85 * (n + 1) / len(known), "Filling from the surroundings")
        if n:
            likeness = _finer(likeness, level, seed + n)
            filled = _painted(level, level.picture, likeness, np.zeros(level.hole.shape, np.float32))
        turns = round(_TURNS[0] + (_TURNS[1] - _TURNS[0]) * n / max(1, len(known) - 1))
        sharpness = _SHARPNESS ** (n / max(1, len(known) - 1))
        filled = _turned(level, filled, likeness, turns, seed + 101 * n, sharpness, tell)
    last = known[-1]
    if last.hole.shape != hole.shape:
        last = _level(picture, hole, hole.shape)
        if last.whole.sum() < _FEWEST:
            return _smooth(picture, hole)
        likeness = _finer(likeness, last, seed)
        filled = _painted(last, last.picture, likeness, np.zeros(hole.shape, np.float32))
        if len(last.targets) <= _MOST_LOOKED_AT:
            filled = _turned(last, filled, likeness, 1, seed, _SHARPNESS, tell)
    filled = _evened(last, filled, likeness, _part(progress, 0.85, 1.0, "Evening the light"))
    return np.where(hole[..., None], _rounded(filled), picture)


def _rounded(picture: NDArray[np.float32]) -> NDArray[np.uint8]:
    return np.asarray(np.rint(np.clip(picture, 0, 255)), np.uint8)


def _levels(picture: NDArray[np.uint8], hole: NDArray[np.bool_]) -> list[_Level]:
    """The picture coarse to fine: half as wide each time, until the hole is few patches wide or the picture small."""
    height, width = hole.shape
    scale = min(1.0, _FINEST / max(height, width), math.sqrt(_MOST_LOOKED_AT / hole.sum()))
    sizes = []
    deepest = float(_depth(hole).max())
    while True:
        sizes.append((max(1, round(height * scale)), max(1, round(width * scale))))
        if min(sizes[-1]) / 2 < _SMALLEST or deepest * scale < RADIUS:
            break
        scale /= 2
    return [_level(picture, hole, size) for size in reversed(sizes)]


def _level(picture: NDArray[np.uint8], hole: NDArray[np.bool_], size: tuple[int, int]) -> _Level:
    light, gone = picture.astype(np.float32), hole
    if size != hole.shape:
        known = 1 - _shrunk(hole.astype(np.float32), size)
        seen = _shrunk(light * ~hole[..., None], size)
        light = np.asarray(seen / np.maximum(known, 1e-3)[..., None], np.float32)
        gone = known < 1 - 1e-3
    side = np.ones((2 * RADIUS + 1, 2 * RADIUS + 1), np.uint8)
    touched = cv2.dilate(gone.astype(np.uint8), side) > 0
    whole = ~touched
    whole[:RADIUS] = whole[-RADIUS:] = False
    whole[:, :RADIUS] = whole[:, -RADIUS:] = False
    return _Level(light, gone, whole, np.argwhere(touched).astype(np.int32))


def _shrunk(values: NDArray[np.float32], size: tuple[int, int]) -> NDArray[np.float32]:
    return np.asarray(cv2.resize(values, size[::-1], interpolation=cv2.INTER_AREA), np.float32)


def _depth(hole: NDArray[np.bool_]) -> NDArray[np.float32]:
    """How many pixels each place is away from the known."""
    padded = np.pad(hole.astype(np.uint8), 1, constant_values=1)  # what is beyond the picture is not known either
    return np.asarray(cv2.distanceTransform(padded, cv2.DIST_L2, 5), np.float32)[1:-1, 1:-1]


def _smooth(picture: NDArray[np.uint8], hole: NDArray[np.bool_]) -> NDArray[np.uint8]:
    """Filled from the border inwards (Telea 2004)."""
    if hole.all():
        return np.full_like(picture, 128)
    return np.asarray(cv2.inpaint(picture, hole.astype(np.uint8), RADIUS, cv2.INPAINT_TELEA), np.uint8)


def _by_chance(level: _Level, seed: int) -> Likenesses:
    places = np.argwhere(level.whole).astype(np.int32)
    likeness = np.zeros((*level.hole.shape, 2), np.int32)
    rows, columns = level.targets.T
    likeness[rows, columns] = places[np.random.default_rng(seed).integers(0, len(places), len(rows))]
    return likeness


def _finer(coarse: Likenesses, level: _Level, seed: int) -> Likenesses:
    """The same patches in a larger picture; those that do not fit there are chosen by chance."""
    likeness = _by_chance(level, seed)
    rows, columns = level.targets.T
    (height, width), (small_height, small_width) = level.hole.shape, coarse.shape[:2]
    row, column = rows * small_height // height, columns * small_width // width
    there = np.asarray(coarse[row, column], np.float64)
    found = there.any(-1)
    stretch = np.array([height / small_height, width / small_width])
    moved = np.rint(there * stretch + np.stack([rows - row * stretch[0], columns - column * stretch[1]], -1))
    moved = np.clip(moved, 0, [height - 1, width - 1]).astype(np.int32)
    fits = found & level.whole[moved[:, 0], moved[:, 1]]
    likeness[rows[fits], columns[fits]] = moved[fits]
    return likeness


def _turned(
    level: _Level,
    filled: NDArray[np.float32],
    likeness: Likenesses,
    turns: int,
    seed: int,
    sharpness: float,
    tell: Callable[[float], None],
) -> NDArray[np.float32]:
    """Look and paint in turns; `likeness` is changed in place."""
    for turn in range(turns):
        difference = look(filled, level.whole, level.targets, likeness, seed + 7 * turn)
        filled = _painted(level, filled, likeness, difference, sharpness)
        tell((turn + 1) / turns)
    return filled


def _trust(level: _Level, difference: NDArray[np.float32], sharpness: float = 1.0) -> NDArray[np.float32]:
    """How much each patch (H, W) counts: those that are like their likeness and near the known above all.

    The sharper, the more the best alone decide: a mean of many patches is blurred.
    """
    rows, columns = level.targets.T
    told = difference[rows, columns]
    spread = max(float(np.percentile(told, 75)), 1.0)
    trust = np.zeros(level.hole.shape, np.float32)
    depth = np.minimum(_depth(level.hole)[rows, columns], 60)
    trust[rows, columns] = np.exp(-sharpness * told / (2 * spread)) * _FADING**-depth + 1e-12
    return trust


def _painted(
    level: _Level,
    filled: NDArray[np.float32],
    likeness: Likenesses,
    difference: NDArray[np.float32],
    sharpness: float = 1.0,
) -> NDArray[np.float32]:
    """Each pixel of the hole as its patches' likenesses say."""
    picture = filled.copy()
    pixels = np.argwhere(level.hole).astype(np.int32)
    vote(level.picture, pixels, likeness, _trust(level, difference, sharpness), 0, 0, picture)
    return picture


def _evened(
    level: _Level, filled: NDArray[np.float32], likeness: Likenesses, tell: Callable[[float], None]
) -> NDArray[np.float32]:
    """The hole with the gradients of its patches, and at its border with the colours of what is around."""
    difference = differences(filled, level.targets, likeness)
    trust = _trust(level, difference, _SHARPNESS)
    filled = filled.copy()
    vote(level.picture, np.argwhere(level.hole).astype(np.int32), likeness, trust, 0, 0, filled)
    near = cv2.dilate(level.hole.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
    pixels = np.argwhere(near).astype(np.int32)
    down, across = np.zeros_like(filled), np.zeros_like(filled)
    for beside, gradient in (((1, 0), down), ((0, 1), across)):
        vote(level.picture, pixels, likeness, trust, *beside, gradient)
        step = np.roll(filled, (-beside[0], -beside[1]), (0, 1)) - filled - gradient
        inside = level.hole & np.roll(level.hole, (-beside[0], -beside[1]), (0, 1))
        light = np.where(inside, _LIGHT, _LIGHT_AT_BORDER)[..., None]
        gradient += step * (1 - np.exp(-((step / light) ** 2).sum(-1, keepdims=True)))
    evened = filled.copy()
    pixels = np.argwhere(level.hole).astype(np.int32)
    widest = max(8.0, 2.0 * float(_depth(level.hole).max()))
    passes = max(_AT_ONCE, min(_RELAXED, round(2 * widest), _MOST_RELAXED // len(pixels)))
    over = 2 / (1 + math.sin(math.pi / widest))
    for begun in range(0, passes, _AT_ONCE):
        tell(begun / passes)
        relax(pixels, level.hole, down, across, filled, over, min(_AT_ONCE, passes - begun), evened)
    tell(1.0)
    return evened


def _part(progress: Progress, begin: float, end: float, stage: str) -> Callable[[float], None]:
    return lambda done: progress(begin + (end - begin) * done, stage)


@warm_up
def _compile() -> None:
    picture = np.random.default_rng(0).integers(0, 255, (64, 64, 3)).astype(np.uint8)
    hole = np.zeros((64, 64), np.bool_)
    hole[24:40, 24:40] = True
    complete(picture, hole)
