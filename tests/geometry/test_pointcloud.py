from __future__ import annotations

from dataclasses import replace
from typing import get_args

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lucida.errors import BadParameter, InternalError
from lucida.geometry.cameras import PinholeCamera
from lucida.geometry.pointcloud import (
    BACKDROP,
    LONELY_BACKDROP,
    Origin,
    Projection,
    fill_records,
    placed,
    positions_reference,
    unproject,
)
from lucida.geometry.progressive import progressive_order
from lucida.geometry.sphere import directions, pixel

PROJECTIONS = get_args(Projection)
FOCAL = 37.5


def picture(width: int, height: int, seed: int = 0) -> dict[str, np.ndarray]:
    random = np.random.default_rng(seed)
    metres = random.uniform(0.5, 40, (height, width)).astype(np.float32)
    metres[random.random((height, width)) < 0.1] = np.inf
    return {
        "near": random.random((height, width), dtype=np.float32),
        "pixels": random.integers(0, 256, (height, width, 3), dtype=np.uint8),
        "categories": random.integers(0, 6, (height, width), dtype=np.uint8),
        "objects": random.integers(0, 300, (height, width), dtype=np.uint16),
        "metres": metres,
    }


def unprojected(seen: dict[str, np.ndarray], projection: Projection, **options: object):
    if projection == "perspective":
        options = {"focal": FOCAL, **options}
    else:
        seen = {name: seen[name] for name in seen if name != "metres"}
    return unproject(**seen, projection=projection, **options)


def reference(seen: dict[str, np.ndarray], projection: Projection) -> np.ndarray:
    height, width = seen["near"].shape
    finite = seen["metres"][np.isfinite(seen["metres"])]
    backdrop = BACKDROP * finite.max() if finite.size else LONELY_BACKDROP
    value = seen["metres"] if projection == "perspective" else seen["near"]
    return positions_reference(value, Origin(width, height, projection, FOCAL), float(backdrop))


sizes = st.integers(1, 33)


@given(st.sampled_from(PROJECTIONS), sizes, sizes, st.integers(1, 5), st.integers(0, 99))
def test_points_are_the_references_in_the_pictures_order(
    projection: Projection, width: int, height: int, stride: int, seed: int
) -> None:
    seen = picture(width, height, seed)
    points = unprojected(seen, projection, stride=stride)
    truth = reference(seen, projection)[::stride, ::stride]
    assert points.positions.dtype == np.float32
    assert np.abs(points.positions - truth.reshape(-1, 3)).max() < 1e-6 * np.abs(truth).max()
    assert (points.colours == seen["pixels"][::stride, ::stride].reshape(-1, 3)).all()
    assert (points.segments == seen["categories"][::stride, ::stride].ravel()).all()
    assert (points.objects == seen["objects"][::stride, ::stride].ravel()).all()
    columns, rows = points.origin.lattice
    assert len(points) == columns * rows


@given(st.sampled_from(PROJECTIONS), sizes, sizes, st.integers(1, 5), st.integers(0, 99))
def test_records_are_the_references(projection: Projection, width: int, height: int, stride: int, seed: int) -> None:
    seen = picture(width, height, seed)
    _, value, along = placed(seen["near"], projection, seen["metres"], FOCAL, stride)
    truth = reference(seen, projection)[::stride, ::stride].reshape(-1, 3)
    records = np.full(20 * len(truth), 255, np.uint8)
    fill_records(value, seen["pixels"], seen["categories"], along, stride, records)
    rows = records.reshape(-1, 20)
    positions = rows[:, :12].copy().view(np.float32)
    assert np.abs(positions - truth).max() < 1e-6 * np.abs(truth).max()
    assert (rows[:, 12:15] == seen["pixels"][::stride, ::stride].reshape(-1, 3)).all()
    assert (rows[:, 15] == seen["categories"][::stride, ::stride].ravel()).all()
    assert not rows[:, 16:].any()


def test_a_relief_is_eight_wide_and_near_things_stand_before_far_ones() -> None:
    near = np.array([[0.0, 1.0, 0.5, 0.0]] * 2, np.float32)
    points = unproject(near, np.zeros((2, 4, 3), np.uint8), np.zeros((2, 4), np.uint8))
    assert points.positions[:4, 0].tolist() == [-3, -1, 1, 3]
    assert points.positions[::4, 1].tolist() == [1, -1]
    assert points.positions[:4, 2].tolist() == [-9, -3, -6, -9]


