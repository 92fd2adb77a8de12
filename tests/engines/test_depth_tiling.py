"""Tiles of a depth map come to lie on one scale, whatever scale and shift each of them had."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from lucida.engines.depth.alignment import Anchored, Line, Seen, align, fit_line
from lucida.engines.depth.tiling import OVERLAP, lay_tiles, shrinks, tiled, window
from lucida.engines.progress import silent
from lucida.errors import Cancelled

NATIVE = 160  # pixels that the networks of these tests see
HEIGHT, WIDTH = 400, 600
MOST = 1.3  # disparity that a picture can hold
STEPS = 2**24 - 1


def as_picture(disparity: NDArray[np.float64]) -> NDArray[np.uint8]:
    """A picture whose colours are its disparity, in 24 bits."""
    code = np.round(disparity / MOST * STEPS).astype(np.uint32)
    return np.stack([code >> 16, (code >> 8) & 255, code & 255], -1).astype(np.uint8)


def disparity_of(pixels: NDArray[np.uint8]) -> NDArray[np.float64]:
    red, green, blue = (pixels[..., channel].astype(np.uint32) for channel in range(3))
    return ((red << 16) | (green << 8) | blue) / STEPS * MOST


class Unsteady:
    """A network that sees a picture in few pixels and tells its disparity on another scale each time."""

    def __init__(self, seed: int, *, shifts: bool = True) -> None:
        self.rng, self.shifts, self.shown = np.random.default_rng(seed), shifts, list[int]()

    def __call__(self, pictures: Sequence[NDArray[np.uint8]]) -> list[NDArray[np.float32]]:
        self.shown.append(len(pictures))
        maps = []
        for pixels in pictures:
            disparity = disparity_of(pixels)
            factor = NATIVE / min(disparity.shape)
            if factor < 1:
                disparity = cv2.resize(disparity, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA)
            scale = 10 * np.exp(self.rng.uniform(-1.2, 1.2))
            shift = self.rng.uniform(-20, 20) if self.shifts else 0.0
            maps.append((scale * disparity + shift).astype(np.float32))
        return maps


def scene(seed: int, shapes: int) -> NDArray[np.float64]:
    """Disparity (H, W) of uneven ground that ends at a horizon, with boxes and discs that stand before it."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH]
    disparity = 0.05 + 0.5 * np.clip((y - HEIGHT * rng.uniform(0.2, 0.5)) / HEIGHT, 0, 1)
    disparity += cv2.resize(0.02 * rng.normal(size=(6, 8)), (WIDTH, HEIGHT), interpolation=cv2.INTER_CUBIC)
    for _ in range(shapes):
        across, down = (x - rng.uniform(0, WIDTH)), (y - rng.uniform(0, HEIGHT))
        wide, high = rng.uniform(15, 120, 2)
        box = (abs(across) < wide) & (abs(down) < high)
        inside = box if rng.random() < 0.5 else (across / wide) ** 2 + (down / high) ** 2 < 1
        disparity = np.where(inside, rng.uniform(0.1, 1) + rng.uniform(-0.1, 0.1) * across / wide, disparity)
    return np.clip(disparity, 0.01, 1.2)


def error(told: NDArray[np.floating], truth: NDArray[np.float64]) -> float:
    """Mean error in parts of the truth's range, with the scale and the shift that suit best."""
    known = np.stack([told.ravel(), np.ones(told.size)], -1)
    best, *_ = np.linalg.lstsq(known, truth.ravel(), rcond=None)
    return float(np.abs(known @ best - truth.ravel()).mean() / np.ptp(truth))


def feathered(look: Unsteady, pixels: NDArray[np.uint8]) -> NDArray[np.float64]:
    """What is often done: each tile stretched to 0 to 1, and the tiles blended."""
    total, weight = np.zeros(pixels.shape[:2]), np.zeros(pixels.shape[:2])
    for tile in lay_tiles(*pixels.shape[:2], NATIVE):
        (told,) = look([pixels[tile.rows, tile.columns]])
        share = window(*told.shape)
        total[tile.rows, tile.columns] += share * (told - told.min()) / max(1e-9, float(np.ptp(told)))
        weight[tile.rows, tile.columns] += share
    return np.asarray(total / weight)


