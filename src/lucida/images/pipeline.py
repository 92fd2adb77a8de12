"""A sentence becomes pictures, or changes one: the painter is chosen, and paints one seed after the other."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from lucida.engines.diffusion.requests import RepaintRequest
from lucida.engines.painter import PictureChoice, choose_local_painter, choose_picture_painter
from lucida.engines.painter.completion import complete
from lucida.engines.painter.editing import choose_editor, editor_of
from lucida.engines.painter.picture import Picture, PicturePainter, PictureRequest, Preview
from lucida.engines.progress import Progress, silent
from lucida.images.asked import STEP, UINT32, Asked
from lucida.imaging.screen import ScreenPicture

# Two passes: the forms at a size that the model likes, then what the larger size has room for.
_FIRST_PASS, _SECOND_STRENGTH = 1.5, 0.45
# How far an edit changes what it may: all of what a mask leaves open, a whole picture so that it is still the same.
_OPEN_STRENGTH, _WHOLE_STRENGTH = 0.95, 0.6


@dataclass(frozen=True)
class Painted:
    """One picture, and what is known about it; `parameters` are those that make it again."""

    picture: Picture
    model: str
    licence: str
    reason: str
    seed: int
    parameters: dict[str, Any]
    seconds: float


def _unseen(picture: NDArray[np.uint8]) -> None:
    """A preview that nobody looks at."""


def paint(asked: Asked, seed: int, *, progress: Progress = silent, preview: Preview = _unseen) -> Iterator[Painted]:
    """The pictures that were asked for, each when it is done; the first has the `seed`, the others the next ones.

    Raises `BadParameter`, `ModelUnavailable`, `OutOfMemory`, and whatever `progress` raises to stop the work.
    """
    choice = painter_for(asked)
    painter = choice.painter
    for turn in range(asked.count):
        own = (seed + turn) % UINT32
        began = time.perf_counter()
        tell = _part(progress, turn, asked.count)
        picture = _drawn(painter, asked, own, tell, preview)
        seconds = round(time.perf_counter() - began, 3)
        parameters = {**_parameters(asked, own), **picture.used}
        by = picture.by or choice
        yield Painted(picture, by.name, by.licence, by.reason, own, parameters, seconds)


def painter_for(asked: Asked) -> PictureChoice:
    """Who paints what was asked for. Raises `BadParameter`, `ModelUnavailable`."""
    return choose_local_painter(asked.model) if asked.here else choose_picture_painter(asked.model)


@dataclass(frozen=True)
class Original:
    """A picture to change: `pixels` uint8 sRGB (H, W, 3); `free` uint8 (H, W), white (255) where they may change.

    `whole` where nobody said what may change.
    """

    pixels: NDArray[np.uint8]
    free: NDArray[np.uint8]
    whole: bool


def prepare(
    asked: Asked,
    picture: ScreenPicture,
    mask: NDArray[np.uint8] | None,
    seed: int,
    progress: Progress = silent,
) -> Original:
    """A picture and its mask as editors take them, in the size that was asked for; where nothing is, it is filled.

    `mask` is the alpha uint8 (H, W) of OpenAI's: what is transparent (0) changes, what is opaque (255) stays; without
    one the picture's own transparency says so, and without that all of it changes.
    """
    pixels, alpha = picture.pixels, picture.alpha if mask is None else mask
    free = np.full(pixels.shape[:2], 255, np.uint8) if alpha is None else np.asarray(255 - alpha, np.uint8)
    if picture.alpha is not None:  # a model would take black for what it is to keep
        pixels = complete(pixels, picture.alpha < 128, seed, progress)
    size = asked.width, asked.height
    if size != (pixels.shape[1], pixels.shape[0]):
        smaller = size[0] < pixels.shape[1]
        pixels = np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA if smaller else cv2.INTER_CUBIC))
        free = np.asarray(cv2.resize(free, size, interpolation=cv2.INTER_NEAREST))
    return Original(pixels, free, alpha is None)


def edit(
    asked: Asked, original: Original, seed: int, *, progress: Progress = silent, preview: Preview = _unseen
) -> Iterator[Painted]:
    """The picture changed by words, as often as was asked for, each with the next seed.

    What may not change stays to the byte. Raises what `paint` does.
    """
    choice = choose_editor(asked.model)
    editor = editor_of(choice)
    strength = asked.strength
    if strength is None:
        strength = _WHOLE_STRENGTH if original.whole else _OPEN_STRENGTH
    for turn in range(asked.count):
        own = (seed + turn) % UINT32
        began = time.perf_counter()
        request = RepaintRequest(
            original.pixels,
            original.free,
            asked.prompt,
            asked.negative_prompt,
            strength,
            asked.steps,
            asked.cfg_scale,
            asked.sampler,
            own,
        )
        changed = editor.edit(request, _part(progress, turn, asked.count), preview)
        seconds = round(time.perf_counter() - began, 3)
        parameters = {**_parameters(asked, own), "strength": strength, "edited": True, **changed.used}
        yield Painted(changed, choice.name, choice.licence, choice.reason, own, parameters, seconds)


def _drawn(painter: PicturePainter, asked: Asked, seed: int, progress: Progress, preview: Preview) -> Picture:
    request = PictureRequest(
        asked.prompt,
        asked.negative_prompt,
        asked.width,
        asked.height,
        asked.steps,
        asked.cfg_scale,
        asked.sampler,
        seed,
    )
    repaint = getattr(painter, "repaint", None)
    if not asked.hires_fix:
        return painter.draw(request, progress, preview)
    if repaint is None:
        one = painter.draw(request, progress, preview)
        note = f"{painter.name} paints in one pass; the hi-res fix does not apply."
        return replace(one, notes=(*one.notes, note), used={**one.used, "hires_fix": False})
    width, height = (round(side / _FIRST_PASS / STEP) * STEP for side in (asked.width, asked.height))
    first = painter.draw(replace(request, width=width, height=height), _part(progress, 0, 2), preview)
    larger = cv2.resize(first.pixels, (asked.width, asked.height), interpolation=cv2.INTER_LANCZOS4)
    second = RepaintRequest(
        np.asarray(larger, np.uint8),
        np.full(larger.shape[:2], 255, np.uint8),
        asked.prompt,
        asked.negative_prompt,
        _SECOND_STRENGTH,
        asked.steps,
        asked.cfg_scale,
        asked.sampler,
        seed,
    )
    return replace(first, pixels=repaint(second, _part(progress, 1, 2), preview))


def _parameters(asked: Asked, seed: int) -> dict[str, Any]:
    """What the history keeps beside the prompts."""
    return {
        "steps": asked.steps,
        "cfg_scale": asked.cfg_scale,
        "sampler": asked.sampler,
        "seed": seed,
        "hires_fix": asked.hires_fix,
    }


def _part(progress: Progress, turn: int, turns: int) -> Progress:
    return lambda fraction, stage: progress((turn + fraction) / turns, stage)
