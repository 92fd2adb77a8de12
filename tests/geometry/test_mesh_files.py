from __future__ import annotations

import io
import json
import struct
import zipfile
from pathlib import Path

import numpy as np
import pytest
import trimesh
from numpy.typing import NDArray
from PIL import Image

from lucida.errors import BadInput, BadParameter
from lucida.geometry.mesh import Mesh
from lucida.geometry.mesh_files import FORMATS, write_mesh


@pytest.fixture
def mesh() -> Mesh:
    """A pyramid of five sides, its tip along z, with a texture in which every pixel differs."""
    turn = np.arange(5) * 2 * np.pi / 5
    rim = np.stack([np.cos(turn), np.sin(turn), np.zeros(5)], -1)
    vertices = np.concatenate([rim, [[0, 0, 2.0]], [[0, 0, 0]]]).astype(np.float32)
    faces = [[n, (n + 1) % 5, 5] for n in range(5)] + [[(n + 1) % 5, n, 6] for n in range(5)]
    uv = np.random.default_rng(0).random((7, 2)).astype(np.float32)
    normals = vertices / np.maximum(np.linalg.norm(vertices, axis=1, keepdims=True), 1e-6)
    normals[6] = [0, 0, -1]
    y, x = np.indices((32, 48))
    texture = np.stack([x * 5, y * 8, (x + y) * 3], -1).astype(np.uint8)
    return Mesh(vertices, np.array(faces, np.int32), normals.astype(np.float32), uv, texture)


def check(mesh: Mesh, path: Path, up: NDArray[np.float32]) -> None:
    read = trimesh.load(path, process=False, force="mesh")
    assert np.allclose(read.vertices, up, atol=1e-6)
    assert np.array_equal(read.faces, mesh.faces)
    assert np.allclose(read.visual.uv, np.stack([mesh.uv[:, 0], 1 - mesh.uv[:, 1]], -1), atol=1e-6)  # from the bottom
    assert read.is_watertight
    assert read.volume > 0


@pytest.mark.parametrize("suffix", [".glb", ".obj"])
def test_trimesh_reads_what_was_written(mesh: Mesh, tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"thing{suffix}"
    write_mesh(mesh, path)
    check(mesh, path, mesh.vertices)
    write_mesh(mesh, path, up=(0, 0, 2))
    x, y, z = mesh.vertices.T
    check(mesh, path, np.stack([x, z, -y], -1))
    write_mesh(mesh, path, up=(0, -1, 0))
    check(mesh, path, np.stack([x, -y, -z], -1))


def test_a_glb_holds_its_srgb_texture_unlit_and_no_vertex_colours(mesh: Mesh, tmp_path: Path) -> None:
    path = tmp_path / "thing.glb"
    write_mesh(mesh, path)
    content = path.read_bytes()
    magic, version, size, length, kind = struct.unpack_from("<4sII I4s", content)
    assert (magic, version, size, kind) == (b"glTF", 2, len(content), b"JSON")
    scene = json.loads(content[20 : 20 + length])
    (material,) = scene["materials"]
    assert "KHR_materials_unlit" in material["extensions"]
    assert "KHR_materials_unlit" in scene["extensionsUsed"]
    assert material["pbrMetallicRoughness"]["baseColorTexture"] == {"index": 0}
    assert "COLOR_0" not in scene["meshes"][0]["primitives"][0]["attributes"]
    view = scene["bufferViews"][scene["images"][0]["bufferView"]]
    start = 28 + length + view["byteOffset"]
    picture = Image.open(io.BytesIO(content[start : start + view["byteLength"]]))
    assert np.array_equal(np.asarray(picture), mesh.texture)
    assert all(view["byteOffset"] % 4 == 0 for view in scene["bufferViews"])


def test_an_obj_names_its_material_and_its_picture(mesh: Mesh, tmp_path: Path) -> None:
    write_mesh(mesh, tmp_path / "thing.obj")
    assert "mtllib thing.mtl" in (tmp_path / "thing.obj").read_text()
    assert "map_Kd thing.png" in (tmp_path / "thing.mtl").read_text()
    assert np.array_equal(np.asarray(Image.open(tmp_path / "thing.png")), mesh.texture)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["thing.mtl", "thing.obj", "thing.png"]


def test_openusd_reads_and_validates_a_usdz(mesh: Mesh, tmp_path: Path) -> None:
    pxr = pytest.importorskip("pxr", reason="usd-core has no wheel for this machine")
    from pxr import Usd, UsdGeom, UsdShade, UsdValidation

    path = tmp_path / "thing.usdz"
    write_mesh(mesh, path)
    stage = Usd.Stage.Open(str(path))
    assert UsdGeom.GetStageUpAxis(stage) == UsdGeom.Tokens.y
    geometry = UsdGeom.Mesh(stage.GetPrimAtPath("/Model/Mesh"))
    assert np.allclose(geometry.GetPointsAttr().Get(), mesh.vertices)
    assert np.array_equal(np.array(geometry.GetFaceVertexIndicesAttr().Get()).reshape(-1, 3), mesh.faces)
    uv = UsdGeom.PrimvarsAPI(geometry).GetPrimvar("st").Get()
    assert np.allclose(uv, np.stack([mesh.uv[:, 0], 1 - mesh.uv[:, 1]], -1), atol=1e-6)
    material, _ = UsdShade.MaterialBindingAPI(geometry).ComputeBoundMaterial()
    assert material.GetPath() == "/Model/Baked"
    registry = UsdValidation.ValidationRegistry()
    validators = [registry.GetOrLoadValidatorByName(each.name) for each in registry.GetAllValidatorMetadata()]
    assert len(validators) > 10, pxr.__file__
    errors = UsdValidation.ValidationContext(validators).Validate(stage)
    assert [f"{error.GetName()}: {error.GetMessage()}" for error in errors] == []


def test_files_in_a_usdz_are_stored_on_multiples_of_64_bytes(mesh: Mesh, tmp_path: Path) -> None:
    path = tmp_path / "thing.usdz"
    write_mesh(mesh, path)
    content = path.read_bytes()
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
        assert [entry.filename for entry in archive.infolist()] == ["model.usda", "texture.png"]
        for entry in archive.infolist():
            name, extra = struct.unpack_from("<HH", content, entry.header_offset + 26)
            assert entry.compress_type == zipfile.ZIP_STORED
            assert (entry.header_offset + 30 + name + extra) % 64 == 0


def test_what_cannot_be_written_is_said_and_leaves_nothing(mesh: Mesh, tmp_path: Path) -> None:
    with pytest.raises(BadParameter, match=r"thing\.stl; end its name in \.glb, \.obj, \.usdz"):
        write_mesh(mesh, tmp_path / "thing.stl")
    empty = Mesh(mesh.vertices, mesh.faces[:0], mesh.normals, mesh.uv, mesh.texture)
    for suffix in FORMATS:
        with pytest.raises(BadInput, match="no faces"):
            write_mesh(empty, tmp_path / f"thing{suffix}")
    assert list(tmp_path.iterdir()) == []
