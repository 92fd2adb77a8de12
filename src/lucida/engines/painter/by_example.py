"""Textures by example on a level plane: the ground under the viewer, the sky or ceiling above.

Patches at random offsets are blended over a triangle lattice, the blend's lost contrast given back
(Heitz and Neyret 2018, "High-performance by-example noise using a histogram-preserving blending operator", §4).
Each patch is turned so that what lay farther away in the photo lies farther away here: grass, seen level, is drawn out
along the line of sight, and drawn out across it elsewhere it would lie in rings around the viewer.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from lucida.geometry.cameras import PinholeCamera

_EXAMPLE = 512  # pixels along an edge of the example
_FINER = 0.4  # the copied texture's size against the real one: near the nadir the photo has too few pixels
CELL = 0.6  # lattice spacing over the example's edge
_RIM = 49  # pixels of the example around what stands before a sky
FLAT = 1e-3  # stops; a texture that never rises or falls more is one colour
# By kind: stops a texture may rise or fall from its mean, and the share of the example's edge its largest forms fill.
# A room's floor or ceiling keeps its boards, tiles or stains where some of it is seen that nothing stands on. Else only
# a grain is left: blended at random, furniture would be camouflage.
_KINDS = {
    "ground": (1.2, 1 / 8),
    "sky": (0.3, 1 / 8),
    "calm": (0.35, 1 / 8),
    "room": (0.07, 1 / 64),
    "unseen": (0.4, 1 / 24),
}
# Up to these a patch of a room's plane is thought to be nothing but the plane: stops of standard deviation, and how
# much more may change across the line of sight than along it. Boards do so; what stands upright is drawn out still
# longer, and at a ceiling's height there are more walls.
_CALM, _DRAWN_OUT = 0.22, {-1.0: 3.3, 1.0: 1.5}


class Looks(Protocol):
    """Something that shows what lies along directions."""

    def look(self, direction: NDArray[np.floating]) -> NDArray[np.float32]: ...

    def look_sky(self, direction: NDArray[np.floating]) -> NDArray[np.float32]: ...


@dataclass(frozen=True)
class Texture:
    """Log2 detail (n, n, 3) around zero, and its mean colour; `edge` is its size on a plane at distance 1."""

    detail: NDArray[np.float32]
    colour: NDArray[np.float32]
    edge: float
    seed: int
    turned: bool = True  # towards the viewer; boards and tiles are not

    def paint(self, direction: NDArray[np.floating], up: float) -> NDArray[np.float32]:
        """Radiance (H, W, 3) of the plane at height `up` (±1) along directions; far away it fades to its mean."""
        rise = np.maximum(direction[..., 1] * up, 1e-3)
        x = (direction[..., 0] / rise).astype(np.float32)
        z = (direction[..., 2] / rise).astype(np.float32)
        if float(np.abs(self.detail).max()) < FLAT:
            return np.broadcast_to(self.colour, (*direction.shape[:2], 3)).astype(np.float32)
        far = np.clip((np.hypot(x, z) - 4.0) / 6.0, 0, 1)[..., None]
        return np.asarray(self.colour * np.exp2(self._blend(x, z) * (1 - far)), np.float32)

    def _blend(self, x: NDArray[np.float32], z: NDArray[np.float32]) -> NDArray[np.float32]:
        n = self.detail.shape[0]
        scale = n / self.edge
        cell = CELL * self.edge
        skewed_x, skewed_z = (x - z / np.sqrt(3)) / cell, z * (2 / np.sqrt(3)) / cell
        i, j = np.floor(skewed_x), np.floor(skewed_z)
        p, q = skewed_x - i, skewed_z - j
        upper = (p + q > 1).astype(np.float32)
        weights = (
            np.where(upper > 0, p + q - 1, 1 - p - q),
            np.where(upper > 0, 1 - q, p),
            np.where(upper > 0, 1 - p, q),
        )
        corners = ((i + upper, j + upper), (i + 1, j), (i, j + 1))
        total = np.zeros((*x.shape, 3), np.float32)
        power = np.zeros(x.shape, np.float32)
        for weight, (a, b) in zip(weights, corners, strict=True):
            w = np.asarray(weight, np.float32) ** 3
            u, v = _offsets(a, b, self.seed)
            centre_x, centre_z = (a + b / 2) * cell, b * np.sqrt(3) / 2 * cell
            ahead_x, ahead_z = _ahead(centre_x, centre_z) if self.turned else (0.0, -1.0)
            across = (z - centre_z) * ahead_x - (x - centre_x) * ahead_z
            nearer = -(x - centre_x) * ahead_x - (z - centre_z) * ahead_z
            map_x = np.clip(across * scale + u * n, -n, 2 * n).astype(np.float32)
            map_y = np.clip(nearer * scale + v * n, -n, 2 * n).astype(np.float32)
            patch = cv2.remap(self.detail, map_x, map_y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT_101)
            total += w[..., None] * patch
            power += w * w
        return np.asarray(total / np.sqrt(np.maximum(power, 1e-6))[..., None], np.float32)


def _ahead(x: NDArray[np.floating], z: NDArray[np.floating]) -> tuple[NDArray[np.floating], NDArray[np.floating]]:
    """The way (unit x, z) from the viewer to a place on the plane; under his feet the camera's."""
    far = np.hypot(x, z)
    there = far > 1e-6
    far = np.where(there, far, 1)
    return np.where(there, x / far, 0), np.where(there, z / far, -1)


