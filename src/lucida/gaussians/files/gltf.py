"""A scene as glTF 2.0 with KHR_gaussian_splatting (a release candidate of Khronos): points with more attributes.

Sizes and opacities are stored as they act, not as logarithm and logit; rotations as x y z w. Its axes are x right,
y up, z backward. A program that does not know the extension shows COLOR_0 points.
"""

from __future__ import annotations

import base64
import json
import struct
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lucida.errors import BadSplats
from lucida.gaussians.files.axes import from_y_up, to_y_up
from lucida.gaussians.files.gltf_document import Document, read_document
from lucida.gaussians.files.placement import placed
from lucida.gaussians.files.soundness import BLOCK, empty, logarithms, logits, opacities_of, sound, unit
from lucida.gaussians.scene import Gaussians, merged
from lucida.imaging.colour import srgb_to_linear
from lucida.imaging.kernels import bands

EXTENSION = "KHR_gaussian_splatting"
PRECISION = 1e-6
"""Of a size, as a share of it, and of an opacity: both are float32."""
_FLOAT, _UNSIGNED_SHORT, _ARRAY_BUFFER, _POINTS = 5126, 5123, 34962, 0
_KNOWN = {EXTENSION, "KHR_mesh_quantization", "KHR_materials_unlit"}
MOST, ALWAYS = 16, 1 << 24
"""A file that uses its numbers again and again may become `MOST` times as large, or `ALWAYS` bytes."""
_OVERHEAD = 4096  # of the time and memory that a primitive takes, as if it were bytes

_Column = tuple[str, str, int, Callable[[slice], NDArray[Any]]]


def _columns(gaussians: Gaussians) -> list[_Column]:
    """The attributes: name, numpy type, numbers for each Gaussian, and how a block of them is made."""

    def harmonic(number: int) -> Callable[[slice], NDArray[Any]]:
        return lambda part: gaussians.harmonics[part, number]

    def colour(part: slice) -> NDArray[Any]:
        seen = srgb_to_linear(np.clip(gaussians.colours[part], 0, 1))
        return np.asarray(np.rint(np.hstack([seen, opacities_of(gaussians.opacity_logits[part, None])]) * 65535))

    names = [(degree, coefficient) for degree in range(gaussians.degree + 1) for coefficient in range(2 * degree + 1)]
    return [
        ("POSITION", "<f4", 3, lambda part: gaussians.means[part]),
        ("COLOR_0", "<u2", 4, colour),
        (f"{EXTENSION}:ROTATION", "<f4", 4, lambda part: np.roll(unit(gaussians.quaternions[part]), -1, 1)),
        (f"{EXTENSION}:SCALE", "<f4", 3, lambda part: np.exp(gaussians.log_scales[part].astype(np.float64))),
        (f"{EXTENSION}:OPACITY", "<f4", 1, lambda part: opacities_of(gaussians.opacity_logits[part])),
        *(
            (f"{EXTENSION}:SH_DEGREE_{degree}_COEF_{coefficient}", "<f4", 3, harmonic(number))
            for number, (degree, coefficient) in enumerate(names)
        ),
    ]


def _document(gaussians: Gaussians, columns: list[_Column]) -> tuple[dict[str, Any], int]:
    """What the file says of itself, and the bytes of its buffer."""
    accessors: list[dict[str, Any]] = []
    views, offset, count = [], 0, len(gaussians)
    for name, kind, width, _ in columns:
        size = count * width * np.dtype(kind).itemsize
        views.append({"buffer": 0, "byteOffset": offset, "byteLength": size, "target": _ARRAY_BUFFER})
        accessors.append(
            {
                "bufferView": len(accessors),
                "componentType": _FLOAT if kind == "<f4" else _UNSIGNED_SHORT,
                "count": count,
                "type": {1: "SCALAR", 3: "VEC3", 4: "VEC4"}[width],
            }
        )
        if name == "POSITION":
            accessors[-1] |= {"min": gaussians.means.min(0).tolist(), "max": gaussians.means.max(0).tolist()}
        if kind == "<u2":
            accessors[-1]["normalized"] = True
        offset += size
    primitive = {
        "mode": _POINTS,
        "attributes": {name: number for number, (name, *_) in enumerate(columns)},
        "extensions": {
            EXTENSION: {
                "kernel": "ellipse",
                "colorSpace": "srgb_rec709_display",
                "projection": "perspective",
                "sortingMethod": "cameraDistance",
            }
        },
    }
    return {
        "asset": {"version": "2.0", "generator": "Lucida"},
        "extensionsUsed": [EXTENSION],
        "scene": 0,
        "scenes": [{"nodes": [0]}],
        "nodes": [{"mesh": 0, "name": "gaussians"}],
        "meshes": [{"primitives": [primitive]}],
        "accessors": accessors,
        "bufferViews": views,
        "buffers": [{"byteLength": offset}],
    }, offset


def _blocks(columns: list[_Column], count: int) -> Iterator[bytes]:
    for _, kind, _, made in columns:
        for part in bands(count, BLOCK):
            yield np.ascontiguousarray(made(part), kind).tobytes()


