"""Real cameras in the house frame: right-handed, +x right, +y up, the camera looks along −z."""

from __future__ import annotations

from collections.abc import Sequence
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


@dataclass(frozen=True)
class Camera:
    """A pinhole camera somewhere in a scene, as OpenCV has it: x right, y down, z forward.

    `fx`, `fy`, `cx`, `cy` in pixels, the centre of the first pixel at (0.5, 0.5); `world_to_camera` (3, 4) is [R | t].
    """

    width: int
    height: int
    fx: float
    fy: float
    cx: float
    cy: float
    world_to_camera: NDArray[np.float64]

    @property
    def intrinsics(self) -> NDArray[np.float64]:
        """The matrix K (3, 3)."""
        return np.array([[self.fx, 0, self.cx], [0, self.fy, self.cy], [0, 0, 1]], np.float64)

    @property
    def position(self) -> NDArray[np.float64]:
        """Where it is in the world (3,)."""
        return np.asarray(-self.world_to_camera[:, :3].T @ self.world_to_camera[:, 3])

    @property
    def forward(self) -> NDArray[np.float64]:
        """The unit vector that it looks along (3,)."""
        return np.asarray(self.world_to_camera[2, :3])

    def project(self, points: NDArray[np.floating]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Pixel positions (..., 2) and depths (...) of points (..., 3); those behind it have depths below 0."""
        x, y, z = np.moveaxis(points @ self.world_to_camera[:, :3].T + self.world_to_camera[:, 3], -1, 0)
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.stack([self.fx * x / z + self.cx, self.fy * y / z + self.cy], -1), z

    def resized(self, width: int, height: int) -> Camera:
        """The same view in another number of pixels."""
        across, down = width / self.width, height / self.height
        return Camera(
            width, height, self.fx * across, self.fy * down, self.cx * across, self.cy * down, self.world_to_camera
        )


_HELD = (0, 1), (1, -1)  # rows of a pose that are right and up
_SPREAD = 0.05
_FLIP = np.diag([1.0, -1.0, -1.0])  # between OpenCV's axes and OpenGL's


def look_at(
    position: NDArray[np.floating], target: NDArray[np.floating], up: NDArray[np.floating]
) -> NDArray[np.float64]:
    """OpenCV's world to camera (3, 4) of a camera at `position` that looks at `target`, `up` (all (3,)) above it.

    Looking along `up`, it takes another axis for up.
    """
    forward = np.asarray(target, np.float64) - position
    forward /= np.linalg.norm(forward)
    right = np.cross(forward, up)
    if np.linalg.norm(right) < 1e-9:
        right = np.cross(forward, np.roll(np.asarray(up, np.float64), 1))
    right /= np.linalg.norm(right)
    turned = np.stack([right, np.cross(forward, right), forward])
    return np.hstack([turned, -turned @ np.asarray(position, np.float64)[:, None]])


def up_of(cameras: Sequence[Camera]) -> tuple[float, float, float] | None:
    """The direction of the world that is up for those who held the cameras; None where they were held in all ways.

    People keep the horizon level, so that what is right of a picture lies in the plane of the ground. Where all look
    the same way, their mean up is taken. A direction within half a degree of an axis is that axis.
    """
    rights, ups = (np.array([sign * camera.world_to_camera[row, :3] for camera in cameras]) for row, sign in _HELD)
    mean = ups.mean(axis=0)
    spread, directions = np.linalg.eigh(rights.T @ rights / len(rights))
    up = directions[:, 0] if spread[1] > _SPREAD else mean
    if np.linalg.norm(mean) < _SPREAD or np.linalg.norm(up) < _SPREAD:
        return None
    if abs(up @ mean) < 0.5 * np.linalg.norm(up) * np.linalg.norm(mean):
        up = mean  # some were held upright and some on their side
    up = up * np.sign(up @ mean) / np.linalg.norm(up)
    nearest = np.rint(up)
    x, y, z = nearest if up @ nearest > np.cos(np.radians(0.5)) else up
    return float(x), float(y), float(z)


def from_opengl(camera_to_world: NDArray[np.floating]) -> NDArray[np.float64]:
    """OpenCV's world to camera (3, 4) from OpenGL's camera to world (4, 4), as glTF, Blender and NeRF have it."""
    turned = _FLIP @ camera_to_world[:3, :3].T
    return np.hstack([turned, -turned @ camera_to_world[:3, 3:]])


def to_opengl(world_to_camera: NDArray[np.floating]) -> NDArray[np.float64]:
    """OpenGL's camera to world (4, 4) from OpenCV's world to camera (3, 4)."""
    turned = world_to_camera[:, :3].T
    moved = np.eye(4)
    moved[:3, :3], moved[:3, 3] = turned @ _FLIP, -turned @ world_to_camera[:, 3]
    return moved


def orbit(
    count: int,
    elevation: float,
    distance: float,
    size: int,
    focal: float,
    *,
    target: tuple[float, float, float] = (0.0, 0.0, 0.0),
    first: float = 0.0,
) -> list[Camera]:
    """Cameras around `target` in a world whose up is z; angles in radians, `focal` in pixels of the square picture.

    The first stands at azimuth `first`, 0 being +x; the others follow anticlockwise as seen from above.
    """
    cameras, centre = [], np.array(target, np.float64)
    for azimuth in first + np.arange(count) * 2 * np.pi / count:
        level = np.cos(elevation)
        away = np.array([level * np.cos(azimuth), level * np.sin(azimuth), np.sin(elevation)])
        pose = look_at(centre + distance * away, centre, np.array([0.0, 0.0, 1.0]))
        cameras.append(Camera(size, size, focal, focal, size / 2, size / 2, pose))
    return cameras


def syncdreamer_rig() -> list[Camera]:
    """SyncDreamer's 16 cameras (Liu et al. 2023): 256 pixels, elevation 30°, distance 1.5; its object is 1 large."""
    return orbit(16, np.radians(30), 1.5, 256, 280.0)
