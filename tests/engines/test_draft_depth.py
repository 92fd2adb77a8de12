from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from depth_measures import abs_rel, constant, vertical_gradient
from numpy.typing import NDArray
from photos import apple_heic, chart, depth_message, exif_block
from scenes import noise, outdoors

from lucida.engines.depth.draft import DraftDepth, depression
from lucida.engines.depth.edges import enlarged
from lucida.engines.depth.estimate import Depth, DepthEngine, Sight
from lucida.engines.depth.sight import sight_of
from lucida.engines.depth.walls import find_walls
from lucida.engines.painter.picture import PictureRequest
from lucida.engines.painter.scene.draft import DraftPictures
from lucida.engines.progress import silent
from lucida.errors import Cancelled
from lucida.geometry.cameras import PinholeCamera
from lucida.imaging.exposure import encode
from lucida.imaging.screen import read_picture

BETTER = 0.85  # of the better baseline's error


def estimated(pixels: NDArray[np.uint8]) -> Depth:
    return DraftDepth().estimate(Sight(pixels), silent)


def errors(metres: NDArray[np.float32], truth: NDArray[np.float32]) -> tuple[float, float, float]:
    """The draft's, a constant's and a vertical gradient's."""
    return (
        abs_rel(metres, truth),
        abs_rel(constant(*truth.shape), truth),
        abs_rel(vertical_gradient(*truth.shape), truth),
    )


def plain(width: int = 192, height: int = 144, pitch: float = 0.0) -> NDArray[np.uint8]:
    """A sky over rough ground; the horizon is the camera's."""
    return encode(outdoors(PinholeCamera(width, height, math.radians(65), pitch)))


def test_it_is_a_depth_engine() -> None:
    engine: DepthEngine = DraftDepth()
    assert (engine.name, engine.licence) == ("draft", "Apache-2.0")


@pytest.mark.shared
def test_a_dog_before_a_wall_comes_out_nearer_than_the_better_baseline(shared_folder: Path) -> None:
    picture = read_picture(shared_folder / "data/photos/iphone13pro_dog_depth_gainmap.heic")
    assert picture.depth is not None
    truth = picture.depth.metres
    found = DraftDepth().estimate(replace(sight_of(picture), measured=None), silent)
    disparity = cv2.resize(1 / found.metres, truth.shape[::-1], interpolation=cv2.INTER_AREA)
    draft, flat, gradient = errors(np.asarray(1 / np.maximum(disparity, 1e-6), np.float32), truth)
    assert draft <= BETTER * min(flat, gradient), (draft, flat, gradient)


def test_a_plain_runs_away_to_a_sky_without_end() -> None:
    metres = estimated(plain()).metres
    assert metres.dtype == np.float32 and metres.shape == (144, 192)
    assert np.isposinf(metres[:55]).mean() > 0.95
    ground = metres[85:]
    assert np.isfinite(ground).all()
    # A camera 1.6 m above the ground whose horizon is the middle row sees it at focal * 1.6 / (row - middle).
    rows = np.arange(85, 144) + 0.5 - 72
    assert np.median(ground, axis=1) == pytest.approx(26 / 36 * 192 * 1.6 / rows, rel=0.25)


def test_a_camera_that_looks_up_into_the_open_sees_sky_alone() -> None:
    pixels = plain(pitch=0.9)
    metres = DraftDepth().estimate(Sight(pixels, focal=151, pitch=0.9), silent).metres
    assert np.isposinf(metres).mean() > 0.9


def test_what_stands_on_the_ground_is_as_far_as_its_foot() -> None:
    pixels = plain(240, 180)
    pixels[70:130, 100:130] = (150, 40, 30)
    for left in (20, 190):
        pixels[80:108, left : left + 24] = (40, 60, 150)
    metres = estimated(pixels).metres
    thing = metres[75:125, 104:126]
    assert np.ptp(thing) < 0.15 * thing.mean()
    assert np.median(thing) == pytest.approx(np.median(metres[130:134, 60:90]), rel=0.25)
    # It stands out by its edge: beside it the ground goes on.
    assert np.median(metres[100:105, 60:90]) > 1.3 * np.median(thing)
    for left in (20, 190):
        behind = metres[84:104, left + 4 : left + 20]
        assert np.median(behind) == pytest.approx(np.median(metres[108:111, 60:90]), rel=0.25)