def write_glb(gaussians: Gaussians, path: Path) -> None:
    """One binary file. The scene is one that `check` let pass."""
    gaussians = to_y_up(gaussians)
    columns = _columns(gaussians)
    document, size = _document(gaussians, columns)
    text = json.dumps(document, separators=(",", ":"), allow_nan=False).encode()
    text = text.ljust(-(-len(text) // 4) * 4)
    if 28 + len(text) + size >= 1 << 32:
        raise BadSplats("A GLB file holds 4 GiB at most, and the scene is larger; write a .ply.")
    with path.open("wb") as file:
        file.write(struct.pack("<4sIIII", b"glTF", 2, 28 + len(text) + size, len(text), 0x4E4F534A))  # JSON
        file.write(text)
        file.write(struct.pack("<II", size, 0x004E4942))  # BIN
        file.writelines(_blocks(columns, len(gaussians)))


def write_gltf(gaussians: Gaussians, path: Path) -> None:
    """JSON with the numbers in it, as base64. The scene is one that `check` let pass."""
    gaussians = to_y_up(gaussians)
    columns = _columns(gaussians)
    document, _ = _document(gaussians, columns)
    mark = "data:application/octet-stream;base64,"
    document["buffers"][0]["uri"] = mark
    before, after = json.dumps(document, separators=(",", ":"), allow_nan=False).split(mark)
    with path.open("wb") as file:
        file.write((before + mark).encode())
        rest = b""
        for block in _blocks(columns, len(gaussians)):
            whole = rest + block
            end = len(whole) // 3 * 3  # three bytes are four letters
            file.write(base64.b64encode(whole[:end]))
            rest = whole[end:]
        file.write(base64.b64encode(rest) + after.encode())


def read(path: Path) -> Gaussians:
    """All splats of a GLB or of a .gltf with its buffers in it or beside it, where their nodes place them.

    Raises `BadSplats`.
    """
    document = read_document(path)
    try:
        return _scene(document)
    except (KeyError, IndexError, TypeError, ValueError, AttributeError, OverflowError, RecursionError):
        raise BadSplats(f"{path.name} is no glTF that holds together; export it again.") from None


def _scene(document: Document) -> Gaussians:
    name = document.name
    unknown = [str(one)[:60] for one in document.json.get("extensionsRequired", []) if one not in _KNOWN]
    if unknown:
        raise BadSplats(f"{name} needs the extension {unknown[0]}, which is not read; save it without.")
    found, most = [], max(ALWAYS, MOST * document.size)
    splats = [
        [primitive for primitive in mesh["primitives"] if EXTENSION in primitive.get("extensions", {})]
        for mesh in document.json.get("meshes", [])
    ]
    for mesh, matrix in document.placed_meshes():
        for primitive in splats[mesh]:
            gaussians = _gaussians(document, primitive, primitive["extensions"][EXTENSION])
            most -= _OVERHEAD + 4 * len(gaussians) * (11 + 3 * gaussians.harmonics.shape[1])
            if most < 0:
                raise BadSplats(f"{name} shows the same numbers again and again; it would not fit into memory.")
            found.append(placed(sound(gaussians, name), matrix, name))
    if not found:
        raise BadSplats(f"{name} has no Gaussians: nothing in it has {EXTENSION}.")
    return from_y_up(sound(merged(found) if len(found) > 1 else found[0], name))


def _gaussians(document: Document, primitive: dict[str, Any], splatting: dict[str, Any]) -> Gaussians:
    name, attributes = document.name, primitive["attributes"]
    if splatting["kernel"] != "ellipse" or splatting.get("extensions"):
        what = next(iter(splatting.get("extensions") or {}), splatting["kernel"])
        raise BadSplats(f"{name} has Gaussians of the kind {str(what)[:60]}, which are not read.")
    if splatting["colorSpace"] != "srgb_rec709_display":
        raise BadSplats(f"{name} has colours in {str(splatting['colorSpace'])[:60]}; srgb_rec709_display can be read.")
    degree = 0
    while degree < 3 and f"{EXTENSION}:SH_DEGREE_{degree + 1}_COEF_0" in attributes:
        degree += 1
    position = document.accessor(attributes["POSITION"], 3)
    count = len(position)
    gaussians = empty(count, degree)
    gaussians.means[:] = position
    rotation = document.accessor(attributes[f"{EXTENSION}:ROTATION"], 4, count)
    scale = document.accessor(attributes[f"{EXTENSION}:SCALE"], 3, count)
    opacity = document.accessor(attributes[f"{EXTENSION}:OPACITY"], 1, count)
    for part in bands(count, BLOCK):
        gaussians.quaternions[part] = np.roll(rotation[part], 1, 1)
        gaussians.log_scales[part] = logarithms(scale[part])
        gaussians.opacity_logits[part] = logits(opacity[part][:, 0])
    names = [(band, coefficient) for band in range(degree + 1) for coefficient in range(2 * band + 1)]
    for number, (band, coefficient) in enumerate(names):
        harmonic = document.accessor(attributes[f"{EXTENSION}:SH_DEGREE_{band}_COEF_{coefficient}"], 3, count)
        gaussians.harmonics[:, number] = harmonic
    return gaussians
