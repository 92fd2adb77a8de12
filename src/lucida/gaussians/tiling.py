"""Which splats each tile must look at, from front to back.

Whether a splat touches a tile is worked out twice: to count, and to list what was counted. The two must not differ by a
rounding, or memory is read that nobody wrote.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import prange, uint32
from numpy.typing import NDArray

from lucida.gaussians.blending import CONIC_A, CONIC_B, CONIC_C, CUTOFF, REACH, RECORD, TILE, U, V
from lucida.imaging.kernels import exact_jit, exact_parallel_jit, jit

_DIGIT = 11  # bits that one pass sorts by
_ACROSS = np.float32(TILE - 1)
_NONE, _HALF, _TWO = np.float32(0), np.float32(0.5), np.float32(2)


class Tiles(NamedTuple):
    """Splats by tile: those of tile t are `splats[starts[t]:starts[t + 1]]`, the nearest first.

    Each has a slot of its own in `slots`; a splat's slots are `offsets[n]` up to `offsets[n + 1]`.
    """

    tiles_x: int
    starts: NDArray[np.int64]
    splats: NDArray[np.uint32]
    slots: NDArray[np.uint32]
    offsets: NDArray[np.int64]


@exact_jit
def _touches(
    u: np.float32, v: np.float32, a: np.float32, b: np.float32, c: np.float32, cutoff: np.float32,
    left: np.float32, top: np.float32,
) -> bool:  # fmt: skip
    """Whether an ellipse a dx² + 2b dx dy + c dy² ≤ cutoff holds a point of a tile's square of pixel centres."""
    x0, x1, y0, y1 = left - u, left + _ACROSS - u, top - v, top + _ACROSS - v
    inside_x, inside_y = x0 <= _NONE <= x1, y0 <= _NONE <= y1
    if inside_x and inside_y:
        return True
    if not inside_x:  # the nearest point may be on the side that faces the centre
        dx = x0 if x0 > _NONE else x1
        dy = min(max(-b / c * dx, y0), y1)
        if a * dx * dx + _TWO * b * dx * dy + c * dy * dy <= cutoff:
            return True
    if not inside_y:
        dy = y0 if y0 > _NONE else y1
        dx = min(max(-b / a * dy, x0), x1)
        return bool(a * dx * dx + _TWO * b * dx * dy + c * dy * dy <= cutoff)
    return False


@exact_jit
def _bounds(
    records: NDArray[np.float32], at: int, reach_x: np.float32, tiles_x: int, tiles_y: int
) -> tuple[int, int, int, int]:
    """First and one past the last tile that the box of a splat overlaps, across and down."""
    u, v, reach_y = records[at + U], records[at + V], records[at + REACH]
    x0, x1 = max(int(np.ceil(u - reach_x - _HALF)), 0), min(int(np.floor(u + reach_x - _HALF)), tiles_x * TILE - 1)
    y0, y1 = max(int(np.ceil(v - reach_y - _HALF)), 0), min(int(np.floor(v + reach_y - _HALF)), tiles_y * TILE - 1)
    if x1 < x0 or y1 < y0:
        return 0, 0, 0, 0
    return x0 // TILE, x1 // TILE + 1, y0 // TILE, y1 // TILE + 1


@exact_jit
def _reach_x(records: NDArray[np.float32], at: int) -> np.float32:
    a, b, c = records[at + CONIC_A], records[at + CONIC_B], records[at + CONIC_C]
    reach: np.float32 = np.sqrt(records[at + CUTOFF] * c / (a * c - b * b))
    return reach


@exact_parallel_jit
def _count(records: NDArray[np.float32], tiles_x: int, tiles_y: int, counts: NDArray[np.int64]) -> None:
    for splat in prange(len(counts)):
        at = splat * RECORD
        found = 0
        if records[at + CUTOFF] > _NONE:
            a, b, c = records[at + CONIC_A], records[at + CONIC_B], records[at + CONIC_C]
            tx0, tx1, ty0, ty1 = _bounds(records, at, _reach_x(records, at), tiles_x, tiles_y)
            for ty in range(ty0, ty1):
                for tx in range(tx0, tx1):
                    left, top = np.float32(tx * TILE) + _HALF, np.float32(ty * TILE) + _HALF
                    if _touches(records[at + U], records[at + V], a, b, c, records[at + CUTOFF], left, top):
                        found += 1
        counts[splat] = found


