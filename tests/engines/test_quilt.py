from __future__ import annotations

import functools
from dataclasses import replace

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from scenes import noise, rays

from lucida.engines.painter.place import Source
from lucida.engines.painter.quilt import Quilt, quilt
from lucida.geometry.cameras import PinholeCamera
from lucida.geometry.sphere import directions

SIZE = (256, 512)
PHONE = PinholeCamera(320, 240, 1.15)
CLOSE = PinholeCamera(320, 240, 0.6)
# A camera, and whether what it shows stands upright.
CASES = {
    "a room": (PHONE, True),
    "a room, looked down on and leaning": (replace(PHONE, pitch=-0.3, roll=0.1), True),
    "a wide room": (PinholeCamera(320, 240, 1.8), True),
    "a corner through a long lens": (CLOSE, True),
    "leaves": (CLOSE, False),
    "leaves above": (replace(CLOSE, pitch=0.6, roll=-0.1), False),
}
every_case = pytest.mark.parametrize("case", CASES)


def source(picture: NDArray[np.float32], camera: PinholeCamera) -> Source:
    return Source(picture, np.zeros((8, 8), np.float32), camera)


def rough(camera: PinholeCamera, seed: int = 0) -> NDArray[np.float32]:
    """A picture (H, W, 3) no place of which is like another."""
    stops = np.stack([noise(camera.height, camera.width, seed + i) for i in range(3)], -1)
    return np.exp2(stops - 2).astype(np.float32)


def laid(picture: NDArray[np.float32], camera: PinholeCamera, *, upright: bool, seed: int = 0) -> Quilt:
    half = camera.vertical_fov / 2
    low, high = camera.pitch - 0.9 * half, camera.pitch + 0.9 * half
    return quilt(source(picture, camera), camera, low, high, seed, upright=upright, size=SIZE)


@functools.cache
def quilted(case: str) -> Quilt:
    camera, upright = CASES[case]
    return laid(rough(camera), camera, upright=upright)


def seen_by(quilt: Quilt, rank: int = 0) -> NDArray[np.float64]:
    """Where in the photo lies what is shown: directions (h, w, 3)."""
    seen = np.einsum("hwij,hwj->hwi", quilt.maps[quilt.piece[..., rank]], directions(SIZE[1], SIZE[0]))
    return np.asarray(seen / np.linalg.norm(seen, axis=-1, keepdims=True))


def belt(camera: PinholeCamera) -> NDArray[np.bool_]:
    """The rows of the panorama that the photo spans in the middle."""
    latitude = (0.5 - (np.arange(SIZE[0]) + 0.5) / SIZE[0]) * np.pi
    return np.abs(latitude - camera.pitch) < 0.35 * camera.vertical_fov


@every_case
def test_every_direction_shows_one_piece_or_two_that_cross_over(case: str) -> None:
    made = quilted(case)
    assert made.piece.min() >= 0
    assert made.piece.max() < len(made.maps)
    assert made.share.min() >= 0.5 - 1e-6
    assert made.share.max() <= 1
    two = made.share < 0.98
    assert 0 < two.mean() < 0.3
    assert (made.piece[..., 0] != made.piece[..., 1])[two].all()


@every_case
def test_the_photo_lies_where_it_was_seen(case: str) -> None:
    camera, _ = CASES[case]
    made = quilted(case)
    assert np.array_equal(made.maps[0], np.eye(3))
    inside = camera.project(directions(SIZE[1], SIZE[0]))[2] & (np.abs(directions(SIZE[1], SIZE[0])[..., 1]) < 0.85)
    deep = cv2.erode(inside.astype(np.uint8), np.ones((7, 7), np.uint8)) > 0
    assert (made.piece[..., 0] == 0)[deep].all()
    assert made.share[deep].min() > 0.999


@every_case
def test_all_around_the_photo_s_own_places_are_shown(case: str) -> None:
    camera, upright = CASES[case]
    x, y, inside = camera.project(seen_by(quilted(case))[belt(camera)])
    assert inside.mean() > 0.95
    if not upright:  # upright pieces go on mirrored above and below
        return
    assert ((x > -0.1 * camera.width) & (x < 1.1 * camera.width)).mean() > 0.99
    assert ((y > -0.25 * camera.height) & (y < 1.25 * camera.height)).mean() > 0.99


