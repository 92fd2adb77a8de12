"""A scene as the compressed PLY of PlayCanvas and SuperSplat: 16 bytes for each Gaussian, and its harmonics in 8 bits.

256 Gaussians that lie together make a chunk, which says between which numbers its positions, logarithms of sizes and
colours lie. Position and size take 11, 10 and 11 bits, a rotation 2 for which of its four numbers is the largest and 10
for each of the others, a colour and an opacity 8 bits each.
"""

from __future__ import annotations

from dataclasses import replace
from io import BufferedReader
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lucida.errors import BadSplats
from lucida.gaussians.files.ply import rest_degree
from lucida.gaussians.files.ply_elements import Element, Header, read_header, rows, skip_to, vertical_axis
from lucida.gaussians.files.soundness import SMALLEST, empty, logits, opacities_of, sound, unit
from lucida.gaussians.harmonics import C0
from lucida.gaussians.scene import Gaussians, chosen

CHUNK = 256
CODES = np.array([2047, 1023, 2047])
"""Steps of x, y and z of a position or size between the chunk's smallest and largest."""
COLOUR = 255
ROTATION_DEGREES = 0.25
"""How far a rotation may be off: each of its smallest numbers by √½ / 1023."""
HARMONICS_RANGE, HARMONICS_STEP = 4.0, 8 / 256
"""Harmonics above degree 0 lie between −4 and 4."""
_SIZES = -SMALLEST
_CHUNK = [
    f"{end}_{label}"
    for labels in (("x", "y", "z"), ("scale_x", "scale_y", "scale_z"), ("r", "g", "b"))
    for end in ("min", "max")
    for label in labels
]
_PACKED = ["packed_position", "packed_rotation", "packed_scale", "packed_color"]
_CHUNKS_AT_ONCE = 256


def is_compressed(header: Header) -> bool:
    """Whether a PLY file with this header is one of these."""
    vertex = header.element("vertex")
    return header.element("chunk") is not None and vertex is not None and "packed_position" in vertex.properties


def morton_order(means: NDArray[np.floating]) -> NDArray[np.intp]:
    """Indices (N,) along a curve on which neighbours lie together: the bits of x, y and z in turn (Morton 1966)."""
    low = means.min(0).astype(np.float64)
    span = np.maximum(means.max(0) - low, 1e-30)
    code = np.zeros(len(means), np.uint64)
    for axis in range(3):
        bits = ((means[:, axis] - low[axis]) / span[axis] * (2**21 - 1)).astype(np.uint64)
        for shift, mask in (
            (32, 0x1F00000000FFFF),
            (16, 0x1F0000FF0000FF),
            (8, 0x100F00F00F00F00F),
            (4, 0x10C30C30C30C30C3),
            (2, 0x1249249249249249),
        ):
            bits = (bits | bits << np.uint64(shift)) & np.uint64(mask)
        code |= bits << np.uint64(axis)
    return np.argsort(code, kind="stable")


