"""Weighing things one can point at: a logistic score over a few measurements of each area of a picture."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from lucida.engines.depth.superpixels import Numbers


class Clue(NamedTuple):
    """A measurement's mean and spread over the pictures it was fitted to, and its weight."""

    mean: float
    spread: float
    weight: float


def share_of(clues: Mapping[str, Clue], bias: float, measured: Mapping[str, Numbers]) -> Numbers:
    """How likely each area (n,) is what the clues tell of, 0 to 1."""
    odds = bias + sum(clue.weight * (measured[name] - clue.mean) / clue.spread for name, clue in clues.items())
    return sigmoid(np.asarray(odds))


def sigmoid(odds: Numbers) -> Numbers:
    """Shares of log-odds."""
    return np.asarray(1 / (1 + np.exp(-np.clip(odds, -30, 30))))