def test_a_panorama_looks_where_the_house_says() -> None:
    near = np.zeros((32, 64), np.float32)
    near[:, 32:] = 1
    points = unproject(near, np.zeros((32, 64, 3), np.uint8), np.zeros((32, 64), np.uint8), "equirectangular")
    positions = points.positions.reshape(32, 64, 3)
    assert np.allclose(positions[:, :32], 10 * directions(64, 32)[:, :32], atol=1e-5)
    assert np.allclose(positions[:, 32:], 6 * directions(64, 32)[:, 32:], atol=1e-5)
    assert points.origin.field_of_view == (360, 180)


@pytest.mark.parametrize(("width", "height", "degrees"), [(64, 16, 90), (64, 32, 180), (64, 40, 180), (30, 30, 180)])
def test_a_picture_of_another_shape_is_a_part_of_the_sphere(width: int, height: int, degrees: float) -> None:
    seen = picture(width, height)
    points = unprojected(seen, "equirectangular")
    assert points.origin.field_of_view == (360, pytest.approx(degrees))
    x, y = pixel(points.positions.reshape(height, width, 3).astype(float), 360, 180)
    assert np.allclose(x, (np.arange(width) + 0.5) * 360 / width, atol=1e-3)
    down = 90 - degrees / 2 + (np.arange(height)[:, None] + 0.5) * degrees / height
    assert np.allclose(y, down, atol=1e-3)


def test_no_column_of_a_panorama_lies_on_another_and_no_row_on_a_pole() -> None:
    points = unprojected(picture(64, 32), "equirectangular").positions.reshape(32, 64, 3)
    ray = points / np.linalg.norm(points, axis=-1, keepdims=True)
    seam = np.degrees(np.arccos((ray[16, 0] * ray[16, -1]).sum()))
    assert seam == pytest.approx(360 / 64, rel=0.01)
    assert np.abs(ray[..., 1]).max() < 0.9999


def test_legacy_keeps_the_first_clients_faults() -> None:
    near = np.zeros((9, 17), np.float32)
    near[:, 10:] = 1
    points = unproject(near, np.zeros((9, 17, 3), np.uint8), np.zeros((9, 17), np.uint8), "legacy")
    positions = points.positions.reshape(9, 17, 3)
    radius = np.linalg.norm(positions, axis=-1)
    assert np.allclose(radius[:, :10], 6) and np.allclose(radius[:, 10:], 10, atol=1e-5)  # near things are far
    assert np.allclose(positions[4, 8], [0, 0, -6], atol=1e-5)
    assert positions[4, 9, 0] < 0  # right is left
    assert np.allclose(positions[:, 0] / 6, positions[:, -1] / 10, atol=1e-6)  # the seam's columns coincide
    assert np.allclose(positions[0, :10], [0, 6, 0], atol=1e-5)  # a row on the pole
    assert points.origin.field_of_view == (360, 180)


def test_perspective_points_project_onto_their_pixels_at_their_depth() -> None:
    seen = picture(21, 14)
    points = unprojected(seen, "perspective")
    x, y, z = points.positions.T.astype(float)
    assert np.allclose(10.5 + FOCAL * x / -z, np.tile(np.arange(21) + 0.5, 14), atol=1e-4)
    assert np.allclose(7 - FOCAL * y / -z, np.repeat(np.arange(14) + 0.5, 21), atol=1e-4)
    known = np.isfinite(seen["metres"]).ravel()
    assert np.allclose(-z[known], seen["metres"].ravel()[known], rtol=1e-6)
    across, down = np.radians(points.origin.field_of_view)
    camera = PinholeCamera(21, 14, across)
    assert (camera.focal, camera.vertical_fov) == pytest.approx((FOCAL, down))


def test_the_sky_stands_behind_everything_and_so_does_what_has_no_depth() -> None:
    metres = np.array([[1, 5, np.inf, np.nan, 0, -3]], np.float32)
    flat = np.zeros((1, 6), np.uint8)
    seen = {"near": metres, "pixels": np.zeros((1, 6, 3), np.uint8), "categories": flat}
    points = unproject(**seen, projection="perspective", metres=metres, focal=10.0)
    assert np.allclose(points.positions[:, 2], [-1, -5, -6, -6, -6, -6])
    nothing = np.full((1, 6), np.inf, np.float32)
    points = unproject(**seen, projection="perspective", metres=nothing, focal=10.0)
    assert np.allclose(points.positions[:, 2], -LONELY_BACKDROP)
    near = np.array([[0.5, 2, np.inf, np.nan, 0, -3]], np.float32)
    points = unproject(**{**seen, "near": near})
    assert np.allclose(points.positions[:, 2], [-6, -3, -3, -9, -9, -9])


