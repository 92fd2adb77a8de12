from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scenes import noise, outdoors

from lucida.engines.painter.by_example import _KINDS, Texture, texture_from
from lucida.engines.painter.place import Source
from lucida.geometry.cameras import PinholeCamera
from lucida.geometry.cubemap import FACES, face_directions

GREY = np.array([0.2, 0.25, 0.15], np.float32)
PHONE = PinholeCamera(320, 240, 1.15)


def plane(reach: float, size: int, up: float) -> NDArray[np.float32]:
    """Directions (size, size, 3) to a grid that reaches as far on the plane at height `up`."""
    x, z = np.meshgrid(np.linspace(-reach, reach, size), np.linspace(-reach, reach, size))
    d = np.stack([x, np.full_like(x, up), z], -1)
    return (d / np.linalg.norm(d, axis=-1, keepdims=True)).astype(np.float32)


def example(seed: int, edge: float = 1.5) -> Texture:
    """A texture of unequal grains whose channels differ."""
    forms = np.stack([noise(256, 256, seed + i) for i in range(3)], -1)
    detail = forms - cv2.GaussianBlur(forms, (0, 0), 32)
    return Texture((detail - detail.mean((0, 1))).astype(np.float32), GREY, edge, seed)


def seen(texture: Texture, direction: NDArray[np.float32], up: float) -> NDArray[np.float32]:
    """Stops (H, W, 3) by which a plane rises over and falls under its mean."""
    return np.log2(texture.paint(direction, up) / texture.colour)


def source(picture: NDArray[np.float32], camera: PinholeCamera, sky: float = 0.0) -> Source:
    return Source(picture, np.full((8, 8), sky, np.float32), camera)


def contrasty(camera: PinholeCamera, seed: int = 0) -> NDArray[np.float32]:
    """Black and white grains of every size."""
    height, width = camera.height, camera.width
    grains = noise(height, width, seed) + np.random.default_rng(seed).normal(size=(height, width))
    return np.repeat(np.where(grains > 0, 1.0, 0.003)[..., None], 3, -1).astype(np.float32)


@pytest.mark.parametrize("up", [-1.0, 1.0], ids=["ground", "sky"])
@pytest.mark.parametrize("seed", range(3))
def test_blended_patches_keep_the_example_s_contrast(seed: int, up: float) -> None:
    texture = example(seed)
    spread = seen(texture, plane(3.9, 400, up), up).std((0, 1))
    assert np.allclose(spread, texture.detail.std((0, 1)), rtol=0.15)


def test_no_place_of_the_lattice_is_duller_than_another() -> None:
    """Where three patches are blended evenly, 42 % of the contrast would be lost if it were not given back."""
    power = np.zeros((48, 48))
    for seed in range(40):
        texture = example(seed)  # lattice points are 0.9 apart
        power += (seen(texture, plane(0.9, 48, -1.0), -1.0) ** 2).sum(-1)
    spread = np.sqrt(cv2.resize(power, (12, 12), interpolation=cv2.INTER_AREA))
    assert spread.min() > 0.75 * spread.max()


@settings(max_examples=20, deadline=None)
@given(st.sampled_from(range(6)), st.integers(0, 40), st.integers(1, 24), st.integers(0, 40), st.integers(1, 24))
def test_a_point_shows_the_same_whatever_else_is_painted_with_it(
    face: int, top: int, height: int, left: int, width: int
) -> None:
    texture, up = example(2), 1.0 if face == FACES.index("py") else -1.0
    direction = face_directions(face, 64).astype(np.float32)
    crop = (slice(top, top + height), slice(left, left + width))
    assert np.allclose(texture.paint(direction[crop], up), texture.paint(direction, up)[crop], atol=2e-4)


@pytest.mark.parametrize("longitude", [0.0, 1.5, 3.0, -2.2])
def test_what_is_drawn_out_along_the_line_of_sight_is_so_all_around(longitude: float) -> None:
    """Grass seen level is; with all patches laid the same way it would stand in rings around the viewer."""
    streaks = np.repeat(np.sin(np.arange(256) * 0.6)[None, :, None], 256, 0).repeat(3, -1).astype(np.float32)
    texture = Texture(streaks, GREY, 1.5, 4)
    distance, around = np.meshgrid(np.linspace(2.5, 3.5, 64), longitude + np.linspace(-0.2, 0.2, 64), indexing="ij")
    below = np.stack([distance * np.sin(around), np.full_like(distance, -1), -distance * np.cos(around)], -1)
    stops = seen(texture, (below / np.linalg.norm(below, axis=-1, keepdims=True)).astype(np.float32), -1.0)[..., 0]
    outwards, sideways = (np.diff(stops, axis=axis).std() for axis in (0, 1))
    assert outwards < 0.5 * sideways


def test_seeds_lay_the_patches_elsewhere() -> None:
    below = plane(2.0, 64, -1.0)
    first, second = example(0), Texture(example(0).detail, GREY, 1.5, 7)
    assert np.array_equal(first.paint(below, -1.0), first.paint(below, -1.0))
    assert np.abs(seen(first, below, -1.0) - seen(second, below, -1.0)).mean() > 0.1


def test_far_away_a_plane_is_its_mean() -> None:
    grazing = plane(1.0, 32, -0.02)
    far = np.hypot(grazing[..., 0], grazing[..., 2]) / -grazing[..., 1] > 10.5
    assert far.any()
    assert np.allclose(example(0).paint(grazing, -1.0)[far], GREY, rtol=1e-5)


