"""What a photo's EXIF says, in SI units, None where it says nothing."""

from __future__ import annotations

import math
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone

from PIL import ExifTags

from lucida.imaging.apple_makernote import ACCELERATION, HDR_GAIN, HDR_HEADROOM, read_makernote
from lucida.imaging.tiff_tags import Tag, byte_order, linked_directory, read_directory


@dataclass(frozen=True)
class Exif:
    """The tags that light and geometry need."""

    make: str | None = None
    model: str | None = None
    focal_length_mm: float | None = None
    focal_length_35mm: float | None = None  # FocalLengthIn35mmFilm, mm, as the file has it
    digital_zoom: float | None = None
    exposure_time_s: float | None = None
    f_number: float | None = None
    iso: float | None = None
    taken_at: datetime | None = None  # aware, UTC
    latitude_deg: float | None = None
    longitude_deg: float | None = None
    compass_deg: float | None = None  # GPSImgDirection, clockwise from north, magnetic or true as the file has it
    gravity: tuple[float, float, float] | None = None  # Apple accelerometer, in g, device axes
    orientation: int | None = None  # Orientation, 1-8, as the file has it
    front_camera: bool = False
    pixel_width: int | None = None  # PixelXDimension, of the picture as it was taken, before Orientation
    pixel_height: int | None = None
    focal_plane_pixels_per_mm: float | None = None
    hdr_headroom: float | None = None  # Apple maker tags 33 and 48
    hdr_gain: float | None = None


def read_exif(block: bytes | None) -> Exif:
    """The tags of an EXIF block, with or without its `Exif\\0\\0` head; what is broken or absurd is None.

    Never raises: a photo with odd tags is still a photo. Tags: CIPA DC-008 (EXIF 2.32) sections 4.6.4 to 4.6.6.
    """
    block = block or b""
    head = min((at for at in (block.find(b"MM\0*", 0, 64), block.find(b"II*\0", 0, 64)) if at >= 0), default=None)
    order = None if head is None else byte_order(block, head)
    if head is None or order is None or len(block) < head + 8:
        return Exif()
    block = block[head:]
    main = read_directory(block, struct.unpack_from(order + "I", block, 4)[0], order)
    picture = linked_directory(block, main, ExifTags.IFD.Exif, order)
    gps = linked_directory(block, main, ExifTags.IFD.GPSInfo, order)
    note = picture.get(ExifTags.Base.MakerNote)
    apple = read_makernote(note) if isinstance(note, bytes) else {}
    lens = _text(picture.get(ExifTags.Base.LensModel)) or ""
    latitude, longitude = _position(gps)
    return Exif(
        make=_text(main.get(ExifTags.Base.Make)),
        model=_text(main.get(ExifTags.Base.Model)),
        focal_length_mm=_number(picture.get(ExifTags.Base.FocalLength), 0.1, 5000),
        focal_length_35mm=_number(picture.get(ExifTags.Base.FocalLengthIn35mmFilm), 1, 5000),
        digital_zoom=_number(picture.get(ExifTags.Base.DigitalZoomRatio), 1, 1000),
        exposure_time_s=_number(picture.get(ExifTags.Base.ExposureTime), 1e-7, 1e5) or _shutter(picture),
        f_number=_number(picture.get(ExifTags.Base.FNumber), 0.3, 200) or _aperture(picture),
        iso=_number(picture.get(ExifTags.Base.ISOSpeedRatings), 1, 1e7),
        taken_at=_taken_at(main, picture, gps),
        latitude_deg=latitude,
        longitude_deg=longitude,
        compass_deg=_compass(gps),
        gravity=_gravity(apple),
        orientation=_whole(main.get(ExifTags.Base.Orientation), 1, 8),
        front_camera="front" in lens.lower(),
        pixel_width=_whole(picture.get(ExifTags.Base.ExifImageWidth), 1, 10**6),
        pixel_height=_whole(picture.get(ExifTags.Base.ExifImageHeight), 1, 10**6),
        focal_plane_pixels_per_mm=_focal_plane(picture),
        hdr_headroom=_single(apple, HDR_HEADROOM),
        hdr_gain=_single(apple, HDR_GAIN),
    )


def _number(value: Tag | None, low: float, high: float) -> float | None:
    """A tag's number where it lies within sense; the first of several."""
    number = value[0] if isinstance(value, tuple) else math.nan
    return number if low <= number <= high else None


def _whole(value: Tag | None, low: int, high: int) -> int | None:
    number = _number(value, low, high)
    return None if number is None else int(number)


def _text(value: Tag | None) -> str | None:
    text = value.decode("utf-8", "replace").replace("\0", " ").strip() if isinstance(value, bytes) else ""
    return text or None


def _shutter(picture: Mapping[int, Tag]) -> float | None:
    """ExposureTime from ShutterSpeedValue, in APEX units: 2 to the power of minus it."""
    value = _number(picture.get(ExifTags.Base.ShutterSpeedValue), -20, 24)
    return None if value is None else 2.0**-value


