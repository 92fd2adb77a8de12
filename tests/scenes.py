"""Makes photos of places that are known all around, as a painter gets them."""

from __future__ import annotations

from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from lucida.engines.painter.painting import View
from lucida.geometry.cameras import PinholeCamera
from lucida.geometry.projection import photo_to_cube
from lucida.imaging.colour import srgb_to_linear
from lucida.imaging.exposure import encode

Scene = Literal["outdoor", "indoor", "night"]


def noise(height: int, width: int, seed: int = 0) -> NDArray[np.float32]:
    """Noise (H, W) of every size, mean 0 and deviation 1, no column like another."""
    rng = np.random.default_rng(seed)
    total = np.zeros((height, width), np.float32)
    for octave in range(1, 7):
        coarse = rng.normal(size=(2**octave + 1, 2**octave + 1)).astype(np.float32)
        total += cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC) / 1.6**octave
    return (total - total.mean()) / total.std()


def outdoors(camera: PinholeCamera, seed: int = 0) -> NDArray[np.float32]:
    """A blue sky that pales towards the horizon over rough ground, linear (H, W, 3); the horizon is the camera's."""
    up = rays(camera)[..., 1]
    rough = noise(camera.height, camera.width, seed)
    fine = np.random.default_rng(seed).normal(size=up.shape)
    height = np.clip(up, 0, 1)[..., None]
    sky = np.array([0.55, 0.65, 0.75]) * (1 - height) + np.array([0.08, 0.2, 0.55]) * height
    ground = np.array([0.16, 0.15, 0.08]) * np.exp2(0.5 * rough + 0.5 * fine)[..., None]
    return np.where(up[..., None] > 0, sky, np.minimum(ground, 0.95)).astype(np.float32)


def indoors(camera: PinholeCamera, seed: int = 0) -> NDArray[np.float32]:
    """Walls with shelves on them, a floor, a ceiling and a window in which everything is white."""
    ray = rays(camera)
    rough = noise(camera.height, camera.width, seed)
    wall = np.array([0.3, 0.27, 0.22]) * np.exp2(0.4 * rough)[..., None]
    wall *= np.where(np.sin(25 * ray[..., 0]) > 0.6, 0.5, 1.0)[..., None]
    picture = np.where(ray[..., 1:2] < -0.25, np.array([0.2, 0.13, 0.08]) * np.exp2(0.2 * rough)[..., None], wall)
    picture = np.where(ray[..., 1:2] > 0.3, 0.5, picture)
    window = (np.abs(ray[..., 0] - 0.15) < 0.1) & (np.abs(ray[..., 1] - 0.1) < 0.08)
    return np.minimum(np.where(window[..., None], 1.0, picture), 1.0).astype(np.float32)


def at_night(camera: PinholeCamera, seed: int = 0) -> NDArray[np.float32]:
    """A dark street under a darker sky with a white lamp."""
    ray = rays(camera)
    rough = noise(camera.height, camera.width, seed)
    street = np.array([0.05, 0.035, 0.02]) * np.exp2(rough)[..., None]
    picture = np.where(ray[..., 1:2] > 0.05, 0.004, street)
    lamp = np.hypot(ray[..., 0] + 0.1, ray[..., 1] - 0.12) < 0.04
    return np.minimum(np.where(lamp[..., None], 1.0, picture), 1.0).astype(np.float32)


def rays(camera: PinholeCamera) -> NDArray[np.float64]:
    """Unit directions (H, W, 3) of a photo's pixel centres."""
    return camera.directions(*np.meshgrid(np.arange(camera.width) + 0.5, np.arange(camera.height) + 0.5))


MADE = {"outdoor": outdoors, "indoor": indoors, "night": at_night}


def view_of(
    scene: Scene,
    camera: PinholeCamera,
    *,
    cube_res: int = 64,
    seed: int = 0,
    radiance: NDArray[np.float32] | None = None,
    sun: tuple[float, float, float] | None = None,
) -> View:
    """What a painter is asked for: a photo, made here unless given, white where it is clipped."""
    radiance = MADE[scene](camera) if radiance is None else radiance
    faces, coverage = photo_to_cube(radiance, camera, cube_res)
    return View(radiance, (radiance >= 0.999).any(-1), camera, faces, coverage, scene, "a place", "", seed, sun)


def bracket_disagreement(exposures: dict[float, NDArray[np.uint8]], crushed: int) -> dict[float, int]:
    """By how many codes each exposure differs from EV 0 at most where both must show the same light.

    Both are brought to the darker one's exposure, whose codes are the coarser: where EV 0 is not clipped for a darker
    exposure, where it is not `crushed` and the brighter one not clipped.
    """
    middle, apart = exposures[0.0], {}
    for ev, codes in exposures.items():
        if ev < 0:
            kept = middle.max(-1, keepdims=True) < 255
            darker, other = codes, encode(srgb_to_linear(middle), ev)
        else:
            kept = (middle.max(-1, keepdims=True) > crushed) & (codes < 255)
            darker, other = middle, encode(srgb_to_linear(codes), -ev)
        apart[ev] = int(np.abs(darker.astype(int) - other)[np.broadcast_to(kept, codes.shape)].max())
    return apart
