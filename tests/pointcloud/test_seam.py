from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from numpy.typing import NDArray

from lucida.pointcloud.seam import GOOD, closed, seam_score


def around(phase: float, height: int = 64, width: int = 256) -> NDArray[np.uint8]:
    """A panorama that closes: waves that fit a whole number of times, with some grain."""
    lon = 2 * np.pi * (np.arange(width) + 0.5) / width
    lat = np.linspace(-1, 1, height)[:, None, None]
    tone = 128 + 50 * np.sin(lon + phase)[None, :, None] + 30 * np.cos(5 * lon)[None, :, None] + 20 * lat
    grain = np.random.default_rng(1).normal(0, 2, (height, width, 1))
    return np.asarray(np.clip(tone + grain + np.array([0, 5, -5]), 0, 255), np.uint8)


@given(st.floats(0, 6.28))
def test_a_panorama_that_closes_has_no_seam_and_repair_hardly_changes_it(phase: float) -> None:
    whole = around(phase)
    assert seam_score(whole) < GOOD
    assert np.abs(closed(whole).astype(int) - whole).mean() < 1


@given(st.integers(10, 90))
def test_a_cut_panorama_shows_its_seam_and_repair_closes_it(cut: int) -> None:
    whole = around(0.3)[:, :-cut]
    jump = np.abs(whole[:, 0].astype(int) - whole[:, -1]).mean()
    assume(jump >= 12)
    score = seam_score(whole)
    mended = closed(whole)
    assert score > GOOD
    assert seam_score(mended) < min(GOOD, 0.5 * score)
    middle = slice(whole.shape[1] // 8, -whole.shape[1] // 8)
    np.testing.assert_array_equal(mended[:, middle], whole[:, middle])


def test_repair_leaves_no_streaks_beside_the_seam() -> None:
    rng = np.random.default_rng(2)
    picture = np.full((96, 192, 3), 90, np.uint8)
    picture[:, 96:] = 150
    picture = np.asarray(np.clip(picture + rng.normal(0, 12, picture.shape), 0, 255), np.uint8)
    mended = closed(picture).astype(float)
    beside = slice(6, 11)  # beyond the few pixels that detail is evened out over
    rows_before = picture[:, beside].astype(float).mean(1).std(0)
    assert (mended[:, beside].mean(1).std(0) < 1.2 * rows_before + 1).all()


@pytest.mark.parametrize("shape", [(1, 2), (2, 1), (3, 4), (1, 1)])
def test_the_smallest_panoramas_have_a_score_and_a_repair(shape: tuple[int, int]) -> None:
    picture = np.zeros((*shape, 3), np.uint8)
    assert np.isfinite(seam_score(picture))
    assert closed(picture).shape == picture.shape
