"""A photo's file becomes light."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lucida.imaging.colour import linearise
from lucida.imaging.colour_transform import ColourTransform, coded_transform, srgb_transform
from lucida.imaging.decode import MOST_MEGAPIXELS, Coded, decode
from lucida.imaging.exif import Exif, read_exif
from lucida.imaging.gainmap import GainMap, apple_gain, apple_headroom, spread, spread_top, ultra_hdr_gain
from lucida.imaging.icc import BrokenProfile, read_profile
from lucida.imaging.kernels import in_bands
from lucida.imaging.photo import Photo

# Of the top code value. Compression smears white over a few codes: on photos cut from HDR panoramas, 252 misses as many
# clipped pixels as it takes in others.
CLIPPED_FROM, CLIPPED_FROM_LOSSLESS = 252 / 255, 254 / 255


def read_photo(source: Path | bytes | Coded, *, max_megapixels: float = MOST_MEGAPIXELS) -> Photo:
    """A photo from a file, its bytes or what `decode` made of them: upright, linear Rec.709, with its highlights where
    a gain map knows them.

    Raises `UnsupportedFormat`, `TruncatedPhoto`, `PhotoTooLarge` or `BadPhoto`.
    """
    coded = source if isinstance(source, Coded) else decode(source, max_megapixels)
    exif = read_exif(coded.exif)
    transform, notes = _transform(coded)
    gain, gain_notes = _gain(coded, exif)
    curves = transform.curves(coded.top, np.iinfo(coded.code.dtype).max + 1)
    headroom = float(curves.max()) * (gain.headroom if gain is not None else 1.0)
    clipped = _clipped(coded)
    factor, offsets = None, (0.0, 0.0)
    if gain is not None:
        height, width = clipped.shape
        factor, offsets = spread(gain, width, height), gain.offsets
        clipped &= spread_top(gain, width, height)
    radiance = linearise(coded.code, curves, transform.matrix.astype(np.float32), factor, offsets)
    return Photo(
        radiance=radiance,
        clipped=clipped,
        exif=exif,
        format=coded.format,
        color_profile=transform.name,
        gain_headroom=headroom if gain is not None or headroom > 1 else None,
        notes=(*coded.notes, *notes, *gain_notes),
        source_sha256=coded.source_sha256,
    )


def _gain(coded: Coded, exif: Exif) -> tuple[GainMap | None, tuple[str, ...]]:
    """The photo's gain map in numbers, and what had to be assumed about it."""
    if coded.gain is None:
        return None, ()
    if coded.gain_xmp is not None and b"hdrgm:" in coded.gain_xmp:
        gain = ultra_hdr_gain(coded.gain, coded.gain_xmp)
        return gain, () if gain is not None else ("The HDR gain map's numbers are damaged; the map was left out.",)
    found = apple_headroom(exif, coded.gain_xmp or coded.xmp)
    if found is None:
        return None, ("The HDR gain map's headroom is not in the file; the map was left out.",)
    headroom, told = found
    single = coded.gain if coded.gain.ndim == 2 else coded.gain[..., 1]
    note = f"The HDR gain map's headroom is partly missing; {headroom:.1f} times white is assumed."
    return apple_gain(single, headroom), () if told else (note,)


def _clipped(coded: Coded) -> NDArray[np.bool_]:
    """Where two channels or all are at their top: with one alone, brightness and hue are still nearly known."""
    share = CLIPPED_FROM_LOSSLESS if coded.format == "png" else CLIPPED_FROM
    least = round(share * coded.top)
    clipped = np.empty(coded.code.shape[:2], np.bool_)

    def work(rows: slice) -> None:
        top = coded.code[rows] >= least
        red, green, blue = top[..., 0], top[..., 1], top[..., 2]
        clipped[rows] = (red & green) | (green & blue) | (red & blue)

    in_bands(work, len(clipped))
    return clipped


def _transform(coded: Coded) -> tuple[ColourTransform, tuple[str, ...]]:
    if coded.profile:
        try:
            return read_profile(coded.profile), ()
        except BrokenProfile as error:
            return srgb_transform("sRGB (assumed)"), (f"Colours are taken as sRGB, for {error}.",)
    named = coded_transform(coded.primaries, coded.transfer)
    if named is not None:
        return named, ()
    return srgb_transform("sRGB (assumed)"), ("The photo names no colour profile; sRGB is assumed.",)
