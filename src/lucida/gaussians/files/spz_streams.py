"""The compressed streams of SPZ files, taken apart without believing what a header says of their size.

What a stream unpacks to is kept only as it comes, and at most so many times the file: a scene never shrinks that much.
"""

from __future__ import annotations

import struct
import sys
import zlib

import numpy as np
from numpy.typing import NDArray

from lucida.errors import BadSplats

if sys.version_info >= (3, 14):
    from compression.zstd import DecompressionParameter, ZstdDecompressor, ZstdError
else:
    from backports.zstd import DecompressionParameter, ZstdDecompressor, ZstdError

Bytes = NDArray[np.uint8]
MOST, ALWAYS = 64, 1 << 24
"""A file unpacks to at most `MOST` times its size, or to `ALWAYS` bytes. Real scenes shrink to a half or a fifth."""
_STEP = 1 << 20
_EXTENSIONS = 1 << 12
_WINDOW = 25  # of zstd, as a power of 2; Niantic's own program stays below 23


def _must_fit(packed: bytes, sizes: list[int], name: str) -> None:
    if sum(sizes) > max(ALWAYS, MOST * len(packed)):
        raise BadSplats(f"{name} is {len(packed)} bytes and says that {sum(sizes)} are in it; no scene shrinks so far.")


def from_gzip(packed: bytes, sizes: list[int], name: str) -> tuple[list[Bytes], bytes]:
    """Parts of these sizes, one after another, and a little of what follows. Raises `BadSplats`."""
    _must_fit(packed, sizes, name)
    stream, total, whole = zlib.decompressobj(31), sum(sizes), bytearray()
    rest = packed
    try:
        while len(whole) < total and not stream.eof:
            part = stream.decompress(rest, min(total - len(whole), _STEP))
            rest = stream.unconsumed_tail
            if not part and not rest:
                break
            whole += part
        after = b"" if stream.eof else stream.decompress(rest, _EXTENSIONS)
    except zlib.error:
        raise BadSplats(f"{name} is damaged: it cannot be unpacked.") from None
    if len(whole) < total or not (stream.eof or len(after) == _EXTENSIONS):
        raise BadSplats(f"{name} is cut off: its stream ends before its {total} bytes do.")
    return np.split(np.frombuffer(whole, np.uint8), np.cumsum(sizes)[:-1]), after


def from_zstd(packed: bytes, table: int, count: int, sizes: list[int], name: str) -> list[Bytes]:
    """Of the streams that the table at byte `table` lists, those of these sizes. Raises `BadSplats`."""
    _must_fit(packed, sizes, name)
    at = table + 16 * count
    if table < 32 or at > len(packed) or count != len(sizes):
        raise BadSplats(f"{name} is cut off or damaged: its table of {count} streams cannot be.")
    parts = []
    for number, size in enumerate(sizes):
        shrunk, stated = struct.unpack_from("<QQ", packed, table + 16 * number)
        if stated != size or shrunk > len(packed) - at:
            raise BadSplats(f"{name} is cut off or damaged: its table of streams does not fit its header.")
        parts.append(_from_zstd(packed[at : at + shrunk], size, name))
        at += shrunk
    return parts


def _from_zstd(packed: bytes, size: int, name: str) -> Bytes:
    stream = ZstdDecompressor(options={DecompressionParameter.window_log_max: _WINDOW})
    whole = bytearray()
    try:
        part = stream.decompress(packed, min(size, _STEP) + 1)
        while part:
            whole += part
            if len(whole) > size or stream.eof or stream.needs_input:
                break
            part = stream.decompress(b"", min(size - len(whole), _STEP) + 1)
    except ZstdError:
        raise BadSplats(f"{name} is damaged: it cannot be unpacked.") from None
    if len(whole) != size:
        raise BadSplats(f"{name} is damaged: a stream of it unpacks to another size than its table says.")
    return np.frombuffer(whole, np.uint8)
