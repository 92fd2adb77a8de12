from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import psutil
import pytest
from hostile_images import exif_bomb
from hypothesis import given
from hypothesis import strategies as st
from photos import apple_makernote, exif_block
from PIL.TiffImagePlugin import IFDRational

from lucida.imaging.exif import Exif, read_exif
from lucida.imaging.tiff_tags import read_directory

TAKEN, OFFSET = {0x9003: "2022:02:16 12:55:41"}, {0x9011: "+01:00"}
PLACE = {1: "N", 2: (44.0, 51.0, 1.72), 3: "W", 4: (34.0, 58.0, 35.93)}
GPS_TIME = {7: (11.0, 55.0, 40.0), 29: "2022:02:16"}


def test_the_tags_of_a_phone_are_read() -> None:
    note = apple_makernote(gravity=(0.0, -0.6, 0.8), headroom=0.84, gain=0.008)
    exif = read_exif(
        exif_block(
            {0x010F: "Apple", 0x0110: "iPhone 13 Pro", 0x0112: 6},
            {0x829A: 1 / 60, 0x829D: 1.5, 0x8827: 250, 0x920A: 5.7, 0xA405: 26, 0xA404: 1.5, 0x927C: note}
            | {0xA002: 4032, 0xA003: 3024, 0xA434: "iPhone 13 Pro back camera 5.7mm f/1.5"}
            | TAKEN
            | OFFSET,
            PLACE | {17: 194.5},
        )
    )
    assert (exif.make, exif.model, exif.orientation, exif.front_camera) == ("Apple", "iPhone 13 Pro", 6, False)
    assert (exif.focal_length_mm, exif.focal_length_35mm) == (pytest.approx(5.7), 26)
    assert (exif.digital_zoom, exif.f_number) == (1.5, 1.5)
    assert (exif.exposure_time_s, exif.iso) == (pytest.approx(1 / 60), 250)
    assert (exif.pixel_width, exif.pixel_height) == (4032, 3024)
    assert exif.taken_at == datetime(2022, 2, 16, 11, 55, 41, tzinfo=UTC)
    assert exif.latitude_deg == pytest.approx(44.850478, abs=1e-6)
    assert exif.longitude_deg == pytest.approx(-34.976647, abs=1e-6)
    assert exif.compass_deg == 194.5
    assert exif.gravity == (0.0, -0.6, 0.8)
    assert (exif.hdr_headroom, exif.hdr_gain) == (0.84, 0.008)


@pytest.mark.parametrize(
    ("picture", "gps", "expected"),
    [
        (TAKEN | OFFSET, {}, datetime(2022, 2, 16, 11, 55, 41, tzinfo=UTC)),
        (TAKEN, PLACE | GPS_TIME, datetime(2022, 2, 16, 11, 55, 40, tzinfo=UTC)),
        (TAKEN, PLACE, None),
        ({0x9003: "0000:00:00 00:00:00"} | OFFSET, {}, None),
        (TAKEN | {0x9011: "   :  "}, {}, None),
        (TAKEN | {0x9011: "+\u00b2\u00b2:\u00b2\u00b2".encode()}, {}, None),
        ({}, {7: (59.0, 59.0, 59.0), 29: "9999:12:31"}, None),
    ],
    ids=["offset", "gps time", "wall clock alone", "clock never set", "blank offset", "raised digits", "end of time"],
)
def test_the_moment_is_utc_or_unknown(picture: dict[int, Any], gps: dict[int, Any], expected: datetime | None) -> None:
    assert read_exif(exif_block({}, picture, gps)).taken_at == expected


def test_apex_values_stand_in_for_missing_exposure_tags() -> None:
    exif = read_exif(exif_block({}, {0x9201: 6.0, 0x9202: 2.0}))
    assert exif.exposure_time_s == pytest.approx(1 / 64)
    assert exif.f_number == pytest.approx(2.0)


def test_a_receiver_without_a_fix_gives_no_place() -> None:
    nowhere = {1: "N", 2: (0.0, 0.0, 0.0), 3: "E", 4: (0.0, 0.0, 0.0)}
    assert read_exif(exif_block({}, {}, nowhere)).latitude_deg is None


def test_a_shaken_phone_gives_no_gravity() -> None:
    assert read_exif(exif_block({}, {0x927C: apple_makernote(gravity=(0.4, -1.6, 0.3))})).gravity is None


def test_absurd_numbers_are_left_out() -> None:
    zero = IFDRational(1, 0)
    exif = read_exif(exif_block({0x0112: 77}, {0x829A: zero, 0x829D: 0.0, 0x8827: 0, 0xA405: 0, 0x920A: zero}))
    assert exif == Exif()


def test_no_block_and_an_empty_block_say_nothing() -> None:
    assert read_exif(None) == read_exif(b"") == read_exif(b"Exif\0\0") == Exif()


@given(st.binary(max_size=400))
def test_noise_is_survived(noise: bytes) -> None:
    assert isinstance(read_exif(b"Exif\0\0MM\0*\0\0\0\x08" + noise), Exif)


@given(st.data())
def test_a_damaged_block_is_survived(data: st.DataObject) -> None:
    block = bytearray(
        exif_block({0x0112: 6}, {0x829A: 0.01, 0xA405: 26, 0x927C: apple_makernote((0, -1, 0))} | TAKEN | OFFSET, PLACE)
    )
    for _ in range(data.draw(st.integers(1, 8))):
        block[data.draw(st.integers(0, len(block) - 1))] = data.draw(st.integers(0, 255))
    assert isinstance(read_exif(bytes(block)), Exif)


@pytest.mark.parametrize(("kind", "width"), [(6, 1), (5, 8), (7, 1)])
def test_tags_that_lie_on_each_other_take_no_more_than_their_block(kind: int, width: int) -> None:
    block, mine = exif_bomb(4_000_000, kind, width), psutil.Process()
    before = mine.memory_info().rss
    assert len(block) > 2_000_000
    tags = read_directory(block[6:], 8, ">")
    assert sum(map(len, tags.values())) <= len(block)
    assert mine.memory_info().rss - before < 100 << 20
