"""A scene as OpenUSD's ParticleField3DGaussianSplat in a .usdz: written as text, read as text without OpenUSD.

A .usdz is a zip whose files are stored as they are and begin at multiples of 64 bytes; the first is the scene. Numbers
are written with as many digits as float32 needs. Sizes and opacities are as they act; the axes are x right, y up,
z backward.
"""

from __future__ import annotations

import re
import struct
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from lucida.errors import BadSplats
from lucida.gaussians.files.axes import from_y_up, to_y_up
from lucida.gaussians.files.soundness import BLOCK, empty, logarithms, logits, opacities_of, sound, unit
from lucida.gaussians.harmonics import COEFFICIENTS
from lucida.gaussians.scene import Gaussians, upright
from lucida.imaging.kernels import bands

PRIM = "ParticleField3DGaussianSplat"
PRECISION = 1e-6
"""Of a size, as a share of it, and of an opacity: both are float32."""
ALIGNMENT = 64
_WIDTHS = {"positions": 3, "orientations": 4, "scales": 3, "opacities": 1, "harmonics": 3}
_TYPES = {"positions": "point3f", "orientations": "quatf", "scales": "float3", "opacities": "float"}
NAMES = {name: name for name in _TYPES} | {"harmonics": "radiance:sphericalHarmonicsCoefficients"}
DEGREE = "radiance:sphericalHarmonicsDegree"
_ROWS, _TEXT = 1 << 12, 1 << 16
# What a text may hold to be read here: one field, in prims that do not move it, without anything to be put together.
_PRIMS = re.compile(rb"^\s*def\s+(\w+)", re.MULTILINE)
_COMPOSED = re.compile(
    rb"xformOp|\b(over|class|references|payload|subLayers|inherits|specializes|variant\w*|timeSamples)\b"
)
_HEAD = 1 << 16
_NO_ZIP = zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, ValueError, OverflowError, struct.error


def write(gaussians: Gaussians, path: Path) -> None:
    """The scene is one that `check` let pass."""
    gaussians = to_y_up(gaussians)
    info = zipfile.ZipInfo("scene.usda", (1980, 1, 1, 0, 0, 0))
    beyond = (30 + len(info.filename) + 4) % ALIGNMENT
    info.extra = struct.pack("<HH", 0x1986, (-beyond) % ALIGNMENT) + bytes((-beyond) % ALIGNMENT)
    try:
        with (
            zipfile.ZipFile(path, "w", zipfile.ZIP_STORED, allowZip64=False) as package,
            package.open(info, "w") as file,
        ):
            _write_text(gaussians, file)
    except (zipfile.LargeZipFile, RuntimeError):
        raise BadSplats("A .usdz holds 4 GiB at most, and the scene takes more; write a .ply.") from None


def _write_text(gaussians: Gaussians, file: IO[bytes]) -> None:
    reach = 3 * np.exp(gaussians.log_scales.max(1, keepdims=True))
    extent = np.stack([(gaussians.means - reach).min(0), (gaussians.means + reach).max(0)])
    file.write(
        b'#usda 1.0\n(\n    defaultPrim = "Gaussians"\n    metersPerUnit = 1\n    upAxis = "Y"\n)\n\n'
        + f'def {PRIM} "Gaussians"\n{{\n    float3[] extent = ['.encode()
        + _tuples(extent)
        + b"]\n"
    )
    count = len(gaussians)
    for name, made in (
        ("opacities", lambda part: opacities_of(gaussians.opacity_logits[part, None])),
        ("orientations", lambda part: unit(gaussians.quaternions[part])),
        ("positions", lambda part: gaussians.means[part]),
        ("harmonics", lambda part: gaussians.harmonics[part].reshape(-1, 3)),
        ("scales", lambda part: np.exp(gaussians.log_scales[part].astype(np.float64))),
    ):
        _write_array(file, f"{_TYPES.get(name, 'float3')}[] {NAMES[name]}", made, count)
    file.write(
        f"    uniform int {DEGREE} = {gaussians.degree}\n".encode()
        + b'    uniform token projectionModeHint = "perspective"\n'
        + b'    uniform token sortingModeHint = "cameraDistance"\n}\n'
    )


def _write_array(file: IO[bytes], label: str, made: Callable[[slice], NDArray[Any]], count: int) -> None:
    file.write(f"    {label} = [".encode())
    for part in bands(count, _ROWS):
        file.write((b", " if part.start else b"") + _tuples(made(part)))
    file.write(b"]\n")


def _tuples(numbers: NDArray[np.floating]) -> bytes:
    """Rows as USD writes them, each number as short as float32 allows."""
    words = np.asarray(numbers, np.float32).astype("U16").tolist()
    rows = (", ".join(row) if len(row) == 1 else f"({', '.join(row)})" for row in words)
    return ", ".join(rows).encode()


def read(path: Path) -> Gaussians:
    """The scene of a .usdz. What is not plain text with one field is left to OpenUSD, where it is installed.

    Raises `BadSplats`.
    """
    text = _first_file(path)
    if text.startswith(b"#usda 1.0") and _is_plain(text):
        return _read_text(text, path.name)
    del text
    from lucida.gaussians.files.usd_stage import read_stage  # usd-core is an extra

    return read_stage(path)


