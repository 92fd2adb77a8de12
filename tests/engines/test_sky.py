from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from scenes import noise, outdoors, rays

from lucida.engines.painter.sky import luminance, sky_mask, sunlight
from lucida.geometry.cameras import PinholeCamera

LEVEL = PinholeCamera(480, 360, 1.15)
CAMERAS = {
    "level": LEVEL,
    "looks up": PinholeCamera(480, 360, 1.15, 0.25),
    "looks down": PinholeCamera(480, 360, 1.15, -0.25),
    "leans": PinholeCamera(480, 360, 1.15, 0.0, 0.2),
    "upright": PinholeCamera(360, 480, 0.9),
}


def masked(radiance: NDArray[np.float32], camera: PinholeCamera) -> tuple[NDArray[np.float32], NDArray[np.float64]]:
    """The sky's share and the height (y of the unit direction) of each of the mask's pixels."""
    mask = sky_mask(radiance, (radiance >= 0.999).any(-1), camera)
    height, width = mask.shape
    at_x, at_y = (np.arange(width) + 0.5) * camera.width / width, (np.arange(height) + 0.5) * camera.height / height
    return mask, camera.directions(*np.meshgrid(at_x, at_y))[..., 1]


@pytest.mark.parametrize("camera", CAMERAS.values(), ids=CAMERAS.keys())
def test_a_clear_sky_is_found_and_ends_at_the_horizon(camera: PinholeCamera) -> None:
    mask, up = masked(outdoors(camera), camera)
    assert mask[up > 0.08].mean() > 0.95
    assert mask[up < -0.08].mean() < 0.03


def test_a_burnt_out_sky_is_sky() -> None:
    picture = outdoors(LEVEL)
    picture[(rays(LEVEL)[..., 1] > 0) & (rays(LEVEL)[..., 0] > 0)] = 1
    mask, up = masked(picture, LEVEL)
    assert mask[up > 0.08].mean() > 0.95


def test_where_a_channel_is_burnt_out_the_noise_of_the_others_does_not_matter() -> None:
    picture, up = outdoors(LEVEL), rays(LEVEL)[..., 1]
    evening = np.stack([np.ones(up.shape), *np.random.default_rng(0).uniform(0.1, 0.9, (2, *up.shape))], -1)
    picture[up > 0] = evening[up > 0]
    mask, up = masked(picture, LEVEL)
    assert mask[up > 0.08].mean() > 0.95


def test_calm_water_that_shows_the_sky_is_no_sky() -> None:
    ray = rays(LEVEL)
    height = np.abs(ray[..., 1:2])
    picture = np.array([0.55, 0.65, 0.75]) * (1 - height) + np.array([0.08, 0.2, 0.55]) * height
    mask, up = masked(picture.astype(np.float32), LEVEL)
    assert mask[up > 0.05].mean() > 0.95
    assert mask[up < -0.12].mean() < 0.05


def test_a_dark_slope_in_haze_ends_the_sky_though_it_has_no_edge() -> None:
    """From sky to a sixteenth of it, over twenty degrees, without a texture."""
    up = rays(LEVEL)[..., 1]
    darker = np.exp2(-4 * np.clip((0.45 - up) / 0.35, 0, 1))[..., None]
    mask, up = masked((np.array([0.5, 0.6, 0.7]) * darker).astype(np.float32), LEVEL)
    assert mask[up > 0.42].mean() > 0.95
    assert mask[(up > 0) & (up < 0.15)].mean() < 0.05


def test_a_tower_before_the_sky_is_none() -> None:
    picture, ray = outdoors(LEVEL), rays(LEVEL)
    tower = (np.abs(ray[..., 0]) < 0.12) & (ray[..., 1] < 0.25)
    brick = np.random.default_rng(0).uniform(0.02, 0.2, (*tower.shape, 1))
    picture[tower] = np.broadcast_to(brick, picture.shape)[tower]
    mask, up = masked(picture, LEVEL)
    middle = np.abs(np.linspace(-1, 1, mask.shape[1])) < 0.1
    assert mask[:, middle][(up[:, middle] > 0.03) & (up[:, middle] < 0.2)].mean() < 0.1
    assert mask[:, ~middle][up[:, ~middle] > 0.26].mean() > 0.9


def test_what_is_smooth_but_hangs_below_something_else_is_no_sky() -> None:
    """A lake under a wood: as smooth and as bright as the sky, and not it."""
    picture, ray = outdoors(LEVEL), rays(LEVEL)
    trees = np.random.default_rng(0).uniform(0.01, 0.2, ray.shape[:2])[..., None].repeat(3, -1)
    picture[ray[..., 1] > 0.15] = trees[ray[..., 1] > 0.15]
    mask, _ = masked(picture, LEVEL)
    assert mask.max() == 0


def test_a_street_seen_from_above_has_no_sky() -> None:
    camera = PinholeCamera(480, 360, 1.15, -0.7)
    mask, _ = masked(outdoors(camera), camera)
    assert mask.max() == 0


def test_leaves_all_over_are_no_sky() -> None:
    fine = np.random.default_rng(1).normal(size=(360, 480)) + noise(360, 480)
    leaves = np.array([0.1, 0.2, 0.05]) * np.exp2(fine)[..., None]
    mask, _ = masked(leaves.clip(0, 0.9).astype(np.float32), LEVEL)
    assert mask.max() == 0


def test_the_mask_is_a_share_of_the_photo_s_shape() -> None:
    mask, _ = masked(outdoors(LEVEL), LEVEL)
    assert mask.shape == (192, 256)
    assert mask.dtype == np.float32
    assert mask.min() >= 0
    assert mask.max() <= 1


def test_luminance_is_rec_709_s() -> None:
    assert luminance(np.eye(3, dtype=np.float32)) == pytest.approx([0.2126, 0.7152, 0.0722])


def test_the_high_sun_is_nearly_white_and_the_low_one_red() -> None:
    noon, evening, setting = (sunlight(np.radians(degrees)) for degrees in (60.0, 10.0, 0.0))
    assert luminance(np.stack([noon, evening, setting])) == pytest.approx(1, abs=1e-5)
    assert noon[2] / noon[1] == pytest.approx(np.exp(-0.13 * (1.154 - 0.6)), rel=0.01)  # 1.154 air masses at 60 degrees
    assert evening[2] / evening[1] == pytest.approx(np.exp(-0.13 * (5.6 - 0.6)), rel=0.01)  # 5.6 at 10
    assert setting[2] < evening[2] < noon[2] and setting[0] > evening[0] > noon[0]
    assert np.array_equal(setting, sunlight(-0.2))  # below the horizon no redder still
