from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from lucida.errors import BadParameter
from lucida.hdri.exif_utils import exposure_value, infer_scene, sun_position
from lucida.hdri.heic_loader import load_photo
from lucida.imaging.exif import Exif
from lucida.imaging.photo import Photo

GREENWICH = {"latitude_deg": 51.48, "longitude_deg": 0.0}
NOON, MIDNIGHT = (datetime(2024, 6, 21, hour, 2, tzinfo=UTC) for hour in (12, 0))


def meadow() -> np.ndarray:
    """A blue sky over rough grass."""
    rng = np.random.default_rng(5)
    picture = np.empty((192, 256, 3), np.float32)
    picture[:90] = np.linspace([0.25, 0.4, 0.8], [0.6, 0.7, 0.85], 90)[:, None]
    picture[90:] = np.array([0.08, 0.14, 0.03]) * rng.lognormal(0, 0.7, (102, 256, 1))
    return picture


def room() -> np.ndarray:
    """Smooth walls, with upright edges, a slanted ceiling's edge, a door and a lit ceiling lamp."""
    picture = np.full((192, 256, 3), [0.25, 0.2, 0.14], np.float32)
    y, x = np.mgrid[:192, :256]
    picture[y < 60 - x / 6] = [0.12, 0.1, 0.08]
    picture[150:] = [0.1, 0.06, 0.03]
    for left in (40, 110, 180, 215):
        picture[50:165, left : left + 18] = [0.05, 0.03, 0.02]
    picture[10:18, 150:190] = 1.0
    return picture


def streetlights() -> np.ndarray:
    """Lamps and what they light under a black sky."""
    rng = np.random.default_rng(6)
    picture = np.full((192, 256, 3), 0.002, np.float32)
    picture[110:] = np.array([0.1, 0.06, 0.02]) * rng.lognormal(0, 0.5, (82, 256, 1))
    for x in range(20, 256, 40):
        picture[95:101, x : x + 6] = 1.0
    return picture


def photo(picture: np.ndarray, **exif: object) -> Photo:
    clipped = picture.max(-1) >= 0.99
    return Photo(picture.astype(np.float32), clipped, Exif(**exif), "png", "sRGB (assumed)")


@pytest.mark.parametrize(
    ("picture", "kind"), [(meadow(), "outdoor"), (room(), "indoor"), (streetlights(), "night")], ids=lambda value: ""
)
def test_the_picture_alone_tells(picture: np.ndarray, kind: str) -> None:
    scene = infer_scene(photo(picture))
    assert scene.type == kind
    assert scene.confidence >= 0.7
    assert scene.reason and scene.prompt and scene.negative_prompt == "cartoon, illustration, painting, unrealistic"
    assert (scene.ev100, scene.sun) == (None, None)


def test_brighter_and_darker_copies_of_a_picture_are_the_same_place() -> None:
    for stops in (-4, -2, 0):
        assert infer_scene(photo(meadow() * 2.0**stops)).type == "outdoor"
        assert infer_scene(photo(room() * 2.0**stops)).type == "indoor"


@pytest.mark.parametrize("chosen", ["outdoor", "indoor", "night"])
def test_what_is_chosen_by_hand_holds(chosen: str) -> None:
    scene = infer_scene(photo(room()), chosen)
    assert (scene.type, scene.reason, scene.confidence) == (chosen, "chosen by hand", 1.0)


def test_an_unknown_scene_type_is_a_bad_parameter() -> None:
    with pytest.raises(BadParameter, match="no scene type 'underwater'; choose auto, outdoor, indoor, night") as caught:
        infer_scene(photo(room()), "underwater")
    assert (caught.value.param, caught.value.status) == ("scene_type", 422)


def test_exposure_outweighs_a_doubtful_picture() -> None:
    grey = np.full((96, 128, 3), 0.2, np.float32)
    sunny = infer_scene(photo(grey, f_number=1.8, exposure_time_s=1 / 4000, iso=50.0))
    dim = infer_scene(photo(grey, f_number=1.8, exposure_time_s=1 / 30, iso=800.0))
    assert (sunny.type, dim.type) == ("outdoor", "indoor")
    assert "EV 14.7" in sunny.reason and "EV 3.6" in dim.reason


def test_no_room_is_as_bright_as_a_cloudy_day() -> None:
    assert infer_scene(photo(room(), f_number=4.0, exposure_time_s=1 / 250, iso=100.0)).type == "outdoor"
    assert infer_scene(photo(room(), f_number=2.8, exposure_time_s=1 / 60, iso=100.0)).type == "indoor"


def test_after_nightfall_the_open_is_night_and_a_room_stays_a_room() -> None:
    assert infer_scene(photo(meadow(), taken_at=MIDNIGHT, **GREENWICH)).type == "night"
    assert infer_scene(photo(room(), taken_at=MIDNIGHT, **GREENWICH)).type == "indoor"


def test_by_day_a_black_sky_is_no_night() -> None:
    assert infer_scene(photo(streetlights(), taken_at=NOON, **GREENWICH)).type != "night"


def test_the_sun_stands_where_the_almanac_says() -> None:
    # Solstice, solar noon at 12:02 UTC: 90 - 51.48 + 23.44 degrees over the south.
    sun = sun_position(Exif(taken_at=NOON, **GREENWICH))
    assert sun is not None and sun.direction is None
    assert sun.altitude_deg == pytest.approx(61.96, abs=0.1)
    assert sun.azimuth_deg == pytest.approx(180, abs=1)


@pytest.mark.parametrize(("compass", "axis", "sign"), [(180.0, 2, -1), (90.0, 0, 1), (270.0, 0, -1), (0.0, 2, 1)])
def test_the_compass_turns_the_sun_into_the_panoramas_frame(compass: float, axis: int, sign: int) -> None:
    # Looking south at noon it is ahead (-z), looking east it is on the right, north behind.
    sun = sun_position(Exif(taken_at=NOON, compass_deg=compass, **GREENWICH))
    assert sun is not None and sun.direction is not None
    assert np.linalg.norm(sun.direction) == pytest.approx(1)
    assert sun.direction[1] == pytest.approx(np.sin(np.radians(61.96)), abs=2e-3)
    assert sign * sun.direction[axis] == pytest.approx(np.cos(np.radians(61.96)), abs=5e-3)


def test_exposure_value_is_at_iso_100() -> None:
    assert exposure_value(Exif(f_number=16, exposure_time_s=1 / 125, iso=100)) == pytest.approx(14.97, abs=0.01)
    assert exposure_value(Exif(f_number=16, exposure_time_s=1 / 125, iso=400)) == pytest.approx(12.97, abs=0.01)
    assert exposure_value(Exif(f_number=16)) is None


@pytest.mark.shared
@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("iphone11_flower.heic", "outdoor"),
        ("iphone13_kitchen.heic", "indoor"),
        ("iphone13pro_dog_depth_gainmap.heic", "indoor"),
        ("iphone6_garden.jpg", "outdoor"),
        ("nokia_sunset.heif", "outdoor"),
    ],
)
def test_real_photos_are_told_apart(shared_folder: Path, name: str, kind: str) -> None:
    assert infer_scene(load_photo(shared_folder / "data" / "photos" / name)).type == kind
