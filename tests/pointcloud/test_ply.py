from __future__ import annotations

import io
from typing import Any

import numpy as np
import pytest
import trimesh

from lucida.geometry.pointcloud import Points, unproject
from lucida.pointcloud.ply import pack_ply


def points_of(width: int, height: int, **options: Any) -> Points:
    random = np.random.default_rng(0)
    return unproject(
        random.random((height, width), dtype=np.float32),
        random.integers(0, 256, (height, width, 3), dtype=np.uint8),
        random.integers(0, 6, (height, width), dtype=np.uint8),
        **options,
    )


def read(file: bytes) -> tuple[list[str], np.ndarray]:
    """The lines of the header and the vertices, by the header alone."""
    head, body = file.split(b"end_header\n", 1)
    lines = head.decode("ascii").splitlines()
    assert lines[:2] == ["ply", "format binary_little_endian 1.0"]
    kinds = {"float": "<f4", "uchar": "u1", "ushort": "<u2"}
    fields = [line.split()[1:] for line in lines if line.startswith("property")]
    (count,) = (int(line.split()[2]) for line in lines if line.startswith("element vertex"))
    vertices = np.frombuffer(body, np.dtype([(name, kinds[kind]) for kind, name in fields]))
    assert len(vertices) == count
    return lines, vertices


@pytest.mark.parametrize(("width", "height"), [(1, 1), (7, 5)])
@pytest.mark.parametrize("known", [False, True])
def test_every_property_comes_back(width: int, height: int, known: bool) -> None:
    objects = np.random.default_rng(1).integers(0, 60_000, (height, width), dtype=np.uint16) if known else None
    points = points_of(width, height, objects=objects)
    _, vertices = read(bytes(pack_ply(points)))
    assert (np.stack([vertices[name] for name in "xyz"], -1) == points.positions).all()
    assert (np.stack([vertices[name] for name in ("red", "green", "blue")], -1) == points.colours).all()
    assert (vertices["segment"] == points.segments).all()
    if objects is not None:
        assert (vertices["object"] == objects.ravel()).all()
    else:
        assert vertices.dtype.names[-1] == "segment"


def test_trimesh_reads_it() -> None:
    points = points_of(40, 30)
    cloud = trimesh.load_scene(io.BytesIO(pack_ply(points)), file_type="ply").to_geometry()
    assert isinstance(cloud, trimesh.PointCloud)
    assert (np.asarray(cloud.vertices, np.float32) == points.positions).all()
    assert (np.asarray(cloud.colors)[:, :3] == points.colours).all()


def test_units_are_told() -> None:
    metres = np.ones((2, 2), np.float32)
    perspective = points_of(2, 2, projection="perspective", metres=metres, focal=4.0)
    assert any("metres" in line for line in read(bytes(pack_ply(perspective)))[0])
    assert any("scene units" in line for line in read(bytes(pack_ply(points_of(2, 2))))[0])
