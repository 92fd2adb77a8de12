from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from lucida.engines.painter.painting import Light, Painting, View
from lucida.geometry.cameras import PinholeCamera
from lucida.geometry.projection import photo_to_cube
from lucida.geometry.sphere import directions, turn
from lucida.hdri.detail import _mean_of_box
from lucida.hdri.exposures import expose
from lucida.hdri.fov_estimation import estimate_fov
from lucida.hdri.hdr_merge import develop
from lucida.imaging.read import read_photo

EVS = [0.0, -3.0, -1.0, 1.0, 3.0]


def textured(camera: PinholeCamera) -> np.ndarray:
    """Texture as fine as a lens draws it, unevenly lit."""
    rng = np.random.default_rng(7)
    fine = rng.uniform(0.05, 0.9, (camera.height, camera.width, 3)).astype(np.float32)
    fine = cv2.blur(fine, (2, 2))
    coarse = cv2.resize(rng.uniform(0.3, 1, (9, 12, 3)).astype(np.float32), (camera.width, camera.height))
    return fine * coarse


def view_of(camera: PinholeCamera, photo: np.ndarray, cube_res: int) -> View:
    faces, coverage = photo_to_cube(photo, camera, cube_res)
    return View(photo, np.zeros(photo.shape[:2], bool), camera, faces, coverage, "outdoor", "", "", 0)


