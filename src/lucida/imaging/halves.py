"""float32 → float16 in a compiled loop, several times faster than NumPy's conversion."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from lucida.imaging.kernels import jit, warm_up

# IEEE 754: exponents are biased by 127 and 15, mantissas have 23 and 10 bits.
LARGEST_BITS = 0x477FE000  # of 65504
REBIAS = (127 - 15) << 23
SMALLEST_NORMAL = np.float32(2.0**-14)
# Added to what is subnormal as a half, 0.5 shifts and rounds its mantissa into its own lowest bits.
MAGIC, MAGIC_BITS = np.float32(0.5), 0x3F000000


def store_halves(light: NDArray[np.float32], out: NDArray[np.float16]) -> None:
    """Round contiguous rows (h, n) into `out`, to nearest even; what lies outside 0 to 65504 is clipped."""
    _store(light, light.view(np.int32), out.view(np.uint16))


@jit
def _store(light: NDArray[np.float32], bits: NDArray[np.int32], out: NDArray[np.uint16]) -> None:
    for row in range(light.shape[0]):
        for i in range(light.shape[1]):
            value = min(max(bits[row, i], np.int32(0)), np.int32(LARGEST_BITS))
            rounding = np.int32(0xFFF) + ((value >> np.int32(13)) & np.int32(1))
            normal = (value - np.int32(REBIAS) + rounding) >> np.int32(13)
            subnormal = np.float32(max(light[row, i], np.float32(0)) + MAGIC).view(np.int32) - np.int32(MAGIC_BITS)
            out[row, i] = np.uint16(normal if light[row, i] >= SMALLEST_NORMAL else subnormal)


@warm_up
def _compile() -> None:
    store_halves(np.ones((1, 8), np.float32), np.empty((1, 8), np.float16))
