"""Front-to-back blending of projected splats, tile by tile, and its gradient (Kerbl et al. 2023, sections 4 and 6).

A splat's `RECORD` says where it is and how opaque, its `FEATURES` are what is blended: red, green, blue and depth, or
any other four. Everything is flat and laid out by tiles, so that the loops over a row of a tile become vector
instructions. A pixel's transmittance is negative once it is opaque and takes no more. reference.py does it slowly.
"""

from __future__ import annotations

import numpy as np
from numba import prange, uint64
from numpy.typing import NDArray

from lucida.imaging.kernels import jit, parallel_jit

TILE = 8  # pixels a side
PIXELS = TILE * TILE
RECORD = 8
U, V, CONIC_A, CONIC_B, CONIC_C, OPACITY, REACH, CUTOFF = range(RECORD)
FEATURES = 4
LAYERS = FEATURES + 1  # and the transmittance
MOMENTS = 10  # of a gradient: 1, x, y, xx, xy, yy over the splat's footprint, and its four features'

LEAST_ALPHA = np.float32(1 / 255)
MOST_ALPHA = np.float32(0.99)
LEAST_TRANSMITTANCE = np.float32(1e-4)
_CHUNKS = 64  # of interleaved tiles, which share the work evenly
_LOOK = 8  # splats between looks at whether a tile is opaque

_T = FEATURES * PIXELS  # where a tile's transmittance begins
_REST, _GRADIENT, _SUMS = PIXELS, 2 * PIXELS, (2 + LAYERS) * PIXELS
_SCRATCH = _SUMS + MOMENTS * PIXELS

# exp on [-0.72, 0], to 8e-8 (Chebyshev); its eighth power is exp on all that a splat can need.
_E0, _E1, _E2 = np.float32(0.99999993), np.float32(0.99999302), np.float32(0.49988602)
_E3, _E4, _E5 = np.float32(0.16598047), np.float32(0.039772392), np.float32(0.0058409343)
_EIGHTH, _FAINTEST, _HALF = np.float32(0.125), np.float32(-5.75), np.float32(0.5)
_ONE, _NONE = np.float32(1), np.float32(0)


@jit
def _alpha(power: np.float32, opacity: np.float32) -> np.float32:
    """opacity · exp(power), for powers up to 0."""
    x = (power if power > _FAINTEST else _FAINTEST) * _EIGHTH
    e = ((((_E5 * x + _E4) * x + _E3) * x + _E2) * x + _E1) * x + _E0
    e *= e
    e *= e
    return opacity * (e * e)


