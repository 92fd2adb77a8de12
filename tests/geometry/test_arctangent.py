from __future__ import annotations

import math

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from lucida.geometry.arctangent import arctangent

finite = st.floats(-1e6, 1e6)


@settings(deadline=None)  # the first call compiles
@given(finite, finite)
@example(0.0, 0.0)
@example(0.0, -1.0)
@example(-1.0, 0.0)
@example(1.0, 1.0)
@example(1e-300, 1e-300)
def test_arctangent_is_atan2(y: float, x: float) -> None:
    if math.hypot(x, y) > 1e-290:
        apart = arctangent(y, x) - math.atan2(y, x)
        assert math.remainder(apart, 2 * math.pi) == pytest.approx(0, abs=2e-8)  # −π and π are one direction
    else:
        assert math.isfinite(arctangent(y, x))
