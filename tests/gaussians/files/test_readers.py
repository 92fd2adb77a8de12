"""What others make of our files, and we of theirs: trimesh, OpenUSD, and readers and writers by `struct` alone."""

from __future__ import annotations

import gzip
import math
import struct
import subprocess
import sys
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import trimesh
from backports import zstd
from gaussians.files.comparison import angles, away, by_position
from gaussians.scenes import scene
from pxr import Gf, Sdf, Usd, UsdGeom, UsdUtils, UsdValidation, UsdVol, Vt
from scipy.spatial.transform import Rotation

from lucida.errors import BadSplats
from lucida.gaussians import files
from lucida.gaussians.files.axes import from_y_up, to_y_up
from lucida.gaussians.scene import Gaussians, merged, transformed, upright

C0 = 0.28209479177387814


def test_trimesh_reads_the_ply_and_finds_the_attributes_in_their_order(tmp_path: Path) -> None:
    original = scene(30, degree=2)
    files.write(original, tmp_path / "scene.ply")
    cloud = trimesh.load(tmp_path / "scene.ply")
    vertex = cloud.metadata["_ply_raw"]["vertex"]
    rest = [f"f_rest_{number}" for number in range(24)]
    names = ["x", "y", "z", "nx", "ny", "nz", "f_dc_0", "f_dc_1", "f_dc_2", *rest, "opacity"]
    names += ["scale_0", "scale_1", "scale_2", "rot_0", "rot_1", "rot_2", "rot_3"]
    assert list(vertex["properties"]) == names
    table = vertex["data"]
    assert (np.stack([table[name].ravel() for name in "xyz"], 1) == original.means).all()
    assert (np.stack([table[f"f_dc_{c}"].ravel() for c in range(3)], 1) == original.harmonics[:, 0]).all()
    for number in range(8):
        for channel in range(3):  # all of red, then green, then blue
            column = table[f"f_rest_{8 * channel + number}"].ravel()
            assert (column == original.harmonics[:, 1 + number, channel]).all()
    assert (np.stack([table[f"rot_{part}"].ravel() for part in range(4)], 1) == original.quaternions).all()
    assert (table["opacity"].ravel() == original.opacity_logits).all()


def test_trimesh_reads_the_points_of_the_glb(tmp_path: Path) -> None:
    original = scene(30, degree=1)
    files.write(original, tmp_path / "scene.glb")
    (cloud,) = trimesh.load_scene(tmp_path / "scene.glb").geometry.values()
    assert (np.asarray(cloud.vertices, np.float32) == original.means * (1, -1, -1)).all()


def _ply(gaussians: Gaussians, form: str, names: list[str], extra: bool) -> bytes:
    """A PLY as another program might write it."""
    values = {name: gaussians.means[:, i] for i, name in enumerate("xyz")}
    values |= {f"scale_{i}": gaussians.log_scales[:, i] for i in range(3)}
    values |= {f"rot_{i}": gaussians.quaternions[:, i] for i in range(4)}
    values |= {f"f_dc_{i}": gaussians.harmonics[:, 0, i] for i in range(3)} | {"opacity": gaussians.opacity_logits}
    others = gaussians.harmonics.shape[1] - 1
    values |= {f"f_rest_{c * others + n}": gaussians.harmonics[:, 1 + n, c] for c in range(3) for n in range(others)}
    values["red"] = np.full(len(gaussians), 200)
    lines = ["ply", f"format {form} 1.0", "comment made elsewhere", "obj_info nothing"]
    lines += ["element camera 2", "property double focal", "property uchar kind"] if extra else []
    lines += [f"element vertex {len(gaussians)}"]
    lines += [f"property {'uchar' if name == 'red' else 'float'} {name}" for name in names]
    lines += ["element face 1", "property list uchar int vertex_indices", "end_header", ""]
    head = "\n".join(lines).encode()
    if form == "ascii":
        body = b"35.0 1\n28.0 2\n" if extra else b""
        for row in range(len(gaussians)):
            body += " ".join(repr(float(values[name][row])) for name in names).encode() + b"\n"
        return head + body + b"3 0 0 0\n"
    order = "<" if "little" in form else ">"
    body = struct.pack(f"{order}dBdB", 35, 1, 28, 2) if extra else b""
    for row in range(len(gaussians)):
        for name in names:
            kind = "B" if name == "red" else "f"
            body += struct.pack(order + kind, int(values[name][row]) if name == "red" else values[name][row])
    return head + body + struct.pack(f"{order}Biii", 3, 0, 0, 0)