def _offsets(
    a: NDArray[np.floating], b: NDArray[np.floating], seed: int
) -> tuple[NDArray[np.floating], NDArray[np.floating]]:
    """Two numbers 0.3 to 0.7 for every lattice point, the same whenever it is asked for."""
    mixed = (a.astype(np.int64) * 73856093) ^ (b.astype(np.int64) * 19349663) ^ np.int64(seed & 0x7FFFFFFF)
    mixed = (mixed ^ (mixed >> 13)) * 1274126177 & 0xFFFFFFFF
    mixed = (mixed ^ (mixed >> 16)) * 2246822519 & 0xFFFFFFFF
    first, second = (mixed & 0xFFFF) / 65535.0, (mixed >> 16 & 0xFFFF) / 65535.0
    return 0.3 + 0.4 * first, 0.3 + 0.4 * second


def texture_from(source: Looks, camera: PinholeCamera, up: float, seed: int, kind: str) -> Texture:
    """The texture of the plane below (`up` −1) or above (+1) that the photo's nearest rows of it show."""
    edge_y = np.full(5, float(camera.height) if up < 0 else 0.0)
    edge = np.arcsin(camera.directions(np.linspace(0.1, 0.9, 5) * camera.width, edge_y)[:, 1]) * up
    nearest = float(edge.min()) - np.radians(1.0)
    if nearest < np.radians(8.0):
        return _grain(source, camera, up, seed)
    near = 1 / np.tan(nearest)
    size = min(near * 0.75, 2 * near * np.tan(camera.horizontal_fov / 2) * 0.95)
    middle = (0.0, -near - size / 2)
    calm = _calmest(source, camera, up, near, size) if kind == "room" else None
    if calm is not None:
        kind, middle, size = "calm", calm, size / 2
    t = (np.arange(_EXAMPLE) + 0.5) / _EXAMPLE - 0.5
    direction = _to_plane(middle[0] + t * size, middle[1] + t * size, up)
    light = np.log2(np.maximum(source.look(direction), 2e-3))
    most, largest = _KINDS[kind]
    if kind == "sky":  # whatever stands before it is left out, and its rim
        sky = cv2.erode(source.look_sky(direction), np.ones((_RIM, _RIM), np.uint8))
        sky = cv2.GaussianBlur(sky, (0, 0), _RIM / 8)[..., None]
        power = cv2.GaussianBlur(sky, (0, 0), _EXAMPLE * largest)[..., None]
        detail = sky * (light - cv2.GaussianBlur(light * sky, (0, 0), _EXAMPLE * largest) / np.maximum(power, 1e-3))
        detail -= sky * (detail.sum((0, 1)) / max(float(sky.sum()), 1.0))
    else:
        detail = light - cv2.GaussianBlur(light, (0, 0), _EXAMPLE * largest)
        detail -= detail.mean((0, 1))
    detail = most * np.tanh(detail / most)
    colour = _border_colour(source, camera, up)
    edge = size * (1.0 if kind in ("sky", "calm") else _FINER)
    return Texture(detail.astype(np.float32), colour, float(edge), seed, turned=kind != "calm")


