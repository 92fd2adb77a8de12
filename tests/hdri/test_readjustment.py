from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lucida.engines.painter.painting import Light, Painting
from lucida.geometry.sphere import turn
from lucida.hdri.adjustment import Adjustment, SunChange, turned
from lucida.hdri.readjustment import combined, turn_angles

angles = st.floats(-179, 179)
turns = st.builds(Adjustment, yaw=angles, pitch=st.floats(-89, 89), roll=angles, exposure=st.floats(-3, 3))
SUN = Light("sun", (0.0, 0.6, -0.8), 0.005, (900.0, 800.0, 700.0))


def seen(light: Light, adjustment: Adjustment) -> Light:
    return turned(light, adjustment.rotation)


@given(angles, st.floats(-90, 90), angles)
def test_angles_of_a_turn_make_the_same_turn(yaw: float, pitch: float, roll: float) -> None:
    rotation = turn(*np.radians([yaw, pitch, roll]))
    assert np.allclose(turn(*turn_angles(rotation)), rotation, atol=1e-7)


@given(turns, turns)
def test_two_adjustments_are_one(first: Adjustment, second: Adjustment) -> None:
    both = combined(first, second)
    assert np.allclose(both.rotation, second.rotation @ first.rotation, atol=1e-6)
    assert both.exposure == pytest.approx(first.exposure + second.exposure)


@given(turns, turns, angles, st.floats(-80, 80))
def test_a_sun_that_is_moved_in_a_turned_panorama_lands_where_it_was_put(
    first: Adjustment, second: Adjustment, azimuth: float, altitude: float
) -> None:
    both = combined(first, Adjustment(second.yaw, second.pitch, second.roll, sun=SunChange(azimuth, altitude, 1.0)))
    painting = Painting(np.zeros((6, 1, 1, 3), np.float32), (SUN,))
    (light,) = both.apply(painting).lights
    lon, lat = np.radians([azimuth, altitude])
    put = np.array([np.cos(lat) * np.sin(lon), np.sin(lat), -np.cos(lat) * np.cos(lon)])
    assert np.allclose(seen(light, both).direction, second.rotation @ put, atol=1e-5)
    assert np.allclose(light.radiance, np.multiply(SUN.radiance, 2.0))


def test_a_sun_that_was_taken_away_or_moved_stays_so_when_the_panorama_is_only_turned() -> None:
    gone = Adjustment(sun=SunChange(0, 0, remove=True))
    assert combined(gone, Adjustment(yaw=90)).sun == gone.sun
    moved = Adjustment(yaw=30, sun=SunChange(10, 20, 2.0))
    assert combined(moved, Adjustment(yaw=90)).sun == moved.sun
