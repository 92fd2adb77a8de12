"""Cube maps: six faces seen from inside, and the way across their edges.

Faces are (6, N, N, C) in the order of `FACES`, each named by the axis at its centre. Pixel centres lie at
(j + ½) / N; a face's columns run along `RIGHT`, its rows against `UP`. The four sides have +y up, `py` has +z up
(its bottom edge meets `nz`), `ny` has −z up (its top edge meets `nz`).
"""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from lucida.geometry.sphere import latitudes, longitudes
from lucida.imaging.kernels import jit, warm_up

FACES = ("px", "nx", "py", "ny", "pz", "nz")
FORWARD = np.array([[1, 0, 0], [-1, 0, 0], [0, 1, 0], [0, -1, 0], [0, 0, 1], [0, 0, -1]], np.float64)
RIGHT = np.array([[0, 0, 1], [0, 0, -1], [1, 0, 0], [1, 0, 0], [-1, 0, 0], [1, 0, 0]], np.float64)
UP = np.array([[0, 1, 0], [0, 1, 0], [0, 0, 1], [0, 0, -1], [0, 1, 0], [0, 1, 0]], np.float64)


def face_directions(face: int, size: int) -> NDArray[np.float64]:
    """Unit directions (N, N, 3) of a face's pixel centres."""
    across = (2 * np.arange(size) + 1) / size - 1
    ray = FORWARD[face] + across[None, :, None] * RIGHT[face] - across[:, None, None] * UP[face]
    return np.asarray(ray / np.linalg.norm(ray, axis=-1, keepdims=True))


def face_pixel(
    direction: NDArray[np.floating], size: int
) -> tuple[NDArray[np.intp], NDArray[np.float64], NDArray[np.float64]]:
    """The face that directions (..., 3) meet, and where: x, y with the first pixel's centre at (½, ½)."""
    facing = np.asarray(direction, np.float64) @ FORWARD.T
    face = facing.argmax(-1)
    depth = np.take_along_axis(facing, face[..., None], -1)[..., 0]
    across = (direction * RIGHT[face]).sum(-1) / depth
    upward = (direction * UP[face]).sum(-1) / depth
    return face, (across + 1) / 2 * size, (1 - upward) / 2 * size


def _within(faces: NDArray[np.float32] | NDArray[np.uint8], direction: NDArray[np.floating]) -> NDArray[np.float64]:
    """Bilinear values along directions, each from the pixels of its own face alone."""
    size = faces.shape[1]
    face, x, y = face_pixel(direction, size)
    x, y = np.clip(x - 0.5, 0, size - 1), np.clip(y - 0.5, 0, size - 1)
    j, i = np.minimum(x.astype(np.intp), size - 2), np.minimum(y.astype(np.intp), size - 2)
    s, t = (x - j)[..., None], (y - i)[..., None]
    upper = faces[face, i, j] * (1 - s) + faces[face, i, j + 1] * s
    lower = faces[face, i + 1, j] * (1 - s) + faces[face, i + 1, j + 1] * s
    return np.asarray(upper * (1 - t) + lower * t)


def borders(faces: NDArray[np.float32] | NDArray[np.uint8]) -> NDArray[np.float32]:
    """What lies one pixel beyond each face's edges: float32 (6, 4, N + 2, C), rows top, bottom, columns left, right.

    Interpolated in the neighbours along the true directions of those pixels; a corner, which no face has, is the mean
    of the three pixels that meet there.
    """
    size = faces.shape[1]
    span = (2 * np.arange(-1, size + 1) + 1) / size - 1  # N + 2 pixel centres, the outer two beyond the face
    first, last = span[0], span[-1]
    edges = (
        (span, np.full_like(span, -first)),
        (span, np.full_like(span, -last)),
        (np.full_like(span, first), -span),
        (np.full_like(span, last), -span),
    )
    beyond = np.empty((6, 4, size + 2, faces.shape[3]), np.float32)
    for face in range(6):
        for edge, (across, upward) in enumerate(edges):
            ray = FORWARD[face] + across[:, None] * RIGHT[face] + upward[:, None] * UP[face]
            beyond[face, edge] = _within(faces, ray)
    for face in range(6):
        for edge in range(4):
            for end in (0, -1):
                row = (0, -1, end, end)[edge]
                column = (end, end, 0, -1)[edge]
                own = faces[face, row, column]
                # Next to the corner, the strips hold the two neighbours' pixels there.
                beside = beyond[face, edge, 1 if end == 0 else -2]
                other = beyond[face, (2 if end == 0 else 3) if edge < 2 else (0 if end == 0 else 1)]
                other = other[1 if edge in (0, 2) else -2]
                beyond[face, edge, end] = (own + beside + other) / 3
    return beyond


