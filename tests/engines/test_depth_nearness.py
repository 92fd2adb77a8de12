from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray

from lucida.engines.depth.estimate import Depth
from lucida.engines.depth.nearness import nearness


def plain(metres: NDArray[np.float32]) -> NDArray[np.float64]:
    """The definition, over every pixel."""
    near = 1 / metres.astype(np.float64)
    solid = np.isfinite(metres)
    far_end, near_end = np.percentile(near[solid], (1, 99.5))
    return np.where(solid, np.clip((near - far_end) / (near_end - far_end), 0, 1), 0)


def place(height: int, width: int, seed: int = 0) -> NDArray[np.float32]:
    """A ground that goes from 2 to 60 m, with rough things on it, under a sky."""
    rng = np.random.default_rng(seed)
    y = np.linspace(0, 1, height)[:, None] * np.ones(width)
    metres = 2 + 58 * (1 - y) ** 2 * rng.uniform(0.7, 1.3, (height, width))
    metres[y < 0.3] = np.inf
    return metres.astype(np.float32)


def test_it_is_the_definition_where_every_pixel_is_looked_at() -> None:
    metres = place(300, 400)
    near = nearness(Depth(metres))
    assert near.dtype == np.float32
    assert np.abs(near - plain(metres)).max() < 2e-3  # percentiles between two pixels' values


def test_a_grid_of_a_large_picture_tells_nearly_the_same() -> None:
    metres = place(1200, 2000)
    assert np.abs(nearness(Depth(metres)) - plain(metres)).max() < 5e-3


def test_near_is_1_far_and_sky_are_0() -> None:
    metres = place(100, 100)
    near = nearness(Depth(metres))
    assert (near[np.isinf(metres)] == 0).all()
    assert near.max() == pytest.approx(1)
    assert near[metres < 2.05].min() > 0.9
    assert near[np.isfinite(metres) & (metres > 25)].max() < 0.1


def test_a_sky_at_10_km_does_not_flatten_the_rest() -> None:
    metres = place(100, 100)
    assert nearness(Depth(metres)).std() > 0.2


@pytest.mark.parametrize("metres", [np.inf, 3.0])
def test_a_picture_that_is_all_sky_or_all_wall_is_even(metres: float) -> None:
    near = nearness(Depth(np.full((20, 30), metres, np.float32)))
    assert (near == (0 if np.isinf(metres) else 0.5)).all()


@given(arrays(np.float32, (13, 17), elements=st.sampled_from([0.1, 1.0, 2.5, 7.0, 9000.0, float("inf")])))
def test_any_depth_gives_0_to_1_and_the_nearer_is_never_the_less(metres: NDArray[np.float32]) -> None:
    near = nearness(Depth(metres.copy()))
    assert np.isfinite(near).all()
    assert near.min() >= 0
    assert near.max() <= 1
    order = np.argsort(metres, axis=None, kind="stable")
    assert (np.diff(near.ravel()[order]) <= 0).all()


def test_the_depth_itself_stays_as_it_is() -> None:
    metres = place(50, 50)
    before = metres.copy()
    nearness(Depth(metres))
    assert (metres == before).all()


def test_one_thing_before_the_sky_of_a_large_picture_is_seen() -> None:
    metres = np.full((1500, 1500), np.inf, np.float32)
    metres[7, 7:9] = 2.0, 4.0
    near = nearness(Depth(metres))
    assert near[7, 7] == pytest.approx(1)
    assert near[7, 8] == 0
