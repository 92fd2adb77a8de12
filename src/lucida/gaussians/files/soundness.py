"""What makes a scene that was read, or is to be written, one that can be drawn."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from lucida.errors import BadSplats
from lucida.gaussians.harmonics import COEFFICIENTS
from lucida.gaussians.scene import Gaussians

Array = NDArray[np.float32]
OPACITY = 1e-6
"""How near to 0 and to 1 an opacity may come: a logit has neither."""
SMALLEST, LARGEST = -20.0, 80.0
"""Logarithms of a size: what a size of 0 becomes, and what is larger than any scene."""
BLOCK = 1 << 16
"""How many Gaussians are read or written at a time."""


def empty(count: int, degree: int) -> Gaussians:
    """Arrays to be filled."""
    shapes = (count, 3), (count, 4), (count, 3), (count,), (count, COEFFICIENTS[degree], 3)
    return Gaussians(*(np.empty(shape, np.float32) for shape in shapes))


def logits(opacities: NDArray[np.floating]) -> Array:
    """Of opacities 0 to 1."""
    kept = np.clip(np.asarray(opacities, np.float64), OPACITY, 1 - OPACITY)
    return np.asarray(np.log(kept / (1 - kept)), np.float32)


def opacities_of(logit: NDArray[np.floating]) -> NDArray[np.float64]:
    """0 to 1, of logits of any size."""
    return np.asarray(1 / (1 + np.exp(-np.clip(np.asarray(logit, np.float64), -700, 700))))


def logarithms(scales: NDArray[np.floating]) -> Array:
    """Of standard deviations; NaN for those below 0, `SMALLEST` for 0."""
    with np.errstate(divide="ignore", invalid="ignore"):
        log = np.log(np.asarray(scales, np.float64))
    return np.asarray(np.where(log == -np.inf, SMALLEST, log), np.float32)


def unit(quaternions: NDArray[np.floating]) -> NDArray[np.float64]:
    """Quaternions (..., 4), w first, of length 1; no turn where there is none."""
    wide = np.asarray(quaternions, np.float64)
    length = np.linalg.norm(wide, axis=-1, keepdims=True)
    turned: NDArray[np.float64] = np.divide(wide, length, out=np.zeros_like(wide), where=length > 0)
    turned[..., 0] += length[..., 0] == 0
    return turned


def sound(gaussians: Gaussians, name: str) -> Gaussians:
    """The scene that was read, made fit to be drawn in place: no infinite opacity, no flat size, no quaternion 0.

    Raises `BadSplats` for what has no meaning.
    """
    np.clip(gaussians.opacity_logits, *logits(np.array([0.0, 1.0])), where=np.isinf(gaussians.opacity_logits),
            out=gaussians.opacity_logits)  # fmt: skip
    gaussians.log_scales[gaussians.log_scales == -np.inf] = SMALLEST
    for block in range(0, len(gaussians), BLOCK):
        part = gaussians.quaternions[block : block + BLOCK]
        length = np.linalg.norm(part.astype(np.float64), axis=1)
        odd = (length < 1e-6) | (length > 1e6)
        part[odd] = unit(part[odd])
    check(gaussians, name)
    return gaussians


def check(gaussians: Gaussians, name: str) -> None:
    """Raise `BadSplats` for a scene without Gaussians, and for one with a number that cannot be drawn."""
    if not len(gaussians):
        raise BadSplats(f"{name} has no Gaussians.")
    for words, numbers in (
        ("position", gaussians.means),
        ("rotation", gaussians.quaternions),
        ("size", gaussians.log_scales),
        ("opacity", gaussians.opacity_logits),
        ("colour", gaussians.harmonics),
    ):
        if not np.isfinite(numbers).all():
            raise BadSplats(f"{name} has a Gaussian whose {words} is not a number; make the scene again.")
    if gaussians.log_scales.max() > LARGEST:
        raise BadSplats(f"{name} has a Gaussian of the size e^{gaussians.log_scales.max():.0f}; make the scene again.")
