"""From a picture's file to what a depth engine is asked."""

from __future__ import annotations

from lucida.engines.depth.estimate import Sight
from lucida.geometry.field_of_view import estimate_fov
from lucida.geometry.level import level_from_gravity
from lucida.imaging.screen import ScreenPicture


def sight_of(picture: ScreenPicture) -> Sight:
    """The picture, the camera as far as its EXIF tells it, and the phone's own depth map where the file carries one."""
    height, width = picture.pixels.shape[:2]
    fov = estimate_fov(picture.exif, width, height)
    level = level_from_gravity(picture.exif, width, height)
    return Sight(
        picture.pixels,
        focal=None if fov.assumed else fov.focal(width),
        pitch=None if level is None else level.pitch,
        roll=None if level is None else level.roll,
        measured=None if picture.depth is None else picture.depth.metres,
        measured_freedom="none" if picture.depth is not None and picture.depth.absolute else "affine disparity",
    )
