"""Radiance → a picture for a screen: mid-tones as the photo had them, highlights rolled off."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from lucida.imaging.colour import linear_to_srgb
from lucida.imaging.exposure import encode_rows
from lucida.imaging.kernels import in_bands, jit, warm_up

SHOULDER = 0.6  # linear light up to which nothing changes: 79 % of sRGB's code range
STOPS = 6.0  # above white, where the roll-off reaches the screen's white


def curve(light: NDArray[np.floating]) -> NDArray[np.float64]:
    """Scene light → display light, 0 to 1: the identity up to `SHOULDER`, then a logarithm that meets it smoothly.

    Above the shoulder s the curve is s + a·ln(1 + (x − s) / a): its slope at s is 1, and a is such that light
    `STOPS` above white lands on 1.
    """
    x = np.maximum(np.asarray(light, np.float64), 0)
    above = SHOULDER + _REACH * np.log1p(np.maximum(x - SHOULDER, 0) / _REACH)
    return np.asarray(np.minimum(np.where(x > SHOULDER, above, x), 1.0))


def _reach() -> float:
    low, high = 1e-4, 1.0
    for _ in range(60):
        a = (low + high) / 2
        if SHOULDER + a * np.log1p((2**STOPS - SHOULDER) / a) > 1:
            high = a
        else:
            low = a
    return (low + high) / 2


_REACH = _reach()


def tone_map_reference(radiance: NDArray[np.floating], exposure: float = 0.0) -> NDArray[np.uint8]:
    """As `tone_map`, slow and readable."""
    light = np.clip(np.nan_to_num(np.asarray(radiance, np.float64)), 0, 1e30) * 2.0**exposure
    brightest = light.max(-1, keepdims=True)
    shown = curve(brightest)
    with np.errstate(invalid="ignore", divide="ignore"):
        hue_kept = np.where(brightest > SHOULDER, light * (shown / brightest), light)
    # The farther above white, the paler: as film does, and so that a lamp is not a flat patch of colour.
    paler = np.clip(np.log2(np.maximum(brightest, 1)) / STOPS, 0, 1)
    display = hue_kept + paler * (shown - hue_kept)
    return np.rint(linear_to_srgb(display) * 255).astype(np.uint8)


def tone_map(radiance: NDArray[np.floating], exposure: float = 0.0) -> NDArray[np.uint8]:
    """An sRGB picture uint8 (H, W, 3) of linear Rec.709 radiance shown `exposure` stops brighter.

    Radiance below `SHOULDER` keeps the code values the photo had; what is brighter is compressed by its largest
    channel, so hues stay, and turns pale over `STOPS` stops.
    """
    picture = np.empty(radiance.shape, np.uint8)

    def work(rows: slice) -> None:
        tone_map_rows(np.array(radiance[rows], np.float32, order="C"), picture[rows], exposure)

    in_bands(work, len(radiance))
    return picture


def tone_map_rows(light: NDArray[np.float32], picture: NDArray[np.uint8], exposure: float = 0.0) -> None:
    """`tone_map` for contiguous rows (h, W, 3), which it overwrites, into `picture`, in the caller's thread."""
    gain = np.float32(2.0**exposure)
    _compress(light.reshape(-1, 3), gain, np.float32(SHOULDER), np.float32(_REACH), np.float32(STOPS))
    encode_rows(light.reshape(len(light), -1), picture.reshape(len(light), -1))


@jit
def _compress(
    light: NDArray[np.float32], gain: np.float32, shoulder: np.float32, reach: np.float32, stops: np.float32
) -> None:
    one, zero, most = np.float32(1), np.float32(0), np.float32(1e30)
    for n in range(light.shape[0]):
        red, green, blue = light[n, 0], light[n, 1], light[n, 2]
        red = min(most, red * gain) if red > zero else zero
        green = min(most, green * gain) if green > zero else zero
        blue = min(most, blue * gain) if blue > zero else zero
        brightest = max(red, green, blue)
        if brightest > shoulder:
            shown = min(one, shoulder + reach * np.log1p((brightest - shoulder) / reach))
            scale = shown / brightest
            red, green, blue = red * scale, green * scale, blue * scale
            if brightest > one:
                paler = min(one, np.log2(brightest) / stops)
                red, green, blue = (
                    red + paler * (shown - red),
                    green + paler * (shown - green),
                    blue + paler * (shown - blue),
                )
        light[n, 0], light[n, 1], light[n, 2] = red, green, blue


@warm_up
def _compile() -> None:
    tone_map(np.ones((2, 2, 3), np.float32))
