"""Front-to-back blending of projected splats, tile by tile, and its gradient (Kerbl et al. 2023, sections 4 and 6).

A splat's `RECORD` says where it is and how opaque, its `FEATURES` are what is blended: red, green, blue and depth, or
any other four. Everything is flat and laid out by tiles, of which a row is worked on at once. A pixel's transmittance
is negative once it is opaque and takes no more. reference.py does the same slowly.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import prange, uint64
from numpy.typing import NDArray

from lucida.imaging.kernels import jit, parallel_jit
from lucida.imaging.lanes import COUNT, any_of, fill, load, steps, store, total, where

TILE = COUNT  # pixels a side: a row is what is worked on at once
PIXELS = TILE * TILE
RECORD = 12
U, V, CONIC_A, CONIC_B, CONIC_C, OPACITY, REACH, CUTOFF, TIP, ROOM, DETERMINANT, INVERSE_C = range(RECORD)
FEATURES = 4
LAYERS = FEATURES + 1  # and the transmittance
MOMENTS = 10  # of a gradient: 1, x, y, xx, xy, yy over the splat's footprint, and its four features'

LEAST_ALPHA = np.float32(1 / 255)
MOST_ALPHA = np.float32(0.99)
LEAST_TRANSMITTANCE = np.float32(1e-4)
_CHUNKS = 64  # of interleaved tiles, which share the work evenly
_LOOK = 8  # splats between looks at whether a tile is opaque

_T = FEATURES * PIXELS  # where a tile's transmittance begins
_REST, _GRADIENT = PIXELS, 2 * PIXELS
_SCRATCH = (2 + LAYERS) * PIXELS

# exp on [-0.72, 0], to 2e-7 (Chebyshev); its eighth power is exp on all that a splat can need.
_E0, _E1, _E2 = np.float32(0.99999993), np.float32(0.99999302), np.float32(0.49988602)
_E3, _E4, _E5 = np.float32(0.16598047), np.float32(0.039772392), np.float32(0.0058409343)
_EIGHTH, _FAINTEST, _HALF = np.float32(0.125), np.float32(-5.75), np.float32(0.5)
_ONE, _NONE = np.float32(1), np.float32(0)


@jit
def _fall(power: Any) -> Any:
    """exp(power) of one number or of eight, for powers from -5.75 to 0."""
    x = power * _EIGHTH
    e = ((((x * _E5 + _E4) * x + _E3) * x + _E2) * x + _E1) * x + _E0
    e = e * e
    e = e * e
    return e * e


@jit
def _rows(records: NDArray[np.float32], at: int, x0: np.float32, above: np.float32) -> tuple[int, int]:
    """The rows of a tile that a splat's ellipse, a x² + 2b x y + c y² ≤ cutoff, touches: first, and one past the last.

    The tile's first pixel lies at `x0`, `above` from the ellipse's centre.
    """
    tip, determinant = records[at + uint64(TIP)], records[at + uint64(DETERMINANT)]
    room, b = records[at + uint64(ROOM)], records[at + uint64(CONIC_B)]
    x1 = x0 + np.float32(TILE - 1)
    low, high = min(max(tip, x0), x1), min(max(-tip, x0), x1)  # where in the tile it is lowest, and highest
    below, over = room - determinant * low * low, room - determinant * high * high
    if max(below, over) < _NONE:
        return 0, 0
    inverse = records[at + uint64(INVERSE_C)]
    last = np.floor((np.sqrt(max(below, _NONE)) - b * low) * inverse - above)
    first = np.ceil((-np.sqrt(max(over, _NONE)) - b * high) * inverse - above)
    return int(max(first, _NONE)), int(min(last, np.float32(TILE - 1))) + 1


@jit
def _opaque(layers: NDArray[np.float32], at: Any) -> bool:
    """Whether no pixel of a tile, whose transmittances begin there, takes any more."""
    open_ = False
    for k in range(0, PIXELS, COUNT):
        open_ |= any_of(load(layers, uint64(at) + uint64(k)) > _NONE)
    return not open_


@parallel_jit
def blend(
    records: NDArray[np.float32],
    features: NDArray[np.float32],
    starts: NDArray[np.int64],
    splats: NDArray[np.uint32],
    tiles_x: int,
    layers: NDArray[np.float32],
) -> None:
    """Fill `layers` (tiles · LAYERS · PIXELS): the blended features, and the transmittance that is left."""
    tiles = len(starts) - 1
    for chunk in prange(_CHUNKS):
        for tile in range(chunk, tiles, _CHUNKS):
            base = uint64(tile * LAYERS * PIXELS)
            layers[base : base + uint64(_T)] = _NONE
            layers[base + uint64(_T) : base + uint64(_T + PIXELS)] = _ONE
            left = np.float32(tile % tiles_x * TILE) + _HALF
            top = np.float32(tile // tiles_x * TILE) + _HALF
            begin, end = starts[tile], starts[tile + 1]
            for entry in range(begin, end):
                if (entry - begin) % _LOOK == _LOOK - 1 and _opaque(layers, base + uint64(_T)):
                    break
                at = uint64(splats[entry]) * uint64(RECORD)
                u, v = records[at + uint64(U)], records[at + uint64(V)]
                a, b, c = records[at + uint64(CONIC_A)], records[at + uint64(CONIC_B)], records[at + uint64(CONIC_C)]
                opacity = records[at + uint64(OPACITY)]
                its = uint64(splats[entry]) * uint64(FEATURES)
                f0, f1 = features[its], features[its + uint64(1)]
                f2, f3 = features[its + uint64(2)], features[its + uint64(3)]
                half_a, half_c = -_HALF * a, -_HALF * c
                first, end_row = _rows(records, at, left - u, top - v)
                dx = steps(left - u)
                for row in range(first, end_row):
                    dy = top + np.float32(row) - v
                    across, along = -b * dy, half_c * dy * dy
                    power = (dx * half_a + across) * dx + along
                    alpha = _fall(where(power > _FAINTEST, power, _FAINTEST)) * opacity
                    alpha = where(alpha < MOST_ALPHA, alpha, MOST_ALPHA)
                    pixel = base + uint64(row * TILE)
                    before = load(layers, pixel + uint64(_T))
                    part = before * alpha
                    after = before - part
                    seen, clear = alpha >= LEAST_ALPHA, after > LEAST_TRANSMITTANCE
                    weight = where(seen & clear, part, _NONE)
                    stopped = where(before < _NONE, before, _NONE - before)
                    store(layers, pixel + uint64(_T), where(seen, where(clear, after, stopped), before))
                    store(layers, pixel, load(layers, pixel) + weight * f0)
                    store(layers, pixel + uint64(PIXELS), load(layers, pixel + uint64(PIXELS)) + weight * f1)
                    store(layers, pixel + uint64(2 * PIXELS), load(layers, pixel + uint64(2 * PIXELS)) + weight * f2)
                    store(layers, pixel + uint64(3 * PIXELS), load(layers, pixel + uint64(3 * PIXELS)) + weight * f3)


@parallel_jit
def median_depth(
    records: NDArray[np.float32],
    features: NDArray[np.float32],
    starts: NDArray[np.int64],
    splats: NDArray[np.uint32],
    tiles_x: int,
    out: NDArray[np.float32],
) -> None:
    """Fill `out` (H, W) with the depth, the last feature, of the splat at which the transmittance falls below ½."""
    height, width = out.shape
    for tile in prange(len(starts) - 1):
        for y in range(tile // tiles_x * TILE, min((tile // tiles_x + 1) * TILE, height)):
            for x in range(tile % tiles_x * TILE, min((tile % tiles_x + 1) * TILE, width)):
                clear = _ONE
                for entry in range(starts[tile], starts[tile + 1]):
                    at = splats[entry] * RECORD
                    dx, dy = np.float32(x) + _HALF - records[at + U], np.float32(y) + _HALF - records[at + V]
                    a, b, c = records[at + CONIC_A], records[at + CONIC_B], records[at + CONIC_C]
                    power = -_HALF * (a * dx * dx + c * dy * dy) - b * dx * dy
                    alpha = min(_fall(max(power, _FAINTEST)) * records[at + OPACITY], MOST_ALPHA)
                    if alpha >= LEAST_ALPHA:
                        clear -= clear * alpha
                        if clear < _HALF:
                            out[y, x] = features[splats[entry] * FEATURES + FEATURES - 1]
                            break


@parallel_jit
def blend_gradient(
    records: NDArray[np.float32],
    features: NDArray[np.float32],
    starts: NDArray[np.int64],
    splats: NDArray[np.uint32],
    slots: NDArray[np.uint32],
    tiles_x: int,
    layers: NDArray[np.float32],
    gradient: NDArray[np.float32],
    moments: NDArray[np.float32],
) -> None:
    """Fill `moments` (entries · MOMENTS) from the gradient of the layers, each entry's in its slot.

    The tiles are walked from front to back as `blend` walks them: what lies behind a splat is the whole less what lies
    before it, so that nothing of the first walk has to be kept.
    """
    tiles = len(starts) - 1
    for chunk in prange(_CHUNKS):
        s = np.empty(_SCRATCH, records.dtype)
        for tile in range(chunk, tiles, _CHUNKS):
            base = uint64(tile * LAYERS * PIXELS)
            begin, end = starts[tile], starts[tile + 1]
            for k in range(LAYERS * PIXELS):
                s[_GRADIENT + k] = gradient[base + uint64(k)]
            for k in range(PIXELS):
                rest = abs(layers[base + uint64(_T + k)]) * s[_GRADIENT + _T + k]
                for channel in range(FEATURES):
                    rest += layers[base + uint64(channel * PIXELS + k)] * s[_GRADIENT + channel * PIXELS + k]
                s[_REST + k] = rest
                s[k] = _ONE
            left = np.float32(tile % tiles_x * TILE) + _HALF
            top = np.float32(tile // tiles_x * TILE) + _HALF
            for entry in range(begin, end):
                if (entry - begin) % _LOOK == _LOOK - 1 and _opaque(s, 0):
                    for later in range(entry, end):
                        out = uint64(slots[later]) * uint64(MOMENTS)
                        for j in range(MOMENTS):
                            moments[out + uint64(j)] = _NONE
                    break
                at = uint64(splats[entry]) * uint64(RECORD)
                u, v = records[at + uint64(U)], records[at + uint64(V)]
                a, b, c = records[at + uint64(CONIC_A)], records[at + uint64(CONIC_B)], records[at + uint64(CONIC_C)]
                opacity = records[at + uint64(OPACITY)]
                its = uint64(splats[entry]) * uint64(FEATURES)
                f0, f1 = features[its], features[its + uint64(1)]
                f2, f3 = features[its + uint64(2)], features[its + uint64(3)]
                half_a, half_c = -_HALF * a, -_HALF * c
                nothing = fill(opacity * _NONE)
                m, mx, my, mxx, mxy, myy = nothing, nothing, nothing, nothing, nothing, nothing
                w0, w1, w2, w3 = nothing, nothing, nothing, nothing
                first, end_row = _rows(records, at, left - u, top - v)
                dx = steps(left - u)
                for row in range(first, end_row):
                    dy = top + np.float32(row) - v
                    across, along = -b * dy, half_c * dy * dy
                    power = (dx * half_a + across) * dx + along
                    full = _fall(where(power > _FAINTEST, power, _FAINTEST)) * opacity
                    alpha = where(full < MOST_ALPHA, full, MOST_ALPHA)
                    pixel = uint64(row * TILE)
                    before = load(s, pixel)
                    part = before * alpha
                    after = before - part
                    seen, clear = alpha >= LEAST_ALPHA, after > LEAST_TRANSMITTANCE
                    weight = where(seen & clear, part, _NONE)
                    stopped = where(before < _NONE, before, _NONE - before)
                    store(s, pixel, where(seen, where(clear, after, stopped), before))
                    g0 = load(s, pixel + uint64(_GRADIENT))
                    g1 = load(s, pixel + uint64(_GRADIENT + PIXELS))
                    g2 = load(s, pixel + uint64(_GRADIENT + 2 * PIXELS))
                    g3 = load(s, pixel + uint64(_GRADIENT + 3 * PIXELS))
                    shade = g0 * f0 + g1 * f1 + g2 * f2 + g3 * f3
                    rest = load(s, pixel + uint64(_REST)) - weight * shade
                    store(s, pixel + uint64(_REST), rest)
                    change = before * shade - rest / (_ONE - alpha)
                    one = where(seen & clear & (full < MOST_ALPHA), change * alpha, _NONE)
                    by_x, by_y = one * dx, one * dy
                    m, mx, my = m + one, mx + by_x, my + by_y
                    mxx, mxy, myy = mxx + by_x * dx, mxy + by_x * dy, myy + by_y * dy
                    w0, w1, w2, w3 = w0 + weight * g0, w1 + weight * g1, w2 + weight * g2, w3 + weight * g3
                out = uint64(slots[entry]) * uint64(MOMENTS)
                moments[out], moments[out + uint64(1)], moments[out + uint64(2)] = total(m), total(mx), total(my)
                moments[out + uint64(3)], moments[out + uint64(4)] = total(mxx), total(mxy)
                moments[out + uint64(5)] = total(myy)
                moments[out + uint64(6)], moments[out + uint64(7)] = total(w0), total(w1)
                moments[out + uint64(8)], moments[out + uint64(9)] = total(w2), total(w3)