def seen_in_tiles(look: Unsteady, pixels: NDArray[np.uint8], *, scaled: bool) -> NDArray[np.float32]:
    (anchor,) = look([pixels])
    assert min(anchor.shape) == NATIVE
    return tiled(look, pixels, anchor, NATIVE, silent, scaled=scaled)


@given(seed=st.integers(0, 10**6), shapes=st.integers(1, 14))
@settings(max_examples=12)
def test_tiles_of_any_scale_and_shift_come_out_as_the_truth(seed: int, shapes: int) -> None:
    truth = scene(seed, shapes)
    told = seen_in_tiles(Unsteady(seed), as_picture(truth), scaled=True)
    assert told.shape == truth.shape
    assert error(told, truth) < 1e-4  # 0.5 % is asked for


def test_feathering_alone_is_off_by_a_tenth_and_the_anchor_alone_is_blurred() -> None:
    fitted, naive, blurred = [], [], []
    for seed in range(8):
        truth = scene(seed, 8)
        pixels, look = as_picture(truth), Unsteady(seed)
        fitted.append(error(seen_in_tiles(look, pixels, scaled=True), truth))
        naive.append(error(feathered(look, pixels), truth))
        blurred.append(error(cv2.resize(look([pixels])[0], (WIDTH, HEIGHT)), truth))
    assert max(fitted) < 1e-4
    assert np.mean(naive) > 0.08
    assert np.mean(blurred) > 10 * max(fitted)


@given(seed=st.integers(0, 10**6), shapes=st.integers(1, 14))
@settings(max_examples=8)
def test_metric_tiles_of_any_factor_come_out_as_the_truth_up_to_one(seed: int, shapes: int) -> None:
    truth = scene(seed, shapes)
    told = seen_in_tiles(Unsteady(seed, shifts=False), as_picture(truth), scaled=False)
    ratio = np.log(told / truth)
    assert np.abs(ratio - np.median(ratio)).mean() < 1e-4


def test_the_result_has_the_scale_of_the_look_at_the_whole_picture() -> None:
    truth = scene(3, 6)
    pixels, look = as_picture(truth), Unsteady(3)
    (anchor,) = look([pixels])
    told = tiled(look, pixels, anchor, NATIVE, silent, scaled=True)
    assert cv2.resize(told, anchor.shape[::-1], interpolation=cv2.INTER_AREA) == pytest.approx(
        anchor, abs=1e-3 * float(np.ptp(anchor))
    )


def test_the_sky_of_metric_tiles_stays_sky_and_spoils_no_fit() -> None:
    for seed in range(6):
        truth = scene(seed, 5)
        truth[:220] = np.where(truth[:220] < 0.4, 0, truth[:220])  # some tiles see nothing else
        told = seen_in_tiles(Unsteady(seed, shifts=False), as_picture(truth), scaled=False)
        assert ((told == 0) == (truth == 0)).mean() > 0.999
        both = (told > 0) & (truth > 0)
        ratio = np.log(told[both] / truth[both])
        assert np.abs(ratio - np.median(ratio)).mean() < 1e-3


def test_tiles_without_contrast_take_the_others_scale() -> None:
    for seed in range(6):
        truth = scene(seed, 5)
        truth[:240] = 0.02
        assert error(seen_in_tiles(Unsteady(seed), as_picture(truth), scaled=True), truth) < 1e-4
    flat = np.full((HEIGHT, WIDTH), 0.3)
    told = seen_in_tiles(Unsteady(1), as_picture(flat), scaled=True)
    assert float(np.ptp(told)) < 1e-3 * abs(float(told.mean()))


