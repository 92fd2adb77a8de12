"""The specification's door to reading a photo; the decoding itself is `lucida.imaging.read`."""

from __future__ import annotations

from pathlib import Path

from lucida.imaging.decode import Coded
from lucida.imaging.photo import Photo
from lucida.imaging.read import read_photo


def load_photo(source: Path | bytes | Coded, *, max_megapixels: int = 120) -> Photo:
    """The photo with its EXIF, upright and linear; see `read_photo` for its form and for what it raises."""
    return read_photo(source, max_megapixels=max_megapixels)
