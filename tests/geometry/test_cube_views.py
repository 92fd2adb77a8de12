from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from lucida.geometry.cube_views import look, on_patch, patches, view_axes
from lucida.geometry.cubemap import FACES, face_directions, sample_reference

COUNT = 48
every_face = pytest.mark.parametrize("face", range(6), ids=FACES)


def smooth(direction: NDArray[np.floating]) -> NDArray[np.float32]:
    """A function of directions (…, 3) that is smooth on the sphere."""
    x, y, z = np.moveaxis(direction, -1, 0)
    return np.stack([1 + 0.3 * x + 0.2 * y * z, 1 + 0.4 * y, 1 + 0.3 * z - 0.2 * x * y], -1).astype(np.float32)


def cube(count: int = COUNT) -> NDArray[np.float32]:
    return np.stack([smooth(face_directions(face, count)) for face in range(6)])


def view_directions(face: int, extent: float, size: int) -> NDArray[np.float64]:
    span = ((2 * np.arange(size) + 1) / size - 1) * extent
    right, up, ahead = view_axes(face)
    ray = span[None, :, None] * right - span[:, None, None] * up + ahead
    return np.asarray(ray / np.linalg.norm(ray, axis=-1, keepdims=True))


@every_face
@pytest.mark.parametrize("extent", [1.0, 1.3, 2.0])
def test_a_view_shows_what_lies_there(face: int, extent: float) -> None:
    view = look(cube(), face, extent, 64)
    direction = view_directions(face, extent, 64)
    assert np.abs(view - smooth(direction)).max() < 0.02
    assert np.abs(view - sample_reference(cube(), direction)).max() < 0.02


@every_face
def test_a_face_seen_as_itself_is_itself(face: int) -> None:
    faces = np.random.default_rng(0).random((6, COUNT, COUNT, 3)).astype(np.float32)
    assert np.allclose(look(faces, face, 1.0, COUNT), faces[face], atol=1e-5)


@every_face
def test_a_view_laid_back_is_the_cube(face: int) -> None:
    extent, faces = 1.3, cube()
    view = smooth(view_directions(face, extent, 96))
    seen = 0
    for patch in patches(face, extent, COUNT):
        there = faces[patch.face, patch.rows, patch.columns]
        assert patch.x.shape == there.shape[:2]
        inside = np.maximum(np.abs(patch.x), np.abs(patch.y)) < extent * 0.98
        assert np.abs(on_patch(view, patch, extent) - there)[inside].max() < 0.02
        seen += int(inside.sum())
    assert seen > COUNT * COUNT * 1.2  # the face, and something of four neighbours


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 5), st.floats(1.0, 2.5))
def test_patches_hold_all_that_a_view_sees(face: int, extent: float) -> None:
    seen = np.zeros((6, COUNT, COUNT), bool)
    for patch in patches(face, extent, COUNT):
        seen[patch.face, patch.rows, patch.columns] |= np.maximum(np.abs(patch.x), np.abs(patch.y)) <= extent
    for other in range(6):
        right, up, ahead = np.moveaxis(face_directions(other, COUNT) @ view_axes(face).T, -1, 0)
        wanted = (ahead > 0) & (np.maximum(np.abs(right), np.abs(up)) <= ahead * extent)
        assert (wanted & ~seen[other]).sum() == 0


def test_masks_without_channels_can_be_looked_at() -> None:
    mask = np.zeros((6, COUNT, COUNT), np.float32)
    mask[FACES.index("nz")] = 1
    view = look(mask, FACES.index("px"), 1.3, 64)
    assert view.shape == (64, 64)
    assert 0.05 < view.mean() < 0.2
