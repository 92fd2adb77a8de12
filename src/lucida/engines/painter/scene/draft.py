"""Pictures from words without weights: a scene that follows the words it understands and says which it did not."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from lucida.engines.painter.picture import Picture, PictureRequest, Preview
from lucida.engines.painter.scene.render import NAMES, Finished, Render, focal_length, render
from lucida.engines.painter.scene.country import kind_of
from lucida.engines.painter.scene.interior import render_room
from lucida.engines.painter.scene.room import ROOM_NAMES, room_of
from lucida.engines.painter.scene.words import read_words
from lucida.engines.painter.scene.world import world_of
from lucida.engines.progress import Progress
from lucida.imaging.colour import LUMINANCE
from lucida.imaging.tonemap import tone_map

_COARSE = 128  # pixels along the longer edge of the first preview


class DraftPictures:
    """Draws a scene of terrain, sky, water, trees, houses or a room by ray casting."""

    name = "draft"
    licence = "Apache-2.0"

    def draw(self, request: PictureRequest, progress: Progress, preview: Preview) -> Picture:
        """The picture, its exact depth and segments, and notes on the words; the same request gives the same bytes."""
        progress(0.0, "Reading the words")
        scene = read_words(request.prompt, request.negative_prompt)
        wide = 0.5 * request.width / focal_length(request.width, request.height)
        world = world_of(scene, request.seed, wide)
        room = room_of(scene, request.seed) if kind_of(scene) == "room" else None

        def drawn(width: int, height: int, finished: Finished) -> Render:
            return render(world, width, height, finished) if room is None else render_room(room, world, width, height, finished)

        progress(0.04, "Looking at a sketch")
        small = min(1.0, _COARSE / max(request.width, request.height))
        size = max(8, round(request.width * small)), max(8, round(request.height * small))
        sketch = drawn(*size, lambda done: progress(0.04 + 0.06 * done, "Looking at a sketch"))
        exposure = exposure_of(sketch, world.weather.key)
        preview(developed(sketch.radiance, exposure))
        full = drawn(request.width, request.height, lambda done: progress(0.1 + 0.85 * done, "Drawing"))
        pixels = developed(full.radiance, exposure)
        progress(1.0, "Done")
        return Picture(pixels, (), full.depth, full.segment, NAMES + ROOM_NAMES)


def exposure_of(sketch: Render, key: float) -> float:
    """Stops that bring the sketch's middle to `key`: the log-average of Reinhard et al. 2002, equation 1."""
    light = np.maximum(sketch.radiance @ LUMINANCE, 1e-7)
    low, high = np.percentile(light, (5, 97))
    stops = float(np.log2(key) - np.log2(np.clip(light, low, high)).mean())
    return min(stops, float(np.log2(3.6 * key) - np.log2(np.percentile(light, 90))))


def developed(radiance: NDArray[np.float32], exposure: float) -> NDArray[np.uint8]:
    """The sRGB picture of radiance: a little glow around what is bright, and the screen's curve."""
    light = radiance * np.float32(2.0**exposure)
    wide = max(radiance.shape) / 60
    bright = np.minimum(np.maximum(light - 1.5, 0), 12)
    glow = 0.6 * cv2.GaussianBlur(bright, (0, 0), wide / 3) + 0.4 * cv2.GaussianBlur(bright, (0, 0), wide * 1.5)
    return tone_map(light + 0.10 * glow)
