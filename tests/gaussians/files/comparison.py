"""Random scenes to be written, and how far what was read is from them."""

from __future__ import annotations

import numpy as np
from hypothesis import strategies as st
from numpy.typing import NDArray

from lucida.gaussians.harmonics import COEFFICIENTS
from lucida.gaussians.scene import Gaussians, chosen


@st.composite
def scenes(draw: st.DrawFn, most: int = 600) -> Gaussians:
    """Of 1 Gaussian to a few hundred, of every degree, within what any format can hold."""
    count = draw(st.one_of(st.integers(1, 5), st.integers(1, most)))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    reach = draw(st.sampled_from([0.01, 1.0, 300.0]))
    centre = draw(st.sampled_from([0.0, -7.0]))
    degree = draw(st.integers(0, 3))
    harmonics = rng.uniform(-0.95, 0.95, (count, COEFFICIENTS[degree], 3))
    harmonics[:, 0] *= 3
    return Gaussians(
        (centre + reach * rng.standard_normal((count, 3))).astype(np.float32),
        (rng.standard_normal((count, 4)) * rng.uniform(0.1, 9, (count, 1))).astype(np.float32),
        rng.uniform(-9.9, 5.9, (count, 3)).astype(np.float32),
        rng.uniform(-9, 9, count).astype(np.float32),
        harmonics.astype(np.float32),
    )


def by_position(gaussians: Gaussians) -> Gaussians:
    """In the order of x, then y, then z."""
    return chosen(gaussians, np.lexsort(gaussians.means.T[::-1]))


def angles(one: NDArray[np.floating], other: NDArray[np.floating]) -> NDArray[np.float64]:
    """Degrees (N,) from one rotation to the other; quaternions of any length and sign."""
    a, b = (q / np.linalg.norm(q, axis=1, keepdims=True) for q in (one.astype(np.float64), other.astype(np.float64)))
    apart = np.minimum(np.linalg.norm(a - b, axis=1), np.linalg.norm(a + b, axis=1))
    return np.asarray(np.degrees(4 * np.arcsin(np.minimum(apart / 2, 1))))


def away(one: NDArray[np.floating], other: NDArray[np.floating]) -> float:
    """The largest difference."""
    assert one.shape == other.shape
    return float(np.abs(one.astype(np.float64) - other.astype(np.float64)).max()) if one.size else 0.0