@exact_parallel_jit
def _list(
    records: NDArray[np.float32], tiles_x: int, tiles_y: int, offsets: NDArray[np.int64], tiles: NDArray[np.uint32]
) -> None:
    for splat in prange(len(offsets) - 1):
        entry = offsets[splat]
        if offsets[splat + 1] > entry:
            at = splat * RECORD
            a, b, c = records[at + CONIC_A], records[at + CONIC_B], records[at + CONIC_C]
            tx0, tx1, ty0, ty1 = _bounds(records, at, _reach_x(records, at), tiles_x, tiles_y)
            for ty in range(ty0, ty1):
                for tx in range(tx0, tx1):
                    left, top = np.float32(tx * TILE) + _HALF, np.float32(ty * TILE) + _HALF
                    if _touches(records[at + U], records[at + V], a, b, c, records[at + CUTOFF], left, top):
                        tiles[entry] = ty * tiles_x + tx
                        entry += 1


@jit
def _by_depth(keys: NDArray[np.uint32]) -> NDArray[np.uint32]:
    """Indices that sort, equal ones in their order: radix sort, least digit first."""
    count = len(keys)
    order, other = np.arange(count).astype(np.uint32), np.empty(count, np.uint32)
    for shift in range(0, 32, _DIGIT):
        places = np.zeros((1 << _DIGIT) + 1, np.int64)
        for i in range(count):
            places[((keys[i] >> uint32(shift)) & uint32((1 << _DIGIT) - 1)) + 1] += 1
        for digit in range(1 << _DIGIT):
            places[digit + 1] += places[digit]
        for i in range(count):
            digit = (keys[order[i]] >> uint32(shift)) & uint32((1 << _DIGIT) - 1)
            other[places[digit]] = order[i]
            places[digit] += 1
        order, other = other, order
    return order


@jit
def _deal(
    order: NDArray[np.uint32],
    offsets: NDArray[np.int64],
    tiles: NDArray[np.uint32],
    starts: NDArray[np.int64],
    splats: NDArray[np.uint32],
    slots: NDArray[np.uint32],
) -> None:
    for i in range(len(tiles)):
        starts[tiles[i] + 1] += 1
    for tile in range(len(starts) - 1):
        starts[tile + 1] += starts[tile]
    places = starts[:-1].copy()
    for i in range(len(order)):
        splat = order[i]
        for entry in range(offsets[splat], offsets[splat + 1]):
            tile = tiles[entry]
            place = places[tile]
            splats[place] = splat
            slots[place] = entry
            places[tile] = place + 1


def tiled(records: NDArray[np.float32], depth: NDArray[np.float32], width: int, height: int) -> Tiles:
    """Deal projected splats to the tiles that they touch; `records` is flat, `depth` (N,) in front of the camera."""
    tiles_x, tiles_y = -(-width // TILE), -(-height // TILE)
    count = len(depth)
    offsets = np.zeros(count + 1, np.int64)
    _count(records, tiles_x, tiles_y, offsets[1:])
    np.cumsum(offsets, out=offsets)
    tiles = np.empty(offsets[-1], np.uint32)
    _list(records, tiles_x, tiles_y, offsets, tiles)
    order = _by_depth(np.maximum(depth, 0).astype(np.float32, copy=False).view(np.uint32))
    starts = np.zeros(tiles_x * tiles_y + 1, np.int64)
    splats, slots = np.empty(len(tiles), np.uint32), np.empty(len(tiles), np.uint32)
    _deal(order, offsets, tiles, starts, splats, slots)
    return Tiles(tiles_x, starts, splats, slots, offsets)
