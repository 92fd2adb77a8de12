"""How a photo's camera was held: its pitch and roll."""

from __future__ import annotations

import math
from dataclasses import dataclass

from lucida.geometry.cameras import PinholeCamera
from lucida.imaging.exif import Exif
from lucida.imaging.photo import Photo


@dataclass(frozen=True)
class Level:
    """Pitch and roll in radians, signs as `PinholeCamera`; confidence 0-1, and in words where they come from."""

    pitch: float
    roll: float
    confidence: float
    source: str


def estimate_level(photo: Photo, camera: PinholeCamera) -> Level:
    """How the camera was held: by the phone's accelerometer, else what the picture's lines say, else level."""
    height, width = photo.radiance.shape[:2]
    measured = level_from_gravity(photo.exif, width, height)
    return measured or Level(0.0, 0.0, 0.0, "assumed level")


# Picture right and up in device axes (x right, y up, z out of the screen, of the upright phone), by EXIF Orientation.
UPRIGHT_AXES = {
    1: ((0.0, -1.0, 0.0), (1.0, 0.0, 0.0)),
    3: ((0.0, 1.0, 0.0), (-1.0, 0.0, 0.0)),
    6: ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0)),
    8: ((-1.0, 0.0, 0.0), (0.0, -1.0, 0.0)),
}


def level_from_gravity(exif: Exif, width: int, height: int) -> Level | None:
    """Pitch and roll by an iPhone's accelerometer; None without a reading, or with one that fits no way of holding it.

    The reading is gravity in device axes, so that the upright phone reads (0, -1, 0) and, on its back, (0, 0, -1).
    The back camera looks along -z, the front camera along +z. Orientation tells which side of the phone is the
    picture's top; an edited file has lost it, and then the side that is uppermost is taken.
    """
    if exif.gravity is None:
        return None
    gravity = exif.gravity
    down = [g / math.hypot(*gravity) for g in gravity]
    if exif.orientation in UPRIGHT_AXES and not exif.front_camera and _fits(exif.orientation, width, height):
        right, up = UPRIGHT_AXES[exif.orientation]
    else:
        sides = [UPRIGHT_AXES[side] for side in ((6, 8) if height > width else (1, 3))]
        right, up = min(sides, key=lambda axes: _dot(axes[1], down))
        if exif.front_camera:
            right = (-right[0], -right[1], -right[2])
    ahead = down[2] if exif.front_camera else -down[2]
    across, upwards = _dot(right, down), _dot(up, down)
    if math.hypot(across, upwards) < 0.17:
        return None  # pointing straight up or down: the picture has no top
    roll = math.atan2(across, -upwards)
    if abs(roll) > math.radians(45):
        return None  # the picture was turned after it was taken
    return Level(-math.asin(min(max(ahead, -1.0), 1.0)), roll, 1.0, "the phone's accelerometer")


def _fits(orientation: int, width: int, height: int) -> bool:
    return (orientation in (6, 8)) == (height > width)


def _dot(a: tuple[float, ...] | list[float], b: tuple[float, ...] | list[float]) -> float:
    return sum(x * y for x, y in zip(a, b, strict=True))
