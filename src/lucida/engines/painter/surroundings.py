"""A painted picture goes on all around: the panorama that a painter makes of it."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray

from lucida.engines.painter.painting import Painter, View
from lucida.engines.painter.scene.country import kind_of
from lucida.engines.painter.scene.weather import hour_of
from lucida.engines.painter.scene.words import read_words
from lucida.engines.progress import Progress
from lucida.geometry.cameras import PinholeCamera
from lucida.geometry.projection import cube_to_equirectangular, photo_to_cube
from lucida.imaging.colour import srgb_to_linear
from lucida.imaging.tonemap import tone_map

_CLIPPED = 254  # code value from which on two channels tell that nothing more was held


def surrounded(
    pixels: NDArray[np.uint8],
    horizontal_fov: float,
    prompt: str,
    painter: Painter,
    width: int,
    seed: int,
    progress: Progress,
) -> NDArray[np.uint8]:
    """The panorama uint8 sRGB (W/2, W, 3) around a picture uint8 sRGB (H, W, 3) of a level pinhole camera.

    `horizontal_fov` in radians, `prompt` what the picture was painted from. Raises what the painter raises.
    """
    radiance = srgb_to_linear(pixels)
    camera = PinholeCamera(pixels.shape[1], pixels.shape[0], horizontal_fov)
    faces, coverage = photo_to_cube(radiance, camera, max(64, width // 4))
    clipped = np.asarray((pixels >= _CLIPPED).sum(-1) >= 2)
    view = View(radiance, clipped, camera, faces, coverage, scene_type(prompt), prompt, "", seed)
    painting = painter.paint(view, progress, lambda name, face: None)
    return tone_map(cube_to_equirectangular(painting.faces, width))


def scene_type(prompt: str) -> Literal["outdoor", "indoor", "night"]:
    """What kind of place the words speak of."""
    scene = read_words(prompt)
    if kind_of(scene) == "room":
        return "indoor"
    return "night" if hour_of(scene) == "night" else "outdoor"
