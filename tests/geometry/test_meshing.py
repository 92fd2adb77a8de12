from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from lucida.errors import BadInput, BadParameter
from lucida.geometry.cameras import Camera, look_at
from lucida.geometry.mesh import Mesh, is_watertight
from lucida.geometry.meshing import Picture, Plan, apart, large_pieces, simplified, smoothed, textured_mesh
from lucida.geometry.tsdf import fuse
from lucida.geometry.zbuffer import seen_from

RADIUS, PLAN = 0.4, Plan(cells=64, faces=3000, texture=256)


def pattern(points: NDArray[np.floating]) -> NDArray[np.float64]:
    """The ball's colours by where on it."""
    return np.asarray(0.5 + 0.4 * np.sin(4 * points / RADIUS))


def ball(position: NDArray[np.float64], size: int = 128) -> Picture:
    """What a camera at `position` sees of a ball around the origin, ray by ray."""
    camera = Camera(
        size, size, 1.3 * size, 1.3 * size, size / 2 + 3, size / 2 - 5, look_at(position, np.zeros(3), np.eye(3)[2])
    )
    columns, rows = np.meshgrid(np.arange(size) + 0.5, np.arange(size) + 0.5)
    rays = np.stack([(columns - camera.cx) / camera.fx, (rows - camera.cy) / camera.fy, np.ones_like(rows)], -1)
    rays = rays @ camera.world_to_camera[:, :3]
    a, b = (rays**2).sum(-1), rays @ position
    inside = b * b - a * (position @ position - RADIUS**2)
    depth = np.where(inside > 0, (-b - np.sqrt(np.maximum(inside, 0))) / a, 0)
    colour = pattern(position + depth[..., None] * rays)
    return Picture(camera, depth.astype(np.float32), colour.astype(np.float32), (depth > 0).astype(np.float32))


def around(count: int, lowest: float = -1.0) -> list[Picture]:
    """From directions all over the sphere whose z is at least `lowest`."""
    height = 1 - (2 * np.arange(count) + 1) / count
    azimuth = np.pi * (3 - np.sqrt(5)) * np.arange(count)
    level = np.sqrt(1 - height**2)
    directions = np.stack([level * np.cos(azimuth), level * np.sin(azimuth), height], -1)
    return [ball(1.5 * direction) for direction in directions if direction[2] >= lowest]


@pytest.fixture(scope="module")
def mesh() -> Mesh:
    return textured_mesh(around(30), PLAN)


def test_a_ball_comes_back_closed_and_in_place(mesh: Mesh) -> None:
    places, faces = mesh.welded()
    assert is_watertight(faces)
    assert len(faces) <= PLAN.faces
    voxel = 2 * RADIUS / PLAN.cells
    assert np.abs(np.linalg.norm(places, axis=1) - RADIUS).max() < voxel
    a, b, c = (places[faces[:, corner]].astype(float) for corner in range(3))
    volume = (a * np.cross(b, c)).sum() / 6
    assert volume == pytest.approx(4 / 3 * np.pi * RADIUS**3, rel=0.02)  # and turned outwards


def test_normals_point_outwards_and_texture_coordinates_lie_in_the_picture(mesh: Mesh) -> None:
    assert (mesh.normals * mesh.vertices).sum(axis=1).min() > 0.9 * RADIUS
    assert np.allclose(np.linalg.norm(mesh.normals, axis=1), 1, atol=1e-5)
    assert mesh.uv.min() >= 0
    assert mesh.uv.max() <= 1
    assert mesh.texture.shape == (PLAN.texture, PLAN.texture, 3)


def test_the_texture_has_the_ball_s_colours_where_they_belong(mesh: Mesh) -> None:
    picture = ball(np.array([0.9, -1.0, 0.6]))
    drawn = seen_from(picture.camera, mesh.vertices, mesh.faces)
    both = (drawn.face >= 0) & (picture.depth > 0)
    column, row = np.moveaxis(np.minimum(drawn.interpolated(mesh.uv, mesh.faces) * 256, 255).astype(int), -1, 0)
    wrong = np.abs(mesh.texture[row, column][both] / 255 - picture.colour[both])
    assert np.median(wrong) < 2 / 255
    assert np.quantile(wrong, 0.99) < 14 / 255


def test_where_nobody_looks_the_surface_is_closed_with_a_flat_cut() -> None:
    mesh = textured_mesh(around(60, lowest=0.3), PLAN)
    places, faces = mesh.welded()
    assert is_watertight(faces)
    assert (
        places[:, 2].min() > -0.75 * RADIUS
    )  # not the cone that all cameras' shadows share, which ends at −1.05 radii
    assert np.abs(np.linalg.norm(places[places[:, 2] > 0], axis=1) - RADIUS).max() < 2 * RADIUS / PLAN.cells


def test_a_ray_through_a_crack_makes_no_hole() -> None:
    pictures = around(30)
    pictures[3].depth[60:66, 60:66] = 0
    low, high = np.full(3, -0.5), np.full(3, 0.5)
    whole = fuse([p.depth for p in pictures], [p.camera for p in pictures], low, high, 40)
    inside = np.linalg.norm(np.stack(np.indices(whole.distance.shape), -1) * whole.voxel + low, axis=-1) < 0.8 * RADIUS
    assert (whole.distance[inside] < 0).all()


def test_small_pieces_go_and_large_ones_stay() -> None:
    tetrahedron = np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1]], np.float32)
    faces = np.array([[0, 2, 1], [0, 1, 3], [0, 3, 2], [1, 2, 3]], np.int32)
    both = np.concatenate([tetrahedron, tetrahedron * 0.05 + 5]), np.concatenate([faces, faces + 4])
    vertices, kept = large_pieces(*both, smallest=0.02)
    assert np.array_equal(vertices, tetrahedron)
    assert len(large_pieces(*both, smallest=0.002)[1]) == len(faces) * 2
    assert is_watertight(kept)


def test_smoothing_evens_bumps_and_keeps_the_size() -> None:
    mesh = textured_mesh(around(30), Plan(cells=48, smoothing=0, faces=1_000_000, texture=64))
    places, faces = mesh.welded()
    rough = places + np.random.default_rng(0).normal(0, 0.003, places.shape).astype(np.float32)
    radii = np.linalg.norm(smoothed(rough, faces, 16), axis=1)
    assert radii.std() < 0.5 * np.linalg.norm(rough, axis=1).std()
    assert radii.mean() == pytest.approx(np.linalg.norm(places, axis=1).mean(), rel=0.01)


def test_what_touches_itself_is_drawn_apart(mesh: Mesh) -> None:
    places, faces = mesh.welded()
    far = np.argmax(np.linalg.norm(places - places[0], axis=1))
    pinched = places.copy()
    pinched[far] = pinched[0]
    moved, _ = apart(pinched, faces)
    assert len(np.unique(moved, axis=0)) == len(places)
    assert np.abs(moved - pinched).max() < 1e-4


def test_an_open_surface_is_not_simplified(mesh: Mesh) -> None:
    places, faces = mesh.welded()
    with pytest.raises(BadInput, match="not closed"):
        simplified(places, faces[1:], 100)


def test_pictures_of_nothing_and_impossible_plans_are_refused() -> None:
    nothing = ball(np.array([1.5, 0, 0]))
    nothing.depth[:] = 0
    with pytest.raises(BadInput, match="next to nothing"):
        textured_mesh([nothing])
    with pytest.raises(BadParameter, match="cells from 16 to 512"):
        Plan(cells=2000)
    with pytest.raises(BadParameter, match="smallest"):
        Plan(smallest=2)
