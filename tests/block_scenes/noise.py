"""Noise in space that fades where a pixel sees more than its grain, and patterns that do not flicker."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .kernels import LATTICE, octaves_of

Floats = NDArray[np.float32]

# The deviation of one octave of 2 v − 1.
_DEVIATION = 0.37


def fractal(
    points: NDArray[np.floating],
    size: float,
    octaves: int = 4,
    footprint: NDArray[np.floating] | None = None,
    gain: float = 0.6,
) -> Floats:
    """Noise (N,) of mean 0 and deviation about 1 at points (N, 3) in metres, `size` the largest grain in metres.

    An octave fades out where its grain is less than two of `footprint` (N,), the metres a pixel sees.
    """
    total = np.empty(len(points), np.float32)
    seen = np.zeros(len(points)) if footprint is None else np.asarray(footprint, float)
    octaves_of(LATTICE, np.ascontiguousarray(points, float), seen, float(size), octaves, float(gain), total)
    return total / np.float32(_DEVIATION * np.sqrt((gain ** (2 * np.arange(octaves))).sum()))


def scatter(*cells: NDArray[np.floating]) -> Floats:
    """A number (N,) in 0-1 for each cell, its whole coordinates (N,) given."""
    number = np.zeros(len(cells[0]), np.int64)
    for prime, cell in zip((73856093, 19349663, 83492791), cells, strict=False):
        number ^= np.floor(cell).astype(np.int64) * prime
    return LATTICE[(number * 2654435761 >> 7) % len(LATTICE)]


def lines(along: NDArray[np.floating], period: float, width: float, footprint: NDArray[np.floating]) -> Floats:
    """How much (N,) of a pixel is line: lines `width` wide every `period` metres, box-filtered over the footprint."""
    half = np.maximum(footprint, 1e-5) / 2

    def covered(position: NDArray[np.floating]) -> NDArray[np.floating]:
        turns = np.floor(position / period)
        return turns * width + np.minimum(position - turns * period, width)

    return np.asarray((covered(along + half) - covered(along - half)) / (2 * half), np.float32)


def edge(distance: NDArray[np.floating], footprint: NDArray[np.floating]) -> Floats:
    """How much (N,) of a pixel lies inside an edge, of the distance in metres to it, positive inside."""
    return np.asarray(np.clip(distance / np.maximum(footprint, 1e-5) + 0.5, 0, 1), np.float32)
