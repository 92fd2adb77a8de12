from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lucida.engines.painter.band import PER_RADIAN, STEEPEST, WIDTH, Band

latitudes = st.floats(-1.1, 1.1)


@given(latitudes, latitudes)
def test_rows_and_latitudes_lead_back_to_each_other(latitude: float, edge: float) -> None:
    band = Band.between(min(edge, latitude) - 0.01, max(edge, latitude) + 0.01)
    assert band.latitude(band.row(np.array(latitude))) == pytest.approx(latitude)
    assert band.row(np.array(0.0)) == pytest.approx(band.level)


@given(latitudes)
def test_a_small_circle_is_a_circle(latitude: float) -> None:
    """As many pixels for a small step up as for one along, at any latitude."""
    band, little = Band.between(-1.2, 1.2), 1e-4
    up = band.row(np.array(latitude)) - band.row(np.array(latitude + little))
    along = little / np.cos(latitude) * PER_RADIAN
    assert up == pytest.approx(along, rel=1e-3)


def test_directions_are_those_of_its_rows_and_columns() -> None:
    band = Band.between(-0.4, 0.7)
    direction = band.directions()
    assert direction.shape == (band.rows, WIDTH, 3)
    assert np.allclose(np.linalg.norm(direction, axis=-1), 1)
    assert np.arcsin(direction[:, 0, 1]) == pytest.approx(band.latitude(np.arange(band.rows) + 0.5))
    ahead = direction[:, WIDTH // 2]
    assert (np.abs(np.arctan2(ahead[:, 0], -ahead[:, 2])) < 0.5 / PER_RADIAN + 1e-9).all()


def test_it_ends_before_the_poles() -> None:
    band = Band.between(-np.pi / 2, np.pi / 2)
    assert band.latitude(0.0) == pytest.approx(STEEPEST)
    assert band.latitude(float(band.rows)) == pytest.approx(-STEEPEST, abs=2 / PER_RADIAN)
