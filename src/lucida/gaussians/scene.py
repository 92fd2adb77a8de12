"""A scene of 3D Gaussians (Kerbl et al. 2023), as arrays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from lucida.errors import BadParameter
from lucida.gaussians.harmonics import C0, COEFFICIENTS, turning
from lucida.geometry.rotations import shortest_turn

Array = NDArray[np.float32]
Direction = tuple[float, float, float]

UP: Direction = (0.0, -1.0, 0.0)
"""What is up in files of 3D Gaussian Splatting that say nothing about it: they have OpenCV's axes."""


@dataclass(frozen=True)
class Gaussians:
    """N Gaussians: where they are, how they are turned and stretched, how opaque, and their colour by direction.

    `means` (N, 3) in the scene's unit; `quaternions` (N, 4) as w x y z, of any length; `log_scales` (N, 3), natural
    logarithms of standard deviations; `opacity_logits` (N,); `harmonics` (N, K, 3) with K 1, 4, 9 or 16: a colour is
    ½ + Σ harmonics · basis, sRGB 0–1 where nothing else is said. `up` is the direction that points up.
    """

    means: Array
    quaternions: Array
    log_scales: Array
    opacity_logits: Array
    harmonics: Array
    up: Direction = field(default=UP, kw_only=True)

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
        if not 1e-6 < np.linalg.norm(self.up) < np.inf:
            raise ValueError(f"{self.up} is no direction that could be up")

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


def chosen(gaussians: Gaussians, which: NDArray[np.bool_] | NDArray[np.integer]) -> Gaussians:
    """Those that a mask (N,) or indices name, in their order."""
    return Gaussians(
        gaussians.means[which],
        gaussians.quaternions[which],
        gaussians.log_scales[which],
        gaussians.opacity_logits[which],
        gaussians.harmonics[which],
        up=gaussians.up,
    )


def transformed(
    gaussians: Gaussians,
    rotation: NDArray[np.floating] | None = None,
    scale: float = 1.0,
    translation: NDArray[np.floating] | Sequence[float] = (0.0, 0.0, 0.0),
) -> Gaussians:
    """The scene turned by `rotation` (3, 3), then made `scale` times as large, then moved.

    Its colours and what is up in it turn with it.

    Raises `BadParameter` for a matrix that is no rotation and for a scale that is not above 0.
    """
    turned = np.eye(3) if rotation is None else np.asarray(rotation, np.float64)
    moved = np.asarray(translation, np.float64)
    if turned.shape != (3, 3) or not np.allclose(turned @ turned.T, np.eye(3), atol=1e-5) or np.linalg.det(turned) < 0:
        raise BadParameter("A scene can be turned by a rotation only, 3×3 and without mirroring.", param="rotation")
    if not 0 < scale < np.inf:
        raise BadParameter("A scene can be scaled by a number above 0 only.", param="scale")
    if moved.shape != (3,) or not np.isfinite(moved).all():
        raise BadParameter("A scene is moved by three numbers: x, y and z.", param="translation")
    dtype = gaussians.means.dtype
    x, y, z, w = Rotation.from_matrix(turned).as_quat()
    by = np.array([[w, -x, -y, -z], [x, w, -z, y], [y, z, w, -x], [z, -y, x, w]])  # the product from the left
    return Gaussians(
        (scale * (gaussians.means @ turned.T) + moved).astype(dtype),
        (gaussians.quaternions @ by.T).astype(dtype),
        (gaussians.log_scales + np.log(scale)).astype(dtype),
        gaussians.opacity_logits,
        np.einsum("kj,njc->nkc", turning(turned, gaussians.degree), gaussians.harmonics).astype(dtype),
        up=_direction(turned @ gaussians.up),
    )


def upright(gaussians: Gaussians, up: Direction = UP) -> Gaussians:
    """The scene turned, on the shortest way, until `up` is up; the same object where it is already."""
    if np.allclose(np.array(gaussians.up) / np.linalg.norm(gaussians.up), np.array(up) / np.linalg.norm(up), atol=1e-9):
        return gaussians
    return replace(transformed(gaussians, shortest_turn(gaussians.up, up)), up=up)


def _direction(numbers: NDArray[np.floating]) -> Direction:
    x, y, z = (float(number) for number in numbers)
    return x, y, z


def cropped(
    gaussians: Gaussians,
    low: NDArray[np.floating] | Sequence[float],
    high: NDArray[np.floating] | Sequence[float],
) -> Gaussians:
    """Those whose means lie in the box from `low` to `high`, both (3,) and part of it."""
    inside = (gaussians.means >= np.asarray(low)) & (gaussians.means <= np.asarray(high))
    return chosen(gaussians, np.flatnonzero(inside.all(axis=1)))


def pruned(gaussians: Gaussians, opacity: float) -> Gaussians:
    """Those that are at least as opaque as this."""
    return chosen(gaussians, np.flatnonzero(gaussians.opacities >= opacity))


def widened(gaussians: Gaussians, degree: int) -> Gaussians:
    """The same scene with harmonics up to `degree`: what it lacks is 0, what is above is cut off."""
    count = COEFFICIENTS[degree]
    harmonics = np.zeros((len(gaussians), count, 3), gaussians.harmonics.dtype)
    harmonics[:, : gaussians.harmonics.shape[1]] = gaussians.harmonics[:, :count]
    return replace(gaussians, harmonics=harmonics)


def merged(scenes: Sequence[Gaussians]) -> Gaussians:
    """One scene of several, one after another, with the highest of their degrees and what is up in the first.

    Raises `BadParameter` for none.
    """
    if not scenes:
        raise BadParameter("There is no scene to merge; name at least one.", param="scenes")
    degree = max(scene.degree for scene in scenes)
    wide = [widened(scene, degree) for scene in scenes]
    return Gaussians(
        np.concatenate([scene.means for scene in wide]),
        np.concatenate([scene.quaternions for scene in wide]),
        np.concatenate([scene.log_scales for scene in wide]),
        np.concatenate([scene.opacity_logits for scene in wide]),
        np.concatenate([scene.harmonics for scene in wide]),
        up=scenes[0].up,
    )
