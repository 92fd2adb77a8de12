"""By what pieces of a photo are compared, and which of them are odd."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from lucida.engines.painter.sky import LUMINANCE

_FAINTEST = np.float32(4e-3)
_STEPS, _REACH = (3, 6), 2  # pixels between samples; samples to each side of a place


def features(picture: NDArray[np.float32]) -> NDArray[np.float32]:
    """What pieces are compared by (…, 3): luminance, red over green and blue over green, in stops."""
    light = np.log2(np.maximum(picture, _FAINTEST))
    green = light[..., 1]
    return np.stack([light @ LUMINANCE, light[..., 0] - green, light[..., 2] - green], -1).astype(np.float32)


def oddity(shown: NDArray[np.float32], there: NDArray[np.bool_]) -> NDArray[np.float32]:
    """By how many stops each place (h, w) of features (h, w, 3) differs from its likes elsewhere; 0 where not `there`.

    A place is 5 × 5 samples, some 7° or some 14° of a `Band` across, whichever is odder; its likes are the three that
    resemble it most and do not overlap it.
    """
    odd = [_oddity(shown, there, step) for step in _STEPS]
    return np.asarray(np.maximum(*odd), np.float32)


def _oddity(shown: NDArray[np.float32], there: NDArray[np.bool_], step: int) -> NDArray[np.float32]:
    known = there[::step, ::step]
    small = cv2.GaussianBlur(shown, (0, 0), step / 1.5)[::step, ::step]
    height, width = known.shape
    around = np.pad(small, ((_REACH, _REACH), (_REACH, _REACH), (0, 0)), mode="edge")
    span = 2 * _REACH + 1
    places = np.concatenate([around[i : i + height, j : j + width] for i in range(span) for j in range(span)], -1)
    row, column = np.nonzero(known)
    places = places[row, column] / span
    power = (places * places).sum(1)
    apart = power[:, None] + power[None] - 2 * places @ places.T
    apart[(np.abs(row[:, None] - row) < span) & (np.abs(column[:, None] - column) < span)] = np.inf
    likes = np.partition(apart, min(2, len(apart) - 1), axis=1)[:, :3]
    odd = np.zeros((height, width), np.float32)
    odd[known] = np.sqrt(np.maximum(np.where(np.isfinite(likes), likes, 0), 0).mean(1))
    return np.asarray(cv2.resize(odd, shown.shape[1::-1], interpolation=cv2.INTER_LINEAR), np.float32)
