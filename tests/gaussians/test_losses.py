"""The training's loss and its gradient, against scikit-image and against differences."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.ndimage import correlate1d
from skimage.metrics import structural_similarity

from lucida.gaussians.losses import RADIUS, WINDOW, PictureLoss


def plain_ssim(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """As Wang et al. 2004 write it, what lies beyond the picture taken for 0."""

    def mean(plane: np.ndarray) -> np.ndarray:
        window = WINDOW.astype(np.float64)
        return np.stack(
            [correlate1d(correlate1d(p, window, 0, mode="constant"), window, 1, mode="constant") for p in plane]
        )

    mx, my = mean(x), mean(y)
    xx, yy, xy = mean(x * x) - mx * mx, mean(y * y) - my * my, mean(x * y) - mx * my
    return (2 * mx * my + 1e-4) * (2 * xy + 9e-4) / ((mx * mx + my * my + 1e-4) * (xx + yy + 9e-4))


def pictures(seed: int, shape: tuple[int, int, int] = (3, 21, 30)) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    x = rng.random(shape)
    return x.astype(np.float32), np.clip(x + 0.2 * rng.standard_normal(shape), 0, 1).astype(np.float32)


@pytest.mark.parametrize("share", [0.0, 0.2, 1.0])
def test_the_loss_is_what_the_formulas_say(share: float) -> None:
    x, y = pictures(1)
    loss = PictureLoss(*x.shape, share)(x, y, np.empty_like(x))
    a, b = x.astype(np.float64), y.astype(np.float64)
    expected = (1 - share) * np.abs(a - b).mean() + share * (1 - plain_ssim(a, b).mean()) / 2
    assert loss == pytest.approx(expected, rel=1e-5)


def test_inside_ssim_is_scikit_image_s() -> None:
    x, y = (each.astype(np.float64) for each in pictures(2, (1, 60, 60)))
    _, theirs = structural_similarity(
        x[0], y[0], data_range=1, gaussian_weights=True, sigma=1.5, use_sample_covariance=False, truncate=3.5, full=True
    )
    inner = slice(RADIUS, -RADIUS)
    np.testing.assert_allclose(plain_ssim(x, y)[0][inner, inner], theirs[inner, inner], atol=1e-6)


@pytest.mark.parametrize("share", [0.2, 1.0])
def test_the_gradient_is_what_differences_say(share: float) -> None:
    x, y = pictures(3, (2, 13, 17))
    gradient = np.empty_like(x)
    PictureLoss(*x.shape, share)(x, y, gradient)
    a, b = x.astype(np.float64), y.astype(np.float64)

    def value(moved: np.ndarray) -> float:
        return float((1 - share) * np.abs(moved - b).mean() + share * (1 - plain_ssim(moved, b).mean()) / 2)

    rng = np.random.default_rng(0)
    for at in zip(*(rng.integers(0, n, 60) for n in x.shape), strict=True):
        step = np.zeros_like(a)
        step[at] = 1e-6
        slope = (value(a + step) - value(a - step)) / 2e-6
        assert gradient[at] == pytest.approx(slope, rel=1e-3, abs=1e-3 * float(np.abs(gradient).max()))


def test_a_picture_is_itself() -> None:
    x, _ = pictures(4)
    gradient = np.empty_like(x)
    assert PictureLoss(*x.shape)(x, x, gradient) == pytest.approx(0, abs=1e-6)
    assert np.abs(gradient).max() < 1e-6
