from __future__ import annotations

import cv2
import numpy as np
import pytest

from lucida.geometry.depth_edges import STEP, flying


def test_what_an_edge_was_smeared_into_goes_and_both_its_sides_stay() -> None:
    small = np.full((40, 40), 9.0, np.float32)
    small[10:30, 10:30] = 3.0
    smeared = cv2.resize(small, (160, 160), interpolation=cv2.INTER_LINEAR)
    gone = flying(smeared)
    between = (smeared > 3.01) & (smeared < 8.99)
    assert between.sum() > 1000
    assert (gone == between).mean() > 0.999  # but for pixels at the corners
    assert not gone[(smeared == 3) | (smeared == 9)].any()


def test_clean_edges_and_wires_stay_whole() -> None:
    scene = np.full((50, 60), 8.0, np.float32)
    scene[10:40, 20:40] = 2.0
    scene[:, 50] = 1.0
    assert not flying(scene).any()


def test_a_floor_stays_out_to_where_pixels_are_too_far_apart_to_tell() -> None:
    focal, camera_height = 1500.0, 1.5
    below_horizon = np.arange(1, 800, dtype=np.float32)
    metres = np.repeat((focal * camera_height / below_horizon)[:, None], 5, 1)
    gone = flying(np.ascontiguousarray(metres))
    assert not gone[metres < STEP * focal * camera_height - 1].any()
    assert gone[1:-1][metres[1:-1] > STEP * focal * camera_height + 3].all()


@pytest.mark.parametrize("shift", range(6))
def test_a_panorama_has_no_border(shift: int) -> None:
    scene = np.full((20, 30), 8.0, np.float32)
    scene[:, :10], scene[:, 10:12] = 2.0, np.array([4.0, 6.0])
    moved = np.roll(scene, shift - 12, 1)
    assert (flying(moved, wrap=True) == np.roll(flying(scene, wrap=True), shift - 12, 1)).all()
    assert flying(scene, wrap=True)[:, 10:12].all()


@pytest.mark.parametrize("shape", [(1, 1), (1, 7), (7, 1), (2, 2)])
@pytest.mark.parametrize("wrap", [False, True])
def test_the_smallest_pictures_work(shape: tuple[int, int], wrap: bool) -> None:
    assert flying(np.full(shape, 3, np.float32), wrap=wrap).shape == shape
