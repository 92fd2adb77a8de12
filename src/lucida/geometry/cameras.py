"""Real cameras in the house frame: right-handed, +x right, +y up, the camera looks along −z."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class PinholeCamera:
    """A photo's camera at the origin of the panorama.

    Fields of view in radians. `pitch` is positive when the camera looks up, `roll` positive when it is turned
    clockwise as seen by the photographer (the horizon then leans anticlockwise in the picture); yaw is 0: the
    photo's principal ray lies in the plane x = 0, z < 0.
    """

    width: int
    height: int
    horizontal_fov: float
    pitch: float = 0.0
    roll: float = 0.0

    @property
    def focal(self) -> float:
        """Focal length in pixels; pixels are square."""
        return float(self.width / 2 / np.tan(self.horizontal_fov / 2))

    @property
    def vertical_fov(self) -> float:
        """Vertical field of view in radians."""
        return float(2 * np.arctan(self.height / 2 / self.focal))

    def camera_to_world(self) -> NDArray[np.float64]:
        """Rotation (3, 3) from camera axes to the panorama's: Rx(pitch) · Rz(−roll)."""
        cp, sp = np.cos(self.pitch), np.sin(self.pitch)
        cr, sr = np.cos(-self.roll), np.sin(-self.roll)
        about_x = np.array([[1, 0, 0], [0, cp, -sp], [0, sp, cp]])
        about_z = np.array([[cr, -sr, 0], [sr, cr, 0], [0, 0, 1]])
        return np.asarray(about_x @ about_z)

    def directions(self, x: NDArray[np.floating], y: NDArray[np.floating]) -> NDArray[np.float64]:
        """Unit world directions (..., 3) of pixel positions; the centre of the first pixel is (0.5, 0.5)."""
        ray = np.stack(
            [(x - self.width / 2) / self.focal, (self.height / 2 - y) / self.focal, np.full(np.shape(x), -1.0)], -1
        )
        ray /= np.linalg.norm(ray, axis=-1, keepdims=True)
        return np.asarray(ray @ self.camera_to_world().T)

    def project(
        self, direction: NDArray[np.floating]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.bool_]]:
        """Pixel positions x, y of world directions (..., 3), and whether they fall inside the picture."""
        ray = direction @ self.camera_to_world()
        ahead = ray[..., 2] < -1e-9
        depth = np.where(ahead, -ray[..., 2], 1.0)
        x = self.width / 2 + self.focal * ray[..., 0] / depth
        y = self.height / 2 - self.focal * ray[..., 1] / depth
        inside = ahead & (x >= 0) & (x <= self.width) & (y >= 0) & (y <= self.height)
        return x, y, inside
