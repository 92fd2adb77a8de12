"""Rotations from directions."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

_OPPOSITE = 1e-9


def shortest_turn(
    direction: Sequence[float] | NDArray[np.floating], towards: Sequence[float] | NDArray[np.floating]
) -> NDArray[np.float64]:
    """The smallest rotation (3, 3) that brings one direction (3,), of any length, onto another.

    From a direction to its opposite it is half a turn about x, or about z where that is the direction's own axis.
    """
    one = np.asarray(direction, np.float64) / np.linalg.norm(direction)
    other = np.asarray(towards, np.float64) / np.linalg.norm(towards)
    cosine = float(one @ other)
    if 1 + cosine > _OPPOSITE:
        x, y, z = np.cross(one, other)
        across = np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]])
        return np.asarray(np.eye(3) + across + across @ across / (1 + cosine))
    axis = np.array([1.0, 0.0, 0.0]) if abs(one[0]) < 0.9 else np.array([0.0, 0.0, 1.0])
    axis -= one * (axis @ one)
    axis /= np.linalg.norm(axis)
    return np.asarray(2 * np.outer(axis, axis) - np.eye(3))
