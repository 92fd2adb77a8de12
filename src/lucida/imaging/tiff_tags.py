"""The tag directories that EXIF and maker notes are made of: TIFF 6.0 section 2.

Read by hand and forgivingly: a photo with a damaged directory is still a photo, and libraries either warn, raise or
misread the signed rationals of maker notes.
"""

from __future__ import annotations

import math
import struct

Tag = tuple[float, ...] | bytes

LONGEST = 16  # numbers of one tag; nothing that is read here has more than three

_NUMBERS = {3: "H", 4: "I", 5: "II", 6: "b", 8: "h", 9: "i", 10: "ii", 11: "f", 12: "d", 13: "I"}
_BYTES = {1, 2, 7, 129}  # BYTE, ASCII, UNDEFINED, UTF-8
_RATIONAL = {5, 10}


def byte_order(block: bytes, at: int = 0) -> str | None:
    """`>` or `<` by the mark at the head of a TIFF structure, None where there is neither."""
    return {b"MM": ">", b"II": "<"}.get(block[at : at + 2])


def read_directory(block: bytes, at: int, order: str) -> dict[int, Tag]:
    """The tags of the directory at the offset `at`: numbers as a tuple, text and opaque values as bytes.

    A rational over zero is NaN. What is of an unknown type, or lies outside the block, is left out; so is what lies on
    so much else that all together would be more than the block.
    """
    if not 0 <= at <= len(block) - 2:
        return {}
    tags: dict[int, Tag] = {}
    room = len(block)
    (count,) = struct.unpack_from(order + "H", block, at)
    for entry in range(at + 2, min(at + 2 + 12 * count, len(block) - 11), 12):
        tag, kind, length = struct.unpack_from(order + "HHI", block, entry)
        if not 0 < length <= (room if kind in _BYTES else LONGEST) or (kind not in _BYTES and kind not in _NUMBERS):
            continue
        layout = f"{length}s" if kind in _BYTES else _NUMBERS[kind] * length
        size = struct.calcsize(order + layout)
        begin = entry + 8 if size <= 4 else struct.unpack_from(order + "I", block, entry + 8)[0]
        if begin + size > len(block):
            continue
        values = struct.unpack_from(order + layout, block, begin)
        if kind in _BYTES:
            room -= size
            tags[tag] = values[0]
        elif kind in _RATIONAL:
            pairs = zip(values[::2], values[1::2], strict=True)
            tags[tag] = tuple(above / below if below else math.nan for above, below in pairs)
        else:
            tags[tag] = tuple(map(float, values))
    return tags


def linked_directory(block: bytes, tags: dict[int, Tag], link: int, order: str) -> dict[int, Tag]:
    """The directory that the tag `link` points to, empty where there is none."""
    offset = tags.get(link)
    if not isinstance(offset, tuple) or len(offset) != 1 or not math.isfinite(offset[0]):
        return {}
    return read_directory(block, int(offset[0]), order)
