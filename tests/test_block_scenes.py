from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from block_scenes import MAKERS, Scene, block_scene, place
from block_scenes.grounds import Ground, Hills, Plane
from block_scenes.labels import NAMES
from block_scenes.place import Camera
from block_scenes.solids import Solid, ball, bar, box, gable
from block_scenes.surfaces import mottled
from block_scenes.tracing import Rays, World, thing

from lucida.geometry.cameras import PinholeCamera

SEEDS = range(40)


@pytest.fixture(scope="module")
def scenes() -> list[Scene]:
    """All forty, small."""
    return [block_scene(seed, (96, 64)) for seed in SEEDS]


def plain() -> World:
    made = mottled(np.random.default_rng(0), [0.5, 0.5, 0.5])
    solids = [
        ball([0, 0, -5], 1.0, made, "ball"),
        box([3, 0, -4], [0.5, 1, 0.5], made, "box"),
        bar([-3, -1, -6], [-3, 1, -6], 1.0, made, "column"),
        gable([0, 4, -8], [2, 1, 1], made, "house"),
    ]
    return World((), tuple(thing(solid) for solid in solids))


@pytest.mark.parametrize(
    ("towards", "metres", "name"),
    [
        ((0, 0, -1), 4.0, "ball"),
        ((0.75, 0, -1), 3.5, "box"),  # the front of the box at z = −3.5, where x is 2.6
        ((-0.5, 0, -1), None, "column"),
        ((0, 1, -2), 11 / 3, "house"),  # the slope (y − 4) + 2 (z + 8) = 1
        ((0, -1, -1), np.inf, None),
    ],
)
def test_a_ray_meets_a_solid_where_geometry_says(
    towards: tuple[float, float, float], metres: float | None, name: str | None
) -> None:
    world = plain()
    length, number = world.nearest(Rays(np.zeros((1, 3)), np.array([towards], float)))
    if metres is None:
        # (x + 3)² + (z + 6)² = 1 along (−t / 2, 0, −t): 5/4 t² − 15 t + 44 = 0.
        metres = (15 - np.sqrt(225 - 4 * 1.25 * 44)) / 2.5
    assert (world.solids[number[0]].label if number[0] >= 0 else None) == name
    assert length[0] == pytest.approx(metres, abs=1e-9)


def test_the_roads_depth_is_the_cameras_height_over_the_rays_fall() -> None:
    for seed in (0, 10, 11, 22):
        scene = block_scene(seed, (192, 128))
        height, width = scene.metres.shape
        camera = PinholeCamera(width, height, 2 * np.arctan(width / 2 / scene.focal), scene.pitch, scene.roll)
        x, y = np.meshgrid(np.arange(width) + 0.5, np.arange(height) + 0.5)
        ray = camera.directions(x, y)
        ahead = -camera.camera_to_world()[:, 2]
        road = scene.labels == NAMES["road"][0]
        assert road.mean() > 0.01
        assert scene.metres[road] == pytest.approx(scene.eye * (ray @ ahead)[road] / -ray[road, 1], rel=1e-5)


@pytest.mark.parametrize("seed", range(len(MAKERS)))
def test_depth_is_where_a_surface_is_and_nothing_is_nearer(seed: int) -> None:
    taken, scene = place(seed), block_scene(seed, (96, 64))
    height, width = scene.metres.shape
    rng = np.random.default_rng(seed)
    pixels = rng.choice(np.flatnonzero(np.isfinite(scene.metres)), 60)
    y, x = np.divmod(pixels, width)
    rays = taken.camera.rays(x + 0.5, y + 0.5, width, height)
    metres = scene.metres.ravel()[pixels].astype(float)
    on_something = np.zeros(len(pixels), bool)
    ends = taken.camera.eye + metres[:, None] * rays
    steps = np.linspace(0.02, 0.999, 80)
    before = (taken.camera.eye + (steps[:, None] * metres)[..., None] * rays).reshape(-1, 3)
    for ground in taken.world.grounds:
        on_something |= np.abs(above(ground, ends)) < 1e-4 * metres + 1e-4
        assert above(ground, before).min() > -1e-3
    for solid in taken.world.solids:
        on_something |= np.abs(outside(solid, ends)) < 1e-4 * metres / solid.lengths.min() + 1e-4
        if not solid.cut[0]:
            assert outside(solid, before).min() > -1e-6
    assert on_something.all()


