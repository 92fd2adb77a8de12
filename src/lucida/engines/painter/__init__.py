"""Painters: what imagines the surroundings of a photo."""

from __future__ import annotations

from dataclasses import dataclass

from lucida.engines.painter.draft import DraftPainter
from lucida.engines.painter.painting import Light, Painter, Painting, View
from lucida.errors import BadParameter

__all__ = ["PAINTERS", "Choice", "Light", "Painter", "Painting", "View", "choose_painter"]

PAINTERS = ("auto", "draft")


@dataclass(frozen=True)
class Choice:
    """A painter, and why it is this one."""

    painter: Painter
    reason: str

    @property
    def name(self) -> str:
        """The painter's name in settings and results."""
        return self.painter.name

    @property
    def licence(self) -> str:
        """What the painter and its weights are licensed under."""
        return self.painter.licence


def choose_painter(name: str = "auto") -> Choice:
    """The painter of that name; `auto` takes the best one installed. Raises `BadParameter` for a name that is none."""
    if name == "draft":
        return Choice(DraftPainter(), "chosen by name")
    if name == "auto":
        return Choice(DraftPainter(), "auto: the only painter this version has")
    raise BadParameter(f"There is no painter {name!r}; choose {' or '.join(PAINTERS)}.", param="engine")
