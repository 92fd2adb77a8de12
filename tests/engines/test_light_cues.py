from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from lucida.engines.painter.layout import told_by
from lucida.engines.painter.light_prior import condition, load_prior
from lucida.engines.painter.sample import on_sphere
from lucida.geometry.cameras import PinholeCamera

PHONE = PinholeCamera(256, 192, 1.2)
ODD = {"clipped_across", "sky_pales_across", "edges_across", "sky_turn"}
BLUE, GREY, WHITE = (0.15, 0.3, 0.7), (0.4, 0.4, 0.4), (1.0, 1.0, 1.0)


def told(picture: NDArray[np.float32]) -> dict[str, float]:
    clipped = (picture >= 1).all(-1)
    sample = on_sphere(picture, clipped, PHONE)
    belief = condition(load_prior("open"), sample.cells, sample.seen, sample.clipped)
    return told_by(picture, clipped, belief, sample)


def grassland(sky: tuple[float, float, float] = GREY, seed: int = 0) -> NDArray[np.float32]:
    """Even sky over rough green ground."""
    noise = np.random.default_rng(seed).normal(size=(96, 256, 1)) * 0.3
    picture = np.empty((192, 256, 3), np.float32)
    picture[:96] = sky
    picture[96:] = np.array([0.08, 0.12, 0.05]) * np.exp2(noise)
    return picture


def lit(picture: NDArray[np.float32], sun: tuple[float, float, float], seed: int = 0) -> NDArray[np.float32]:
    """The same with patches on the ground that the sun reaches."""
    patches = cv2.GaussianBlur(np.random.default_rng(seed).normal(size=(192, 256)), (0, 0), 3) > 0
    patches[:96] = False
    return np.where(patches[..., None], picture * np.array(sun, np.float32), picture).astype(np.float32)


def test_a_clear_sky_is_bluer_than_a_dull_one() -> None:
    assert told(grassland(BLUE))["sky_blue"] > told(grassland(GREY))["sky_blue"] + 1


def test_a_sky_that_is_burnt_out_says_nothing_of_its_colour() -> None:
    assert told(grassland(WHITE))["sky_blue"] == 0


def test_patches_of_sun_are_warm_wide_in_range_and_hard() -> None:
    shade, sun = told(grassland()), told(lit(grassland(), (8, 6, 4)))
    assert sun["lit_is_warm"] > shade["lit_is_warm"] + 0.1
    assert sun["ground_range"] > shade["ground_range"] + 1
    assert told(lit(grassland(), (4, 6, 8)))["lit_is_warm"] < 0


@settings(max_examples=10)
@given(st.integers(0, 1000), st.sampled_from([BLUE, GREY, WHITE]))
def test_in_the_mirror_only_the_sides_change(seed: int, sky: tuple[float, float, float]) -> None:
    picture = lit(grassland(sky, seed), (8, 6, 4), seed)
    picture[:60, 150:] = 1
    here, there = told(picture), told(np.ascontiguousarray(picture[:, ::-1]))
    assert here.keys() == there.keys() >= ODD
    for name, value in here.items():
        assert there[name] == pytest.approx(-value if name in ODD else value, abs=0.03), name


@pytest.mark.parametrize("level", [0.0, 0.18, 1.0])
def test_an_empty_picture_still_tells_numbers(level: float) -> None:
    assert np.isfinite(list(told(np.full((192, 256, 3), level, np.float32)).values())).all()