def test_the_cameras_own_reading_decides_the_horizon() -> None:
    pixels = plain(pitch=-0.2)
    told = DraftDepth().estimate(Sight(pixels, pitch=-0.2, focal=192 / 2 / math.tan(math.radians(32.5))), silent)
    assert "by the camera's own reading" in told.notes[0]
    assert "29 % of the height" in told.notes[0]  # 72 rows of 144 less 151 * tan 0.2


@pytest.mark.parametrize(("pitch", "roll"), [(0.0, 0.0), (0.3, 0.1), (-0.4, -0.2)])
def test_depression_is_the_ground_s_inverse_depth(pitch: float, roll: float) -> None:
    camera = PinholeCamera(64, 48, math.radians(60), pitch, roll)
    below = depression((48, 64), camera.focal / 48, 64 / 48, pitch, roll)
    x, y = np.meshgrid(np.arange(64) + 0.5, np.arange(48) + 0.5)
    ray = camera.directions(x, y)
    along = -(ray @ camera.camera_to_world())[..., 2]  # of the viewing axis, for a ray of length 1
    # A ray meets the ground one metre down after 1 / -y; its depth is that times `along`.
    assert below == pytest.approx(-ray[..., 1] / along * camera.focal / 48, abs=1e-5)


def test_the_same_picture_gives_the_same_bytes() -> None:
    pixels = plain()
    assert estimated(pixels).metres.tobytes() == estimated(pixels.copy()).metres.tobytes()


STRANGE: dict[str, Callable[[], NDArray[np.uint8]]] = {
    "one row": lambda: np.arange(48, dtype=np.uint8).reshape(1, 16, 3),
    "one column": lambda: np.arange(48, dtype=np.uint8).reshape(16, 1, 3),
    "one pixel": lambda: np.full((1, 1, 3), 9, np.uint8),
    "black": lambda: np.zeros((60, 80, 3), np.uint8),
    "white": lambda: np.full((60, 80, 3), 255, np.uint8),
    "noise": lambda: np.random.default_rng(3).integers(0, 256, (90, 70, 3), np.uint8),
    "a chart": lambda: chart(300, 40),
    "a panoramic strip": lambda: np.repeat(plain(60, 40), 12, axis=1),
    "upright": lambda: plain(60, 240),
    "clouds": lambda: np.clip(128 + 40 * noise(64, 64)[..., None].repeat(3, 2), 0, 255).astype(np.uint8),
}


@pytest.mark.parametrize("name", STRANGE)
def test_every_picture_has_a_depth(name: str) -> None:
    pixels = STRANGE[name]()
    found = estimated(pixels)
    assert found.metres.shape == pixels.shape[:2]
    assert (found.metres > 0).all()
    assert found.notes and found.freedom == "affine disparity"
    finite = found.metres[np.isfinite(found.metres)]
    assert finite.size == 0 or finite.max() < 1e4


@pytest.mark.parametrize("prompt", ["a village by a lake", "a room"])
def test_drawn_places_come_out_nearer_than_a_constant(prompt: str) -> None:
    request = PictureRequest(prompt, width=160, height=120, seed=5)
    picture = DraftPictures().draw(request, silent, lambda preview: None)
    assert picture.depth is not None
    draft, flat, _ = errors(estimated(picture.pixels).metres, picture.depth)
    assert draft < BETTER * flat


def test_an_edge_of_a_map_is_drawn_where_the_picture_s_is() -> None:
    pixels = np.zeros((120, 160, 3), np.uint8)
    pixels[:, 93:] = 200
    guide = cv2.resize(pixels, (20, 15), interpolation=cv2.INTER_AREA)
    small = np.where(np.arange(20) < 11.6, 1.0, 5.0).astype(np.float32)[None].repeat(15, 0)
    large = enlarged(small, np.asarray(guide, np.uint8), pixels)
    assert large[:, :92] == pytest.approx(1, abs=0.2)
    assert large[:, 94:] == pytest.approx(5, abs=0.2)


def test_a_smooth_map_stays_smooth() -> None:
    small = np.linspace(1, 2, 24, dtype=np.float32)[None].repeat(18, 0)
    pixels = np.random.default_rng(1).integers(0, 256, (180, 240, 3), np.uint8)
    guide = np.asarray(cv2.resize(pixels, (24, 18), interpolation=cv2.INTER_AREA), np.uint8)
    large = enlarged(small, guide, pixels)
    wanted = np.interp((np.arange(240) + 0.5) / 10 - 0.5, np.arange(24), small[0])
    assert large[90, 10:-10] == pytest.approx(wanted[10:-10], abs=0.03)


