from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from lucida.imaging.colour import linear_to_srgb
from lucida.imaging.exposure import buckets, encode, encode_reference, thresholds


def test_codes_are_srgb_rounded_to_8_bits() -> None:
    light = np.linspace(0, 1.2, 30_000, dtype=np.float32).reshape(100, 100, 3)
    rounded = np.rint(linear_to_srgb(light) * 255).astype(int)
    difference = np.abs(encode(light).astype(int) - rounded)
    assert difference.max() <= 1
    assert (difference > 0).mean() < 1e-3  # only where the float32 formula itself sits on the half


@given(st.floats(-12, 12), st.integers(0, 2**32 - 1))
def test_fast_encoding_equals_the_reference(ev: float, seed: int) -> None:
    light = (2.0 ** np.random.default_rng(seed).uniform(-16, 10, (4, 50, 3))).astype(np.float32)
    assert np.array_equal(encode(light, ev), encode_reference(light, ev))


def test_light_on_a_step_gets_the_upper_code() -> None:
    steps = thresholds().reshape(1, -1)
    assert np.array_equal(encode(steps)[0], np.arange(1, 256))
    assert np.array_equal(encode(np.nextafter(steps, np.float32(0)))[0], np.arange(255))


def test_what_is_no_light_is_black_and_what_is_beyond_white_is_white() -> None:
    odd = np.array([[-1, 0, -0.0, np.nan, np.inf, 1e30, 1.0]], np.float32)
    assert encode(odd).tolist() == [[0, 0, 0, 0, 255, 255, 255]]


def test_buckets_begin_at_or_below_the_step_that_is_looked_for() -> None:
    steps, first = buckets(0.0, -3.0, 3.0)
    assert len(steps) == 3 * 255
    assert (np.diff(steps) >= 0).all()
    assert (np.diff(first.astype(int)) >= 0).all()
    assert first[-1] == len(steps)
