"""The rasteriser's gradients against differences of the slow reference, both in double precision."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
from gaussians.scenes import camera, scene
from numpy.typing import NDArray

from lucida.gaussians import reference
from lucida.gaussians.rasteriser import Drawing
from lucida.gaussians.scene import Gaussians
from lucida.geometry.cameras import Camera

PARAMETERS = ("means", "quaternions", "log_scales", "opacity_logits", "harmonics")
STEP = 1e-6
# What is left out: parameters whose step of 1e-6 makes a pixel take or leave a splat (alpha 1/255, transmittance
# 1e-4), or two splats change places.
MOST_LEFT_OUT = 0.08
EDGES = np.array([0.0, 0.1, 0.2])  # scales that differ: of equal ones none is the normal's


def edited(gaussians: Gaussians, n: int, **values: object) -> Gaussians:
    arrays = {name: getattr(gaussians, name).copy() for name in values}
    for name, value in values.items():
        arrays[name][n] = value
    return replace(gaussians, **arrays)


def scenes() -> dict[str, Gaussians]:
    """Chance, and the edges of what may come."""
    many = scene(12, 1, degree=3, dtype=np.float64)
    few = scene(5, 2, degree=1, dtype=np.float64)
    eye = camera().position
    return {
        "chance": many,
        "plain colours": scene(10, 3, dtype=np.float64),
        "behind the camera": edited(few, 0, means=2 * eye),
        "beside the picture": edited(few, 0, means=np.array([0.0, 1.1, 0.0]), log_scales=-1 - EDGES),
        "tiny": edited(few, 0, log_scales=-9 - EDGES, means=np.zeros(3)),
        "huge": edited(few, 0, log_scales=1 - EDGES),
        "a needle": edited(few, 0, log_scales=np.array([-1.0, -6.0, -6.3]), means=np.full(3, 0.05)),
        "nearly transparent": edited(few, 0, opacity_logits=-5.3),
        "nearly opaque": edited(few, 0, opacity_logits=4.4, log_scales=-2 - EDGES),
        "one over another": scene(14, 4, spread=0.03, size=0.15, dtype=np.float64),
        "colours below black": edited(few, 0, harmonics=np.full((4, 3), -0.8)),
    }


def weights(seen_from: Camera, seed: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """What makes one number of a picture: of its planes (5, H, W) and of its shapes (5, H, W)."""
    rng = np.random.default_rng(seed)
    of_planes, of_shapes = rng.standard_normal((2, 5, seen_from.height, seen_from.width))
    of_shapes[4] = 0  # the transmittance is the same in both
    return of_planes, of_shapes


def number(gaussians: Gaussians, seen_from: Camera, seed: int) -> tuple[float, bytes]:
    """The number by the reference, and what it was made of."""
    of_planes, of_shapes = weights(seen_from, seed)
    picture = reference.render(gaussians, seen_from)
    total = (np.moveaxis(picture.colour, -1, 0) * of_planes[:3]).sum() + (picture.depth * of_planes[3]).sum()
    total += (picture.transmittance * of_planes[4]).sum()
    total += (np.moveaxis(picture.normal, -1, 0) * of_shapes[:3]).sum() + (picture.depth_squared * of_shapes[3]).sum()
    order = reference.project(gaussians, seen_from).number
    return float(total), picture.blended.tobytes() + order.tobytes()


def differences(
    gaussians: Gaussians, seen_from: Camera, name: str, seed: int
) -> Iterator[tuple[tuple[int, ...], float]]:
    """The slope by every element of a parameter, of those that are not left out."""
    values = getattr(gaussians, name)
    for at in np.ndindex(values.shape):
        slope = []
        for side in (STEP, -STEP):
            moved = values.copy()
            moved[at] += side
            slope.append(number(replace(gaussians, **{name: moved}), seen_from, seed))
        if slope[0][1] == slope[1][1]:
            yield at, (slope[0][0] - slope[1][0]) / (2 * STEP)


@pytest.mark.parametrize("name", scenes())
def test_every_gradient_is_what_differences_say(name: str) -> None:
    gaussians, seen_from = scenes()[name], camera()
    gradients = Drawing(gaussians, seen_from).gradient(*weights(seen_from, 5))
    for parameter in PARAMETERS:
        given = getattr(gradients, parameter)
        found = dict(differences(gaussians, seen_from, parameter, 5))
        assert len(found) >= (1 - MOST_LEFT_OUT) * given.size
        scale = np.abs(given).max()
        for at, slope in found.items():
            assert given[at] == pytest.approx(slope, rel=1e-4, abs=1e-5 * scale), f"{parameter} {at}"


def test_the_pose_s_gradient_is_what_differences_say() -> None:
    gaussians, seen_from = scenes()["chance"], camera()
    given = Drawing(gaussians, seen_from).gradient(*weights(seen_from, 6)).pose
    left_out = 0
    for at in np.ndindex(3, 4):
        slope = []
        for side in (STEP, -STEP):
            pose = seen_from.world_to_camera.copy()
            pose[at] += side
            slope.append(number(gaussians, replace(seen_from, world_to_camera=pose), 6))
        if slope[0][1] != slope[1][1]:
            left_out += 1
            continue
        by_difference = (slope[0][0] - slope[1][0]) / (2 * STEP)
        assert given[at] == pytest.approx(by_difference, rel=1e-4, abs=1e-5 * np.abs(given).max())
    assert left_out <= 2


@pytest.mark.parametrize("seed", range(3))
def test_single_precision_keeps_the_direction_of_a_gradient(seed: int) -> None:
    exact, seen_from = scene(400, seed, degree=1, size=0.03, dtype=np.float64), camera(96, 80)
    rounded = Gaussians(**{name: getattr(exact, name).astype(np.float32) for name in PARAMETERS})
    by_planes = weights(seen_from, seed)[0]
    one = Drawing(exact, seen_from).gradient(by_planes)
    other = Drawing(rounded, seen_from).gradient(by_planes.astype(np.float32))
    for name in PARAMETERS:
        a, b = getattr(one, name), getattr(other, name)
        assert b.dtype == np.float32
        assert np.linalg.norm(a - b) < 2e-3 * np.linalg.norm(a), name
