"""A photo's file becomes light."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lucida.errors import BadPhoto
from lucida.imaging.colour import DISPLAY_P3, linearise, to_rec709
from lucida.imaging.decode import Coded, decode
from lucida.imaging.exif import read_exif
from lucida.imaging.gainmap import GainMap, apple_gain, apple_headroom, spread, spread_top
from lucida.imaging.icc import BrokenProfile, ColourTransform, read_profile, srgb_transform
from lucida.imaging.photo import Photo

CLIPPED_FROM = 252 / 255  # of the top code value: compression smears 255 over a few codes


def read_photo(source: Path | bytes, *, max_megapixels: int = 120) -> Photo:
    """A photo from a file or its bytes: upright, linear Rec.709, with its highlights where a gain map knows them.

    Raises `UnsupportedFormat`, `TruncatedPhoto`, `PhotoTooLarge` or `BadPhoto`.
    """
    coded = decode(_content(source), max_megapixels)
    exif = read_exif(coded.exif)
    transform, notes = _transform(coded)
    notes = (*coded.notes, *notes)
    gain: GainMap | None = None
    if coded.apple_gain is not None:
        found = apple_headroom(exif, coded.xmp)
        if found is None:
            notes = (*notes, "The HDR gain map's headroom is not in the file; the map was left out.")
        else:
            headroom, told = found
            gain = apple_gain(coded.apple_gain, headroom)
            if not told:
                notes = (
                    *notes,
                    f"The HDR gain map's headroom is partly missing; {headroom:.1f} times white is assumed.",
                )
    height, width = coded.code.shape[:2]
    clipped = _clipped(coded)
    factor = None
    if gain is not None:
        factor = spread(gain, width, height)
        clipped &= spread_top(gain, width, height)
    radiance = linearise(coded.code, transform.curves(coded.levels), transform.matrix.astype(np.float32), factor)
    return Photo(
        radiance=radiance,
        clipped=clipped,
        exif=exif,
        format=coded.format,
        color_profile=transform.name,
        gain_headroom=gain.headroom if gain is not None else None,
        notes=notes,
    )


def _content(source: Path | bytes) -> bytes:
    if isinstance(source, bytes):
        return source
    try:
        return source.read_bytes()
    except FileNotFoundError as error:
        raise BadPhoto(f"There is no file {source}; check the path.") from error
    except OSError as error:
        raise BadPhoto(f"The file {source} cannot be read: {error.strerror or error}.") from error


def _clipped(coded: Coded) -> NDArray[np.bool_]:
    top = np.asarray(coded.code >= round(CLIPPED_FROM * (coded.levels - 1)))
    return top[..., 0] | top[..., 1] | top[..., 2]


def _transform(coded: Coded) -> tuple[ColourTransform, tuple[str, ...]]:
    if coded.profile:
        try:
            return read_profile(coded.profile), ()
        except BrokenProfile as error:
            return srgb_transform("sRGB (assumed)"), (f"Colours are taken as sRGB, for {error}.",)
    if coded.primaries == 12:
        return srgb_transform("Display P3", to_rec709(DISPLAY_P3)), ()
    return srgb_transform("sRGB (assumed)"), ("The photo names no colour profile; sRGB is assumed.",)
