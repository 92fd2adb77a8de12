"""Depth maps from many cameras become one volume: a truncated signed distance function (Curless and Levoy 1996)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numba import prange
from numpy.typing import NDArray

from lucida.geometry.cameras import Camera
from lucida.geometry.extent import facing
from lucida.imaging.kernels import parallel_jit, warm_up

Array = NDArray[np.float32]
TRUNCATION = 4.0  # voxels
_GRAZING = 0.05  # the least weight of what is seen edge-on
_FREE = 0.25  # the weight of a ray that meets nothing: beside an outline it is the vote of half a pixel
_CRACKS = 0.015  # of the views for which a voxel lies behind a surface, how many others must see it


class Volume(NamedTuple):
    """`distance` float32 (X, Y, Z): −1 inside to 1 outside, in truncations; the first voxel's middle is at `low` (3,).

    `voxel` is the distance of two middles.
    """

    distance: Array
    low: NDArray[np.float64]
    voxel: float


@parallel_jit
def _fuse(
    depths: Array,
    weights: Array,
    intrinsics: NDArray[np.float64],
    poses: NDArray[np.float64],
    low: NDArray[np.float64],
    voxel: float,
    truncation: float,
    distance: Array,
) -> None:
    views, height, width = depths.shape
    size_x, size_y, size_z = distance.shape
    for i in prange(size_x):
        # View by view over a slice: the rays of its voxels meet neighbouring pixels, which are in the cache.
        total, weight = np.zeros((size_y, size_z), np.float32), np.zeros((size_y, size_z), np.float32)
        hidden = np.zeros((size_y, size_z), np.float32)
        for view in range(views):
            fx, fy = intrinsics[view, 0], intrinsics[view, 1]
            cx, cy = intrinsics[view, 2] - 0.5, intrinsics[view, 3] - 0.5  # the first pixel's middle is at 0, 0
            step_x, step_y, step_z = voxel * poses[view, 0, 2], voxel * poses[view, 1, 2], voxel * poses[view, 2, 2]
            for j in range(size_y):
                px, py, pz = low[0] + i * voxel, low[1] + j * voxel, low[2]
                x0 = poses[view, 0, 0] * px + poses[view, 0, 1] * py + poses[view, 0, 2] * pz + poses[view, 0, 3]
                y0 = poses[view, 1, 0] * px + poses[view, 1, 1] * py + poses[view, 1, 2] * pz + poses[view, 1, 3]
                z0 = poses[view, 2, 0] * px + poses[view, 2, 1] * py + poses[view, 2, 2] * pz + poses[view, 2, 3]
                for k in range(size_z):
                    z = z0 + k * step_z
                    if z <= 0:
                        continue
                    u, v = fx * (x0 + k * step_x) / z + cx, fy * (y0 + k * step_y) / z + cy
                    column, row = int(np.floor(u + 0.5)), int(np.floor(v + 0.5))
                    if column < 0 or row < 0 or column >= width or row >= height:
                        continue
                    seen = depths[view, row, column]
                    if seen <= 0:  # nothing there: the ray passes through
                        total[j, k] += _FREE
                        weight[j, k] += _FREE
                        continue
                    signed = (seen - z) / truncation
                    if signed <= -2:
                        hidden[j, k] += 1
                        continue
                    if signed < 2:  # near the surface, between four pixels where they belong together
                        left, top = int(np.floor(u)), int(np.floor(v))
                        if left >= 0 and top >= 0 and left + 1 < width and top + 1 < height:
                            a, b = depths[view, top, left], depths[view, top, left + 1]
                            c, d = depths[view, top + 1, left], depths[view, top + 1, left + 1]
                            nearest, farthest = min(min(a, b), min(c, d)), max(max(a, b), max(c, d))
                            if nearest > seen - truncation and farthest < seen + truncation:
                                fu, fv = u - left, v - top
                                between = (a * (1 - fu) + b * fu) * (1 - fv) + (c * (1 - fu) + d * fu) * fv
                                signed = (between - z) / truncation
                    if signed <= -1:
                        hidden[j, k] += 1
                        continue
                    # Behind the surface a view counts less the deeper it is: thin things would grow fat.
                    share = weights[view, row, column] * (1 + min(signed, 0.0))
                    total[j, k] += share * min(signed, 1.0)
                    weight[j, k] += share
        for j in range(size_y):
            for k in range(size_z):
                # A ray that slips through a crack does not make a hole in what the others agree is inside.
                known = weight[j, k] > 1e-6 + _CRACKS * hidden[j, k]
                distance[i, j, k] = total[j, k] / weight[j, k] if known else -1.0


def fuse(
    depths: Sequence[Array],
    cameras: Sequence[Camera],
    low: NDArray[np.floating],
    high: NDArray[np.floating],
    cells: int,
) -> Volume:
    """The volume of the box from `low` to `high` (3,) with `cells` voxels along its longest side.

    `depths` (H, W), all of one size, along the viewing axis, 0 where a ray meets nothing; whatever lies on such a ray
    is outside, and what no camera sees at all is inside, so that a surface closes where nobody looked.
    """
    voxel = float((np.asarray(high) - low).max()) / cells
    shape = np.ceil((np.asarray(high) - low) / voxel - 1e-6).astype(int) + 1
    distance = np.empty(shape, np.float32)
    planes = np.stack([np.asarray(depth, np.float32) for depth in depths])
    weights = np.stack(
        [np.maximum(facing(plane, camera), _GRAZING) for plane, camera in zip(planes, cameras, strict=True)]
    )
    intrinsics = np.array([[c.fx, c.fy, c.cx, c.cy] for c in cameras], np.float64)
    poses = np.stack([c.world_to_camera for c in cameras]).astype(np.float64)
    start = np.asarray(low, np.float64)
    _fuse(planes, weights, intrinsics, poses, start, voxel, TRUNCATION * voxel, distance)
    return Volume(distance, start, voxel)


@warm_up
def _compile() -> None:
    camera = Camera(2, 2, 2, 2, 1, 1, np.eye(3, 4))
    fuse([np.ones((2, 2), np.float32)], [camera], np.zeros(3), np.ones(3), 2)
