"""What a glTF 2.0 file says of itself, and the numbers its accessors point at (Khronos 2021, ISO/IEC 12113)."""

from __future__ import annotations

import base64
import binascii
import json
import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from lucida.errors import BadSplats

LONGEST_JSON = 1 << 23
"""Bytes without embedded buffers: JSON takes many times its length in memory."""
MOST_NODES = 100_000
_COMPONENTS = {5120: "i1", 5121: "u1", 5122: "<i2", 5123: "<u2", 5125: "<u4", 5126: "<f4"}
_WIDTHS = {"SCALAR": 1, "VEC2": 2, "VEC3": 3, "VEC4": 4}
_EMBEDDED = re.compile(rb'"data:[^",\\]*;base64,([^"\\]*)"')


@dataclass
class Document:
    """The JSON of a file, its buffers, and how many bytes all of it has."""

    name: str
    json: dict[str, Any]
    size: int
    buffers: list[bytes | memoryview] = field(default_factory=list)

    def accessor(self, number: Any, width: int, count: int | None = None) -> NDArray[Any]:
        """The numbers (count, width) of an accessor, as float32 where they are floats or normalised, else as they are.

        Raises `BadSplats` where they are not what they must be, or not in the file.
        """
        told = _at(self.json["accessors"], number)
        if "sparse" in told or "bufferView" not in told or _WIDTHS.get(told["type"]) != width:
            raise BadSplats(f"{self.name} has an accessor that is sparse, empty or of another shape than is meant.")
        view = _at(self.json["bufferViews"], told["bufferView"])
        buffer = memoryview(_at(self.buffers, view["buffer"]))
        begin, length = _whole(view.get("byteOffset", 0)), _whole(view["byteLength"])
        kind = np.dtype(_COMPONENTS[told["componentType"]])
        rows, first, step = _whole(told["count"]), _whole(told.get("byteOffset", 0)), width * kind.itemsize
        stride = _whole(view.get("byteStride", step))
        if begin + length > len(buffer) or stride < step or first + stride * (rows - 1) + step > length or not rows:
            raise BadSplats(f"{self.name} is cut off or damaged: an accessor reaches beyond its buffer.")
        if count is not None and rows != count:
            raise BadSplats(f"{self.name} has {rows} of one attribute and {count} positions.")
        found: NDArray[Any] = np.ndarray(
            (rows, width), kind, buffer[begin : begin + length], first, (stride, kind.itemsize)
        )
        if told.get("normalized") and kind.kind in "iu":
            most = np.float32(np.iinfo(kind).max)
            return np.maximum(found / most, np.float32(-1))
        return found

    def placed_meshes(self) -> Iterator[tuple[int, NDArray[np.float64]]]:
        """The meshes of the scene's nodes, each with the matrix (4, 4) that places it."""
        nodes = self.json["nodes"]
        scenes = self.json.get("scenes") or [{"nodes": list(range(len(nodes)))}]
        if len(nodes) > MOST_NODES:
            raise BadSplats(f"{self.name} has {len(nodes)} nodes; {MOST_NODES} can be read.")
        waiting = [(root, np.eye(4)) for root in _at(scenes, self.json.get("scene", 0)).get("nodes", [])][::-1]
        seen: set[int] = set()
        while waiting:
            number, parent = waiting.pop()
            node = _at(nodes, number)
            if number in seen:
                raise BadSplats(f"{self.name} has a node in two places; a glTF scene is a tree.")
            seen.add(number)
            with np.errstate(over="ignore", invalid="ignore"):
                matrix = parent @ _matrix(node)
            if "mesh" in node:
                _at(self.json["meshes"], node["mesh"])
                yield node["mesh"], matrix
            waiting += [(child, matrix) for child in node.get("children", [])][::-1]


def _whole(number: Any) -> int:
    if not isinstance(number, int) or isinstance(number, bool) or not 0 <= number < 1 << 48:
        raise ValueError
    return number


def _at(things: Any, number: Any) -> Any:
    return things[_whole(number)]


def _matrix(node: dict[str, Any]) -> NDArray[np.float64]:
    if "matrix" in node:
        return np.array([float(number) for number in node["matrix"]]).reshape(4, 4).T
    matrix = np.eye(4)
    turned = np.array([float(number) for number in node.get("rotation", (0, 0, 0, 1))])
    scale = np.array([float(number) for number in node.get("scale", (1, 1, 1))])
    matrix[:3, :3] = Rotation.from_quat(turned).as_matrix() * scale
    matrix[:3, 3] = [float(number) for number in node.get("translation", (0, 0, 0))]
    return matrix


