"""Splats where they are needed, by Markov chain Monte Carlo (Kheradmand et al. 2024), up to a fixed number."""

from __future__ import annotations

from math import comb

import numpy as np
from numba import prange
from numpy.typing import NDArray

from lucida.gaussians.projection import rotation
from lucida.imaging.kernels import parallel_jit

Array = NDArray[np.float32]
_MOST = 50  # splats in one place that the formula is evaluated for
_BINOMIALS = np.array([[comb(i, k) if k <= i else 0 for k in range(_MOST + 1)] for i in range(_MOST + 1)], np.float64)
_FAINT, _STEEP = np.float32(0.005), np.float32(100)  # where opacity stops noise, and how sharply (their section 4.2)
_ONE, _NONE = np.float32(1), np.float32(0)


def divided(
    opacity: NDArray[np.float64], scales: NDArray[np.float64], shares: NDArray[np.int64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Opacity (N,) and standard deviations (N, 3) of splats that take the place of one together, `shares` (N,) of each.

    Equation 9 of the paper: the picture stays the same, as far as it can.
    """
    shares = np.minimum(shares, _MOST)
    thinner = 1 - (1 - opacity) ** (1 / shares)
    wider = np.zeros_like(thinner)
    for i in range(1, int(shares.max(initial=1)) + 1):
        for k in range(i):
            term = _BINOMIALS[i - 1, k] * (-1) ** k / np.sqrt(k + 1) * thinner ** (k + 1)
            wider += np.where(shares >= i, term, 0)
    return thinner, scales * (opacity / wider)[:, None]


@parallel_jit
def shake(
    means: Array, quaternions: Array, log_scales: Array, opacity_logits: Array, dice: Array, strength: np.float32
) -> None:
    """Move faint splats by noise of their own shape, `dice` (N, 3) of a standard normal distribution."""
    for n in prange(len(means)):
        opacity = _ONE / (_ONE + np.exp(-opacity_logits[n]))
        loose = strength / (_ONE + np.exp(_STEEP * (opacity - _FAINT)))
        if loose > strength * np.float32(1e-6):
            r = np.empty(9, means.dtype)
            rotation(quaternions[n, 0], quaternions[n, 1], quaternions[n, 2], quaternions[n, 3], r)
            for j in range(3):
                along = r[j] * dice[n, 0] + r[3 + j] * dice[n, 1] + r[6 + j] * dice[n, 2]
                along *= loose * np.exp(np.float32(2) * log_scales[n, j])
                for k in range(3):
                    means[n, k] += r[3 * k + j] * along
