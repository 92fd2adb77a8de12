from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lucida.engines.painter.painting import Light, Painting
from lucida.errors import Cancelled, InternalError
from lucida.geometry.cubemap import face_directions
from lucida.geometry.projection import cube_to_equirectangular
from lucida.geometry.sphere import directions, turn
from lucida.hdri.exposures import expose, ordered
from lucida.hdri.hdr_merge import (
    develop,
    merge_debevec,
    merge_reference,
    merge_with_light,
    put_light_back_reference,
    response,
)

EVS = ordered([-3, -1, 0, 1, 3])


def opencv_merge(stack: np.ndarray, evs: list[float]) -> np.ndarray:
    times = (2.0 ** np.array(evs)).astype(np.float32)
    curve = np.repeat(response()[:, None, None], 3, 2)
    return cv2.createMergeDebevec().process(list(stack), times, curve)


def scene(size: int = 64, stops: tuple[float, float] = (-6, 9)) -> np.ndarray:
    """Cube faces with soft patches of every brightness and colour and a few small bright sources."""
    rng = np.random.default_rng(4)
    faces = [
        cv2.resize(2.0 ** rng.uniform(*stops, (9, 9, 3)), (size, size), interpolation=cv2.INTER_LINEAR)
        for _ in range(6)
    ]
    return np.asarray(faces, np.float32)


