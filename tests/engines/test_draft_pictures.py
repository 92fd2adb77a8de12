from __future__ import annotations

import functools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from lucida.engines.painter.picture import Picture, PicturePainter, PictureRequest
from lucida.engines.painter.scene import noise
from lucida.engines.painter.scene.draft import DraftPictures
from lucida.engines.painter.scene.solids import box, gathered, meet
from lucida.engines.painter.scene.terrain import Land, ground, march
from lucida.engines.painter.scene.words import read_words
from lucida.engines.painter.scene.world import world_of
from lucida.engines.progress import silent
from lucida.imaging.colour import srgb_to_linear

SIZE = 88


def unseen(picture: NDArray[np.uint8]) -> None:
    """A preview nobody looks at."""


def request(prompt: str, negative: str = "", width: int = SIZE, height: int = SIZE, seed: int = 1) -> PictureRequest:
    return PictureRequest(prompt, negative, width=width, height=height, seed=seed)


@functools.cache
def drawn(prompt: str, negative: str = "", seed: int = 1) -> Picture:
    return DraftPictures().draw(request(prompt, negative, seed=seed), silent, unseen)


def share_of(picture: Picture, name: str) -> float:
    assert picture.segments is not None
    return float((picture.segments == picture.segment_names.index(name)).mean())


def test_it_is_a_painter_of_pictures() -> None:
    painter: PicturePainter = DraftPictures()
    assert (painter.name, painter.licence) == ("draft", "Apache-2.0")


@pytest.mark.parametrize("prompt", ["trees and houses by a lake", "a room"])
def test_a_request_gives_the_same_bytes_each_time_and_another_seed_gives_others(prompt: str) -> None:
    first, again, other = drawn(prompt), DraftPictures().draw(request(prompt), silent, unseen), drawn(prompt, seed=2)
    assert first.depth is not None and again.depth is not None and other.depth is not None
    assert first.pixels.tobytes() == again.pixels.tobytes()
    assert first.depth.tobytes() == again.depth.tobytes()
    assert not np.array_equal(first.depth, other.depth)


@settings(max_examples=8, deadline=None)
@given(st.integers(64, 128), st.integers(64, 128), st.sampled_from(["a lake", "a city", "a room", "dunes"]))
def test_a_picture_has_the_size_asked_for(width: int, height: int, prompt: str) -> None:
    picture = DraftPictures().draw(request(prompt, width=width, height=height), silent, unseen)
    assert picture.depth is not None and picture.segments is not None
    assert picture.pixels.shape == (height, width, 3)
    assert picture.pixels.dtype == np.uint8
    assert picture.depth.shape == picture.segments.shape == (height, width)


@pytest.mark.parametrize(("width", "height"), [(64, 640), (640, 64)])
def test_narrow_pictures_are_drawn(width: int, height: int) -> None:
    picture = DraftPictures().draw(request("mountains with a lake", width=width, height=height), silent, unseen)
    assert picture.pixels.shape == (height, width, 3)


@pytest.mark.parametrize("prompt", ["a village by a lake", "a forest", "a room", "a city", "dunes", "a stormy sea"])
def test_depth_is_finite_but_in_the_sky(prompt: str) -> None:
    picture = drawn(prompt)
    assert picture.depth is not None and picture.segments is not None
    assert picture.depth.dtype == np.float32
    assert picture.segments.max() < len(picture.segment_names)
    sky = picture.segments == picture.segment_names.index("sky")
    assert np.isposinf(picture.depth[sky]).all()
    assert np.isfinite(picture.depth[~sky]).all()
    assert picture.depth.min() > 0


# A prompt, and the segment it must show.
SHOWS = [
    ("a lake", "water"),
    ("a beach", "water"),
    ("a river through a meadow", "water"),
    ("three trees in a meadow", "tree"),
    ("a forest", "tree"),
    ("a red house on green hills", "building"),
    ("a cottage by a lake", "building"),
    ("a city", "building"),
    ("a sofa in a room", "sofa"),
    ("a bedroom", "bed"),
    ("a chair", "chair"),
]


