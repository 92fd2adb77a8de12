"""The angle of a point in the plane, for compiled loops: a few multiplications and no call."""

from __future__ import annotations

import numpy as np

from lucida.imaging.kernels import jit

# atan(t) / t in powers of t², fitted at Chebyshev nodes of 0 to 1: within 1.2e-8 radians.
ATAN = (
    0.999999984, -0.333330668, 0.199924836, -0.142025705, 0.106367541,
    -0.0749544544, 0.0425876075, -0.0160050305, 0.0028340643,
)  # fmt: skip


@jit
def arctangent(y: float, x: float) -> float:
    """`atan2` in radians, −π to π, within 2e-8; 0 where both are 0."""
    ax, ay = abs(x), abs(y)
    t = min(ax, ay) / max(max(ax, ay), 1e-300)
    u = t * t
    power = ATAN[8]
    for i in range(7, -1, -1):
        power = power * u + ATAN[i]
    angle = t * power
    angle = np.pi / 2 - angle if ay > ax else angle
    angle = np.pi - angle if x < 0 else angle
    return -angle if y < 0 else angle
