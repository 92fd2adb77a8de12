"""How far a picture is from another, and the gradient of that: L1 and D-SSIM (Wang et al. 2004; Kerbl et al. 2023).

Pictures here are planes, (C, H, W), so that loops run along rows. SSIM has a window of 11 × 11 with σ = 1.5 and a range
of 1, and takes what lies beyond the picture for 0.
"""

from __future__ import annotations

import numpy as np
from numba import prange
from numpy.typing import NDArray

from lucida.imaging.kernels import parallel_jit

Array = NDArray[np.float32]
RADIUS = 5
_TAPS = np.exp(-0.5 * (np.arange(-RADIUS, RADIUS + 1) / 1.5) ** 2)
WINDOW = (_TAPS / _TAPS.sum()).astype(np.float32)
C1, C2 = np.float32(0.01**2), np.float32(0.03**2)
_ONE, _TWO, _NONE = np.float32(1), np.float32(2), np.float32(0)


@parallel_jit
def _means_across(x: Array, y: Array, window: Array, out: Array) -> None:
    """Windowed sums along rows of x, y, x², y², xy: `out` (5, C, H, W)."""
    channels, height, width = x.shape
    for line in prange(channels * height):
        channel, row = line // height, line % height
        padded = np.zeros((5, width + 2 * RADIUS), x.dtype)
        for i in range(width):
            a, b = x[channel, row, i], y[channel, row, i]
            padded[0, i + RADIUS], padded[1, i + RADIUS] = a, b
            padded[2, i + RADIUS], padded[3, i + RADIUS], padded[4, i + RADIUS] = a * a, b * b, a * b
        for m in range(5):
            source, target = padded[m], out[m, channel, row]
            target[:] = _NONE
            for tap in range(2 * RADIUS + 1):
                weight = window[tap]
                for i in range(width):
                    target[i] += weight * source[i + tap]


@parallel_jit
def _scores(means: Array, window: Array, slopes: Array, totals: NDArray[np.float64]) -> None:
    """Windowed sums down columns, then SSIM: its sum by row, and its slopes by the means of x, x² and xy."""
    _, channels, height, width = means.shape
    for line in prange(channels * height):
        channel, row = line // height, line % height
        m = np.zeros((5, width), means.dtype)
        for tap in range(2 * RADIUS + 1):
            there = row + tap - RADIUS
            if 0 <= there < height:
                weight = window[tap]
                for k in range(5):
                    source, target = means[k, channel, there], m[k]
                    for i in range(width):
                        target[i] += weight * source[i]
        total = np.float64(0)
        for i in range(width):
            mx, my = m[0, i], m[1, i]
            xx, yy, xy = m[2, i] - mx * mx, m[3, i] - my * my, m[4, i] - mx * my
            a1, a2 = _TWO * mx * my + C1, _TWO * xy + C2
            b1, b2 = mx * mx + my * my + C1, xx + yy + C2
            score = a1 * a2 / (b1 * b2)
            total += score
            by_xx, by_xy = -score / b2, _TWO * a1 / (b1 * b2)
            by_mx = _TWO * my * a2 / (b1 * b2) - _TWO * mx * score / b1
            slopes[0, channel, row, i] = by_mx - _TWO * mx * by_xx - my * by_xy
            slopes[1, channel, row, i] = by_xx
            slopes[2, channel, row, i] = by_xy
        totals[line] = total


@parallel_jit
def _slopes_down(slopes: Array, window: Array, out: Array) -> None:
    """Windowed sums of the slopes down columns."""
    _, channels, height, width = slopes.shape
    for line in prange(channels * height):
        channel, row = line // height, line % height
        for k in range(3):
            target = out[k, channel, row]
            target[:] = _NONE
            for tap in range(2 * RADIUS + 1):
                there = row + tap - RADIUS
                if 0 <= there < height:
                    weight, source = window[tap], slopes[k, channel, there]
                    for i in range(width):
                        target[i] += weight * source[i]


@parallel_jit
def _combine(
    x: Array, y: Array, slopes: Array, window: Array, by_pixel: np.float32, by_score: np.float32,
    gradient: Array, totals: NDArray[np.float64],
) -> None:  # fmt: skip
    """Windowed sums of the slopes along rows, and with L1's sign the gradient; |x − y| by row."""
    channels, height, width = x.shape
    for line in prange(channels * height):
        channel, row = line // height, line % height
        padded, sums = np.zeros(width + 2 * RADIUS, x.dtype), np.zeros((3, width), x.dtype)
        for k in range(3):
            padded[RADIUS : RADIUS + width] = slopes[k, channel, row]
            target = sums[k]
            for tap in range(2 * RADIUS + 1):
                weight = window[tap]
                for i in range(width):
                    target[i] += weight * padded[i + tap]
        total = np.float64(0)
        for i in range(width):
            a, b = x[channel, row, i], y[channel, row, i]
            change = a - b
            total += abs(change)
            sign = _ONE if change > _NONE else (-_ONE if change < _NONE else _NONE)
            score = sums[0, i] + _TWO * a * sums[1, i] + b * sums[2, i]
            gradient[channel, row, i] = by_pixel * sign + by_score * score
        totals[line] = total


class PictureLoss:
    """(1 − λ) · L1 + λ · (1 − SSIM) / 2 of pictures of one size; keeps its memory from one to the next."""

    def __init__(self, channels: int, height: int, width: int, dissimilarity: float = 0.2) -> None:
        shape = (channels, height, width)
        self._means, self._slopes = np.empty((5, *shape), np.float32), np.empty((3, *shape), np.float32)
        self._sums, self._totals = np.empty((3, *shape), np.float32), np.empty((2, channels * height))
        self._share, self._size = dissimilarity, channels * height * width

    def __call__(self, picture: Array, target: Array, gradient: Array) -> float:
        """The loss of `picture` (C, H, W) against `target`; `gradient` is filled."""
        share, size = self._share, self._size
        _means_across(picture, target, WINDOW, self._means)
        _scores(self._means, WINDOW, self._slopes, self._totals[0])
        _slopes_down(self._slopes, WINDOW, self._sums)
        by_pixel, by_score = np.float32((1 - share) / size), np.float32(-share / 2 / size)
        _combine(picture, target, self._sums, WINDOW, by_pixel, by_score, gradient, self._totals[1])
        score, distance = self._totals.sum(axis=1) / size
        return float((1 - share) * distance + share * (1 - score) / 2)
