"""Eight numbers at a time against NumPy."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numba import uint64
from numpy.typing import NDArray

from lucida.imaging.kernels import jit
from lucida.imaging.lanes import any_of, fill, load, steps, store, total, where

numbers = st.lists(st.floats(-100, 100, width=32), min_size=8, max_size=8)


@jit
def _worked(a: NDArray[np.float32], b: NDArray[np.float32], out: NDArray[np.float32]) -> tuple[float, bool]:
    x, y = load(a, uint64(1)), load(b, uint64(0))
    z = (x * y + np.float32(2) - x) / (np.float32(3) + y * y)
    chosen = where((z > np.float32(0)) & (x <= y) | (x < np.float32(-50)), z, np.float32(7))
    store(out, uint64(0), chosen + steps(a[0]) - fill(b[1]))
    return total(z), any_of(z >= np.float32(1))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@given(x=numbers, y=numbers)
def test_lanes_work_as_arrays_do(dtype: type, x: list[float], y: list[float]) -> None:
    a, b = np.array([2, *x], dtype), np.array(y, dtype)
    out = np.zeros(8, dtype)
    summed, any_large = _worked(a, b, out)
    z = (a[1:] * b + 2 - a[1:]) / (3 + b * b)
    edge = 1e-4 * (1 + np.abs(a[1:] * b))
    expected = np.where(((z > 0) & (a[1:] <= b)) | (a[1:] < -50), z, 7) + a[0] + np.arange(8) - b[1]
    sure = np.abs(z) > edge
    np.testing.assert_allclose(out[sure], expected[sure], rtol=1e-4, atol=1e-2)
    assert summed == pytest.approx(z.sum(), rel=1e-3, abs=1e-2)
    if np.abs(z - 1).min() > 1e-2:
        assert any_large == bool((z >= 1).any())
