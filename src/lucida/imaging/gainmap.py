"""Gain maps: how much brighter than white a photo's highlights really were."""

from __future__ import annotations

import re
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from lucida.imaging.colour import srgb_table
from lucida.imaging.exif import Exif

UNKNOWN_HDR_GAIN = 0.01  # maker tag 48 where it is missing: the knee of Apple's curves


@dataclass(frozen=True)
class GainMap:
    """What the light of a picture is to be multiplied by.

    `factor` is float32 (h, w, 1 or 3), at its own resolution; `top` is bool (h, w), where the map is at its own
    maximum and the scene may have been brighter still; `headroom` is the largest factor the map can hold. `offsets`
    are added to the light before, and taken off after the multiplication.
    """

    factor: NDArray[np.float32]
    top: NDArray[np.bool_]
    headroom: float
    offsets: tuple[float, float] = (0.0, 0.0)


def apple_headroom(exif: Exif, xmp: bytes | None = None) -> tuple[float, bool] | None:
    """The factor over white that Apple's gain map reaches, and whether the file tells it or a tag was supplied.

    From maker tags 33 and 48 by Apple's formula ("Applying Apple HDR effect to your photos", developer
    documentation), else from `HDRGainMapHeadroom` in XMP. Where only tag 48 is missing, it is taken at its curve's
    knee. None without either.
    """
    if exif.hdr_headroom is not None:
        known = exif.hdr_gain is not None
        gain = exif.hdr_gain if exif.hdr_gain is not None else UNKNOWN_HDR_GAIN
        if exif.hdr_headroom < 1:
            stops = -20 * gain + 1.8 if gain <= 0.01 else -0.101 * gain + 1.601
        else:
            stops = -70 * gain + 3.0 if gain <= 0.01 else -0.303 * gain + 2.303
        if known or xmp_number(xmp, "HDRGainMapHeadroom") is None:
            return 2.0 ** min(max(stops, 0.0), 4.0), known
    told = xmp_number(xmp, "HDRGainMapHeadroom")
    return None if told is None else (min(max(told, 1.0), 64.0), True)


def xmp_number(xmp: bytes | None, name: str) -> float | None:
    """The number of a property in an XMP packet, as attribute or as element."""
    if not xmp:
        return None
    found = re.search(rb"[:\s]" + name.encode() + rb"(?:\s*=\s*[\"']|>)\s*(-?[0-9.]+(?:[eE][-+]?[0-9]+)?)", xmp)
    try:
        return float(found[1]) if found else None
    except ValueError:
        return None


def apple_gain(code: NDArray[np.uint8], headroom: float) -> GainMap:
    """Apple's map (h, w) as factors: 1 + (headroom - 1) times the map's light, which is coded as sRGB is."""
    factor = (1 + np.float32(headroom - 1) * srgb_table())[code]
    return GainMap(np.asarray(factor[..., None], np.float32), code >= 254, headroom)


def ultra_hdr_gain(code: NDArray[np.uint8], xmp: bytes) -> GainMap | None:
    """The map (h, w) or (h, w, 3) of an Ultra HDR JPEG by the numbers in the map's own XMP; None where they are absurd.

    Ultra HDR image format 1.1, "Gain map application" at full weight; the same mathematics as ISO 21496-1.
    """
    lowest, highest = xmp_numbers(xmp, "GainMapMin", 0.0), xmp_numbers(xmp, "GainMapMax", None)
    gamma = xmp_numbers(xmp, "Gamma", 1.0)
    before, after = xmp_numbers(xmp, "OffsetSDR", 1 / 64), xmp_numbers(xmp, "OffsetHDR", 1 / 64)
    if highest is None or lowest is None or gamma is None or before is None or after is None:
        return None
    sensible = all(0.01 <= value <= 100 for value in gamma) and max(map(abs, (*lowest, *highest))) <= 16
    sensible = sensible and all(0 <= value <= 1 for value in (*before, *after))
    if not sensible or b'BaseRenditionIsHDR="True"' in xmp:
        return None
    coded = code if code.ndim == 3 else code[..., None]
    low, high = np.asarray(lowest, np.float32), np.asarray(highest, np.float32)
    stops = low + (high - low) * (coded / np.float32(255)) ** (1 / np.asarray(gamma, np.float32))
    offsets = (float(np.mean(before)), float(np.mean(after)))
    top = np.asarray(coded.max(-1) >= 254)
    return GainMap(np.exp2(stops).astype(np.float32), top, 2.0 ** float(high.max()), offsets)


def xmp_numbers(xmp: bytes, name: str, default: float | None) -> tuple[float, ...] | None:
    """The number, or the numbers of a sequence of three, of an Adobe gain-map property."""
    sequence = re.search(rb"hdrgm:" + name.encode() + rb">\s*<rdf:Seq>(.*?)</rdf:Seq>", xmp, re.DOTALL)
    if sequence is not None:
        numbers = re.findall(rb"<rdf:li>\s*(-?[0-9.]+(?:[eE][-+]?[0-9]+)?)", sequence[1])
        try:
            return tuple(map(float, numbers)) if len(numbers) == 3 else None
        except ValueError:
            return None
    told = xmp_number(xmp, name)
    return (told,) if told is not None else None if default is None else (default,)


def spread(gain: GainMap, width: int, height: int) -> NDArray[np.float32]:
    """The factors (height, width, 1 or 3) at the picture's own resolution, bilinear."""
    factor = cv2.resize(gain.factor, (width, height), interpolation=cv2.INTER_LINEAR)
    return np.ascontiguousarray(factor.reshape(height, width, -1), np.float32)


def spread_top(gain: GainMap, width: int, height: int) -> NDArray[np.bool_]:
    """Where, at the picture's own resolution (height, width), the map is at its maximum."""
    return cv2.resize(gain.top.astype(np.uint8), (width, height), interpolation=cv2.INTER_NEAREST).astype(bool)
