"""Noise that depends on place and seed alone: the stuff of hills, clouds, waves and grain."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from lucida.imaging.kernels import jit

# Each octave is turned by about 37 degrees, so that the lattice does not show.
TURN_COS, TURN_SIN = 0.8, 0.6


@jit
def scatter(i: int, j: int, seed: int) -> float:
    """A number 0 to 1 for a lattice point."""
    mixed = (i * 374761393 + j * 668265263 + seed * 69069069) & 0xFFFFFFFF
    mixed = ((mixed ^ (mixed >> 13)) * 1274126177) & 0xFFFFFFFF
    mixed = ((mixed ^ (mixed >> 16)) * 668265263) & 0xFFFFFFFF
    return ((mixed >> 8) & 0xFFFFFF) / 16777216.0


@jit
def noise_slope(x: float, z: float, seed: int) -> tuple[float, float, float]:
    """Smooth noise -1 to 1 and its derivatives by x and z: quintic between values on a lattice."""
    i, j = int(np.floor(x)), int(np.floor(z))
    u, v = x - i, z - j
    a, b = scatter(i, j, seed), scatter(i + 1, j, seed)
    c, d = scatter(i, j + 1, seed), scatter(i + 1, j + 1, seed)
    su, sv = u * u * u * (u * (u * 6 - 15) + 10), v * v * v * (v * (v * 6 - 15) + 10)
    du, dv = 30 * u * u * (u * (u - 2) + 1), 30 * v * v * (v * (v - 2) + 1)
    k = a - b - c + d
    value = a + (b - a) * su + (c - a) * sv + k * su * sv
    return 2 * value - 1, 2 * du * (b - a + k * sv), 2 * dv * (c - a + k * su)


@jit
def noise(x: float, z: float, seed: int) -> float:
    """As `noise_slope` without the derivatives."""
    i, j = int(np.floor(x)), int(np.floor(z))
    u, v = x - i, z - j
    a, b = scatter(i, j, seed), scatter(i + 1, j, seed)
    c, d = scatter(i, j + 1, seed), scatter(i + 1, j + 1, seed)
    su, sv = u * u * (3 - 2 * u), v * v * (3 - 2 * v)
    return 2 * (a + (b - a) * su + (c - a) * sv + (a - b - c + d) * su * sv) - 1


@jit
def fractal(x: float, z: float, seed: int, octaves: float) -> float:
    """Noise of many sizes, about -1 to 1; a broken number of octaves fades the last one in."""
    total, weight = 0.0, 0.5
    for k in range(int(np.ceil(octaves))):
        total += weight * min(1.0, octaves - k) * noise(x, z, seed + k)
        x, z = 2 * (TURN_COS * x - TURN_SIN * z), 2 * (TURN_SIN * x + TURN_COS * z)
        weight *= 0.5
    return total


@jit
def eroded(x: float, z: float, seed: int, octaves: float, damping: float) -> float:
    """Noise of many sizes, about -1 to 1, smoother where the larger sizes are steep: valleys wash out, ridges stay."""
    total, weight, slope_x, slope_z = 0.0, 0.5, 0.0, 0.0
    for k in range(int(np.ceil(octaves))):
        value, along_x, along_z = noise_slope(x, z, seed + k)
        slope_x += along_x
        slope_z += along_z
        share = weight * min(1.0, octaves - k)
        total += share * value / (1 + damping * (slope_x * slope_x + slope_z * slope_z))
        x, z = 2 * (TURN_COS * x - TURN_SIN * z), 2 * (TURN_SIN * x + TURN_COS * z)
        weight *= 0.5
    return total


def scatter_reference(i: NDArray[np.int64], j: NDArray[np.int64], seed: int) -> NDArray[np.float64]:
    """As `scatter`, for arrays."""
    mixed = (i * 374761393 + j * 668265263 + seed * 69069069) & 0xFFFFFFFF
    mixed = ((mixed ^ (mixed >> 13)) * 1274126177) & 0xFFFFFFFF
    mixed = ((mixed ^ (mixed >> 16)) * 668265263) & 0xFFFFFFFF
    return np.asarray((mixed >> 8 & 0xFFFFFF) / 16777216.0)


def noise_reference(x: NDArray[np.float64], z: NDArray[np.float64], seed: int) -> NDArray[np.float64]:
    """As the first that `noise_slope` gives, slow and readable."""
    i, j = np.floor(x).astype(np.int64), np.floor(z).astype(np.int64)
    u, v = (t**3 * (t * (t * 6 - 15) + 10) for t in (x - i, z - j))
    left = scatter_reference(i, j, seed) * (1 - v) + scatter_reference(i, j + 1, seed) * v
    right = scatter_reference(i + 1, j, seed) * (1 - v) + scatter_reference(i + 1, j + 1, seed) * v
    return np.asarray(2 * (left * (1 - u) + right * u) - 1)


def eroded_reference(
    x: NDArray[np.float64], z: NDArray[np.float64], seed: int, octaves: int, damping: float
) -> NDArray[np.float64]:
    """As `eroded`, with slopes by central differences."""
    total, slope_x, slope_z, tiny = np.zeros_like(x), np.zeros_like(x), np.zeros_like(x), 1e-6
    for k in range(octaves):
        slope_x = slope_x + (noise_reference(x + tiny, z, seed + k) - noise_reference(x - tiny, z, seed + k)) / 2e-6
        slope_z = slope_z + (noise_reference(x, z + tiny, seed + k) - noise_reference(x, z - tiny, seed + k)) / 2e-6
        total += 0.5 ** (k + 1) * noise_reference(x, z, seed + k) / (1 + damping * (slope_x**2 + slope_z**2))
        x, z = 2 * (TURN_COS * x - TURN_SIN * z), 2 * (TURN_SIN * x + TURN_COS * z)
    return total
