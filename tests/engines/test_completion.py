from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lucida.engines.painter.completion import complete
from lucida.engines.painter.patch_search import look, look_reference
from lucida.engines.painter.patch_votes import relax, relax_reference, vote, vote_reference


def tiles(height: int = 96, width: int = 128) -> np.ndarray:
    """A floor of tiles (H, W, 3), each 16 pixels wide, with dark joints."""
    y, x = np.mgrid[:height, :width]
    joint = (x % 16 < 2) | (y % 16 < 2)
    tile = np.stack([150 + 60 * ((x // 16 + y // 16) % 2), 120 + x % 16, 90 + y % 16], -1)
    return np.where(joint[..., None], 30, tile).astype(np.uint8)


def hole_in(height: int, width: int) -> np.ndarray:
    y, x = np.mgrid[:height, :width]
    return ((y - height / 2) / (height / 5)) ** 2 + ((x - width / 2) / (width / 5)) ** 2 < 1


def test_a_pattern_goes_on_through_the_hole() -> None:
    picture, hole = tiles(), hole_in(96, 128)
    filled = complete(np.where(hole[..., None], 255, picture).astype(np.uint8), hole)
    off = np.abs(filled.astype(int) - picture)[hole]
    assert np.median(off) <= 2
    assert off.mean() < 12  # grey in place of the pattern is off by 45


def test_a_sky_goes_on_without_a_step() -> None:
    y = np.linspace(0, 1, 120)[:, None, None]
    picture = np.broadcast_to(np.rint(np.array([90, 130, 200]) + y * np.array([120, 80, 30])), (120, 160, 3))
    picture = picture.astype(np.uint8)
    hole = hole_in(120, 160)
    filled = complete(np.where(hole[..., None], 0, picture).astype(np.uint8), hole)
    assert np.abs(filled.astype(int) - picture).max() <= 4


def test_what_is_not_hole_stays_to_the_byte_and_the_same_seed_gives_the_same() -> None:
    picture = np.random.default_rng(1).integers(0, 256, (70, 90, 3)).astype(np.uint8)
    hole = hole_in(70, 90)
    first, again, other = (complete(picture, hole, seed) for seed in (4, 4, 5))
    assert np.array_equal(first[~hole], picture[~hole])
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


def test_what_the_hole_held_does_not_show() -> None:
    picture, hole = tiles(), hole_in(96, 128)
    held = [np.where(hole[..., None], value, picture).astype(np.uint8) for value in (0, 255)]
    assert np.array_equal(complete(held[0], hole), complete(held[1], hole))


def test_the_search_finds_nearly_what_looking_everywhere_finds() -> None:
    generator = np.random.default_rng(3)
    picture = np.asarray(np.kron(generator.integers(0, 256, (12, 14, 3)), np.ones((4, 4, 1))), np.float32)
    picture += generator.normal(0, 3, picture.shape).astype(np.float32)
    whole = np.zeros(picture.shape[:2], bool)
    whole[3:-3, 3:30] = True
    targets = np.argwhere(~whole[:, 33:] & True).astype(np.int32) + np.array([0, 33], np.int32)
    places = np.argwhere(whole).astype(np.int32)
    likeness = np.zeros((*whole.shape, 2), np.int32)
    likeness[targets[:, 0], targets[:, 1]] = places[generator.integers(0, len(places), len(targets))]
    for turn in range(6):
        difference = look(picture, whole, targets, likeness, turn)
    least = look_reference(picture, whole, targets)
    found = difference[targets[:, 0], targets[:, 1]]
    assert (found >= least * (1 - 1e-4) - 1e-2).all()  # never better than the best
    assert np.median(found / np.maximum(least, 1)) < 1.02
    chosen = likeness[targets[:, 0], targets[:, 1]]
    assert whole[chosen[:, 0], chosen[:, 1]].all()


def test_a_large_picture_is_filled_at_its_own_size() -> None:
    picture = np.tile(tiles(), (13, 10, 1))
    hole = np.zeros(picture.shape[:2], bool)
    hole[600:680, 500:620] = True
    filled = complete(np.where(hole[..., None], 128, picture).astype(np.uint8), hole)
    assert np.median(np.abs(filled.astype(int) - picture)[hole]) <= 3


@given(height=st.integers(1, 40), width=st.integers(1, 40), share=st.floats(0, 1), seed=st.integers(0, 2**32 - 1))
@settings(max_examples=60, deadline=None)
def test_any_hole_in_any_picture_is_filled(height: int, width: int, share: float, seed: int) -> None:
    generator = np.random.default_rng(seed)
    picture = generator.integers(0, 256, (height, width, 3)).astype(np.uint8)
    hole = generator.random((height, width)) < share
    filled = complete(picture, hole, seed)
    assert filled.shape == picture.shape and filled.dtype == np.uint8
    assert np.array_equal(filled[~hole], picture[~hole])


def test_a_picture_that_is_all_hole_is_grey() -> None:
    filled = complete(tiles(), np.ones((96, 128), bool))
    assert (filled == 128).all()


def test_progress_is_told_and_stops_the_work() -> None:
    class Stopped(Exception):
        pass

    told: list[float] = []

    def progress(fraction: float, stage: str) -> None:
        told.append(fraction)
        if fraction > 0.4:
            raise Stopped

    with pytest.raises(Stopped):
        complete(tiles(), hole_in(96, 128), 0, progress)
    assert told == sorted(told)
    whole: list[float] = []
    complete(tiles(), hole_in(96, 128), 0, lambda fraction, stage: whole.append(fraction))
    assert len(whole) > 15 and whole == sorted(whole) and whole[-1] == 1.0


@pytest.mark.parametrize("beside", [(0, 0), (1, 0), (0, 1)])
def test_votes_are_the_mean_of_what_the_patches_say(beside: tuple[int, int]) -> None:
    generator = np.random.default_rng(6)
    source = generator.uniform(0, 255, (30, 34, 3)).astype(np.float32)
    likeness = np.stack([generator.integers(3, 27, (30, 34)), generator.integers(3, 31, (30, 34))], -1).astype(np.int32)
    trust = np.where(generator.random((30, 34)) < 0.4, generator.random((30, 34)), 0).astype(np.float32)
    trust[:, 28:] = 0
    pixels = np.argwhere(np.ones((30, 34), bool)).astype(np.int32)
    out = np.full((30, 34, 3), np.nan, np.float32)
    vote(source, pixels, likeness, trust, *beside, out)
    assert out.reshape(-1, 3) == pytest.approx(
        vote_reference(source, pixels, likeness, trust, beside), abs=1e-3, nan_ok=True
    )


def test_relaxing_comes_to_the_solution() -> None:
    generator = np.random.default_rng(7)
    hole = generator.random((18, 22)) < 0.5
    hole[:3] = True  # up to the picture's edge
    picture, anchor = (generator.uniform(0, 255, (18, 22, 3)).astype(np.float32) for _ in range(2))
    down, across = (generator.normal(0, 10, (18, 22, 3)).astype(np.float32) for _ in range(2))
    expected = relax_reference(hole, down, across, anchor, picture)
    relax(np.argwhere(hole).astype(np.int32), hole, down, across, anchor, 1.6, 400, picture)
    assert picture[hole] == pytest.approx(expected, abs=0.02)