def test_walls_are_found_by_where_the_floor_ends() -> None:
    x = np.linspace(-0.5, 0.5, 60)
    truth = 0.1 + 0.8 * np.maximum(-0.2 - x, 0) + 0.5 * np.maximum(x - 0.1, 0)
    seen = truth.copy()
    seen[20:26] += 0.15  # a chair before the wall
    walls = find_walls(x, seen, np.ones(60))
    assert walls is not None
    assert walls.nearness(x) == pytest.approx(truth, abs=0.04)
    assert find_walls(x[:3], seen[:3], np.ones(3)) is None


def ramp() -> NDArray[np.float32]:
    """A phone's map (30, 40): metres that grow to the right."""
    return np.linspace(1, 3, 40, dtype=np.float32)[None].repeat(30, 0)


def test_the_phones_own_map_is_taken_where_there_is_one() -> None:
    pixels = plain(160, 120)
    found = DraftDepth().estimate(Sight(pixels, measured=ramp(), measured_freedom="none"), silent)
    assert found.freedom == "none"
    assert "the phone's own map of 40 × 30 pixels" in found.notes[0]
    wanted = np.interp((np.arange(160) + 0.5) / 4 - 0.5, np.arange(40), ramp()[0])
    assert found.metres[60] == pytest.approx(wanted, rel=0.05)


def test_holes_of_the_phones_map_are_filled_from_around() -> None:
    holes = ramp()
    holes[10:20, 15:22] = np.nan
    holes[:, -1] = np.inf
    found = DraftDepth().estimate(Sight(plain(160, 120), measured=holes), silent)
    assert np.isfinite(found.metres).all()
    assert found.metres[60, 72] == pytest.approx(ramp()[15, 18], rel=0.3)
    assert "silent on 8 %" in found.notes[0]
    assert found.freedom == "affine disparity"


def test_a_map_that_says_nothing_is_passed_over() -> None:
    empty = np.full((30, 40), np.nan, np.float32)
    assert "horizon" in DraftDepth().estimate(Sight(plain(), measured=empty), silent).notes[0]


def test_a_focal_length_that_nobody_knows_is_assumed_and_said() -> None:
    said = "The focal length, 65 pixels, is assumed: that of most phones' main camera."
    pixels = np.asarray(plain()[:60, :90])
    measured = np.full((30, 45), 2.0, np.float32)
    for sight in (Sight(pixels), Sight(pixels, measured=measured)):
        told = DraftDepth().estimate(sight, silent)
        assert (told.focal, told.notes[-1]) == (pytest.approx(65), said)
        known = DraftDepth().estimate(replace(sight, focal=50.0), silent)
        assert known.focal == 50
        assert said not in known.notes


def test_a_file_tells_the_camera_and_the_phones_map() -> None:
    exif = exif_block({0x010F: "Apple"}, {0xA405: 26})
    numbers = depth_message(1, d_min=0.5, d_max=4.0)
    gain, depth = np.zeros((32, 48), np.uint8), np.full((48, 64), 128, np.uint8)
    file = apple_heic(chart(), gain, exif=exif, depth=depth, depth_numbers=numbers, accuracy="absolute")
    sight = sight_of(read_picture(file))
    assert sight.focal == pytest.approx(96 * 26 / 36, rel=0.01)  # of the whole width of 3:2
    assert sight.measured is not None and sight.measured_freedom == "none"
    assert np.median(sight.measured) == pytest.approx(1 / (0.5 + 3.5 * 128 / 255), rel=0.02)
    assert sight_of(read_picture(apple_heic(chart(), gain))).focal is None


def test_it_stops_where_it_is_told_to() -> None:
    def stop(fraction: float, stage: str) -> None:
        if fraction > 0.3:
            raise Cancelled("stopped")

    with pytest.raises(Cancelled):
        DraftDepth().estimate(Sight(plain()), stop)


@pytest.mark.slow
def test_a_photo_of_twelve_megapixels_takes_seconds() -> None:
    pixels = np.asarray(cv2.resize(plain(), (4032, 3024)), np.uint8)
    estimated(pixels)
    begin = time.process_time()
    estimated(pixels)
    assert time.process_time() - begin < 8  # of the processor, on all cores, also on a busy machine