@jit
def _rows(v: np.float32, reach: np.float32, top: np.float32) -> tuple[int, int]:
    """The rows of a tile, whose first pixel centre is at `top`, that a splat reaches: first and one past the last."""
    first, last = np.ceil(v - reach - top), np.floor(v + reach - top)
    return int(max(first, _NONE)), int(min(last, np.float32(TILE - 1))) + 1


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
                if (entry - begin) % _LOOK == _LOOK - 1:
                    most = _NONE
                    for k in range(PIXELS):
                        most = max(most, layers[base + uint64(_T + k)])
                    if most <= _NONE:
                        break
                splat = uint64(splats[entry])
                at = splat * uint64(RECORD)
                u, v = records[at + uint64(U)], records[at + uint64(V)]
                a, b, c = records[at + uint64(CONIC_A)], records[at + uint64(CONIC_B)], records[at + uint64(CONIC_C)]
                opacity = records[at + uint64(OPACITY)]
                first, end_row = _rows(v, records[at + uint64(REACH)], top)
                at = splat * uint64(FEATURES)
                f0, f1, f2, f3 = (
                    features[at],
                    features[at + uint64(1)],
                    features[at + uint64(2)],
                    features[at + uint64(3)],
                )
                half_a = -_HALF * a
                for row in range(first, end_row):
                    dy = top + np.float32(row) - v
                    across, along = -b * dy, -_HALF * c * dy * dy
                    here = base + uint64(row * TILE)
                    for k in range(TILE):
                        dx = left + np.float32(k) - u
                        alpha = _alpha((half_a * dx + across) * dx + along, opacity)
                        alpha = alpha if alpha < MOST_ALPHA else MOST_ALPHA
                        pixel = here + uint64(k)
                        before = layers[pixel + uint64(_T)]
                        after = before - before * alpha
                        seen = alpha >= LEAST_ALPHA
                        clear = after > LEAST_TRANSMITTANCE
                        weight = before * alpha if seen & clear else _NONE
                        layers[pixel + uint64(_T)] = (after if clear else -abs(before)) if seen else before
                        layers[pixel] += weight * f0
                        layers[pixel + uint64(PIXELS)] += weight * f1
                        layers[pixel + uint64(2 * PIXELS)] += weight * f2
                        layers[pixel + uint64(3 * PIXELS)] += weight * f3


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
                    alpha = min(_alpha(power, records[at + OPACITY]), MOST_ALPHA)
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
                if (entry - begin) % _LOOK == _LOOK - 1:
                    most = _NONE
                    for k in range(PIXELS):
                        most = max(most, s[k])
                    if most <= _NONE:
                        for later in range(entry, end):
                            out = uint64(slots[later]) * uint64(MOMENTS)
                            for j in range(MOMENTS):
                                moments[out + uint64(j)] = _NONE
                        break
                splat = uint64(splats[entry])
                at = splat * uint64(RECORD)
                u, v = records[at + uint64(U)], records[at + uint64(V)]
                a, b, c = records[at + uint64(CONIC_A)], records[at + uint64(CONIC_B)], records[at + uint64(CONIC_C)]
                opacity = records[at + uint64(OPACITY)]
                first, end_row = _rows(v, records[at + uint64(REACH)], top)
                at = splat * uint64(FEATURES)
                f0, f1, f2, f3 = (
                    features[at],
                    features[at + uint64(1)],
                    features[at + uint64(2)],
                    features[at + uint64(3)],
                )
                half_a = -_HALF * a
                for row in range(first, end_row):
                    dy = top + np.float32(row) - v
                    across, along = -b * dy, -_HALF * c * dy * dy
                    here = uint64(row * TILE)
                    for k in range(TILE):
                        dx = left + np.float32(k) - u
                        full = _alpha((half_a * dx + across) * dx + along, opacity)
                        alpha = full if full < MOST_ALPHA else MOST_ALPHA
                        pixel = here + uint64(k)
                        before = s[pixel]
                        passes = _ONE - alpha
                        after = before - before * alpha
                        seen = alpha >= LEAST_ALPHA
                        clear = after > LEAST_TRANSMITTANCE
                        weight = before * alpha if seen & clear else _NONE
                        s[pixel] = (after if clear else -abs(before)) if seen else before
                        g0, g1 = s[pixel + uint64(_GRADIENT)], s[pixel + uint64(_GRADIENT + PIXELS)]
                        g2, g3 = s[pixel + uint64(_GRADIENT + 2 * PIXELS)], s[pixel + uint64(_GRADIENT + 3 * PIXELS)]
                        shade = f0 * g0 + f1 * g1 + f2 * g2 + f3 * g3
                        rest = s[pixel + uint64(_REST)] - weight * shade
                        s[pixel + uint64(_REST)] = rest
                        change = before * shade - rest / passes
                        moment = change * alpha if seen & clear & (full < MOST_ALPHA) else _NONE
                        s[pixel + uint64(_SUMS)] = moment
                        s[pixel + uint64(_SUMS + PIXELS)] = moment * dx
                        s[pixel + uint64(_SUMS + 2 * PIXELS)] = moment * dy
                        s[pixel + uint64(_SUMS + 3 * PIXELS)] = moment * dx * dx
                        s[pixel + uint64(_SUMS + 4 * PIXELS)] = moment * dx * dy
                        s[pixel + uint64(_SUMS + 5 * PIXELS)] = moment * dy * dy
                        s[pixel + uint64(_SUMS + 6 * PIXELS)] = weight * g0
                        s[pixel + uint64(_SUMS + 7 * PIXELS)] = weight * g1
                        s[pixel + uint64(_SUMS + 8 * PIXELS)] = weight * g2
                        s[pixel + uint64(_SUMS + 9 * PIXELS)] = weight * g3
                out = uint64(slots[entry]) * uint64(MOMENTS)
                for j in range(MOMENTS):
                    total = _NONE
                    for row in range(first, end_row):
                        lane = uint64(_SUMS + j * PIXELS + row * TILE)
                        for k in range(TILE):
                            total += s[lane + uint64(k)]
                    moments[out + uint64(j)] = total
