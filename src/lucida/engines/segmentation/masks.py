"""Masks that a model proposes: which of them are kept, and a picture painted with those."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from lucida.engines.segmentation.segments import UNLABELLED, Segments

SMALLEST = 16  # pixels of a low-resolution mask; less is grain


@dataclass(frozen=True)
class Proposals:
    """Low-resolution masks: `logits` float16 (N, h, w), and `scores` (N,), the overlap each is thought to have."""

    logits: NDArray[np.float16]
    scores: NDArray[np.float32]

    def __len__(self) -> int:
        return len(self.scores)


def boxes(masks: NDArray[np.bool_]) -> NDArray[np.float32]:
    """Left, top, right and bottom edges (N, 4) of masks (N, h, w), all 0 where a mask is empty."""
    rows, columns = np.asarray(masks.any(2)), np.asarray(masks.any(1))
    top, left = rows.argmax(1), columns.argmax(1)
    bottom, right = rows.shape[1] - rows[:, ::-1].argmax(1), columns.shape[1] - columns[:, ::-1].argmax(1)
    edges = np.stack([left, top, right, bottom], 1).astype(np.float32)
    edges[~rows.any(1)] = 0
    return edges


def keep_best(edges: NDArray[np.float32], scores: NDArray[np.float32], overlap: float) -> NDArray[np.int64]:
    """Which of N boxes are kept, the best first: none overlaps a better one by more than `overlap`.

    The overlap is the share that two boxes have in common of what they cover together.
    """
    area = (edges[:, 2] - edges[:, 0]) * (edges[:, 3] - edges[:, 1])
    waiting = np.argsort(-scores, kind="stable")
    kept = []
    while waiting.size:
        best, waiting = waiting[0], waiting[1:]
        kept.append(best)
        inner = np.minimum(edges[best, 2:], edges[waiting, 2:]) - np.maximum(edges[best, :2], edges[waiting, :2])
        common = np.maximum(inner, 0).prod(1)
        waiting = waiting[common <= overlap * (area[best] + area[waiting] - common)]
    return np.array(kept, np.int64)


def distinct(proposals: Proposals, overlap: float) -> Proposals:
    """The proposals without those that are nearly another's box, the best first."""
    masks = proposals.logits > 0
    large = masks.sum((1, 2)) >= SMALLEST
    kept = np.flatnonzero(large)
    kept = kept[keep_best(boxes(masks[kept]), proposals.scores[kept], overlap)]
    return Proposals(proposals.logits[kept], proposals.scores[kept])


def paint(
    proposals: Proposals, labels: NDArray[np.uint8], painted: Callable[[float], None] = lambda done: None
) -> Segments:
    """Each mask with the label that most of it has in `labels` (H, W), the large first, so that the small lie on top.

    Where no mask is, `labels` stay as they are. One mask at a time is brought to the picture's size.
    """
    height, width = labels.shape
    told, objects = labels.copy(), np.zeros(labels.shape, np.uint16)
    order = np.argsort(-(proposals.logits > 0).sum((1, 2)), kind="stable")
    for number, which in enumerate(order, start=1):
        logits = proposals.logits[which].astype(np.float32)
        mask = cv2.resize(logits, (width, height), interpolation=cv2.INTER_LINEAR) > 0
        known = labels[mask]
        counts = np.bincount(known[known != UNLABELLED], minlength=1)
        if counts.any():
            told[mask] = counts.argmax()
        objects[mask] = number
        painted(number / len(order))
    return Segments(told, renumbered(objects))


def renumbered(objects: NDArray[np.uint16]) -> NDArray[np.uint16]:
    """The same objects numbered from 1 without gaps: what others cover wholly has no number."""
    there = np.bincount(objects.reshape(-1)) > 0
    there[0] = False
    number = np.where(there, np.cumsum(there), 0).astype(np.uint16)
    return number[objects]


def numbered(labels: NDArray[np.uint8], things: Sequence[int], smallest: float = 5e-4) -> NDArray[np.uint16]:
    """Numbers (H, W) for the connected regions of labels that are `things`, those of a share `smallest` at least."""
    objects = np.zeros(labels.shape, np.uint16)
    last = 0
    for label in np.intersect1d(labels, things):
        _, regions, about, _ = cv2.connectedComponentsWithStats((labels == label).astype(np.uint8), connectivity=4)
        large = about[:, cv2.CC_STAT_AREA] >= max(1.0, smallest * labels.size)
        large[0] = False
        number = np.where(large, np.cumsum(large) + last, 0)
        last = min(last + int(large.sum()), 65535)
        here = regions > 0
        objects[here] = np.minimum(number[regions[here]], 65535)
    return objects