@pytest.mark.parametrize(("prompt", "segment"), SHOWS)
def test_a_word_puts_its_thing_into_the_picture(prompt: str, segment: str) -> None:
    assert share_of(drawn(prompt), segment) > 0.004


@pytest.mark.parametrize("seed", range(4))
def test_a_house_is_there_whatever_the_seed(seed: int) -> None:
    assert share_of(drawn("a house by a lake", seed=seed), "building") > 0.004


@pytest.mark.parametrize(
    ("prompt", "negative", "segment"),
    [
        ("a meadow without trees", "", "tree"),
        ("a meadow", "trees", "tree"),
        ("mountains with a lake", "lake", "water"),
        ("a village with no houses", "", "building"),
        ("a room without a sofa", "", "sofa"),
        ("a room", "lamp", "lamp"),
    ],
)
def test_what_is_refused_is_not_in_the_picture(prompt: str, negative: str, segment: str) -> None:
    assert share_of(drawn(prompt, negative), segment) == 0


def light_of(prompt: str) -> NDArray[np.float32]:
    return srgb_to_linear(drawn(prompt).pixels)


def test_sunset_is_redder_than_noon() -> None:
    sunset, noon = (light_of(f"hills at {hour}").mean((0, 1)) for hour in ("sunset", "noon"))
    assert sunset[0] / sunset[2] > 1.5 * noon[0] / noon[2]


def test_night_is_darker_than_day() -> None:
    assert light_of("hills at night").mean() < 0.35 * light_of("hills at noon").mean()


def test_fog_lowers_the_contrast_of_what_is_far() -> None:
    contrast = []
    for prompt in ("a meadow with trees", "a foggy meadow with trees"):
        picture = drawn(prompt)
        assert picture.depth is not None
        far = np.isfinite(picture.depth) & (picture.depth > 60)
        light = srgb_to_linear(picture.pixels).mean(-1)[far]
        contrast.append(light.std() / light.mean())
    assert contrast[1] < 0.6 * contrast[0]


def test_a_house_has_the_colour_asked_for() -> None:
    ratios = []
    for colour in ("red", "blue"):
        picture = drawn(f"a {colour} house in a meadow")
        assert picture.segments is not None
        there = picture.segments == picture.segment_names.index("building")
        red, _, blue = srgb_to_linear(picture.pixels)[there].mean(0)
        ratios.append(red / blue)
    assert ratios[0] > 2 * ratios[1]


def test_notes_name_what_was_not_understood() -> None:
    understood, unknown = drawn("a dragon over a lake").notes
    assert "lake" in understood and "dragon" not in understood
    assert "dragon" in unknown and "lake" not in unknown


@pytest.mark.parametrize("prompt", ["", "xyzzy 🦊", "z" * 10_000])
def test_a_prompt_that_says_nothing_still_gives_a_scene_and_says_so(prompt: str) -> None:
    picture = drawn(prompt)
    assert picture.pixels.std() > 10
    assert "meadow" in picture.notes[0]


@pytest.mark.parametrize("prompt", ["a lake", "a room"])
def test_progress_rises_in_small_steps_to_one_and_previews_come_on_the_way(prompt: str) -> None:
    told: list[tuple[float, str]] = []
    previews: list[NDArray[np.uint8]] = []
    painter = DraftPictures()
    wanted = request(prompt, width=512, height=96)
    painter.draw(wanted, lambda fraction, stage: told.append((fraction, stage)), previews.append)
    fractions = [fraction for fraction, _ in told]
    assert fractions[0] == 0
    assert fractions[-1] == 1
    assert (np.diff(fractions) >= 0).all()
    assert np.diff(fractions).max() <= 0.05 + 1e-9
    assert all(stage for _, stage in told)
    assert [preview.shape[1] for preview in previews] == [96, 256]
    assert all(preview.dtype == np.uint8 and preview.shape[2] == 3 for preview in previews)


