"""What cameras see of a scene: the pixels that each Gaussian lights, and where the scene ends."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress

import numpy as np
from numpy.typing import NDArray

from lucida.errors import BadInput
from lucida.gaussians.blending import CUTOFF, DETERMINANT, FEATURES, OPACITY, RECORD
from lucida.gaussians.harmonics import C0
from lucida.gaussians.projection import project
from lucida.gaussians.rasteriser import Draw, Drawing, Drawn, Workspace
from lucida.gaussians.scene import Gaussians
from lucida.geometry.cameras import Camera
from lucida.geometry.extent import extent

Array = NDArray[np.float32]
_LEAST = 0.08  # of what a Gaussian lights in its best picture in the mean: less is as good as nothing
_SNUG = 0.06
_OPEN = 0.3  # of what it would light alone: less of it is seen where it is mostly behind something


def lit(drawing: Drawn) -> Array:
    """How many pixels (N,) each Gaussian of a grey scene lights, those that it shares in by its share.

    It is the gradient of the picture by the Gaussian's colour. Together they are the sum of the picture's alpha.
    """
    by_planes = np.zeros_like(drawing.planes())
    by_planes[0] = 1
    return np.asarray(drawing.gradient(by_planes).harmonics[:, 0, 0] / C0)


def alone(gaussians: Gaussians, camera: Camera) -> Array:
    """How many pixels (N,) each Gaussian would light with nothing before it and no border to the picture.

    None where the camera does not look.
    """
    count, dtype = len(gaussians), gaussians.means.dtype
    records = np.zeros((count, RECORD), dtype)
    colours, shapes = np.empty(count * FEATURES, dtype), np.empty(count * FEATURES, dtype)
    project(
        gaussians.means, gaussians.quaternions, gaussians.log_scales, gaussians.opacity_logits, gaussians.harmonics,
        np.array([camera.fx, camera.fy, camera.cx, camera.cy], dtype),
        np.ascontiguousarray(camera.world_to_camera, dtype),
        camera.width, camera.height, records.reshape(-1), colours, shapes,
    )  # fmt: skip
    looked_at = records[:, CUTOFF] > 0
    spread = 2 * np.pi / np.sqrt(np.where(looked_at, records[:, DETERMINANT], 1))
    return np.asarray(np.where(looked_at, spread * records[:, OPACITY], 0))


def unseen(
    gaussians: Gaussians,
    cameras: Sequence[Camera],
    *,
    ends: bool,
    draw: Draw = Drawing,
    workspace: Workspace | None = None,
) -> NDArray[np.bool_]:
    """Which Gaussians (N,) no camera sees anything of that matters.

    Those that light next to nothing in every picture; and with `ends`, for an object of which all is in view, those
    that are mostly hidden and lie beyond what the cameras see of it, on a side that none of them looks at.
    """
    shape = gaussians.means, gaussians.quaternions, gaussians.log_scales, gaussians.opacity_logits
    grey = Gaussians(*shape, np.zeros((len(gaussians), 1, 3), gaussians.means.dtype))
    most, open_to_view, depths = np.zeros(len(gaussians)), np.zeros(len(gaussians), np.bool_), []
    for camera in cameras:
        drawing = draw(grey, camera, workspace)
        light = lit(drawing)
        most = np.maximum(most, light)
        if ends:
            open_to_view |= light > _OPEN * alone(grey, camera)
            depths.append(drawing.median_depth())
    hidden = most < _LEAST * most.mean()
    with suppress(BadInput):  # the cameras see too little to tell
        low, high = extent(depths, cameras, np.inf, _SNUG) if ends else (-np.inf, np.inf)
        beyond = ((gaussians.means < low) | (gaussians.means > high)).any(axis=1)
        hidden |= beyond & ~open_to_view
    return np.asarray(hidden)