def solid(width: int) -> np.ndarray:
    edge = np.sin((0.5 - np.arange(width // 2 + 1) / (width // 2)) * np.pi)
    return ((edge[:-1] - edge[1:]) * 2 * np.pi / width)[:, None]


@settings(deadline=None, max_examples=25)
@given(
    st.lists(st.integers(-6, 6).filter(bool), unique=True, max_size=9),
    st.integers(0, 2**32 - 1),
)
def test_the_merge_equals_opencv_s(others: list[int], seed: int) -> None:
    evs = [0.0, *map(float, others)]
    stack = np.random.default_rng(seed).integers(0, 256, (len(evs), 5, 7, 3), dtype=np.uint8)
    theirs = opencv_merge(stack, evs)
    assert np.allclose(merge_debevec(stack, evs), theirs, rtol=2e-5)
    assert np.allclose(merge_reference(stack, evs)[0], theirs, rtol=2e-5)


def test_the_merge_equals_opencv_s_where_every_reading_is_clipped_or_black() -> None:
    for code in (0, 1, 254, 255):
        stack = np.full((5, 1, 1, 3), code, np.uint8)
        assert np.allclose(merge_debevec(stack, EVS), opencv_merge(stack, EVS), rtol=1e-4)


def test_exposures_of_a_known_scene_merge_back_to_its_radiance() -> None:
    grey = np.repeat((2.0 ** np.random.default_rng(0).uniform(-7, 0, (100, 100, 1))), 3, -1).astype(np.float32)
    merged = merge_debevec([expose(grey, ev) for ev in EVS], EVS)
    assert np.median(np.abs(merged / grey - 1)) < 0.01


def test_developed_radiance_is_the_scene_s_inside_the_bracket_and_beyond() -> None:
    faces = scene()
    truth = cube_to_equirectangular(faces, 256)
    developed = develop(Painting(faces), 256, EVS).radiance.astype(np.float32)
    error = np.abs(developed / truth - 1)
    inside = (truth > 2.0**-6) & (truth < 8)
    assert np.median(error[inside]) < 0.01
    assert np.percentile(error[inside], 99) < 0.03
    assert error[truth >= 8].max() < 0.002  # half floats
    assert (truth >= 64).any()


def test_the_bands_equal_the_slow_merge() -> None:
    faces = scene(size=32)
    light = cube_to_equirectangular(faces, 128)
    merged, clipped = merge_reference([expose(light, ev) for ev in EVS], EVS)
    slow = put_light_back_reference(merged, clipped, light)
    assert np.allclose(develop(Painting(faces), 128, EVS).radiance, slow, rtol=1e-3)


def test_no_clipped_pixel_is_darker_than_the_brightest_bracketed_one() -> None:
    faces = np.full((6, 32, 32, 3), 0.2, np.float32)
    # a lamp with a halo that passes every level from far inside the bracket to far above it
    distance = np.linalg.norm(face_directions(5, 32) - [0, 0.2, -0.98], axis=-1)
    faces[5] += (300 * np.exp(-((distance / 0.15) ** 2)))[..., None] * np.float32([1, 0.8, 0.5])
    painting = Painting(faces)
    light = cube_to_equirectangular(faces, 256)
    bare = merge_debevec([expose(light, ev) for ev in EVS], EVS)
    developed = develop(painting, 256, EVS).radiance.astype(np.float32)
    everywhere = (light >= 8).all(-1)
    elsewhere = developed[(light < 8).all(-1)]
    assert bare[everywhere].min() < elsewhere.max()  # the failure is real
    assert developed[everywhere].min() >= min(8.0, elsewhere.max())
    # and brightness keeps its order all the way: no ring where the one hands over to the other
    order = np.argsort(light[..., 1], axis=None)
    ranked = developed[..., 1].ravel()[order]
    assert (ranked >= 0.97 * np.maximum.accumulate(ranked)).all()


def test_a_painter_s_own_exposures_are_merged_and_its_light_put_back() -> None:
    faces = scene(stops=(-5, 6))
    exposures = {ev: np.stack([expose(face, ev) for face in faces]) for ev in EVS}
    truth = cube_to_equirectangular(faces, 256)
    developed = develop(Painting(faces, exposures=exposures), 256, EVS).radiance.astype(np.float32)
    inside = (truth > 2.0**-5) & (truth < 7)
    assert np.median(np.abs(developed / truth - 1)[inside]) < 0.01
    assert np.median(np.abs(developed / truth - 1)[truth > 16]) < 0.01
    assert developed[(truth > 16)].min() >= 8 * 0.99


def test_a_painter_that_painted_other_exposures_than_it_saw_still_never_goes_below_them() -> None:
    evs = [0.0, -2.0]
    stack = np.stack([np.full((1, 1, 3), 255, np.uint8)] * 2)
    dim = np.full((1, 1, 3), 0.5, np.float32)
    assert np.allclose(merge_with_light(stack, evs, dim), 4)
    assert np.allclose(merge_with_light(stack, evs, dim * 100), 50)


@pytest.mark.parametrize("width", [128, 512, 1024])
def test_sun_outside_every_bracket_keeps_its_energy(width: int) -> None:
    sun = Light("sun", (0.3, 0.5, -0.6), np.radians(0.27), (60_000.0, 50_000.0, 40_000.0))
    dark = Painting(np.full((6, 32, 32, 3), 0.1, np.float32), lights=(sun,))
    with_sun = develop(dark, width, EVS).radiance.astype(np.float64)
    without = develop(dark, width, EVS, lights=False).radiance.astype(np.float64)
    energy = ((with_sun - without) * solid(width)[..., None]).sum((0, 1))
    assert np.allclose(energy, np.array(sun.radiance) * np.pi * sun.angular_radius**2, rtol=0.01)
    where = np.unravel_index(with_sun[..., 0].argmax(), with_sun.shape[:2])
    toward = np.array(sun.direction) / np.linalg.norm(sun.direction)
    assert directions(width, width // 2)[where] @ toward > np.cos(2 * np.pi / width * 1.5)


@pytest.mark.parametrize("direction", [(0, 1, 0), (0, 0, 1), (0.01, -1, 0.02)], ids=["zenith", "date line", "nadir"])
def test_a_lamp_is_whole_at_the_poles_and_across_the_date_line(direction: tuple[float, float, float]) -> None:
    lamp = Light("lamp", direction, 0.2, (5.0, 5.0, 5.0), softness=0.5)
    black = Painting(np.zeros((6, 16, 16, 3), np.float32), lights=(lamp,))
    panorama = develop(black, 256, EVS).radiance[..., 0].astype(np.float64)
    energy = (panorama * solid(256)).sum()
    assert np.isclose(energy, 5 * 2 * np.pi * (1 - np.cos(0.2)), rtol=0.02)
    facing = directions(256, 128) @ (np.array(direction) / np.linalg.norm(direction))
    assert np.allclose(panorama[facing > np.cos(0.12)], 5, rtol=0.01)
    assert panorama[facing < np.cos(0.28)].max() < 1e-3


def test_a_peak_beyond_half_makes_the_panorama_float() -> None:
    sun = Light("sun", (0, 1, 0), 0.05, (1e5, 1e5, 1e5))
    assert develop(Painting(np.ones((6, 8, 8, 3), np.float32)), 64, [0]).radiance.dtype == np.float16
    developed = develop(Painting(np.ones((6, 8, 8, 3), np.float32), lights=(sun,)), 64, [0])
    assert developed.radiance.dtype == np.float32
    assert np.isfinite(developed.radiance).all()


def test_a_turned_panorama_is_the_turned_surrounding_lights_included() -> None:
    quarter = turn(yaw=np.pi / 2)
    lamp = Light("lamp", (0, 0.3, -1), 0.2, (50.0, 50.0, 50.0))
    painting = Painting(scene(size=32), lights=(lamp,))
    straight = develop(painting, 128, EVS).radiance.astype(np.float32)
    turned = develop(painting, 128, EVS, rotation=quarter).radiance.astype(np.float32)
    assert np.allclose(turned, np.roll(straight, 32, axis=1), rtol=0.02, atol=1e-3)


def test_an_exposure_scales_everything_alike() -> None:
    lamp = Light("lamp", (0, 0.3, -1), 0.2, (50.0, 50.0, 50.0))
    painting = Painting(scene(size=32), lights=(lamp,))
    as_it_is = develop(painting, 128, EVS).radiance.astype(np.float32)
    darker = develop(painting, 128, EVS, exposure=-2).radiance.astype(np.float32)
    assert np.allclose(darker * 4, as_it_is, rtol=1e-3)
    assert develop(painting, 128, EVS, exposure=12).radiance.dtype == np.float32


def test_developing_tells_how_far_it_is_and_can_be_stopped() -> None:
    told: list[tuple[float, str]] = []
    develop(Painting(scene(size=16)), 256, EVS, progress=lambda done, stage: told.append((done, stage)))
    assert told[-1] == (1.0, "Merging HDR stack")

    def stop(fraction: float, stage: str) -> None:
        raise Cancelled("Stopped.")

    with pytest.raises(Cancelled):
        develop(Painting(scene(size=16)), 256, EVS, progress=stop)


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_a_painting_of_what_is_no_light_is_refused(value: float) -> None:
    faces = np.ones((6, 8, 8, 3), np.float32)
    faces[2, 3, 4, 1] = value
    with pytest.raises(InternalError):
        develop(Painting(faces), 64, EVS)


def test_half_the_light_of_code_1_stands_for_code_0() -> None:
    assert response()[0] == response()[1] / 2
    assert response()[255] == 1
