from __future__ import annotations

import numpy as np
import pytest
from depth_measures import abs_rel, aligned, constant, mean_iou, vertical_gradient


def test_any_scale_and_shift_of_disparity_is_forgiven() -> None:
    truth = np.random.default_rng(1).uniform(1, 50, (40, 60))
    assert abs_rel(truth, truth) == pytest.approx(0, abs=1e-12)
    assert abs_rel(1 / (3.5 / truth + 0.2), truth) == pytest.approx(0, abs=1e-9)
    assert abs_rel(2 * truth + 1, truth) > 0.01


def test_a_constant_is_the_mean_disparity() -> None:
    truth = np.array([[1.0, 2.0], [2.0, np.inf]])
    # Disparities 1, 1/2, 1/2: the mean is 2/3, 1.5 m, which is 50 %, 25 % and 25 % off.
    assert aligned(constant(2, 2), truth) == pytest.approx(1.5)
    assert abs_rel(constant(2, 2), truth) == pytest.approx((0.5 + 0.25 + 0.25) / 3)


def test_a_plain_seen_from_above_is_a_vertical_gradient() -> None:
    rows = np.arange(10, 90)[:, None] + 0.5
    truth = np.repeat(300 / rows, 50, axis=1)
    assert abs_rel(vertical_gradient(80, 50), truth, farthest=1000) == pytest.approx(0, abs=1e-6)


def test_sky_and_what_is_too_far_are_not_measured() -> None:
    truth = np.random.default_rng(2).uniform(1, 30, (20, 20))
    far, wild = truth.copy(), truth.copy()
    far[:10], wild[:10] = np.inf, 0.001
    far[10:12], wild[10:12] = 500.0, 7.0
    assert abs_rel(wild, far) == pytest.approx(0, abs=1e-9)
    said = truth.copy()
    said[:10] = np.inf
    assert abs_rel(said, far) == pytest.approx(0, abs=1e-9)


def test_no_metres_are_farther_than_the_farthest_measured() -> None:
    truth = np.array([[1.0, 1.1, 70.0, 79.0, 60.0]])
    assert aligned(np.array([[1.0, 1.0, 50.0, np.inf, 2.0]]), truth).max() <= 80


@pytest.mark.parametrize("wrong", [np.full((2, 2), np.nan), np.zeros((2, 2)), np.ones((2, 3))])
def test_predictions_that_are_none_are_refused(wrong: np.ndarray) -> None:
    with pytest.raises(ValueError, match="a prediction"):
        abs_rel(wrong, np.ones((2, 2)))


def test_intersections_and_unions_are_counted_over_all_pictures_together() -> None:
    truth = [np.array([[0, 0, 1, 1]]), np.array([[1, 1, 1, 1]])]
    said = [np.array([[0, 1, 1, 1]]), np.array([[1, 1, 1, 255]])]
    # Class 0: 1 of 2. Class 1: 5 of 7. No other class is there.
    assert mean_iou(said, truth) == pytest.approx((1 / 2 + 5 / 7) / 2)
    assert mean_iou(truth, truth) == 1
    with pytest.raises(ValueError, match=r"shorter|longer"):
        mean_iou(said[:1], truth)
