"""Changes to a picture without weights: a hole filled from what is around, a drawn scene laid in, or other colours."""

from __future__ import annotations

import re
from dataclasses import replace

import cv2
import numpy as np
from numpy.typing import NDArray

from lucida.engines.diffusion.masks import laid_in
from lucida.engines.diffusion.requests import RepaintRequest
from lucida.engines.painter.completion import complete
from lucida.engines.painter.picture import Picture, PictureRequest, Preview
from lucida.engines.painter.scene.draft import DraftPictures
from lucida.engines.painter.scene.words import read_words
from lucida.engines.progress import Progress
from lucida.imaging.colour import LUMINANCE, linear_to_srgb, srgb_to_linear

_TAKE_AWAY = re.compile(
    r"\b(?:(?:remov|eras|delet)(?:e|es|ed|ing)|get(?:ting)? rid of|take away|clean up|fill(?:ed)?|without|no more)\b",
    re.IGNORECASE,
)
_AROUND = 24  # pixels around a mask that tell what light the scene is laid into
_MOST_GAIN = 1.6  # up and down: a night that was asked for stays one


class DraftEdits:
    """Does what it can of an edit, and says what it did."""

    name = "draft"
    licence = DraftPictures.licence

    def edit(self, request: RepaintRequest, progress: Progress, preview: Preview) -> Picture:
        """The picture (H, W, 3), changed where the mask is white and nowhere else, and notes on what was done."""
        free = request.mask > 127
        if not free.any():
            return Picture(request.picture.copy(), ("The mask leaves nothing to change.",))
        scene = read_words(request.prompt, request.negative_prompt)
        if not free.all() and (_TAKE_AWAY.search(request.prompt) or not scene.understood):
            return self._filled(request, free, progress, bool(scene.understood or _TAKE_AWAY.search(request.prompt)))
        drawn = self._drawn(request, progress, preview)
        if free.all():
            note = "The draft cannot paint a picture anew; it gave it the colours of the scene that the words name."
            return Picture(_coloured(request.picture, drawn.pixels, request.strength), (note, *drawn.notes))
        lit = _lit_as(request.picture, drawn.pixels, free)
        note = "The draft drew a scene of the words, and laid it in where the mask is open."
        return Picture(laid_in(request.picture, lit, request.mask), (note, *drawn.notes))

    def _filled(self, request: RepaintRequest, free: NDArray[np.bool_], progress: Progress, asked: bool) -> Picture:
        why = "" if asked else ": no word of the prompt names anything that the draft can draw"
        pixels = complete(request.picture, free, request.seed, progress)
        return Picture(pixels, (f"The draft filled the open part of the mask from what is around it{why}.",))

    def _drawn(self, request: RepaintRequest, progress: Progress, preview: Preview) -> Picture:
        height, width = request.picture.shape[:2]
        scene = PictureRequest(
            request.prompt, request.negative_prompt, max(width, 8), max(height, 8), seed=request.seed
        )
        drawn = DraftPictures().draw(scene, progress, preview)
        return replace(drawn, pixels=drawn.pixels[:height, :width])


def _lit_as(picture: NDArray[np.uint8], drawn: NDArray[np.uint8], free: NDArray[np.bool_]) -> NDArray[np.uint8]:
    """What was drawn, as bright as the picture is around it."""
    side = 2 * _AROUND + 1
    ring = (cv2.dilate(free.astype(np.uint8), np.ones((side, side), np.uint8)) > 0) & ~free
    there, here = (float((srgb_to_linear(each[ring]) @ LUMINANCE).mean()) for each in (picture, drawn))
    gain = np.clip(there / max(here, 1e-4), 1 / _MOST_GAIN, _MOST_GAIN)
    return _codes(srgb_to_linear(drawn) * np.float32(gain))


def _coloured(picture: NDArray[np.uint8], example: NDArray[np.uint8], share: float) -> NDArray[np.uint8]:
    """The picture with the mean and spread of another's colours, by a share (Reinhard et al. 2001)."""
    ours, theirs = (cv2.cvtColor(each.astype(np.float32) / 255, cv2.COLOR_RGB2LAB) for each in (picture, example))
    mean, spread = ours.mean((0, 1)), ours.std((0, 1))
    wanted_mean, wanted_spread = theirs.mean((0, 1)), theirs.std((0, 1))
    stretch = np.clip(wanted_spread / np.maximum(spread, 1e-3), 0.5, 1.8)
    moved = ours + share * ((ours - mean) * stretch + wanted_mean - ours)
    rgb = cv2.cvtColor(moved.astype(np.float32), cv2.COLOR_LAB2RGB)
    return np.asarray(np.rint(np.clip(rgb, 0, 1) * 255), np.uint8)


def _codes(light: NDArray[np.float32]) -> NDArray[np.uint8]:
    return np.asarray(np.rint(linear_to_srgb(np.clip(light, 0, 1)) * 255), np.uint8)
