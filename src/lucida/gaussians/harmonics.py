"""Real spherical harmonics to degree 3, as 3D Gaussian Splatting signs and orders them (Kerbl et al. 2023)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from lucida.imaging.kernels import jit

C0 = 0.28209479177387814
C1 = 0.4886025119029199
C2 = (1.0925484305920792, -1.0925484305920792, 0.31539156525252005, -1.0925484305920792, 0.5462742152960396)
C3 = (
    -0.5900435899266435,
    2.890611442640554,
    -0.4570457994644658,
    0.3731763325901154,
    -0.4570457994644658,
    1.445305721320277,
    -0.5900435899266435,
)
COEFFICIENTS = (1, 4, 9, 16)  # up to a degree
"""How many there are up to degree 0, 1, 2, 3."""


def basis(direction: NDArray[np.float64], degree: int) -> NDArray[np.float64]:
    """The functions (..., K) at unit directions (..., 3)."""
    x, y, z = np.moveaxis(np.asarray(direction, np.float64), -1, 0)
    terms = [np.full_like(x, C0)]
    if degree > 0:
        terms += [-C1 * y, C1 * z, -C1 * x]
    if degree > 1:
        terms += [
            C2[0] * x * y,
            C2[1] * y * z,
            C2[2] * (2 * z * z - x * x - y * y),
            C2[3] * x * z,
            C2[4] * (x * x - y * y),
        ]
    if degree > 2:
        terms += [
            C3[0] * y * (3 * x * x - y * y),
            C3[1] * x * y * z,
            C3[2] * y * (4 * z * z - x * x - y * y),
            C3[3] * z * (2 * z * z - 3 * x * x - 3 * y * y),
            C3[4] * x * (4 * z * z - x * x - y * y),
            C3[5] * z * (x * x - y * y),
            C3[6] * x * (x * x - 3 * y * y),
        ]
    return np.stack(terms, -1)


def turning(rotation: NDArray[np.floating], degree: int) -> NDArray[np.float64]:
    """The matrix (K, K) that turns coefficients (K, ...) with a rotation (3, 3) of the world, exactly.

    What a function was at Rᵀd it becomes at d. A band turns into itself, so each is solved alone, from its values in
    more directions than it has functions.
    """
    matrix = np.zeros((COEFFICIENTS[degree], COEFFICIENTS[degree]))
    turned = basis(_DIRECTIONS @ np.asarray(rotation, np.float64), degree)
    straight = basis(_DIRECTIONS, degree)
    for first, last in zip((0, *COEFFICIENTS), COEFFICIENTS[: degree + 1], strict=False):
        band = slice(first, last)
        matrix[band, band] = np.linalg.lstsq(straight[:, band], turned[:, band], rcond=None)[0]
    return matrix


def _spread(count: int) -> NDArray[np.float64]:
    """Unit directions (count, 3) spread evenly, along a spiral."""
    z = 1 - (2 * np.arange(count) + 1) / count
    angle = np.arange(count) * np.pi * (3 - np.sqrt(5))
    level = np.sqrt(1 - z * z)
    return np.stack([level * np.cos(angle), level * np.sin(angle), z], -1)


_DIRECTIONS = _spread(32)
_C0, _C1 = np.float32(C0), np.float32(C1)
_A0, _A1, _A2, _A3, _A4 = (np.float32(c) for c in C2)
_B0, _B1, _B2, _B3, _B4, _B5, _B6 = (np.float32(c) for c in C3)
_2, _3, _4, _6, _8 = (np.float32(n) for n in (2, 3, 4, 6, 8))


@jit
def fill_basis(x: np.float32, y: np.float32, z: np.float32, count: int, out: NDArray[np.float32]) -> None:
    """The first `count` functions at a unit direction."""
    out[0] = _C0
    if count > 1:
        out[1], out[2], out[3] = -_C1 * y, _C1 * z, -_C1 * x
    if count > 4:
        xx, yy, zz = x * x, y * y, z * z
        out[4], out[5], out[7] = _A0 * x * y, _A1 * y * z, _A3 * x * z
        out[6], out[8] = _A2 * (_2 * zz - xx - yy), _A4 * (xx - yy)
        if count > 9:
            out[9], out[10], out[11] = _B0 * y * (_3 * xx - yy), _B1 * x * y * z, _B2 * y * (_4 * zz - xx - yy)
            out[12], out[13] = _B3 * z * (_2 * zz - _3 * xx - _3 * yy), _B4 * x * (_4 * zz - xx - yy)
            out[14], out[15] = _B5 * z * (xx - yy), _B6 * x * (xx - _3 * yy)


@jit
def basis_gradient(
    x: np.float32, y: np.float32, z: np.float32, count: int, weights: NDArray[np.float32]
) -> tuple[np.float32, np.float32, np.float32]:
    """The gradient of Σ weights · functions by the direction, as if it had any length."""
    gx, gy, gz = x * 0, x * 0, x * 0
    if count > 1:
        gx, gy, gz = -_C1 * weights[3], -_C1 * weights[1], _C1 * weights[2]
    if count > 4:
        w4, w5, w6, w7, w8 = weights[4], weights[5], weights[6], weights[7], weights[8]
        gx += _A0 * y * w4 - _2 * _A2 * x * w6 + _A3 * z * w7 + _2 * _A4 * x * w8
        gy += _A0 * x * w4 + _A1 * z * w5 - _2 * _A2 * y * w6 - _2 * _A4 * y * w8
        gz += _A1 * y * w5 + _4 * _A2 * z * w6 + _A3 * x * w7
    if count > 9:
        xx, yy, zz = x * x, y * y, z * z
        w9, w10, w11, w12 = weights[9], weights[10], weights[11], weights[12]
        w13, w14, w15 = weights[13], weights[14], weights[15]
        gx += _6 * _B0 * x * y * w9 + _B1 * y * z * w10 - _2 * _B2 * x * y * w11 - _6 * _B3 * x * z * w12
        gx += _B4 * (_4 * zz - _3 * xx - yy) * w13 + _2 * _B5 * x * z * w14 + _3 * _B6 * (xx - yy) * w15
        gy += _3 * _B0 * (xx - yy) * w9 + _B1 * x * z * w10 + _B2 * (_4 * zz - xx - _3 * yy) * w11
        gy += -_6 * _B3 * y * z * w12 - _2 * _B4 * x * y * w13 - _2 * _B5 * y * z * w14 - _6 * _B6 * x * y * w15
        gz += _B1 * x * y * w10 + _8 * _B2 * y * z * w11 + _B3 * (_6 * zz - _3 * xx - _3 * yy) * w12
        gz += _8 * _B4 * x * z * w13 + _B5 * (xx - yy) * w14
    return gx, gy, gz