@pytest.mark.parametrize("case", [case for case, (_, upright) in CASES.items() if upright])
def test_upright_pieces_keep_the_horizon_and_what_is_plumb(case: str) -> None:
    """No piece leans, and the eye stays at its height but for a few degrees."""
    for turn in quilted(case).maps:
        there = turn @ np.array([0.0, 1.0, 0.0])
        assert there[1] / np.linalg.norm(there) > np.cos(np.radians(12))
    level = np.abs(np.arcsin(seen_by(quilted(case))[SIZE[0] // 2, :, 1]))
    assert np.median(level) < np.radians(2)
    assert level.max() < np.radians(12)


def test_pieces_are_hardly_laid_beside_their_own_mirror_images() -> None:
    """Where two pieces meet of which one is mirrored, they show other places: else it is a kaleidoscope."""
    apart = []
    for case, (camera, _) in CASES.items():
        made = quilted(case)
        mirrored = np.linalg.det(made.maps) < 0
        beside = np.roll(made.piece[..., 0], -1, 1)
        axis = (mirrored[made.piece[..., 0]] != mirrored[beside]) & belt(camera)[:, None]
        here, there = seen_by(made), np.roll(seen_by(made), -1, 1)
        apart.append(np.degrees(np.arccos(np.clip((here * there).sum(-1), -1, 1)))[axis])
    found = np.concatenate(apart)
    assert len(found) > 200
    assert np.mean(found < 4) < 0.1


def test_what_is_odd_is_shown_less_than_what_is_plain() -> None:
    """A red lamp on a plain wall: behind the viewer there is more wall."""
    ray = rays(PHONE)
    lamp = np.hypot(ray[..., 0] - 0.1, ray[..., 1] + 0.05) < 0.14
    picture = np.where(lamp[..., None], np.array([0.6, 0.02, 0.02]), 0.3 * np.exp2(0.05 * noise(240, 320))[..., None])
    rows = belt(PHONE)
    shown = []
    for seed in range(3):
        seen = seen_by(laid(picture.astype(np.float32), PHONE, upright=True, seed=seed))[rows]
        x, y, inside = PHONE.project(seen)
        at = np.clip(y.astype(int), 0, 239), np.clip(x.astype(int), 0, 319)
        away = ~PHONE.project(directions(SIZE[1], SIZE[0])[rows])[2]
        shown.append((lamp[at] & inside)[away].mean())
    _, y, _ = PHONE.project(directions(SIZE[1], SIZE[0])[rows])
    in_photo = lamp[(np.arange(240) + 0.5 > y.min()) & (np.arange(240) + 0.5 < y.max())].mean()
    assert in_photo > 0.05
    assert np.mean(shown) < 0.4 * in_photo


def test_a_seed_decides_all() -> None:
    picture = rough(PHONE)
    first, again, other = (laid(picture, PHONE, upright=True, seed=seed) for seed in (1, 1, 2))
    assert np.array_equal(first.maps, again.maps)
    assert np.array_equal(first.piece, again.piece)
    assert np.array_equal(first.share, again.share)
    assert not np.array_equal(first.piece, other.piece)


@pytest.mark.parametrize(
    "camera", [replace(PHONE, pitch=1.5), replace(PHONE, pitch=-1.5), PinholeCamera(320, 240, 0.1)]
)
def test_a_photo_with_too_little_around_the_horizon_is_mirrored_all_around(camera: PinholeCamera) -> None:
    made = quilt(source(rough(camera), camera), camera, -0.3, 0.3, 0, upright=True, size=SIZE)
    assert np.array_equal(made.maps, np.eye(3)[None])
    assert not made.piece.any()
    assert (made.share == 1).all()


def test_indoors_less_of_the_photo_is_seen_in_the_mirror_at_its_border() -> None:
    camera, _ = CASES["a room"]
    shown = source(rough(camera), camera)
    wide = quilt(shown, camera, -0.3, 0.3, 0, upright=True, size=SIZE)
    narrow = quilt(shown, camera, -0.3, 0.3, 0, upright=True, indoors=True, size=SIZE)
    columns = [(made.piece[SIZE[0] // 2, :, 0] == 0).sum() for made in (wide, narrow)]
    assert columns[1] < columns[0]
    assert columns[1] >= camera.horizontal_fov / (2 * np.pi) * SIZE[1] * 0.98  # the photo itself is all there
