"""Weighing things one can point at: a logistic score over a few measurements of each area of a picture."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from lucida.engines.depth.superpixels import Numbers

SURER = 1.3  # what is said of kinds is more cautious than what the clues say
LEAST = 0.005  # share; nobody is surer than that


class Clue(NamedTuple):
    """A measurement's mean and spread over the pictures it was fitted to, and its weight."""

    mean: float
    spread: float
    weight: float


def share_of(clues: Mapping[str, Clue], bias: float, measured: Mapping[str, Numbers]) -> Numbers:
    """How likely each area (n,) is what the clues tell of, 0 to 1."""
    odds = bias + sum(clue.weight * (measured[name] - clue.mean) / clue.spread for name, clue in clues.items())
    return sigmoid(np.asarray(odds))


def agreed(own: Numbers, said: Numbers, weight: float) -> Numbers:
    """Shares (n,) between one's `own` and what another has `said`, whose odds count `weight` of all."""
    return sigmoid((1 - weight) * _odds(own) + weight * SURER * _odds(said))


def _odds(share: Numbers) -> Numbers:
    held = np.clip(share, LEAST, 1 - LEAST)
    return np.asarray(np.log(held / (1 - held)))


def sigmoid(odds: Numbers) -> Numbers:
    """Shares of log-odds."""
    return np.asarray(1 / (1 + np.exp(-np.clip(odds, -30, 30))))
