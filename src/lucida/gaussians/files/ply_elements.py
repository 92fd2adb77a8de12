"""The header of a PLY file and the rows of its elements (Turk, "The PLY Polygon File Format", 1994).

Nothing is allocated before the header has been held against the size of the file.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from io import BufferedReader
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lucida.errors import BadSplats
from lucida.gaussians.files.soundness import BLOCK
from lucida.gaussians.scene import UP, Direction

LONGEST_HEADER = 1 << 16
"""Bytes; the largest headers of scenes have 3,000."""
_KINDS = {
    "char": "i1", "uchar": "u1", "short": "i2", "ushort": "u2", "int": "i4", "uint": "u4", "float": "f4",
    "double": "f8", "int8": "i1", "uint8": "u1", "int16": "i2", "uint16": "u2", "int32": "i4", "uint32": "u4",
    "float32": "f4", "float64": "f8",
}  # fmt: skip
_ENDIANS = {"ascii": "", "binary_little_endian": "<", "binary_big_endian": ">"}
_TEXT_ROWS = 1 << 12
_VERTICAL_AXIS = ["vertical", "axis:"]
_LETTERS: dict[str, Direction] = {"y": UP, "z": (0.0, 0.0, 1.0)}  # who writes y means what is up anyway


@dataclass(frozen=True)
class Element:
    """Rows of one kind: their number and the names and numpy types of their properties; `lists` where a row has any."""

    name: str
    count: int
    properties: dict[str, str]
    lists: bool = False

    @property
    def record(self) -> np.dtype[Any]:
        """A row in a binary file."""
        return np.dtype(list(self.properties.items()))


@dataclass(frozen=True)
class Header:
    """What a PLY file has, in order; rows are lines of text where `text`. A comment may say what is `up`."""

    text: bool
    elements: tuple[Element, ...]
    up: Direction = UP

    def element(self, name: str) -> Element | None:
        """The one of this name."""
        return next((element for element in self.elements if element.name == name), None)


def read_header(file: BufferedReader, name: str) -> Header:
    """Reads up to the first row. Raises `BadSplats` for what is no PLY header."""
    if file.readline(16).strip() != b"ply":
        raise BadSplats(f"{name} is no PLY file: it does not begin with the line “ply”.")
    endian: str | None = None
    elements: list[Element] = []
    up = UP
    while True:
        line = file.readline(LONGEST_HEADER)
        if not line.endswith(b"\n") or file.tell() > LONGEST_HEADER:
            raise BadSplats(f"{name} has a PLY header without an end; the file is cut off or no PLY.")
        match line.decode("ascii", "replace").split():
            case ["end_header"]:
                break
            case ["comment", vertical, axis, *direction] if [vertical.lower(), axis.lower()] == _VERTICAL_AXIS:
                up = _direction(direction) or up
            case [] | ["comment" | "obj_info", *_]:
                continue
            case ["format", form, "1.0"] if form in _ENDIANS and endian is None:
                endian = _ENDIANS[form]
            case ["element", kind, number] if endian is not None and number.isascii() and number.isdigit():
                if len(number) > 12 or any(element.name == kind for element in elements):
                    raise BadSplats(f"{name} has a PLY header that cannot be: {number} times {kind[:40]}.")
                elements.append(Element(kind, int(number), {}))
            case ["property", kind, label] if kind in _KINDS and elements and label not in elements[-1].properties:
                elements[-1].properties[label] = f"{endian}{_KINDS[kind]}"
            case ["property", "list", count, kind, _] if count in _KINDS and kind in _KINDS and elements:
                last = elements[-1]
                elements[-1] = Element(last.name, last.count, last.properties, lists=True)
            case words:
                raise BadSplats(f"{name} has a PLY header that cannot be read: “{' '.join(words)[:60]}”.")
    if endian is None:
        raise BadSplats(f"{name} has a PLY header that does not say its format.")
    return Header(endian == "", tuple(elements), up)


def vertical_axis(up: Direction) -> list[str]:
    """The line of a header that says what is up, as Brush writes it; none for what needs not be said."""
    x, y, z = (f"{number + 0.0:.6g}" for number in np.asarray(up) / np.linalg.norm(up))
    return [] if up == UP else [f"comment Vertical axis: {x} {y} {z}"]


def _direction(words: list[str]) -> Direction | None:
    """Of `0 0 1`, or `z` as nerfstudio writes it; None for what is no direction."""
    try:
        x, y, z = _LETTERS[words[0].lower()] if len(words) == 1 else (float(word) for word in words)
    except (KeyError, ValueError):
        return None
    return (x, y, z) if 1e-6 < np.linalg.norm((x, y, z)) < np.inf else None


def skip_to(file: BufferedReader, header: Header, wanted: Element, size: int, name: str) -> None:
    """From the first row to the first of an element of a file of `size` bytes.

    Raises `BadSplats` where the element does not fit into the file, or where lists stand before it.
    """
    for element in header.elements:
        if element.lists:
            raise BadSplats(f"{name} has lists in front of its Gaussians or in them; save it with the vertices first.")
        if element.name == wanted.name:
            break
        if header.text:
            for _ in range(min(element.count, size)):
                _line(file, name)
        else:
            file.seek(element.count * element.record.itemsize, 1)
    least = 2 * len(wanted.properties) if header.text else wanted.record.itemsize
    if wanted.count * least > max(size - file.tell(), 0) + header.text:  # the last line may lack its end
        raise BadSplats(f"{name} is cut off: its header speaks of {wanted.count} of {wanted.name}.")


def rows(file: BufferedReader, header: Header, element: Element, name: str) -> Iterator[tuple[slice, NDArray[Any]]]:
    """The element's rows, block by block, as structured arrays; text as float64. The file stands before the first."""
    if not header.text:
        for first in range(0, element.count, BLOCK):
            last = min(first + BLOCK, element.count)
            block = np.fromfile(file, element.record, last - first)
            if len(block) < last - first:
                raise BadSplats(f"{name} is cut off: its header speaks of {element.count} of {element.name}.")
            yield slice(first, last), block
        return
    record = np.dtype([(label, "f8") for label in element.properties])
    for first in range(0, element.count, _TEXT_ROWS):
        last = min(first + _TEXT_ROWS, element.count)
        table = np.empty((last - first, len(element.properties)))
        for row in table:
            words = _line(file, name).split()
            if len(words) != len(row):
                raise BadSplats(f"{name} has a line of {len(words)} numbers where {len(row)} are meant.")
            try:
                row[:] = [float(word) for word in words]
            except ValueError:
                raise BadSplats(f"{name} has a line with words where numbers are meant.") from None
        yield slice(first, last), table.view(record)[:, 0]


def _line(file: BufferedReader, name: str) -> bytes:
    line = file.readline(LONGEST_HEADER)
    if not line or len(line) == LONGEST_HEADER:
        raise BadSplats(f"{name} is cut off or has a line too long to be one of numbers.")
    return line
