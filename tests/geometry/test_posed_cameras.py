"""Cameras somewhere in a scene, against values worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lucida.geometry.cameras import Camera, from_opengl, look_at, orbit, syncdreamer_rig, to_opengl, up_of

UP = np.array([0.0, 0.0, 1.0])


def test_a_camera_on_the_x_axis_sees_y_to_its_right_and_z_above() -> None:
    pose = look_at(np.array([2.0, 0.0, 0.0]), np.zeros(3), UP)
    np.testing.assert_allclose(pose, [[0, 1, 0, 0], [0, 0, -1, 0], [-1, 0, 0, 2]], atol=1e-12)
    camera = Camera(100, 80, 50.0, 60.0, 50.0, 40.0, pose)
    np.testing.assert_allclose(camera.position, [2, 0, 0], atol=1e-12)
    np.testing.assert_allclose(camera.forward, [-1, 0, 0], atol=1e-12)
    pixels, depth = camera.project(np.array([[0.0, 0.0, 0.0], [0.0, 1.0, 0.5], [3.0, 0.0, 0.0]]))
    np.testing.assert_allclose(depth, [2, 2, -1])
    np.testing.assert_allclose(pixels[:2], [[50, 40], [75, 25]])


def test_looking_straight_down_is_no_singularity() -> None:
    pose = look_at(np.array([0.0, 0.0, 3.0]), np.zeros(3), UP)
    np.testing.assert_allclose(pose[:, :3] @ pose[:, :3].T, np.eye(3), atol=1e-12)
    np.testing.assert_allclose(pose @ [0, 0, 0, 1], [0, 0, 3], atol=1e-12)


def test_the_rig_is_syncdreamer_s() -> None:
    """Its first pose and its intrinsics are published with its code (camera-16.pkl)."""
    rig = syncdreamer_rig()
    assert len(rig) == 16
    half = np.sqrt(3) / 2
    first = [[0, 1, 0, 0], [0.5, 0, -half, 0], [-half, 0, -0.5, 1.5]]
    np.testing.assert_allclose(rig[0].world_to_camera, first, atol=1e-12)
    np.testing.assert_allclose(rig[4].position, [0, 1.5 * half, 0.75], atol=1e-12)
    np.testing.assert_allclose(rig[0].intrinsics, [[280, 0, 128], [0, 280, 128], [0, 0, 1]])
    assert 2 * np.degrees(np.arctan(128 / 280)) == pytest.approx(49.13, abs=0.01)


def test_opengl_s_camera_at_the_origin_looks_along_minus_z() -> None:
    np.testing.assert_allclose(from_opengl(np.eye(4)), [[1, 0, 0, 0], [0, -1, 0, 0], [0, 0, -1, 0]])
    moved = np.eye(4)
    moved[:3, 3] = 1, 2, 3
    camera = Camera(2, 2, 1.0, 1.0, 1.0, 1.0, from_opengl(moved))
    np.testing.assert_allclose(camera.position, [1, 2, 3])
    np.testing.assert_allclose(camera.forward, [0, 0, -1])


@given(st.integers(1, 20), st.floats(-1.4, 1.4), st.floats(0.5, 10), st.floats(-3, 3))
def test_an_orbit_looks_at_its_target_and_survives_opengl(
    count: int, elevation: float, distance: float, first: float
) -> None:
    for camera in orbit(count, elevation, distance, 64, 70.0, target=(1.0, -2.0, 0.5), first=first):
        pixels, depth = camera.project(np.array([1.0, -2.0, 0.5]))
        np.testing.assert_allclose(pixels, [32, 32], atol=1e-6)
        assert depth == pytest.approx(distance)
        np.testing.assert_allclose(from_opengl(to_opengl(camera.world_to_camera)), camera.world_to_camera, atol=1e-9)


def test_another_size_is_the_same_view() -> None:
    camera = syncdreamer_rig()[3]
    smaller = camera.resized(64, 128)
    point = np.array([0.1, 0.2, 0.1])
    np.testing.assert_allclose(smaller.project(point)[0], camera.project(point)[0] * [0.25, 0.5])


def held(forward: tuple[float, float, float], up: tuple[float, float, float], roll: float = 0.0) -> Camera:
    """A camera at the origin that looks `forward` and is then turned about that."""
    pose = look_at(np.zeros(3), np.array(forward), np.array(up))
    cos, sin = np.cos(roll), np.sin(roll)
    return Camera(10, 10, 10, 10, 5, 5, np.array([[cos, -sin, 0], [sin, cos, 0], [0, 0, 1]]) @ pose)


def test_up_is_where_those_who_held_the_cameras_had_it() -> None:
    assert up_of(syncdreamer_rig()) == (0, 0, 1)
    assert up_of(syncdreamer_rig()[:5]) == (0, 0, 1)  # from one side only, and all of them look down
    assert up_of([held((0.3 * n, 0.2, 1), (0, -1, 0)) for n in range(-3, 4)]) == (0, -1, 0)
    same = [held((1, 0.2, -0.5), (0, 1, 0))] * 3  # all look the same way
    assert up_of(same) == pytest.approx((-0.16, 0.98, 0.08), abs=0.02)
    tilted = np.array([0.2, 0.3, 0.9]) / np.linalg.norm([0.2, 0.3, 0.9])
    walk = [held((np.cos(a), np.sin(a), -0.4), tuple(tilted)) for a in np.linspace(0, 3, 9)]
    assert up_of(walk) == pytest.approx(tuple(tilted), abs=1e-6)


def test_up_outlives_cameras_on_their_side_and_is_unknown_where_all_are_held_differently() -> None:
    around = [(np.cos(a), np.sin(a), -0.1) for a in np.linspace(0, 5, 8)]
    some = [held(forward, (0, 0, 1), np.pi / 2 * (n % 4 == 0)) for n, forward in enumerate(around)]
    assert np.dot(up_of(some) or (0, 0, 0), (0, 0, 1)) > 0.9
    assert up_of([held((1, 0, 0), (0, 0, 1), roll) for roll in (0, np.pi / 2, np.pi, 3 * np.pi / 2)]) is None
