"""Depth maps and pictures from many cameras become a closed mesh with a texture."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from manifold3d import Error as ManifoldError
from manifold3d import Manifold
from manifold3d import Mesh as ManifoldMesh
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter
from scipy.sparse import diags
from scipy.sparse.csgraph import connected_components
from skimage.measure import marching_cubes

from lucida.errors import BadInput, BadParameter
from lucida.geometry.cameras import Camera
from lucida.geometry.extent import extent
from lucida.geometry.mesh import Faces, Mesh, connections, is_watertight, vertex_normals
from lucida.geometry.texture import bake, unwrap
from lucida.geometry.tsdf import Volume, fuse

Array = NDArray[np.float32]
Progress = Callable[[float, str], None]

_PASS_BAND = (0.5, -0.53)  # Taubin 1995: shrink, then swell a little more, so that the volume stays
_HAIR = 1e-5  # of the object's size
_FINEST = 2e-4  # of the object's size: the least that simplifying may move the surface
_BLURS = (0.0, 0.5, 1.0, 2.0)  # voxels


@dataclass(frozen=True)
class Picture:
    """What a camera sees: `depth` float32 (H, W) along the viewing axis, 0 beside the object; `colour` sRGB (H, W, 3).

    `alpha` (H, W), 1 where the colour is all the object's.
    """

    camera: Camera
    depth: Array
    colour: Array
    alpha: Array


@dataclass(frozen=True)
class Plan:
    """How fine a mesh becomes.

    `cells` along the longest side of the volume; pieces smaller than `smallest` of the largest one's area are dropped;
    at most `faces` triangles; `texture` pixels each way.
    """

    cells: int = 160
    smoothing: int = 16
    smallest: float = 0.02
    faces: int = 20_000
    texture: int = 1024

    def __post_init__(self) -> None:
        limits = {"cells": (16, 512), "smoothing": (0, 100), "faces": (100, 2_000_000), "texture": (64, 8192)}
        for name, (least, most) in limits.items():
            if not least <= getattr(self, name) <= most:
                raise BadParameter(f"A mesh takes {name} from {least} to {most}.", param=name)
        if not 0 <= self.smallest <= 1:
            raise BadParameter("A mesh takes smallest from 0 to 1.", param="smallest")


def isosurface(volume: Volume) -> tuple[Array, Faces]:
    """Vertices and faces of the surface between inside and outside, closed at the volume's border.

    Marching cubes (Lewiner et al. 2003). Where the surface touches itself along an edge the volume is blurred, up to
    two voxels, until it does not. Raises `BadInput` where there is no surface.
    """
    for blur in _BLURS:
        walled = np.pad(gaussian_filter(volume.distance, blur) if blur else volume.distance, 1, constant_values=1)
        if walled.min() >= 0:
            break
        vertices, faces, _, _ = marching_cubes(walled, 0.0, gradient_direction="descent")
        if is_watertight(faces):
            placed = (vertices - 1) * volume.voxel + volume.low
            return np.asarray(placed, np.float32), np.asarray(faces, np.int32)
    raise BadInput("The views show no closed surface; look at the scene first, or take another number of cells.")


def compacted(vertices: Array, faces: Faces) -> tuple[Array, Faces]:
    """The same faces with only the vertices that they use."""
    used, vertex_of = np.unique(faces, return_inverse=True)
    return vertices[used], np.asarray(vertex_of.reshape(faces.shape), np.int32)


def large_pieces(vertices: Array, faces: Faces, smallest: float) -> tuple[Array, Faces]:
    """Without the pieces whose area is less than `smallest` of the largest one's."""
    _, piece = connected_components(connections(len(vertices), faces), directed=False)
    a, b, c = (vertices[faces[:, corner]] for corner in range(3))
    areas = np.bincount(piece[faces[:, 0]], np.linalg.norm(np.cross(b - a, c - a), axis=1))
    return compacted(vertices, faces[(areas >= smallest * areas.max())[piece[faces[:, 0]]]])