def _to_plane(x: NDArray[np.floating], z: NDArray[np.floating], up: float) -> NDArray[np.floating]:
    """Directions (Z, X, 3) to a grid on the plane at height `up`."""
    across, ahead = np.meshgrid(x, z)
    direction = np.stack([across, np.full_like(across, up), ahead], -1)
    return np.asarray(direction / np.linalg.norm(direction, axis=-1, keepdims=True))


def _calmest(source: Looks, camera: PinholeCamera, up: float, near: float, size: float) -> tuple[float, float] | None:
    """The middle (x, z) of the calmest patch, half of `size` along an edge, that the photo shows of a plane.

    It is looked for from `near` to farther by `size`. None where even that patch shows more than the plane.
    """
    half = 24  # pixels of the search along such a patch's edge
    step = size / (2 * half)
    count = int(2 * near * np.tan(camera.horizontal_fov / 2) * 0.95 / step)
    if count <= half:
        return None
    x, z = (np.arange(count) - (count - 1) / 2) * step, -near - size + (np.arange(2 * half) + 0.5) * step
    picture = source.look(_to_plane(x, z, up))
    light = np.log2(np.maximum(picture, 2e-3))
    window = (half, half)
    spread = np.sqrt(np.maximum(cv2.blur(light * light, window) - cv2.blur(light, window) ** 2, 0).mean(-1))
    grey = light.mean(-1)
    across, along = (cv2.blur(np.abs(cv2.Sobel(grey, cv2.CV_32F, *way)), window) for way in ((1, 0), (0, 1)))
    burnt = cv2.blur((picture.max(-1) > 0.95).astype(np.float32), window)
    spread[(across > _DRAWN_OUT[up] * along) | (burnt > 0.01)] = np.inf
    within = spread[half // 2 : -half // 2 + 1, half // 2 : -half // 2 + 1]
    row, column = np.unravel_index(int(within.argmin()), within.shape)
    if within[row, column] > _CALM:
        return None
    return float(x[column + half // 2] - step / 2), float(z[row + half // 2] - step / 2)


def _grain(source: Looks, camera: PinholeCamera, up: float, seed: int) -> Texture:
    """A stand-in for a plane that the photo does not show: the grain of its nearest rows, as they are."""
    half = min(camera.width, camera.height) / 6
    t = (np.arange(_EXAMPLE) + 0.5) / _EXAMPLE * 2 - 1
    x, y = np.meshgrid(camera.width / 2 + half * t, half * (1 + t))
    light = np.log2(np.maximum(source.look(camera.directions(x, y if up > 0 else camera.height - y)), 2e-3))
    most, largest = _KINDS["room"] if up > 0 else _KINDS["unseen"]
    detail = light - cv2.GaussianBlur(light, (0, 0), _EXAMPLE * largest)
    detail = most * np.tanh((detail - detail.mean((0, 1))) / most)
    return Texture(detail.astype(np.float32), _border_colour(source, camera, up), 0.5, seed)


def _border_colour(source: Looks, camera: PinholeCamera, up: float) -> NDArray[np.float32]:
    """The middle colour of the photo's rows next to the plane, so that both meet without an edge."""
    x, y = np.meshgrid(np.linspace(0.05, 0.95, 32) * camera.width, np.linspace(0.01, 0.08, 4) * camera.height)
    picture = source.look(camera.directions(x, y if up > 0 else camera.height - y))
    return np.asarray(np.exp2(np.median(np.log2(np.maximum(picture, 2e-3)), (0, 1))), np.float32)
