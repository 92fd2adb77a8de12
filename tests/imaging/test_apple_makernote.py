from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from photos import apple_makernote

from lucida.imaging.apple_makernote import ACCELERATION, HDR_GAIN, HDR_HEADROOM, SIGNATURE, read_makernote


def test_signed_rationals_are_read_with_their_sign_and_size() -> None:
    tags = read_makernote(apple_makernote(gravity=(0.005, -0.9915, -0.1529), headroom=0.8432, gain=0.00802))
    assert tags[ACCELERATION] == pytest.approx((0.005, -0.9915, -0.1529), abs=1e-5)
    assert tags[HDR_HEADROOM] == pytest.approx((0.8432,), abs=1e-5)
    assert tags[HDR_GAIN] == pytest.approx((0.00802,), abs=1e-5)


def test_another_makers_note_says_nothing() -> None:
    assert read_makernote(b"Nikon\0\2\x10\0\0MM\0*\0\0\0\x08" + bytes(64)) == {}


@given(st.integers(0, 200))
def test_a_note_cut_anywhere_gives_what_is_whole(length: int) -> None:
    whole = apple_makernote(gravity=(0.0, -1.0, 0.0), headroom=0.5)
    tags = read_makernote(whole[:length])
    assert set(tags) <= {ACCELERATION, HDR_HEADROOM}
    assert all(tags[tag] == read_makernote(whole)[tag] for tag in tags)


@given(st.binary(max_size=300))
def test_noise_behind_the_signature_is_survived(noise: bytes) -> None:
    assert all(isinstance(tag, int) for tag in read_makernote(SIGNATURE + noise))


def test_a_denominator_of_zero_leaves_the_tag_out() -> None:
    note = bytearray(apple_makernote(headroom=0.5))
    note[-4:] = bytes(4)
    assert read_makernote(bytes(note)) == {}
