from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lucida.geometry.cameras import PinholeCamera
from lucida.geometry.level import estimate_level, level_from_gravity, level_from_lines
from lucida.imaging.exif import Exif
from lucida.imaging.photo import Photo
from lucida.imaging.read import read_photo

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


def seen(camera: PinholeCamera, world: Callable[[np.ndarray], np.ndarray]) -> Photo:
    """A photo of a world that is given as radiance (…, 3) by direction (…, 3); four rays to a pixel."""
    x, y = np.meshgrid(np.arange(2 * camera.width) / 2 + 0.25, np.arange(2 * camera.height) / 2 + 0.25)
    fine = world(camera.directions(x, y)).astype(np.float32)
    radiance = fine.reshape(camera.height, 2, camera.width, 2, 3).mean((1, 3))
    return Photo(radiance, radiance.max(-1) >= 1, Exif(), "png", "sRGB (assumed)")


def colonnade(direction: np.ndarray) -> np.ndarray:
    """Columns all around, from floor to ceiling."""
    azimuth = np.degrees(np.arctan2(direction[..., 0], -direction[..., 2]))
    column = (azimuth % 9 < 3) & (np.abs(direction[..., 1]) < 0.6)
    return np.where(column[..., None], [0.5, 0.45, 0.4], [0.1, 0.12, 0.1])


def sea(direction: np.ndarray) -> np.ndarray:
    """A calm sea below a clear sky."""
    height = direction[..., 1:2]
    sky = np.array([0.4, 0.5, 0.8]) * (1 - 0.4 * height)
    return np.where(height > 0, sky, np.array([0.05, 0.1, 0.15]) - height / 20)


def thicket(direction: np.ndarray) -> np.ndarray:
    """Leaves without any order."""
    noise = np.random.default_rng(8).lognormal(-1.5, 0.8, direction.shape[:-1])
    return noise[..., None] * np.array([0.5, 1.0, 0.3])


@pytest.mark.parametrize("size", [(480, 360), (360, 480)], ids=["landscape", "portrait"])
@pytest.mark.parametrize(("pitch", "roll"), [(12, 3), (-12, -4), (0, 5), (9, 0), (-15, 2)])
def test_upright_lines_tell_how_a_tilted_camera_was_held(size: tuple[int, int], pitch: float, roll: float) -> None:
    camera = PinholeCamera(*size, horizontal_fov=1.1, pitch=math.radians(pitch), roll=math.radians(roll))
    level = estimate_level(seen(camera, colonnade), camera)
    assert level.source == "upright lines" and level.confidence == 1.0
    assert math.degrees(level.pitch) == pytest.approx(pitch, abs=0.5)
    assert math.degrees(level.roll) == pytest.approx(roll, abs=0.3)


@pytest.mark.parametrize(("pitch", "roll"), [(8, 2), (-10, -3), (14, 0)])
def test_a_sea_horizon_tells_how_a_tilted_camera_was_held(pitch: float, roll: float) -> None:
    camera = PinholeCamera(480, 360, horizontal_fov=1.1, pitch=math.radians(pitch), roll=math.radians(roll))
    level = estimate_level(seen(camera, sea), camera)
    assert level.source == "the horizon"
    assert math.degrees(level.pitch) == pytest.approx(pitch, abs=0.6)
    assert math.degrees(level.roll) == pytest.approx(roll, abs=0.6)


@pytest.mark.parametrize(
    ("world", "source"),
    [
        (colonnade, "upright lines, which are level"),
        (sea, "the horizon, which is level"),
        (thicket, "assumed level"),
        (lambda direction: np.full(direction.shape, 0.2), "assumed level"),
    ],
    ids=["columns", "sea", "leaves", "nothing"],
)
def test_a_level_camera_is_exactly_level(world: Callable[[np.ndarray], np.ndarray], source: str) -> None:
    camera = PinholeCamera(480, 360, horizontal_fov=1.1)
    level = estimate_level(seen(camera, world), camera)
    assert (level.pitch, level.roll, level.source) == (0.0, 0.0, source)


def test_without_order_a_tilt_is_not_guessed() -> None:
    camera = PinholeCamera(480, 360, horizontal_fov=1.1, pitch=0.2, roll=0.05)
    assert estimate_level(seen(camera, thicket), camera).confidence == 0.0


@pytest.mark.shared
@pytest.mark.parametrize(
    ("name", "low", "high"),
    [
        ("iphone13_kitchen.heic", -10, -8),
        ("iphone13pro_dog_depth_gainmap.heic", 20, 23),
        ("iphone6_garden.jpg", 35, 39),
    ],
)
def test_real_phones_say_how_they_were_held(shared_folder: Path, name: str, low: float, high: float) -> None:
    photo = read_photo(shared_folder / "data" / "photos" / name)
    height, width = photo.radiance.shape[:2]
    level = estimate_level(photo, PinholeCamera(width, height, horizontal_fov=1.1))
    assert low < math.degrees(level.pitch) < high and abs(math.degrees(level.roll)) < 6
    assert level.source == "the phone's accelerometer"


@pytest.mark.shared
def test_the_lines_of_a_real_kitchen_agree_with_its_accelerometer(shared_folder: Path) -> None:
    photo = read_photo(shared_folder / "data" / "photos" / "iphone13_kitchen.heic")
    measured = level_from_gravity(photo.exif, 3024, 4032)
    found = level_from_lines(np.ascontiguousarray(photo.radiance[::6, ::6]), math.radians(53.1))
    assert measured is not None and found is not None
    assert math.degrees(found.pitch - measured.pitch) == pytest.approx(0, abs=2)
    assert math.degrees(found.roll - measured.roll) == pytest.approx(0, abs=1)