def sample_reference(faces: NDArray[np.float32], direction: NDArray[np.floating]) -> NDArray[np.float32]:
    """Bilinear values (..., C) of a cube map along directions (..., 3), across its edges; slow and readable."""
    size = faces.shape[1]
    beyond = borders(faces)
    padded = np.zeros((6, size + 2, size + 2, faces.shape[3]), np.float64)
    padded[:, 0], padded[:, -1], padded[:, :, 0], padded[:, :, -1] = (beyond[:, edge] for edge in range(4))
    padded[:, 1:-1, 1:-1] = faces
    face, x, y = face_pixel(direction, size)
    x, y = x + 0.5, y + 0.5
    j, i = np.floor(x).astype(np.intp), np.floor(y).astype(np.intp)
    s, t = (x - j)[..., None], (y - i)[..., None]
    j_next, i_next = np.minimum(j + 1, size + 1), np.minimum(i + 1, size + 1)
    upper = padded[face, i, j] * (1 - s) + padded[face, i, j_next] * s
    lower = padded[face, i_next, j] * (1 - s) + padded[face, i_next, j_next] * s
    return np.asarray(upper * (1 - t) + lower * t, np.float32)


@jit
def _pixel(
    faces: NDArray[np.float32], beyond: NDArray[np.float32], face: int, i: int, j: int, channel: int
) -> np.float32:
    size = faces.shape[1]
    if i < 0:
        value: np.float32 = beyond[face, 0, j + 1, channel]
    elif i >= size:
        value = beyond[face, 1, j + 1, channel]
    elif j < 0:
        value = beyond[face, 2, i + 1, channel]
    elif j >= size:
        value = beyond[face, 3, i + 1, channel]
    else:
        value = faces[face, i, j, channel]
    return value


@jit
def _look(
    sin_lon: NDArray[np.float32],
    cos_lon: NDArray[np.float32],
    sin_lat: np.float32,
    cos_lat: np.float32,
    turned: NDArray[np.float32],
    size: int,
    face: NDArray[np.int32],
    row: NDArray[np.int32],
    column: NDArray[np.int32],
    share: NDArray[np.float32],
) -> None:
    """Where a row of directions meets the cube: face, upper left pixel and shares (n, 2) of the right and lower one."""
    one, half, faces_half = np.float32(1), np.float32(0.5), np.float32(0.5) * np.float32(size)
    r00, r01, r02 = turned[0, 0], turned[0, 1], turned[0, 2]
    r10, r11, r12 = turned[1, 0], turned[1, 1], turned[1, 2]
    r20, r21, r22 = turned[2, 0], turned[2, 1], turned[2, 2]
    for n in range(len(face)):  # written as selections, not branches, so that it vectorises
        dx, dy, dz = cos_lat * sin_lon[n], sin_lat, -cos_lat * cos_lon[n]
        x = r00 * dx + r01 * dy + r02 * dz
        y = r10 * dx + r11 * dy + r12 * dz
        z = r20 * dx + r21 * dy + r22 * dz
        ax, ay, az = abs(x), abs(y), abs(z)
        on_z = (az >= ax) & (az >= ay)
        on_x = (not on_z) & (ax >= ay)
        depth = one / (az if on_z else (ax if on_x else ay))
        u = (-x if z > 0 else x) if on_z else ((z if x > 0 else -z) if on_x else x)
        v = y if (on_z | on_x) else (z if y > 0 else -z)
        right, down = (u * depth + one) * faces_half + half, (one - v * depth) * faces_half + half
        j, i = np.int32(right), np.int32(down)  # one too large, so that truncation is the floor
        face[n] = (4 if z > 0 else 5) if on_z else ((0 if x > 0 else 1) if on_x else (2 if y > 0 else 3))
        row[n], column[n] = i - 1, j - 1
        share[0, n], share[1, n] = right - np.float32(j), down - np.float32(i)


