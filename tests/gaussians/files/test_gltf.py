"""glTF as others write it: numbers in files beside it, nodes that move them, integers; and no file elsewhere."""

from __future__ import annotations

import json
import math
import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from gaussians.files.comparison import angles, away
from gaussians.scenes import scene
from scipy.spatial.transform import Rotation

from lucida.errors import BadSplats
from lucida.gaussians import files
from lucida.gaussians.files.axes import from_y_up, to_y_up
from lucida.gaussians.scene import Gaussians, merged, transformed


def _gltf(original: Gaussians, folder: Path, edit: dict[str, Any] | None = None) -> Path:
    """A .gltf with a file of numbers beside it."""
    files.write(original, folder / "scene.glb")
    content = (folder / "scene.glb").read_bytes()
    length = struct.unpack_from("<I", content, 12)[0]
    document = json.loads(content[20 : 20 + length])
    (folder / "the numbers.bin").write_bytes(content[28 + length :])
    document["buffers"][0]["uri"] = "the%20numbers.bin"
    document |= edit or {}
    (folder / "scene.gltf").write_text(json.dumps(document, indent=1))
    return folder / "scene.gltf"


def test_gltf_with_its_numbers_beside_it_and_nodes_that_move_them(tmp_path: Path) -> None:
    original = scene(12, degree=1)
    half = math.sqrt(0.5)
    nodes = [
        {"children": [1, 2], "scale": [2, 2, 2], "translation": [1, 0, 0]},
        {"mesh": 0, "rotation": [0, 0, half, half]},
        {"mesh": 0, "matrix": [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 5, 6, 7, 1]},
    ]
    read = files.read(_gltf(original, tmp_path, {"nodes": nodes}))
    seen = to_y_up(original)
    turned = Rotation.from_quat([0, 0, half, half]).as_matrix()
    first = transformed(transformed(seen, turned), scale=2.0, translation=(1, 0, 0))
    second = transformed(transformed(seen, translation=(5, 6, 7)), scale=2.0, translation=(1, 0, 0))
    expected = from_y_up(merged([first, second]))
    assert away(read.means, expected.means) < 1e-5
    assert away(read.harmonics, expected.harmonics) < 1e-5
    assert angles(read.quaternions, expected.quaternions).max() < 1e-3


def test_gltf_with_rotations_and_opacities_in_bytes(tmp_path: Path) -> None:
    """What the extension allows beside float: normalised integers, and several attributes in one view."""
    record = np.zeros(2, np.dtype([("p", "<f4", 3), ("q", "i1", 4), ("s", "<u2", 4), ("o", "u1", 4), ("c", "<f4", 3)]))
    record["p"], record["q"], record["s"][:, :3] = [[1, 2, 3], [4, 5, 6]], [[0, 0, 0, 127], [127, 0, 0, 0]], 32768
    record["o"][:, 0], record["c"] = [51, 255], [[0, 1, 2], [3, 4, 5]]
    kinds = [(5126, "VEC3", "p", False), (5120, "VEC4", "q", True), (5123, "VEC3", "s", True)]
    kinds += [(5121, "SCALAR", "o", True), (5126, "VEC3", "c", False)]
    names = ["POSITION", *(f"KHR_gaussian_splatting:{name}" for name in ("ROTATION", "SCALE", "OPACITY"))]
    names += ["KHR_gaussian_splatting:SH_DEGREE_0_COEF_0"]
    extension = {"KHR_gaussian_splatting": {"kernel": "ellipse", "colorSpace": "srgb_rec709_display"}}
    document = {
        "asset": {"version": "2.0"},
        "nodes": [{"mesh": 0}],
        "meshes": [
            {"primitives": [{"mode": 0, "attributes": {n: i for i, n in enumerate(names)}, "extensions": extension}]}
        ],
        "accessors": [
            {
                "bufferView": 0,
                "componentType": kind,
                "type": shape,
                "count": 2,
                "byteOffset": record.dtype.fields[field][1],
                "normalized": normal,
            }
            for kind, shape, field, normal in kinds
        ],
        "bufferViews": [{"buffer": 0, "byteLength": record.nbytes, "byteStride": record.itemsize}],
        "buffers": [{"byteLength": record.nbytes, "uri": "scene.bin"}],
    }
    (tmp_path / "scene.bin").write_bytes(record.tobytes())
    (tmp_path / "scene.gltf").write_text(json.dumps(document))
    read = to_y_up(files.read(tmp_path / "scene.gltf"))
    assert read.means.tolist() == [[1, 2, 3], [4, 5, 6]]
    assert read.quaternions.tolist() == [[1, 0, 0, 0], [0, 1, 0, 0]]
    assert np.exp(read.log_scales) == pytest.approx(np.full((2, 3), 32768 / 65535), rel=1e-5)
    assert read.opacities == pytest.approx([0.2, 1], abs=1e-5)
    assert read.harmonics[:, 0].tolist() == [[0, 1, 2], [3, 4, 5]]


@pytest.mark.parametrize("uri", ["../the numbers.bin", "/etc/passwd", "file:///etc/passwd", "..", "%2e%2e%2fx", "a\\b"])
def test_gltf_reaches_no_file_elsewhere(tmp_path: Path, uri: str) -> None:
    (tmp_path / "inner").mkdir()
    path = _gltf(scene(3), tmp_path / "inner")
    (tmp_path / "the numbers.bin").write_bytes((tmp_path / "inner" / "the numbers.bin").read_bytes())
    document = json.loads(path.read_text())
    document["buffers"][0]["uri"] = uri
    path.write_text(json.dumps(document))
    with pytest.raises(BadSplats, match="only a file beside it can be read"):
        files.read(path)