def above(ground: Ground, points: np.ndarray) -> np.ndarray:
    """How far points are above the ground, in metres."""
    if isinstance(ground, Hills):
        return np.array([y - ground.height(x, z) for x, y, z in points])
    assert isinstance(ground, Plane)
    return np.asarray(points[:, 1] - ground.level)


def outside(solid: Solid, points: np.ndarray) -> np.ndarray:
    """0 on a solid's surface, negative inside, in its half axes."""
    local = (points - solid.centre) @ np.linalg.inv(solid.frame).T
    if solid.shape == "ball":
        return np.asarray(np.linalg.norm(local, axis=1) - 1)
    if solid.shape == "frustum":
        wall = 1 + (solid.taper - 1) * (local[:, 1] + 1) / 2
        return np.maximum(np.hypot(local[:, 0], local[:, 2]) - wall, np.abs(local[:, 1]) - 1)
    planes = np.vstack([np.eye(3), -np.eye(3)])
    gap = (local @ planes.T).max(1) - 1
    if solid.planes is not None:
        gap = np.maximum(gap, (local @ solid.planes[:, :3].T - solid.planes[:, 3]).max(1))
    return np.asarray(gap)


def test_the_frame_is_the_houses() -> None:
    shot = Camera(np.zeros(3), 0.0, 0.2, 0.03, 1.1)
    camera = PinholeCamera(80, 60, 1.1, 0.2, 0.03)
    x, y = np.array([0.5, 40.0, 79.0]), np.array([0.5, 30.0, 2.0])
    rays = shot.rays(x, y, 80, 60)
    assert rays / np.linalg.norm(rays, axis=1, keepdims=True) == pytest.approx(camera.directions(x, y))
    assert shot.focal(80, 60) == pytest.approx(camera.focal)


def test_a_seed_gives_the_same_scene_again() -> None:
    for seed in (2, 7):
        first, second, other = (
            block_scene(seed, (96, 64)),
            block_scene(seed, (96, 64)),
            block_scene(seed + 11, (96, 64)),
        )
        assert np.array_equal(first.pixels, second.pixels)
        assert np.array_equal(first.metres, second.metres)
        assert np.array_equal(first.labels, second.labels)
        assert first.pixels.shape != other.pixels.shape or not np.array_equal(first.pixels, other.pixels)


@pytest.mark.slow
def test_depth_is_finite_just_where_there_is_no_sky(scenes: list[Scene]) -> None:
    for scene in scenes:
        assert scene.metres.dtype == np.float32
        assert np.array_equal(np.isinf(scene.metres), scene.labels == NAMES["sky"][0])
        assert scene.metres.min() > 0.1
        assert not np.isnan(scene.metres).any()


@pytest.mark.slow
def test_every_category_and_kind_is_there_often(scenes: list[Scene]) -> None:
    holds = np.array([[(scene.categories == number).mean() > 0.01 for number in range(6)] for scene in scenes])
    assert (holds.sum(0) >= 10).all(), holds.sum(0)
    assert {scene.kind for scene in scenes} == {
        maker.__name__.replace("_", " ").replace("close up", "close-up") for maker in MAKERS
    }
    upright = [scene.metres.shape[0] > scene.metres.shape[1] for scene in scenes]
    assert 8 <= sum(upright) <= 20


@pytest.mark.slow
def test_pixels_are_photos_of_all_sizes_asked_for(scenes: list[Scene]) -> None:
    for scene in scenes:
        assert scene.pixels.dtype == np.uint8
        assert scene.pixels.shape == (*scene.metres.shape, 3)
        assert sorted(scene.metres.shape) == [64, 96]
        grey = scene.pixels.mean(-1)
        assert 25 < grey.mean() < 225
        assert grey.std() > 12


def test_ids_and_categories_are_those_of_ade20k(shared_folder: Path) -> None:
    told = json.loads((shared_folder / "data" / "ade20k_categories.json").read_text())
    known = {entry["id"]: entry for entry in told["labels"]}
    for name, (number, category) in NAMES.items():
        assert known[number]["label_normalised"].startswith(name), name
        assert known[number]["category"] == category, name


@pytest.mark.slow
def test_categories_follow_from_labels(scenes: list[Scene]) -> None:
    by_id = dict(NAMES.values())
    for scene in scenes:
        assert all(
            by_id[int(label)] == category
            for label, category in set(
                zip(scene.labels.ravel().tolist(), scene.categories.ravel().tolist(), strict=True)
            )
        )
