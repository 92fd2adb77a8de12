"""A scene as the PLY file of 3D Gaussian Splatting (Kerbl et al. 2023): every parameter as it is trained, in float32.

The attributes and their order are those of the paper's own program, which readers depend on: positions, normals that
are 0, harmonics of degree 0, the other harmonics by colour channel first, opacity, size, rotation.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from io import BufferedReader
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lucida.errors import BadSplats
from lucida.gaussians.files.ply_elements import Element, Header, read_header, rows, skip_to, vertical_axis
from lucida.gaussians.files.soundness import BLOCK, empty, sound
from lucida.gaussians.harmonics import COEFFICIENTS
from lucida.gaussians.scene import Gaussians

_REST = {3 * (count - 1): degree for degree, count in enumerate(COEFFICIENTS)}


def attributes(degree: int) -> list[str]:
    """The names of what a Gaussian has in the file, in order."""
    rest = 3 * (COEFFICIENTS[degree] - 1)
    return [
        *("x", "y", "z", "nx", "ny", "nz"),
        *(f"f_dc_{channel}" for channel in range(3)),
        *(f"f_rest_{number}" for number in range(rest)),
        "opacity",
        *(f"scale_{axis}" for axis in range(3)),
        *(f"rot_{part}" for part in range(4)),
    ]


def write(gaussians: Gaussians, path: Path) -> None:
    """Binary and little-endian. The scene is one that `check` let pass."""
    names = attributes(gaussians.degree)
    head = [
        "ply",
        "format binary_little_endian 1.0",
        *vertical_axis(gaussians.up),
        f"element vertex {len(gaussians)}",
        *(f"property float {name}" for name in names),
        "end_header\n",
    ]
    with path.open("wb") as file:
        file.write("\n".join(head).encode("ascii"))
        for first in range(0, len(gaussians), BLOCK):
            part = slice(first, first + BLOCK)
            rest = np.swapaxes(gaussians.harmonics[part, 1:], 1, 2)
            count = len(rest)
            columns = (
                gaussians.means[part],
                np.zeros((count, 3)),
                gaussians.harmonics[part, 0],
                rest.reshape(count, -1),
                gaussians.opacity_logits[part, None],
                gaussians.log_scales[part],
                gaussians.quaternions[part],
            )
            file.write(np.hstack(columns).astype("<f4").data)


def read(path: Path) -> Gaussians:
    """Attributes in any order, others are left alone. Raises `BadSplats`."""
    with path.open("rb") as file:
        return read_vertices(file, read_header(file, path.name), path)


def read_vertices(file: BufferedReader, header: Header, path: Path) -> Gaussians:
    """What stands behind a header."""
    vertex = header.element("vertex")
    if vertex is None:
        raise BadSplats(f"{path.name} has no vertices, so no Gaussians.")
    degree = rest_degree(vertex, path.name)
    missing = [name for name in attributes(degree) if name not in vertex.properties and name not in ("nx", "ny", "nz")]
    if missing:
        raise BadSplats(f"{path.name} lacks {missing[0]}: it holds points or a mesh, and no Gaussians.")
    skip_to(file, header, vertex, path.stat().st_size, path.name)
    gaussians = empty(vertex.count, degree)
    with np.errstate(over="ignore", invalid="ignore"):
        for part, block in rows(file, header, vertex, path.name):
            _fill(gaussians, part, block)
    return replace(sound(gaussians, path.name), up=header.up)


def rest_degree(element: Element, name: str) -> int:
    """Of the harmonics that `f_rest_0` to the last make up."""
    count = sum(label.startswith("f_rest_") for label in element.properties)
    if count not in _REST or any(f"f_rest_{number}" not in element.properties for number in range(count)):
        raise BadSplats(f"{name} has {count} f_rest_ numbers for each Gaussian; 0, 9, 24 or 45 can be read.")
    return _REST[count]


def _fill(gaussians: Gaussians, part: slice, block: NDArray[Any] | Mapping[str, NDArray[Any]]) -> None:
    for axis, label in enumerate("xyz"):
        gaussians.means[part, axis] = block[label]
        gaussians.log_scales[part, axis] = block[f"scale_{axis}"]
    for turn in range(4):
        gaussians.quaternions[part, turn] = block[f"rot_{turn}"]
    gaussians.opacity_logits[part] = block["opacity"]
    others = gaussians.harmonics.shape[1] - 1
    for channel in range(3):
        gaussians.harmonics[part, 0, channel] = block[f"f_dc_{channel}"]
        for number in range(others):
            gaussians.harmonics[part, 1 + number, channel] = block[f"f_rest_{channel * others + number}"]