class Stop(Exception):
    """The user has had enough."""


def test_raising_from_the_progress_stops_the_work() -> None:
    told: list[float] = []

    def impatient(fraction: float, stage: str) -> None:
        told.append(fraction)
        if fraction > 0.3:
            raise Stop

    with pytest.raises(Stop):
        DraftPictures().draw(request("a lake", width=256, height=256), impatient, unseen)
    assert max(told) < 0.5


def test_eroded_noise_is_its_reference_s() -> None:
    rng = np.random.default_rng(0)
    x, z = rng.uniform(-40, 40, (2, 400))
    compiled = [noise.eroded(a, b, 7, 6.0, 0.5) for a, b in zip(x, z, strict=True)]
    assert np.allclose(compiled, noise.eroded_reference(x, z, 7, 6, 0.5), atol=1e-5)


def hills() -> Land:
    return world_of(read_words("hills"), 3, 0.6).country.land


def test_the_ground_is_its_reference_s() -> None:
    """Hills without the rolling ground before them: a height, a slope and a distance."""
    land = hills()._replace(near_height=0.0)
    rng = np.random.default_rng(1)
    x, ahead = rng.uniform(-2000, 2000, 300), rng.uniform(1, 4000, 300)
    far = np.clip((np.sqrt(x**2 / 2 + ahead**2) - land.start) / (land.full - land.start), 0, 1)
    rise = 0.42 + noise.eroded_reference(x / land.scale + land.phase, -ahead / land.scale, land.seed, 8, land.damping)
    expected = land.base + land.height * far**2 * (3 - 2 * far) * np.maximum(rise, 0.02 * rise)
    compiled = [ground(land, a, -b, 8.0) for a, b in zip(x, ahead, strict=True)]
    assert np.allclose(compiled, expected, atol=0.01)


def test_rays_meet_the_land_where_a_slow_search_finds_it() -> None:
    land, eye, focal = hills(), 6.0, 100.0
    across, rise = np.array([-0.3, 0.0, 0.4]), np.linspace(0.1, -0.5, 60)
    depth, segment = np.full((60, 3), np.inf, np.float32), np.zeros((60, 3), np.uint8)
    march(land, eye, focal, across, rise, 0.001, depth, segment)
    for row in range(0, 60, 7):
        for column in range(3):
            ahead = 0.6
            while ahead < 20_000:
                octaves = min(15.0, max(2.0, np.log2(land.scale * focal / (2 * ahead))))
                if eye + rise[row] * ahead <= ground(land, across[column] * ahead, -ahead, octaves):
                    break
                ahead *= 1.0005
            if ahead < 20_000:
                assert depth[row, column] == pytest.approx(ahead, rel=0.004)
                assert segment[row, column] > 0
            else:
                assert segment[row, column] == 0 or depth[row, column] > 10_000


@settings(max_examples=60, deadline=None)
@given(st.integers(-800, 800), st.integers(-600, 600))
def test_a_ray_enters_a_box_where_slabs_say(across: int, rise: int) -> None:
    solids = gathered([box((0.3, -1.0, -6.0), (2.0, 2.5, 3.0), (0.5, 0.5, 0.5), 4)])
    way = np.array([across + 0.5, rise + 0.5, -1000.0]) / 1000
    low, high = np.array([-0.7, -1.0, -7.5]), np.array([1.3, 1.5, -4.5])
    enter, leave = np.minimum(low / way, high / way).max(), np.maximum(low / way, high / way).min()
    far, plane = meet(solids, 0, 0.0, 0.0, 0.0, *way)
    if enter < leave - 1e-9:
        assert far == pytest.approx(enter)
    elif enter > leave + 1e-9:
        assert plane == -1