def _first_file(path: Path) -> bytes:
    """The package's root layer, if all that the package says of itself is so."""
    name, size = path.name, path.stat().st_size
    with path.open("rb") as opened:
        try:
            package = zipfile.ZipFile(opened)
            files = package.infolist()
            if not files or files[0].compress_type != zipfile.ZIP_STORED or files[0].file_size > size:
                raise BadSplats(f"{name} is no .usdz: its first file is missing or compressed.")
            return package.read(files[0])
        except (*_NO_ZIP, OSError):  # a place in the file that cannot be
            raise BadSplats(f"{name} is no .usdz, or cut off or damaged.") from None


def _is_plain(text: bytes) -> bool:
    prims = _PRIMS.findall(text)
    return (
        prims.count(PRIM.encode()) == 1
        and set(prims) <= {PRIM.encode(), b"Xform", b"Scope"}
        and not _COMPOSED.search(text)
        and b"half" not in text
        and all(len(_found(text, name)) <= 1 for name in NAMES)
    )


def _found(text: bytes, name: str) -> list[re.Match[bytes]]:
    label = rf"^\s*{_TYPES.get(name, 'float3')}\[\]\s+{NAMES[name]}\s*=\s*\["
    return list(re.finditer(label.encode(), text, re.MULTILINE))


def _read_text(text: bytes, name: str) -> Gaussians:
    degree = re.search(rb"^\s*uniform int radiance:sphericalHarmonicsDegree\s*=\s*(\d{1,3})\s*$", text, re.MULTILINE)
    up = re.search(rb'^\s*upAxis\s*=\s*"(\w)"', text[:_HEAD], re.MULTILINE)
    numbers = {attribute: _array(text, attribute, name) for attribute in NAMES}
    gaussians = assembled(numbers, int(degree[1]) if degree else 3, name)
    return from_up_axis(gaussians, up[1].decode() if up else "Y", name)


def _array(text: bytes, attribute: str, name: str) -> NDArray[np.float32] | None:
    """The numbers (n, width) of an attribute, taken from the text piece by piece."""
    found = _found(text, attribute)
    if not found:
        return None
    at, end = found[0].end(), text.find(b"]", found[0].end())
    width = _WIDTHS[attribute]
    numbers = np.empty(text.count(b",", at, end) + 1 if text[at:end].strip() else 0, np.float32)
    filled = 0
    try:
        with np.errstate(over="ignore"):
            while end >= 0 and at < end and len(numbers):
                stop = end if end - at <= _TEXT else text.rfind(b",", at, at + _TEXT) + 1
                words = text[at : stop if stop > at else end].translate(None, b"() \t\r\n").rstrip(b",").split(b",")
                numbers[filled : filled + len(words)] = [float(word) for word in words]
                filled += len(words)
                at = stop if stop > at else end
    except ValueError:
        filled = -1
    if end < 0 or filled != len(numbers) or filled % width:
        raise BadSplats(f"{name} is damaged: its {attribute} are not lists of {width} numbers.")
    return numbers.reshape(-1, width)


def assembled(numbers: dict[str, NDArray[np.float32] | None], degree: int, name: str) -> Gaussians:
    """A scene from a field's attributes: too long ones are cut, too short or missing ones have the schema's values."""
    positions = numbers["positions"]
    if positions is None or not len(positions):
        raise BadSplats(f"{name} has no Gaussians: its field has no positions.")
    if degree >= len(COEFFICIENTS):
        raise BadSplats(f"{name} has spherical harmonics of degree {degree}; up to 3 can be read.")
    count = len(positions)

    def whole(attribute: str, each: int = 1) -> NDArray[np.float32] | None:
        rows = numbers[attribute]
        return None if rows is None or len(rows) < count * each else rows[: count * each]

    harmonics = whole("harmonics", COEFFICIENTS[degree])
    gaussians = empty(count, 0 if harmonics is None else degree)
    gaussians.means[:] = positions
    gaussians.harmonics[:] = 0 if harmonics is None else harmonics.reshape(count, -1, 3)
    orientations, scales, opacities = whole("orientations"), whole("scales"), whole("opacities")
    gaussians.quaternions[:] = (1, 0, 0, 0) if orientations is None else orientations
    for part in bands(count, BLOCK):
        gaussians.log_scales[part] = 0 if scales is None else logarithms(scales[part])
        gaussians.opacity_logits[part] = logits(np.ones(1) if opacities is None else opacities[part, 0])
    return sound(gaussians, name)


def from_up_axis(gaussians: Gaussians, axis: str, name: str) -> Gaussians:
    """To a scene's axes, from those of a stage whose up is Y or Z."""
    if axis not in ("Y", "Z"):
        raise BadSplats(f"{name} has the up axis {axis}; Y and Z can be read.")
    return from_y_up(gaussians) if axis == "Y" else upright(replace(gaussians, up=(0.0, 0.0, 1.0)))
