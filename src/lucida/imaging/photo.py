"""A photo as the studios see it."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from lucida.imaging.exif import Exif


@dataclass(frozen=True)
class Photo:
    """A decoded photo, upright.

    `radiance` is float32 (H, W, 3), linear Rec.709, 1.0 = the photo's diffuse white, non-negative; above 1.0 only
    where a gain map tells or the file is coded for HDR (PQ, HLG). `clipped` is bool (H, W): two channels' code values
    or all were at their top and no gain map knows more. `gain_headroom` is the largest factor over white that the file
    can hold, None where that is white itself. `notes` are sentences on defaults taken;
    `source_sha256` is that of the file's bytes, empty where there was no file.
    """

    radiance: NDArray[np.float32]
    clipped: NDArray[np.bool_]
    exif: Exif
    format: str  # heif, avif, jpeg, png
    color_profile: str  # as the file names it: "Display P3", "sRGB IEC61966-2.1"; "sRGB (assumed)" without one
    gain_headroom: float | None = None
    notes: tuple[str, ...] = field(default=())
    source_sha256: str = ""
