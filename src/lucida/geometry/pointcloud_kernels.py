"""Pixels to points in one pass, for `geometry/pointcloud.py`, which has their slow reference."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from lucida.imaging.kernels import jit


class Rays(NamedTuple):
    """Where pixels go, as tables over their columns and rows.

    The ray of pixel (i, j) is (ring[i]·across[j], rise[i], ring[i]·along[j]), the distance along it
    start + slope·min(value, ceiling), and `unknown` stands for values that are not above 0. Where rays are `parallel`,
    x and y are the ray's own and the distance is along z alone.
    """

    across: NDArray[np.float32]  # (W,)
    along: NDArray[np.float32]  # (W,)
    ring: NDArray[np.float32]  # (H,)
    rise: NDArray[np.float32]  # (H,)
    start: np.float32
    slope: np.float32
    ceiling: np.float32
    unknown: np.float32
    parallel: bool


@jit
def write_records(
    value: NDArray[np.float32],
    pixels: NDArray[np.uint8],
    categories: NDArray[np.uint8],
    rays: Rays,
    records: NDArray[np.uint32],
) -> None:
    """The five words (H·W, 5) of each point."""
    across, along, parallel, one = rays.across, rays.along, rays.parallel, np.float32(1)
    start, slope, ceiling, unknown = rays.start, rays.slope, rays.ceiling, rays.unknown
    width = value.shape[1]
    # Slices without an offset and stores of a single type: with either missing, the loop is four times slower.
    for i in range(len(value)):
        ring, rise = rays.ring[i], rays.rise[i]
        out, depth, colour, category = records[i * width : (i + 1) * width], value[i], pixels[i], categories[i]
        for j in range(width):
            known = depth[j]
            distance = start + slope * (min(known, ceiling) if known > 0 else unknown)
            spread = one if parallel else distance
            out[j, 0] = np.float32(spread * ring * across[j]).view(np.uint32)
            out[j, 1] = np.float32(spread * rise).view(np.uint32)
            out[j, 2] = np.float32(distance * ring * along[j]).view(np.uint32)
            red, green, blue = np.uint32(colour[j, 0]), np.uint32(colour[j, 1]), np.uint32(colour[j, 2])
            rgb = red | (green << np.uint32(8)) | (blue << np.uint32(16))
            out[j, 3] = rgb | (np.uint32(category[j]) << np.uint32(24))
            out[j, 4] = np.uint32(0)


@jit
def write_positions(
    value: NDArray[np.float32], rays: Rays, chosen: NDArray[np.uint32], positions: NDArray[np.float32]
) -> None:
    """Positions (n, 3) of the `chosen` pixels, which are counted along the rows."""
    width, one = np.uint32(value.shape[1]), np.float32(1)
    for n in range(len(chosen)):
        i, j = chosen[n] // width, chosen[n] % width
        known = value[i, j]
        distance = rays.start + rays.slope * (min(known, rays.ceiling) if known > 0 else rays.unknown)
        spread = one if rays.parallel else distance
        positions[n, 0] = spread * rays.ring[i] * rays.across[j]
        positions[n, 1] = spread * rays.rise[i]
        positions[n, 2] = distance * rays.ring[i] * rays.along[j]
