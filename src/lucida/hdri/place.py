"""The studio's door to telling what kind of place a picture shows; the work itself is `lucida.imaging.place`."""

from __future__ import annotations

from lucida.imaging.place import BIAS, CLUES, Look, look, measure

__all__ = ["BIAS", "CLUES", "Look", "look", "measure"]
