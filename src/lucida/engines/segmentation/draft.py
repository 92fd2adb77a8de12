"""Segmentation without weights to fetch: pieces of a picture, what each shows, and how they lie to each other."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from lucida.engines.progress import Progress
from lucida.engines.segmentation.ade20k import CATEGORY_OF, LABELS, THINGS
from lucida.engines.segmentation.classifier import KINDS, classify
from lucida.engines.segmentation.cues import look, working_size
from lucida.engines.segmentation.masks import numbered
from lucida.engines.segmentation.segments import Segments
from lucida.engines.segmentation.smoothing import agree

_BORDER, _EVEN = 6, 1e-3  # pixels around a border within which it follows the picture, and how closely
_ANIMAL, _PERSON = LABELS.index("animal"), LABELS.index("person")
_UPRIGHT = 1.5  # what is so much higher than wide is rather a person than an animal


class DraftSegments:
    """Tells some dozen kinds of things apart, by small networks that come with the package."""

    name = "draft"
    licence = "Apache-2.0"

    def segment(self, pixels: NDArray[np.uint8], progress: Progress) -> Segments:
        """The things in a picture, uint8 sRGB (H, W, 3). Raises what `progress` raises to stop the work."""
        progress(0.0, "Looking at the picture")
        height, width = pixels.shape[:2]
        rows, columns = working_size(height, width)
        method = cv2.INTER_AREA if rows < height else cv2.INTER_CUBIC
        small = np.asarray(cv2.resize(pixels, (columns, rows), interpolation=method), np.uint8)
        seen = look(small)
        progress(0.4, "Telling what is where")
        likely = agree(seen, classify(seen))
        progress(0.6, "Following the borders")
        labels = _labels(small, likely, seen.pieces.labels, height, width)
        objects = numbered(labels, THINGS, smallest=1e-3)
        progress(1.0, "Done")
        return Segments(_people(labels, objects), objects)


def _labels(
    small: NDArray[np.uint8], likely: NDArray[np.float32], pieces: NDArray[np.int64], height: int, width: int
) -> NDArray[np.uint8]:
    """Labels (height, width): the likeliest category, drawn to the borders of the picture, then its likeliest kind.

    `likely` (N, K) is of the pieces of the small picture, which number its pixels.
    """
    kinds, category = np.asarray(KINDS, np.uint8), CATEGORY_OF[list(KINDS)]
    guide = cv2.ximgproc.createGuidedFilter(small, _BORDER, _EVEN * 255**2)
    best = np.full((height, width), -np.inf, np.float32)
    labels = np.zeros((height, width), np.uint8)
    totals = [likely[:, category == n].sum(1) for n in range(int(category.max()) + 1)]
    for n in np.unique(np.argmax(totals, 0)):
        mine = np.flatnonzero(category == n)
        kind = kinds[mine[likely[:, mine].argmax(1)]]
        drawn = guide.filter(totals[n].astype(np.float32)[pieces])
        large = cv2.resize(drawn, (width, height), interpolation=cv2.INTER_LINEAR)
        better = large > best
        best[better] = large[better]
        labels[better] = cv2.resize(kind[pieces], (width, height), interpolation=cv2.INTER_NEAREST)[better]
    return labels


def _people(labels: NDArray[np.uint8], objects: NDArray[np.uint16]) -> NDArray[np.uint8]:
    """The labels, where a subject that stands upright is a person."""
    for number in np.unique(objects[labels == _ANIMAL]):
        rows, columns = np.nonzero((objects == number) & (labels == _ANIMAL))
        if number and np.ptp(rows) + 1 > _UPRIGHT * (np.ptp(columns) + 1):
            labels[rows, columns] = _PERSON
    return labels
