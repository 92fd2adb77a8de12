from __future__ import annotations

import numpy as np
import pytest

from lucida.hdri.place import CLUES, look, measure


def noise(shape: tuple[int, int], seed: int) -> np.ndarray:
    return np.random.default_rng(seed).lognormal(-1.5, 0.6, (*shape, 3)).astype(np.float32)


def test_every_clue_is_measured_and_shares_in_the_verdict() -> None:
    picture = noise((96, 128), 1)
    assert set(CLUES) < set(measure(picture))
    seen = look(picture)
    assert len(seen.reasons) == len(CLUES)
    shares = [abs(share) for share, _ in seen.reasons]
    assert shares == sorted(shares, reverse=True)


def test_upright_lines_are_counted_and_level_ones_are_not() -> None:
    stripes = np.full((192, 256, 3), 0.1, np.float32)
    for left in range(30, 256, 40):
        stripes[20:170, left : left + 14] = 0.5
    assert measure(stripes)["upright lines"] > 2
    lying = np.ascontiguousarray(stripes.swapaxes(0, 1))
    assert measure(lying)["upright lines"] == 0


@pytest.mark.parametrize("exposure", [0.25, 1.0])
def test_exposure_and_size_change_little(exposure: float) -> None:
    picture = np.minimum(np.repeat(np.repeat(noise((24, 32), 2), 16, 0), 16, 1), 0.9)
    whole, other = measure(picture), measure(picture[::2, ::2] * np.float32(exposure))
    for name, clue in CLUES.items():
        assert other[name] == pytest.approx(whole[name], abs=0.35 * clue.spread), name


def test_a_picture_of_one_colour_is_no_error() -> None:
    for level in (0.0, 0.5, 1.0):
        seen = look(np.full((32, 48, 3), level, np.float32))
        assert np.isfinite(seen.indoors)
