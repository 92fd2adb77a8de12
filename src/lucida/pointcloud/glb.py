"""A point cloud as glTF 2.0 in one binary file (GLB): a mesh of the mode POINTS.

glTF 2.0 (Khronos 2021, ISO/IEC 12113): §3.6.2 accessors, §3.7.2 meshes, §4.4 binary files. Its frame is ours. Its
COLOR_0 is linear, so sRGB is decoded, into float32: in 8 bits the codes 0 to 6 would be black and 7 to 17 one grey, and
not every reader takes 16.
"""

from __future__ import annotations

import json
import struct
from typing import Any

import numpy as np

from lucida.errors import BadInput
from lucida.geometry.pointcloud import Points
from lucida.imaging.colour import srgb_table
from lucida.pointcloud.header import Header, described

_FLOAT, _UNSIGNED_BYTE, _UNSIGNED_SHORT = 5126, 5121, 5123
_ARRAY_BUFFER, _POINTS = 34962, 0
_LABEL = np.dtype([("segment", "u1"), ("zero", "u1"), ("object", "<u2")])  # a stride is a multiple of 4


def pack_glb(points: Points, header: Header) -> memoryview:
    """The file: POSITION and COLOR_0 float32, _SEGMENT uint8, _OBJECT uint16 where things are known.

    What the header tells is in the scene's `extras`. Raises `BadInput` for no points, which glTF cannot hold.
    """
    count = len(points)
    if not count:
        raise BadInput("There is no point left to write; keep the edges, or take every row.")
    sizes = 12 * count, 12 * count, 4 * count
    text = json.dumps(_scene(points, header, sizes), ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    scene = text.encode("utf-8", "replace")
    scene = scene.ljust(-(-len(scene) // 4) * 4)
    begin = 12 + 8 + len(scene) + 8
    buffer = np.empty(begin + sum(sizes), np.uint8)
    struct.pack_into("<4sIIII", buffer.data, 0, b"glTF", 2, len(buffer), len(scene), 0x4E4F534A)  # JSON
    buffer[20 : 20 + len(scene)] = np.frombuffer(scene, np.uint8)
    struct.pack_into("<II", buffer.data, begin - 8, sum(sizes), 0x004E4942)  # BIN
    positions, colours, labels = np.split(buffer[begin:], np.cumsum(sizes)[:-1])
    positions.view("<f4").reshape(count, 3)[:] = points.positions
    for channel in range(3):  # one by one: the table's index is eight bytes for each of theirs
        colours.view("<f4").reshape(count, 3)[:, channel] = srgb_table()[points.colours[:, channel]]
    label = labels.view(_LABEL)
    label["segment"], label["zero"] = points.segments, 0
    label["object"] = 0 if points.objects is None else points.objects
    return buffer.data


def _scene(points: Points, header: Header, sizes: tuple[int, int, int]) -> dict[str, Any]:
    count = len(points)
    accessors: list[dict[str, Any]] = [
        {
            **_accessor(0, _FLOAT, count, "VEC3"),
            "min": points.positions.min(0).tolist(),
            "max": points.positions.max(0).tolist(),
        },
        _accessor(1, _FLOAT, count, "VEC3"),
        _accessor(2, _UNSIGNED_BYTE, count, "SCALAR"),
    ]
    attributes = {"POSITION": 0, "COLOR_0": 1, "_SEGMENT": 2}
    if points.objects is not None:
        accessors.append({**_accessor(2, _UNSIGNED_SHORT, count, "SCALAR"), "byteOffset": 2})
        attributes["_OBJECT"] = 3
    offsets = (0, sizes[0], sizes[0] + sizes[1])
    return {
        "asset": {"version": "2.0", "generator": "Lucida"},
        "scene": 0,
        "scenes": [{"nodes": [0], "extras": described(points.origin, count, header)}],
        "nodes": [{"mesh": 0, "name": "points"}],
        "meshes": [{"name": "points", "primitives": [{"mode": _POINTS, "attributes": attributes}]}],
        "accessors": accessors,
        "bufferViews": [
            {
                "buffer": 0,
                "byteOffset": offset,
                "byteLength": size,
                "byteStride": size // count,
                "target": _ARRAY_BUFFER,
            }
            for offset, size in zip(offsets, sizes, strict=True)
        ],
        "buffers": [{"byteLength": sum(sizes)}],
    }


def _accessor(view: int, component: int, count: int, shape: str) -> dict[str, Any]:
    return {"bufferView": view, "componentType": component, "count": count, "type": shape}