def write(gaussians: Gaussians, path: Path) -> None:
    """Gaussians change their order. The scene is one that `check` let pass."""
    count, rest = len(gaussians), 3 * (gaussians.harmonics.shape[1] - 1)
    order = morton_order(gaussians.means)
    chunks = -(-count // CHUNK)
    head = [
        "ply",
        "format binary_little_endian 1.0",
        *vertical_axis(gaussians.up),
        f"element chunk {chunks}",
        *(f"property float {label}" for label in _CHUNK),
        f"element vertex {count}",
        *(f"property uint {label}" for label in _PACKED),
        *([f"element sh {count}"] if rest else []),
        *(f"property uchar f_rest_{number}" for number in range(rest)),
        "end_header\n",
    ]
    vertices = np.empty((count, len(_PACKED)), "<u4")
    with path.open("wb") as file:
        file.write("\n".join(head).encode("ascii"))
        for first in range(0, count, CHUNK):
            last = min(first + CHUNK, count)
            bounds = _pack(chosen(gaussians, order[first:last]), vertices[first:last])
            file.write(bounds.astype("<f4").data)
        file.write(vertices.data)
        for first in range(0, count if rest else 0, CHUNK * _CHUNKS_AT_ONCE):
            some = gaussians.harmonics[order[first : first + CHUNK * _CHUNKS_AT_ONCE], 1:]
            code = np.floor((np.swapaxes(some, 1, 2) + HARMONICS_RANGE) / HARMONICS_STEP)
            file.write(np.ascontiguousarray(np.clip(code, 0, 255).astype(np.uint8)).data)


def _pack(some: Gaussians, packed: NDArray[np.uint32]) -> NDArray[np.float32]:
    """Fill in at most 256 Gaussians (n, 4); the bounds of their numbers (18,)."""
    sizes = np.clip(some.log_scales, -_SIZES, _SIZES)
    colours = 0.5 + C0 * some.harmonics[:, 0].astype(np.float64)
    bounds = [end for numbers in (some.means, sizes, colours) for end in (numbers.min(0), numbers.max(0))]
    stated = np.asarray(np.concatenate(bounds), np.float32)
    ends = stated.reshape(6, 3).astype(np.float64)
    packed[:, 0] = _joined(_steps(some.means, ends[0], ends[1], CODES))
    packed[:, 2] = _joined(_steps(sizes, ends[2], ends[3], CODES))
    r, g, b = _steps(colours, ends[4], ends[5], np.full(3, COLOUR)).T
    alpha = np.rint(opacities_of(some.opacity_logits) * COLOUR).astype(np.uint32)
    packed[:, 3] = r << 24 | g << 16 | b << 8 | alpha
    packed[:, 1] = _pack_rotations(some.quaternions)
    return stated


def _steps(
    numbers: NDArray[np.floating], low: NDArray[np.float64], high: NDArray[np.float64], codes: NDArray[np.int_]
) -> NDArray[np.uint32]:
    span = high - low
    share = np.divide(numbers - low, span, out=np.zeros(numbers.shape), where=span > 0)
    return np.asarray(np.rint(np.clip(share, 0, 1) * codes), np.uint32)


def _joined(steps: NDArray[np.uint32]) -> NDArray[np.uint32]:
    return np.asarray(steps[:, 0] << 21 | steps[:, 1] << 11 | steps[:, 2], np.uint32)


def _pack_rotations(quaternions: NDArray[np.floating]) -> NDArray[np.uint32]:
    turned = unit(quaternions)
    largest = np.abs(turned).argmax(1)
    turned *= np.where(np.take_along_axis(turned, largest[:, None], 1) < 0, -1, 1)
    others = turned[np.arange(4) != largest[:, None]].reshape(-1, 3)
    a, b, c = np.rint(np.clip(others * np.sqrt(0.5) + 0.5, 0, 1) * 1023).astype(np.uint32).T
    return np.asarray(largest.astype(np.uint32) << 30 | a << 20 | b << 10 | c, np.uint32)


def _unpack_rotations(packed: NDArray[np.uint32]) -> NDArray[np.float64]:
    others = np.stack([packed >> shift & 1023 for shift in (20, 10, 0)], -1)
    others = (others / 1023 - 0.5) * np.sqrt(2)
    largest = (packed >> 30).astype(np.intp)
    turned = np.empty((len(packed), 4))
    turned[np.arange(4) != largest[:, None]] = others.ravel()
    rest = np.sqrt(np.maximum(0, 1 - (others**2).sum(1)))
    np.put_along_axis(turned, largest[:, None], rest[:, None], 1)
    return turned


def read(path: Path) -> Gaussians:
    """With colours in its chunks or, as older files are, without. Raises `BadSplats`."""
    with path.open("rb") as file:
        return read_chunks(file, read_header(file, path.name), path)


def read_chunks(file: BufferedReader, header: Header, path: Path) -> Gaussians:
    """What stands behind a header."""
    size, begin, name = path.stat().st_size, file.tell(), path.name
    chunk, vertex, sh = (header.element(kind) for kind in ("chunk", "vertex", "sh"))
    if chunk is None or vertex is None or header.text:
        raise BadSplats(f"{name} is no compressed PLY: it must be binary and have chunks and vertices.")
    coloured = "min_r" in chunk.properties
    _must_have(chunk, _CHUNK if coloured else _CHUNK[:12], "f4", name)
    _must_have(vertex, _PACKED, "u4", name)
    if chunk.count != -(-vertex.count // CHUNK) or (sh is not None and sh.count != vertex.count):
        raise BadSplats(f"{name} has {chunk.count} chunks for {vertex.count} Gaussians; there is one for each 256.")
    degree = 0
    if sh is not None:
        degree = rest_degree(sh, name)
        _must_have(sh, list(sh.properties), "u1", name)
        skip_to(file, header, sh, size, name)  # does it fit, before anything is allocated
        file.seek(begin)
    skip_to(file, header, vertex, size, name)
    file.seek(begin)
    skip_to(file, header, chunk, size, name)
    bounds = np.empty((chunk.count, 6, 3), np.float32)
    bounds[:, 4], bounds[:, 5] = 0, 1
    for part, block in rows(file, header, chunk, name):
        for number, label in enumerate(_CHUNK if coloured else _CHUNK[:12]):
            bounds[part, number // 3, number % 3] = block[label]
    gaussians = empty(vertex.count, degree)
    file.seek(begin)
    skip_to(file, header, vertex, size, name)
    with np.errstate(over="ignore", invalid="ignore"):
        for part, block in rows(file, header, vertex, name):
            _unpack(gaussians, part, block, bounds)
    if sh is not None:
        file.seek(begin)
        skip_to(file, header, sh, size, name)
        others = gaussians.harmonics.shape[1] - 1
        for part, block in rows(file, header, sh, name):
            for number in range(3 * others):
                gaussians.harmonics[part, 1 + number % others, number // others] = _harmonics(block[f"f_rest_{number}"])
    return replace(sound(gaussians, name), up=header.up)


def _must_have(element: Element, labels: list[str], kind: str, name: str) -> None:
    for label in labels:
        if not element.properties.get(label, "").endswith(kind):
            raise BadSplats(
                f"{name} is no compressed PLY: its {element.name} lacks {label}, or has it in another type."
            )


def _unpack(gaussians: Gaussians, part: slice, block: NDArray[Any], bounds: NDArray[np.float32]) -> None:
    own = bounds[np.arange(part.start, part.stop) // CHUNK].astype(np.float64)

    def between(low: int, steps: NDArray[np.floating]) -> NDArray[np.float64]:
        return np.asarray(own[:, low] * (1 - steps) + own[:, low + 1] * steps)

    def split(packed: NDArray[np.uint32]) -> NDArray[np.float64]:
        return np.asarray(np.stack([packed >> 21, packed >> 11 & 1023, packed & 2047], -1) / CODES)

    packed = {label: block[label].astype(np.uint32) for label in _PACKED}
    gaussians.means[part] = between(0, split(packed["packed_position"]))
    gaussians.log_scales[part] = between(2, split(packed["packed_scale"]))
    gaussians.quaternions[part] = _unpack_rotations(packed["packed_rotation"])
    rgba = np.stack([packed["packed_color"] >> shift & 255 for shift in (24, 16, 8, 0)], -1) / COLOUR
    gaussians.harmonics[part, 0] = (between(4, rgba[:, :3]) - 0.5) / C0
    gaussians.opacity_logits[part] = logits(rgba[:, 3])


def _harmonics(code: NDArray[np.uint8]) -> NDArray[np.float32]:
    """The middle of a step, but for the first and the last, which are the ends."""
    middle = (code + np.float32(0.5)) * np.float32(HARMONICS_STEP) - np.float32(HARMONICS_RANGE)
    ends = np.where(code == 0, -HARMONICS_RANGE, HARMONICS_RANGE)
    return np.asarray(np.where((code > 0) & (code < 255), middle, ends), np.float32)
