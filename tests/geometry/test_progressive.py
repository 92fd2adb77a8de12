from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lucida.geometry.progressive import progressive_order, progressive_order_reference

sides = st.integers(1, 70)


@given(sides, sides, st.integers(0, 2**32 - 1))
def test_every_pixel_comes_once_and_the_fast_order_is_the_reference(width: int, height: int, seed: int) -> None:
    order = progressive_order(width, height, seed)
    assert (np.sort(order) == np.arange(width * height)).all()
    assert (order == progressive_order_reference(width, height, seed)).all()


@pytest.mark.parametrize("seed", [0, 1, 2])
@pytest.mark.parametrize("halvings", range(0, 13))
def test_each_beginning_of_a_power_of_two_puts_one_point_into_every_rectangle(seed: int, halvings: int) -> None:
    order = progressive_order(128, 64, seed)[: 2**halvings]
    y, x = np.divmod(order, 128)
    for a in range(max(0, halvings - 6), min(halvings, 7) + 1):
        cell = (x >> (7 - a)).astype(int) * 64 + (y >> (6 - (halvings - a)))
        assert len(np.unique(cell)) == 2**halvings


def unevenness(pixels: np.ndarray, width: int, height: int, across: int, down: int) -> float:
    """How far the counts of cells are from what each cell's share of the picture asks for: variance over mean.

    It is 1 for points by chance.
    """
    y, x = np.divmod(pixels.astype(np.int64), width)
    cells = down * across
    area = np.zeros(cells)
    every = np.arange(width * height)
    np.add.at(area, (every // width * down // height) * across + every % width * across // width, 1)
    count = np.bincount((y * down // height) * across + x * across // width, minlength=cells)
    expected = area / area.sum() * len(pixels)
    return float((((count - expected) ** 2) / expected).mean())


@pytest.mark.parametrize(("width", "height"), [(1792, 1024), (333, 517), (600, 40)])
@pytest.mark.parametrize("share", [0.003, 0.01, 0.037, 0.1, 0.3])
def test_every_beginning_covers_the_picture_more_evenly_than_chance(width: int, height: int, share: float) -> None:
    count = int(width * height * share)
    by_chance = np.random.default_rng(5).permutation(width * height)[:count]
    ordered = progressive_order(width, height, 7)[:count]
    # Cells with about sixteen points each, of the picture's own shape.
    across = max(1, round((count / 16 * width / height) ** 0.5))
    down = max(1, round(count / 16 / across))
    ours, theirs = (unevenness(order, width, height, across, down) for order in (ordered, by_chance))
    assert ours < 0.5 * theirs, (ours, theirs)


def test_no_pixel_is_far_from_a_beginning() -> None:
    order = progressive_order(512, 300, 3)
    by_chance = np.random.default_rng(3).permutation(512 * 300)
    for count in (100, 1000, 5000):
        gaps = []
        for pixels in (order, by_chance):
            empty = np.ones(512 * 300, np.uint8)
            empty[pixels[:count]] = 0
            gaps.append(cv2.distanceTransform(empty.reshape(300, 512), cv2.DIST_L2, 5).max())
        assert gaps[0] < 0.85 * gaps[1], (count, gaps)


def test_there_is_no_pattern() -> None:
    first = progressive_order(1024, 1024, 0)[:4096]
    y, x = np.divmod(first, 1024)
    for coordinate in (x, y):  # without scrambling, or with the same at every place, these are one number
        assert len(np.unique(coordinate[0::2] ^ coordinate[1::2])) > 50


def test_a_seed_decides_the_order() -> None:
    assert (progressive_order(40, 30, 1) == progressive_order(40, 30, 1)).all()
    assert (progressive_order(40, 30, 1) != progressive_order(40, 30, 2)).any()
