"""Files that are cut off, damaged or made to harm: a sentence of ours or a scene, and never much memory."""

from __future__ import annotations

import gzip
import io
import json
import struct
import sys
import tracemalloc
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from gaussians.files.test_readers import spz_file
from gaussians.scenes import scene
from hypothesis import given, settings
from hypothesis import strategies as st
from pxr import Usd, UsdVol

from lucida.errors import BadSplats
from lucida.gaussians import files
from lucida.gaussians.files import spz_streams

CASES = 1250
"""Of each of the eight kinds of file: 10,000 in all."""
MOST, ALWAYS = 30, 3 << 20
"""Reading takes at most so many times the file, or so many bytes: what Python takes for itself and one block."""
KINDS = (".ply", "ascii.ply", ".compressed.ply", ".splat", ".spz", "v4.spz", ".glb", ".usdz")
WORDS = [
    b"4294967295",
    b"999999999999",
    b"-1",
    b"0",
    b"nan",
    b"inf",
    b"1e999",
    b"\xff\xff\xff\xff",
    b"\x00\x00\x00\x80",
]
WORDS += [
    b"\x00\x00\xc0\x7f",
    b"\x00\x00\x80\x7f",
    b"\xff" * 8,
    b"element",
    b"property",
    b"list",
    b"end_header\n",
    b"null",
]
WORDS += [b'{"', b"[[[[", b"]", b'"count":', b"(", b"float", b"double", b"f_rest_0", b"vertex", b"chunk"]


def ascii_ply(count: int) -> bytes:
    gaussians = scene(count)
    columns = (gaussians.means, gaussians.log_scales, gaussians.quaternions, gaussians.harmonics[:, 0])
    table = np.hstack([*columns, gaussians.opacity_logits[:, None]])
    names = [
        "x",
        "y",
        "z",
        "scale_0",
        "scale_1",
        "scale_2",
        "rot_0",
        "rot_1",
        "rot_2",
        "rot_3",
        "f_dc_0",
        "f_dc_1",
        "f_dc_2",
        "opacity",
    ]
    head = ["ply", "format ascii 1.0", f"element vertex {count}", *(f"property float {name}" for name in names)]
    rows = [" ".join(map(repr, row)) for row in table.tolist()]
    return "\n".join([*head, "end_header", *rows, ""]).encode()


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], bytes]:
    """A sound file of a kind."""
    folder, kept = tmp_path_factory.mktemp("whole"), dict[str, bytes]()

    def made(kind: str) -> bytes:
        if kind not in kept:
            path = folder / f"scene{kind}"
            if kind == "ascii.ply":
                path.write_bytes(ascii_ply(5))
            elif kind == "v4.spz":
                path.write_bytes(spz_file(4))
            else:
                files.write(scene(5, degree=0 if kind == ".splat" else 1), path)
            assert len(files.read(path)) in (2, 5)
            kept[kind] = path.read_bytes()
        return kept[kind]

    return made


@st.composite
def damages(draw: st.DrawFn) -> list[tuple[str, float, bytes]]:
    """What is done to a file: where (a share of its length) and with what."""
    place = st.one_of(st.floats(0, 1), st.floats(0, 0.05))
    one = st.tuples(
        st.sampled_from(["cut", "write", "insert", "remove", "flip"]),
        place,
        st.one_of(st.sampled_from(WORDS), st.binary(min_size=1, max_size=8)),
    )
    return draw(st.lists(one, min_size=1, max_size=4))


def damaged(content: bytes, damage: list[tuple[str, float, bytes]]) -> bytes:
    changed = bytearray(content)
    for what, where, word in damage:
        at = int(where * len(changed))
        if what == "cut":
            del changed[at:]
        elif what == "write":
            changed[at : at + len(word)] = word
        elif what == "insert":
            changed[at:at] = word
        elif what == "remove":
            del changed[at : at + len(word)]
        elif at < len(changed):
            changed[at] ^= word[0] or 1
    return bytes(changed)


def repacked(kind: str, content: bytes, damage: list[tuple[str, float, bytes]]) -> bytes:
    """Damage under the checksum of a package, where that is what a reader would meet."""
    if kind == ".spz":
        return gzip.compress(damaged(gzip.decompress(content), damage), 1)
    if kind == ".usdz":
        packed = io.BytesIO()
        with zipfile.ZipFile(io.BytesIO(content)) as whole, zipfile.ZipFile(packed, "w") as package:
            package.writestr("scene.usda", damaged(whole.read("scene.usda"), damage))
        return packed.getvalue()
    return damaged(content, damage)


