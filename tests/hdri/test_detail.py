from __future__ import annotations

import cv2
import numpy as np
import pytest

from lucida.engines.painter.painting import Light, Painting, View
from lucida.geometry.cameras import PinholeCamera
from lucida.geometry.sphere import directions, turn
from lucida.hdri.exposures import expose
from lucida.hdri.hdr_merge import develop
from lucida.hdri.projection import photo_to_cube

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
    photo: np.ndarray, camera: PinholeCamera, width: int, fine: int = 12
) -> tuple[np.ndarray, np.ndarray]:
    """The photo's mean over each panorama pixel, by brute force, and which pixels lie well inside it."""
    d = directions(width * fine, width // 2 * fine)
    x, y, inside = camera.project(d)
    edge = 5 * camera.focal / (width / 4) + 2
    inside &= (x > edge) & (y > edge) & (x < camera.width - edge) & (y < camera.height - edge)
    values = photo[np.clip(y, 0, camera.height - 1).astype(int), np.clip(x, 0, camera.width - 1).astype(int)]
    shape = width // 2, fine, width, fine
    return values.reshape(*shape, 3).mean((1, 3)), inside.reshape(shape).all((1, 3))


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
