"""A panorama that was adjusted is adjusted again: both changes as one, made to the untouched painting."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from lucida.geometry.sphere import direction
from lucida.hdri.adjustment import Adjustment, SunChange


def combined(first: Adjustment, second: Adjustment) -> Adjustment:
    """One adjustment that does what two do, the second made to the panorama that came out of the first.

    A sun moved by the second is given in the first's turned panorama and is taken back into the untouched one.
    """
    rotation = second.rotation @ first.rotation
    yaw, pitch, roll = (float(angle) for angle in np.degrees(turn_angles(rotation)))
    exposure = first.exposure + second.exposure
    if second.sun is None or (first.sun is not None and first.sun.remove):
        return Adjustment(yaw, pitch, roll, exposure, first.sun)
    seen = direction(np.radians(second.sun.azimuth), np.radians(second.sun.altitude))
    x, y, z = (float(c) for c in first.rotation.T @ np.asarray(seen))
    stops = second.sun.stops + (first.sun.stops if first.sun is not None else 0.0)
    sun = SunChange(
        azimuth=float(np.degrees(np.arctan2(x, -z))),
        altitude=float(np.degrees(np.arcsin(np.clip(y, -1.0, 1.0)))),
        stops=stops,
        remove=second.sun.remove,
    )
    return Adjustment(yaw, pitch, roll, exposure, sun)


def turn_angles(rotation: NDArray[np.float64]) -> tuple[float, float, float]:
    """Yaw, pitch and roll (radians) of which `turn` makes the rotation (3, 3)."""
    pitch = float(np.arcsin(np.clip(-rotation[1, 2], -1.0, 1.0)))
    if abs(rotation[1, 2]) > 1 - 1e-12:  # looking straight up or down, yaw and roll are one turn
        return float(np.arctan2(rotation[2, 0], rotation[0, 0])), pitch, 0.0
    yaw = float(np.arctan2(-rotation[0, 2], rotation[2, 2]))
    roll = float(np.arctan2(rotation[1, 0] * -1.0, rotation[1, 1]))
    return yaw, pitch, roll
