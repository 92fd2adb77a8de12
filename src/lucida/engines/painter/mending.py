"""What makes pieces that were laid side by side as bright as each other where they meet.

The correction that has no gradient but across the cuts, where it takes back the step: Poisson's equation, solved by
transforms (gradient-domain blending, Pérez et al. 2003). Steps that are too high to be a difference of light are edges
of things, and stay.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from scipy import fft

from lucida.engines.painter.quilt import Quilt

_LIGHT = 1.0  # stops: what differs by much more is another thing, not another light

See = Callable[[NDArray[np.int16], NDArray[np.intp], NDArray[np.intp]], NDArray[np.float32]]


def mended(quilt: Quilt, stands: NDArray[np.float32], see: See) -> NDArray[np.float32]:
    """Stops (h, w, 3) to add to the pieces, as far as they are what `stands` there (h, w).

    `see` says in stops (K, 3) what pieces (K,) show at rows and columns (K,).
    """
    piece = quilt.piece[..., 0]
    height, width = piece.shape
    total = np.zeros((height, width, 3), np.float32)  # the divergence of the steps
    for down, across in ((0, 1), (1, 0)):
        beyond = np.roll(piece, (-down, -across), (0, 1))
        row, column = np.nonzero(piece != beyond)
        row, column = row[row + down < height], column[row + down < height]
        step = see(beyond[row, column], row, column) - see(piece[row, column], row, column)
        step *= stands[row, column, None] * np.exp(-((step / _LIGHT) ** 2).sum(-1, keepdims=True))
        np.add.at(total, (row, column), -step)
        np.add.at(total, (row + down, (column + across) % width), step)
    return _solved(total)


def _solved(divergence: NDArray[np.float32]) -> NDArray[np.float32]:
    """The field (h, w, …), closed around, of mean 0, whose Laplacian is the divergence."""
    height, width = divergence.shape[:2]
    waves = fft.rfft(fft.dct(divergence, axis=0), axis=1)
    response = 2 * np.cos(np.pi * np.arange(height) / height)[:, None] - 4
    response = response + 2 * np.cos(2 * np.pi * np.arange(waves.shape[1]) / width)
    response[0, 0], waves[0, 0] = 1, 0
    waves /= response[..., None]
    return np.asarray(fft.idct(fft.irfft(waves, width, axis=1), axis=0), np.float32)