@given(sizes, sizes, st.integers(1, 4), st.integers(1, 1200), st.booleans(), st.integers(0, 2**32 - 1))
def test_a_subset_is_a_beginning_of_the_shuffled_points(
    width: int, height: int, stride: int, most: int, shuffled: bool, seed: int
) -> None:
    seen = picture(width, height)
    everything = unprojected(seen, "planar", stride=stride, order="shuffled", seed=seed)
    order = "shuffled" if shuffled else "image"
    subset = unprojected(seen, "planar", stride=stride, order=order, seed=seed, max_points=most)
    turn = progressive_order(*everything.origin.lattice, seed)
    assert (everything.colours == seen["pixels"][::stride, ::stride].reshape(-1, 3)[turn]).all()
    assert len(subset) == min(most, len(everything))
    assert subset.origin == replace(everything.origin, order=order)
    key = [tuple(position) for position in everything.positions[: len(subset)].tolist()]
    if not shuffled:
        key.sort(key=lambda position: (-position[1], position[0]))  # rows from the top, columns from the left
    assert [tuple(position) for position in subset.positions.tolist()] == key


def test_points_at_edges_are_dropped_on_request_whatever_the_stride() -> None:
    near = np.zeros((24, 24), np.float32)
    near[:, :10], near[:, 10:14] = 1, np.array([0.8, 0.6, 0.4, 0.2])
    flat = np.zeros((24, 24), np.uint8)
    for stride in (1, 2, 3):
        points = unproject(near, np.zeros((24, 24, 3), np.uint8), flat, stride=stride, drop_edges=True)
        assert set(points.positions[:, 2].tolist()) == {-3.0, -9.0}
        assert len(points) == -(-24 // stride) * sum(not 10 <= column < 14 for column in range(0, 24, stride))
        assert points.origin.edges_dropped


@pytest.mark.parametrize("stride", [1, 2, 5])
def test_a_slope_stays_whole_however_few_of_its_points_are_kept(stride: int) -> None:
    metres = np.repeat(np.float32(1.015) ** np.arange(30, dtype=np.float32)[:, None], 30, 1)
    flat = np.zeros((30, 30), np.uint8)
    seen = {"near": metres, "pixels": np.zeros((30, 30, 3), np.uint8), "categories": flat, "metres": metres}
    assert len(unprojected(seen, "perspective", stride=stride, drop_edges=True)) == (30 // stride) ** 2


@pytest.mark.parametrize("projection", ["equirectangular", "planar"])
def test_edges_meet_across_the_seam_of_a_panorama_alone(projection: Projection) -> None:
    near = np.zeros((8, 16), np.float32)
    near[:, 0], near[:, 1:8] = 0.5, 1
    seen = {"near": near, "pixels": np.zeros((8, 16, 3), np.uint8), "categories": np.zeros((8, 16), np.uint8)}
    points = unprojected(seen, projection, drop_edges=True)
    assert len(points) == (8 * 15 if projection == "equirectangular" else 8 * 16)


@pytest.mark.parametrize(
    ("options", "param", "words"),
    [
        ({"projection": "fisheye"}, "projection", "planar, equirectangular, legacy, perspective"),
        ({"projection": "perspective"}, "projection", "focal length"),
        ({"projection": "perspective", "metres": np.ones((4, 5), np.float32)}, "projection", "focal length"),
        ({"projection": "perspective", "focal": 20.0}, "projection", "metres"),
        ({"stride": 0}, "stride", "1 or more"),
        ({"max_points": 0}, "max_points", "1 or more"),
        ({"order": "sorted"}, "order", "image or shuffled"),
    ],
)
def test_options_that_do_not_exist_are_told(options: dict[str, object], param: str, words: str) -> None:
    seen = picture(5, 4)
    with pytest.raises(BadParameter, match=words) as told:
        unproject(seen["near"], seen["pixels"], seen["categories"], **options)
    assert told.value.param == param


def test_a_depth_of_another_size_is_our_fault() -> None:
    seen = picture(5, 4)
    with pytest.raises(InternalError):
        unproject(seen["near"][1:], seen["pixels"], seen["categories"])
    with pytest.raises(InternalError):
        unproject(np.zeros((0, 5), np.float32), seen["pixels"][:0], seen["categories"][:0])


def test_views_of_larger_pictures_give_the_same_points() -> None:
    seen = picture(40, 30)
    part = {name: array[3:20:2, 5:31] for name, array in seen.items()}
    whole = {name: np.ascontiguousarray(array) for name, array in part.items()}
    assert (unprojected(part, "planar").positions == unprojected(whole, "planar").positions).all()
    assert (unprojected(part, "planar").colours == unprojected(whole, "planar").colours).all()
