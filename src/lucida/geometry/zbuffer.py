"""Triangles drawn on a raster: which of them each pixel shows, and where on it (Pineda 1988)."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from lucida.geometry.cameras import Camera
from lucida.imaging.kernels import jit, warm_up

Array = NDArray[np.float32]


class Raster(NamedTuple):
    """What a picture of triangles shows.

    `face` int32 (H, W), −1 where there is none; `weights` float32 (H, W, 3) of its three corners; `depth` (H, W) along
    the viewing axis, 0 where there is none.
    """

    face: NDArray[np.int32]
    weights: Array
    depth: Array

    def interpolated(self, values: NDArray[np.floating], faces: NDArray[np.int32]) -> Array:
        """Values (V, C) of the vertices at each pixel (H, W, C); those of the first face where there is none."""
        corners = np.asarray(values, np.float32)[faces[self.face]]
        return np.asarray((corners * self.weights[..., None]).sum(axis=2), np.float32)


@jit
def _draw(corners: NDArray[np.float64], face_of: NDArray[np.int32], weights: Array, depth: Array) -> None:
    """`corners` (F, 3, 3): column, row and depth, 1 everywhere for a flat drawing."""
    height, width = face_of.shape
    for face in range(len(corners)):
        ax, ay, az = corners[face, 0]
        bx, by, bz = corners[face, 1]
        cx, cy, cz = corners[face, 2]
        if az <= 0 or bz <= 0 or cz <= 0:
            continue
        area = (bx - ax) * (cy - ay) - (by - ay) * (cx - ax)
        if area == 0:
            continue
        left, right = max(int(np.ceil(min(ax, bx, cx) - 0.5)), 0), min(int(np.floor(max(ax, bx, cx) - 0.5)), width - 1)
        top, bottom = max(int(np.ceil(min(ay, by, cy) - 0.5)), 0), min(int(np.floor(max(ay, by, cy) - 0.5)), height - 1)
        for row in range(top, bottom + 1):
            for column in range(left, right + 1):
                x, y = column + 0.5, row + 0.5
                a = ((bx - x) * (cy - y) - (by - y) * (cx - x)) / area
                b = ((cx - x) * (ay - y) - (cy - y) * (ax - x)) / area
                c = 1 - a - b
                if a < 0 or b < 0 or c < 0:
                    continue
                a, b, c = a / az, b / bz, c / cz  # straight in the scene, not in the picture
                z = 1 / (a + b + c)
                if face_of[row, column] >= 0 and depth[row, column] <= z:
                    continue
                face_of[row, column], depth[row, column] = face, z
                weights[row, column, 0], weights[row, column, 1], weights[row, column, 2] = a * z, b * z, c * z


def draw(corners: NDArray[np.floating], width: int, height: int) -> Raster:
    """Triangles (F, 3, 3), each corner a column, a row and a depth; the nearest wins, none behind depth 0.

    The middle of the first pixel is (0.5, 0.5).
    """
    face = np.full((height, width), -1, np.int32)
    weights, depth = np.zeros((height, width, 3), np.float32), np.zeros((height, width), np.float32)
    _draw(np.ascontiguousarray(corners, np.float64), face, weights, depth)
    return Raster(face, weights, depth)


def seen_from(camera: Camera, vertices: NDArray[np.floating], faces: NDArray[np.int32]) -> Raster:
    """What a camera sees of a mesh of vertices (V, 3) and faces (F, 3), from either side of a face."""
    pixels, depth = camera.project(vertices)
    return draw(np.concatenate([pixels, depth[:, None]], axis=1)[faces], camera.width, camera.height)


@warm_up
def _compile() -> None:
    draw(np.ones((1, 3, 3)), 2, 2)
