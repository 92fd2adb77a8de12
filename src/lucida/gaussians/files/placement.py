"""Where a scene stands by the node or prim that holds it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from lucida.errors import BadSplats
from lucida.gaussians.scene import Gaussians, transformed


def placed(gaussians: Gaussians, matrix: NDArray[np.float64], name: str) -> Gaussians:
    """Moved by a matrix (4, 4) for column vectors. Raises `BadSplats` where it stretches or mirrors."""
    if (matrix == np.eye(4)).all():
        return gaussians
    if not np.isfinite(matrix).all() or np.abs(matrix).max() > 1e18:
        raise BadSplats(f"{name} places its Gaussians by something that is not a number.")
    axes = matrix[:3, :3]
    lengths = np.linalg.norm(axes, axis=0)
    scale = float(lengths.mean())
    if scale <= 1e-18:
        raise BadSplats(f"{name} shrinks its Gaussians to nothing.")
    turned = axes / scale
    if np.abs(turned.T @ turned - np.eye(3)).max() > 1e-4 or np.linalg.det(turned) < 0:
        raise BadSplats(f"{name} stretches or mirrors its Gaussians by where it places them; apply that first.")
    left, _, right = np.linalg.svd(turned)
    with np.errstate(over="ignore", invalid="ignore"):
        return transformed(gaussians, left @ right, scale, matrix[:3, 3])