def _aperture(picture: Mapping[int, Tag]) -> float | None:
    """FNumber from ApertureValue, in APEX units: 2 to the power of half of it."""
    value = _number(picture.get(ExifTags.Base.ApertureValue), -2, 16)
    return None if value is None else 2.0 ** (value / 2)


def _focal_plane(picture: Mapping[int, Tag]) -> float | None:
    per_unit = _number(picture.get(ExifTags.Base.FocalPlaneXResolution), 1e-3, 1e7)
    unit = _whole(picture.get(ExifTags.Base.FocalPlaneResolutionUnit), 1, 5) or 2
    millimetres = {2: 25.4, 3: 10.0, 4: 1.0, 5: 0.001}.get(unit)
    return None if per_unit is None or millimetres is None else per_unit / millimetres


def _single(tags: Mapping[int, tuple[float, ...]], tag: int) -> float | None:
    numbers = tags.get(tag, ())
    return numbers[0] if len(numbers) == 1 and math.isfinite(numbers[0]) else None


def _gravity(apple: Mapping[int, tuple[float, ...]]) -> tuple[float, float, float] | None:
    """The accelerometer's reading, where it is gravity and not a hand that shakes."""
    reading = apple.get(ACCELERATION, ())
    if len(reading) != 3 or not 0.8 < math.hypot(*reading) < 1.2:
        return None
    return (reading[0], reading[1], reading[2])


def _degrees(value: Tag | None, reference: Tag | None, negative: str, limit: float) -> float | None:
    if not isinstance(value, tuple) or len(value) != 3 or not all(0 <= part <= 360 for part in value):
        return None
    whole, minutes, seconds = value
    degrees = whole + minutes / 60 + seconds / 3600
    if degrees > limit:
        return None
    return -degrees if (_text(reference) or "").upper().startswith(negative) else degrees


def _position(gps: Mapping[int, Tag]) -> tuple[float | None, float | None]:
    latitude = _degrees(gps.get(ExifTags.GPS.GPSLatitude), gps.get(ExifTags.GPS.GPSLatitudeRef), "S", 90)
    longitude = _degrees(gps.get(ExifTags.GPS.GPSLongitude), gps.get(ExifTags.GPS.GPSLongitudeRef), "W", 180)
    if latitude is None or longitude is None or (latitude == 0 == longitude):
        return None, None  # 0° N 0° E is where receivers without a fix say they are
    return latitude, longitude


def _compass(gps: Mapping[int, Tag]) -> float | None:
    direction = _number(gps.get(ExifTags.GPS.GPSImgDirection), 0, 360)
    return None if direction is None else direction % 360


def _moment(value: Tag | None) -> datetime | None:
    """A tag's `YYYY:MM:DD HH:MM:SS`, without a zone."""
    text = (_text(value) or "")[:19]
    for layout in ("%Y:%m:%d %H:%M:%S", "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S"):
        try:
            return datetime.strptime(text, layout)
        except ValueError:
            continue
    return None


def _offset(value: Tag | None) -> timezone | None:
    """A tag's `+HH:MM`."""
    text = _text(value) or ""
    if text == "Z":
        return UTC
    sign, hours, minutes = text[:1], text[1:3], text[4:6]
    if sign not in "+-" or not sign or not hours.isdecimal() or not minutes.isdecimal():
        return None
    away = timedelta(hours=int(hours), minutes=int(minutes))
    if away > timedelta(hours=14):
        return None
    return timezone(away if sign == "+" else -away)


def _gps_moment(gps: Mapping[int, Tag]) -> datetime | None:
    """UTC by the GPS receiver."""
    date = (_text(gps.get(ExifTags.GPS.GPSDateStamp)) or "").replace("-", ":")
    clock = gps.get(ExifTags.GPS.GPSTimeStamp)
    if not isinstance(clock, tuple) or len(clock) != 3 or not all(0 <= part <= 60 for part in clock):
        return None
    hours, minutes, seconds = clock
    try:
        day = datetime.strptime(date, "%Y:%m:%d")
        return day.replace(tzinfo=UTC) + timedelta(hours=hours, minutes=minutes, seconds=seconds)
    except (ValueError, OverflowError):
        return None


def _taken_at(main: Mapping[int, Tag], picture: Mapping[int, Tag], gps: Mapping[int, Tag]) -> datetime | None:
    """When the photo was taken, in UTC: the clock with its offset, else the GPS time; a clock without either is None.

    A wall clock alone is not turned into UTC by longitude: zones differ from the sun by up to three hours, summer
    time by one more, which is a quarter of a day for the sun.
    """
    for clock, offset in (
        (picture.get(ExifTags.Base.DateTimeOriginal), picture.get(ExifTags.Base.OffsetTimeOriginal)),
        (picture.get(ExifTags.Base.DateTimeDigitized), picture.get(ExifTags.Base.OffsetTimeDigitized)),
        (main.get(ExifTags.Base.DateTime), picture.get(ExifTags.Base.OffsetTime)),
    ):
        moment, zone = _moment(clock), _offset(offset)
        if moment is not None and zone is not None:
            try:
                return moment.replace(tzinfo=zone).astimezone(UTC)
            except OverflowError:
                return None
    return _gps_moment(gps)