def area_averaged(
    photo: np.ndarray, camera: PinholeCamera, width: int, fine: int = 8, every: int = 1
) -> tuple[np.ndarray, np.ndarray]:
    """The photo's mean over each pixel of every n-th panorama row, by brute force; which pixels lie well inside it."""
    edge = 5 * camera.focal / (width / 4) + 2
    means, insides = [], []
    for row in range(0, width // 2, every):
        x, y, inside = camera.project(directions(width * fine, width // 2 * fine, slice(row * fine, row * fine + fine)))
        inside &= (x > edge) & (y > edge) & (x < camera.width - edge) & (y < camera.height - edge)
        values = photo[np.clip(y, 0, camera.height - 1).astype(int), np.clip(x, 0, camera.width - 1).astype(int)]
        means.append(values.reshape(fine, width, fine, 3).mean((0, 2)))
        insides.append(inside.reshape(fine, width, fine).all((0, 2)))
    return np.stack(means), np.stack(insides)


def srgb(linear: np.ndarray) -> np.ndarray:
    return np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * np.maximum(linear, 0) ** (1 / 2.4) - 0.055)


@pytest.mark.parametrize(
    "camera",
    [
        PinholeCamera(400, 300, 1.2),
        PinholeCamera(300, 400, 1.0, pitch=0.5, roll=-0.3),
        PinholeCamera(240, 180, 1.2, pitch=1.4),
    ],
    ids=["level", "tilted", "zenith"],
)
def test_known_pixels_are_the_photo_area_averaged_to_the_panorama_s_resolution(camera: PinholeCamera) -> None:
    width, photo = 384, textured(camera)
    view = view_of(camera, photo, width // 4)
    truth, inside = area_averaged(photo, camera, width)
    developed = develop(Painting(view.faces), width, EVS, view=view).radiance.astype(np.float32)
    without = develop(Painting(view.faces), width, EVS).radiance.astype(np.float32)
    difference = np.abs(srgb(developed) - srgb(truth))[inside]
    assert inside.sum() > 500
    assert np.median(difference) < 1 / 255
    assert np.median(np.abs(srgb(without) - srgb(truth))[inside]) > 2 / 255  # what the detail is for


def test_a_painter_s_own_exposures_get_the_detail_too() -> None:
    camera = PinholeCamera(400, 300, 1.2)
    photo = textured(camera)
    view = view_of(camera, photo, 64)
    exposures = {ev: np.stack([expose(face, ev) for face in view.faces]) for ev in EVS}
    truth, inside = area_averaged(photo, camera, 256)
    developed = develop(Painting(view.faces, exposures=exposures), 256, EVS, view=view).radiance.astype(np.float32)
    assert np.median(np.abs(srgb(developed) - srgb(truth))[inside]) < 1 / 255


def test_a_turned_panorama_keeps_the_detail_in_its_place() -> None:
    camera = PinholeCamera(400, 300, 1.2)
    view = view_of(camera, textured(camera), 128)
    painting = Painting(view.faces)
    straight = develop(painting, 512, EVS, view=view).radiance.astype(np.float32)
    turned = develop(painting, 512, EVS, view=view, rotation=turn(yaw=np.pi)).radiance.astype(np.float32)
    assert np.allclose(np.roll(straight, 256, axis=1), turned, atol=2e-3)


def test_light_that_a_painter_put_back_stays() -> None:
    camera = PinholeCamera(400, 300, 1.2)
    view = view_of(camera, np.ones((300, 400, 3), np.float32), 128)
    lifted = develop(Painting(view.faces * 20), 512, EVS, view=view).radiance.astype(np.float32)
    assert np.allclose(lifted[128, 256], 20, rtol=0.01)
    lamp = Light("lamp", (0, 0, -1), 0.1, (50.0, 50.0, 50.0))
    lit = develop(Painting(view.faces, lights=(lamp,)), 512, EVS, view=view).radiance.astype(np.float32)
    assert np.allclose(lit[128, 256], 51, rtol=0.01)


def test_light_stays_at_least_none() -> None:
    camera = PinholeCamera(400, 300, 1.2)
    photo = np.random.default_rng(1).choice(np.float32([0, 0, 0, 5]), (300, 400, 3))
    view = view_of(camera, photo, 64)
    assert develop(Painting(view.faces), 1024, EVS, view=view).radiance.min() >= 0


@pytest.mark.parametrize(
    ("left", "top", "width", "height"),
    [(3.0, 2.0, 1.0, 1.0), (3.25, 2.5, 2.6, 3.1), (-1.0, -0.5, 2.5, 2.0), (13.4, 8.2, 4.0, 3.0)],
    ids=["a pixel", "between pixels", "over the first corner", "over the last corner"],
)
def test_the_mean_of_a_box_weighs_pixels_by_what_lies_in_it(
    left: float, top: float, width: float, height: float
) -> None:
    photo = np.random.default_rng(3).random((10, 16, 3), dtype=np.float32)
    across = np.clip(left + width - np.arange(16), 0, 1) * np.clip(np.arange(1, 17) - left, 0, 1)
    down = np.clip(top + height - np.arange(10), 0, 1) * np.clip(np.arange(1, 11) - top, 0, 1)
    share = np.minimum(down, height)[:, None] * np.minimum(across, width)
    mean = (photo * share[..., None]).sum((0, 1)) / share.sum()
    assert _mean_of_box(photo, left, top, width, height) == pytest.approx(mean, rel=1e-5)


@pytest.mark.shared
@pytest.mark.slow
@pytest.mark.parametrize("name", ["iphone13_kitchen.heic", "iphone6_garden.jpg"])
@pytest.mark.parametrize("width", [1024, 2048])
def test_known_pixels_of_a_real_photo_are_the_photo_s(shared_folder: Path, name: str, width: int) -> None:
    photo = read_photo(shared_folder / "data" / "photos" / name)
    height, across = photo.radiance.shape[:2]
    camera = PinholeCamera(across, height, estimate_fov(photo.exif, across, height).horizontal, 0.05, 0.02)
    view = view_of(camera, photo.radiance, width // 4)
    truth, inside = area_averaged(photo.radiance, camera, width, every=8)
    developed = develop(Painting(view.faces), width, EVS, view=view).radiance.astype(np.float32)[::8]
    inside &= truth.max(-1) < 0.98
    assert inside.sum() > 500
    assert np.median(np.abs(srgb(developed) - srgb(truth))[inside]) < 1 / 255