@pytest.mark.parametrize("kind", ["ground", "room", "sky"])
def test_a_harsh_example_stays_within_its_kind_s_stops(kind: str) -> None:
    up = 1.0 if kind == "sky" else -1.0
    texture = texture_from(source(contrasty(PHONE), PHONE, sky=1.0), PHONE, up, 3, kind)
    most = _KINDS[kind][0]
    stops = seen(texture, plane(3.9, 256, up), up)
    assert np.abs(texture.detail).max() <= 2 * most  # the mean taken off moves the limit
    assert np.abs(stops).max() <= 2 * most * np.sqrt(3)  # where three patches agree
    assert stops.std() > 0.15 * most


def test_a_room_s_floor_is_calmer_than_the_ground_outdoors() -> None:
    floor, ground = (
        texture_from(source(contrasty(PHONE), PHONE), PHONE, -1.0, 3, kind).detail.std() for kind in ("room", "ground")
    )
    assert floor < 0.2 * ground


def boarded(camera: PinholeCamera, sofa: float) -> NDArray[np.float32]:
    """A floor of boards that run away from the viewer, and a harsh thing right of `sofa`, 0 to 1 of the width."""
    x, y = np.meshgrid(np.arange(camera.width) + 0.5, np.arange(camera.height) + 0.5)
    d = camera.directions(x, y)
    below = np.minimum(d[..., 1], -0.05)
    boards = np.where(np.sin(30 * d[..., 0] / below) > 0, 0.1, -0.1)
    across = np.where(np.sin(12 * d[..., 2] / below) > 0, 0.1, -0.1)
    floor = GREY * np.exp2(boards + across)[..., None]
    return np.where((x > sofa * camera.width)[..., None], contrasty(camera), floor).astype(np.float32)


def test_a_room_s_floor_goes_on_with_its_boards_where_they_lie() -> None:
    texture = texture_from(source(boarded(PHONE, 0.6), PHONE), PHONE, -1.0, 3, "room")
    stops = seen(texture, plane(2.0, 256, -1.0), -1.0)
    assert 0.05 < stops.std() < 0.2  # the boards', not the sofa's
    assert not texture.turned


def test_a_floor_that_is_all_furniture_is_not_copied() -> None:
    texture = texture_from(source(boarded(PHONE, 0.0), PHONE), PHONE, -1.0, 3, "room")
    assert np.abs(texture.detail).max() <= 2 * _KINDS["room"][0]


def test_what_stands_before_the_sky_leaves_no_ghost_in_it() -> None:
    """Neither the tower nor its rim."""
    picture = np.full((PHONE.height, PHONE.width, 3), 0.5, np.float32)
    picture[:, 130:200] = 0.02
    mask = np.where(picture[::4, ::4, 0] > 0.1, np.float32(1), np.float32(0))
    texture = texture_from(Source(picture, mask, PHONE), PHONE, 1.0, 0, "sky")
    assert np.abs(texture.detail).max() < 0.1
    assert texture.detail.std() < 0.02


def test_only_sky_lends_its_forms_to_the_sky() -> None:
    built_over = texture_from(source(contrasty(PHONE), PHONE, sky=0.0), PHONE, 1.0, 3, "sky")
    assert not np.abs(built_over.detail).max() > 1e-3
    assert np.ptp(seen(built_over, plane(3.0, 64, 1.0), 1.0)) < 1e-3


@pytest.mark.parametrize(("pitch", "up"), [(0.5, -1.0), (-0.5, 1.0)], ids=["looks up", "looks down"])
def test_a_plane_that_the_photo_does_not_show_has_the_colour_and_some_grain_of_the_nearest_rows(
    pitch: float, up: float
) -> None:
    camera = PinholeCamera(320, 240, 0.6, pitch)
    rough = np.random.default_rng(0).normal(size=(240, 320, 1)) + np.linspace(-2, 2, 240)[:, None, None]
    picture = (GREY * np.exp2(rough)).astype(np.float32)
    texture = texture_from(source(picture, camera), camera, up, 0, "ground")
    nearest = picture[:20] if up > 0 else picture[-20:]
    assert np.allclose(texture.colour, np.median(nearest, (0, 1)), rtol=0.2)
    assert texture.detail.std() > 0.01
    assert np.abs(seen(texture, plane(3.9, 128, up), up)).max() < 2 * max(_KINDS["unseen"][0], _KINDS["room"][0])


@pytest.mark.parametrize("pitch", [-0.5, 0.0, 0.5])
@pytest.mark.parametrize("up", [-1.0, 1.0])
def test_a_photo_of_one_colour_gives_planes_of_that_colour(pitch: float, up: float) -> None:
    camera = PinholeCamera(320, 240, 1.0, pitch)
    texture = texture_from(source(np.full((240, 320, 3), GREY), camera, 1.0), camera, up, 0, "ground")
    assert np.allclose(texture.paint(plane(20.0, 32, up), up), GREY, rtol=1e-4)


def test_the_ground_meets_the_photo_s_lowest_rows_in_their_colour() -> None:
    picture = outdoors(PHONE)
    texture = texture_from(source(picture, PHONE), PHONE, -1.0, 0, "ground")
    assert np.allclose(texture.colour, np.median(picture[-20:], (0, 1)), rtol=0.1)
