from __future__ import annotations

import itertools

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lucida.engines.painter.cutting import cheapest_path, within_cut


@settings(max_examples=50, deadline=None)
@given(st.integers(1, 4), st.integers(2, 5), st.integers(0, 10_000))
def test_a_path_is_the_cheapest_of_all(height: int, width: int, seed: int) -> None:
    cost = np.random.default_rng(seed).random((height, width))
    paths = [
        path
        for path in itertools.product(range(width), repeat=height)
        if all(abs(a - b) <= 1 for a, b in itertools.pairwise(path))
    ]
    cheapest = min(sum(cost[row, column] for row, column in enumerate(path)) for path in paths)
    found = cheapest_path(cost)
    assert tuple(found) in paths
    assert sum(cost[row, column] for row, column in enumerate(found)) == pytest.approx(cheapest)


@pytest.mark.parametrize("tall", [False, True])
def test_a_cut_follows_the_ring_where_the_pieces_agree(tall: bool) -> None:
    height, width = (150, 60) if tall else (60, 60)
    y, x = np.mgrid[:height, :width] + 0.5
    far = np.hypot((y - height / 2) / (height / width), x - width / 2)
    apart = np.where(np.abs(far - 21) < 1.5, 0, 2).astype(np.float32)
    inside, shows = within_cut(apart, np.zeros_like(apart, bool), np.ones_like(apart, bool), 8, tall=tall)
    assert shows < 0.2
    assert inside[far < 19].all()
    assert not inside[far > 23].any()


def test_a_cut_hangs_together_and_stays_where_the_piece_may_lie() -> None:
    rng = np.random.default_rng(0)
    apart = cv2.GaussianBlur(rng.random((60, 60)).astype(np.float32), (0, 0), 2)
    allowed = np.ones((60, 60), bool)
    allowed[:, 45:] = False
    inside, _ = within_cut(apart, np.zeros((60, 60), bool), allowed, 8, tall=False)
    assert inside.any()
    assert not inside[:, 46:].any()
    assert cv2.connectedComponents(inside.astype(np.uint8))[0] == 2


def test_where_nothing_stands_the_cut_goes_far_out() -> None:
    empty = np.ones((60, 60), bool)
    inside, _ = within_cut(np.zeros((60, 60), np.float32), empty, np.ones((60, 60), bool), 8, tall=False)
    assert inside.mean() > 0.9
