"""What kind of place a photo shows, and where the sun stood."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import astral
import astral.sun
import cv2

from lucida.errors import BadParameter
from lucida.imaging.exif import Exif
from lucida.imaging.photo import Photo

SceneName = Literal["outdoor", "indoor", "night"]
SCENES: tuple[SceneName, ...] = ("outdoor", "indoor", "night")

PROMPTS: dict[SceneName, str] = {
    "outdoor": "a realistic outdoor environment with natural sky and ground",
    "indoor": "a realistic interior with walls, floor and ceiling",
    "night": "a realistic night scene with a dark sky and artificial lights",
}
NEGATIVE_PROMPT = "cartoon, illustration, painting, unrealistic"


@dataclass(frozen=True)
class SunPosition:
    """Where the sun stood: degrees clockwise from north, degrees above the horizon.

    `direction` is a unit vector in the panorama's frame, None where the photo has no compass reading.
    """

    azimuth_deg: float
    altitude_deg: float
    direction: tuple[float, float, float] | None


@dataclass(frozen=True)
class Scene:
    """The kind of place, why, and what a painter is told; `confidence` is the probability given to `type`."""

    type: SceneName
    reason: str
    prompt: str
    negative_prompt: str
    ev100: float | None
    sun: SunPosition | None
    confidence: float


def infer_scene(photo: Photo, scene_type: str = "auto") -> Scene:
    """What kind of place the photo shows: as told, else by its exposure, the sun's height and the picture itself.

    Raises `BadParameter` for a scene type that does not exist.
    """
    sun, ev = sun_position(photo.exif), exposure_value(photo.exif)
    if scene_type in SCENES:
        return _scene(scene_type, "chosen by hand", ev, sun, 1.0)
    if scene_type != "auto":
        raise BadParameter(
            f"There is no scene type {scene_type!r}; choose auto, {', '.join(SCENES)}.", param="scene_type"
        )
    if ev is not None and ev > 11:
        return _scene("outdoor", f"its exposure value {ev:.1f} is daylight's", ev, sun, 0.95)
    if sun is not None and sun.altitude_deg < -6 and ev is not None and ev < 7:
        return _scene("night", f"the sun stood {-sun.altitude_deg:.0f}° below the horizon", ev, sun, 0.8)
    small = cv2.resize(photo.radiance, (64, 48), interpolation=cv2.INTER_AREA)
    top = small[:16].mean((0, 1))
    bluish = float(top[2] / max(float(top[0]), 1e-6))
    if bluish > 1.15 or (ev is not None and ev > 8):
        return _scene("outdoor", "its upper part is as blue as the sky", ev, sun, 0.7)
    return _scene("indoor", "it shows no sky", ev, sun, 0.6)


def _scene(kind: SceneName, reason: str, ev: float | None, sun: SunPosition | None, confidence: float) -> Scene:
    return Scene(kind, reason, PROMPTS[kind], NEGATIVE_PROMPT, ev, sun, confidence)


def exposure_value(exif: Exif) -> float | None:
    """EV at ISO 100: log2(N² / t) - log2(ISO / 100), ISO 2720; None where a tag is missing."""
    if exif.f_number is None or exif.exposure_time_s is None:
        return None
    return math.log2(exif.f_number**2 / exif.exposure_time_s) - math.log2((exif.iso or 100.0) / 100)


def sun_position(exif: Exif) -> SunPosition | None:
    """Where the sun stood when and where the photo was taken (astral, NOAA's equations); None without either."""
    if exif.taken_at is None or exif.latitude_deg is None or exif.longitude_deg is None:
        return None
    place = astral.Observer(exif.latitude_deg, exif.longitude_deg)
    altitude = float(astral.sun.elevation(place, exif.taken_at))
    azimuth = float(astral.sun.azimuth(place, exif.taken_at))
    direction = None
    if exif.compass_deg is not None:
        away, up = math.radians(azimuth - exif.compass_deg), math.radians(altitude)
        direction = (math.cos(up) * math.sin(away), math.sin(up), -math.cos(up) * math.cos(away))
    return SunPosition(azimuth, altitude, direction)
