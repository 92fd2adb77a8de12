"""A picture cut into small pieces of one colour, and what is known of pieces from their pixels.

Pieces are SLIC's (Achanta et al. 2012, "SLIC Superpixels Compared to State-of-the-Art Superpixel Methods"), as OpenCV
has them.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

SIDE = 14  # pixels of a piece's edge, about
_COMPACT = 14.0  # how much nearness counts beside colour
_ROUNDS = 4


@dataclass(frozen=True)
class Superpixels:
    """`labels` int64 (h, w) numbers the pieces from 0 to `count`."""

    labels: NDArray[np.int64]
    count: int

    @functools.cached_property
    def sizes(self) -> NDArray[np.float64]:
        """Pixels (N,) of each piece."""
        return np.bincount(self.labels.reshape(-1), minlength=self.count).astype(np.float64)

    def mean(self, maps: NDArray[np.floating]) -> NDArray[np.float64]:
        """The mean (N, C) of maps (h, w, C) over each piece."""
        flat, at = maps.reshape(-1, maps.shape[-1]), self.labels.reshape(-1)
        sums = [np.bincount(at, flat[:, n], self.count) for n in range(flat.shape[1])]
        return np.stack(sums, 1) / np.maximum(self.sizes, 1)[:, None]

    @functools.cached_property
    def borders(self) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """Pairs of pieces (M, 2) that touch, the lesser number first, and the pixels (M,) along which they do."""
        across = np.stack([self.labels[:, :-1].ravel(), self.labels[:, 1:].ravel()])
        down = np.stack([self.labels[:-1].ravel(), self.labels[1:].ravel()])
        pairs = np.sort(np.concatenate([across, down], 1), axis=0)
        pairs = pairs[:, pairs[0] != pairs[1]]
        found, length = np.unique(pairs[0] * self.count + pairs[1], return_counts=True)
        return np.stack(np.divmod(found, self.count), 1), length.astype(np.float64)

    @functools.cached_property
    def sides(self) -> NDArray[np.bool_]:
        """Whether each piece touches the picture's top, bottom, left and right (N, 4)."""
        touching = np.zeros((self.count, 4), bool)
        for side, edge in enumerate((self.labels[0], self.labels[-1], self.labels[:, 0], self.labels[:, -1])):
            touching[edge, side] = True
        return touching


def divide(lab: NDArray[np.uint8]) -> Superpixels:
    """The pieces of a picture in 8-bit CIELAB (h, w, 3)."""
    slic = cv2.ximgproc.createSuperpixelSLIC(lab, cv2.ximgproc.SLIC, SIDE, _COMPACT)
    slic.iterate(_ROUNDS)
    slic.enforceLabelConnectivity(25)
    labels = slic.getLabels().astype(np.int64)
    return Superpixels(labels, int(labels.max()) + 1)
