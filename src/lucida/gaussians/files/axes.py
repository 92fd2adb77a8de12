"""Which way is up: a scene's axes are those of 3DGS files, and some formats have axes of their own.

3D Gaussian Splatting takes over OpenCV's axes (x right, y down, z forward); SPZ, glTF and most of USD have y up and
z backward. Half a turn about x leads from one to the other, and back.
"""

from __future__ import annotations

import numpy as np

from lucida.gaussians.harmonics import COEFFICIENTS
from lucida.gaussians.scene import Gaussians

FROM_Z_UP = np.array([[1.0, 0.0, 0.0], [0.0, 0.0, -1.0], [0.0, 1.0, 0.0]])
"""The rotation from a world whose up is z, seen along y, to a scene's axes."""
FLIP = np.array([1, -1, -1], np.float32)
"""What half a turn about x does to x, y and z."""
# Of x w the turn makes only signs, since a Gaussian stays itself under a flip of its own axes.
QUATERNION_FLIP = np.array([1, 1, -1, -1], np.float32)
# Odd in y and z together changes its sign: by the order of the functions in `harmonics.basis`.
HARMONICS_FLIP = np.array([1, -1, -1, 1, -1, 1, 1, -1, 1, -1, 1, -1, -1, 1, -1, 1], np.float32)


def flipped(gaussians: Gaussians) -> Gaussians:
    """The scene turned about x by half a turn, without any loss."""
    count = COEFFICIENTS[gaussians.degree]
    return Gaussians(
        gaussians.means * FLIP,
        gaussians.quaternions * QUATERNION_FLIP,
        gaussians.log_scales,
        gaussians.opacity_logits,
        gaussians.harmonics * HARMONICS_FLIP[:count, None],
    )
