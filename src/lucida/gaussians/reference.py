"""The rasteriser again, slow and readable, in numpy's double precision: what the fast one must equal.

Kerbl et al. 2023 (3D Gaussian Splatting), sections 4 and 6, with the constants of gsplat: 0.3 pixels² of blur, pixel
centres at +0.5, nothing below an alpha of 1/255, none above 0.99, and an end where less than 1e-4 would pass.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from lucida.gaussians.harmonics import basis
from lucida.gaussians.scene import Gaussians
from lucida.geometry.cameras import Camera

Array = NDArray[np.float64]
BLUR, NEAR, WIDER = 0.3, 0.01, 0.3
LEAST_ALPHA, MOST_ALPHA, LEAST_TRANSMITTANCE = 1 / 255, 0.99, 1e-4


class Splats(NamedTuple):
    """Gaussians on a screen: those in front of the camera, the nearest first."""

    number: NDArray[np.int64]  # in the scene
    centre: Array  # (N, 2) pixels
    covariance: Array  # (N, 2, 2) pixels²
    opacity: Array  # (N,)
    colour: Array  # (N, 3)
    depth: Array  # (N,) along the viewing axis
    normal: Array  # (N, 3) in the world, towards the camera


def rotations(quaternions: Array) -> Array:
    """Rotation matrices (N, 3, 3) of quaternions (N, 4), w x y z of any length."""
    w, x, y, z = (quaternions / np.linalg.norm(quaternions, axis=1, keepdims=True)).T
    rows = [
        [1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y)],
        [2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x)],
        [2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y)],
    ]
    return np.moveaxis(np.array(rows), -1, 0)


def project(gaussians: Gaussians, camera: Camera) -> Splats:
    """The scene as the camera sees it, before anything is blended."""
    means, log_scales = gaussians.means.astype(np.float64), gaussians.log_scales.astype(np.float64)
    turned, moved = camera.world_to_camera[:, :3], camera.world_to_camera[:, 3]
    x, y, z = (means @ turned.T + moved).T
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        opacity = 1 / (1 + np.exp(-gaussians.opacity_logits.astype(np.float64)))
    index = np.flatnonzero((z > NEAR) & (opacity >= LEAST_ALPHA))
    index = index[np.argsort(z[index], kind="stable")]
    x, y, z = x[index], y[index], z[index]
    half_x, half_y = camera.width / 2 / camera.fx, camera.height / 2 / camera.fy
    px = np.clip(
        x / z, -camera.cx / camera.fx - WIDER * half_x, (camera.width - camera.cx) / camera.fx + WIDER * half_x
    )
    py = np.clip(
        y / z, -camera.cy / camera.fy - WIDER * half_y, (camera.height - camera.cy) / camera.fy + WIDER * half_y
    )
    jacobian = np.zeros((len(index), 2, 3))
    jacobian[:, 0, 0], jacobian[:, 0, 2] = camera.fx / z, -camera.fx * px / z
    jacobian[:, 1, 1], jacobian[:, 1, 2] = camera.fy / z, -camera.fy * py / z
    axes = rotations(gaussians.quaternions[index].astype(np.float64))
    spread = jacobian @ turned @ (axes * np.exp(log_scales[index])[:, None])
    covariance = spread @ spread.transpose(0, 2, 1) + BLUR * np.eye(2)
    away = means[index] - camera.position
    away /= np.linalg.norm(away, axis=1, keepdims=True)
    shades = np.einsum("nk,nkc->nc", basis(away, gaussians.degree), gaussians.harmonics[index].astype(np.float64))
    normal = np.take_along_axis(axes, np.argmin(log_scales[index], axis=1)[:, None, None], axis=2)[..., 0]
    normal = np.where((normal * away).sum(axis=1, keepdims=True) > 0, -normal, normal)
    centre = np.stack([camera.fx * x / z + camera.cx, camera.fy * y / z + camera.cy], axis=1)
    return Splats(index, centre, covariance, opacity[index], np.maximum(0.5 + shades, 0), z, normal)


class Picture(NamedTuple):
    """What a camera sees, each weighted by alpha."""

    colour: Array  # (H, W, 3)
    depth: Array  # (H, W)
    normal: Array  # (H, W, 3)
    depth_squared: Array  # (H, W)
    transmittance: Array  # (H, W)
    blended: NDArray[np.int64]  # (H, W): how many splats a pixel is made of


def render(gaussians: Gaussians, camera: Camera) -> Picture:
    """The scene over black, splat by splat."""
    splats = project(gaussians, camera)
    columns, rows = np.meshgrid(np.arange(camera.width) + 0.5, np.arange(camera.height) + 0.5)
    features = np.concatenate([splats.colour, splats.depth[:, None], splats.normal, splats.depth[:, None] ** 2], axis=1)
    total = np.zeros((camera.height, camera.width, features.shape[1]))
    clear, blended = np.ones(total.shape[:2]), np.zeros(total.shape[:2], np.int64)
    unfinished = np.ones(total.shape[:2], bool)
    for n in range(len(splats.number)):
        (a, b), (_, c) = np.linalg.inv(splats.covariance[n])
        dx, dy = columns - splats.centre[n, 0], rows - splats.centre[n, 1]
        power = -0.5 * (a * dx * dx + 2 * b * dx * dy + c * dy * dy)
        alpha = np.minimum(splats.opacity[n] * np.exp(power), MOST_ALPHA)
        seen = unfinished & (alpha >= LEAST_ALPHA)
        unfinished &= ~(seen & (clear * (1 - alpha) <= LEAST_TRANSMITTANCE))
        weight = np.where(seen & unfinished, clear * alpha, 0)
        total += weight[..., None] * features[n]
        clear -= weight
        blended += seen & unfinished
    return Picture(total[..., :3], total[..., 3], total[..., 4:7], total[..., 7], clear, blended)
