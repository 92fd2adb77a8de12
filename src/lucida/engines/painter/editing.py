"""Who changes a picture by words: chosen by the names of the painters."""

from __future__ import annotations

from typing import Protocol

from lucida.engines.diffusion.requests import RepaintRequest
from lucida.engines.painter import PictureChoice, choose_local_painter
from lucida.engines.painter.picture import Picture, Preview
from lucida.engines.progress import Progress
from lucida.errors import BadParameter

EDITORS = ("draft", "sdxl", "sdxl-lightning")  # painters that can change a picture, too


class PictureEditor(Protocol):
    """Changes part of a picture, or all of it."""

    def edit(self, request: RepaintRequest, progress: Progress, preview: Preview) -> Picture:
        """The picture, changed where the mask is white; where it is black every byte stays."""
        ...


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
    from lucida.engines.diffusion.loaded import WarmRepainter

    return WarmRepainter(choice.name, choice.licence)
