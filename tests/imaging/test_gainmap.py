from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lucida.imaging.exif import Exif
from lucida.imaging.gainmap import apple_gain, apple_headroom, spread, spread_top, ultra_hdr_gain, xmp_number

ULTRA = (
    b'hdrgm:GainMapMin="-0.5" hdrgm:GainMapMax="3.0" hdrgm:Gamma="1.0" hdrgm:OffsetSDR="0.015625" '
    b'hdrgm:OffsetHDR="0.015625" hdrgm:HDRCapacityMax="3.0"'
)


@pytest.mark.parametrize(
    ("headroom", "gain", "stops"),
    [  # the four pieces of Apple's formula
        (0.84320903, 0.00802016, -20 * 0.00802016 + 1.8),
        (0.84320903, 0.05, -0.101 * 0.05 + 1.601),
        (1.2, 0.005, -70 * 0.005 + 3.0),
        (1.2, 0.05, -0.303 * 0.05 + 2.303),
    ],
)
def test_apples_formula_gives_the_headroom(headroom: float, gain: float, stops: float) -> None:
    assert apple_headroom(Exif(hdr_headroom=headroom, hdr_gain=gain)) == (pytest.approx(2**stops), True)


def test_a_missing_tag_48_is_taken_at_the_knee_and_admitted() -> None:
    assert apple_headroom(Exif(hdr_headroom=0.88)) == (pytest.approx(2**1.6), False)
    assert apple_headroom(Exif(hdr_headroom=1.4)) == (pytest.approx(2**2.3), False)


def test_xmp_tells_where_the_tags_do_not() -> None:
    xmp = b'<rdf:Description HDRGainMap:HDRGainMapHeadroom="4.5">'
    assert apple_headroom(Exif(), xmp) == (4.5, True)
    assert apple_headroom(Exif(hdr_headroom=0.88), xmp) == (4.5, True)
    assert apple_headroom(Exif()) is None


@given(st.floats(-10, 10), st.floats(-10, 10))
def test_no_tag_makes_light_vanish_or_explode(headroom: float, gain: float) -> None:
    found = apple_headroom(Exif(hdr_headroom=headroom, hdr_gain=gain))
    assert found is not None and 1 <= found[0] <= 16


def test_apples_map_goes_from_one_to_the_headroom_in_linear_light() -> None:
    gain = apple_gain(np.array([[0, 118, 255]], np.uint8), 3.0)
    assert gain.factor[0, :, 0] == pytest.approx([1.0, 1 + 2 * 0.1812, 3.0], abs=1e-3)
    assert gain.top.tolist() == [[False, False, True]]


def test_an_ultra_hdr_map_is_stops_between_its_ends() -> None:
    gain = ultra_hdr_gain(np.array([[0, 51, 255]], np.uint8), ULTRA)
    assert gain is not None
    assert np.log2(gain.factor[0, :, 0]) == pytest.approx([-0.5, 0.2, 3.0], abs=1e-6)
    assert gain.headroom == 8.0
    assert gain.offsets == (1 / 64, 1 / 64)


def test_an_ultra_hdr_map_may_differ_by_channel() -> None:
    sequence = b"<hdrgm:GainMapMax><rdf:Seq><rdf:li>1</rdf:li><rdf:li>2</rdf:li><rdf:li>3.0</rdf:li></rdf:Seq>"
    gain = ultra_hdr_gain(np.full((1, 1, 3), 255, np.uint8), sequence)
    assert gain is not None
    assert gain.factor[0, 0] == pytest.approx([2, 4, 8])


@pytest.mark.parametrize(
    "xmp",
    [
        b"",
        ULTRA.replace(b'Max="3.0" hdrgm:Gamma="1.0"', b'Max="3.0" hdrgm:Gamma="0"'),
        ULTRA.replace(b'"3.0"', b'"300"'),
        ULTRA + b' hdrgm:BaseRenditionIsHDR="True"',
    ],
    ids=["nothing", "gamma 0", "300 stops", "the base is the HDR one"],
)
def test_absurd_numbers_give_no_map(xmp: bytes) -> None:
    assert ultra_hdr_gain(np.zeros((2, 2), np.uint8), xmp) is None


def test_numbers_are_found_as_attribute_and_as_element() -> None:
    assert xmp_number(b'<a x:GainMapMax="2.5"/>', "GainMapMax") == 2.5
    assert xmp_number(b"<x:GainMapMax>-1e-3</x:GainMapMax>", "GainMapMax") == -0.001
    assert xmp_number(b'<a x:GainMapMaxima="2.5"/>', "GainMapMax") is None


def test_a_map_of_half_size_is_spread_over_the_picture() -> None:
    code = np.zeros((3, 4), np.uint8)
    code[0, 0] = 255
    gain = apple_gain(code, 5.0)
    assert spread(gain, 8, 6).shape == (6, 8, 1)
    assert spread(gain, 8, 6)[0, 0, 0] == 5.0
    assert np.argwhere(spread_top(gain, 8, 6)).max() == 1
