"""Transfer functions, primaries and what becomes of colours that Rec.709 cannot hold."""

from __future__ import annotations

import functools
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from lucida.imaging.kernels import in_bands, jit, warm_up

# Rec.709 luminance of linear R, G, B: ITU-R BT.709-6 item 3.2.
LUMINANCE = np.array([0.2126, 0.7152, 0.0722], np.float32)

# CIE 1931 xy of D65 and, at 1 unit of luminance, XYZ of ICC's D50: ICC.1:2022 section 7.2.16.
D65 = (0.3127, 0.3290)
D50_XYZ = np.array([0.9642, 1.0, 0.8249])


class Primaries(NamedTuple):
    """CIE 1931 xy of an RGB space's primaries and white."""

    red: tuple[float, float]
    green: tuple[float, float]
    blue: tuple[float, float]
    white: tuple[float, float] = D65


REC709 = Primaries((0.640, 0.330), (0.300, 0.600), (0.150, 0.060))  # ITU-R BT.709-6, IEC 61966-2-1
DISPLAY_P3 = Primaries((0.680, 0.320), (0.265, 0.690), (0.150, 0.060))  # SMPTE EG 432-1 with D65
REC2020 = Primaries((0.708, 0.292), (0.170, 0.797), (0.131, 0.046))  # ITU-R BT.2020-2


def rgb_to_xyz(primaries: Primaries) -> NDArray[np.float64]:
    """Matrix (3, 3) from linear RGB to CIE XYZ, white at Y = 1: SMPTE RP 177 section 3.3."""
    columns = np.array([[x / y, 1.0, (1 - x - y) / y] for x, y in primaries[:3]]).T
    x, y = primaries.white
    white = np.array([x / y, 1.0, (1 - x - y) / y])
    return np.asarray(columns * np.linalg.solve(columns, white))


def bradford(source_white: NDArray[np.float64], target_white: NDArray[np.float64]) -> NDArray[np.float64]:
    """Chromatic adaptation (3, 3) in XYZ between two whites: ICC.1:2022 annex E, linearised Bradford."""
    cone = np.array([[0.8951, 0.2664, -0.1614], [-0.7502, 1.7135, 0.0367], [0.0389, -0.0685, 1.0296]])
    scale = np.diag((cone @ target_white) / (cone @ source_white))
    return np.asarray(np.linalg.inv(cone) @ scale @ cone)


def to_rec709(primaries: Primaries) -> NDArray[np.float64]:
    """Matrix (3, 3) from the linear RGB of `primaries` to linear Rec.709; white stays white."""
    source, target = rgb_to_xyz(primaries), rgb_to_xyz(REC709)
    adapted = bradford(source.sum(1), target.sum(1)) @ source
    return np.asarray(np.linalg.solve(target, adapted))


def srgb_to_linear(code: NDArray[np.floating] | NDArray[np.uint8]) -> NDArray[np.float32]:
    """Display-linear light of sRGB code values: float in 0-1, or uint8 by its top value; IEC 61966-2-1 section 5.2."""
    if code.dtype == np.uint8:
        return srgb_table()[code]
    value = np.asarray(code, np.float32)
    linear = np.where(value <= 0.04045, value / 12.92, ((np.maximum(value, 0) + 0.055) / 1.055) ** 2.4)
    return np.asarray(linear, np.float32)


def linear_to_srgb(linear: NDArray[np.floating]) -> NDArray[np.float32]:
    """sRGB code values, 0-1, of display-linear light; what lies outside 0-1 is clipped. IEC 61966-2-1 section 5.2."""
    value = np.clip(np.asarray(linear, np.float32), 0, 1)
    return np.asarray(np.where(value <= 0.0031308, value * 12.92, 1.055 * value ** (1 / 2.4) - 0.055), np.float32)


@functools.cache
def srgb_table(levels: int = 256) -> NDArray[np.float32]:
    """Display-linear light (levels,) of every integer sRGB code value."""
    table = srgb_to_linear(np.linspace(0, 1, levels))
    table.setflags(write=False)
    return table


