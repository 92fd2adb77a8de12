from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from lucida.geometry.sphere import directions, look_through, pixel, solid_angles, turn


def test_the_centre_looks_along_minus_z_and_u_grows_to_the_right() -> None:
    d = directions(8, 4)
    assert np.allclose(d[1:3, 3:5].mean((0, 1)), [0, 0, -0.8535533905932737])
    assert d[1, 5, 0] > 0
    assert d[0, 0, 1] > 0


@given(st.integers(1, 40), st.integers(1, 40))
def test_pixel_undoes_directions(half_width: int, height: int) -> None:
    width = 2 * half_width
    x, y = pixel(directions(width, height), width, height)
    assert np.allclose(x, np.arange(width) + 0.5)
    assert np.allclose(y, np.arange(height)[:, None] + 0.5)


def test_solid_angles_cover_the_sphere() -> None:
    assert np.isclose(64 * solid_angles(64, 32).sum(), 4 * np.pi)


def test_a_turn_moves_to_the_right_up_and_clockwise() -> None:
    ahead, right = np.array([0, 0, -1.0]), np.array([1.0, 0, 0])
    assert (turn(yaw=0.1) @ ahead)[0] > 0
    assert (turn(pitch=0.1) @ ahead)[1] > 0
    assert (turn(roll=0.1) @ right)[1] < 0
    assert np.allclose(turn(1, 2, 3) @ turn(1, 2, 3).T, np.eye(3))


def test_looking_through_a_panorama_crosses_its_edge_and_its_poles() -> None:
    panorama = directions(64, 32).astype(np.float32)
    d = np.random.default_rng(0).normal(size=(500, 3))
    d = np.concatenate([d, [[0, 1, 0], [0, -1, 0], [1e-9, 0, 1], [-1e-9, 0, 1]]])
    d /= np.linalg.norm(d, axis=-1, keepdims=True)
    assert np.abs(look_through(panorama, d) - d).max() < 0.005  # (2π / 64)² / 8 per axis
