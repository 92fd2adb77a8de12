"""What is asked for and given back where a picture becomes depth."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from lucida.engines.progress import Progress

# What a depth is known up to: nothing, one factor, or a scale and a shift of 1 / depth.
Freedom = Literal["none", "scale", "affine disparity"]


@dataclass(frozen=True)
class Sight:
    """A picture, uint8 sRGB (H, W, 3), and what is known of the camera that took it.

    `focal` in pixels; `pitch` and `roll` in radians as `PinholeCamera` has them; None where nobody knows. `measured` is
    the phone's own depth float32 (h, w), metres along the viewing axis, NaN where it saw nothing; `measured_freedom`
    says how far its metres can be trusted.
    """

    pixels: NDArray[np.uint8]
    focal: float | None = None
    pitch: float | None = None
    roll: float | None = None
    measured: NDArray[np.float32] | None = None
    measured_freedom: Freedom = "affine disparity"


def focal_of(sight: Sight) -> tuple[float, tuple[str, ...]]:
    """The focal length in pixels; where nobody knows it, that of most phones, with a note that it is assumed."""
    if sight.focal is not None:
        return sight.focal, ()
    from lucida.geometry.field_of_view import DEFAULT_FOCAL_35MM, FULL_FRAME  # which reads EXIF, too

    focal = DEFAULT_FOCAL_35MM / FULL_FRAME[0] * max(sight.pixels.shape[:2])
    return focal, (f"The focal length, {focal:.0f} pixels, is assumed: that of most phones' main camera.",)


@dataclass(frozen=True)
class Depth:
    """Depth of a picture: `metres` float32 (H, W) along the viewing axis, in a panorama along the ray.

    They are infinite in the sky. `freedom` says how far the metres can be trusted; `focal` in pixels is what they were
    measured with, None in a panorama; `notes` are sentences on what was found and assumed.
    """

    metres: NDArray[np.float32]
    freedom: Freedom = "none"
    focal: float | None = None
    notes: tuple[str, ...] = field(default=())


class DepthEngine(Protocol):
    """Tells how far away everything in a picture is."""

    name: str
    licence: str

    def estimate(self, sight: Sight, progress: Progress) -> Depth:
        """The depth of a picture of a pinhole camera. Raises what `progress` raises to stop the work."""
        ...
