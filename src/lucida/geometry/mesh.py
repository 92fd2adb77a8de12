"""A triangle mesh with a texture, as arrays."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_matrix, csr_matrix

Array = NDArray[np.float32]
Faces = NDArray[np.int32]


@dataclass(frozen=True)
class Mesh:
    """A surface of F triangles and a picture that lies on it.

    `vertices` float32 (V, 3) in the scene's unit; `faces` int32 (F, 3), anticlockwise as seen from outside; `normals`
    (V, 3), unit vectors; `uv` (V, 2), 0–1, from the texture's top left corner; `texture` uint8 (H, W, 3), sRGB.
    Along the seams of the texture vertices stand twice.
    """

    vertices: Array
    faces: Faces
    normals: Array
    uv: Array
    texture: NDArray[np.uint8]

    def turned(self, rotation: NDArray[np.floating]) -> Mesh:
        """The same mesh, its vertices and normals turned by (3, 3)."""
        turn = np.asarray(rotation, np.float32)
        return Mesh(self.vertices @ turn.T, self.faces, self.normals @ turn.T, self.uv, self.texture)

    def welded(self) -> tuple[Array, Faces]:
        """Vertices and faces where each place has one vertex, without normals and texture."""
        places, vertex_of = np.unique(self.vertices, axis=0, return_inverse=True)
        return places, np.asarray(vertex_of.reshape(-1)[self.faces], np.int32)


def vertex_normals(vertices: NDArray[np.floating], faces: Faces) -> Array:
    """Unit normals (V, 3): of the triangles around each vertex, the larger counting more."""
    a, b, c = (vertices[faces[:, corner]].astype(np.float64) for corner in range(3))
    across = np.cross(b - a, c - a)
    normals = np.zeros((len(vertices), 3))
    for corner in range(3):
        for axis in range(3):
            normals[:, axis] += np.bincount(faces[:, corner], across[:, axis], len(vertices))
    return np.asarray(normals / np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-30), np.float32)


def connections(count: int, faces: Faces) -> csr_matrix:
    """Which of `count` vertices share an edge: 1.0 in a matrix (count, count), symmetric."""
    one, other = faces.ravel(), np.roll(faces, -1, axis=1).ravel()
    links = coo_matrix((np.ones(len(one)), (one, other)), (count, count))
    return ((links + links.T) > 0).astype(np.float64).tocsr()


def is_watertight(faces: Faces) -> bool:
    """Whether every edge has exactly one triangle on either side, turned the same way."""
    if not len(faces):
        return False
    edges = np.concatenate([faces[:, [0, 1]], faces[:, [1, 2]], faces[:, [2, 0]]]).astype(np.int64)
    count = int(faces.max()) + 1
    there, back = edges[:, 0] * count + edges[:, 1], edges[:, 1] * count + edges[:, 0]
    once = np.unique(there)
    return (
        len(once) == len(there) and np.array_equal(once, np.unique(back)) and bool((edges[:, 0] != edges[:, 1]).all())
    )
