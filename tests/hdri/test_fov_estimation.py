from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lucida.hdri.fov_estimation import FieldOfView, estimate_fov
from lucida.imaging.exif import Exif

IPHONE = Exif(
    make="Apple", focal_length_mm=5.7, focal_length_35mm=26, pixel_width=4032, pixel_height=3024, digital_zoom=1.0
)


def degrees(fov: FieldOfView) -> tuple[float, float]:
    return math.degrees(fov.horizontal), math.degrees(fov.vertical)


def test_a_phones_26_mm_is_meant_along_the_diagonal() -> None:
    # 43.27 mm over 26 mm is 79.5° along the diagonal; 4:3 makes it 67.3° by 53.1°.
    assert degrees(estimate_fov(IPHONE, 4032, 3024)) == pytest.approx((67.3, 53.1), abs=0.1)
    assert degrees(estimate_fov(IPHONE, 3024, 4032)) == pytest.approx((53.1, 67.3), abs=0.1)


def test_a_number_without_a_maker_is_meant_along_the_long_side() -> None:
    fov = estimate_fov(Exif(focal_length_35mm=26, focal_length_mm=4.25), 1024, 768)
    assert math.tan(fov.horizontal / 2) == pytest.approx(18 / 26)
    assert fov.source == "FocalLengthIn35mmFilm, 26 mm"


def test_both_rules_agree_on_a_full_frame_camera() -> None:
    camera = Exif(make="SONY", focal_length_mm=50, focal_length_35mm=50)
    assert degrees(estimate_fov(camera, 6000, 4000)) == pytest.approx((39.6, 27.0), abs=0.05)


def test_a_wide_phone_picture_is_as_wide_as_the_sensor() -> None:
    whole = Exif(make="samsung", focal_length_mm=5.4, focal_length_35mm=26, pixel_width=4032, pixel_height=3024)
    wide = Exif(make="samsung", focal_length_mm=5.4, focal_length_35mm=26, pixel_width=4032, pixel_height=2268)
    assert estimate_fov(wide, 4032, 2268).horizontal == pytest.approx(estimate_fov(whole, 4032, 3024).horizontal)


def test_a_square_phone_picture_is_as_wide_as_the_sensor_is_high() -> None:
    square = Exif(make="Apple", focal_length_mm=5.7, focal_length_35mm=26, pixel_width=3024, pixel_height=3024)
    assert estimate_fov(square, 3024, 3024).horizontal == pytest.approx(estimate_fov(IPHONE, 4032, 3024).vertical)


def test_cropping_narrows_the_view_and_resizing_does_not() -> None:
    whole = estimate_fov(IPHONE, 4032, 3024)
    resized, cropped = estimate_fov(IPHONE, 1008, 756), estimate_fov(IPHONE, 2016, 2016)
    assert resized.horizontal == pytest.approx(whole.horizontal)
    assert math.tan(cropped.horizontal / 2) == pytest.approx(math.tan(whole.horizontal / 2) / 2)
    assert cropped.source.endswith("cropped")


def test_digital_zoom_counts_once() -> None:
    apple = Exif(make="Apple", focal_length_mm=4.15, focal_length_35mm=57, digital_zoom=1.97)
    nikon = Exif(make="NIKON", focal_length_mm=6, focal_length_35mm=57 / 1.97, digital_zoom=1.97)
    assert estimate_fov(apple, 3264, 2448).horizontal == pytest.approx(estimate_fov(nikon, 3264, 2448).horizontal)


def test_focal_length_and_sensor_are_used_where_the_equivalent_is_missing() -> None:
    # A 22.3 mm wide sensor behind 18 mm.
    camera = Exif(make="Canon", focal_length_mm=18, focal_plane_pixels_per_mm=5184 / 22.3)
    assert degrees(estimate_fov(camera, 5184, 3456))[0] == pytest.approx(63.55, abs=0.05)


def test_a_resolution_left_behind_by_resizing_is_not_believed() -> None:
    thumbnail = Exif(make="Canon", focal_length_mm=18, focal_plane_pixels_per_mm=5184 / 22.3)
    assert estimate_fov(thumbnail, 160, 120).source.startswith("assumed")


def test_a_default_is_said_to_be_one() -> None:
    fov = estimate_fov(Exif(), 4000, 3000)
    assert fov.source.startswith("assumed")
    assert math.tan(fov.horizontal / 2) == pytest.approx(18 / 26)


@given(
    make=st.sampled_from([None, "Apple", "Google"]),
    focal=st.none() | st.floats(1, 5000),
    length=st.none() | st.floats(0.1, 5000),
    zoom=st.none() | st.floats(1, 1000),
    original=st.none() | st.tuples(st.integers(1, 10**6), st.integers(1, 10**6)),
    size=st.tuples(st.integers(16, 20000), st.integers(16, 20000)),
)
def test_pixels_are_square_whatever_the_tags_say(
    make: str | None,
    focal: float | None,
    length: float | None,
    zoom: float | None,
    original: tuple[int, int] | None,
    size: tuple[int, int],
) -> None:
    width, height = original or (None, None)
    exif = Exif(
        make=make,
        focal_length_mm=length,
        focal_length_35mm=focal,
        digital_zoom=zoom,
        pixel_width=width,
        pixel_height=height,
    )
    fov = estimate_fov(exif, *size)
    assert 0 < fov.horizontal < math.pi
    assert math.tan(fov.horizontal / 2) * size[1] == pytest.approx(math.tan(fov.vertical / 2) * size[0])
