from __future__ import annotations

import functools
from typing import get_args

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from lucida.engines.painter.light_prior import (
    COLUMNS,
    HARMONICS,
    LEVEL,
    NOISE,
    RANK,
    ROWS,
    LightPrior,
    Setting,
    condition,
    load_prior,
    stops,
)

SETTINGS = get_args(Setting)
NOWHERE = np.zeros((ROWS, COLUMNS), bool)


@functools.cache
def made() -> LightPrior:
    """A prior of random statistics, so that no symmetry hides a mistake."""
    rng = np.random.default_rng(0)
    fall = 0.6 / (1 + np.arange(HARMONICS))[:, None, None]
    return LightPrior(rng.normal(size=(ROWS, 3)), rng.normal(size=(3, HARMONICS, ROWS, 2)) * fall)


def written_out(prior: LightPrior, channel: int) -> NDArray[np.float64]:
    """The whole covariance of all cells, (2048, 2048): a sum of waves in longitude, harmonic by harmonic."""
    longitude = 2 * np.pi * np.arange(COLUMNS) / COLUMNS
    apart = longitude[:, None] - longitude[None, :]
    whole = np.zeros((ROWS, COLUMNS, ROWS, COLUMNS))
    for k in range(HARMONICS):
        by_row = prior.factors[channel, k] @ prior.factors[channel, k].T
        waves = (1 if k == 0 else 2) * np.cos(k * apart)
        whole += by_row[:, None, :, None] * waves[None, :, None, :]
    return whole.reshape(ROWS * COLUMNS, ROWS * COLUMNS)


def a_place(seed: int = 1) -> NDArray[np.float64]:
    """Radiance of every cell, none black."""
    return np.exp2(np.random.default_rng(seed).normal(-2, 1.5, (ROWS, COLUMNS, 3)))


def a_photo(left: int = 26, right: int = 38, top: int = 10, bottom: int = 22) -> NDArray[np.bool_]:
    seen = NOWHERE.copy()
    seen[top:bottom, left:right] = True
    return seen


def test_conditioning_is_the_textbook_s_gaussian_process() -> None:
    """Rasmussen and Williams 2006, eq. 2.23 and 2.24, with the covariance of all cells written out."""
    prior, seen = made(), a_photo(30, 34, 12, 17)
    belief = condition(prior, a_place(), seen, NOWHERE)
    at = np.flatnonzero(seen)
    for channel in range(3):
        whole = written_out(prior, channel) + LEVEL[channel]
        mean = np.repeat(prior.mean[:, channel], COLUMNS)
        y = stops(a_place())[..., channel].reshape(-1)[at]
        inverse = np.linalg.inv(whole[np.ix_(at, at)] + NOISE[channel] * np.eye(len(at)))
        expected = mean + whole[:, at] @ inverse @ (y - mean[at])
        variance = np.diag(whole) - np.diag(whole[:, at] @ inverse @ whole[at, :])
        assert np.allclose(belief.mean[..., channel].reshape(-1), expected, atol=1e-6)
        assert np.allclose(belief.variance[..., channel].reshape(-1), np.maximum(variance, 1e-4), atol=1e-6)


@pytest.mark.parametrize("channel", range(3))
def test_covariance_is_symmetric_and_positive(channel: int) -> None:
    at = np.random.default_rng(channel).choice(ROWS * COLUMNS, 200, replace=False)
    for prior in (made(), *(load_prior(setting) for setting in SETTINGS)):
        whole = prior.between(channel, at, at)
        assert np.allclose(whole, whole.T, atol=1e-9)
        values = np.linalg.eigvalsh(whole)
        assert values[0] > -1e-6 * values[-1]


@settings(max_examples=4, deadline=None)
@given(st.integers(1, COLUMNS - 1), st.booleans())
def test_a_turned_photo_turns_the_belief(cells: int, burning: bool) -> None:
    seen, place = a_photo(), a_place()
    clipped = seen & (place[..., 1] > 0.6) if burning else NOWHERE
    belief = condition(made(), place, seen, clipped)
    turned = condition(made(), *(np.roll(x, cells, 1) for x in (place, seen, clipped)))
    assert np.allclose(turned.mean, np.roll(belief.mean, cells, 1), atol=1e-5)
    assert np.allclose(turned.variance, np.roll(belief.variance, cells, 1), atol=1e-5)


@pytest.mark.parametrize("setting", SETTINGS)
def test_a_mirrored_photo_mirrors_the_belief(setting: Setting) -> None:
    seen, place = a_photo(), a_place()
    belief = condition(load_prior(setting), place, seen, NOWHERE)
    mirrored = condition(load_prior(setting), place[:, ::-1], seen[:, ::-1], NOWHERE)
    assert np.allclose(mirrored.mean, belief.mean[:, ::-1], atol=1e-6)


