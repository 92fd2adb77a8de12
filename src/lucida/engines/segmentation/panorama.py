"""Segmentation of a panorama: the picture goes on beyond its edges, and what crosses ±180° is one thing."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from lucida.engines.progress import Progress
from lucida.engines.segmentation.masks import renumbered
from lucida.engines.segmentation.segments import SegmentationEngine, Segments

_BEYOND = 1 / 8  # of a turn that is shown again on either side
_SAME = 0.5  # share of the smaller of two things that lies in the other where both are seen


def segment_panorama(engine: SegmentationEngine, pixels: NDArray[np.uint8], progress: Progress) -> Segments:
    """What is where in an equirectangular picture of a whole turn, uint8 sRGB (H, W, 3).

    The engine sees each edge with an eighth of a turn beyond it. Raises what `progress` raises to stop the work.
    """
    width = pixels.shape[1]
    beyond = max(1, round(_BEYOND * width))
    seen = engine.segment(np.ascontiguousarray(np.pad(pixels, ((0, 0), (beyond, beyond), (0, 0)), "wrap")), progress)
    middle = slice(beyond, beyond + width)
    labels = np.ascontiguousarray(seen.labels[:, middle])
    return Segments(labels, _joined(seen.objects, beyond), seen.notes)


def _joined(objects: NDArray[np.uint16], beyond: int) -> NDArray[np.uint16]:
    """The middle of numbered things (H, W + 2 * beyond), where those that are one beyond an edge have one number."""
    width = objects.shape[1] - 2 * beyond
    root = np.arange(int(objects.max()) + 1)
    for here, there in ((0, width), (beyond + width, beyond)):  # the same part of the turn, seen twice
        a, b = objects[:, here : here + beyond].ravel(), objects[:, there : there + beyond].ravel()
        both = (a > 0) & (b > 0)
        pairs, shared = np.unique(np.stack([a[both], b[both]], 1), axis=0, return_counts=True)
        area = np.minimum(
            np.bincount(a, minlength=len(root))[pairs[:, 0]], np.bincount(b, minlength=len(root))[pairs[:, 1]]
        )
        for one, other in pairs[shared > _SAME * area]:
            root[root == root[one]] = root[other]
    return renumbered(root.astype(np.uint16)[objects[:, beyond : beyond + width]])