def smoothed(vertices: Array, faces: Faces, iterations: int) -> Array:
    """Vertices moved towards their neighbours without shrinking the whole (Taubin 1995)."""
    links = connections(len(vertices), faces)
    mean = diags(1 / np.maximum(np.asarray(links.sum(axis=1)).ravel(), 1)) @ links
    moved = vertices.astype(np.float64)
    for _ in range(iterations):
        for step in _PASS_BAND:
            moved = moved + step * (mean @ moved - moved)
    return np.asarray(moved, np.float32)


def simplified(vertices: Array, faces: Faces, most: int) -> tuple[Array, Faces]:
    """At most so many faces of a closed surface, still closed, by collapsing edges; flat places lose theirs first.

    The least tolerance that is enough, in steps of a half. Raises `BadInput` where the surface is not closed.
    """
    solid = Manifold(ManifoldMesh(np.ascontiguousarray(vertices, np.float32), np.ascontiguousarray(faces, np.uint32)))
    if solid.status() != ManifoldError.NoError:
        raise BadInput("The surface is not closed, so it cannot be simplified; take another number of cells.")
    tolerance = _FINEST * float(np.ptp(vertices, axis=0).max())
    while solid.num_tri() > most:
        solid = solid.simplify(tolerance)
        tolerance *= 1.5
    told = solid.to_mesh()
    return apart(np.asarray(told.vert_properties[:, :3], np.float32), np.asarray(told.tri_verts, np.int32))


def apart(vertices: Array, faces: Faces) -> tuple[Array, Faces]:
    """The same surface with no two vertices in one place: what touches itself is drawn in by a hair.

    Whoever reads the mesh from a file joins such vertices, and the surface would no longer be closed.
    """
    normals, hair = vertex_normals(vertices, faces), _HAIR * float(np.ptp(vertices, axis=0).max())
    moved = vertices.copy()
    for step in range(1, 5):
        _, vertex_of, count = np.unique(moved, axis=0, return_inverse=True, return_counts=True)
        twice = np.nonzero(count[vertex_of.reshape(-1)] > 1)[0]
        if not len(twice):
            break
        again = twice[np.unique(vertex_of.reshape(-1)[twice], return_index=True)[1]]
        moved[again] -= step * hair * normals[again]
    return moved, faces


def textured_mesh(
    pictures: Sequence[Picture],
    plan: Plan | None = None,
    progress: Progress | None = None,
    *,
    known: Sequence[Picture] = (),
) -> Mesh:
    """A closed mesh of what the pictures show, with their colours; all pictures are of one size.

    Depth maps → TSDF → marching cubes → the large pieces → smoothing → fewer faces → texture. `known` are the pictures
    that tell where the object ends, all of them where none are given. `progress` hears the
    fraction done and the stage. Raises `BadInput` where the pictures show no surface.
    """
    plan = plan or Plan()
    told = progress or (lambda fraction, stage: None)
    told(0.0, "fusing the depth maps")
    telling = known or pictures
    low, high = extent([picture.depth for picture in telling], [picture.camera for picture in telling])
    volume = fuse(
        [picture.depth for picture in pictures], [picture.camera for picture in pictures], low, high, plan.cells
    )
    told(0.35, "cutting the surface")
    vertices, faces = large_pieces(*isosurface(volume), plan.smallest)
    vertices = smoothed(vertices, faces, plan.smoothing)
    vertices, faces = simplified(vertices, faces, plan.faces)
    told(0.5, "unwrapping the surface")
    normals = vertex_normals(vertices, faces)
    original, faces, uv = unwrap(vertices, faces, plan.texture)
    told(0.7, "baking the texture")
    bare = Mesh(vertices[original], faces, normals[original], uv, np.zeros((1, 1, 3), np.uint8))
    texture = bake(
        bare,
        [picture.camera for picture in pictures],
        [picture.colour for picture in pictures],
        [picture.alpha for picture in pictures],
        plan.texture,
        slack=2 * volume.voxel,
        finished=lambda fraction: told(0.7 + 0.3 * fraction, "baking the texture"),
    )
    return Mesh(bare.vertices, faces, bare.normals, uv, texture)
