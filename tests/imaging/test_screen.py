from __future__ import annotations

import numpy as np
import pytest
from photos import chart, encode, exif_block, matrix_profile

from lucida.errors import TruncatedPhoto
from lucida.imaging.screen import read_picture


def test_a_lossless_picture_keeps_every_code() -> None:
    for kind, options in (("PNG", {}), ("WEBP", {"lossless": True})):
        picture = read_picture(encode(chart(), kind, **options))
        assert picture.pixels.dtype == np.uint8
        assert np.array_equal(picture.pixels, chart())
        assert picture.alpha is None


@pytest.mark.parametrize("kind", ["PNG", "WEBP"])
def test_what_is_transparent_is_known_and_turned_with_the_picture(kind: str) -> None:
    alpha = np.full((64, 96), 255, np.uint8)
    alpha[:20, :48] = 0
    alpha[40:, 80:] = 100
    options = {"lossless": True, "exact": True} if kind == "WEBP" else {}
    file = encode(np.dstack([chart(), alpha]), kind, exif=exif_block({0x0112: 6}), **options)
    picture = read_picture(file)
    assert picture.alpha is not None
    assert np.array_equal(picture.alpha, np.rot90(alpha, -1))
    assert np.array_equal(picture.pixels[picture.alpha == 255], np.rot90(chart(), -1)[picture.alpha == 255])


def test_what_is_half_transparent_keeps_its_colour() -> None:
    alpha = np.full((64, 96), 200, np.uint8)
    picture = read_picture(encode(np.dstack([chart(), alpha]), "PNG"))
    assert np.array_equal(picture.pixels, chart())
    assert picture.alpha is not None and (picture.alpha == 200).all()


def test_another_profile_is_converted_and_srgb_s_own_is_not() -> None:
    wide = read_picture(encode(chart(), "PNG", icc_profile=matrix_profile("Display P3"))).pixels
    named = read_picture(
        encode(chart(), "PNG", icc_profile=matrix_profile("sRGB IEC61966-2.1", primaries="sRGB"))
    ).pixels
    assert np.array_equal(named, chart())
    # A colour of Display P3 is more saturated than the same code in sRGB: red at the right is redder.
    assert int(wide[0, -1, 0]) > int(chart()[0, -1, 0]) + 5


def test_what_is_cut_off_is_refused() -> None:
    with pytest.raises(TruncatedPhoto):
        read_picture(encode(chart(), "PNG")[:200])
