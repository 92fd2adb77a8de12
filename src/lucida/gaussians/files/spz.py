"""A scene as SPZ (Niantic): about 20 bytes for each Gaussian before it is compressed, and its harmonics in 8 bits.

Version 3 is written, which viewers read; versions 2, 3 and 4 are read. 2 and 3 are one gzip stream, 4 is a header and a
zstd stream for each attribute. Positions are 24-bit fixed point, sizes and opacities 8 bits, rotations the smallest
three of four numbers. Its axes are x right, y up, z backward.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lucida.errors import BadSplats
from lucida.gaussians.files.axes import from_y_up, to_y_up
from lucida.gaussians.files.soundness import BLOCK, empty, logits, opacities_of, sound, unit
from lucida.gaussians.files.spz_streams import from_gzip, from_zstd
from lucida.gaussians.harmonics import COEFFICIENTS
from lucida.gaussians.scene import UP, Gaussians, transformed
from lucida.imaging.kernels import bands

Bytes = NDArray[np.uint8]
FRACTION_BITS = 12
"""Of a position; fewer where a scene reaches beyond ±2048."""
SIZE_STEP, SIZE_LOW, SIZE_HIGH = 1 / 16, -10.0, -10 + 255 / 16
"""Of the logarithm of a size."""
OPACITY = 255
COLOUR_STEP = 1 / (0.15 * 255)
"""Of a harmonic of degree 0, which lies within ±3.33."""
HARMONICS_BITS = (5, 4, 4)
"""Of degree 1, 2 and 3, which lie within ±1: what Niantic's own program keeps."""
ROTATION_DEGREES = 0.25
"""How far a rotation may be off: each of its smallest numbers by √½ / 1022."""
_MAGIC = 0x5053474E  # NGSP
_AXES = 0xADBE0003  # SPZ_ADOBE_coordinate_system
# Where x, y and z lead: left or right, up or down, front or back; numbered from 1.
_SYSTEMS = (
    "LDB", "RDB", "LUB", "RUB", "LDF", "RDF", "LUF", "RUF", "LFD", "RFD", "LFU", "RFU", "LBD", "RBD", "LBU", "RBU"
)  # fmt: skip
_TOWARDS = {"R": (1, 0, 0), "L": (-1, 0, 0), "D": (0, 1, 0), "U": (0, -1, 0), "F": (0, 0, 1), "B": (0, 0, -1)}


def write(gaussians: Gaussians, path: Path) -> None:
    """Version 3. The scene is one that `check` let pass."""
    gaussians = to_y_up(gaussians)
    reach = float(np.abs(gaussians.means).max())
    bits = next((bits for bits in range(FRACTION_BITS, -1, -1) if reach * 2**bits < 2**23 - 1), None)
    if bits is None:
        raise BadSplats(f"The scene reaches to {reach:.3g}, and SPZ to 8388607; make it smaller or write a .ply.")
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    with path.open("wb") as file:
        head = struct.pack("<IIIBBBB", _MAGIC, 3, len(gaussians), gaussians.degree, bits, 0, 0)
        file.write(packer.compress(head))
        for part in _packed(gaussians, bits):
            file.write(packer.compress(part.data))
        file.write(packer.flush())


