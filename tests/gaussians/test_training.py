"""Training on pictures of a known scene: it comes near, stops when told to, and goes on where it was."""

from __future__ import annotations

import gc
from dataclasses import replace
from pathlib import Path

import numpy as np
import psutil
import pytest
from gaussians.scenes import ball_views, scene

from lucida.errors import BadInput
from lucida.gaussians.initialisation import at_random, from_depths, from_points, from_silhouettes
from lucida.gaussians.rasteriser import render
from lucida.gaussians.scene import Gaussians
from lucida.gaussians.training import NAMES, Recipe, Trainer, train
from lucida.gaussians.views import View

SHORT = Recipe(iterations=150, limit=1500)


def psnr(gaussians: Gaussians, view: View) -> float:
    """Over white."""
    assert view.alpha is not None
    seen = np.clip(render(gaussians, view.camera, (1, 1, 1)).colour, 0, 1)
    real = view.colour * view.alpha[..., None] + 1 - view.alpha[..., None]
    return float(-10 * np.log10(((seen - real) ** 2).mean()))


def same(one: Gaussians, other: Gaussians) -> bool:
    return all(getattr(one, name).tobytes() == getattr(other, name).tobytes() for name in NAMES)


@pytest.mark.slow
def test_unseen_views_come_near_and_nearer() -> None:
    views = ball_views(12)
    seen, unseen = [view for n, view in enumerate(views) if n % 4 != 1], views[1::4]
    before = np.mean([psnr(from_silhouettes(seen), view) for view in unseen])
    short, long = (train(seen, Recipe(iterations=n, limit=3000)) for n in (200, 800))
    after, later = (np.mean([psnr(each, view) for view in unseen]) for each in (short, long))
    assert before > 17
    assert after > before + 4
    assert later > after - 0.1


def test_the_same_seed_is_the_same_scene_and_another_is_not() -> None:
    views = ball_views(6, size=64)
    one, again, other = (train(views, SHORT, seed=seed) for seed in (3, 3, 4))
    assert same(one, again)
    assert not same(one, other)


def test_a_training_that_was_cut_off_goes_on_as_if_nothing_had_been(tmp_path: Path) -> None:
    views = ball_views(6, size=64)
    unbroken = train(views, SHORT, seed=5)
    kept = tmp_path / "checkpoint"

    class Stop(Exception):
        """Somebody has seen enough."""

    def watch(trainer: Trainer) -> None:
        if trainer.iteration == 110:  # after the first densification
            kept.write_bytes(trainer.state())
            raise Stop

    with pytest.raises(Stop):
        train(views, SHORT, seed=5, watch=watch)
    assert same(train(views, SHORT, seed=999, checkpoint=kept), unbroken)


