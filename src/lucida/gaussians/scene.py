"""A scene of 3D Gaussians (Kerbl et al. 2023), as arrays."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lucida.gaussians.harmonics import C0, COEFFICIENTS

Array = NDArray[np.float32]


@dataclass(frozen=True)
class Gaussians:
    """N Gaussians: where they are, how they are turned and stretched, how opaque, and their colour by direction.

    `means` (N, 3) in the scene's unit; `quaternions` (N, 4) as w x y z, of any length; `log_scales` (N, 3), natural
    logarithms of standard deviations; `opacity_logits` (N,); `harmonics` (N, K, 3) with K 1, 4, 9 or 16: a colour is
    ½ + Σ harmonics · basis, sRGB 0–1 where nothing else is said.
    """

    means: Array
    quaternions: Array
    log_scales: Array
    opacity_logits: Array
    harmonics: Array

    def __post_init__(self) -> None:
        count = len(self.means)
        shapes = {
            "means": (count, 3),
            "quaternions": (count, 4),
            "log_scales": (count, 3),
            "opacity_logits": (count,),
            "harmonics": (count, self.harmonics.shape[1] if self.harmonics.ndim == 3 else 0, 3),
        }
        for name, shape in shapes.items():
            if getattr(self, name).shape != shape:
                raise ValueError(f"{name} has the shape {getattr(self, name).shape} where {shape} is meant")
        if self.harmonics.shape[1] not in COEFFICIENTS:
            raise ValueError(f"harmonics has {self.harmonics.shape[1]} coefficients; 1, 4, 9 or 16 are meant")

    def __len__(self) -> int:
        return len(self.means)

    @property
    def degree(self) -> int:
        """Of the spherical harmonics: 0 to 3."""
        return COEFFICIENTS.index(self.harmonics.shape[1])

    @property
    def opacities(self) -> Array:
        """(N,), 0 to 1."""
        return np.asarray(1 / (1 + np.exp(-self.opacity_logits)), self.opacity_logits.dtype)

    @property
    def scales(self) -> Array:
        """Standard deviations (N, 3)."""
        return np.asarray(np.exp(self.log_scales))

    @property
    def colours(self) -> Array:
        """What they look like on average over all directions (N, 3), sRGB; may lie outside 0–1."""
        return np.asarray(0.5 + C0 * self.harmonics[:, 0], self.harmonics.dtype)
