from __future__ import annotations

import numpy as np

from lucida.imaging.colour import linear_to_srgb
from lucida.imaging.tonemap import SHOULDER, STOPS, curve, tone_map, tone_map_reference


def test_mid_tones_keep_the_code_values_of_the_photo() -> None:
    light = np.random.default_rng(0).uniform(0, SHOULDER, (40, 50, 3)).astype(np.float32)
    assert np.abs(tone_map(light) - linear_to_srgb(light) * 255).max() < 0.51


def test_the_curve_rises_without_a_kink_and_reaches_white_at_its_last_stop() -> None:
    light = 2.0 ** np.linspace(-8, STOPS + 3, 4000)
    shown = curve(light)
    assert (np.diff(shown) >= 0).all()
    assert (np.diff(curve(np.linspace(0, 4, 4000))) > 0).all()
    slope = np.diff(curve(SHOULDER + np.array([-1e-4, 0, 1e-4]))) / 1e-4
    assert np.allclose(slope, 1, atol=2e-3)
    assert np.isclose(curve(np.array(2.0**STOPS)), 1)


def test_fast_tone_mapping_equals_the_reference() -> None:
    light = (2.0 ** np.random.default_rng(1).uniform(-10, 10, (60, 70, 3))).astype(np.float32)
    difference = tone_map(light, 0.7).astype(int) - tone_map_reference(light, 0.7)
    assert np.abs(difference).max() <= 1
    assert (difference != 0).mean() < 0.01


def test_brighter_never_looks_darker() -> None:
    ramp = (2.0 ** np.linspace(-6, 10, 2000))[:, None, None] * np.array([1.0, 0.6, 0.2])
    assert (np.diff(tone_map(ramp.astype(np.float32))[:, 0].astype(int), axis=0) >= 0).all()


def test_a_coloured_light_keeps_its_hue_and_turns_pale_only_far_above_white() -> None:
    orange = np.array([[[1.0, 0.5, 0.1]]], np.float32)
    red, green, blue = tone_map(orange * 1.5)[0, 0].astype(int)
    assert red > green > blue + 40
    assert np.ptp(tone_map(orange * 2**STOPS)[0, 0]) < 5


def test_what_is_no_light_is_shown_as_black_or_white() -> None:
    odd = np.array([[[-1, np.nan, -np.inf], [np.inf, np.inf, np.inf], [1e38, 1e38, 1e38]]], np.float32)
    assert tone_map(odd)[0].tolist() == [[0, 0, 0], [255, 255, 255], [255, 255, 255]]


def test_half_float_rows_are_read_as_they_are() -> None:
    light = np.random.default_rng(2).uniform(0, 4, (10, 20, 3)).astype(np.float16)
    assert np.array_equal(tone_map(light), tone_map(light.astype(np.float32)))
