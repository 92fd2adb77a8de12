"""How wide a photo sees."""

from __future__ import annotations

import math
from dataclasses import dataclass

from lucida.imaging.exif import Exif

DEFAULT_FOCAL_35MM = 26.0  # the main camera of most phones
FULL_FRAME = (36.0, 24.0)  # mm
HALF_DIAGONAL = math.hypot(*FULL_FRAME) / 2
SENSORS = (3.0, 60.0)  # mm, the long side of the smallest and the largest
SMALL_SENSOR = 3.0  # crop factor from which on a sensor is a phone's, 4:3


@dataclass(frozen=True)
class FieldOfView:
    """Angles in radians, and in words where they come from."""

    horizontal: float
    vertical: float
    source: str
    assumed: bool = False  # the file says nothing of it

    def focal(self, width: int) -> float:
        """Focal length in pixels of a picture so many pixels wide."""
        return width / 2 / math.tan(self.horizontal / 2)


def estimate_fov(exif: Exif, width: int, height: int) -> FieldOfView:
    """The angles a picture of `width` × `height` pixels (upright) covers.

    From FocalLengthIn35mmFilm, else FocalLength and FocalPlaneXResolution, else as 26 mm would see. EXIF (CIPA
    DC-008 section 4.6.5) leaves open which side of the 35 mm frame is meant. Phone makers mean the diagonal
    (CIPA DCG-001): from pixel pitch and focal length, an iPhone 6 has 29.3 mm by the diagonal and 30.5 by the width,
    an 11 Pro 26.1 and 27.1, a 13 Pro 25.8 and 26.8; the files say 29, 26, 26. A file that names no maker was written
    by a program, and programs mean that the long side is 36 mm, as photogrammetry does.
    """
    original, assumed = _original_size(exif, width, height), False
    if exif.focal_length_35mm is not None:
        focal = exif.focal_length_35mm * _zoom_left_out(exif)
        source = f"FocalLengthIn35mmFilm, {exif.focal_length_35mm:g} mm"
        half_long = _half_long_side(exif, focal, original)
    elif exif.focal_length_mm is not None and (sensor := _sensor_width(exif, original)) is not None:
        half_long = sensor / 2 / (exif.focal_length_mm * (exif.digital_zoom or 1.0))
        source = f"FocalLength, {exif.focal_length_mm:g} mm, and FocalPlaneXResolution"
    else:
        half_long, assumed = FULL_FRAME[0] / 2 / DEFAULT_FOCAL_35MM, True
        source = f"assumed, {DEFAULT_FOCAL_35MM:g} mm equivalent as the main camera of most phones"
    focal_pixels = _scale(original, width, height) * max(original) / 2 / half_long
    if original != (max(width, height), min(width, height)) and _scale(original, width, height) == 1.0:
        source += ", cropped"
    horizontal, vertical = (2 * math.atan(side / 2 / focal_pixels) for side in (width, height))
    return FieldOfView(horizontal, vertical, source, assumed)


def _sensor_width(exif: Exif, original: tuple[int, int]) -> float | None:
    """Millimetres of the long side; None where FocalPlaneXResolution is missing or was left behind by a resizing."""
    if exif.focal_plane_pixels_per_mm is None:
        return None
    width = original[0] / exif.focal_plane_pixels_per_mm
    return width if SENSORS[0] <= width <= SENSORS[1] else None


def _original_size(exif: Exif, width: int, height: int) -> tuple[int, int]:
    """Long and short side of the picture as it was taken; the present one's where EXIF does not fit it."""
    present = (max(width, height), min(width, height))
    if exif.pixel_width is None or exif.pixel_height is None:
        return present
    original = (max(exif.pixel_width, exif.pixel_height), min(exif.pixel_width, exif.pixel_height))
    if _same_shape(original, present):
        return original
    fits = original[0] >= present[0] and original[1] >= present[1]
    return original if fits else present


def _same_shape(one: tuple[int, int], other: tuple[int, int]) -> bool:
    return abs(one[0] * other[1] / (one[1] * other[0]) - 1) < 0.01


def _scale(original: tuple[int, int], width: int, height: int) -> float:
    """Present pixels per original one: of another shape the picture was cropped, of the same it was resized."""
    present = (max(width, height), min(width, height))
    return present[0] / original[0] if _same_shape(original, present) else 1.0


def _half_long_side(exif: Exif, focal_35mm: float, original: tuple[int, int]) -> float:
    """Tangent of half the angle of the picture's long side, as it was taken."""
    if exif.make is None:
        return FULL_FRAME[0] / 2 / focal_35mm
    aspect = original[0] / original[1]
    crop_factor = (
        exif.focal_length_35mm / exif.focal_length_mm if exif.focal_length_35mm and exif.focal_length_mm else 0
    )
    sensor = 4 / 3 if crop_factor > SMALL_SENSOR or abs(aspect - 4 / 3) < 0.02 else 3 / 2
    short = HALF_DIAGONAL / math.hypot(sensor, 1)
    # The largest picture of this shape that the sensor holds.
    return min(sensor * short, aspect * short) / focal_35mm


def _zoom_left_out(exif: Exif) -> float:
    """Digital zoom that FocalLengthIn35mmFilm does not have in it yet; Apple's has."""
    if exif.digital_zoom is None or (exif.make or "").lower().startswith("apple"):
        return 1.0
    return exif.digital_zoom
