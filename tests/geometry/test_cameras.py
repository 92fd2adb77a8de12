from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lucida.geometry.cameras import PinholeCamera

cameras = st.builds(
    PinholeCamera,
    width=st.integers(2, 4000),
    height=st.integers(2, 4000),
    horizontal_fov=st.floats(0.1, 2.6),
    pitch=st.floats(-1.5, 1.5),
    roll=st.floats(-3.1, 3.1),
)


@given(cameras, st.floats(0.001, 0.999), st.floats(0.001, 0.999))
def test_project_undoes_directions(camera: PinholeCamera, across: float, down: float) -> None:
    x, y = np.array(across * camera.width), np.array(down * camera.height)
    back_x, back_y, inside = camera.project(camera.directions(x, y))
    assert inside
    assert np.isclose(back_x, x, atol=1e-6 * camera.width)
    assert np.isclose(back_y, y, atol=1e-6 * camera.height)


def test_the_middle_of_a_level_photo_looks_along_minus_z_and_its_edges_are_half_the_field_of_view_away() -> None:
    camera = PinholeCamera(400, 300, 1.2)
    middle, right, top = camera.directions(np.array([200.0, 400, 200]), np.array([150.0, 150, 0]))
    assert np.allclose(middle, [0, 0, -1])
    assert np.allclose(right, [np.sin(0.6), 0, -np.cos(0.6)])
    assert np.allclose(np.arcsin(top[1]), camera.vertical_fov / 2)


def test_a_26_mm_phone_has_the_field_of_view_that_its_diagonal_says() -> None:
    # 26 mm on a 43.27 mm diagonal: 67.3° along a 4:3 photo's long side, 53.0° along the short one
    camera = PinholeCamera(4032, 3024, np.radians(67.3))
    assert np.degrees(camera.vertical_fov) == pytest.approx(53.0, abs=0.1)


def test_pitch_looks_up_and_the_horizon_sinks_in_the_picture() -> None:
    camera = PinholeCamera(400, 300, 1.2, pitch=0.2)
    assert camera.directions(np.array(200.0), np.array(150.0))[1] == pytest.approx(np.sin(0.2))
    _, y, _ = camera.project(np.array([0.0, 0.0, -1.0]))
    assert y > 150


def test_a_camera_turned_clockwise_sees_the_horizon_lean_anticlockwise() -> None:
    camera = PinholeCamera(400, 300, 1.2, roll=0.1)
    _, left, _ = camera.project(np.array([-0.3, 0.0, -1.0]))
    _, right, _ = camera.project(np.array([0.3, 0.0, -1.0]))
    assert left > right  # rows grow downwards: the right end stands higher


def test_yaw_is_zero_whatever_the_roll() -> None:
    d = PinholeCamera(400, 300, 1.2, pitch=0.3, roll=1.1).directions(np.array(200.0), np.array(150.0))
    assert np.allclose(d, [0, np.sin(0.3), -np.cos(0.3)])


def test_what_lies_behind_is_not_in_the_picture() -> None:
    camera = PinholeCamera(400, 300, 1.2)
    behind = np.array([[0.0, 0.0, 1.0], [1.0, 0.0, 0.0], [0.0, 0.1, 0.5]])
    assert not camera.project(behind)[2].any()