@pytest.mark.parametrize("form", ["ascii", "binary_little_endian", "binary_big_endian"])
@pytest.mark.parametrize("degree", [0, 1, 3])
def test_a_ply_of_another_program_is_read(tmp_path: Path, form: str, degree: int) -> None:
    """Attributes in another order, more of them, other elements before and after, without normals."""
    original = scene(7, degree=degree)
    rest = [f"f_rest_{number}" for number in range(9 * degree if degree < 2 else 45)]
    names = ["red", "opacity", *rest, "rot_3", "rot_1", "rot_2", "rot_0", "scale_1", "scale_0", "scale_2"]
    names += ["z", "y", "x", "f_dc_2", "f_dc_0", "f_dc_1"]
    (tmp_path / "other.ply").write_bytes(_ply(original, form, names, extra=True))
    back = files.read(tmp_path / "other.ply")
    for name in ("means", "quaternions", "log_scales", "opacity_logits", "harmonics"):
        assert (getattr(back, name) == getattr(original, name)).all()


def test_splat_by_struct(tmp_path: Path) -> None:
    original = by_position(scene(9))
    files.write(original, tmp_path / "scene.splat")
    content = (tmp_path / "scene.splat").read_bytes()
    assert len(content) == 9 * 32
    records = [struct.unpack_from("<6f8B", content, 32 * number) for number in range(9)]
    visible = [math.prod(record[3:6]) * record[9] for record in records]
    assert all(first >= second * 0.98 for first, second in pairwise(visible))
    for number, (x, y, z, *others) in enumerate(sorted(records)):
        assert (np.float32([x, y, z]) == original.means[number]).all()
        assert others[:3] == pytest.approx(np.exp(original.log_scales[number]), rel=1e-5)
        expected = np.clip(0.5 + C0 * original.harmonics[number, 0], 0, 1) * 255
        assert np.abs(np.array(others[3:6]) - expected).max() <= 0.51
        turned = (np.array(others[7:11]) - 128) / 128
        assert angles(turned[None], original.quaternions[number : number + 1])[0] < 1


def test_spz_by_struct(tmp_path: Path) -> None:
    original = scene(11, degree=3)
    files.write(original, tmp_path / "scene.spz")
    content = gzip.decompress((tmp_path / "scene.spz").read_bytes())
    assert struct.unpack_from("<IIIBBBB", content) == (0x5053474E, 3, 11, 3, 12, 0, 0)
    assert len(content) == 16 + 11 * (9 + 1 + 3 + 3 + 4 + 45)
    positions, alphas, colours, scales, rotations, harmonics = (
        content[16 + 11 * at :] for at in (0, 9, 10, 13, 16, 20)
    )
    for row in range(11):
        xyz = [
            int.from_bytes(positions[9 * row + 3 * i : 9 * row + 3 * i + 3], "little", signed=True) for i in range(3)
        ]
        assert np.abs(np.array(xyz) / 4096 - original.means[row] * (1, -1, -1)).max() < 1.3e-4
        assert abs(alphas[row] / 255 - original.opacities[row]) < 0.0021
        for i in range(3):
            assert abs((colours[3 * row + i] / 255 - 0.5) / 0.15 - original.harmonics[row, 0, i]) < 0.0136
            assert abs(scales[3 * row + i] / 16 - 10 - original.log_scales[row, i]) < 0.0313
        packed = struct.unpack_from("<I", rotations, 4 * row)[0]
        turned, largest = [0.0] * 4, packed >> 30
        for i in (3, 2, 1, 0):
            if i != largest:
                turned[i] = (packed & 511) / 511 * math.sqrt(0.5) * (-1 if packed & 512 else 1)
                packed >>= 10
        turned[largest] = math.sqrt(1 - sum(part * part for part in turned))
        wxyz = np.array([[turned[3], turned[0], turned[1], turned[2]]])
        assert angles(wxyz, original.quaternions[row : row + 1] * (1, 1, -1, -1))[0] < 0.25
    signed = to_y_up(original).harmonics[:, 1:]
    stored = (np.frombuffer(harmonics, np.uint8).reshape(11, 15, 3) - 128.0) / 128  # colours within a coefficient
    assert away(stored[:, :3], np.clip(signed[:, :3], -1, 1)) < 0.036
    assert away(stored[:, 3:], np.clip(signed[:, 3:], -1, 1)) < 0.067


