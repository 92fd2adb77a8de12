"""The specification's door to the projections; they themselves are `lucida.geometry.projection`'s."""

from __future__ import annotations

from lucida.geometry.projection import cube_to_equirectangular, equirectangular_to_cube, photo_to_cube

__all__ = ["cube_to_equirectangular", "equirectangular_to_cube", "photo_to_cube"]