def read_document(path: Path) -> Document:
    """A `.glb`, or a `.gltf` with buffers in it or in files beside it. Raises `BadSplats`."""
    content, name = path.read_bytes(), path.name
    binary: memoryview | None = None
    size, text = len(content), content
    if content[:4] == b"glTF":
        text, binary = _chunks(content, name)
    embedded: list[bytes] = []

    def kept(match: re.Match[bytes]) -> bytes:
        embedded.append(match[1])
        return b'{"embedded":%d}' % (len(embedded) - 1)

    text = _EMBEDDED.sub(kept, text)
    if len(text) > LONGEST_JSON:
        raise BadSplats(f"{name} has {len(text) >> 20} MiB of JSON; {LONGEST_JSON >> 20} can be read.")
    try:
        told = json.loads(text)
        if not isinstance(told, dict) or not str(told["asset"]["version"]).startswith("2."):
            raise BadSplats(f"{name} is no glTF 2.0.")
        document = Document(name, told, size)
        found: dict[str, bytes] = {}
        for number, buffer in enumerate(told.get("buffers", [])):
            document.buffers.append(_buffer(buffer, number, binary, embedded, path, found))
        document.size += sum(map(len, found.values()))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise BadSplats(f"{name} is no glTF that holds together; export it again.") from None
    return document


def _chunks(content: bytes, name: str) -> tuple[bytes, memoryview | None]:
    """The JSON and the binary chunk of a GLB file (§4.4)."""
    if len(content) < 20:
        raise BadSplats(f"{name} is cut off: it ends before its JSON.")
    _, version, _, length, kind = struct.unpack_from("<4sIIII", content)
    if version != 2 or kind != 0x4E4F534A or 20 + length > len(content):
        raise BadSplats(f"{name} is cut off, or no GLB of version 2.")
    if length > LONGEST_JSON:
        raise BadSplats(f"{name} has {length >> 20} MiB of JSON; {LONGEST_JSON >> 20} can be read.")
    text, at = content[20 : 20 + length], 20 + length
    if at + 8 > len(content):
        return text, None
    length, kind = struct.unpack_from("<II", content, at)
    if kind != 0x004E4942 or at + 8 + length > len(content):
        raise BadSplats(f"{name} is cut off: it ends before its numbers.")
    return text, memoryview(content)[at + 8 : at + 8 + length]


def _buffer(
    told: dict[str, Any],
    number: int,
    binary: memoryview | None,
    embedded: list[bytes],
    path: Path,
    found: dict[str, bytes],
) -> memoryview:
    """Of a buffer's bytes those that it speaks of; `found` has what was read and decoded already."""
    length, uri = _whole(told["byteLength"]), told.get("uri")
    whole: bytes | memoryview
    if uri is None:
        if binary is None or number:
            raise BadSplats(f"{path.name} has a buffer that is nowhere.")
        whole = binary
    elif isinstance(uri, dict):
        whole = _decoded(_whole(uri["embedded"]), embedded, found, path.name)
    else:
        whole = _beside(unquote(str(uri)), found, path)
    if len(whole) < length:
        raise BadSplats(f"{path.name} is cut off: a buffer of it is shorter than it says.")
    return memoryview(whole)[:length]


def _decoded(number: int, embedded: list[bytes], found: dict[str, bytes], name: str) -> bytes:
    key = f"/{number}"  # no name of a file
    if key not in found:
        try:
            found[key] = base64.b64decode(embedded[number], validate=True)
        except (binascii.Error, IndexError):
            raise BadSplats(f"{name} is damaged: a buffer in it is no base64.") from None
    return found[key]


def _beside(uri: str, found: dict[str, bytes], path: Path) -> bytes:
    """A file in the same folder, and no other."""
    if not re.fullmatch(r"(?:\./)?[^/\\:\x00]+", uri) or uri.strip("./") == "":
        raise BadSplats(f"{path.name} has its numbers in {uri[:60]}; only a file beside it can be read.")
    file = path.parent / uri
    if not file.is_file() or file.is_symlink():
        raise BadSplats(f"{path.name} has its numbers in {uri[:60]}, which is not beside it.")
    if file.name not in found:
        found[file.name] = file.read_bytes()
    return found[file.name]
