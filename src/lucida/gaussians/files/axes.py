"""Which way is up: a scene's axes are those of 3DGS files, and some formats have axes of their own.

3D Gaussian Splatting takes over OpenCV's axes (x right, y down, z forward); SPZ, glTF and most of USD have y up and
z backward. Half a turn about x leads from one to the other, and back.
"""

from __future__ import annotations

import numpy as np

from lucida.gaussians.harmonics import COEFFICIENTS
from lucida.gaussians.scene import UP, Direction, Gaussians, upright

FLIP = np.array([1, -1, -1], np.float32)
"""What half a turn about x does to x, y and z."""
# Of x w the turn makes only signs, since a Gaussian stays itself under a flip of its own axes.
QUATERNION_FLIP = np.array([1, 1, -1, -1], np.float32)
# Odd in y and z together changes its sign: by the order of the functions in `harmonics.basis`.
HARMONICS_FLIP = np.array([1, -1, -1, 1, -1, 1, 1, -1, 1, -1, 1, -1, -1, 1, -1, 1], np.float32)


def to_y_up(gaussians: Gaussians) -> Gaussians:
    """The scene upright in axes whose up is y; one of the usual axes by half a turn about x, without any loss."""
    return _half_turned(upright(gaussians), (0.0, 1.0, 0.0))


def from_y_up(gaussians: Gaussians) -> Gaussians:
    """The scene in a scene's usual axes, from axes whose up is y; without any loss."""
    return _half_turned(gaussians, UP)


def _half_turned(gaussians: Gaussians, up: Direction) -> Gaussians:
    count = COEFFICIENTS[gaussians.degree]
    return Gaussians(
        gaussians.means * FLIP,
        gaussians.quaternions * QUATERNION_FLIP,
        gaussians.log_scales,
        gaussians.opacity_logits,
        gaussians.harmonics * HARMONICS_FLIP[:count, None],
        up=up,
    )