def _packed(gaussians: Gaussians, bits: int) -> Iterator[Bytes]:
    """Attribute by attribute, block by block."""
    parts = [slice(band.start, band.stop) for band in bands(len(gaussians), BLOCK)]
    for part in parts:
        fixed = np.rint(gaussians.means[part].astype(np.float64) * 2**bits).astype("<i4")
        yield np.ascontiguousarray(fixed.view(np.uint8).reshape(-1, 4)[:, :3])
    for part in parts:
        yield _byte(opacities_of(gaussians.opacity_logits[part]) * OPACITY)
    for part in parts:
        yield _byte(gaussians.harmonics[part, 0] / COLOUR_STEP + 127.5)
    for part in parts:
        yield _byte((gaussians.log_scales[part] - SIZE_LOW) / SIZE_STEP)
    for part in parts:
        yield _pack_rotations(gaussians.quaternions[part]).view(np.uint8)
    if gaussians.degree:
        bucket = np.repeat([2 ** (8 - kept) for kept in HARMONICS_BITS], (3, 5, 7))[: gaussians.harmonics.shape[1] - 1]
        for part in parts:
            code = np.rint(np.clip(gaussians.harmonics[part, 1:], -2, 2) * 128) + 128
            yield _byte((code + bucket[:, None] // 2) // bucket[:, None] * bucket[:, None])


def _byte(numbers: NDArray[np.floating]) -> Bytes:
    return np.ascontiguousarray(np.clip(np.rint(numbers), 0, 255), np.uint8)


def _pack_rotations(quaternions: NDArray[np.floating]) -> NDArray[np.uint32]:
    """Of x, y, z, w: which is the largest, and of the others, the first highest, a sign and nine bits."""
    turned = np.roll(unit(quaternions), -1, 1)
    largest = np.abs(turned).argmax(1)
    turned *= np.where(np.take_along_axis(turned, largest[:, None], 1) < 0, -1, 1)
    others = turned[np.arange(4) != largest[:, None]].reshape(-1, 3)
    codes = (others < 0).astype(np.uint32) << 9 | np.rint(np.abs(others) * (511 * np.sqrt(2))).astype(np.uint32)
    a, b, c = codes.T
    return np.asarray(largest.astype(np.uint32) << 30 | a << 20 | b << 10 | c, "<u4")


def _unpack_rotations(packed: NDArray[np.uint32]) -> NDArray[np.float64]:
    codes = np.stack([packed >> shift & 1023 for shift in (20, 10, 0)], -1)
    others = np.where(codes >> 9, -1, 1) * (codes & 511) / (511 * np.sqrt(2))
    turned = np.empty((len(packed), 4))
    largest = (packed >> 30).astype(np.intp)
    turned[np.arange(4) != largest[:, None]] = others.ravel()
    np.put_along_axis(turned, largest[:, None], np.sqrt(np.maximum(0, 1 - (others**2).sum(1)))[:, None], 1)
    return np.roll(turned, 1, 1)


def _unpack_first_three(packed: Bytes) -> NDArray[np.float64]:
    """Version 2: x, y and z in 8 bits, w the positive rest."""
    xyz = packed.reshape(-1, 3) / 127.5 - 1
    rest = np.sqrt(np.maximum(0, 1 - (xyz**2).sum(1)))
    return np.hstack([rest[:, None], xyz])


def read(path: Path) -> Gaussians:
    """Raises `BadSplats`."""
    packed, name = path.read_bytes(), path.name
    if packed[:4] == struct.pack("<I", _MAGIC):
        head = packed[:32].ljust(32, b"\0")
        version, count, degree, bits, flags, sizes = _header(head, (4,), name)
        table = struct.unpack_from("<I", head, 16)[0]
        streams = from_zstd(packed, table, head[15], sizes, name)
        extensions = packed[32:table]
    elif packed[:2] == b"\x1f\x8b":
        (start,), _ = from_gzip(packed, [16], name)
        version, count, degree, bits, flags, sizes = _header(start.tobytes(), (2, 3), name)
        (_, *streams), extensions = from_gzip(packed, [16, *sizes], name)
    else:
        raise BadSplats(f"{name} is no SPZ file: it begins neither as NGSP nor as gzip.")
    gaussians = _unpacked(streams, count, degree, bits, version)
    axes = _axes(extensions, name) if flags & 2 else "RUB"
    if axes == "RUB":
        return from_y_up(sound(gaussians, name))
    towards = np.array([_TOWARDS[letter] for letter in axes], np.float64).T
    if np.linalg.det(towards) < 0:
        raise BadSplats(f"{name} has the mirrored axes {axes}; save it with the axes RUB.")
    return replace(transformed(sound(gaussians, name), towards), up=UP)


def _header(head: bytes, versions: tuple[int, ...], name: str) -> tuple[int, int, int, int, int, list[int]]:
    """Version, count, degree, fraction's bits, flags, and the bytes of each attribute."""
    magic, version, count, degree, bits, flags = struct.unpack_from("<IIIBBB", head)
    if magic == _MAGIC and version in (2, 3) and version not in versions:
        raise BadSplats(
            f"{name} is an SPZ file of version {version} that is not compressed, as these are; pack it with gzip."
        )
    if magic != _MAGIC or version not in versions:
        raise BadSplats(f"{name} is an SPZ file of version {version}; 2, 3 and 4 can be read.")
    if degree >= len(COEFFICIENTS):
        raise BadSplats(f"{name} has spherical harmonics of degree {degree}; up to 3 can be read.")
    if not count:
        raise BadSplats(f"{name} has no Gaussians.")
    if bits > 24:
        raise BadSplats(f"{name} has positions with {bits} bits behind the point, of 24.")
    others = 3 * (COEFFICIENTS[degree] - 1)
    sizes = [count * each for each in (9, 1, 3, 3, 3 if version == 2 else 4, others) if each]
    return version, count, degree, bits, flags, sizes


def _axes(extensions: bytes, name: str) -> str:
    """The axes that an extension tells, else those of all SPZ files."""
    at = 0
    while at + 8 <= len(extensions):
        kind, size = struct.unpack_from("<II", extensions, at)
        if kind == _AXES and size == 4 and at + 12 <= len(extensions):
            system = struct.unpack_from("<I", extensions, at + 8)[0]
            if system > len(_SYSTEMS):
                raise BadSplats(f"{name} has axes of the unknown kind {system}; save it with the axes RUB.")
            return _SYSTEMS[system - 1] if system else "RUB"
        at += 8 + size
    return "RUB"


def _unpacked(streams: list[Bytes], count: int, degree: int, bits: int, version: int) -> Gaussians:
    gaussians = empty(count, degree)
    means, opacities, colours, sizes, rotations = (part.reshape(count, -1) for part in streams[:5])
    for band in bands(count, BLOCK):
        fixed = np.zeros((band.stop - band.start, 3, 4), np.uint8)
        fixed[..., 1:] = means[band].reshape(-1, 3, 3)  # into the high bytes, for the sign
        gaussians.means[band] = (fixed.view("<i4")[..., 0] >> 8) / 2.0**bits
        gaussians.opacity_logits[band] = logits(opacities[band, 0] / OPACITY)
        gaussians.harmonics[band, 0] = (colours[band] - 127.5) * COLOUR_STEP
        gaussians.log_scales[band] = sizes[band] * SIZE_STEP + SIZE_LOW
        if version == 2:
            gaussians.quaternions[band] = _unpack_first_three(rotations[band])
        else:
            packed = np.ascontiguousarray(rotations[band]).view("<u4")[:, 0]
            gaussians.quaternions[band] = _unpack_rotations(packed)
        if degree:
            others = streams[5].reshape(count, -1, 3)[band]
            gaussians.harmonics[band, 1:] = (others.astype(np.float32) - 128) / 128
    return gaussians
