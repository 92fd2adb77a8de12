"""The maker note an iPhone writes into EXIF.

Apple publishes no description of it; the layout is that of ExifTool's documentation (tag names of "Apple"): the text
`Apple iOS\\0\\0\\1`, the byte order `MM`, and at offset 14 a TIFF directory, big-endian, whose offsets count from the
start of the note.
"""

from __future__ import annotations

import math

from lucida.imaging.tiff_tags import read_directory

SIGNATURE = b"Apple iOS\0"
ACCELERATION = 0x0008  # three signed rationals, in g: x right, y up, z out of the screen of the upright phone
HDR_HEADROOM = 0x0021  # "maker 33"
HDR_GAIN = 0x0030  # "maker 48"

_DIRECTORY = 14


def read_makernote(note: bytes) -> dict[int, tuple[float, ...]]:
    """The numbers of the note by tag; empty for another maker's note, without the tags that are broken."""
    if not note.startswith(SIGNATURE):
        return {}
    tags = read_directory(note, _DIRECTORY, ">")
    return {tag: value for tag, value in tags.items() if isinstance(value, tuple) and all(map(math.isfinite, value))}
