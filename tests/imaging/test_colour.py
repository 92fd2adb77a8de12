from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from lucida.imaging.colour import (
    DISPLAY_P3,
    LUMINANCE,
    REC709,
    REC2020,
    into_gamut,
    linear_to_srgb,
    linearise,
    rgb_to_xyz,
    srgb_table,
    srgb_to_linear,
    to_rec709,
)

IDENTITY = np.eye(3, dtype=np.float32)


def test_the_srgb_curve_has_the_standards_values() -> None:
    # IEC 61966-2-1: 18 % grey is code 118 of 255, and the two pieces meet at 0.04045.
    assert srgb_to_linear(np.array([0.0, 0.04045, 0.5, 1.0])) == pytest.approx([0, 0.0031308, 0.214041, 1], abs=1e-6)
    assert round(float(linear_to_srgb(np.array([0.18]))[0]) * 255) == 118


def test_every_code_value_comes_back() -> None:
    code = np.arange(256, dtype=np.uint8)
    assert np.array_equal(np.round(linear_to_srgb(srgb_to_linear(code)) * 255), code)
    assert np.array_equal(srgb_to_linear(code), srgb_table())


def test_the_matrices_are_the_published_ones() -> None:
    # Rec.709 to XYZ as in IEC 61966-2-1; Display P3 and Rec.2020 to Rec.709 as in ITU-R BT.2407 and CSS Color 4.
    assert rgb_to_xyz(REC709)[1] == pytest.approx([0.2126, 0.7152, 0.0722], abs=1e-4)
    assert to_rec709(DISPLAY_P3)[0] == pytest.approx([1.2249, -0.2249, 0.0], abs=1e-4)
    assert to_rec709(DISPLAY_P3)[2] == pytest.approx([-0.0196, -0.0786, 1.0983], abs=1e-4)
    assert to_rec709(REC2020)[0] == pytest.approx([1.6605, -0.5876, -0.0728], abs=1e-4)


@given(arrays.arrays(np.float32, (7, 3), elements=st.floats(-2, 3, width=32)), st.floats(0.5, 4))
def test_what_is_mapped_lies_in_gamut_and_keeps_light_and_hue(colours: np.ndarray, ceiling: float) -> None:
    mapped = into_gamut(colours, ceiling)
    assert mapped.min() >= 0 and mapped.max() <= np.float32(ceiling)
    grey = np.clip(colours @ LUMINANCE, 0, ceiling)
    assert mapped @ LUMINANCE == pytest.approx(np.clip(colours @ LUMINANCE, 0, np.float32(ceiling)), abs=1e-4)
    inside = (colours @ LUMINANCE > 0) & (colours @ LUMINANCE < ceiling)
    before, after = (each[inside] - grey[inside, None] for each in (colours, mapped))
    assert np.cross(before, after) == pytest.approx(0, abs=1e-3)  # the same direction from grey
    assert (np.abs(after) <= np.abs(before) + 1e-5).all()


def test_colours_in_gamut_stay_as_they_are() -> None:
    colours = np.random.default_rng(1).random((50, 3)).astype(np.float32)
    assert into_gamut(colours) == pytest.approx(colours, abs=1e-6)


@pytest.mark.parametrize("kind", [np.uint8, np.uint16])
@pytest.mark.parametrize("channels", [0, 1, 3])
def test_the_compiled_loop_does_what_the_reference_says(kind: type, channels: int) -> None:
    rng = np.random.default_rng(2)
    top = np.iinfo(kind).max
    code = rng.integers(0, top, (130, 17, 3), endpoint=True).astype(kind)
    curves = np.stack([np.linspace(0, 1, top + 1) ** power for power in (1.8, 2.2, 2.4)]).astype(np.float32)
    matrix = to_rec709(DISPLAY_P3).astype(np.float32)
    gain = (1 + 3 * rng.random((130, 17, channels))).astype(np.float32) if channels else None
    light = np.stack([curves[channel][code[..., channel]] for channel in range(3)], -1)
    ceiling: np.ndarray | float = 1.0
    if gain is not None:
        light = np.maximum((light + np.float32(0.02)) * gain - np.float32(0.01), 0)
        ceiling = np.float32(1.02) * gain.max(-1) - np.float32(0.01)
    expected = into_gamut(light @ matrix.T, ceiling)
    assert linearise(code, curves, matrix, gain, (0.02, 0.01)) == pytest.approx(expected, abs=5e-6, rel=5e-6)


def test_without_a_matrix_the_light_is_the_curves() -> None:
    code = np.arange(256 * 3, dtype=np.uint16).reshape(16, 16, 3).astype(np.uint8)
    curves = np.stack([srgb_table()] * 3)
    assert np.array_equal(linearise(code, curves, IDENTITY), srgb_table()[code])
