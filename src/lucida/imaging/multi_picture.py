"""Further pictures in a JPEG file, where phones keep gain maps: CIPA DC-007 (Multi-Picture Format)."""

from __future__ import annotations

import struct

from lucida.imaging.tiff_tags import byte_order, read_directory

ENTRIES = 0xB002  # MP Entry: per picture 4 bytes each of attributes and size, offset, and 2 + 2 of dependence
MOST_PICTURES = 8


def further_pictures(jpeg: bytes) -> list[bytes]:
    """The JPEG files that follow the first one, as the first one's index says; empty without an index."""
    at = jpeg.find(b"MPF\0", 0, 262_144)
    if at < 0:
        return []
    base = at + 4
    order = byte_order(jpeg, base)
    whole = jpeg[base : base + 65_536]
    if order is None or len(whole) < 8:
        return []
    index = read_directory(whole, struct.unpack_from(order + "I", whole, 4)[0], order).get(ENTRIES)
    if not isinstance(index, bytes):
        return []
    pictures = []
    for entry in range(16, min(len(index), 16 * MOST_PICTURES) - 15, 16):
        size, offset = struct.unpack_from(order + "II", index, entry + 4)
        picture = jpeg[base + offset : base + offset + size]
        if offset and picture.startswith(b"\xff\xd8\xff"):
            pictures.append(picture)
    return pictures
