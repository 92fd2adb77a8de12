"""The maker note an iPhone writes into EXIF.

Apple publishes no description of it; the layout is that of ExifTool's documentation (tag names of "Apple"): the text
`Apple iOS\\0\\0\\1`, the byte order `MM`, and at offset 14 a TIFF directory, big-endian, whose offsets count from the
start of the note.
"""

from __future__ import annotations

import struct

SIGNATURE = b"Apple iOS\0"
ACCELERATION = 0x0008  # three signed rationals, in g: x right, y up, z out of the screen of the upright phone
HDR_HEADROOM = 0x0021  # "maker 33"
HDR_GAIN = 0x0030  # "maker 48"

_DIRECTORY = 14
_NUMBERS = {3: "H", 4: "I", 8: "h", 9: "i", 5: "II", 10: "ii", 11: "f", 12: "d"}  # TIFF 6.0 section 2, field types


def read_makernote(note: bytes) -> dict[int, tuple[float, ...]]:
    """The numbers of the note by tag; empty for another maker's or a broken note.

    A rational of denominator 0 is left out, and so is a tag whose offset points outside the note.
    """
    if not note.startswith(SIGNATURE) or len(note) < _DIRECTORY + 2:
        return {}
    (count,) = struct.unpack_from(">H", note, _DIRECTORY)
    tags: dict[int, tuple[float, ...]] = {}
    for entry in range(_DIRECTORY + 2, _DIRECTORY + 2 + 12 * count, 12):
        if entry + 12 > len(note):
            break
        tag, kind, length = struct.unpack_from(">HHI", note, entry)
        if kind not in _NUMBERS or not 0 < length <= 64:
            continue
        layout = ">" + _NUMBERS[kind] * length
        size = struct.calcsize(layout)
        at = entry + 8 if size <= 4 else struct.unpack_from(">I", note, entry + 8)[0]
        if at + size > len(note):
            continue
        numbers = struct.unpack_from(layout, note, at)
        if kind in (5, 10):
            pairs = list(zip(numbers[::2], numbers[1::2], strict=True))
            if any(below == 0 for _, below in pairs):
                continue
            tags[tag] = tuple(above / below for above, below in pairs)
        else:
            tags[tag] = tuple(float(number) for number in numbers)
    return tags
