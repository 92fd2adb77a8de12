from __future__ import annotations

import cv2
import numpy as np
import pytest

from lucida.geometry.cameras import PinholeCamera
from lucida.geometry.cubemap import face_directions
from lucida.geometry.projection import cube_to_equirectangular, equirectangular_to_cube, photo_to_cube
from lucida.geometry.sphere import directions, look_through

LEVEL = PinholeCamera(400, 300, 1.2)
TILTED = PinholeCamera(300, 400, 1.0, pitch=0.5, roll=-0.3)


def smooth(d: np.ndarray) -> np.ndarray:
    x, y, z = np.moveaxis(d, -1, 0)
    return np.stack([1 + 0.5 * x + 0.3 * y * z, 2 + np.sin(3 * z + y), 1.5 + y * y * x], -1).astype(np.float32)


def pixel_centres(camera: PinholeCamera) -> tuple[np.ndarray, np.ndarray]:
    x, y = np.meshgrid(np.arange(camera.width) + 0.5, np.arange(camera.height) + 0.5)
    return x, y


def srgb(linear: np.ndarray) -> np.ndarray:
    linear = np.clip(linear, 0, 1)
    return np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)


def detailed_photo(camera: PinholeCamera) -> np.ndarray:
    """Clouds of every size, edges and fine texture, as a photo has them."""
    rng = np.random.default_rng(5)
    picture = np.zeros((camera.height, camera.width, 3), np.float32)
    for octave in range(2, 9):
        noise = rng.normal(size=(2**octave * 3 // 4, 2**octave, 3)).astype(np.float32)
        picture += cv2.resize(noise, (camera.width, camera.height), interpolation=cv2.INTER_CUBIC) / 2**octave * 1.2
    picture[camera.height // 2 :, : camera.width // 3] += 0.2
    code = np.clip(0.5 + picture + rng.normal(0, 0.01, picture.shape), 0.02, 0.98)
    return np.where(code <= 0.04045, code / 12.92, ((code + 0.055) / 1.055) ** 2.4).astype(np.float32)


@pytest.mark.parametrize("camera", [LEVEL, TILTED], ids=["level", "tilted"])
@pytest.mark.parametrize("cube_res", [48, 96, 400])
def test_the_photo_lands_in_its_own_directions(camera: PinholeCamera, cube_res: int) -> None:
    faces, coverage = photo_to_cube(smooth(camera.directions(*pixel_centres(camera))), camera, cube_res)
    truth = np.stack([smooth(face_directions(face, cube_res)) for face in range(6)])
    whole = coverage == 1
    assert whole.any()
    assert np.abs(faces - truth)[whole].max() < 3 / cube_res**2 + 1e-3
    assert not faces[coverage == 0].any()


@pytest.mark.parametrize("camera", [LEVEL, TILTED], ids=["level", "tilted"])
def test_coverage_is_the_photo_s_share_of_each_pixel(camera: PinholeCamera) -> None:
    size, fine = 32, 16
    _, coverage = photo_to_cube(np.ones((camera.height, camera.width, 3), np.float32), camera, size)
    for face in range(6):
        inside = camera.project(face_directions(face, size * fine))[2].astype(np.float64)
        share = inside.reshape(size, fine, size, fine).mean((1, 3))
        assert np.abs(coverage[face] - share).max() < 0.1


def test_a_photo_denser_than_the_face_is_averaged_over_each_footprint() -> None:
    camera = PinholeCamera(1200, 1200, np.pi / 2)  # exactly the face nz
    photo = np.random.default_rng(0).random((1200, 1200, 3), dtype=np.float32)
    faces, coverage = photo_to_cube(photo, camera, 100)
    means = photo.reshape(100, 12, 100, 12, 3).mean((1, 3))
    assert coverage[5].min() == 1
    assert abs(faces[5].mean() - means.mean()) < 1e-4
    assert np.corrcoef(faces[5].ravel(), means.ravel())[0, 1] > 0.97


def test_a_checkerboard_finer_than_the_face_turns_grey() -> None:
    camera = PinholeCamera(1000, 1000, np.pi / 2)
    board = np.repeat(np.indices((1000, 1000)).sum(0)[..., None] % 2, 3, -1).astype(np.float32)
    faces, _ = photo_to_cube(board, camera, 90)
    assert np.abs(faces[5] - 0.5).max() < 0.05


@pytest.mark.parametrize("camera", [PinholeCamera(1008, 756, 1.17, 0.05, 0.03), PinholeCamera(504, 378, 1.17)])
def test_known_pixels_are_the_photo_s(camera: PinholeCamera) -> None:
    width, photo = 2048, detailed_photo(camera)
    faces, _ = photo_to_cube(photo, camera, width // 4)
    panorama = cube_to_equirectangular(faces, width)
    # The photo at the panorama's resolution: as many pixels as the panorama has across the same angle.
    scale = width / (2 * np.pi) / camera.focal
    small = PinholeCamera(
        round(camera.width * scale), round(camera.height * scale), camera.horizontal_fov, camera.pitch, camera.roll
    )
    averaged = cv2.resize(photo, (small.width, small.height), interpolation=cv2.INTER_AREA)
    seen = look_through(panorama, small.directions(*pixel_centres(small)))
    difference = np.abs(srgb(seen) - srgb(averaged))[4:-4, 4:-4]
    assert np.median(difference) < 1 / 255
    assert np.abs((seen - averaged)[4:-4, 4:-4].mean()) < 5e-4


@pytest.mark.parametrize("rows", [slice(0, 5), slice(100, 128)])
def test_some_rows_are_those_of_the_whole(rows: slice) -> None:
    faces = np.random.default_rng(1).random((6, 64, 64, 3), dtype=np.float32)
    assert np.array_equal(cube_to_equirectangular(faces, 256, rows), cube_to_equirectangular(faces, 256)[rows])


@pytest.mark.parametrize(("cube_res", "width"), [(64, 256), (128, 512), (64, 200), (200, 256)])
def test_no_seam_at_the_date_line_at_cube_edges_or_around_the_poles(cube_res: int, width: int) -> None:
    faces = np.stack([smooth(face_directions(face, cube_res)) for face in range(6)])
    panorama = cube_to_equirectangular(faces, width)
    error = panorama - smooth(directions(width, width // 2))
    sampling = min(cube_res, width / 4)
    assert np.abs(error).max() < 30 / sampling**2
    # The error itself must be as smooth across an edge as elsewhere: a seam would be a step in it.
    jump = np.abs(np.diff(error, axis=1, append=error[:, :1])).max(-1)
    longitude = np.arange(1, width + 1) / width * 2 * np.pi - np.pi
    at_edge = (np.abs((longitude + np.pi / 4) % (np.pi / 2)) < 1e-9) | (np.arange(width) == width - 1)
    sides = slice(width // 4 - width // 10, width // 4 + width // 10)
    assert jump[sides][:, at_edge].max() <= 2 * jump[sides][:, ~at_edge].max() + 20 / sampling**2 / width
    # Around the poles: opposite sides of the first and of the last row are neighbours.
    for row in (0, -1):
        over_pole = np.abs(panorama[row] - np.roll(panorama[row], width // 2, axis=0)).max()
        truth = smooth(directions(width, width // 2))[row]
        assert over_pole <= np.abs(truth - np.roll(truth, width // 2, axis=0)).max() + 2 * np.abs(error).max()


@pytest.mark.parametrize(("width", "cube_res"), [(512, 64), (512, 128), (2048, 64), (256, 128)])
def test_a_panorama_turns_into_the_cube_it_came_from(width: int, cube_res: int) -> None:
    faces = equirectangular_to_cube(smooth(directions(width, width // 2)), cube_res)
    truth = np.stack([smooth(face_directions(face, cube_res)) for face in range(6)])
    assert np.abs(faces - truth).max() < 10 / cube_res**2 + 4 / width


def test_a_panorama_denser_than_the_cube_keeps_its_energy() -> None:
    panorama = np.full((512, 1024, 3), 0.1, np.float32)
    rng = np.random.default_rng(3)
    for _ in range(1500):
        panorama[rng.integers(100, 412), rng.integers(1024)] = 500
    rows = np.cos((0.5 - (np.arange(512) + 0.5) / 512) * np.pi) * (2 * np.pi / 1024) ** 2
    faces = equirectangular_to_cube(panorama, 32)
    across = (2 * np.arange(32) + 1) / 32 - 1
    solid = (1 + across[:, None] ** 2 + across**2) ** -1.5 * (2 / 32) ** 2
    assert abs((faces[..., 0] * solid).sum() / (panorama[..., 0] * rows[:, None]).sum() - 1) < 0.02
    assert faces.min() >= 0.0999
