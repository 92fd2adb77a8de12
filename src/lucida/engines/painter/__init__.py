"""Painters: what imagines the surroundings of a photo."""

from __future__ import annotations

from dataclasses import dataclass

from lucida.engines.painter.painting import Light, Painter, Painting, View
from lucida.errors import BadParameter

__all__ = ["PAINTERS", "Choice", "Light", "Painter", "Painting", "View", "choose_painter"]

PAINTERS = ("auto", "draft")


@dataclass(frozen=True)
class Choice:
    """A painter by its name, its licence, and why it is this one."""

    name: str
    licence: str
    reason: str

    @property
    def painter(self) -> Painter:
        """The painter itself; what it computes with is imported only here, so that a server names it at once."""
        from lucida.engines.painter.draft import DraftPainter

        return DraftPainter()


def choose_painter(name: str = "auto") -> Choice:
    """The painter of that name; `auto` takes the best one installed. Raises `BadParameter` for a name that is none."""
    if name == "draft":
        return Choice("draft", "Apache-2.0", "asked for by name")
    if name == "auto":
        return Choice("draft", "Apache-2.0", "the only painter of this version")
    raise BadParameter(f"There is no painter {name!r}; choose {' or '.join(PAINTERS)}.", param="engine")
