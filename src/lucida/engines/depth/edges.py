"""A small map made as large as its picture, its edges where the picture's are."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from lucida.imaging.kernels import in_bands, jit, warm_up

LIKE = 12.0  # codes of sRGB within which colours count as alike


def enlarged(
    small: NDArray[np.float32], guide: NDArray[np.uint8], pixels: NDArray[np.uint8]
) -> NDArray[np.float32]:
    """A map (h, w) at the size of the picture `pixels` (H, W, 3), whose small copy (h, w, 3) is `guide`.

    Each pixel takes the mean of the nine places around it, each by its distance and by how like its own colour theirs
    is: Kopf et al., "Joint bilateral upsampling" (SIGGRAPH 2007). Values between two sides of an edge do not arise.
    """
    height, width = pixels.shape[:2]
    if small.shape == (height, width):
        return small.copy()
    out = np.empty((height, width), np.float32)
    guide = np.ascontiguousarray(guide)
    pixels = np.ascontiguousarray(pixels)
    small = np.ascontiguousarray(small, np.float32)
    in_bands(lambda rows: _enlarge(small, guide, pixels, rows.start, rows.stop, np.float32(LIKE), out), height)
    return out


@jit
def _enlarge(
    small: NDArray[np.float32],
    guide: NDArray[np.uint8],
    pixels: NDArray[np.uint8],
    first: int,
    last: int,
    like: np.float32,
    out: NDArray[np.float32],
) -> None:
    high, wide = small.shape
    height, width = out.shape
    down, across = np.float32(high / height), np.float32(wide / width)
    scale = np.float32(1) / (like * like)
    for y in range(first, last):
        v = (np.float32(y) + np.float32(0.5)) * down - np.float32(0.5)
        j0 = int(np.floor(v + np.float32(0.5)))
        for x in range(width):
            u = (np.float32(x) + np.float32(0.5)) * across - np.float32(0.5)
            i0 = int(np.floor(u + np.float32(0.5)))
            red, green, blue = np.float32(pixels[y, x, 0]), np.float32(pixels[y, x, 1]), np.float32(pixels[y, x, 2])
            total, weight = np.float32(0), np.float32(0)
            for j in range(j0 - 1, j0 + 2):
                row = min(max(j, 0), high - 1)
                away_y = v - np.float32(j)
                for i in range(i0 - 1, i0 + 2):
                    column = min(max(i, 0), wide - 1)
                    away_x = u - np.float32(i)
                    r = red - np.float32(guide[row, column, 0])
                    g = green - np.float32(guide[row, column, 1])
                    b = blue - np.float32(guide[row, column, 2])
                    colour = np.float32(1) + (r * r + g * g + b * b) * scale
                    # A tent two places wide, so that nothing jumps where the nine change.
                    near = max(np.float32(1.5) - abs(away_x), np.float32(0)) * max(
                        np.float32(1.5) - abs(away_y), np.float32(0)
                    )
                    share = near / (colour * colour) + np.float32(1e-12)
                    total += share * small[row, column]
                    weight += share
            out[y, x] = total / weight


def shrunk(pixels: NDArray[np.uint8], long_side: int, least: int = 16) -> NDArray[np.uint8]:
    """A picture (H, W, 3) with `long_side` pixels along its longer side and at least `least` along the other."""
    height, width = pixels.shape[:2]
    scale = long_side / max(height, width)
    size = (max(round(width * scale), least), max(round(height * scale), least))
    if size == (width, height):
        return pixels
    smaller = size[0] <= width and size[1] <= height
    return np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA if smaller else cv2.INTER_LINEAR), np.uint8)


@warm_up
def _compile() -> None:
    pixels = np.zeros((32, 32, 3), np.uint8)
    enlarged(np.zeros((16, 16), np.float32), pixels[:16, :16], pixels)
