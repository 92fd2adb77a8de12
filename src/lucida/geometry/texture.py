"""A mesh's surface laid flat, and its colours taken from pictures of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import xatlas
from numpy.typing import NDArray
from scipy.ndimage import distance_transform_edt
from scipy.sparse import diags
from scipy.sparse.linalg import factorized

from lucida.errors import BadInput
from lucida.geometry.cameras import Camera
from lucida.geometry.mesh import Array, Faces, Mesh, connections
from lucida.geometry.zbuffer import draw, seen_from
from lucida.imaging.kernels import in_bands, jit, warm_up

PADDING = 4  # pixels between two charts
_SHARPNESS = 6.0  # the power of the cosine that a view counts with: the straightest look wins
_SIDEWAYS = 0.15  # cosines below are not looked at


def unwrap(vertices: Array, faces: Faces, size: int) -> tuple[NDArray[np.int64], Faces, Array]:
    """Charts of the surface packed into a square of `size` pixels, by xatlas.

    Gives for each new vertex the old one (V',), the faces (F, 3) of new vertices, and uv (V', 2), 0–1 from the top
    left corner. Raises `BadInput` where it does not fit.
    """
    atlas = xatlas.Atlas()
    atlas.add_mesh(np.ascontiguousarray(vertices, np.float32), np.ascontiguousarray(faces, np.uint32))
    pack = xatlas.PackOptions()
    pack.resolution, pack.padding, pack.bilinear = size, PADDING, True
    atlas.generate(xatlas.ChartOptions(), pack)
    if atlas.atlas_count != 1:
        raise BadInput(f"The surface does not fit into one texture of {size} pixels; take a larger one or fewer faces.")
    original, new_faces, uv = atlas.get_mesh(0)
    return original.astype(np.int64), new_faces.astype(np.int32), np.clip(np.asarray(uv, np.float32), 0, 1)


@jit
def _gather(
    points: Array,
    normals: Array,
    colour: Array,
    alpha: Array,
    depth: Array,
    intrinsics: NDArray[np.float64],
    pose: NDArray[np.float64],
    slack: float,
    total: Array,
) -> None:
    """Add what one view shows of each point to `total` (N, 4): colour times weight, and the weight."""
    height, width = depth.shape
    eye_x = -(pose[0, 0] * pose[0, 3] + pose[1, 0] * pose[1, 3] + pose[2, 0] * pose[2, 3])
    eye_y = -(pose[0, 1] * pose[0, 3] + pose[1, 1] * pose[1, 3] + pose[2, 1] * pose[2, 3])
    eye_z = -(pose[0, 2] * pose[0, 3] + pose[1, 2] * pose[1, 3] + pose[2, 2] * pose[2, 3])
    for n in range(len(points)):
        px, py, pz = points[n]
        to_x, to_y, to_z = eye_x - px, eye_y - py, eye_z - pz
        cosine = (to_x * normals[n, 0] + to_y * normals[n, 1] + to_z * normals[n, 2]) / np.sqrt(
            to_x * to_x + to_y * to_y + to_z * to_z
        )
        if cosine < _SIDEWAYS:
            continue
        z = pose[2, 0] * px + pose[2, 1] * py + pose[2, 2] * pz + pose[2, 3]
        if z <= 0:
            continue
        x = pose[0, 0] * px + pose[0, 1] * py + pose[0, 2] * pz + pose[0, 3]
        y = pose[1, 0] * px + pose[1, 1] * py + pose[1, 2] * pz + pose[1, 3]
        u, v = intrinsics[0] * x / z + intrinsics[2] - 0.5, intrinsics[1] * y / z + intrinsics[3] - 0.5
        left, top = int(np.floor(u)), int(np.floor(v))
        if left < 0 or top < 0 or left + 1 >= width or top + 1 >= height:
            continue
        weight, hidden = cosine**_SHARPNESS, False
        red, green, blue = 0.0, 0.0, 0.0
        for corner in range(4):
            row, column = top + corner // 2, left + corner % 2
            near = depth[row, column]
            if near <= 0 or near < z - slack:
                hidden = True
                break
            share = abs(1 - corner // 2 - (v - top)) * abs(1 - corner % 2 - (u - left))
            weight *= alpha[row, column]
            red += share * colour[row, column, 0]
            green += share * colour[row, column, 1]
            blue += share * colour[row, column, 2]
        if hidden:
            continue
        total[n, 0] += weight * red
        total[n, 1] += weight * green
        total[n, 2] += weight * blue
        total[n, 3] += weight


def _gather_all(
    points: Array,
    normals: Array,
    camera: Camera,
    colour: Array,
    alpha: Array,
    depth: Array,
    slack: float,
    total: Array,
) -> None:
    intrinsics = np.array([camera.fx, camera.fy, camera.cx, camera.cy])
    pose = np.ascontiguousarray(camera.world_to_camera, np.float64)
    picture, opaque = np.ascontiguousarray(colour, np.float32), np.ascontiguousarray(alpha, np.float32)

    def part(rows: slice) -> None:
        _gather(points[rows], normals[rows], picture, opaque, depth, intrinsics, pose, slack, total[rows])

    in_bands(part, len(points), 1 << 16)


def _spread(mesh: Mesh, face: NDArray[np.int32], weights: Array, colour: Array, seen: NDArray[np.bool_]) -> Array:
    """Colours (N, 3) for texels from those that are seen, as heat spreads over the surface from its rim.

    `face` (N,), `weights` (N, 3) and `colour` (N, 3) are the texels'.
    """
    places, faces = mesh.welded()
    known, count = np.zeros((len(places), 3)), np.zeros(len(places))
    corners = faces[face[seen]]
    for corner in range(3):
        share = weights[seen, corner].astype(np.float64)
        count += np.bincount(corners[:, corner], share, len(places))
        for channel in range(3):
            known[:, channel] += np.bincount(corners[:, corner], share * colour[seen, channel], len(places))
    found = count > 1e-6
    known[found] /= count[found, None]
    links = connections(len(places), faces)
    rest = np.nonzero(~found)[0]
    if len(rest):
        laplacian = (diags(np.asarray(links.sum(axis=1)).ravel() + 1e-9) - links).tocsr()[rest]
        solve = factorized(laplacian[:, rest].tocsc())
        given = -laplacian[:, np.nonzero(found)[0]] @ known[found]
        known[rest] = np.stack([solve(given[:, channel]) for channel in range(3)], -1)
    return np.asarray((known[faces[face]] * weights[..., None]).sum(axis=1), np.float32)


def bake(
    mesh: Mesh,
    cameras: Sequence[Camera],
    colours: Sequence[Array],
    alphas: Sequence[Array],
    size: int,
    *,
    slack: float,
    finished: Callable[[float], None] | None = None,
) -> NDArray[np.uint8]:
    """A texture (size, size, 3), sRGB, for the mesh's uv from pictures (H, W, 3) sRGB 0–1 with alphas (H, W).

    A texel takes the mean of the views that see it, the straightest most; a view does not see what the mesh itself
    hides by more than `slack`. What nobody sees takes the colours of what lies around it on the surface, and the gaps
    between the charts those of the nearest texel. Raises `BadInput` where no picture shows the mesh.
    """
    corners = np.concatenate([mesh.uv * size, np.ones((len(mesh.uv), 1), np.float32)], axis=1)[mesh.faces]
    flat = draw(corners, size, size)
    covered = flat.face >= 0
    points = flat.interpolated(mesh.vertices, mesh.faces)[covered]
    normals = flat.interpolated(mesh.normals, mesh.faces)[covered]
    normals /= np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-12)
    total = np.zeros((len(points), 4), np.float32)
    for number, (camera, colour, alpha) in enumerate(zip(cameras, colours, alphas, strict=True)):
        depth = seen_from(camera, mesh.vertices, mesh.faces).depth
        _gather_all(points, normals, camera, colour, alpha, depth, slack, total)
        if finished is not None:
            finished((number + 1) / len(cameras))
    seen = total[:, 3] > 1e-6
    if not seen.any():
        raise BadInput("No picture shows the surface, so it has no colours; check that the cameras look at it.")
    colour_of: Array = np.asarray(total[:, :3] / np.maximum(total[:, 3:], 1e-6), np.float32)
    if not seen.all():
        spread = _spread(mesh, flat.face[covered], flat.weights[covered], colour_of, seen)
        colour_of[~seen] = spread[~seen]
    texture = np.zeros((size, size, 3), np.float32)
    texture[covered] = colour_of
    row, column = distance_transform_edt(~covered, return_distances=False, return_indices=True)
    return np.asarray(np.clip(texture[row, column] * 255 + 0.5, 0, 255), np.uint8)


@warm_up
def _compile() -> None:
    points, plane = np.zeros((1, 3), np.float32), np.ones((2, 2), np.float32)
    colour, total = np.ones((2, 2, 3), np.float32), np.zeros((1, 4), np.float32)
    _gather(points, points, colour, plane, plane, np.ones(4), np.eye(3, 4), 0.1, total)
