"""A hole in a picture, filled from the picture itself: patches that agree with each other and with what is around.

Coarse to fine, and at each size in turns: each patch over the hole looks for the patch of the known that is most like
it, and each pixel of the hole becomes what its patches' likenesses say (Wexler et al. 2007, "Space-Time Completion of
Video"). The search is by chance and by neighbours (Barnes et al. 2009, "PatchMatch"). At the end the light is evened:
the hole gets the patches' gradients between colours that are known (Pérez et al. 2003, "Poisson Image Editing").
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from lucida.engines.progress import Progress, silent
from lucida.imaging.kernels import jit, warm_up

RADIUS = 3  # of a patch, in pixels: 7 × 7
_SMALLEST = 24  # pixels along the shorter edge of the coarsest picture
_FINEST = 1024  # pixels along the longer edge up to which patches are looked for
_TURNS = (24, 3)  # of looking and painting, at the coarsest and at the finest size
_LOOKS = 3  # passes of the search in a turn
_FADING = 1.3  # how much less a patch counts for each pixel that it lies deeper in the hole
_RELAXED = 250  # passes of over-relaxation, at most, that even the light
_SHARPNESS = 16.0  # of the choice between patches at the finest size; 1 at the coarsest, where a mean finds its way
_LIGHT, _LIGHT_AT_BORDER = 32.0, 80.0  # codes: what differs by much more is another thing, not another light
_ANCHOR = 1e-3  # how firmly the patches' own colours hold against that
_LEVEL = 4000.0  # what a patch from a picture's height above or below counts as, beside squared differences
_FEWEST = 32  # places of the known where a whole patch fits; with fewer there is nothing to look through

Likenesses = NDArray[np.int32]  # (H, W, 2): the row and column of the patch that is most like the one here


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
        if n:
            likeness = _finer(likeness, level, seed + n)
            filled = _painted(level, level.picture, likeness, np.zeros(level.hole.shape, np.float32))
        turns = round(_TURNS[0] + (_TURNS[1] - _TURNS[0]) * n / max(1, len(known) - 1))
        sharpness = _SHARPNESS ** (n / max(1, len(known) - 1))
        filled = _turned(level, filled, likeness, turns, seed + 101 * n, sharpness)
        progress(0.95 * (n + 1) / len(known), "Filling from the surroundings")
    last = known[-1]
    if last.hole.shape != hole.shape:
        last = _level(picture, hole, hole.shape)
        if last.whole.sum() < _FEWEST:
            return _smooth(picture, hole)
        likeness = _finer(likeness, last, seed)
        filled = _painted(last, last.picture, likeness, np.zeros(hole.shape, np.float32))
        filled = _turned(last, filled, likeness, 1, seed, _SHARPNESS)
    progress(0.95, "Evening the light")
    filled = _evened(last, filled, likeness)
    return np.where(hole[..., None], _rounded(filled), picture)


def _rounded(picture: NDArray[np.float32]) -> NDArray[np.uint8]:
    return np.asarray(np.rint(np.clip(picture, 0, 255)), np.uint8)


def _levels(picture: NDArray[np.uint8], hole: NDArray[np.bool_]) -> list[_Level]:
    """The picture coarse to fine: half as wide each time, until the hole is few patches wide or the picture small."""
    height, width = hole.shape
    scale = min(1.0, _FINEST / max(height, width))
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
    level: _Level, filled: NDArray[np.float32], likeness: Likenesses, turns: int, seed: int, sharpness: float
) -> NDArray[np.float32]:
    """Look and paint in turns; `likeness` is changed in place."""
    for turn in range(turns):
        difference = look(filled, level.whole, level.targets, likeness, seed + 7 * turn)
        filled = _painted(level, filled, likeness, difference, sharpness)
    return filled


def look(
    picture: NDArray[np.float32], whole: NDArray[np.bool_], targets: NDArray[np.int32], likeness: Likenesses, seed: int
) -> NDArray[np.float32]:
    """Better likenesses, in place, for the patches around `targets` (N, 2); the squared differences (H, W) they leave.

    A likeness is a place of `whole`. Differences are per pixel of a patch, summed over its channels.
    """
    difference = np.zeros(whole.shape, np.float32)
    for turn in range(_LOOKS):
        _look(picture, whole, targets, likeness, difference, seed * _LOOKS + turn, turn)
    return difference


def look_reference(
    picture: NDArray[np.float32], whole: NDArray[np.bool_], targets: NDArray[np.int32]
) -> NDArray[np.float32]:
    """The least squared difference (N,) that each target's patch has to any place of `whole`: every one is tried."""
    places = np.argwhere(whole)
    height, width = whole.shape
    least = np.empty(len(targets), np.float32)
    for n, (row, column) in enumerate(targets):
        up, left = min(RADIUS, row), min(RADIUS, column)
        down, right = min(RADIUS, height - 1 - row), min(RADIUS, width - 1 - column)
        here = picture[row - up : row + down + 1, column - left : column + right + 1]
        found = []
        for other_row, other_column in places:
            there = picture[other_row - up : other_row + down + 1, other_column - left : other_column + right + 1]
            apart = (row - other_row) / height
            found.append(float(((here - there) ** 2).sum()) / (here.size / 3) + _LEVEL * apart**2)
        least[n] = min(found)
    return least