def test_a_checkpoint_that_is_cut_off_is_refused(tmp_path: Path) -> None:
    views = ball_views(3, size=32)
    whole = Trainer(views, SHORT).state()
    for content in (b"", b"no checkpoint", whole[: len(whole) // 2]):
        kept = tmp_path / "checkpoint"
        kept.write_bytes(content)
        with pytest.raises(BadInput, match="checkpoint"):
            train(views, SHORT, checkpoint=kept)


def test_who_watches_stops_it_at_once() -> None:
    heard: list[int] = []

    class Stop(Exception):
        """Cancelled."""

    def watch(trainer: Trainer) -> None:
        heard.append(trainer.iteration)
        if len(heard) == 3:
            raise Stop

    with pytest.raises(Stop):
        train(ball_views(3, size=32), SHORT, watch=watch)
    assert heard == [1, 2, 3]


def test_the_number_of_gaussians_keeps_its_limit() -> None:
    views = ball_views(5, size=64)
    result = train(views, Recipe(iterations=120, limit=700, densify_every=10))
    assert len(result) == 700


def test_depths_and_normals_pull_the_surface_where_they_say() -> None:
    views = ball_views(6, size=64)
    told = [replace(view, depth=np.where(view.alpha > 0.5, view.depth_of_ball, 0)) for view in views]
    recipe = Recipe(iterations=250, limit=1500, between_every=0, depth_weight=1.0)
    off = from_points(np.random.default_rng(0).uniform(-0.6, 0.6, (600, 3)), np.full((600, 3), 0.5))
    without, with_depth = (train(each, recipe, initial=off) for each in (views, told))

    def error(gaussians: Gaussians) -> float:
        inside = told[0].depth > 0
        return float(np.abs(render(gaussians, views[0].camera).depth - told[0].depth)[inside].mean())

    assert error(with_depth) < 0.5 * error(without)


def test_harmonics_above_the_first_join_later() -> None:
    views = ball_views(4, size=48)
    degrees: list[int] = []

    def watch(trainer: Trainer) -> None:
        used = np.abs(trainer.scene.harmonics).max(axis=(0, 2)) > 0
        degrees.append(int(np.sqrt(used.sum())) - 1)

    result = train(views, Recipe(iterations=60, limit=400, degree=2), watch=watch)
    assert result.degree == 2
    assert degrees == sorted(degrees)
    assert set(degrees) == {0, 1, 2}


def test_noise_and_penalties_move_what_they_are_for() -> None:
    views = ball_views(4, size=48)
    plain = train(views, Recipe(iterations=80, limit=400))
    faint = train(views, Recipe(iterations=80, limit=400, opacity_penalty=0.5))
    small = train(views, Recipe(iterations=80, limit=400, scale_penalty=0.5))
    noisy = train(views, Recipe(iterations=80, limit=400, noise=1e5))
    assert faint.opacities.mean() < plain.opacities.mean() - 0.02
    assert small.scales.mean() < plain.scales.mean()
    assert not same(noisy, plain)


def test_pictures_of_a_whole_scene_train_too() -> None:
    views = [replace(view, alpha=None) for view in ball_views(4, size=48)]
    result = train(views, Recipe(iterations=40, limit=300))
    assert np.isfinite(result.means).all()


def test_beginnings_are_where_they_should_be() -> None:
    views = ball_views(8)
    hull = from_silhouettes(views, 2000)
    assert len(hull) == pytest.approx(2000, rel=0.25)
    radius = np.linalg.norm(hull.means, axis=1)
    assert np.median(radius) == pytest.approx(0.4, abs=0.05)
    told = [replace(view, depth=np.where(view.alpha > 0.5, view.depth_of_ball, 0)) for view in views]
    lifted = from_depths(told)
    assert np.abs(np.linalg.norm(lifted.means, axis=1) - 0.4).max() < 0.01
    anywhere = at_random(views, 500, np.random.default_rng(0))
    assert np.linalg.norm(anywhere.means, axis=1).max() < 0.8


def test_silhouettes_without_room_are_refused_with_a_sentence() -> None:
    views = ball_views(4, size=48)
    nowhere = replace(views[0], alpha=np.zeros_like(views[0].alpha))
    with pytest.raises(BadInput, match="no room in common"):
        train([nowhere, *views[1:]], SHORT)


def test_one_checkpoint_holds_all_that_a_scene_has() -> None:
    views = ball_views(3, size=32)
    trainer = Trainer(views, SHORT, initial=scene(50, 1))
    for _ in range(5):
        trainer.step()
    other = Trainer(views, SHORT, seed=77)
    other.restore(trainer.state())
    for each in (trainer, other):
        each.step()
    assert same(trainer.scene, other.scene)


@pytest.mark.slow
def test_memory_stays_flat_over_five_thousand_steps() -> None:
    views, process, held = ball_views(4, size=32), psutil.Process(), list[int]()

    def watch(trainer: Trainer) -> None:
        if trainer.iteration in (1000, 5000):
            gc.collect()
            held.append(process.memory_info().rss)

    train(views, Recipe(iterations=5000, limit=300), watch=watch)
    assert held[1] - held[0] < 8 << 20
