"""Adam for splats (Kingma and Ba 2015), which leaves those alone that a picture does not show."""

from __future__ import annotations

import numpy as np
from numba import prange
from numpy.typing import NDArray

from lucida.imaging.kernels import parallel_jit

Array = NDArray[np.float32]
_ONE = np.float32(1)


@parallel_jit
def _step(
    values: Array, gradient: Array, mean: Array, square: Array, seen: NDArray[np.bool_],
    rate: np.float32, beta1: np.float32, beta2: np.float32, epsilon: np.float32,
) -> None:  # fmt: skip
    width = values.shape[1]
    for n in prange(len(values)):
        if seen[n]:
            for k in range(width):
                g = gradient[n, k]
                m = beta1 * mean[n, k] + (_ONE - beta1) * g
                s = beta2 * square[n, k] + (_ONE - beta2) * g * g
                mean[n, k], square[n, k] = m, s
                values[n, k] -= rate * m / (np.sqrt(s) + epsilon)


class Adam:
    """Adam over one array of splats' parameters, (N, …), changed in place."""

    def __init__(self, values: Array, beta1: float = 0.9, beta2: float = 0.999, epsilon: float = 1e-15) -> None:
        self.values = values
        self.mean, self.square = np.zeros_like(values), np.zeros_like(values)
        self._betas, self._epsilon = (np.float32(beta1), np.float32(beta2)), np.float32(epsilon)

    def step(self, gradient: Array, seen: NDArray[np.bool_], rate: float, time: int) -> None:
        """One step at this learning rate; `time` counts them from 1."""
        beta1, beta2 = self._betas
        count = len(self.values)
        corrected = np.float32(rate * np.sqrt(1 - float(beta2) ** time) / (1 - float(beta1) ** time))
        values, slope, mean, square = (
            each.reshape(count, -1) for each in (self.values, gradient, self.mean, self.square)
        )
        _step(values, slope, mean, square, seen, corrected, beta1, beta2, self._epsilon)

    def forget(self, which: NDArray[np.int64]) -> None:
        """Begin anew with these splats."""
        self.mean[which], self.square[which] = 0, 0

    def grow(self, values: Array) -> Array:
        """Add splats with these values; all values, in new memory where some were added."""
        if len(values):
            nothing = np.zeros_like(values)
            self.values = np.concatenate([self.values, values])
            self.mean = np.concatenate([self.mean, nothing])
            self.square = np.concatenate([self.square, nothing])
        return self.values
