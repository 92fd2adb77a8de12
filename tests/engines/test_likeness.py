from __future__ import annotations

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from scenes import noise

from lucida.engines.painter.likeness import features, oddity


def test_features_are_stops_of_light_and_colour() -> None:
    grey = np.full((1, 1, 3), 0.25, np.float32)
    assert features(grey)[0, 0] == pytest.approx([-2, 0, 0], abs=1e-6)
    red = grey * np.array([2, 1, 0.5], np.float32)
    assert features(red)[0, 0] == pytest.approx([-2 + 0.2126 - 0.0722, 1, -1], abs=1e-6)
    assert np.isfinite(features(np.zeros((1, 1, 3), np.float32))).all()


def plain_oddity(shown: NDArray[np.float32], there: NDArray[np.bool_], step: int) -> NDArray[np.float32]:
    """As `oddity` at one size, place by place."""
    known = there[::step, ::step]
    small = cv2.GaussianBlur(shown, (0, 0), step / 1.5)[::step, ::step]
    small = np.pad(small, ((2, 2), (2, 2), (0, 0)), mode="edge")
    places = {(i, j): small[i : i + 5, j : j + 5] for i, j in zip(*np.nonzero(known), strict=True)}
    odd = np.zeros(known.shape, np.float32)
    for (i, j), place in places.items():
        apart = sorted(
            float(((place - other) ** 2).sum() / 25)
            for (k, m), other in places.items()
            if abs(i - k) >= 5 or abs(j - m) >= 5
        )
        odd[i, j] = np.sqrt(np.mean(apart[:3]))
    return np.asarray(cv2.resize(odd, shown.shape[1::-1], interpolation=cv2.INTER_LINEAR), np.float32)


def test_oddity_is_that_of_a_plain_loop() -> None:
    shown = np.stack([noise(60, 75, i) for i in range(3)], -1)
    there = np.ones((60, 75), bool)
    there[:, :9] = False
    wanted = np.maximum(plain_oddity(shown, there, 3), plain_oddity(shown, there, 6))
    assert np.allclose(oddity(shown, there), wanted, atol=1e-3)


def test_a_thing_on_a_plain_wall_is_odd_and_the_wall_is_not() -> None:
    shown = np.zeros((90, 120, 3), np.float32)
    shown[30:50, 60:80] = 3
    odd = oddity(shown, np.ones((90, 120), bool))
    assert odd[40, 70] > 1
    assert odd[40, 20] < 1e-3
    assert oddity(np.tile(shown, (1, 4, 1)), np.ones((90, 480), bool))[40, 70] < 0.1  # four of them are not odd


def test_what_is_not_there_is_not_odd() -> None:
    there = np.zeros((60, 60), bool)
    there[:, 30:] = True
    odd = oddity(np.stack([noise(60, 60, i) for i in range(3)], -1), there)
    assert not odd[:, :24].any()
    assert odd[:, 36:].mean() > 0.1
