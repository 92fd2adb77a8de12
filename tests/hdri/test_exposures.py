from __future__ import annotations

import numpy as np
import pytest

from lucida.errors import BadParameter
from lucida.hdri.exposures import expose, ordered


def test_ev_0_comes_first_and_the_others_as_given() -> None:
    assert ordered([-3, -1, 0, 1, 3]) == [0, -3, -1, 1, 3]
    assert ordered([0]) == [0]


@pytest.mark.parametrize("offsets", [[], [1, 2], [0, 1, 1], [0, float("nan")], [0, 40]])
def test_offsets_that_make_no_bracket_are_refused(offsets: list[float]) -> None:
    with pytest.raises(BadParameter) as refused:
        ordered(offsets)
    assert refused.value.param == "ev_offsets"


def test_an_exposure_is_light_times_a_power_of_two_clipped_at_white() -> None:
    light = np.array([[[0.0, 0.21404114, 1.0]]], np.float32)  # sRGB codes 0, 127.5 and 255
    assert expose(light, 0)[0, 0].tolist() in ([0, 127, 255], [0, 128, 255])
    assert expose(light, 1)[0, 0, 1] == round(255 * (1.055 * 0.42808228 ** (1 / 2.4) - 0.055))
    assert expose(light, 3)[0, 0].tolist() == [0, 255, 255]
    assert expose(light * 8, -3)[0, 0, 2] == 255
    assert expose(light * 7.9, -3)[0, 0, 2] == 254
