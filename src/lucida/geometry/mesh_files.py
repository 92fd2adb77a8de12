"""A textured mesh as a file: GLB, OBJ with its material and picture, USDZ. All of them have +y up."""

from __future__ import annotations

import io
import json
import struct
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from lucida.errors import BadInput, BadParameter
from lucida.geometry.mesh import Mesh
from lucida.geometry.rotations import shortest_turn
from lucida.imaging.files import whole_file

AXES = {
    "x": (1.0, 0.0, 0.0),
    "y": (0.0, 1.0, 0.0),
    "z": (0.0, 0.0, 1.0),
    "-x": (-1.0, 0.0, 0.0),
    "-y": (0.0, -1.0, 0.0),
    "-z": (0.0, 0.0, -1.0),
}
"""Directions by their names."""
FORMATS = {
    ".glb": "glTF 2.0 in one file",
    ".obj": "Wavefront OBJ, with .mtl and .png beside it",
    ".usdz": "USD for Apple's Quick Look and others",
}
_FLOAT, _UNSIGNED_INT, _ARRAY_BUFFER, _ELEMENT_BUFFER = 5126, 5125, 34962, 34963
_LINEAR, _LINEAR_MIPMAP_LINEAR, _CLAMP = 9729, 9987, 33071
_ALIGNMENT = 64  # of what is in a USDZ, from the file's first byte


def write_mesh(mesh: Mesh, path: Path, up: Sequence[float] = AXES["y"]) -> None:
    """Write the mesh as the suffix says: `.glb`, `.obj` (with `.mtl` and `.png` of the same name) or `.usdz`.

    `up` (3,) is the direction that points up in the mesh; in the file it is +y. The texture is sRGB and already lit, so
    viewers are told not to light it again. Files appear whole or not at all. Raises `BadParameter` for another
    suffix, `BadInput` for a mesh without faces.
    """
    suffix = path.suffix.lower()
    if suffix not in FORMATS:
        raise BadParameter(f"A mesh cannot be written as {path.name}; end its name in {', '.join(FORMATS)}.")
    if not len(mesh.faces):
        raise BadInput("The mesh has no faces, so there is nothing to write; look at the scene first.")
    upright = mesh.turned(shortest_turn(up, AXES["y"]).astype(np.float32))
    if suffix == ".glb":
        _write(path, pack_glb(upright))
    elif suffix == ".usdz":
        _write(path, pack_usdz(upright))
    else:
        _write(path.with_suffix(".png"), _png(mesh.texture))
        _write(path.with_suffix(".mtl"), _mtl(path.stem).encode())
        _write(path, _obj(upright, path.stem).encode())


def _write(path: Path, content: bytes) -> None:
    with whole_file(path) as part:
        part.write_bytes(content)


def _png(texture: NDArray[np.uint8]) -> bytes:
    held = io.BytesIO()
    Image.fromarray(texture).save(held, "PNG", optimize=False, compress_level=6)
    return held.getvalue()


def pack_glb(mesh: Mesh) -> bytes:
    """glTF 2.0, binary (Khronos 2021, §4.4): baseColorTexture, which is sRGB by definition, and KHR_materials_unlit."""
    parts = [
        np.asarray(mesh.vertices, "<f4").tobytes(),
        np.asarray(mesh.normals, "<f4").tobytes(),
        np.asarray(mesh.uv, "<f4").tobytes(),
        np.asarray(mesh.faces, "<u4").tobytes(),
        _png(mesh.texture),
    ]
    targets = [_ARRAY_BUFFER, _ARRAY_BUFFER, _ARRAY_BUFFER, _ELEMENT_BUFFER, None]
    views: list[dict[str, Any]] = []
    buffer = bytearray()
    for part, target in zip(parts, targets, strict=True):
        view = {"buffer": 0, "byteOffset": len(buffer), "byteLength": len(part)}
        views.append(view if target is None else {**view, "target": target})
        buffer += part + bytes(-len(part) % 4)
    count = len(mesh.vertices)
    low, high = mesh.vertices.min(axis=0).tolist(), mesh.vertices.max(axis=0).tolist()
    scene = {
        "asset": {"version": "2.0", "generator": "Lucida"},
        "extensionsUsed": ["KHR_materials_unlit"],
        "scene": 0,
        "scenes": [{"nodes": [0]}],
        "nodes": [{"mesh": 0, "name": "mesh"}],
        "meshes": [
            {
                "name": "mesh",
                "primitives": [
                    {"attributes": {"POSITION": 0, "NORMAL": 1, "TEXCOORD_0": 2}, "indices": 3, "material": 0}
                ],
            }
        ],
        "materials": [
            {
                "name": "baked",
                "pbrMetallicRoughness": {
                    "baseColorTexture": {"index": 0},
                    "metallicFactor": 0.0,
                    "roughnessFactor": 1.0,
                },
                "extensions": {"KHR_materials_unlit": {}},
            }
        ],
        "textures": [{"source": 0, "sampler": 0}],
        "samplers": [{"magFilter": _LINEAR, "minFilter": _LINEAR_MIPMAP_LINEAR, "wrapS": _CLAMP, "wrapT": _CLAMP}],
        "images": [{"bufferView": 4, "mimeType": "image/png", "name": "texture"}],
        "accessors": [
            {"bufferView": 0, "componentType": _FLOAT, "count": count, "type": "VEC3", "min": low, "max": high},
            {"bufferView": 1, "componentType": _FLOAT, "count": count, "type": "VEC3"},
            {"bufferView": 2, "componentType": _FLOAT, "count": count, "type": "VEC2"},
            {"bufferView": 3, "componentType": _UNSIGNED_INT, "count": mesh.faces.size, "type": "SCALAR"},
        ],
        "bufferViews": views,
        "buffers": [{"byteLength": len(buffer)}],
    }
    text = json.dumps(scene, separators=(",", ":"), allow_nan=False).encode()
    text += b" " * (-len(text) % 4)
    head = struct.pack("<4sII", b"glTF", 2, 12 + 8 + len(text) + 8 + len(buffer))
    chunks = struct.pack("<I4s", len(text), b"JSON") + text + struct.pack("<I4s", len(buffer), b"BIN\0")
    return head + chunks + bytes(buffer)


