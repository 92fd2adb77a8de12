"""What kind of place a photo shows, and where the sun stood."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import astral
import astral.sun

from lucida.errors import BadParameter
from lucida.hdri.place import BIAS, Look, look
from lucida.imaging.exif import Exif
from lucida.imaging.photo import Photo

SceneName = Literal["outdoor", "indoor", "night"]
SCENES: tuple[SceneName, ...] = ("outdoor", "indoor", "night")

PROMPTS: dict[SceneName, str] = {
    "outdoor": "a realistic outdoor environment with natural sky and ground",
    "indoor": "a realistic interior with walls, floor and ceiling",
    "night": "a realistic night scene with a dark sky and artificial lights",
}
# Exposure values at ISO 100: sunshine 15, overcast 12, shade 11, a bright room 8, a living room 6, a street at night 4.
INDOORS_UP_TO = 9.0
DAYLIGHT_FROM = 10.0
NIGHT_BELOW = 3.5
# The sun's height in degrees: civil twilight ends at -6, when lamps give more light than the sky.
SUNSET_DEG, NIGHTFALL_DEG = -2.0, -6.0
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
    seen = look(photo.radiance)
    shares = list(seen.reasons)
    if ev is not None:
        dimness = _dimness(ev)
        brightness = "little, as in a room" if dimness > 0 else "much, as under the open sky"
        shares.append((dimness, f"its exposure says that light was {brightness} (EV {ev:.1f})"))
    indoors = BIAS + sum(share for share, _ in shares)
    night = _night(sun, ev, seen, indoors)
    if night is not None:
        return _scene("night", night[1], ev, sun, night[0])
    kind: SceneName = "indoor" if indoors > 0 else "outdoor"
    telling = sorted((share for share in shares if share[0] * indoors > 0), key=lambda share: -abs(share[0]))
    reason = " and ".join(words for _, words in telling[:2])
    return _scene(kind, reason, ev, sun, 1 / (1 + math.exp(-abs(indoors))))


def _dimness(ev: float) -> float:
    """Log-odds for a room by the exposure value alone; no lamp lights a room as a cloudy sky does."""
    return min(max(1.2 * (INDOORS_UP_TO - ev) - 4 * max(ev - DAYLIGHT_FROM, 0.0), -8.0), 6.0)


def _night(sun: SunPosition | None, ev: float | None, seen: Look, indoors: float) -> tuple[float, str] | None:
    """How sure, and why, it is night; None where it is day, or a room, where the hour does not matter."""
    if sun is not None and sun.altitude_deg > SUNSET_DEG:
        return None
    if sun is not None and sun.altitude_deg < NIGHTFALL_DEG and (indoors < 0 or seen.dark_sky):
        return 0.9, f"the sun stood {-sun.altitude_deg:.0f}° below the horizon"
    if seen.dark_sky and (ev is None or ev < INDOORS_UP_TO):
        return 0.7, "a black, even sky stands over it"
    if ev is not None and ev < NIGHT_BELOW and indoors - _dimness(ev) < 0:
        return 0.6, f"it looks like the open, and its exposure says that it was dark (EV {ev:.1f})"
    return None


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
