"""Who changes a picture by words: chosen by the names of the painters."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from lucida.engines.diffusion.requests import RepaintRequest
from lucida.engines.painter import PictureChoice, choose_local_painter
from lucida.engines.painter.picture import Picture, Preview
from lucida.engines.progress import Progress
from lucida.errors import BadParameter

EDITORS = ("draft", "sdxl")  # painters that can change a picture, too


class PictureEditor(Protocol):
    """Changes part of a picture, or all of it."""

    def edit(self, request: RepaintRequest, progress: Progress, preview: Preview) -> Picture:
        """The picture, changed where the mask is white; where it is black every byte stays."""
        ...


@dataclass(frozen=True)
class _Repainting:
    """A model that repaints."""

    repaint: Callable[[RepaintRequest, Progress, Preview], NDArray[np.uint8]]

    def edit(self, request: RepaintRequest, progress: Progress, preview: Preview) -> Picture:
        return Picture(self.repaint(request, progress, preview))


def choose_editor(name: str = "auto") -> PictureChoice:
    """The painter of that name, as `choose_local_painter` has it, if it can change a picture.

    The inference service paints from words only. Raises `BadParameter` and `ModelUnavailable`.
    """
    choice = choose_local_painter(name)
    if choice.name not in EDITORS:
        raise BadParameter(f"{choice.name} does not change pictures; choose auto, {', '.join(EDITORS)}.", param="model")
    return choice


def editor_of(choice: PictureChoice) -> PictureEditor:
    """The editor itself; loaded only here. Raises `ModelUnavailable` where a model cannot be loaded."""
    if choice.name == "draft":
        from lucida.engines.painter.draft_edits import DraftEdits

        return DraftEdits()
    return _Repainting(getattr(choice.painter, "repaint"))  # noqa: B009  every painter in EDITORS has it
