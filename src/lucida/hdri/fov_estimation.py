"""The specification's door to a photo's field of view; the work itself is `lucida.geometry.field_of_view`."""

from __future__ import annotations

from lucida.geometry.field_of_view import FieldOfView, estimate_fov

__all__ = ["FieldOfView", "estimate_fov"]
