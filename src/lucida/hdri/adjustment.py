"""What a person changes in a finished panorama: how it is turned and exposed, and its main light."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lucida.engines.painter.painting import Light, Painting
from lucida.errors import BadParameter
from lucida.geometry.sphere import direction, turn

LIMITS = {
    "yaw": 360.0,
    "pitch": 90.0,
    "roll": 180.0,
    "exposure": 20.0,
    "azimuth": 360.0,
    "altitude": 90.0,
    "stops": 20.0,
}


@dataclass(frozen=True)
class SunChange:
    """The main light: moved to azimuth and altitude (degrees, in the panorama before it is turned), dimmed, removed."""

    azimuth: float
    altitude: float
    stops: float = 0.0
    remove: bool = False


@dataclass(frozen=True)
class Adjustment:
    """Turned by yaw, pitch and roll (degrees, `geometry.sphere.turn`), exposed by `exposure` stops, sun changed."""

    yaw: float = 0.0
    pitch: float = 0.0
    roll: float = 0.0
    exposure: float = 0.0
    sun: SunChange | None = None

    @classmethod
    def parse(cls, request: Mapping[str, Any] | None) -> Adjustment | None:
        """From a request's JSON; `BadParameter` names the field that has no such value."""
        if request is None:
            return None
        sun = request.get("sun")
        yaw, pitch, roll, exposure = (_number(request, name) for name in ("yaw", "pitch", "roll", "exposure"))
        if sun is None:
            return cls(yaw, pitch, roll, exposure)
        if not isinstance(sun, Mapping):
            raise BadParameter("sun is an object with azimuth, altitude, stops and remove.", param="sun")
        azimuth, altitude, stops = (_number(sun, name) for name in ("azimuth", "altitude", "stops"))
        remove = sun.get("remove", False)
        if not isinstance(remove, bool):
            raise BadParameter("remove is true or false.", param="remove")
        return cls(yaw, pitch, roll, exposure, SunChange(azimuth, altitude, stops, remove))

    @property
    def rotation(self) -> NDArray[np.float64]:
        """The rotation (3, 3) that takes a direction of the painting to where it is seen."""
        return turn(*np.radians([self.yaw, self.pitch, self.roll]))

    def apply(self, painting: Painting) -> Painting:
        """The painting with its main light changed; `rotation` and `exposure` are left to who develops it."""
        if self.sun is None or not painting.lights:
            return painting
        return replace(painting, lights=(*_changed(painting.lights[0], self.sun), *painting.lights[1:]))


def _number(request: Mapping[str, Any], name: str) -> float:
    value = request.get(name)
    if value is None:
        return 0.0
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) <= LIMITS[name]:
        raise BadParameter(f"{name} is a number from -{LIMITS[name]:g} to {LIMITS[name]:g}.", param=name)
    return float(value)


def scaled(light: Light, stops: float) -> Light:
    """A light that is `stops` brighter."""
    red, green, blue = (float(channel * 2.0**stops) for channel in light.radiance)
    return replace(light, radiance=(red, green, blue))


def turned(light: Light, rotation: NDArray[np.float64]) -> Light:
    """A light where it is seen after a rotation (3, 3)."""
    x, y, z = (float(c) for c in rotation @ np.array(light.direction))
    return replace(light, direction=(x, y, z))


def _changed(light: Light, change: SunChange) -> tuple[Light, ...]:
    if change.remove:
        return ()
    x, y, z = (float(c) for c in direction(np.radians(change.azimuth), np.radians(change.altitude)))
    return (scaled(replace(light, direction=(x, y, z)), change.stops),)
