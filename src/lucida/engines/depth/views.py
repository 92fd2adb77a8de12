"""Views of a panorama that a depth engine can be shown: pictures of a pinhole camera, all around.

The camera looks along the twelve corners of an icosahedron, two of which are the poles, as 360MonoDepth (Rey-Area et
al., CVPR 2022) and MoGe do. Each view is 90° wide and high; neighbours are 63.4° apart and share at least 26°.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from lucida.geometry.cameras import PinholeCamera
from lucida.geometry.sphere import turn

FIELD_OF_VIEW = math.pi / 2
_RING = math.atan(0.5)  # latitude of an icosahedron's corners between the poles


@dataclass(frozen=True)
class TangentView:
    """A square picture of `size` pixels, seen to the right by `yaw` and upwards by `pitch`, in radians."""

    yaw: float
    pitch: float
    size: int

    @property
    def camera(self) -> PinholeCamera:
        """The camera before it is turned by `yaw`."""
        return PinholeCamera(self.size, self.size, FIELD_OF_VIEW, self.pitch)

    @property
    def axes(self) -> NDArray[np.float64]:
        """Right, up and ahead (3, 3) as unit vectors."""
        return np.asarray((turn(self.yaw) @ self.camera.camera_to_world()).T * [[1.0], [1.0], [-1.0]])

    def directions(self) -> NDArray[np.float64]:
        """Unit directions (S, S, 3) of its pixels."""
        x, y = np.meshgrid(np.arange(self.size) + 0.5, np.arange(self.size) + 0.5)
        return np.asarray(self.camera.directions(x, y) @ turn(self.yaw).T)

    def project(
        self, direction: NDArray[np.float32]
    ) -> tuple[NDArray[np.intp], NDArray[np.float32], NDArray[np.float32], NDArray[np.float32]]:
        """Which of the unit directions (3, n) it sees, at which x and y, and the cosine of their angle to its axis."""
        right, up, ahead = self.axes.astype(np.float32) @ direction
        half = np.float32(self.size / 2)
        seen = np.flatnonzero(np.maximum(np.abs(right), np.abs(up)) <= ahead * math.tan(FIELD_OF_VIEW / 2))
        cosine = ahead[seen]
        focal = half / np.float32(math.tan(FIELD_OF_VIEW / 2)) / cosine
        return seen, half + focal * right[seen], half - focal * up[seen], cosine


def tangent_views(width: int) -> list[TangentView]:
    """The twelve views of a panorama `width` pixels wide, as dense in their middle as it is at its horizon."""
    size = max(16, round(width / math.pi * math.tan(FIELD_OF_VIEW / 2)))
    fifth = 2 * math.pi / 5
    upper = [TangentView(i * fifth, _RING, size) for i in range(-2, 3)]
    lower = [TangentView((i + 0.5) * fifth, -_RING, size) for i in range(-2, 3)]
    return [*upper, *lower, TangentView(0.0, math.pi / 2, size), TangentView(0.0, -math.pi / 2, size)]


def panorama_pixel(
    direction: NDArray[np.floating], width: int, height: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Positions x, y of unit directions (..., 3) in a panorama that is a whole turn wide, and high as its pixels are.

    The horizon is in the middle; beyond the upper and lower edge y is below 0 or above the height.
    """
    longitude = np.arctan2(direction[..., 0], -direction[..., 2])
    latitude = np.arctan2(direction[..., 1], np.hypot(direction[..., 0], direction[..., 2]))
    step = 2 * math.pi / width
    return longitude / step + width / 2, height / 2 - latitude / step


def look_through(pixels: NDArray[np.uint8], view: TangentView) -> tuple[NDArray[np.uint8], NDArray[np.bool_]]:
    """What a view (S, S, 3) shows of a panorama (H, W, 3), bilinear across ±180°; and where the panorama reaches.

    Beyond its upper and lower edge the outermost rows go on.
    """
    height, width = pixels.shape[:2]
    x, y = panorama_pixel(view.directions(), width, height)
    wider = np.concatenate([pixels[:, -1:], pixels, pixels[:, :1]], 1)
    at = (x + 0.5).astype(np.float32), (y - 0.5).astype(np.float32)
    shown = cv2.remap(wider, *at, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(shown, np.uint8), (y >= 0) & (y <= height)