@jit
def _sample_rows(
    faces: NDArray[np.float32],
    beyond: NDArray[np.float32],
    sin_lon: NDArray[np.float32],
    cos_lon: NDArray[np.float32],
    sin_lat: NDArray[np.float32],
    cos_lat: NDArray[np.float32],
    turned: NDArray[np.float32],
    samples: int,
    out: NDArray[np.float32],
) -> None:
    """Each pixel of `out` (h, w, 3) is the mean of samples² bilinear values; the tables are `samples` times finer."""
    size, length = faces.shape[1], len(sin_lon)
    face, row, column = np.empty(length, np.int32), np.empty(length, np.int32), np.empty(length, np.int32)
    share = np.empty((2, length), np.float32)
    one, part = np.float32(1), np.float32(1) / np.float32(samples * samples)
    for fine in range(len(sin_lat)):
        _look(sin_lon, cos_lon, sin_lat[fine], cos_lat[fine], turned, size, face, row, column, share)
        p, begun = fine // samples, fine % samples > 0
        for q in range(out.shape[1]):
            red = green = blue = np.float32(0)
            for n in range(q * samples, q * samples + samples):
                s, t, f, i, j = share[0, n], share[1, n], face[n], row[n], column[n]
                a, b, c, d = (one - s) * (one - t), s * (one - t), (one - s) * t, s * t
                if i >= 0 and j >= 0 and i + 1 < size and j + 1 < size:
                    red += a * faces[f, i, j, 0] + b * faces[f, i, j + 1, 0]
                    red += c * faces[f, i + 1, j, 0] + d * faces[f, i + 1, j + 1, 0]
                    green += a * faces[f, i, j, 1] + b * faces[f, i, j + 1, 1]
                    green += c * faces[f, i + 1, j, 1] + d * faces[f, i + 1, j + 1, 1]
                    blue += a * faces[f, i, j, 2] + b * faces[f, i, j + 1, 2]
                    blue += c * faces[f, i + 1, j, 2] + d * faces[f, i + 1, j + 1, 2]
                else:
                    for tap, weight in enumerate((a, b, c, d)):
                        y, x = i + tap // 2, j + tap % 2
                        red += weight * _pixel(faces, beyond, f, y, x, 0)
                        green += weight * _pixel(faces, beyond, f, y, x, 1)
                        blue += weight * _pixel(faces, beyond, f, y, x, 2)
            if begun:
                out[p, q, 0] += red * part
                out[p, q, 1] += green * part
                out[p, q, 2] += blue * part
            else:
                out[p, q, 0], out[p, q, 1], out[p, q, 2] = red * part, green * part, blue * part


class CubeSampler:
    """A cube map (6, N, N, 3), float32 or uint8, made ready to be seen as the rows of a panorama `width` pixels wide.

    Faces that are denser than the panorama are area-averaged first. `rotation` (3, 3) turns the surrounding: what
    lies in direction d of the cube is seen in direction rotation @ d.
    """

    def __init__(
        self, faces: NDArray[np.float32] | NDArray[np.uint8], width: int, rotation: NDArray[np.floating] | None = None
    ) -> None:
        finer = faces.shape[1] * 4 / width  # face pixels per panorama pixel along the equator's rim
        shrink = max(1, int(finer))
        size = faces.shape[1] // shrink
        if shrink > 1:
            faces = np.stack([cv2.resize(face, (size, size), interpolation=cv2.INTER_AREA) for face in faces])
        self.faces: NDArray[Any] = np.ascontiguousarray(faces)
        self.width, self.height = width, width // 2
        self._samples = 2 if size * 4 > width * 1.05 else 1
        self._borders = borders(self.faces)
        lon, lat = longitudes(width * self._samples), latitudes(self.height * self._samples)
        self._lon = np.sin(lon).astype(np.float32), np.cos(lon).astype(np.float32)
        self._lat = np.sin(lat).astype(np.float32), np.cos(lat).astype(np.float32)
        turned = np.eye(3) if rotation is None else np.asarray(rotation).T
        self._turned = np.ascontiguousarray(turned, np.float32)

    def rows(self, rows: slice, out: NDArray[np.float32], first: int = 0) -> None:
        """Write rows of the panorama into `out`, float32 (h, w, 3): all columns, or w of them from `first` on."""
        fine = slice(rows.start * self._samples, rows.stop * self._samples)
        wide = slice(first * self._samples, (first + out.shape[1]) * self._samples)
        sin_lon, cos_lon = (table[wide] for table in self._lon)
        sin_lat, cos_lat = (table[fine] for table in self._lat)
        tables = sin_lon, cos_lon, sin_lat, cos_lat
        _sample_rows(self.faces, self._borders, *tables, self._turned, self._samples, out)


@warm_up
def _compile() -> None:
    CubeSampler(np.zeros((6, 4, 4, 3), np.float32), 16).rows(slice(0, 8), np.empty((8, 16, 3), np.float32))
