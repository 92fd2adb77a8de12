"""What the drafts make of made-up places that nothing of them was fitted to, and whose truth is known."""

from __future__ import annotations

import numpy as np
import pytest
from block_scenes import MAKERS, Scene, block_scene
from depth_measures import abs_rel, constant, vertical_gradient

from lucida.engines.depth.draft import DraftDepth
from lucida.engines.depth.estimate import Sight
from lucida.engines.progress import silent
from lucida.engines.segmentation.ade20k import CATEGORY_OF
from lucida.engines.segmentation.draft import DraftSegments

pytestmark = pytest.mark.slow

OF_EACH = 2  # bench/draft_depth.py and bench/draft_segments.py measure on more
BETTER = 0.85  # of the better baseline's error


@pytest.fixture(scope="module")
def places() -> list[Scene]:
    """Some of each kind."""
    return [block_scene(seed) for seed in range(OF_EACH * len(MAKERS))]


def test_depth_is_nearer_than_the_better_baseline(places: list[Scene]) -> None:
    errors = []
    for place in places:
        metres, truth = DraftDepth().estimate(Sight(place.pixels), silent).metres, place.metres
        guesses = metres, constant(*truth.shape), vertical_gradient(*truth.shape)
        errors.append([abs_rel(guess, truth) for guess in guesses])
    draft, flat, gradient = np.mean(errors, axis=0)
    assert draft <= BETTER * min(flat, gradient), (draft, flat, gradient)


def test_segments_tell_most_by_category(places: list[Scene]) -> None:
    confusion = np.zeros((6, 6))
    for place in places:
        found = CATEGORY_OF[DraftSegments().segment(place.pixels, silent).labels]
        at = place.categories.astype(int) * 6 + found
        confusion += np.bincount(at.ravel(), minlength=36).reshape(6, 6)
    right = confusion.diagonal()
    ious = right / (confusion.sum(0) + confusion.sum(1) - right)
    assert ious.mean() >= 0.45, ious.round(2)
