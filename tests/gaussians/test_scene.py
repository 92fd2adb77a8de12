from __future__ import annotations

import numpy as np
import pytest
from gaussians.scenes import camera, scene
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from lucida.errors import BadParameter
from lucida.gaussians.harmonics import basis, turning
from lucida.gaussians.rasteriser import render
from lucida.gaussians.scene import Gaussians, cropped, merged, pruned, transformed, widened
from lucida.geometry.cameras import Camera

degrees = st.integers(0, 3)
seeds = st.integers(0, 2**32 - 1)
numbers = st.floats(-3, 3, width=32)


@st.composite
def rotations(draw: st.DrawFn) -> NDArray[np.float64]:
    turn = np.array(draw(st.tuples(numbers, numbers, numbers, numbers)), np.float64)
    return Rotation.from_quat(turn if np.linalg.norm(turn) > 1e-3 else [0.0, 0.0, 0.0, 1.0]).as_matrix()


def moved_camera(seen_from: Camera, rotation: NDArray[np.float64], scale: float, translation: NDArray) -> Camera:
    """The camera that sees of a transformed scene what `seen_from` sees of the scene."""
    turned = seen_from.world_to_camera[:, :3] @ rotation.T
    moved = scale * seen_from.world_to_camera[:, 3] - turned @ translation
    pose = np.hstack([turned, moved[:, None]])
    return Camera(
        seen_from.width, seen_from.height, seen_from.fx, seen_from.fy, seen_from.cx, seen_from.cy, pose
    )  # fmt: skip


@given(rotations(), degrees, seeds)
def test_turned_harmonics_are_what_they_were_in_the_direction_turned_back(
    rotation: NDArray[np.float64], degree: int, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    directions = rng.standard_normal((50, 3))
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    coefficients = rng.standard_normal(((degree + 1) ** 2, 3))
    turned = basis(directions, degree) @ (turning(rotation, degree) @ coefficients)
    assert np.abs(turned - basis(directions @ rotation, degree) @ coefficients).max() < 1e-12


@settings(max_examples=40)
@given(rotations(), st.floats(0.1, 10), st.tuples(numbers, numbers, numbers), degrees, seeds)
def test_a_transformed_camera_sees_the_same_of_a_transformed_scene(
    rotation: NDArray[np.float64], scale: float, translation: tuple[float, float, float], degree: int, seed: int
) -> None:
    original, seen_from = scene(60, seed, degree=degree, dtype=np.float64), camera()
    picture = render(original, seen_from)
    again = render(
        transformed(original, rotation, scale, translation),
        moved_camera(seen_from, rotation, scale, np.array(translation)),
    )
    for one, other in ((again.colour, picture.colour), (again.alpha, picture.alpha)):
        difference = np.abs(one - other)
        assert difference.mean() < 1e-6 and difference.max() < 2 / 255  # a layer may step over the cut at 1/255
    assert np.abs(again.depth / scale - picture.depth).mean() < 1e-4
    assert picture.alpha.max() > 0.3


@given(rotations(), st.floats(0.1, 10), st.tuples(numbers, numbers, numbers), degrees, seeds)
def test_there_and_back_is_where_it_was(
    rotation: NDArray[np.float64], scale: float, translation: tuple[float, float, float], degree: int, seed: int
) -> None:
    original = scene(20, seed, degree=degree, dtype=np.float64)
    there = transformed(original, rotation, scale, translation)
    back = transformed(there, rotation.T, 1 / scale, -rotation.T @ np.array(translation) / scale)
    assert np.allclose(back.means, original.means, atol=1e-9)
    assert np.allclose(back.log_scales, original.log_scales, atol=1e-12)
    assert np.allclose(back.harmonics, original.harmonics, atol=1e-12)
    same = np.sign((back.quaternions * original.quaternions).sum(1, keepdims=True))
    assert np.allclose(same * back.quaternions, original.quaternions, atol=1e-9)
    assert there.means.dtype == there.harmonics.dtype == np.float64


@pytest.mark.parametrize(
    ("rotation", "scale", "translation", "param"),
    [
        (np.diag([1.0, 1.0, -1.0]), 1.0, (0, 0, 0), "rotation"),
        (np.full((3, 3), np.nan), 1.0, (0, 0, 0), "rotation"),
        (2 * np.eye(3), 1.0, (0, 0, 0), "rotation"),
        (np.eye(3), 0.0, (0, 0, 0), "scale"),
        (np.eye(3), np.nan, (0, 0, 0), "scale"),
        (np.eye(3), 1.0, (0, np.inf, 0), "translation"),
    ],
)
def test_what_is_no_similarity_is_refused(
    rotation: NDArray[np.float64], scale: float, translation: tuple[float, float, float], param: str
) -> None:
    with pytest.raises(BadParameter) as refused:
        transformed(scene(2), rotation, scale, translation)
    assert refused.value.param == param


def arrays(gaussians: Gaussians) -> list[NDArray[np.float32]]:
    return [
        gaussians.means,
        gaussians.quaternions,
        gaussians.log_scales,
        gaussians.opacity_logits,
        gaussians.harmonics,
    ]


def test_a_crop_keeps_what_is_in_the_box_and_on_its_faces() -> None:
    original = scene(200, degree=1)
    low, high = original.means[7].copy(), original.means[7] + np.float32(0.4)
    kept = cropped(original, low, high)
    inside = np.array([all(low[i] <= mean[i] <= high[i] for i in range(3)) for mean in original.means])
    assert 0 < inside.sum() < 200
    for all_of_them, some in zip(arrays(original), arrays(kept), strict=True):
        assert (all_of_them[inside] == some).all()


def test_pruning_keeps_the_opaque() -> None:
    original = scene(200)
    kept = pruned(original, 0.5)
    assert len(kept) == (original.opacity_logits >= 0).sum() > 0
    assert kept.opacities.min() >= 0.5


def test_a_merger_has_all_of_both_and_the_higher_degree() -> None:
    plain, rich = scene(30, 1), scene(20, 2, degree=2)
    both = merged([plain, rich])
    assert (len(both), both.degree) == (50, 2)
    for first, second, one in zip(arrays(widened(plain, 2)), arrays(rich), arrays(both), strict=True):
        assert (one[:30] == first).all() and (one[30:] == second).all()
    assert (both.harmonics[:30, 1:] == 0).all() and (both.harmonics[:30, 0] == plain.harmonics[:, 0]).all()
    with pytest.raises(BadParameter, match="no scene to merge"):
        merged([])
