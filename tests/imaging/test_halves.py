from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from lucida.imaging.halves import store_halves


def stored(light: np.ndarray) -> np.ndarray:
    out = np.empty((1, light.size), np.float16)
    store_halves(light.reshape(1, -1), out)
    return out[0]


def test_every_half_survives() -> None:
    every = np.arange(0x7C00, dtype=np.uint16).view(np.float16)
    assert np.array_equal(stored(every.astype(np.float32)).view(np.uint16), every.view(np.uint16))


def test_ties_go_to_the_even_half_as_numpy_s_do() -> None:
    every = np.arange(0x7BFF, dtype=np.uint16).view(np.float16).astype(np.float32)
    middle = (every[:-1] + every[1:]) / 2
    assert np.array_equal(stored(middle).view(np.uint16), middle.astype(np.float16).view(np.uint16))


@given(st.lists(st.floats(0, 65504, width=32), min_size=1, max_size=64))
def test_rounding_equals_numpy_s(values: list[float]) -> None:
    light = np.abs(np.array(values, np.float32))
    assert np.array_equal(stored(light).view(np.uint16), light.astype(np.float16).view(np.uint16))


def test_what_no_half_can_hold_is_clipped() -> None:
    assert stored(np.float32([-1, -0.0, 1e-9, 65504, 65519, 65520, 1e30, np.inf])).tolist() == [0, 0, 0] + [65504] * 5
