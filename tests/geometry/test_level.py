from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lucida.geometry.cameras import PinholeCamera
from lucida.geometry.level import level_from_gravity
from lucida.imaging.exif import Exif

PORTRAIT, LANDSCAPE = (3024, 4032), (4032, 3024)
HELD = [  # orientation, size, and the phone's own axes in the picture: its right, its top and its screen's front
    (6, PORTRAIT, (1, 0, 0), (0, 1, 0)),
    (8, PORTRAIT, (-1, 0, 0), (0, -1, 0)),
    (1, LANDSCAPE, (0, 1, 0), (-1, 0, 0)),
    (3, LANDSCAPE, (0, -1, 0), (1, 0, 0)),
]


def reading(camera: PinholeCamera, right: tuple[int, ...], top: tuple[int, ...]) -> tuple[float, float, float]:
    """What the accelerometer of a phone reads whose right and top lie so in the picture (right, up, towards us)."""
    down = np.array([0.0, -1.0, 0.0]) @ camera.camera_to_world()
    return float(down @ right), float(down @ top), float(down[2])


@pytest.mark.parametrize(("orientation", "size", "right", "top"), HELD)
@given(pitch=st.floats(-70, 70), roll=st.floats(-40, 40))
def test_gravity_gives_back_how_the_phone_was_held(
    orientation: int,
    size: tuple[int, int],
    right: tuple[int, ...],
    top: tuple[int, ...],
    pitch: float,
    roll: float,
) -> None:
    camera = PinholeCamera(*size, horizontal_fov=1.0, pitch=math.radians(pitch), roll=math.radians(roll))
    level = level_from_gravity(Exif(gravity=reading(camera, right, top), orientation=orientation), *size)
    assert level is not None
    assert math.degrees(level.pitch) == pytest.approx(pitch, abs=1e-6)
    assert math.degrees(level.roll) == pytest.approx(roll, abs=1e-6)
    assert level.confidence == 1.0


@pytest.mark.parametrize(("orientation", "size", "right", "top"), HELD)
def test_an_edited_file_without_orientation_takes_the_uppermost_side_for_the_top(
    orientation: int, size: tuple[int, int], right: tuple[int, ...], top: tuple[int, ...]
) -> None:
    camera = PinholeCamera(*size, horizontal_fov=1.0, pitch=-0.5, roll=0.1)
    level = level_from_gravity(Exif(gravity=reading(camera, right, top)), *size)
    assert level is not None
    assert (level.pitch, level.roll) == (pytest.approx(-0.5), pytest.approx(0.1))


def test_a_phone_that_points_straight_down_tells_nothing() -> None:
    assert level_from_gravity(Exif(gravity=(0.02, -0.05, -1.0), orientation=6), *PORTRAIT) is None
