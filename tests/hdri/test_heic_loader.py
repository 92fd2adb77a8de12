from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from photos import chart, encode, exif_block

from lucida.errors import PhotoTooLarge
from lucida.hdri.heic_loader import load_photo
from lucida.imaging.colour import linear_to_srgb


def test_a_heic_comes_with_its_exif(tmp_path: Path) -> None:
    path = tmp_path / "photo.heic"
    path.write_bytes(encode(chart(), "HEIF", quality=95, exif=exif_block({0x0110: "Phone"}, {0xA405: 26})))
    photo = load_photo(path)
    assert (photo.format, photo.exif.model, photo.exif.focal_length_35mm) == ("heif", "Phone", 26)
    assert np.abs(linear_to_srgb(photo.radiance) * 255 - chart()).max() < 6


def test_the_size_limit_is_the_callers() -> None:
    content = encode(np.zeros((1001, 1000, 3), np.uint8), "HEIF")
    assert load_photo(content, max_megapixels=2).radiance.shape == (1001, 1000, 3)
    with pytest.raises(PhotoTooLarge, match="has 1 megapixels and at most 1 are read"):
        load_photo(content, max_megapixels=1)