class Warped(Unsteady):
    """One that is also noisy, and bends each picture by a few hundredths of its range."""

    def __call__(self, pictures: Sequence[NDArray[np.uint8]]) -> list[NDArray[np.float32]]:
        return [self.warped(each) for each in super().__call__(pictures)]

    def warped(self, told: NDArray[np.float32]) -> NDArray[np.float32]:
        bend = cv2.resize(self.rng.normal(size=(3, 3)), told.shape[::-1], interpolation=cv2.INTER_CUBIC)
        rough = 0.03 * bend + 0.01 * self.rng.normal(size=told.shape)
        return np.asarray(cv2.GaussianBlur(told + float(np.ptp(told)) * rough, (0, 0), 2), np.float32)


def test_tiles_that_do_not_quite_agree_are_still_better_than_the_whole_alone() -> None:
    fitted, blurred, naive = [], [], []
    for seed in range(8):
        truth = scene(seed, 8)
        pixels, look = as_picture(truth), Warped(seed)
        fitted.append(error(seen_in_tiles(look, pixels, scaled=True), truth))
        blurred.append(error(cv2.resize(look([pixels])[0], (WIDTH, HEIGHT)), truth))
        naive.append(error(feathered(Warped(seed), pixels), truth))
    assert np.mean(fitted) < 0.75 * np.mean(blurred)
    assert np.mean(fitted) < 0.25 * np.mean(naive)


