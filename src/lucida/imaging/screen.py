"""A picture's file as a screen shows it: sRGB, 8 bits, and what of it is transparent."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lucida.imaging.decode import MOST_MEGAPIXELS, Coded, decode
from lucida.imaging.depth_map import DepthMap
from lucida.imaging.exif import Exif
from lucida.imaging.exposure import encode
from lucida.imaging.read import read_photo

_SRGB = "sRGB"  # how profiles of it begin


@dataclass(frozen=True)
class ScreenPicture:
    """`pixels` uint8 sRGB (H, W, 3), upright; `alpha` uint8 (H, W), 0 transparent, None where nothing is.

    What is transparent has its colour all the same, laid on nothing. `depth` is the phone's own map, turned as the
    picture is, at its own resolution.
    """

    pixels: NDArray[np.uint8]
    alpha: NDArray[np.uint8] | None = None
    depth: DepthMap | None = None
    exif: Exif = field(default_factory=Exif)


def read_picture(source: Path | bytes | Coded, *, max_megapixels: float = MOST_MEGAPIXELS) -> ScreenPicture:
    """A picture from a file or its bytes. One that is sRGB of 8 bits keeps its codes; others are converted.

    What is brighter than a screen's white is that white.

    Raises `UnsupportedFormat`, `TruncatedPhoto`, `PhotoTooLarge` or `BadPhoto`.
    """
    coded = source if isinstance(source, Coded) else decode(source, max_megapixels)
    coded = replace(coded, gain=None, code=coded.code if coded.straight is None else coded.straight)
    photo = read_photo(coded)
    same = coded.code.dtype == np.uint8 and photo.color_profile.startswith(_SRGB)
    pixels = coded.code if same else encode(photo.radiance)
    alpha = coded.alpha
    if alpha is not None and alpha.dtype != np.uint8:
        alpha = np.asarray(np.rint(alpha / (coded.top / 255)), np.uint8)
    alpha = np.asarray(alpha, np.uint8) if alpha is not None else None
    return ScreenPicture(np.asarray(pixels, np.uint8), alpha, coded.depth, photo.exif)