def _rows(values: NDArray[np.generic], form: str) -> str:
    return "".join(map(form.__mod__, map(tuple, values.tolist())))


def _obj(mesh: Mesh, name: str) -> str:
    """Vertices, texture coordinates from the bottom left, normals and faces that use the same number for all three."""
    uv = np.stack([mesh.uv[:, 0], 1 - mesh.uv[:, 1]], -1)
    corners = np.repeat(mesh.faces.astype(np.int64) + 1, 3, axis=1)
    return (
        f"mtllib {name}.mtl\no {name}\n"
        + _rows(mesh.vertices, "v %.9g %.9g %.9g\n")
        + _rows(uv, "vt %.7g %.7g\n")
        + _rows(mesh.normals, "vn %.5f %.5f %.5f\n")
        + "usemtl baked\n"
        + _rows(corners, "f %d/%d/%d %d/%d/%d %d/%d/%d\n")
    )


def _mtl(name: str) -> str:
    """Colour as it is, without lights (illum 0)."""
    return f"newmtl baked\nKa 0 0 0\nKd 1 1 1\nKs 0 0 0\nillum 0\nmap_Kd {name}.png\n"


def _tuples(values: NDArray[np.generic], form: str) -> str:
    return "[" + ", ".join(map(form.__mod__, map(tuple, values.tolist()))) + "]"


def _usda(mesh: Mesh) -> str:
    """A layer with UsdGeomMesh and UsdPreviewSurface; the texture is emitted, not lit; uv from the bottom left."""
    uv = np.stack([mesh.uv[:, 0], 1 - mesh.uv[:, 1]], -1)
    extent = np.stack([mesh.vertices.min(axis=0), mesh.vertices.max(axis=0)])
    return f"""#usda 1.0
(
    defaultPrim = "Model"
    metersPerUnit = 1
    upAxis = "Y"
)

def Xform "Model" (
    kind = "component"
)
{{
    def Mesh "Mesh" (
        prepend apiSchemas = ["MaterialBindingAPI"]
    )
    {{
        uniform bool doubleSided = 0
        float3[] extent = {_tuples(extent, "(%.9g, %.9g, %.9g)")}
        int[] faceVertexCounts = {[3] * len(mesh.faces)}
        int[] faceVertexIndices = {mesh.faces.ravel().tolist()}
        rel material:binding = </Model/Baked>
        normal3f[] normals = {_tuples(mesh.normals, "(%.5f, %.5f, %.5f)")} (
            interpolation = "vertex"
        )
        point3f[] points = {_tuples(mesh.vertices, "(%.9g, %.9g, %.9g)")}
        texCoord2f[] primvars:st = {_tuples(uv, "(%.7g, %.7g)")} (
            interpolation = "vertex"
        )
        uniform token subdivisionScheme = "none"
    }}

    def Material "Baked"
    {{
        token outputs:surface.connect = </Model/Baked/Surface.outputs:surface>

        def Shader "Surface"
        {{
            uniform token info:id = "UsdPreviewSurface"
            color3f inputs:diffuseColor = (0, 0, 0)
            color3f inputs:emissiveColor.connect = </Model/Baked/Texture.outputs:rgb>
            float inputs:metallic = 0
            float inputs:roughness = 1
            color3f inputs:specularColor = (0, 0, 0)
            int inputs:useSpecularWorkflow = 1
            token outputs:surface
        }}

        def Shader "Texture"
        {{
            uniform token info:id = "UsdUVTexture"
            asset inputs:file = @texture.png@
            token inputs:sourceColorSpace = "sRGB"
            float2 inputs:st.connect = </Model/Baked/Place.outputs:result>
            token inputs:wrapS = "clamp"
            token inputs:wrapT = "clamp"
            float3 outputs:rgb
        }}

        def Shader "Place"
        {{
            uniform token info:id = "UsdPrimvarReader_float2"
            string inputs:varname = "st"
            float2 outputs:result
        }}
    }}
}}
"""


def pack_usdz(mesh: Mesh) -> bytes:
    """USDZ (Pixar's specification 1.3): the scene first, then the picture."""
    return stored_zip({"model.usda": _usda(mesh).encode(), "texture.png": _png(mesh.texture)})


def stored_zip(files: dict[str, bytes]) -> bytes:
    """A zip whose files are not compressed and begin on multiples of 64 bytes, as USDZ wants it."""
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_STORED) as archive:
        for name, content in files.items():
            entry = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            start = held.tell() + 30 + len(name.encode())
            # A field of its own fills the gap: its number, its length, zeros.
            gap = -(start + 4) % _ALIGNMENT
            entry.extra = struct.pack("<HH", 0x1986, gap) + bytes(gap)
            archive.writestr(entry, content)
    return held.getvalue()
