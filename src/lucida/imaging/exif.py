"""What a photo's EXIF says, in SI units, None where it says nothing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Exif:
    """The tags that light and geometry need."""

    make: str | None = None
    model: str | None = None
    focal_length_mm: float | None = None
    focal_length_35mm: float | None = None  # FocalLengthIn35mmFilm, mm, diagonal equivalent
    digital_zoom: float | None = None
    exposure_time_s: float | None = None
    f_number: float | None = None
    iso: float | None = None
    taken_at: datetime | None = None  # aware, UTC
    latitude_deg: float | None = None
    longitude_deg: float | None = None
    compass_deg: float | None = None  # GPSImgDirection, clockwise from true north
    gravity: tuple[float, float, float] | None = None  # Apple accelerometer, in g, device axes
