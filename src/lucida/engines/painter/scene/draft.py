"""Pictures from words without weights: a scene that follows the words it understands and says which it did not."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from lucida.engines.painter.guide import refuse_guide
from lucida.engines.painter.picture import Picture, PictureRequest, Preview
from lucida.engines.painter.scene.country import kind_of
from lucida.engines.painter.scene.falling import with_falling
from lucida.engines.painter.scene.interior import render_room
from lucida.engines.painter.scene.notes import notes_on
from lucida.engines.painter.scene.render import NAMES, Finished, Render, focal_length, render
from lucida.engines.painter.scene.room import ROOM_NAMES, Room, room_of
from lucida.engines.painter.scene.weather import hour_of
from lucida.engines.painter.scene.words import SceneWords, read_words
from lucida.engines.painter.scene.world import World, world_of
from lucida.engines.progress import Progress
from lucida.imaging.colour import LUMINANCE
from lucida.imaging.kernels import warm_up
from lucida.imaging.tonemap import tone_map

_SKETCHES = (96, 288)  # pixels along the longer edge of the previews, coarse to fine
_WHOLE = 1.7  # a sketch is left out where it would cost nearly as much as the picture


class DraftPictures:
    """Draws land, sky, water, trees and houses, or a room, by following rays."""

    name = "draft"
    licence = "Apache-2.0"

    def draw(self, request: PictureRequest, progress: Progress, preview: Preview) -> Picture:
        """The picture, its exact depth and segments, and notes on the words; the same request gives the same bytes."""
        refuse_guide(self.name, request.guide)
        progress = in_steps(progress)
        progress(0.0, "Reading the words")
        scene = read_words(request.prompt, request.negative_prompt)
        wide = 0.5 * request.width / focal_length(request.width, request.height)
        world = world_of(scene, request.seed, wide)
        room = room_of(scene, request.seed) if kind_of(scene) == "room" else None
        progress(0.03, "Setting the scene")
        longest, begin, exposure = max(request.width, request.height), 0.03, 0.0
        for n, edge in enumerate(_SKETCHES):
            if n > 0 and edge * _WHOLE > longest:
                continue
            share = min(0.5, edge / longest)
            size = max(8, round(request.width * share)), max(8, round(request.height * share))
            sketch = _drawn(world, room, *size, _part(progress, begin, begin + 0.05, "Sketching"))
            exposure = exposure if n else exposure_of(sketch, key_of(world, room))
            preview(developed(sketch.radiance, exposure))
            begin += 0.05
        full = _drawn(world, room, request.width, request.height, _part(progress, begin, 0.97, "Drawing"))
        progress(0.97, "Developing")
        light = full.radiance
        if scene.falling and room is None:
            light = with_falling(light, scene.falling, request.seed)
        pixels = developed(light, exposure)
        names = NAMES + ROOM_NAMES
        picture = Picture(pixels, notes_on(scene, _told(scene)), full.depth, full.segment, names)
        progress(1.0, "Done")
        return picture


def in_steps(progress: Progress, step: float = 0.05) -> Progress:
    """Progress that never skips more than `step`: strips that end together are told one after the other."""
    told = 0.0

    def steady(fraction: float, stage: str) -> None:
        nonlocal told
        while fraction - told > step:
            told += step
            progress(told, stage)
        told = max(told, fraction)
        progress(told, stage)

    return steady


def _part(progress: Progress, begin: float, end: float, stage: str) -> Finished:
    """A part of the work tells how far the whole is."""
    return lambda done: progress(begin + (end - begin) * done, stage)


def _drawn(world: World, room: Room | None, width: int, height: int, finished: Finished) -> Render:
    if room is None:
        return render(world, width, height, finished)
    return render_room(room, world, width, height, finished)


def _told(scene: SceneWords) -> str:
    return f"a {kind_of(scene)} in the {hour_of(scene)}"


def key_of(world: World, room: Room | None) -> float:
    """The brightness that the middle of the picture gets: 0.18 is a day's."""
    if room is None:
        return world.weather.key
    return 0.11 if world.weather.key < 0.1 else 0.20


def exposure_of(sketch: Render, key: float) -> float:
    """Stops that bring the sketch's middle to `key`: the log-average of Reinhard et al. 2002, equation 1.

    A bright tenth of the picture holds the exposure back.
    """
    light = np.maximum(sketch.radiance @ LUMINANCE, 1e-7)
    low, high, bright = np.percentile(light, (5, 97, 90))
    stops = float(np.log2(key) - np.log2(np.clip(light, low, high)).mean())
    return min(stops, float(np.log2(3.6 * key) - np.log2(bright)))


def developed(radiance: NDArray[np.float32], exposure: float) -> NDArray[np.uint8]:
    """The sRGB picture of radiance: a little glow around what is bright, and the screen's curve."""
    light = radiance * np.float32(2.0**exposure)
    wide = max(radiance.shape) / 60
    bright = np.clip(light - 1.5, 0, 12)
    glow = 0.6 * cv2.GaussianBlur(bright, (0, 0), wide / 3) + 0.4 * cv2.GaussianBlur(bright, (0, 0), wide * 1.5)
    return tone_map(light + np.float32(0.10) * glow)


@warm_up
def _compile() -> None:
    draft = DraftPictures()
    for prompt in ("stormy sea with a house and trees", "a room"):
        draft.draw(PictureRequest(prompt, width=64, height=64), lambda fraction, stage: None, lambda picture: None)
