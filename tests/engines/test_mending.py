from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from lucida.engines.painter.mending import See, mended
from lucida.engines.painter.quilt import Quilt

SHAPE = (64, 128)


def halves() -> Quilt:
    """Two pieces: one straight ahead, one behind."""
    piece = np.zeros((*SHAPE, 2), np.int16)
    piece[:, :32], piece[:, 96:] = 1, 1
    return Quilt(np.stack([np.eye(3)] * 2), piece, np.ones(SHAPE, np.float32))


def showing(stops: float) -> See:
    """The second piece is so much brighter than the first."""

    def see(piece: NDArray[np.int16], row: NDArray[np.intp], column: NDArray[np.intp]) -> NDArray[np.float32]:
        return np.repeat(np.where(piece == 1, np.float32(stops), np.float32(0))[:, None], 3, 1)

    return see


def step(field: NDArray[np.float32]) -> NDArray[np.float32]:
    """How much higher the second piece is at its two ends (rows, 2)."""
    return np.stack([field[:, 31] - field[:, 32], field[:, 96] - field[:, 95]], -1)[..., 0, :]


def everywhere() -> NDArray[np.float32]:
    return np.ones(SHAPE, np.float32)


def test_a_small_step_is_taken_back_and_spread() -> None:
    field = mended(halves(), everywhere(), showing(0.1))
    assert step(field) == pytest.approx(-0.1, abs=0.01)
    smooth = np.abs(np.diff(field[..., 0], axis=1))
    smooth[:, [31, 95]] = 0
    assert smooth.max() < 0.01
    assert abs(field.mean()) < 1e-5


def test_a_step_as_high_as_between_things_stays() -> None:
    assert np.abs(mended(halves(), everywhere(), showing(4.0))).max() < 1e-3


def test_what_is_covered_by_floor_and_ceiling_is_not_mended() -> None:
    stands = everywhere()
    stands[:16] = 0
    field = mended(halves(), stands, showing(0.1))
    assert np.abs(step(field)[:8]).max() < 0.01
    assert step(field)[32:] == pytest.approx(-0.1, abs=0.015)


def test_one_piece_needs_no_mending() -> None:
    whole = Quilt(np.eye(3)[None], np.zeros((*SHAPE, 2), np.int16), np.ones(SHAPE, np.float32))
    assert not mended(whole, everywhere(), showing(1.0)).any()