@jit
def _difference(
    picture: NDArray[np.float32], row: int, column: int, other_row: int, other_column: int, most: float
) -> float:
    """The mean squared difference of two patches; some number above `most` where it is larger."""
    height, width = picture.shape[:2]
    first, last = max(-RADIUS, -row), min(RADIUS, height - 1 - row)
    left, right = max(-RADIUS, -column), min(RADIUS, width - 1 - column)
    count = (last - first + 1) * (right - left + 1)
    apart = (row - other_row) / height
    limit = most * count
    total = np.float32(_LEVEL * apart * apart * count)
    for down in range(first, last + 1):
        for across in range(left, right + 1):
            for channel in range(3):
                step = (
                    picture[row + down, column + across, channel]
                    - picture[other_row + down, other_column + across, channel]
                )
                total += step * step
        if total > limit:
            return most + 1.0
    return float(total / count)


@jit
def _chance(state: int) -> int:
    """The next of a row of numbers of 31 bits (Marsaglia 2003, xorshift)."""
    state ^= (state << 13) & 0xFFFFFFFF
    state ^= state >> 17
    state ^= (state << 5) & 0xFFFFFFFF
    return state & 0x7FFFFFFF


@jit
def _look(
    picture: NDArray[np.float32],
    whole: NDArray[np.bool_],
    targets: NDArray[np.int32],
    likeness: Likenesses,
    difference: NDArray[np.float32],
    seed: int,
    turn: int,
) -> None:
    height, width = whole.shape
    forward = turn % 2 == 0
    step = 1 if forward else -1
    count = len(targets)
    state = (seed * 2654435761 + 88172645) & 0x7FFFFFFF | 1
    if turn == 0:
        for n in range(count):
            row, column = targets[n, 0], targets[n, 1]
            there_row, there_column = likeness[row, column, 0], likeness[row, column, 1]
            difference[row, column] = _difference(picture, row, column, there_row, there_column, 1e9)
    for k in range(count):
        n = k if forward else count - 1 - k
        row, column = targets[n, 0], targets[n, 1]
        best = difference[row, column]
        best_row, best_column = likeness[row, column, 0], likeness[row, column, 1]
        # What is next to the likeness of a neighbour.
        for side in range(2):
            near_row, near_column = (row - step, column) if side == 0 else (row, column - step)
            if 0 <= near_row < height and 0 <= near_column < width and likeness[near_row, near_column, 0] > 0:
                try_row = likeness[near_row, near_column, 0] + row - near_row
                try_column = likeness[near_row, near_column, 1] + column - near_column
                if 0 <= try_row < height and 0 <= try_column < width and whole[try_row, try_column]:
                    found = _difference(picture, row, column, try_row, try_column, best)
                    if found < best:
                        best, best_row, best_column = found, try_row, try_column
        # By chance, nearer and nearer.
        reach = max(height, width)
        while reach >= 1:
            state = _chance(state)
            try_row = best_row + state % (2 * reach + 1) - reach
            state = _chance(state)
            try_column = best_column + state % (2 * reach + 1) - reach
            if 0 <= try_row < height and 0 <= try_column < width and whole[try_row, try_column]:
                found = _difference(picture, row, column, try_row, try_column, best)
                if found < best:
                    best, best_row, best_column = found, try_row, try_column
            reach //= 2
        likeness[row, column, 0], likeness[row, column, 1] = best_row, best_column
        difference[row, column] = best


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
    _vote(level.picture, pixels, likeness, _trust(level, difference, sharpness), 0, 0, picture)
    return picture


