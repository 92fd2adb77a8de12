"""What real places look like on average, and the most likely whole that goes with a part.

Log radiance over the sphere is taken for a Gaussian field whose statistics do not depend on where north is: a mean for
each latitude and, for each pair of latitudes, a covariance given by its Fourier series in longitude. What the photo
shows conditions it (Rasmussen and Williams 2006, eq. 2.22-2.24); its exp is log-normal, so the expected radiance is
`2^(mean + share · ½ ln 2 · variance)`. The table was fitted by `bench/fit_light_prior.py`; docs/adr/0005 says on what.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass
from importlib import resources
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from lucida.engines.painter.sky import luminance

ROWS, COLUMNS = 32, 64  # cells of the sphere
HARMONICS, RANK = 20, 24  # of the covariance in longitude, and kept of each
NOISE = (0.3, 0.05, 0.05)  # variance of what one cell happens to show: luminance, red/green, blue/green, in stops²
LEVEL = (25.0, 0.1, 0.1)  # variance of a place's overall exposure and tint
FAINTEST = 1e-5

Setting = Literal["open", "room"]


@dataclass(frozen=True)
class LightPrior:
    """For one kind of place: `mean` (ROWS, 3) and `factors` (3, HARMONICS, ROWS, RANK), in stops."""

    mean: NDArray[np.float64]
    factors: NDArray[np.float64]

    @functools.cached_property
    def covariance(self) -> NDArray[np.float64]:
        """Covariance (3, ROWS, ROWS, COLUMNS) of two latitudes as their longitudes part."""
        spectrum = np.einsum("ckir,ckjr->ckij", self.factors, self.factors)
        k = np.arange(HARMONICS)
        cosine = np.cos(2 * np.pi * np.outer(k, np.arange(COLUMNS)) / COLUMNS) * np.where(k == 0, 1, 2)[:, None]
        return np.asarray(np.einsum("ckij,kd->cijd", spectrum, cosine))

    def between(self, channel: int, a: NDArray[np.int64], b: NDArray[np.int64]) -> NDArray[np.float64]:
        """Covariance (A, B) of cells a and b, numbered row by row."""
        rows_a, columns_a = np.divmod(a, COLUMNS)
        rows_b, columns_b = np.divmod(b, COLUMNS)
        return np.asarray(
            self.covariance[channel][rows_a[:, None], rows_b[None], (columns_a[:, None] - columns_b[None]) % COLUMNS]
        )


@dataclass(frozen=True)
class Belief:
    """What is thought of every cell: `mean` and `variance` (ROWS, COLUMNS, 3) of luminance, red/green, blue/green."""

    mean: NDArray[np.float64]
    variance: NDArray[np.float64]

    def radiance(self, variance_share: float) -> NDArray[np.float32]:
        """Expected radiance (ROWS, COLUMNS, 3); at share 0 the median instead of the mean."""
        light = np.exp2(self.mean[..., 0] + variance_share * 0.5 * np.log(2) * self.variance[..., 0])
        colour = np.stack([np.exp2(self.mean[..., 1]), np.ones_like(light), np.exp2(self.mean[..., 2])], -1)
        return np.asarray(colour * (light / luminance(colour.astype(np.float32)))[..., None], np.float32)


@functools.cache
def load_prior(setting: Setting) -> LightPrior:
    """The fitted prior of open places or of rooms."""
    with resources.as_file(resources.files(__package__) / "light_prior.npz") as path, np.load(path) as table:
        return LightPrior(table[f"{setting}_mean"].astype(float), table[f"{setting}_factors"].astype(float))


def stops(radiance: NDArray[np.floating]) -> NDArray[np.float64]:
    """Luminance, red over green and blue over green (..., 3), in stops, of linear Rec.709."""
    c = np.maximum(radiance, FAINTEST).astype(np.float64)
    light = np.maximum(luminance(c.astype(np.float32)), FAINTEST)
    return np.stack([np.log2(light), np.log2(c[..., 0] / c[..., 1]), np.log2(c[..., 2] / c[..., 1])], -1)


def condition(
    prior: LightPrior, cells: NDArray[np.floating], seen: NDArray[np.bool_], clipped: NDArray[np.bool_]
) -> Belief:
    """The belief about all cells given the photo's `cells` (ROWS, COLUMNS, 3), where `seen`.

    Where `clipped` the cell's luminance is only a lower bound (its truncated normal stands in, one moment-matching
    step) and its colour tells nothing.
    """
    values = stops(cells).reshape(-1, 3)
    looked, burnt = seen.reshape(-1), (clipped & seen).reshape(-1)
    clear = np.flatnonzero(looked & ~burnt)
    if len(clear) < 4:
        clear, burnt = np.flatnonzero(looked), np.zeros_like(burnt)
    mean, variance = np.empty((ROWS * COLUMNS, 3)), np.empty((ROWS * COLUMNS, 3))
    expected = np.repeat(prior.mean, COLUMNS, 0)
    for channel in range(3):
        noise = np.full(len(values), NOISE[channel])
        observed = values[:, channel].copy()
        m, v = _solve(prior, channel, clear, observed, noise, expected[:, channel])
        bright = np.flatnonzero(burnt)
        if channel == 0 and len(bright):
            spread = np.sqrt(v[bright] + 0.1)
            bound = np.clip((observed[bright] - m[bright]) / spread, -6, 6)
            density = np.exp(-0.5 * bound**2) / np.sqrt(2 * np.pi)
            hazard = density / np.maximum(ndtr(-bound), 1e-9)
            observed[bright] = np.maximum(m[bright] + spread * hazard, observed[bright])
            noise[bright] = np.maximum(spread**2 * (1 - hazard * (hazard - bound)), 0.05)
            both = np.sort(np.concatenate([clear, bright]))
            m, v = _solve(prior, channel, both, observed, noise, expected[:, channel])
        mean[:, channel], variance[:, channel] = m, v
    return Belief(mean.reshape(ROWS, COLUMNS, 3), variance.reshape(ROWS, COLUMNS, 3))


def _solve(
    prior: LightPrior,
    channel: int,
    at: NDArray[np.int64],
    observed: NDArray[np.float64],
    noise: NDArray[np.float64],
    expected: NDArray[np.float64],
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    everywhere = np.arange(ROWS * COLUMNS)
    own = prior.between(channel, at, at) + LEVEL[channel] + np.diag(noise[at])
    across = prior.between(channel, everywhere, at) + LEVEL[channel]
    solved = np.linalg.solve(own, np.concatenate([(observed - expected)[at, None], across.T], 1))
    mean = expected + across @ solved[:, 0]
    rows = np.arange(ROWS)
    alone = np.repeat(prior.covariance[channel][rows, rows, 0], COLUMNS) + LEVEL[channel]
    variance = alone - np.einsum("ij,ji->i", across, solved[:, 1:])
    return mean, np.maximum(variance, 1e-4)
