"""ICC profiles of photos: from code values to linear Rec.709, without a stop at 8 bits.

ICC.1:2022 (profile version 4.4); section numbers below are that document's.
"""

from __future__ import annotations

import struct

import numpy as np
from numpy.typing import NDArray

from lucida.imaging.colour import D50_XYZ, REC709, bradford, rgb_to_xyz
from lucida.imaging.colour_transform import CURVE_STEPS, ColourTransform

MOST_STEPS = 65_536  # of a curve: one for each code value there is
LONGEST_NAME = 100


class BrokenProfile(ValueError):
    """The profile cannot be read, or holds nothing that can be used here."""


def read_profile(profile: bytes) -> ColourTransform:
    """The transform of an RGB or grey profile made of curves and a matrix (section 8.3.3 and 8.3.2 "three-component").

    Raises `BrokenProfile` for anything else: other colour spaces, tables only, damage.
    """
    try:
        return _read(profile)
    except (struct.error, IndexError, OverflowError, FloatingPointError, np.linalg.LinAlgError) as error:
        raise BrokenProfile("the colour profile is damaged") from error


def _read(profile: bytes) -> ColourTransform:
    if len(profile) < 132 or profile[36:40] != b"acsp":
        raise BrokenProfile("the colour profile is damaged")
    space, connection = profile[16:20], profile[20:24]
    whole = memoryview(profile)  # tags may lie on each other
    tags = {
        profile[at : at + 4]: whole[slice(*_extent(profile, at))]
        for at in range(132, 132 + 12 * min(struct.unpack_from(">I", profile, 128)[0], 100), 12)
    }
    name = _description(tags.get(b"desc", whole[:0]))[:LONGEST_NAME] or "unnamed profile"
    if space == b"GRAY" and b"kTRC" in tags:
        curve = _curve(tags[b"kTRC"])
        return ColourTransform(name, curve, curve, curve, np.eye(3))
    wanted = (b"rTRC", b"gTRC", b"bTRC", b"rXYZ", b"gXYZ", b"bXYZ")
    if space != b"RGB " or connection != b"XYZ " or any(tag not in tags for tag in wanted):
        raise BrokenProfile("the colour profile is not made of curves and a matrix")
    colorants = np.array([_xyz(tags[tag]) for tag in wanted[3:]]).T
    to_xyz = rgb_to_xyz(REC709)
    matrix = np.linalg.solve(to_xyz, bradford(D50_XYZ, to_xyz.sum(1)) @ colorants)
    white = matrix.sum(1)
    if np.abs(white - 1).max() < 0.02:
        matrix /= white[:, None]  # colorants are rounded to 1/65536: grey is to stay exactly grey
    if not np.isfinite(matrix).all() or abs(np.linalg.det(matrix)) < 1e-3:
        raise BrokenProfile("the colour profile is damaged")
    if np.abs(matrix - np.eye(3)).max() < 2e-3:
        matrix = np.eye(3)  # Rec.709 itself, as profile makers round it
    red, green, blue = (_curve(tags[tag]) for tag in wanted[:3])
    return ColourTransform(name, red, green, blue, matrix)


def _extent(profile: bytes, at: int) -> tuple[int, int]:
    offset, size = struct.unpack_from(">II", profile, at + 4)
    return offset, offset + size


def _xyz(tag: memoryview) -> NDArray[np.float64]:
    """XYZType, section 10.31."""
    return np.array(struct.unpack_from(">3i", tag, 8)) / 65536


def _curve(tag: memoryview) -> NDArray[np.float64]:
    """curveType (section 10.6) or parametricCurveType (10.18) as samples over code values 0 to 1."""
    code = np.linspace(0, 1, CURVE_STEPS)
    if bytes(tag[:4]) == b"curv":
        (count,) = struct.unpack_from(">I", tag, 8)
        if count == 0:
            return np.array([0.0, 1.0])
        if count > MOST_STEPS:
            raise BrokenProfile("the colour profile has a curve of too many steps")
        if count == 1:
            return np.asarray(code ** (struct.unpack_from(">H", tag, 12)[0] / 256))
        return np.array(struct.unpack_from(f">{count}H", tag, 12)) / 65535
    if bytes(tag[:4]) != b"para":
        raise BrokenProfile("the colour profile has a curve of an unknown kind")
    (kind,) = struct.unpack_from(">H", tag, 8)
    counts = {0: 1, 1: 3, 2: 4, 3: 5, 4: 7}
    if kind not in counts:
        raise BrokenProfile("the colour profile has a curve of an unknown kind")
    numbers = [number / 65536 for number in struct.unpack_from(f">{counts[kind]}i", tag, 12)]
    g, a, b, c, d, e, f = _parameters(kind, numbers)
    if g <= 0:
        raise BrokenProfile("the colour profile has a curve that falls")
    with np.errstate(over="ignore"):  # which is full light
        above = np.maximum(a * code + b, 0) ** g + e
    return np.asarray(np.clip(np.where(code >= d, above, c * code + f), 0, 1))


def _parameters(kind: int, p: list[float]) -> tuple[float, ...]:
    """g a b c d e f of (a x + b)^g + e from d on and c x + f below, for each of the five function types."""
    if kind == 0:
        return (p[0], 1.0, 0.0, 0.0, 0.0, 0.0, 0.0)
    if kind in (1, 2):
        floor = p[3] if kind == 2 else 0.0
        return (p[0], p[1], p[2], 0.0, -p[2] / p[1] if p[1] else 0.0, floor, floor)
    return (*p, 0.0, 0.0) if kind == 3 else tuple(p)


def _description(tag: memoryview) -> str:
    """The text of textDescriptionType (version 2) or multiLocalizedUnicodeType (section 10.15)."""
    if bytes(tag[:4]) == b"desc":
        (length,) = struct.unpack_from(">I", tag, 8)
        return bytes(tag[12 : 12 + min(length, LONGEST_NAME)]).split(b"\0")[0].decode("latin-1").strip()
    if bytes(tag[:4]) == b"mluc":
        length, offset = struct.unpack_from(">II", tag, 20)
        text = bytes(tag[offset : offset + min(length, 2 * LONGEST_NAME)])
        return text.decode("utf-16-be", "replace").replace("\0", "").strip()
    return ""