@jit
def _vote(
    source: NDArray[np.float32],
    pixels: NDArray[np.int32],
    likeness: Likenesses,
    trust: NDArray[np.float32],
    beside_row: int,
    beside_column: int,
    out: NDArray[np.float32],
) -> None:
    """The patches' mean colour at `pixels` (N, 2), or how much it changes towards the pixel beside."""
    height, width = trust.shape
    gradient = beside_row + beside_column > 0
    mean = np.zeros(3)
    for n in range(len(pixels)):
        row, column = pixels[n, 0], pixels[n, 1]
        mean[:] = 0.0
        total = 0.0
        for down in range(-RADIUS, RADIUS + 1 - beside_row):
            for across in range(-RADIUS, RADIUS + 1 - beside_column):
                at_row, at_column = row - down, column - across
                if 0 <= at_row < height and 0 <= at_column < width and trust[at_row, at_column] > 0:
                    share = trust[at_row, at_column]
                    there_row = likeness[at_row, at_column, 0] + down
                    there_column = likeness[at_row, at_column, 1] + across
                    for channel in range(3):
                        told = source[there_row, there_column, channel]
                        if gradient:
                            told = source[there_row + beside_row, there_column + beside_column, channel] - told
                        mean[channel] += share * told
                    total += share
        if total > 0:
            for channel in range(3):
                out[row, column, channel] = mean[channel] / total


def _evened(level: _Level, filled: NDArray[np.float32], likeness: Likenesses) -> NDArray[np.float32]:
    """The hole with the gradients of its patches, and at its border with the colours of what is around."""
    difference = look(filled, level.whole, level.targets, likeness.copy(), 0)
    trust = _trust(level, difference, _SHARPNESS)
    filled = filled.copy()
    _vote(level.picture, np.argwhere(level.hole).astype(np.int32), likeness, trust, 0, 0, filled)
    near = cv2.dilate(level.hole.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
    pixels = np.argwhere(near).astype(np.int32)
    down, across = np.zeros_like(filled), np.zeros_like(filled)
    for beside, gradient in (((1, 0), down), ((0, 1), across)):
        _vote(level.picture, pixels, likeness, trust, *beside, gradient)
        step = np.roll(filled, (-beside[0], -beside[1]), (0, 1)) - filled - gradient
        inside = level.hole & np.roll(level.hole, (-beside[0], -beside[1]), (0, 1))
        light = np.where(inside, _LIGHT, _LIGHT_AT_BORDER)[..., None]
        gradient += step * (1 - np.exp(-((step / light) ** 2).sum(-1, keepdims=True)))
    evened = filled.copy()
    pixels = np.argwhere(level.hole).astype(np.int32)
    widest = max(8.0, 2.0 * float(_depth(level.hole).max()))
    passes = min(_RELAXED, round(2 * widest))
    _relax(pixels, level.hole, down, across, filled, 2 / (1 + math.sin(math.pi / widest)), passes, evened)
    return evened


@jit
def _relax(
    pixels: NDArray[np.int32],
    hole: NDArray[np.bool_],
    down: NDArray[np.float32],
    across: NDArray[np.float32],
    anchor: NDArray[np.float32],
    over: float,
    passes: int,
    picture: NDArray[np.float32],
) -> None:
    """Successive over-relaxation of Poisson's equation over the hole (Young 1954), in place."""
    height, width = hole.shape
    for _ in range(passes):
        for n in range(len(pixels)):
            row, column = pixels[n, 0], pixels[n, 1]
            for channel in range(3):
                total, count = _ANCHOR * anchor[row, column, channel], _ANCHOR
                if row > 0:
                    total += picture[row - 1, column, channel] + down[row - 1, column, channel]
                    count += 1
                if row < height - 1:
                    total += picture[row + 1, column, channel] - down[row, column, channel]
                    count += 1
                if column > 0:
                    total += picture[row, column - 1, channel] + across[row, column - 1, channel]
                    count += 1
                if column < width - 1:
                    total += picture[row, column + 1, channel] - across[row, column, channel]
                    count += 1
                here = picture[row, column, channel]
                picture[row, column, channel] = here + over * (total / count - here)


@warm_up
def _compile() -> None:
    picture = np.random.default_rng(0).integers(0, 255, (64, 64, 3)).astype(np.uint8)
    hole = np.zeros((64, 64), np.bool_)
    hole[24:40, 24:40] = True
    complete(picture, hole)
