"""For each patch of a picture's hole the patch of what is known that is most like it.

By chance and by neighbours: what is next to a neighbour's likeness is often the best one (Barnes et al. 2009,
"PatchMatch").
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from lucida.imaging.kernels import jit

RADIUS = 3  # of a patch, in pixels: 7 × 7
_LOOKS = 3  # passes of the search in a turn
_LEVEL = 4000.0  # what a patch from a picture's height above or below counts as, beside squared differences

Likenesses = NDArray[np.int32]  # (H, W, 2): the row and column of the patch that is most like the one here


def look(
    picture: NDArray[np.float32], whole: NDArray[np.bool_], targets: NDArray[np.int32], likeness: Likenesses, seed: int
) -> NDArray[np.float32]:
    """Better likenesses, in place, for the patches around `targets` (N, 2); the squared differences (H, W) they leave.

    A likeness is a place of `whole`. Differences are per pixel of a patch, summed over its channels.
    """
    difference = differences(picture, targets, likeness)
    for turn in range(_LOOKS):
        _look(picture, whole, targets, likeness, difference, seed * _LOOKS + turn, turn)
    return difference


def differences(picture: NDArray[np.float32], targets: NDArray[np.int32], likeness: Likenesses) -> NDArray[np.float32]:
    """How much the patches around `targets` (N, 2) differ from their likenesses, as `look` has it (H, W)."""
    difference = np.zeros(picture.shape[:2], np.float32)
    _compare(picture, targets, likeness, difference)
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
def _compare(
    picture: NDArray[np.float32], targets: NDArray[np.int32], likeness: Likenesses, difference: NDArray[np.float32]
) -> None:
    for n in range(len(targets)):
        row, column = targets[n, 0], targets[n, 1]
        there_row, there_column = likeness[row, column, 0], likeness[row, column, 1]
        difference[row, column] = _difference(picture, row, column, there_row, there_column, 1e9)


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
