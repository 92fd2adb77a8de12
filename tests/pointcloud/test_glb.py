from __future__ import annotations

import io
import json
import struct
from typing import Any

import numpy as np
import pytest
import trimesh

from lucida.errors import BadInput
from lucida.geometry.pointcloud import Points, unproject
from lucida.imaging.colour import srgb_to_linear
from lucida.pointcloud.glb import pack_glb
from lucida.pointcloud.header import Header

HEADER = Header("an-id", prompt="a misty harbour ☁", timing={"total_ms": 3})


def points_of(width: int, height: int, **options: Any) -> Points:
    random = np.random.default_rng(0)
    return unproject(
        random.random((height, width), dtype=np.float32),
        random.integers(0, 256, (height, width, 3), dtype=np.uint8),
        random.integers(0, 6, (height, width), dtype=np.uint8),
        "equirectangular",
        **options,
    )


def read(file: bytes) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """The scene and the attributes of the first primitive, as the specification has them."""
    magic, version, length, scene_length, scene_kind = struct.unpack_from("<4sIIII", file)
    assert (magic, version, length, scene_kind) == (b"glTF", 2, len(file), 0x4E4F534A)
    assert scene_length % 4 == 0
    scene = json.loads(file[20 : 20 + scene_length])
    binary_length, binary_kind = struct.unpack_from("<II", file, 20 + scene_length)
    binary = file[28 + scene_length :]
    assert (binary_length, binary_kind) == (len(binary), 0x004E4942) and binary_length % 4 == 0
    assert scene["buffers"] == [{"byteLength": binary_length}]
    found = {}
    for name, index in scene["meshes"][0]["primitives"][0]["attributes"].items():
        accessor = scene["accessors"][index]
        view = scene["bufferViews"][accessor["bufferView"]]
        kind = np.dtype({5126: "<f4", 5123: "<u2", 5121: "u1"}[accessor["componentType"]])
        components = {"SCALAR": 1, "VEC3": 3}[accessor["type"]]
        start = view["byteOffset"] + accessor.get("byteOffset", 0)
        assert start % 4 in (0, 2) and start % kind.itemsize == 0 and view["byteStride"] % 4 == 0
        assert accessor.get("byteOffset", 0) + components * kind.itemsize <= view["byteStride"]
        assert view["byteLength"] >= view["byteStride"] * accessor["count"]
        rows = start + view["byteStride"] * np.arange(accessor["count"])[:, None]
        raw = np.frombuffer(binary, np.uint8)[rows + np.arange(components * kind.itemsize)]
        found[name] = np.ascontiguousarray(raw).view(kind)
    return scene, found


@pytest.mark.parametrize(("width", "height"), [(1, 1), (3, 1), (7, 5), (64, 32)])
@pytest.mark.parametrize("known", [False, True])
def test_every_attribute_comes_back(width: int, height: int, known: bool) -> None:
    objects = np.random.default_rng(1).integers(0, 60_000, (height, width), dtype=np.uint16) if known else None
    points = points_of(width, height, objects=objects)
    scene, found = read(bytes(pack_glb(points, HEADER)))
    assert scene["meshes"][0]["primitives"][0]["mode"] == 0
    assert (found["POSITION"] == points.positions).all()
    assert (found["_SEGMENT"][:, 0] == points.segments).all()
    assert ("_OBJECT" in found) == known
    if objects is not None:
        assert (found["_OBJECT"] == objects.reshape(-1, 1)).all()
    bounds = scene["accessors"][0]
    assert (np.float32(bounds["min"]) == points.positions.min(0)).all()
    assert (np.float32(bounds["max"]) == points.positions.max(0)).all()
    assert scene["scenes"][0]["extras"]["prompt"] == "a misty harbour ☁"
    assert scene["scenes"][0]["extras"]["point_count"] == width * height


def test_colours_are_linear_and_every_code_comes_back() -> None:
    codes = np.arange(256, dtype=np.uint8).reshape(16, 16, 1).repeat(3, 2)
    points = unproject(np.ones((16, 16), np.float32), codes, np.zeros((16, 16), np.uint8))
    _, found = read(bytes(pack_glb(points, HEADER)))
    linear = found["COLOR_0"]
    assert np.allclose(linear[:, 0], srgb_to_linear(np.arange(256) / 255), atol=1e-6)
    srgb = np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)
    assert (np.rint(srgb * 255) == codes.reshape(-1, 3)).all()


def test_trimesh_reads_it() -> None:
    points = points_of(64, 32)
    scene = trimesh.load_scene(io.BytesIO(pack_glb(points, HEADER)), file_type="glb")
    (cloud,) = scene.geometry.values()
    assert isinstance(cloud, trimesh.PointCloud)
    assert (np.asarray(cloud.vertices, np.float32) == points.positions).all()
    linear = np.rint(srgb_to_linear(points.colours / 255) * 255)
    assert np.abs(np.asarray(cloud.colors)[:, :3].astype(float) - linear).max() <= 1
    assert (np.asarray(cloud.colors)[:, 3] == 255).all()


def test_a_cloud_without_points_is_told() -> None:
    some = points_of(2, 2)
    with pytest.raises(BadInput, match="no point left"):
        pack_glb(Points(some.positions[:0], some.colours[:0], some.segments[:0], None, some.origin), HEADER)
