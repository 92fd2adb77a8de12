from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scenes import noise

from lucida.engines.painter.walk import MIRROR_GAP, REPEAT_GAP, SHORTEST_RUN, Run, closed_walk, join_costs

STEP = np.radians(0.9)  # a little more than the painter's 0.7°
WIDE = np.radians(60.0)  # from this field of view on there is room to be choosy


def columns_of(fov: float, seed: int) -> tuple[NDArray[np.float32], NDArray[np.float64]]:
    """Features (H, C, 3) of a photo no column of which is like another, and their longitudes, centred on 0."""
    count = max(4, round(fov / STEP))
    longitudes = (np.arange(count) - (count - 1) / 2) * STEP
    return np.stack([noise(24, count, seed + i) for i in range(3)], -1), longitudes


def ends(run: Run) -> tuple[float, float]:
    """The photo's longitudes that a run shows first and last."""
    return run.sign * (run.start - run.turn), run.sign * (run.end - run.turn)


@settings(max_examples=15, deadline=None)
@given(st.floats(0.3, 2.2), st.integers(0, 2**32 - 1))
def test_runs_fill_the_circle_from_the_right_border_to_the_left_without_gap_or_overlap(fov: float, seed: int) -> None:
    columns, longitudes = columns_of(fov, seed % 1000)
    runs = closed_walk(columns, longitudes, seed)
    assert runs[0].start == pytest.approx(longitudes[-1])
    assert runs[-1].end == pytest.approx(longitudes[0] + 2 * np.pi)
    for run, following in itertools.pairwise(runs):
        assert following.start == pytest.approx(run.end)
    assert all(run.end > run.start for run in runs)


@settings(max_examples=15, deadline=None)
@given(st.floats(0.3, 2.2), st.integers(0, 2**32 - 1))
def test_every_column_shown_lies_inside_the_photo(fov: float, seed: int) -> None:
    columns, longitudes = columns_of(fov, seed % 1000)
    for run in closed_walk(columns, longitudes, seed):
        shown = np.sort(ends(run))
        assert shown[0] >= longitudes[0] - 1.01 * STEP
        assert shown[1] <= longitudes[-1] + 1.01 * STEP


@settings(max_examples=15, deadline=None)
@given(st.floats(WIDE + 0.02, 2.2), st.integers(0, 2**32 - 1))
def test_no_join_is_a_kaleidoscope_and_none_repeats_what_was_just_seen(fov: float, seed: int) -> None:
    columns, longitudes = columns_of(fov, seed % 1000)
    photo = Run(longitudes[0], longitudes[-1], 0.0, 1)
    runs = [photo, *closed_walk(columns, longitudes, seed), photo]
    for before, after in itertools.pairwise(runs):
        apart = abs(ends(before)[1] - ends(after)[0])
        gap = REPEAT_GAP if before.sign == after.sign else MIRROR_GAP
        assert apart > gap - 2.01 * STEP  # the last column of one, the first of the other, each half a step off


@settings(max_examples=10, deadline=None)
@given(st.floats(WIDE, 2.2), st.integers(0, 2**32 - 1))
def test_no_run_of_a_wide_photo_is_a_shard(fov: float, seed: int) -> None:
    columns, longitudes = columns_of(fov, seed % 1000)
    around = 2 * np.pi - (longitudes[-1] - longitudes[0])
    shortest = min(SHORTEST_RUN, (longitudes[-1] - longitudes[0]) / 2, around / 3)
    for run in closed_walk(columns, longitudes, seed):
        assert run.end - run.start > shortest - 1.01 * STEP


def test_a_walk_is_the_same_for_the_same_seed_and_another_for_another() -> None:
    columns, longitudes = columns_of(1.2, 5)
    walks = [closed_walk(columns, longitudes, seed) for seed in (1, 1, 2, 3, 4)]
    assert walks[0] == walks[1]
    assert any(walk != walks[0] for walk in walks[2:])


def test_a_place_that_returns_is_joined_where_it_does() -> None:
    """A wall of equal bays: a join that goes on forwards a whole bay away is free, so nothing else is taken."""
    bay = round(np.radians(20.0) / STEP)
    bays = np.stack([noise(24, bay, i) for i in range(3)], -1)
    columns = np.tile(bays, (1, 4, 1))
    longitudes = (np.arange(4 * bay) - (4 * bay - 1) / 2) * STEP
    runs = closed_walk(columns, longitudes, 0)
    assert {run.sign for run in runs} == {1}
    for before, after in itertools.pairwise(runs):
        across = (ends(before)[1] - ends(after)[0]) / STEP / bay
        assert abs(across - round(across)) * bay < 1.5


def test_join_costs_are_those_of_a_plain_loop() -> None:
    columns = np.random.default_rng(0).random((5, 9, 2), dtype=np.float32)
    window, count = 2, 9
    forwards, mirrored = join_costs(columns, window)
    for a, b in itertools.product(range(count), repeat=2):
        same, turned = [], []
        for step in range(-window, window + 1):
            left = columns[:, min(max(a + step, 0), count - 1)]
            same.append(np.abs(left - columns[:, min(max(b + step, 0), count - 1)]).mean())
            turned.append(np.abs(left - columns[:, min(max(b - step, 0), count - 1)]).mean())
        assert forwards[a, b] == pytest.approx(np.mean(same), abs=1e-5)
        assert mirrored[a, b] == pytest.approx(np.mean(turned), abs=1e-5)
