"""A point cloud as PLY, binary and little-endian (Turk, "The PLY Polygon File Format", 1994)."""

from __future__ import annotations

import numpy as np

from lucida.geometry.pointcloud import Points
from lucida.pointcloud.header import AXES

_FIELDS = (
    ("x", "<f4", "float"),
    ("y", "<f4", "float"),
    ("z", "<f4", "float"),
    ("red", "u1", "uchar"),
    ("green", "u1", "uchar"),
    ("blue", "u1", "uchar"),
    ("segment", "u1", "uchar"),
    ("object", "<u2", "ushort"),
)


def pack_ply(points: Points) -> memoryview:
    """The file: x y z, red green blue in sRGB, segment 0 to 5, and object where things were told apart."""
    fields = _FIELDS if points.objects is not None else _FIELDS[:-1]
    record = np.dtype([(name, kind) for name, kind, _ in fields])
    units = "metres" if points.origin.projection == "perspective" else "scene units"
    lines = [
        "ply",
        "format binary_little_endian 1.0",
        "comment made by Lucida",
        f"comment {units}; {AXES}; colours are sRGB",
        f"element vertex {len(points)}",
        *(f"property {kind} {name}" for name, _, kind in fields),
        "end_header\n",
    ]
    head = "\n".join(lines).encode("ascii")
    buffer = np.empty(len(head) + len(points) * record.itemsize, np.uint8)
    buffer[: len(head)] = np.frombuffer(head, np.uint8)
    vertices = buffer[len(head) :].view(record)
    for axis, name in enumerate("xyz"):
        vertices[name] = points.positions[:, axis]
    for channel, name in enumerate(("red", "green", "blue")):
        vertices[name] = points.colours[:, channel]
    vertices["segment"] = points.segments
    if points.objects is not None:
        vertices["object"] = points.objects
    return buffer.data