@given(height=st.integers(1, 5000), width=st.integers(1, 5000), side=st.integers(16, 1536))
@settings(max_examples=100)
def test_tiles_are_of_one_size_cover_the_picture_and_share_a_quarter(height: int, width: int, side: int) -> None:
    tiles = lay_tiles(height, width, side)
    side = max(side, -(-max(height, width) // 4))
    assert {(tile.rows.stop - tile.rows.start, tile.columns.stop - tile.columns.start) for tile in tiles} == {
        (min(side, height), min(side, width))
    }
    for parts, length in (({tile.rows.start for tile in tiles}, height), ({t.columns.start for t in tiles}, width)):
        begins = sorted(parts)
        assert begins[0] == 0
        assert begins[-1] + min(side, length) == length
        assert all(b - a <= side * (1 - OVERLAP) + 1 for a, b in itertools.pairwise(begins))
    assert len(tiles) <= 25


def test_a_window_is_smooth_and_never_nothing() -> None:
    weight = window(40, 60)
    assert weight.min() > 0
    assert weight.max() == pytest.approx(1, abs=0.01)
    assert np.abs(np.diff(weight, axis=0)).max() < 0.09
    assert weight[0].max() < 0.02  # at the picture's border too


@given(
    said=st.lists(st.sampled_from(["nothing", "a wall", "noise", "half", "less than nothing"]), min_size=1, max_size=3),
    scaled=st.booleans(),
    size=st.tuples(st.integers(20, 200), st.integers(20, 200)),
    seed=st.integers(0, 99),
)
@settings(max_examples=30)
def test_whatever_a_network_says_comes_out_finite(
    said: list[str], scaled: bool, size: tuple[int, int], seed: int
) -> None:
    rng = np.random.default_rng(seed)

    def look(pictures: Sequence[NDArray[np.uint8]]) -> list[NDArray[np.float32]]:
        maps = []
        for pixels in pictures:
            shape = max(2, pixels.shape[0] // 2), max(2, pixels.shape[1] // 2)
            whole = {
                "nothing": np.zeros(shape),
                "a wall": np.full(shape, 7.0),
                "noise": np.exp(5 * rng.normal(size=shape)),
                "half": np.where(np.arange(shape[1]) < shape[1] // 2, np.zeros(shape), 1),
                "less than nothing": np.full(shape, -3.0),
            }
            maps.append(whole[str(rng.choice(said))].astype(np.float32))
        return maps

    pixels = np.zeros((*size, 3), np.uint8)
    told = tiled(look, pixels, look([pixels])[0][::2, ::2], 32, silent, scaled=scaled, floor=0 if scaled else 1e-4)
    assert told.shape == size
    assert np.isfinite(told).all()
    assert scaled or (told >= 0).all()


def test_tiles_are_shown_in_batches_and_progress_is_told() -> None:
    pixels, look = as_picture(scene(1, 3)), Unsteady(1)
    (anchor,) = look([pixels])
    told: list[tuple[float, str]] = []
    look.shown.clear()
    tiled(look, pixels, anchor, NATIVE, lambda done, stage: told.append((done, stage)), scaled=True, batch=4)
    count = len(lay_tiles(HEIGHT, WIDTH, NATIVE))
    assert look.shown == [4] * (count // 4) + [count % 4] * (count % 4 > 0)
    assert [done for done, _ in told] == sorted(done for done, _ in told)
    assert told[0][1] == f"depth of tile 1/{count}"
    assert told[-1] == (1.0, "fitting the tiles")

    def stop(done: float, stage: str) -> None:
        if done > 0.5:
            raise Cancelled("enough")

    look.shown.clear()
    with pytest.raises(Cancelled):
        tiled(look, pixels, anchor, NATIVE, stop, scaled=True)
    assert 0 < len(look.shown) < count


def test_a_network_that_sees_nearly_all_of_a_picture_is_shown_no_tiles() -> None:
    assert not shrinks(1024, 1792, (1536, 1536))
    assert shrinks(3024, 4032, (1536, 1536))
    assert shrinks(1024, 1792, (518, 910))
    assert not shrinks(640, 640, (518, 518))


def test_a_line_is_fitted_past_what_does_not_belong_to_it() -> None:
    rng = np.random.default_rng(0)
    values = rng.uniform(0, 1, 400)
    targets = 3 * values - 1
    targets[::5] += 2  # as where an edge lies elsewhere
    line, counted = fit_line(values, targets, scaled=True)
    assert line == pytest.approx((3, -1), abs=1e-3)
    assert counted[::5].max() < 0.01
    assert fit_line(values, values + 2, scaled=False)[0] == pytest.approx((1, 2))


def test_a_part_without_contrast_takes_the_expected_factor_and_one_with_contrast_its_own() -> None:
    rng = np.random.default_rng(0)
    noise, flat = 1e-5 * rng.normal(size=400), np.full(400, 0.7)
    line, _ = fit_line(noise, flat + 1e-5 * rng.normal(size=400), scaled=True, expected=Line(2, 0))
    assert line == pytest.approx((2, 0.7), abs=0.01)
    values = rng.uniform(-1, 1, 400)
    assert fit_line(values, 9 * values, scaled=True, expected=Line(2, 0))[0] == pytest.approx((9, 0), abs=1e-3)


def test_parts_agree_along_a_chain_and_keep_their_order() -> None:
    """Each part shares points with the next alone; the factors stay above 0 where nothing can be told."""
    rng = np.random.default_rng(2)
    truth = rng.uniform(1, 2, 400)
    lines = [Line(float(rng.uniform(0.3, 3)), float(rng.uniform(-1, 1))) for _ in range(7)]
    parts = []
    for number, (scale, shift) in enumerate(lines):
        points = np.arange(number * 50, number * 50 + 100)
        parts.append(Seen(points, (truth[points] - shift) / scale, np.ones(100)))
    held = [Anchored(part.values[::9], truth[part.points][::9]) for part in parts]
    start = [Line(scale * 1.05, shift + 0.1) for scale, shift in lines]
    assert align(parts, start, scaled=True, anchors=held) == [pytest.approx(line, abs=1e-3) for line in lines]
    parts[3] = Seen(parts[3].points, np.zeros(100), np.ones(100))
    held[3] = Anchored(np.zeros(12), held[3].targets)
    assert all(line.scale > 0 for line in align(parts, start, scaled=True, anchors=held))
