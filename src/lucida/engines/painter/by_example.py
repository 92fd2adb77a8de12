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
FLAT = 1e-3  # stops; a texture that never rises or falls more is one colour
# By kind: stops a texture may rise or fall from its mean, and the share of the example's edge its largest forms fill.
# A room's floor and ceiling keep only their grain: blended at random, their forms would be camouflage.
_KINDS = {"ground": (1.2, 1 / 8), "sky": (0.3, 1 / 8), "room": (0.07, 1 / 64), "unseen": (0.4, 1 / 24)}


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
            ahead_x, ahead_z = _ahead(centre_x, centre_z)
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
    t = (np.arange(_EXAMPLE) + 0.5) / _EXAMPLE - 0.5
    x, z = np.meshgrid(t * size, -near - (0.5 - t) * size)
    direction = np.stack([x, np.full_like(x, up), z], -1)
    picture = source.look(direction / np.linalg.norm(direction, axis=-1, keepdims=True))
    light = np.log2(np.maximum(picture, 2e-3))
    most, largest = _KINDS[kind]
    detail = light - cv2.GaussianBlur(light, (0, 0), _EXAMPLE * largest)
    if kind == "sky":
        detail = detail * source.look_sky(direction)[..., None]
    detail -= detail.mean((0, 1))
    detail = most * np.tanh(detail / most)
    colour = _border_colour(source, camera, up)
    return Texture(detail.astype(np.float32), colour, float(size) * (1.0 if kind == "sky" else _FINER), seed)


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
