from __future__ import annotations

import numpy as np
import pytest

from lucida.geometry.cubemap import (
    FACES,
    FORWARD,
    RIGHT,
    UP,
    CubeSampler,
    borders,
    face_directions,
    face_pixel,
    sample_reference,
)
from lucida.geometry.sphere import directions, turn


def smooth(d: np.ndarray) -> np.ndarray:
    """A smooth function on the sphere, positive, different in every direction."""
    x, y, z = np.moveaxis(d, -1, 0)
    return np.stack([1 + 0.5 * x + 0.3 * y * z, 2 + np.sin(3 * z + y), 1.5 + y * y * x], -1).astype(np.float32)


def cube_of(function, size: int) -> np.ndarray:
    return np.stack([function(face_directions(face, size)) for face in range(6)])


def seen(sampler: CubeSampler) -> np.ndarray:
    panorama = np.empty((sampler.height, sampler.width, 3), np.float32)
    sampler.rows(slice(0, sampler.height), panorama)
    return panorama


def test_faces_are_seen_from_inside() -> None:
    # right × up points back at the viewer, as x × y does for a camera that looks along −z
    assert np.allclose(np.cross(RIGHT, UP), -FORWARD)


@pytest.mark.parametrize(
    ("face", "edge", "neighbour"),
    [("py", "bottom", "nz"), ("ny", "top", "nz"), ("nz", "right", "px"), ("nz", "left", "nx"), ("pz", "right", "nx")],
)
def test_faces_meet_where_they_should(face: str, edge: str, neighbour: str) -> None:
    d = face_directions(FACES.index(face), 33)
    middle = {"top": d[0, 16], "bottom": d[-1, 16], "left": d[16, 0], "right": d[16, -1]}[edge]
    beyond = middle + 0.1 * (middle - FORWARD[FACES.index(face)])
    assert FACES[face_pixel(beyond, 33)[0]] == neighbour


@pytest.mark.parametrize("face", range(6))
def test_face_pixel_undoes_face_directions(face: int) -> None:
    index, x, y = face_pixel(face_directions(face, 5), 5)
    assert (index == face).all()
    assert np.allclose(x, np.arange(5) + 0.5)
    assert np.allclose(y, np.arange(5)[:, None] + 0.5)


def test_borders_hold_what_the_neighbours_see_in_that_direction() -> None:
    size = 64
    beyond = borders(cube_of(smooth, size))
    outside = 1 + 1 / size
    along = (2 * np.arange(size) + 1) / size - 1
    for face in range(6):
        above = FORWARD[face] + along[:, None] * RIGHT[face] + outside * UP[face]
        left = FORWARD[face] - outside * RIGHT[face] - along[:, None] * UP[face]
        for edge, ray in ((0, above), (2, left)):
            truth = smooth(ray / np.linalg.norm(ray, axis=-1, keepdims=True))
            assert np.abs(beyond[face, edge, 1:-1] - truth).max() < 0.005


@pytest.mark.parametrize("width", [96, 128, 500])
def test_fast_sampling_equals_the_reference(width: int) -> None:
    faces = np.random.default_rng(1).random((6, 24, 24, 3), dtype=np.float32)
    rotation = turn(0.3, 0.2, -0.4)
    difference = seen(CubeSampler(faces, width, rotation)) - sample_reference(
        faces, directions(width, width // 2) @ rotation
    )
    assert np.abs(difference).max() < 1e-4


def test_a_rotation_carries_the_surrounding_with_it() -> None:
    rotation = turn(0.7, 0.2, 0.1)
    panorama = seen(CubeSampler(cube_of(smooth, 64), 256, rotation))
    d = rotation @ np.array([0.6, 0.0, -0.8])
    where = np.unravel_index((directions(256, 128) @ d).argmax(), (128, 256))
    assert np.abs(panorama[where] - smooth(np.array([0.6, 0.0, -0.8]))).max() < 0.03


def test_the_error_on_a_smooth_function_falls_with_the_square_of_the_sampling() -> None:
    d = directions(512, 256)
    errors = [np.abs(sample_reference(cube_of(smooth, size), d) - smooth(d)).max() for size in (32, 64, 128)]
    assert errors[0] < 0.006
    assert errors[1] < errors[0] / 3.5
    assert errors[2] < errors[1] / 3.5


@pytest.mark.parametrize("width", [64, 96, 256])
def test_resampling_stays_between_the_smallest_and_the_largest_value(width: int) -> None:
    rng = np.random.default_rng(2)
    faces = (10.0 ** rng.uniform(-4, 5, (6, 64, 64, 3))).astype(np.float32)
    panorama = seen(CubeSampler(faces, width))
    assert panorama.min() >= faces.min() * (1 - 1e-5)
    assert panorama.max() <= faces.max() * (1 + 1e-5)


@pytest.mark.parametrize(("size", "width"), [(256, 64), (256, 100), (64, 256)])
def test_resampling_keeps_the_energy_of_a_few_bright_pixels(size: int, width: int) -> None:
    rng = np.random.default_rng(3)
    faces = np.full((6, size, size, 3), 0.1, np.float32)
    for _ in range(2000):
        faces[rng.integers(6), rng.integers(size), rng.integers(size)] = 50
    across = (2 * np.arange(size) + 1) / size - 1
    solid = (1 + across[:, None] ** 2 + across**2) ** -1.5 * (2 / size) ** 2
    energy = (faces[..., 0] * solid).sum()
    panorama = seen(CubeSampler(faces, width))
    rows = np.cos((0.5 - (np.arange(width // 2) + 0.5) / (width // 2)) * np.pi) * (2 * np.pi / width) ** 2
    assert abs((panorama[..., 0] * rows[:, None]).sum() / energy - 1) < 0.01
