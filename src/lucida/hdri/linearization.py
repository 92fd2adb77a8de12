"""The specification's names for sRGB's transfer function; the functions themselves are `lucida.imaging.colour`'s."""

from __future__ import annotations

from lucida.imaging.colour import linear_to_srgb, srgb_to_linear

__all__ = ["linear_to_srgb", "srgb_to_linear"]