def into_gamut(linear: NDArray[np.floating], ceiling: NDArray[np.floating] | float = 1.0) -> NDArray[np.float32]:
    """Colours (..., 3) drawn towards their grey, just enough to lie within 0 and `ceiling`.

    The grey has the colour's own luminance, so that light is kept and only saturation gives way; the ratios of the
    channels' distances from grey, and with them the hue, stay. A luminance outside 0 to `ceiling` is clipped first.
    The slow reference of `linearise`.
    """
    colour = np.asarray(linear, np.float32)
    top = np.broadcast_to(np.asarray(ceiling, np.float32), colour.shape[:-1])
    grey = np.clip(colour @ LUMINANCE, 0, top)
    low, high = colour.min(-1), colour.max(-1)
    keep = np.ones_like(grey)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        keep = np.where(low < 0, np.minimum(keep, grey / (grey - low)), keep)
        keep = np.where(high > top, np.minimum(keep, (top - grey) / (high - grey)), keep)
    mapped = grey[..., None] + keep[..., None] * (colour - grey[..., None])
    return np.asarray(np.clip(mapped, 0, top[..., None]), np.float32)


def linearise(
    code: NDArray[np.uint8] | NDArray[np.uint16],
    curves: NDArray[np.float32],
    matrix: NDArray[np.float32],
    gain: NDArray[np.float32] | None = None,
    offsets: tuple[float, float] = (0.0, 0.0),
) -> NDArray[np.float32]:
    """Linear Rec.709 (H, W, 3) of integer code values (H, W, 3).

    `curves` (3, levels) is each channel's light by code value, `matrix` (3, 3) leads to Rec.709, `gain` (H, W, 1 or 3)
    multiplies the light in the file's own primaries, after the first of `offsets` was added to it and before the
    second is taken off. What Rec.709 cannot hold goes through `into_gamut`, with the
    curves' top times the largest gain as ceiling.
    """
    white, before, after = np.float32(curves.max()), np.float32(offsets[0]), np.float32(offsets[1])
    height, width = code.shape[:2]
    radiance = np.empty((height, width, 3), np.float32)
    plain = bool(np.allclose(matrix, np.eye(3), atol=1e-6))
    gains = np.ones((1, 1, 1), np.float32) if gain is None else gain

    def band(rows: slice) -> None:
        if gain is None:
            _linearise(code[rows], curves, white, matrix, gains, False, before, after, plain, radiance[rows])
        else:
            _linearise(code[rows], curves, white, matrix, gain[rows], True, before, after, plain, radiance[rows])

    in_bands(band, height)
    return radiance


@jit
def _linearise(
    code: NDArray[np.uint8] | NDArray[np.uint16],
    curves: NDArray[np.float32],
    white: np.float32,
    matrix: NDArray[np.float32],
    gain: NDArray[np.float32],
    gained: bool,
    before: np.float32,
    after: np.float32,
    plain: bool,
    radiance: NDArray[np.float32],
) -> None:
    one = np.float32(1)
    zero = np.float32(0)
    last = gain.shape[2] - 1
    for y in range(code.shape[0]):
        for x in range(code.shape[1]):
            r = curves[0, code[y, x, 0]]
            g = curves[1, code[y, x, 1]]
            b = curves[2, code[y, x, 2]]
            ceiling = white
            if gained:
                first, second, third = gain[y, x, 0], gain[y, x, min(1, last)], gain[y, x, last]
                r = max((r + before) * first - after, zero)
                g = max((g + before) * second - after, zero)
                b = max((b + before) * third - after, zero)
                ceiling = (white + before) * max(first, second, third) - after
            if not plain:
                red = matrix[0, 0] * r + matrix[0, 1] * g + matrix[0, 2] * b
                green = matrix[1, 0] * r + matrix[1, 1] * g + matrix[1, 2] * b
                blue = matrix[2, 0] * r + matrix[2, 1] * g + matrix[2, 2] * b
                low, high = min(red, green, blue), max(red, green, blue)
                if low < zero or high > ceiling:
                    grey = np.float32(0.2126) * red + np.float32(0.7152) * green + np.float32(0.0722) * blue
                    grey = min(max(grey, zero), ceiling)
                    keep = one
                    if low < zero:
                        keep = min(keep, grey / (grey - low))
                    if high > ceiling:
                        keep = min(keep, (ceiling - grey) / (high - grey))
                    red = min(max(grey + keep * (red - grey), zero), ceiling)
                    green = min(max(grey + keep * (green - grey), zero), ceiling)
                    blue = min(max(grey + keep * (blue - grey), zero), ceiling)
                r, g, b = red, green, blue
            radiance[y, x, 0] = r
            radiance[y, x, 1] = g
            radiance[y, x, 2] = b


@warm_up
def _compile() -> None:
    curves, matrix = np.ones((3, 256), np.float32), np.zeros((3, 3), np.float32)
    for code in (np.zeros((1, 1, 3), np.uint8), np.zeros((1, 1, 3), np.uint16)):
        linearise(code, curves, matrix)
        linearise(code, curves, matrix, np.ones((1, 1, 1), np.float32))
