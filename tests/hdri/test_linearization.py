from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lucida.hdri.linearization import linear_to_srgb, srgb_to_linear


@given(st.floats(0, 1))
def test_each_undoes_the_other(code: float) -> None:
    assert float(linear_to_srgb(srgb_to_linear(np.array([code])))[0]) == pytest.approx(code, abs=2e-6)


def test_above_white_the_code_is_white() -> None:
    assert linear_to_srgb(np.array([1.5, 64.0], np.float32)) == pytest.approx(1, abs=1e-6)
