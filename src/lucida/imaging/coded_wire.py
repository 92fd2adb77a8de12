"""A decoded picture on its way between processes: numbers and bytes, never objects, for who decodes is not trusted."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, BinaryIO, get_args

import numpy as np
from numpy.typing import NDArray

from lucida.imaging.decode import Coded
from lucida.imaging.depth_map import DepthMap
from lucida.imaging.formats import PhotoFormat

# What arrays may be there, of which types and with how many dimensions.
_ARRAYS: dict[str, tuple[set[str], set[int]]] = {
    "code": ({"uint8", "uint16"}, {3}),
    "straight": ({"uint8", "uint16"}, {3}),
    "alpha": ({"uint8", "uint16"}, {2}),
    "gain": ({"uint8", "uint16"}, {2, 3}),
    "metres": ({"float32"}, {2}),
}
_BLOCKS = ("exif", "xmp", "profile", "gain_xmp")
_LONGEST_BLOCK = 1 << 28  # bytes
_NUMBERS = ("top", "primaries", "transfer")


def write_coded(coded: Coded, file: BinaryIO) -> None:
    """A line of JSON that says what follows, then the arrays and the blocks, in the order it names them."""
    depth = coded.depth
    arrays = {name: getattr(coded, name) for name in _ARRAYS if name != "metres"} | {"metres": depth and depth.metres}
    arrays = {name: np.ascontiguousarray(array) for name, array in arrays.items() if array is not None}
    blocks = {name: block for name in _BLOCKS if (block := getattr(coded, name)) is not None}
    told = {
        "format": coded.format,
        **{name: getattr(coded, name) for name in _NUMBERS},
        "notes": coded.notes,
        "source_sha256": coded.source_sha256,
        "absolute": depth is not None and depth.absolute,
        "arrays": {name: [array.dtype.name, array.shape] for name, array in arrays.items()},
        "blocks": {name: len(block) for name, block in blocks.items()},
    }
    file.write(json.dumps(told).encode() + b"\n")
    for array in arrays.values():
        file.write(array.data.cast("B"))
    for block in blocks.values():
        file.write(block)


def read_coded(told: Mapping[str, Any], file: BinaryIO, max_megapixels: float) -> Coded:
    """The picture of which `told` was the line; raises ValueError, KeyError or TypeError where it is none of ours."""
    if told["format"] not in get_args(PhotoFormat):
        raise ValueError("there is no such format")
    arrays = {name: _array(name, kind, shape, file, max_megapixels) for name, (kind, shape) in told["arrays"].items()}
    blocks = {name: _block(name, length, file) for name, length in told["blocks"].items()}
    metres = arrays.pop("metres", None)
    fields: dict[str, Any] = {
        "format": told["format"],
        **{name: None if told[name] is None else int(told[name]) for name in _NUMBERS},
        **arrays,
        **blocks,
        "depth": None if metres is None else DepthMap(metres, bool(told["absolute"])),
        "notes": tuple(map(str, told["notes"])),
        "source_sha256": str(told["source_sha256"]),
    }
    return Coded(**fields)


def _array(name: str, kind: str, shape: list[int], file: BinaryIO, max_megapixels: float) -> NDArray[Any]:
    kinds, dimensions = _ARRAYS[name]
    height, width, *channels = map(int, shape)
    if kind not in kinds or len(shape) not in dimensions or not all(1 <= channel <= 4 for channel in channels):
        raise ValueError("there is no such array")
    if min(height, width) < 1 or height * width > max_megapixels * 1e6:
        raise ValueError("the array is too large")
    array = np.empty((height, width, *channels), kind)
    _fill(array.data.cast("B"), file)
    return array


def _block(name: str, length: int, file: BinaryIO) -> bytes:
    if name not in _BLOCKS or not 0 <= length <= _LONGEST_BLOCK:
        raise ValueError("there is no such block")
    block = bytearray(length)
    _fill(memoryview(block), file)
    return bytes(block)


def _fill(space: memoryview, file: BinaryIO) -> None:
    while space:
        count = file.readinto(space)  # type: ignore[attr-defined]  # BinaryIO of a pipe has it
        if not count:
            raise ValueError("the picture breaks off")
        space = space[count:]