def read_in_bounds(path: Path) -> None:
    tracemalloc.start()
    try:
        gaussians = files.read(path)
        assert len(gaussians) > 0
        for numbers in (gaussians.means, gaussians.quaternions, gaussians.log_scales, gaussians.opacity_logits):
            assert np.isfinite(numbers).all()
        assert np.isfinite(gaussians.harmonics).all()
        assert (np.linalg.norm(gaussians.quaternions, axis=1) > 0).all()
    except BadSplats as error:
        assert error.message.startswith(path.name) and error.message.endswith(".") and len(error.message) < 300
        assert "\n" not in error.message
    finally:
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert peak < max(ALWAYS, MOST * path.stat().st_size)


@pytest.mark.parametrize("kind", KINDS)
def test_a_damaged_file_is_a_scene_or_a_sentence(
    tmp_path: Path, whole: Callable[[str], bytes], kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pxr", None)  # what OpenUSD is left takes a process each: see below
    path = tmp_path / f"scene{kind}"
    files_read = 0

    @settings(max_examples=CASES)
    @given(damages(), st.booleans())
    def reads(damage: list[tuple[str, float, bytes]], inside: bool) -> None:
        nonlocal files_read
        content = whole(kind)
        path.write_bytes(repacked(kind, content, damage) if inside else damaged(content, damage))
        read_in_bounds(path)
        files_read += 1

    reads()
    assert files_read >= CASES


@pytest.mark.parametrize("at", [8, 16, 88, -200, -100])
def test_a_damaged_binary_usd_ends_only_the_process_that_reads_it(tmp_path: Path, at: int) -> None:
    """OpenUSD calls abort for some."""
    stage = Usd.Stage.CreateNew(str(tmp_path / "theirs.usdc"))
    UsdVol.ParticleField3DGaussianSplat.Define(stage, "/Splats").CreatePositionsAttr([(1, 2, 3), (4, 5, 6)])
    stage.Save()
    content = bytearray((tmp_path / "theirs.usdc").read_bytes())
    content[at : at + 8] = b"\xff" * 8
    with zipfile.ZipFile(tmp_path / "theirs.usdz", "w") as package:
        info = zipfile.ZipInfo("theirs.usdc")
        info.extra = struct.pack("<HH", 0x1986, 19) + bytes(19)
        package.writestr(info, bytes(content))
    with pytest.raises(BadSplats, match=r"theirs\.usdz"):
        files.read(tmp_path / "theirs.usdz")


@pytest.mark.parametrize("kind", KINDS)
def test_a_file_cut_off_anywhere_is_refused(tmp_path: Path, whole: Callable[[str], bytes], kind: str) -> None:
    content, path = whole(kind), tmp_path / f"scene{kind}"
    end = (
        content.rstrip().rfind(b" ") if kind == "ascii.ply" else len(content) - 1
    )  # a number stays one without its end
    for length in range(0, end, max(1, len(content) // 150)):
        path.write_bytes(content[:length])
        if kind == ".splat" and length % 32 == 0 and length:
            assert len(files.read(path)) == length // 32
            continue
        with pytest.raises(BadSplats):
            files.read(path)


def ply_of(count: int) -> bytes:
    names = [
        "x",
        "y",
        "z",
        "f_dc_0",
        "f_dc_1",
        "f_dc_2",
        "opacity",
        "scale_0",
        "scale_1",
        "scale_2",
        "rot_0",
        "rot_1",
        "rot_2",
        "rot_3",
    ]
    lines = ["ply", "format binary_little_endian 1.0", f"element vertex {count}"]
    return "\n".join([*lines, *(f"property float {name}" for name in names), "end_header\n"]).encode() + bytes(56)


def compressed_of(count: int) -> bytes:
    whole_file = "ply\nformat binary_little_endian 1.0\n"
    bounds = [f"{end}_{label}" for end in ("min", "max") for label in ("x", "y", "z", "scale_x", "scale_y", "scale_z")]
    whole_file += f"element chunk {-(-count // 256)}\n" + "".join(f"property float {label}\n" for label in bounds)
    whole_file += f"element vertex {count}\n"
    whole_file += "".join(f"property uint packed_{label}\n" for label in ("position", "rotation", "scale", "color"))
    return whole_file.encode() + b"end_header\n" + bytes(64)


def glb_of(count: int, stride: int | None = None) -> bytes:
    view = {"buffer": 0, "byteLength": 64} | ({} if stride is None else {"byteStride": stride})
    names = ["ROTATION", "SCALE", "OPACITY", "SH_DEGREE_0_COEF_0"]
    attributes = {"POSITION": 0} | {f"KHR_gaussian_splatting:{name}": n + 1 for n, name in enumerate(names)}
    extension = {"KHR_gaussian_splatting": {"kernel": "ellipse", "colorSpace": "srgb_rec709_display"}}
    text = json.dumps(
        {
            "asset": {"version": "2.0"},
            "nodes": [{"mesh": 0}],
            "meshes": [{"primitives": [{"mode": 0, "attributes": attributes, "extensions": extension}]}],
            "accessors": [
                {"bufferView": 0, "componentType": 5126, "count": count, "type": shape}
                for shape in ("VEC3", "VEC4", "VEC3", "SCALAR", "VEC3")
            ],
            "bufferViews": [view],
            "buffers": [{"byteLength": 64}],
        }
    ).encode()
    text += b" " * (-len(text) % 4)
    chunks = struct.pack("<II", len(text), 0x4E4F534A) + text + struct.pack("<II", 64, 0x004E4942) + bytes(64)
    return struct.pack("<4sII", b"glTF", 2, 12 + len(chunks)) + chunks


def spz_of(count: int, version: int) -> bytes:
    head = struct.pack("<IIIBBBB", 0x5053474E, version, count, 3, 12, 0, 6)
    return gzip.compress(head, mtime=0) if version < 4 else head + struct.pack("<I12x", 32) + bytes(96)


def usdz_of(text: str, path: Path) -> bytes:
    with zipfile.ZipFile(path, "w") as package:
        package.writestr("scene.usda", text)
    return path.read_bytes()


@pytest.mark.parametrize("count", [1000, 2**31 - 1, 2**32 - 1, 10**11])
def test_a_header_that_speaks_of_more_than_the_file_has_takes_no_memory(tmp_path: Path, count: int) -> None:
    of_32_bits = min(count, 2**32 - 1)
    for name, content in {
        "a.ply": ply_of(count),
        "text.ply": ply_of(count).replace(b"binary_little_endian", b"ascii"),
        "a.compressed.ply": compressed_of(count),
        "a.glb": glb_of(count),
        "stride.glb": glb_of(count, 0),
        "a.spz": spz_of(of_32_bits, 3),
        "v4.spz": spz_of(of_32_bits, 4),
    }.items():
        path = tmp_path / name
        path.write_bytes(content)
        tracemalloc.start()
        with pytest.raises(BadSplats):
            files.read(path)
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert peak < 1 << 20, name


def test_a_bomb_is_not_unpacked(tmp_path: Path) -> None:
    count = 3_000_000  # 60 MB of zeros in 60 KB
    head = struct.pack("<IIIBBBB", 0x5053474E, 3, count, 0, 12, 0, 0)
    (tmp_path / "bomb.spz").write_bytes(gzip.compress(head + bytes(20 * count), mtime=0))
    tracemalloc.start()
    with pytest.raises(BadSplats, match="no scene shrinks so far"):
        files.read(tmp_path / "bomb.spz")
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 1 << 20 < spz_streams.ALWAYS < 20 * count


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("a.ply", b"", "does not begin with the line"),
        ("a.ply", b"ply\nformat ascii 1.0\n" + b"comment x\n" * 9000, "without an end"),
        ("a.ply", ply_of(0), "has no Gaussians"),
        ("a.ply", ply_of(1).replace(b"opacity", b"red"), "lacks opacity: it holds points or a mesh"),
        ("a.ply", ply_of(1).replace(b"float x", b"list uchar float x"), "lacks x"),
        ("a.ply", ply_of(1).replace(b"1.0", b"2.0"), "cannot be read: “format"),
        ("a.ply", ply_of(1).replace(b"end_header", b"property float f_rest_0\nend_header"), "1 f_rest_ numbers"),
        ("a.ply", ply_of(1)[:-4] + b"\0\0\xc0\x7f", "rotation is not a number"),
        ("a.ply", ply_of(1)[:-56] + b"\0\0\x80\x7f" + bytes(52), "position is not a number"),
        ("a.ply", ply_of(1)[:-4] + b"\1\0\x80\x7f", "rotation is not a number"),  # one that signals
        ("a.ply", ply_of(1)[:-20] + struct.pack("<f", 1000) + bytes(16), "of the size e\\^1000"),
        ("a.splat", b"", "has 0 bytes"),
        ("a.splat", bytes(33), "has 33 bytes"),
        ("a.splat", struct.pack("<6f8B", 0, 0, 0, -1, 1, 1, *[128] * 8), "size is not a number"),
        ("a.spz", b"", "begins neither as NGSP nor as gzip"),
        ("a.spz", b"\x1f\x8b" + bytes(30), "cannot be unpacked"),
        ("a.spz", gzip.compress(b"NGSP", mtime=0), "cut off"),
        ("a.spz", spz_file(1), "version 1; 2, 3 and 4"),
        ("a.spz", spz_file(5), "version 5; 2, 3 and 4"),
        ("a.spz", spz_file(3)[:-9], "cut off|cannot be unpacked"),
        ("a.spz", gzip.decompress(spz_file(3)), "is not compressed"),
        ("a.spz", spz_of(0, 3), "has no Gaussians"),
        ("a.glb", b"", "no glTF that holds together"),
        ("a.glb", glb_of(9), "an accessor reaches beyond its buffer"),
        ("a.glb", glb_of(1).replace(b"ing:SCALE", b"ing:SKALE"), "holds together"),
        ("a.glb", glb_of(1).replace(b"srgb_rec709", b"line_rec709"), "colours in line_rec709_display"),
        ("a.glb", glb_of(1).replace(b'"ellipse"', b'"slanted"'), "of the kind slanted"),
        ("a.gltf", b"[" * 100_000, "no glTF that holds together"),
        ("a.gltf", b'{"asset":{"version":"1.0"}}', "no glTF 2.0"),
        ("a.gltf", b'{"asset":{"version":"2.0"},"nodes":[{"children":[0]}]}', "node in two places"),
        ("a.gltf", b'{"asset":{"version":"2.0"},"nodes":[]}', "has no Gaussians"),
        ("a.gltf", b'{"asset":{"version":"2.0"},"extensionsRequired":["EXT_x"]}', "needs the extension EXT_x"),
        ("a.usdz", b"", "no .usdz"),
    ],
    ids=lambda value: "" if isinstance(value, bytes) else value,  # bytes of gzip tell the time
)  # fmt: skip
def test_what_is_wrong_is_told(tmp_path: Path, name: str, content: bytes, sentence: str) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(BadSplats, match=sentence):
        files.read(tmp_path / name)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (("[(", "[("), None),
        (("(", "(x"), "not lists of"),
        (("1.0)", "1.0, 2.0)"), "not lists of 3 numbers"),
        (("positions", "possitions"), "no positions"),
        (("Degree = 0", "Degree = 4"), "degree 4; up to 3"),
        (('upAxis = "Y"', 'upAxis = "X"'), "up axis X"),
        (("]\n", "\n"), "not lists of"),
    ],
)
def test_text_of_a_usdz_that_is_wrong_is_told(tmp_path: Path, change: tuple[str, str], sentence: str | None) -> None:
    text = '#usda 1.0\n(\n    upAxis = "Y"\n)\ndef ParticleField3DGaussianSplat "G"\n{\n'
    text += "    point3f[] positions = [(0.0, 2.0, 1.0), (3.0, 4.0, 1.0)]\n"
    text += "    uniform int radiance:sphericalHarmonicsDegree = 0\n}\n"
    path = tmp_path / "scene.usdz"
    usdz_of(text.replace(*change), path)
    if sentence is None:
        read = files.read(path)
        assert read.means.tolist() == [[0, -2, -1], [3, -4, -1]]
        assert read.opacities == pytest.approx(1) and (read.scales == 1).all() and (read.colours == 0.5).all()
    else:
        with pytest.raises(BadSplats, match=sentence):
            files.read(path)


def test_what_only_lacks_a_meaning_is_mended(tmp_path: Path) -> None:
    """No rotation, no size and an opacity of 0 or 1 have no quaternion, logarithm or logit, but can be drawn."""
    row = np.zeros(14, "<f4")
    row[6:10] = np.inf, -np.inf, 0, 0
    (tmp_path / "flat.ply").write_bytes(ply_of(1)[:-56] + row.tobytes())
    read = files.read(tmp_path / "flat.ply")
    assert read.quaternions.tolist() == [[1, 0, 0, 0]]
    assert read.opacities[0] > 0.99999 and 0 < read.scales[0, 0] < 1e-8 and read.scales[0, 1] == 1
