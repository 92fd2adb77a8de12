"""Gaussians to pictures on an NVIDIA card, over gsplat (Ye et al. 2024; Apache-2.0): the calls of `rasteriser`.

Scenes, pictures and gradients stay numpy arrays. gsplat draws as the CPU does (`rasteriser`), but for a Gaussian's
alpha, which ends at 0.999 instead of 0.99.
"""

from __future__ import annotations

import functools
import importlib.util
from typing import Any

import numpy as np

from lucida.errors import ModelUnavailable
from lucida.gaussians import rasteriser
from lucida.gaussians.projection import BLUR, NEAR
from lucida.gaussians.rasteriser import Array, Gradients, Rendering, Workspace
from lucida.gaussians.scene import Gaussians
from lucida.geometry.cameras import Camera

DEVICE = "cuda"


def missing() -> str | None:
    """Why nothing can be drawn on a card here, in a sentence; None where it can."""
    for package in ("gsplat", "torch"):  # torch takes seconds to import
        if importlib.util.find_spec(package) is None:
            return f"{package}, by which an NVIDIA card draws, is not installed (pip install 'lucida[gsplat]')"
    import torch

    return None if torch.cuda.is_available() else "there is no NVIDIA card that torch can use"


def _gsplat() -> Any:
    import gsplat

    return gsplat


class Drawing:
    """What a camera sees of a scene, as `rasteriser.Drawing`; in float32, whatever the scene's arrays are.

    Raises `ModelUnavailable` where there is no card or no gsplat.
    """

    def __init__(self, gaussians: Gaussians, camera: Camera, workspace: Workspace | None = None) -> None:
        if reason := missing():
            raise ModelUnavailable(f"Gaussians cannot be drawn on a card: {reason}.")
        import torch

        self._gaussians, self._camera = gaussians, camera

        def put(array: Array) -> Any:
            return torch.tensor(np.ascontiguousarray(array, np.float32), device=DEVICE, requires_grad=True)

        g = gaussians
        self._parameters = [put(a) for a in (g.means, g.quaternions, g.log_scales, g.opacity_logits, g.harmonics)]
        self._pose = put(np.asarray(camera.world_to_camera, np.float32))
        self._intrinsics = torch.tensor(camera.intrinsics, dtype=torch.float32, device=DEVICE)

    def planes(self) -> Array:
        """(5, H, W): red, green, blue and depth, each weighted by alpha, and the transmittance that is left."""
        return self._numpy(self._planes)

    def shapes(self) -> Array:
        """(5, H, W): the normal's three coordinates and depth², each weighted by alpha, and the transmittance."""
        return self._numpy(self._shapes)

    def median_depth(self) -> Array:
        """(H, W): the depth at which half of the light is stopped, 0 where less is; by the CPU, gsplat has none."""
        return rasteriser.Drawing(self._gaussians, self._camera).median_depth()

    def gradient(self, by_planes: Array, by_shapes: Array | None = None) -> Gradients:
        """From the gradient of a number by `planes()`, and by `shapes()`, to that by the parameters."""
        import torch

        drawn, by = [self._planes], [by_planes]
        if by_shapes is not None:
            drawn, by = [*drawn, self._shapes], [*by, by_shapes]
        gradients = torch.autograd.grad(
            drawn,
            [*self._parameters, self._pose],
            [torch.tensor(np.ascontiguousarray(each, np.float32), device=DEVICE) for each in by],
            retain_graph=True,
            materialize_grads=True,
        )
        means, quaternions, log_scales, opacity_logits, harmonics, pose = (self._numpy(each) for each in gradients)
        seen = self._seen.cpu().numpy()
        return Gradients(means, quaternions, log_scales, opacity_logits, harmonics, pose, seen)

    @staticmethod
    def _numpy(tensor: Any) -> Array:
        return np.asarray(tensor.detach().cpu().numpy(), np.float32)

    @functools.cached_property
    def _depth(self) -> Any:
        return self._parameters[0] @ self._pose[2, :3] + self._pose[2, 3]

    @functools.cached_property
    def _away(self) -> Any:
        """From the camera to the means (N, 3)."""
        return self._parameters[0] + self._pose[:, :3].T @ self._pose[:, 3]

    @functools.cached_property
    def _planes(self) -> Any:
        import torch

        harmonics = self._parameters[4]
        colour = (0.5 + _gsplat().spherical_harmonics(self._gaussians.degree, self._away, harmonics)).clamp_min(0)
        return self._blended(torch.cat([colour, self._depth[:, None]], 1))

    @functools.cached_property
    def _shapes(self) -> Any:
        import torch

        w, x, y, z = torch.nn.functional.normalize(self._parameters[1], dim=1).unbind(1)
        axes = torch.stack(
            [
                torch.stack([1 - 2 * (y * y + z * z), 2 * (x * y + w * z), 2 * (x * z - w * y)], 1),
                torch.stack([2 * (x * y - w * z), 1 - 2 * (x * x + z * z), 2 * (y * z + w * x)], 1),
                torch.stack([2 * (x * z + w * y), 2 * (y * z - w * x), 1 - 2 * (x * x + y * y)], 1),
            ],
            1,
        )
        normal = axes[torch.arange(len(axes), device=DEVICE), self._parameters[2].argmin(1)]  # the thinnest way
        facing = (normal * self._away).sum(1, keepdim=True)
        normal = torch.where(facing > 0, -normal, normal)
        return self._blended(torch.cat([normal, self._depth[:, None] ** 2], 1))

    def _blended(self, features: Any) -> Any:
        """Planes (5, H, W) of four numbers for each Gaussian (N, 4), and of the transmittance."""
        import torch

        means, quaternions, log_scales, opacity_logits, _ = self._parameters
        last = torch.tensor([[0.0, 0.0, 0.0, 1.0]], device=DEVICE)
        colours, alphas, told = _gsplat().rasterization(
            means,
            torch.nn.functional.normalize(quaternions, dim=1),
            log_scales.exp(),
            opacity_logits.sigmoid(),
            features,
            torch.cat([self._pose, last])[None],
            self._intrinsics[None],
            self._camera.width,
            self._camera.height,
            near_plane=float(NEAR),
            eps2d=float(BLUR),
            packed=False,
        )
        self._seen = (told["radii"][0] > 0).all(-1)
        return torch.cat([colours[0], 1 - alphas[0]], -1).permute(2, 0, 1)


def render(gaussians: Gaussians, camera: Camera, background: tuple[float, float, float] = (0.0, 0.0, 0.0)) -> Rendering:
    """A picture of the scene over a background colour, with depths and normals, as `rasteriser.render`."""
    return rasteriser.render(gaussians, camera, background, draw=Drawing)
