"""Square views of a cube map, wider than a face, and the way back from a view onto the faces it sees.

A view looks along the axis of a face with that face's right and up; `extent` is the tangent of half its field of view,
1 for the face itself. Its pixels (j + ½) / S run from −extent to extent.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from lucida.geometry.cubemap import FORWARD, RIGHT, UP


def view_axes(face: int) -> NDArray[np.float64]:
    """Right, up and ahead (3, 3) of the view along a face."""
    return np.stack([RIGHT[face], UP[face], FORWARD[face]])


def look(faces: NDArray[Any], face: int, extent: float, size: int) -> NDArray[np.float32]:
    """The view (S, S) or (S, S, C) along a face of a cube map (6, N, N) or (6, N, N, C), bilinear within each face."""
    count = faces.shape[1]
    span = ((2 * np.arange(size) + 1) / size - 1) * extent
    across, upward = np.meshgrid(span, -span)
    out = np.zeros((size, size, *faces.shape[3:]), np.float32)
    for other in range(6):
        if other == face ^ 1:  # behind
            continue
        ahead, right, up = (_along(axis[other], face, across, upward) for axis in (FORWARD, RIGHT, UP))
        seen = (ahead > 0) & (np.maximum(np.abs(right), np.abs(up)) <= ahead * (1 + 1e-9))
        rows, columns = np.flatnonzero(seen.any(1)), np.flatnonzero(seen.any(0))
        if len(rows) == 0:
            continue
        part = slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1)
        depth = np.where(ahead[part] > 0, ahead[part], 1)
        x = ((right[part] / depth + 1) / 2 * count - 0.5).astype(np.float32)
        y = ((1 - up[part] / depth) / 2 * count - 0.5).astype(np.float32)
        shown = cv2.remap(np.ascontiguousarray(faces[other]), x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        here = seen[part]
        out[part][here] = np.asarray(shown, np.float32)[here]
    return out


def _along(
    axis: NDArray[np.float64], face: int, across: NDArray[np.floating], upward: NDArray[np.floating]
) -> NDArray[np.float64]:
    right, up, ahead = view_axes(face) @ axis
    return np.asarray(right * across + up * upward + ahead)


class Patch(NamedTuple):
    """Part of a face that a view sees: where it lies, and the view's positions x, y (h, w) from −extent to extent."""

    face: int
    rows: slice
    columns: slice
    x: NDArray[np.float32]
    y: NDArray[np.float32]


def patches(face: int, extent: float, count: int) -> Iterator[Patch]:
    """The parts of the faces of a cube map (6, N, N, …) that the view along a face sees."""
    span = (2 * np.arange(count) + 1) / count - 1
    near = np.flatnonzero(span * extent >= 1)  # of a neighbour: as near to the axis as the view reaches
    for other in range(6):
        if other == face ^ 1:
            continue
        rows, columns = slice(0, count), slice(0, count)
        if other != face:
            toward = FORWARD[face]
            if (side := int(toward @ RIGHT[other])) != 0:
                columns = _edge(near, count, side > 0)
            else:
                rows = _edge(near, count, int(toward @ UP[other]) < 0)
        if rows.stop <= rows.start or columns.stop <= columns.start:
            continue
        across, upward = np.meshgrid(span[columns], -span[rows])
        right, up, ahead = (_along(axis, other, across, upward) for axis in view_axes(face))
        yield Patch(other, rows, columns, (right / ahead).astype(np.float32), (up / ahead).astype(np.float32))


def _edge(near: NDArray[np.intp], count: int, last: bool) -> slice:
    if len(near) == 0:
        return slice(0, 0)
    return slice(int(near[0]), count) if last else slice(0, count - int(near[0]))


def on_patch(view: NDArray[Any], patch: Patch, extent: float) -> NDArray[np.float32]:
    """What a view (S, S, C) shows on a patch (h, w, C), bilinear; beyond its border its rim goes on."""
    size = view.shape[0]
    x, y = (patch.x / extent + 1) / 2 * size - 0.5, (1 - patch.y / extent) / 2 * size - 0.5
    return np.asarray(cv2.remap(view, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE), np.float32)