def _spz(version: int, extension: bytes = b"", degree: int = 1) -> tuple[bytes, bytes, list[bytes]]:
    """Two Gaussians as SPZ has them: the header's first 15 bytes and the attributes."""
    others = 3 * ((degree + 1) ** 2 - 1)
    parts = [
        b"".join(value.to_bytes(3, "little", signed=True) for value in (4096, -8192, 2048, 0, 4096, -1)),
        bytes([255, 51]),
        bytes([255, 0, 128, 128, 128, 128]),
        bytes([160, 160, 176, 0, 255, 160]),
        # half a turn about z and none: x y z in 8 bits, or w largest with three zeros and z largest
        bytes([128, 128, 255, 128, 128, 128]) if version == 2 else struct.pack("<II", 2 << 30, 3 << 30),
        bytes([128 + 64, 128, 0] * (others // 3)) * 2,
    ]
    head = struct.pack("<IIIBBB", 0x5053474E, version, 2, degree, 12, 2 if extension else 0)
    return head, extension, parts


def spz_file(version: int, extension: bytes = b"", degree: int = 1) -> bytes:
    """A file of a version as Niantic's program lays it out."""
    head, extension, parts = _spz(version, extension, degree)
    if version < 4:
        return gzip.compress(head + b"\0" + b"".join(parts) + extension)
    shrunk = [(zstd.compress(part), len(part)) for part in parts if part]
    head += struct.pack("<BI12x", len(shrunk), 32 + len(extension)) + extension
    return (
        head + b"".join(struct.pack("<QQ", len(part), size) for part, size in shrunk) + b"".join(p for p, _ in shrunk)
    )


@pytest.mark.parametrize("version", [2, 3, 4])
@pytest.mark.parametrize("degree", [0, 1, 3])
def test_spz_of_each_version_is_read(tmp_path: Path, version: int, degree: int) -> None:
    (tmp_path / "scene.spz").write_bytes(spz_file(version, degree=degree))
    read = to_y_up(files.read(tmp_path / "scene.spz"))
    assert read.degree == degree
    assert read.means.tolist() == [[1, -2, 0.5], [0, 1, pytest.approx(-1 / 4096)]]
    assert read.opacities == pytest.approx([1, 0.2], abs=2e-6)
    assert read.log_scales.tolist() == [[0, 0, 1], [-10, 5.9375, 0]]
    assert read.harmonics[0, 0] == pytest.approx([0.5 / 0.15, -0.5 / 0.15, 0.5 / 255 / 0.15], abs=1e-5)
    turned = np.array([[0, 0, 0, 1.0], [1, 0, 0, 0]])
    assert angles(read.quaternions, turned).max() < (1 if version == 2 else 1e-3)
    if degree:
        assert read.harmonics[1, 3].tolist() == [0.5, 0, -1]


def test_spz_says_its_own_axes(tmp_path: Path) -> None:
    """Adobe's extension: 6 is x right, y down, z front, which is a scene's own; 12 has z up; 8 is mirrored."""
    path = tmp_path / "scene.spz"

    def read(system: int, version: int) -> Gaussians:
        other = struct.pack("<III", 0xADBE0002, 4, 7)  # another extension in front
        path.write_bytes(spz_file(version, other + struct.pack("<III", 0xADBE0003, 4, system)))
        return files.read(path)

    plain = read(4, 4)
    for version in (3, 4):
        own = read(6, version)
        assert own.means.tolist() == to_y_up(plain).means.tolist()
        assert away(own.harmonics, to_y_up(plain).harmonics) < 1e-6
        z_up = read(12, version)
        assert away(z_up.means, upright(replace(to_y_up(plain), up=(0.0, 0.0, 1.0))).means) < 1e-6
        for system, words in ((8, "mirrored axes RUF"), (17, "unknown kind 17")):
            with pytest.raises(BadSplats, match=words):
                read(system, version)


def test_openusd_reads_and_validates_the_usdz(tmp_path: Path) -> None:
    original = scene(40, degree=2)
    path = tmp_path / "scene.usdz"
    files.write(original, path)
    stage = Usd.Stage.Open(str(path))
    assert UsdGeom.GetStageUpAxis(stage) == "Y"
    splats = UsdVol.ParticleField3DGaussianSplat(stage.GetDefaultPrim())
    seen = to_y_up(original)
    assert (np.array(splats.GetPositionsAttr().Get()) == seen.means).all()
    assert away(np.log(np.array(splats.GetScalesAttr().Get())), seen.log_scales) < 1e-5
    assert away(np.array(splats.GetOpacitiesAttr().Get()), seen.opacities) < 1e-6
    turned = [[q.GetReal(), *q.GetImaginary()] for q in splats.GetOrientationsAttr().Get()]
    assert angles(np.array(turned), seen.quaternions).max() < 1e-4
    assert splats.GetRadianceSphericalHarmonicsDegreeAttr().Get() == 2
    harmonics = np.array(splats.GetRadianceSphericalHarmonicsCoefficientsAttr().Get())
    assert (harmonics.reshape(40, 9, 3) == seen.harmonics).all()
    found = UsdValidation.ValidationContext(UsdValidation.ValidationRegistry().GetOrLoadAllValidators()).Validate(stage)
    assert [error.GetMessage() for error in found] == []
    package = Sdf.ZipFile.Open(str(path))
    (name,) = package.GetFileNames()
    info = package.GetFileInfo(name)
    assert (info.dataOffset % 64, info.compressionMethod, info.encrypted) == (0, 0, False)


def _field(stage: Usd.Stage, path: str, seen: Gaussians, halves: bool = False) -> None:
    splats = UsdVol.ParticleField3DGaussianSplat.Define(stage, path)
    turned = seen.quaternions / np.linalg.norm(seen.quaternions, axis=1, keepdims=True)
    if halves:
        splats.CreateOrientationshAttr(Vt.QuathArray([Gf.Quath(*map(float, q)) for q in turned]))
        splats.CreateScaleshAttr(Vt.Vec3hArray.FromNumpy(np.exp(seen.log_scales).astype(np.float16)))
        splats.CreatePositionshAttr(Vt.Vec3hArray.FromNumpy(seen.means.astype(np.float16)))
    else:
        splats.CreateOrientationsAttr(Vt.QuatfArray([Gf.Quatf(*map(float, q)) for q in turned]))
        splats.CreateScalesAttr(Vt.Vec3fArray.FromNumpy(np.exp(seen.log_scales)))
        splats.CreatePositionsAttr(Vt.Vec3fArray.FromNumpy(seen.means))
    splats.CreateOpacitiesAttr(Vt.FloatArray.FromNumpy(seen.opacities))
    splats.CreateRadianceSphericalHarmonicsDegreeAttr(seen.degree)
    flat = Vt.Vec3fArray.FromNumpy(np.ascontiguousarray(seen.harmonics.reshape(-1, 3)))
    splats.CreateRadianceSphericalHarmonicsCoefficientsAttr(flat)


def _package(stage: Usd.Stage, folder: Path) -> Path:
    stage.Save()
    assert UsdUtils.CreateNewUsdzPackage(Sdf.AssetPath(stage.GetRootLayer().realPath), str(folder / "theirs.usdz"))
    return folder / "theirs.usdz"


@pytest.mark.parametrize("form", ["usda", "usdc"])
@pytest.mark.parametrize("halves", [False, True])
def test_what_openusd_writes_is_read(tmp_path: Path, form: str, halves: bool) -> None:
    seen = scene(20, degree=3)
    stage = Usd.Stage.CreateNew(str(tmp_path / f"theirs.{form}"))
    UsdGeom.SetStageUpAxis(stage, "Z")
    UsdGeom.Xform.Define(stage, "/World")
    _field(stage, "/World/Splats", seen, halves)
    read, expected = files.read(_package(stage, tmp_path)), upright(replace(seen, up=(0.0, 0.0, 1.0)))
    assert away(read.means, expected.means) < (1e-3 if halves else 1e-6)
    assert away(read.log_scales, expected.log_scales) < (2e-3 if halves else 1e-5)
    assert away(read.opacities, expected.opacities) < 1e-6
    assert away(read.harmonics, expected.harmonics) < 1e-6
    assert angles(read.quaternions, expected.quaternions).max() < (0.2 if halves else 1e-3)


def test_openusd_places_fields_where_their_parents_are(tmp_path: Path) -> None:
    one, two = scene(5, 1), scene(6, 2, degree=1)
    stage = Usd.Stage.CreateNew(str(tmp_path / "theirs.usda"))
    parent = UsdGeom.Xform.Define(stage, "/World")
    parent.AddTranslateOp().Set((1, 2, 3))
    parent.AddRotateXYZOp().Set((20, 30, 40))
    parent.AddScaleOp().Set((2, 2, 2))
    _field(stage, "/World/One", one)
    _field(stage, "/Two", two)
    read = files.read(_package(stage, tmp_path))
    turned = Rotation.from_euler("xyz", [20, 30, 40], degrees=True).as_matrix()
    expected = from_y_up(merged([transformed(one, turned, 2.0, (1, 2, 3)), two]))
    assert away(read.means, expected.means) < 1e-5
    assert away(read.log_scales, expected.log_scales) < 1e-5
    assert away(read.harmonics, expected.harmonics) < 1e-5
    parent.AddScaleOp(opSuffix="flat").Set((1, 1, 0.5))
    with pytest.raises(BadSplats, match="stretches or mirrors"):
        files.read(_package(stage, tmp_path))


def test_a_usdz_that_points_at_another_file_is_refused(tmp_path: Path) -> None:
    stage = Usd.Stage.CreateNew(str(tmp_path / "theirs.usda"))
    stage.DefinePrim("/World").GetReferences().AddReference("/somewhere/else.usda")
    stage.GetRootLayer().Save()
    with Sdf.ZipFileWriter.CreateNew(str(tmp_path / "theirs.usdz")) as package:
        package.AddFile(str(tmp_path / "theirs.usda"), "theirs.usda")
    with pytest.raises(BadSplats, match="from several files; save it flattened"):
        files.read(tmp_path / "theirs.usdz")


def test_without_openusd_only_binary_usd_is_refused(tmp_path: Path) -> None:
    stage = Usd.Stage.CreateNew(str(tmp_path / "theirs.usdc"))
    _field(stage, "/Splats", scene(3))
    theirs = _package(stage, tmp_path)
    files.write(scene(3), tmp_path / "ours.usdz")
    program = (
        "import sys; sys.modules['pxr'] = None\n"
        "from pathlib import Path\n"
        "from lucida.gaussians import files\n"
        "print(len(files.read(Path(sys.argv[1]))))\n"
        "try: files.read(Path(sys.argv[2]))\n"
        "except files.BadSplats as error: print(error)"
    )
    command = [sys.executable, "-c", program, str(tmp_path / "ours.usdz"), str(theirs)]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()
    assert said[0] == "3" and "pip install 'lucida[usd]'" in said[1]
