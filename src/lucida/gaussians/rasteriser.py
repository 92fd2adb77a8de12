"""Gaussians to pictures on a CPU, and pictures' gradients back to Gaussians and camera."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numba import prange
from numpy.typing import NDArray

from lucida.gaussians.blending import (
    FEATURES,
    LAYERS,
    MOMENTS,
    PIXELS,
    RECORD,
    TILE,
    blend,
    blend_gradient,
    median_depth,
)
from lucida.gaussians.projection import project, project_gradient
from lucida.gaussians.scene import Gaussians
from lucida.gaussians.tiling import Tiles, tiled
from lucida.geometry.cameras import Camera
from lucida.imaging.kernels import parallel_jit

Array = NDArray[np.float32]
TRANSMITTANCE = FEATURES
"""Which of a drawing's planes is the transmittance; 0 to 2 are the colour, 3 is the depth."""
_POSE_PARTS = 32


class Workspace:
    """Memory that is used again from one picture to the next; for one thread at a time."""

    def __init__(self) -> None:
        self._kept: dict[str, NDArray[Any]] = {}

    def take(self, name: str, size: int, dtype: Any) -> NDArray[Any]:
        """A flat array of this size under this name, with whatever it held; what it held before is given up."""
        kept = self._kept.get(name)
        if kept is None or len(kept) < size or kept.dtype != dtype:
            kept = np.empty(size + size // 4, dtype)
            self._kept[name] = kept
        return kept[:size]


@dataclass(frozen=True)
class Gradients:
    """Of a number by each parameter of a scene, in the scene's own shapes, and by the camera's pose (3, 4).

    `seen` (N,) tells which Gaussians the picture shows at all; the gradient of the others is 0.
    """

    means: Array
    quaternions: Array
    log_scales: Array
    opacity_logits: Array
    harmonics: Array
    pose: Array
    seen: NDArray[np.bool_]


@dataclass(frozen=True)
class Rendering:
    """A picture of a scene: `colour` (H, W, 3) over the background, `alpha` (H, W), depths (H, W), `normal` (H, W, 3).

    `depth` is the expected and `median_depth` the median one along the viewing axis, in the scene's unit, 0 where
    nothing is; normals are unit vectors in the world, towards the camera.
    """

    colour: Array
    alpha: Array
    depth: Array
    median_depth: Array
    normal: Array


@parallel_jit
def _untile(layers: Array, tiles_x: int, planes: Array) -> None:
    """From tiles to planes (LAYERS, H, W)."""
    count, height, width = planes.shape
    for y in prange(height):
        row = (y // TILE * tiles_x * LAYERS) * PIXELS + y % TILE * TILE
        for layer in range(count):
            for x in range(width):
                planes[layer, y, x] = layers[row + (x // TILE * LAYERS + layer) * PIXELS + x % TILE]
        for x in range(width):
            planes[FEATURES, y, x] = abs(planes[FEATURES, y, x])


@parallel_jit
def _tile(planes: Array, tiles_x: int, layers: Array) -> None:
    """From planes to tiles; what lies outside the picture is 0."""
    count, height, width = planes.shape
    for row in prange(len(layers) // (tiles_x * LAYERS * PIXELS) * TILE):
        at = (row // TILE * tiles_x * LAYERS) * PIXELS + row % TILE * TILE
        for x in range(tiles_x * TILE):
            for layer in range(count):
                inside = row < height and x < width
                layers[at + (x // TILE * LAYERS + layer) * PIXELS + x % TILE] = planes[layer, row, x] if inside else 0


class Drawing:
    """What a camera sees of a scene, kept so that a gradient can go back through it.

    Arrays are of the scene's own type: float32, or float64 to look closely. A drawing that shares a `Workspace` is
    spoilt by the next one that does.
    """

    def __init__(self, gaussians: Gaussians, camera: Camera, workspace: Workspace | None = None) -> None:
        self._gaussians, self._camera = gaussians, camera
        self._workspace = workspace or Workspace()
        take, dtype, count = self._workspace.take, gaussians.means.dtype, len(gaussians)
        self._records = take("records", count * RECORD, dtype)
        self._colours = take("colours", count * FEATURES, dtype)
        self._shapes = take("shapes", count * FEATURES, dtype)
        self._intrinsics = np.array([camera.fx, camera.fy, camera.cx, camera.cy], dtype)
        self._pose = np.ascontiguousarray(camera.world_to_camera, dtype)
        project(*self._parameters(), camera.width, camera.height, self._records, self._colours, self._shapes)
        self._tiles: Tiles = tiled(self._records, self._colours[3::FEATURES], camera.width, camera.height)
        self._layers = self._blended("layers", self._colours)
        self._shape_layers: Array | None = None

    def _parameters(self) -> tuple[Array, Array, Array, Array, Array, Array, Array]:
        g = self._gaussians
        return g.means, g.quaternions, g.log_scales, g.opacity_logits, g.harmonics, self._intrinsics, self._pose

    def _blended(self, name: str, features: Array) -> Array:
        tiles = self._tiles
        flat: Array = self._workspace.take(name, (len(tiles.starts) - 1) * LAYERS * PIXELS, features.dtype)
        blend(self._records, features, tiles.starts, tiles.splats, tiles.tiles_x, flat)
        return flat

    def _planes(self, layers: Array) -> Array:
        planes = np.empty((LAYERS, self._camera.height, self._camera.width), layers.dtype)
        _untile(layers, self._tiles.tiles_x, planes)
        return planes

    def planes(self) -> Array:
        """(5, H, W): red, green, blue and depth, each weighted by alpha, and the transmittance that is left."""
        return self._planes(self._layers)

    def shapes(self) -> Array:
        """(5, H, W): the normal's three coordinates and depth², each weighted by alpha, and the transmittance."""
        return self._planes(self._shaped())

    def _shaped(self) -> Array:
        if self._shape_layers is None:
            self._shape_layers = self._blended("shape layers", self._shapes)
        return self._shape_layers

    def median_depth(self) -> Array:
        """(H, W): the depth at which half of the light is stopped; 0 where less is stopped in all."""
        tiles = self._tiles
        out = np.zeros((self._camera.height, self._camera.width), self._records.dtype)
        median_depth(self._records, self._colours, tiles.starts, tiles.splats, tiles.tiles_x, out)
        return out

    def gradient(self, by_planes: Array, by_shapes: Array | None = None) -> Gradients:
        """From the gradient of a number by `planes()`, and by `shapes()`, to that by the parameters."""
        moments = self._moments("moments", self._colours, self._layers, by_planes)
        shape_moments = np.empty(0, moments.dtype)
        if by_shapes is not None:
            shape_moments = self._moments("shape moments", self._shapes, self._shaped(), by_shapes)
        g, offsets = self._gaussians, self._tiles.offsets
        means, quaternions, log_scales, opacity_logits, harmonics = (
            np.empty_like(each) for each in (g.means, g.quaternions, g.log_scales, g.opacity_logits, g.harmonics)
        )
        pose = np.empty((_POSE_PARTS, 3, 4), moments.dtype)
        project_gradient(
            *self._parameters(), self._camera.width, self._camera.height, self._records, offsets, moments,
            shape_moments, means, quaternions, log_scales, opacity_logits, harmonics, pose,
        )  # fmt: skip
        seen = offsets[1:] > offsets[:-1]
        return Gradients(means, quaternions, log_scales, opacity_logits, harmonics, pose.sum(axis=0), seen)

    def _moments(self, name: str, features: Array, layers: Array, by_planes: Array) -> Array:
        tiles, take = self._tiles, self._workspace.take
        flat: Array = take("gradient", len(layers), layers.dtype)
        _tile(by_planes, tiles.tiles_x, flat)
        moments: Array = take(name, len(tiles.splats) * MOMENTS, layers.dtype)
        blend_gradient(
            self._records, features, tiles.starts, tiles.splats, tiles.slots, tiles.tiles_x, layers, flat, moments
        )
        return moments


class Drawn(Protocol):
    """What a `Drawing` can be asked for, whatever draws it."""

    def planes(self) -> Array: ...
    def shapes(self) -> Array: ...
    def median_depth(self) -> Array: ...
    def gradient(self, by_planes: Array, by_shapes: Array | None = None) -> Gradients: ...


class Draw(Protocol):
    """Makes a drawing: `Drawing` here, or that of `lucida.gaussians.cuda`."""

    def __call__(self, gaussians: Gaussians, camera: Camera, workspace: Workspace | None = None) -> Drawn: ...


def render(
    gaussians: Gaussians,
    camera: Camera,
    background: tuple[float, float, float] = (0.0, 0.0, 0.0),
    draw: Draw = Drawing,
) -> Rendering:
    """A picture of the scene over a background colour, with depths and normals."""
    drawing = draw(gaussians, camera)
    planes, shapes = drawing.planes(), drawing.shapes()
    clear = planes[TRANSMITTANCE]
    alpha = 1 - clear
    there = np.maximum(alpha, 1e-8)
    normal = np.moveaxis(shapes[:3], 0, -1)
    normal = normal / np.maximum(np.linalg.norm(normal, axis=-1, keepdims=True), 1e-8)
    colour = np.moveaxis(planes[:3], 0, -1) + clear[..., None] * np.asarray(background, planes.dtype)
    return Rendering(colour, alpha, planes[3] / there, drawing.median_depth(), normal)