@pytest.mark.parametrize("setting", SETTINGS)
def test_what_was_seen_is_known_and_what_lies_behind_is_doubted(setting: Setting) -> None:
    seen = a_photo()
    belief = condition(load_prior(setting), a_place(), seen, NOWHERE)
    doubt = belief.variance[..., 0]
    assert doubt[seen].max() < NOISE[0]
    assert doubt[:, :4].mean() > 2 * doubt[seen].mean()


@pytest.mark.parametrize("setting", SETTINGS)
@pytest.mark.parametrize("exposure", [-3.0, 2.0])
def test_an_exposure_scales_the_belief(setting: Setting, exposure: float) -> None:
    """A place's level is almost unknown beforehand: what the photo's exposure is, all around is."""
    seen, place = a_photo(), a_place()
    belief = condition(load_prior(setting), place, seen, NOWHERE)
    exposed = condition(load_prior(setting), place * 2**exposure, seen, NOWHERE)
    assert np.allclose(exposed.mean[..., 0] - belief.mean[..., 0], exposure, atol=0.1 * abs(exposure))
    assert np.allclose(exposed.mean[..., 1:], belief.mean[..., 1:], atol=1e-5)


@pytest.mark.parametrize("setting", SETTINGS)
@pytest.mark.parametrize(("left", "right"), [(26, 38), (30, 34), (32, 33)])
def test_what_is_burnt_out_is_brighter_than_its_bound_says(setting: Setting, left: int, right: int) -> None:
    seen, place = a_photo(), np.full((ROWS, COLUMNS, 3), 0.18)
    clipped = NOWHERE.copy()
    clipped[10:13, left:right] = True
    place[clipped] = 1.0
    bounded = condition(load_prior(setting), place, seen, clipped).mean[..., 0]
    told = condition(load_prior(setting), place, seen, NOWHERE).mean[..., 0]
    assert (bounded[clipped] > told[clipped] + 0.1).all()
    assert bounded[clipped].min() > -np.sqrt(NOISE[0])  # a lone cell may by chance show more than there is
    if right - left > 10:
        assert bounded[clipped].min() > 0


@pytest.mark.parametrize("setting", SETTINGS)
def test_the_colour_of_what_is_burnt_out_tells_nothing(setting: Setting) -> None:
    seen, place = a_photo(), a_place()
    clipped = NOWHERE.copy()
    clipped[10:13, 30:34] = True
    red = place.copy()
    red[clipped] *= np.array([4.0, 1.0, 0.2])
    first, second = (condition(load_prior(setting), cells, seen, clipped) for cells in (place, red))
    assert np.allclose(first.mean[..., 1:], second.mean[..., 1:])


def test_a_photo_that_is_burnt_out_all_over_is_still_conditioned_on() -> None:
    seen, white = a_photo(), np.ones((ROWS, COLUMNS, 3))
    belief = condition(load_prior("open"), white, seen, seen)
    assert np.isfinite(belief.mean).all()
    assert belief.mean[..., 0][seen].mean() == pytest.approx(0, abs=0.5)


@pytest.mark.parametrize("setting", SETTINGS)
@pytest.mark.parametrize("share", [0.0, 0.5, 1.0])
def test_believed_radiance_has_the_believed_luminance_and_colour(setting: Setting, share: float) -> None:
    belief = condition(load_prior(setting), a_place(), a_photo(), NOWHERE)
    radiance = belief.radiance(share)
    assert radiance.shape == (ROWS, COLUMNS, 3)
    light, red, blue = np.moveaxis(stops(radiance), -1, 0)
    bright = light > np.log2(1e-3)
    lift = share * np.log(2) / 2 * belief.variance[..., 0]  # a log-normal's mean over its median
    assert np.allclose(light[bright], (belief.mean[..., 0] + lift)[bright], atol=1e-3)
    assert np.allclose(red[bright], belief.mean[..., 1][bright], atol=1e-3)
    assert np.allclose(blue[bright], belief.mean[..., 2][bright], atol=1e-3)


@pytest.mark.parametrize("setting", SETTINGS)
def test_the_fitted_table_holds_a_mean_and_factors(setting: Setting) -> None:
    prior = load_prior(setting)
    assert prior.mean.shape == (ROWS, 3)
    assert prior.factors.shape == (3, HARMONICS, ROWS, RANK)
    assert np.isfinite(prior.mean).all()
    assert np.isfinite(prior.factors).all()


def test_open_places_are_brighter_above_than_below_and_bluer() -> None:
    above, below = load_prior("open").mean[2:12].mean(0), load_prior("open").mean[20:30].mean(0)
    assert above[0] > below[0] + 1
    assert above[2] > below[2] + 0.5
