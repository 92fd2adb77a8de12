from __future__ import annotations

import io
import struct

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from photos import icc_profile, matrix_profile
from PIL import Image, ImageCms

from lucida.imaging.colour import DISPLAY_P3, linear_to_srgb, srgb_table, to_rec709
from lucida.imaging.icc import BrokenProfile, read_profile

CODES = np.random.default_rng(3).integers(0, 256, (40, 40, 3)).astype(np.uint8)


def converted(profile: bytes) -> np.ndarray:
    """sRGB code values, unclipped at neither end before coding, by our transform."""
    transform = read_profile(profile)
    curves = transform.curves(255, 256)
    light = np.stack([curves[channel][CODES[..., channel]] for channel in range(3)], -1)
    return np.asarray(linear_to_srgb(light @ transform.matrix.T) * 255)


def by_little_cms(profile: bytes) -> np.ndarray:
    """The same by an independent library, clipped."""
    source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
    image = ImageCms.profileToProfile(Image.fromarray(CODES), source, ImageCms.createProfile("sRGB"), 1)
    assert image is not None
    return np.asarray(image)


@pytest.mark.parametrize("primaries", ["Display P3", "sRGB"])
def test_a_profile_means_what_another_library_says(primaries: str) -> None:
    profile = matrix_profile(primaries, primaries=primaries)
    difference = np.abs(converted(profile) - by_little_cms(profile))
    assert difference.max() <= 1.01 and np.median(difference) <= 0.5


@pytest.mark.parametrize(
    "curve",
    [
        b"curv" + struct.pack(">II", 0, 0),
        b"curv" + struct.pack(">IIH", 0, 1, round(2.2 * 256)) + b"\0\0",
        b"curv" + struct.pack(">II256H", 0, 256, *(round(65535 * (i / 255) ** 1.8) for i in range(256))),
        b"para" + struct.pack(">IHHi", 0, 0, 0, round(1.9 * 65536)),
        b"para" + struct.pack(">IHH3i", 0, 1, 0, *(round(v * 65536) for v in (2.2, 0.9, 0.1))),
        b"para" + struct.pack(">IHH4i", 0, 2, 0, *(round(v * 65536) for v in (2.2, 0.9, 0.05, 0.02))),
        b"para" + struct.pack(">IHH7i", 0, 4, 0, *(round(v * 65536) for v in (2.4, 0.94, 0.05, 0.08, 0.04, 0.01, 0.0))),
    ],
    ids=["line", "power", "samples", "type 0", "type 1", "type 2", "type 4"],
)
def test_every_kind_of_curve_means_what_another_library_says(curve: bytes) -> None:
    profile = matrix_profile("test", curve, "sRGB")
    assert np.abs(converted(profile) - by_little_cms(profile)).max() <= 1.5


def test_display_p3_is_named_and_its_matrix_is_the_standards() -> None:
    transform = read_profile(matrix_profile("Display P3"))
    assert transform.name == "Display P3"
    assert transform.matrix == pytest.approx(to_rec709(DISPLAY_P3), abs=2e-3)
    assert transform.curves(255, 256)[1] == pytest.approx(srgb_table(), abs=2e-5)


def test_grey_stays_exactly_grey() -> None:
    assert read_profile(matrix_profile("Display P3")).matrix.sum(1) == pytest.approx(1, abs=1e-12)


def test_a_profile_of_srgbs_own_colorants_needs_no_matrix() -> None:
    assert np.array_equal(read_profile(matrix_profile("sRGB", primaries="sRGB")).matrix, np.eye(3))


def test_a_grey_profile_is_a_curve() -> None:
    curve = b"curv" + struct.pack(">IIH", 0, 1, 512) + b"\0\0"
    transform = read_profile(icc_profile({b"kTRC": curve}, b"GRAY"))
    assert transform.curves(255, 256)[0][51] == pytest.approx(0.04, abs=1e-6)


def test_another_librarys_profile_is_read() -> None:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    transform = read_profile(profile)
    assert "sRGB" in transform.name
    assert transform.curves(255, 256)[2] == pytest.approx(srgb_table(), abs=1e-4)


@pytest.mark.parametrize("space", [b"CMYK", b"Lab "])
def test_other_colour_spaces_are_refused(space: bytes) -> None:
    with pytest.raises(BrokenProfile, match="not made of curves"):
        read_profile(icc_profile({}, space))


@given(st.integers(0, 600))
def test_a_cut_profile_is_refused_or_read_whole(length: int) -> None:
    profile = matrix_profile("Display P3")
    try:
        transform = read_profile(profile[:length])
    except BrokenProfile:
        return
    assert np.isfinite(transform.matrix).all()


@given(st.lists(st.tuples(st.integers(0, 500), st.integers(0, 255)), min_size=1, max_size=6))
def test_a_damaged_profile_never_gives_nonsense(damage: list[tuple[int, int]]) -> None:
    profile = bytearray(matrix_profile("Display P3"))
    for at, value in damage:
        profile[at % len(profile)] = value
    try:
        transform = read_profile(bytes(profile))
    except BrokenProfile:
        return
    assert np.isfinite(transform.matrix).all() and np.isfinite(transform.curves(255, 256)).all()
    assert transform.curves(255, 256).min() >= 0
