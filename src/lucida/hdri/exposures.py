"""The exposures a camera on a tripod would take: light × 2^EV, clipped, 8 bits."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from lucida.errors import BadParameter
from lucida.imaging.exposure import encode

MOST_STOPS = 20.0


def ordered(ev_offsets: Sequence[float]) -> list[float]:
    """The EV offsets with 0 first and the others as they came.

    Raises `BadParameter` where 0 is missing, one comes twice or lies beyond ±20 stops.
    """
    evs = [float(ev) for ev in ev_offsets]
    if not all(math.isfinite(ev) and abs(ev) <= MOST_STOPS for ev in evs):
        raise BadParameter(f"EV offsets lie between -{MOST_STOPS:g} and {MOST_STOPS:g} stops.", param="ev_offsets")
    if len(set(evs)) < len(evs):
        raise BadParameter("An EV offset is given twice; give each one once.", param="ev_offsets")
    if 0.0 not in evs:
        raise BadParameter("EV 0 is missing from the EV offsets; add 0.", param="ev_offsets")
    return [0.0, *(ev for ev in evs if ev != 0.0)]


def expose(radiance: NDArray[np.float32], ev: float) -> NDArray[np.uint8]:
    """The 8-bit sRGB picture (H, W, 3) of linear radiance at an exposure of `ev` stops; 1.0 × 2^ev and more is 255."""
    return encode(radiance, ev)
