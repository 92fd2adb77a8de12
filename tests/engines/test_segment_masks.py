from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from scenes import noise

from lucida.engines.segmentation.masks import (
    Proposals,
    boxes,
    distinct,
    keep_best,
    numbered,
    paint,
    renumbered,
)
from lucida.engines.segmentation.segments import UNLABELLED

TREE, CAR, PERSON = 4, 20, 12


def disc(x: float, y: float, radius: float, side: int = 64) -> NDArray[np.float16]:
    """Logits (side, side) of a disc with a soft border, in low-resolution pixels."""
    across, down = np.meshgrid(np.arange(side) + 0.5, np.arange(side) + 0.5)
    return (4 * (radius - np.hypot(across - x, down - y))).astype(np.float16)


def proposals(*discs: tuple[float, float, float]) -> Proposals:
    scores = np.linspace(0.99, 0.9, len(discs)).astype(np.float32)
    return Proposals(np.stack([disc(*each) for each in discs]), scores)


def test_boxes_are_the_outermost_pixels_edges() -> None:
    masks = np.zeros((3, 8, 10), bool)
    masks[0, 2:5, 3:9] = True
    masks[1, 7, 9] = True
    assert boxes(masks).tolist() == [[3, 2, 9, 5], [9, 7, 10, 8], [0, 0, 0, 0]]


def plainly_kept(edges: list[tuple[int, int, int, int]], scores: list[float], overlap: float) -> list[int]:
    def common(a: tuple[int, ...], b: tuple[int, ...]) -> float:
        wide = max(0, min(a[2], b[2]) - max(a[0], b[0]))
        high = max(0, min(a[3], b[3]) - max(a[1], b[1]))
        both = wide * high
        return both / ((a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - both)

    kept: list[int] = []
    for which in sorted(range(len(scores)), key=lambda n: -scores[n]):
        if all(common(edges[which], edges[other]) <= overlap for other in kept):
            kept.append(which)
    return kept


box = st.tuples(st.integers(0, 9), st.integers(0, 9), st.integers(1, 9), st.integers(1, 9))


@given(st.lists(box, min_size=1, max_size=12), st.sampled_from([0.3, 0.5, 0.7]))
def test_of_boxes_that_overlap_the_best_stays(found: list[tuple[int, int, int, int]], overlap: float) -> None:
    edges = [(x, y, x + wide, y + high) for x, y, wide, high in found]
    scores = [float((7 * n) % 13) for n in range(len(edges))]
    kept = keep_best(np.array(edges, np.float32), np.array(scores, np.float32), overlap)
    assert kept.tolist() == plainly_kept(edges, scores, overlap)


def test_the_same_thing_proposed_twice_is_one_and_grain_is_none() -> None:
    found = distinct(proposals((20, 20, 10), (20.4, 20, 10), (50, 50, 8), (40, 10, 1.5)), 0.7)
    assert len(found) == 2
    assert found.scores.tolist() == pytest.approx([0.99, 0.93])


def test_small_masks_are_painted_over_large_ones_and_labels_stay_where_no_mask_is() -> None:
    labels = np.full((128, 256), TREE, np.uint8)
    labels[40:90, 60:140] = PERSON
    segments = paint(proposals((25, 32, 6), (32, 32, 25)), labels)
    assert segments.objects[64, 100] == 2  # the small one, over the large one
    assert segments.labels[64, 100] == PERSON
    assert segments.objects[64, 170] == 1
    assert segments.labels[64, 130] == TREE  # most of the large mask is
    assert segments.objects[5, 5] == 0
    assert segments.labels[5, 5] == TREE


def test_a_mask_lies_where_it_was_seen_in_a_picture_that_is_no_square() -> None:
    segments = paint(proposals((16, 48, 5)), np.zeros((120, 400), np.uint8))
    rows, columns = np.nonzero(segments.objects)
    assert (columns.mean() + 0.5) / 400 == pytest.approx(16 / 64, abs=0.003)
    assert (rows.mean() + 0.5) / 120 == pytest.approx(48 / 64, abs=0.003)
    assert np.ptp(columns) / 400 == pytest.approx(10 / 64, abs=0.01)


def test_a_mask_where_nothing_has_a_label_stays_without() -> None:
    segments = paint(proposals((32, 32, 10)), np.full((64, 64), UNLABELLED, np.uint8))
    assert (segments.labels == UNLABELLED).all()
    assert (segments.objects == 1).sum() > 250


def test_a_mask_takes_the_label_of_those_of_its_pixels_that_have_one() -> None:
    labels = np.full((64, 64), UNLABELLED, np.uint8)
    labels[30:33, 30:33] = CAR
    segments = paint(proposals((32, 32, 10)), labels)
    assert (segments.labels[segments.objects == 1] == CAR).all()


def test_things_that_others_cover_have_no_number() -> None:
    objects = np.array([[0, 5, 5], [9, 9, 2]], np.uint16)
    assert renumbered(objects).tolist() == [[0, 2, 2], [3, 3, 1]]


def test_what_touches_and_has_one_label_is_one_thing() -> None:
    labels = np.full((60, 80), 2, np.uint8)
    labels[10:20, 10:20] = labels[10:20, 40:50] = CAR
    labels[30:50, 30:60] = PERSON
    labels[0, 0] = PERSON  # too little to be a thing
    objects = numbered(labels, (CAR, PERSON))
    assert sorted(np.unique(objects)) == [0, 1, 2, 3]
    assert objects[15, 15] != objects[15, 45]
    assert len(np.unique(objects[30:50, 30:60])) == 1
    assert (objects[labels == 2] == 0).all()
    assert objects[0, 0] == 0


def test_more_regions_than_numbers_do_not_overflow() -> None:
    rough = (noise(256, 256) > 0).astype(np.uint8) * CAR
    objects = numbered(rough, (0, CAR), smallest=0.0)
    assert objects.max() == len(np.unique(objects))  # all of them, and no pixel is nothing
