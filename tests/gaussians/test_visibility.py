"""What cameras see of a scene: against the slow reference, and on a ball with things hidden in and below it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from gaussians.scenes import ball_views, camera, painted_ball, scene

from lucida.gaussians import reference
from lucida.gaussians.harmonics import C0
from lucida.gaussians.rasteriser import TRANSMITTANCE, Drawing
from lucida.gaussians.scene import Gaussians, merged
from lucida.gaussians.training import Recipe, train
from lucida.gaussians.visibility import alone, lit, unseen
from lucida.geometry.cameras import orbit

RADIUS = 0.4
AROUND = orbit(8, np.radians(25), 1.5, 160, 176.0)


def coloured(gaussians: Gaussians, colours: np.ndarray) -> Gaussians:
    return replace(gaussians, harmonics=((colours - 0.5) / C0)[:, None].astype(gaussians.means.dtype))


def test_a_gaussian_lights_what_the_reference_gives_it() -> None:
    gaussians, seen_from = scene(12, 4, size=0.1, dtype=np.float64), camera()
    grey = coloured(gaussians, np.full((12, 3), 0.5))
    light = lit(Drawing(grey, seen_from))
    for n in range(12):
        only = coloured(gaussians, np.repeat(np.arange(12) == n, 3).reshape(12, 3).astype(float))
        assert light[n] == pytest.approx(reference.render(only, seen_from).colour[..., 0].sum(), rel=1e-5, abs=1e-5)
    clear = Drawing(grey, seen_from).planes()[TRANSMITTANCE]
    assert light.sum() == pytest.approx((1 - clear).sum(), rel=1e-6)


def test_alone_is_what_a_gaussian_lights_with_nothing_before_it() -> None:
    one = replace(scene(1, 3, size=0.04), means=np.zeros((1, 3), np.float32), opacity_logits=np.zeros(1, np.float32))
    behind = replace(one, means=np.array([camera().position * 2], np.float32))
    pixels = alone(merged([one, behind]), camera())
    grey = coloured(one, np.full((1, 3), 0.5))
    assert pixels[0] == pytest.approx(lit(Drawing(grey, camera()))[0], rel=0.03)  # which ends at an alpha of 1/255
    assert pixels[1] == 0


def test_what_is_inside_a_ball_or_below_its_cameras_is_unseen() -> None:
    ball = painted_ball(RADIUS)
    black = coloured(ball, np.zeros((len(ball), 3)))
    inside = painted_ball(RADIUS / 2)
    below = replace(inside, means=inside.means * 0.15 + np.array([0, 0, -1.1 * RADIUS], np.float32))
    for outer in (ball, black):
        hidden = unseen(merged([outer, inside, below]), AROUND, ends=True)
        of_outer, of_inside, of_below = np.split(hidden, [len(ball), 2 * len(ball)])
        assert of_inside.mean() > 0.99  # here and there the shell lets light through
        assert of_below.all()
        assert not of_outer[ball.means[:, 2] > -0.2].any()


def test_small_pictures_do_not_tell_where_a_scene_ends() -> None:
    few = scene(5, 1)
    assert not unseen(few, [camera(8, 8)], ends=True).all()


@pytest.mark.slow
def test_training_leaves_nothing_far_below_what_its_cameras_see() -> None:
    views = ball_views(8, size=96)
    trained = train(views, Recipe(iterations=400, limit=2000))
    solid = trained.means[trained.opacities > 0.1]
    assert solid[:, 2].min() > -RADIUS
