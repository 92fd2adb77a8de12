"""A small map made as large as its picture, its edges where the picture's are."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from lucida.imaging.kernels import in_bands, jit, warm_up

LIKE = 12.0  # codes of sRGB within which colours count as alike
EVEN = 0.05  # of a value; where a map varies less, no edge is looked for


def enlarged(small: NDArray[np.float32], guide: NDArray[np.uint8], pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
    """A map (h, w), not negative, at the size of the picture `pixels` (H, W, 3), whose small copy (h, w, 3) is `guide`.

    Each pixel takes the mean of the nine places around it, each by its distance and by how like its own colour theirs
    is: Kopf et al., "Joint bilateral upsampling" (SIGGRAPH 2007). Values between two sides of an edge do not arise.
    """
    height, width = pixels.shape[:2]
    if small.shape == (height, width):
        return small.copy()
    out = np.empty((height, width), np.float32)
    small = np.ascontiguousarray(small, np.float32)
    around = np.ones((3, 3), np.uint8)
    highest, lowest = cv2.dilate(small, around), cv2.erode(small, around)
    even = np.ascontiguousarray(highest - lowest <= EVEN * highest)
    guide, pixels = np.ascontiguousarray(guide), np.ascontiguousarray(pixels)
    in_bands(lambda rows: _enlarge(small, even, guide, pixels, rows.start, rows.stop, out), height)
    return out


@jit
def _enlarge(
    small: NDArray[np.float32],
    even: NDArray[np.bool_],
    guide: NDArray[np.uint8],
    pixels: NDArray[np.uint8],
    first: int,
    last: int,
    out: NDArray[np.float32],
) -> None:
    high, wide = small.shape
    height, width = out.shape
    down, across = np.float32(high / height), np.float32(wide / width)
    half, zero, one = np.float32(0.5), np.float32(0), np.float32(1)
    scale, reach = np.float32(1 / (LIKE * LIKE)), np.float32(1.5)
    for y in range(first, last):
        v = (np.float32(y) + half) * down - half
        middle_row = min(max(int(np.floor(v + half)), 0), high - 1)
        for x in range(width):
            u = (np.float32(x) + half) * across - half
            middle = min(max(int(np.floor(u + half)), 0), wide - 1)
            if even[middle_row, middle]:
                # No edge is near: bilinear, as nearly all pixels are.
                top, left = min(max(int(np.floor(v)), 0), high - 1), min(max(int(np.floor(u)), 0), wide - 1)
                bottom, right = min(top + 1, high - 1), min(left + 1, wide - 1)
                b, a = min(max(v - np.float32(top), zero), one), min(max(u - np.float32(left), zero), one)
                upper = small[top, left] + a * (small[top, right] - small[top, left])
                lower = small[bottom, left] + a * (small[bottom, right] - small[bottom, left])
                out[y, x] = upper + b * (lower - upper)
                continue
            red, green, blue = np.float32(pixels[y, x, 0]), np.float32(pixels[y, x, 1]), np.float32(pixels[y, x, 2])
            total, weight = zero, zero
            for j in range(middle_row - 1, middle_row + 2):
                row = min(max(j, 0), high - 1)
                near_y = max(reach - abs(v - np.float32(j)), zero)
                for i in range(middle - 1, middle + 2):
                    column = min(max(i, 0), wide - 1)
                    r = red - np.float32(guide[row, column, 0])
                    g = green - np.float32(guide[row, column, 1])
                    b = blue - np.float32(guide[row, column, 2])
                    colour = one + (r * r + g * g + b * b) * scale
                    share = max(reach - abs(u - np.float32(i)), zero) * near_y / (colour * colour) + np.float32(1e-12)
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
