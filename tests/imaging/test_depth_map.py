from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from photos import apple_heic, chart, depth_message, encode

from lucida.imaging.depth_map import DepthMap, depth_xmp, read_depth_map
from lucida.imaging.screen import ScreenPicture, read_picture

NUMBERS = {"representation_type": 1, "d_min": 0.5, "d_max": 4.0}


def ramp(width: int = 96, height: int = 64) -> NDArray[np.uint8]:
    """Nearer to the right and towards the bottom."""
    x, y = np.meshgrid(np.linspace(0, 1, width), np.linspace(0, 1, height))
    return (180 * x + 75 * y).round().astype(np.uint8)


def heic(numbers: bytes, *, turns: int = 0, accuracy: str = "relative") -> ScreenPicture:
    gain = np.zeros((32, 48), np.uint8)
    return read_picture(
        apple_heic(chart(), gain, quarter_turns=turns, depth=ramp(), depth_numbers=numbers, accuracy=accuracy)
    )


def depth_of(picture: ScreenPicture) -> DepthMap:
    assert picture.depth is not None
    return picture.depth


def test_a_phones_disparities_become_metres() -> None:
    metres = depth_of(heic(depth_message(1, d_min=0.5, d_max=4.0))).metres
    assert metres.dtype == np.float32
    assert 1 / metres == pytest.approx(0.5 + 3.5 * ramp() / 255, abs=0.05)  # a step of the code is 0.014


@pytest.mark.parametrize("turns", [1, 2, 3])
def test_the_map_is_turned_as_the_picture_is(turns: int) -> None:
    picture = heic(depth_message(1, d_min=0.5, d_max=4.0), turns=turns)
    metres = depth_of(picture).metres
    assert (metres.shape[0] > metres.shape[1]) == (picture.pixels.shape[0] > picture.pixels.shape[1])
    assert 1 / metres == pytest.approx(np.rot90(0.5 + 3.5 * ramp() / 255, turns), abs=0.05)


def test_the_file_says_whether_its_metres_are_absolute() -> None:
    numbers = depth_message(1, d_min=0.5, d_max=4.0)
    assert depth_of(heic(numbers, accuracy="absolute")).absolute
    assert not depth_of(heic(numbers)).absolute


def test_representations_that_phones_do_not_write_are_left_out() -> None:
    picture = heic(depth_message(2, z_near=0.5, z_far=4.5))
    assert picture.depth is None


def test_a_map_without_numbers_is_left_out_and_the_photo_is_not() -> None:
    picture = heic(b"")
    assert picture.depth is None
    assert picture.pixels.shape == chart().shape


def test_infinity_and_what_is_not_told_are_unknown() -> None:
    code = np.array([[0, 255]], np.uint8)
    found = read_depth_map(code, {**NUMBERS, "d_min": 0.0})
    assert found is not None
    assert np.isnan(found.metres[0, 0])
    assert found.metres[0, 1] == pytest.approx(0.25)
    for numbers in (
        {},
        {"representation_type": 1, "d_min": 2.0},
        {**NUMBERS, "d_max": 0.5},
        {"representation_type": 3},
    ):
        assert read_depth_map(code, numbers) is None
    assert read_depth_map(code, {"representation_type": 1, "d_min": -2.0, "d_max": -1.0}) is None


def test_a_file_without_a_map_has_none() -> None:
    assert read_picture(encode(chart(), "PNG")).depth is None
    assert depth_xmp(b"http://ns.apple.com/depthData/1.0/ alone") is None


@pytest.mark.shared
def test_an_iphones_map_is_as_its_file_says(shared_folder: Path) -> None:
    picture = read_picture(shared_folder / "data/photos/iphone13pro_dog_depth_gainmap.heic")
    found = depth_of(picture)
    assert found.metres.shape == (576, 768)
    # FloatMinValue and FloatMaxValue of its XMP are disparities, 1.498047 and 4.382812 in 1 / metres.
    assert float(found.metres.min()) == pytest.approx(1 / 4.382812, rel=1e-4)
    assert float(found.metres.max()) == pytest.approx(1 / 1.498047, rel=1e-4)
    assert not found.absolute
    # The dog in the middle is nearer than the wall above it.
    assert np.median(found.metres[300:500, 300:400]) < 0.7 * np.median(found.metres[:200])
