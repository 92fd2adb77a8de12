"""An order of a picture's pixels whose every beginning covers the picture evenly.

The first two coordinates of Sobol's sequence fall exactly once into each pixel of a 2^a × 2^b lattice, and their first
2^m points once into each of the 2^m equal rectangles, of any shape, that it can be halved into: a (0, 2)-sequence in
base 2 (Sobol 1967; Niederreiter 1987). Owen's nested scrambling ("Randomly Permuted (t,m,s)-Nets", 1995) takes the
regular pattern away and keeps that. Pixels outside a smaller picture are passed over.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from lucida.imaging.kernels import jit, warm_up


def progressive_order(width: int, height: int, seed: int = 0) -> NDArray[np.uint32]:
    """All pixels (W·H,), counted along the rows, in an order of which each beginning is a fair level of detail."""
    random = np.random.default_rng(seed)
    columns, rows = (_scrambled((size - 1).bit_length(), random) for size in (width, height))
    order = np.empty(width * height, np.uint32)
    _visit(columns, rows, *_steps(len(columns), len(rows)), width, height, order)
    return order


def progressive_order_reference(width: int, height: int, seed: int = 0) -> NDArray[np.uint32]:
    """As `progressive_order`, each point of the sequence from its number; slow and readable."""
    random = np.random.default_rng(seed)
    columns, rows = (_scrambled((size - 1).bit_length(), random) for size in (width, height))
    across, down = _steps(len(columns), len(rows))
    number = np.arange(len(columns) * len(rows), dtype=np.uint32)
    gray = number ^ (number >> np.uint32(1))
    x, y = np.zeros_like(number), np.zeros_like(number)
    for bit in range(len(across)):
        is_set = (gray >> np.uint32(bit)) & np.uint32(1)
        x ^= is_set * across[bit]
        y ^= is_set * down[bit]
    x, y = columns[x], rows[y]
    inside = (x < width) & (y < height)
    return np.asarray(y[inside] * np.uint32(width) + x[inside], np.uint32)


def _steps(columns: int, rows: int) -> tuple[NDArray[np.uint32], NDArray[np.uint32]]:
    """Sobol's direction numbers of both coordinates, cut to as many bits as the lattice has."""
    a, b = columns.bit_length() - 1, rows.bit_length() - 1
    across, down = np.zeros(32, np.uint32), np.zeros(32, np.uint32)
    number = 1 << 31
    for bit in range(32):
        across[bit] = (1 << (31 - bit)) >> (32 - a)
        down[bit] = number >> (32 - b)
        number ^= number >> 1
    return across, down


def _scrambled(bits: int, random: np.random.Generator) -> NDArray[np.uint32]:
    """The numbers of `bits` bits with each bit flipped, or not, by chance that the bits above it alone decide."""
    value = np.zeros(1, np.uint32)
    for _ in range(bits):
        flipped = random.integers(0, 2, len(value), dtype=np.uint32)
        value = (2 * value[:, None] + (flipped[:, None] ^ np.arange(2, dtype=np.uint32))).ravel()
    return value


@jit
def _visit(
    columns: NDArray[np.uint32],
    rows: NDArray[np.uint32],
    across: NDArray[np.uint32],
    down: NDArray[np.uint32],
    width: int,
    height: int,
    order: NDArray[np.uint32],
) -> None:
    # In the order of Gray codes each point is one step from the one before (Antonov and Saleev 1979).
    x, y, count = np.uint32(0), np.uint32(0), 0
    for number in range(1, len(columns) * len(rows) + 1):
        j, i = columns[x], rows[y]
        if j < width and i < height:
            order[count] = i * np.uint32(width) + j
            count += 1
        bit = 0
        while not (number >> bit) & 1:
            bit += 1
        x, y = x ^ across[bit], y ^ down[bit]


@warm_up
def _compile() -> None:
    progressive_order(3, 2)
