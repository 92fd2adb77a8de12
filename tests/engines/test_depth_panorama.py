"""Depth all around comes of views on any scale: rooms whose walls are known are seen by an engine that tells each view
on another one."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from lucida.engines.depth.estimate import Depth, Freedom, Sight
from lucida.engines.depth.panorama import estimate_panorama
from lucida.engines.depth.views import TangentView, look_through, panorama_pixel, tangent_views
from lucida.engines.progress import Progress, silent
from lucida.errors import BadParameter, Cancelled
from lucida.geometry.cameras import PinholeCamera
from lucida.geometry.sphere import directions, pixel, turn

Array = NDArray[np.float64]
Room = Callable[[Array], Array]
FREEDOMS: tuple[Freedom, ...] = ("none", "scale", "affine disparity")
WIDTH, HEIGHT = 512, 256


def compass(width: int = WIDTH, height: int = HEIGHT) -> NDArray[np.uint8]:
    """A panorama whose colours are directions; one less high than half its width shows the middle of it."""
    begin = (width // 2 - height) // 2
    return np.round((directions(width, width // 2, slice(begin, begin + height)) + 1) * 127.5).astype(np.uint8)


def box(direction: Array) -> Array:
    """Metres along unit directions (..., 3) to the walls of a room of 5 x 2.7 x 4.7 m."""
    low, high = np.array([-2.0, -1.5, -3.0]), np.array([3.0, 1.2, 1.7])
    with np.errstate(divide="ignore"):
        met = np.where(direction > 0, high / direction, np.where(direction < 0, low / direction, np.inf))
    return np.asarray(met.min(-1))


def ball(direction: Array) -> Array:
    """The same in a round room of 3 m, seen from beside its middle."""
    middle = np.array([0.5, 0.2, -0.7])
    along = direction @ middle
    return np.asarray(along + np.sqrt(along**2 - middle @ middle + 9))


class Surveyor:
    """An engine that knows the room, and finds out by the colours which way each view looks."""

    name, licence = "surveyor", "none"

    def __init__(self, room: Room, freedom: Freedom, *, seed: int = 0, sky_above: float = 2.0) -> None:
        self.room, self.freedom, self.sky_above = room, freedom, sky_above
        self.rng = np.random.default_rng(seed)
        self.sights: list[Sight] = []

    def estimate(self, sight: Sight, progress: Progress) -> Depth:
        self.sights.append(sight)
        progress(0.5, "measuring")
        assert sight.focal is not None
        assert sight.pitch is not None
        side = sight.pixels.shape[0]
        camera = PinholeCamera(side, side, 2 * math.atan(side / 2 / sight.focal), sight.pitch)
        x, y = np.meshgrid(np.arange(side) + 0.5, np.arange(side) + 0.5)
        rays, shown = camera.directions(x, y), sight.pixels / 127.5 - 1
        alike = rays[..., 0] * shown[..., 0] + rays[..., 2] * shown[..., 2]
        across = rays[..., 0] * shown[..., 2] - rays[..., 2] * shown[..., 0]
        towards = rays @ turn(math.atan2(across.sum(), alike.sum())).T
        ahead = rays @ -camera.camera_to_world()[:, 2]
        metres = self.room(towards) * ahead
        if self.freedom == "affine disparity":
            metres = 1 / (math.exp(self.rng.uniform(-1, 1)) / metres + self.rng.uniform(0, 0.3))
        elif self.freedom == "scale":
            metres = metres * math.exp(self.rng.uniform(-1, 1))
        metres = np.where(towards[..., 1] > self.sky_above, np.inf, metres)
        return Depth(metres.astype(np.float32), self.freedom, sight.focal, ("It was measured.", f"View {side} high."))


def error(metres: NDArray[np.float32], truth: Array, freedom: Freedom) -> Array:
    """How far each is from the truth, in parts of it; for what is known up to a factor, with the one that suits."""
    ratio = np.log(metres / truth)
    return np.abs(ratio - (0.0 if freedom == "none" else np.median(ratio)))


@pytest.mark.parametrize("room", [box, ball])
@pytest.mark.parametrize("freedom", FREEDOMS)
def test_a_room_comes_back_whatever_scale_each_view_has(room: Room, freedom: Freedom) -> None:
    depth = estimate_panorama(Surveyor(room, freedom), compass(), silent)
    truth = room(directions(WIDTH, HEIGHT))
    off = error(depth.metres, truth, freedom)
    assert depth.metres.dtype == np.float32
    assert off.max() < 0.01  # the poles, the seam and the corners too
    assert off.mean() < 1e-4
    assert depth.freedom == freedom
    assert depth.focal is None
    steps = np.abs(np.diff(np.log(depth.metres), axis=1))
    seam = np.abs(np.log(depth.metres[:, 0] / depth.metres[:, -1]))
    assert (seam <= steps.max() + 1e-6).all()
    assert seam.mean() <= steps.mean() * 1.5


@given(columns=st.integers(1, WIDTH - 1), freedom=st.sampled_from(FREEDOMS))
@settings(max_examples=8)
def test_turning_the_panorama_turns_its_depth(columns: int, freedom: Freedom) -> None:
    yaw = columns / WIDTH * 2 * math.pi

    def turned(direction: Array) -> Array:
        return box(direction @ turn(yaw))

    depth = estimate_panorama(Surveyor(turned, freedom), compass(), silent).metres
    before = estimate_panorama(Surveyor(box, freedom, seed=1), compass(), silent).metres
    assert error(depth, np.roll(before, columns, axis=1).astype(np.float64), freedom).max() < 0.02


def test_views_that_say_metres_are_taken_at_their_word_on_the_whole() -> None:
    class Doubtful(Surveyor):
        def estimate(self, sight: Sight, progress: Progress) -> Depth:
            depth = super().estimate(sight, progress)
            return Depth(depth.metres * np.float32(math.exp(self.rng.normal(0, 0.2))), "none", depth.focal)

    depth = estimate_panorama(Doubtful(ball, "none"), compass(), silent)
    truth = ball(directions(WIDTH, HEIGHT))
    assert error(depth.metres, truth, "scale").max() < 0.01
    assert 0.8 < np.median(depth.metres / truth) < 1.25


@pytest.mark.parametrize("freedom", FREEDOMS)
def test_the_sky_stays_infinite_and_does_not_bend_what_is_under_it(freedom: Freedom) -> None:
    depth = estimate_panorama(Surveyor(box, freedom, sky_above=0.4), compass(), silent)
    towards = directions(WIDTH, HEIGHT)
    sky = towards[..., 1] > 0.4
    assert (np.isinf(depth.metres) == sky).mean() > 0.995
    both = np.isfinite(depth.metres) & ~sky
    off = error(depth.metres[both], box(towards[both]), freedom)
    assert np.percentile(off, 99.9) < 0.01
    assert off.max() < 0.02  # at the edge of the sky half of a pixel is guessed


def test_a_view_that_takes_the_floor_for_the_sky_is_not_heard() -> None:
    class Mistaken(Surveyor):
        def estimate(self, sight: Sight, progress: Progress) -> Depth:
            depth = super().estimate(sight, progress)
            if sight.pitch is not None and sight.pitch < -1:  # straight down
                side = len(depth.metres)
                depth.metres[side // 5 : side // 3, side // 5 : -side // 5] = np.inf
            return depth

    depth = estimate_panorama(Mistaken(box, "affine disparity"), compass(), silent)
    off = error(depth.metres, box(directions(WIDTH, HEIGHT)), "scale")
    assert np.isfinite(off).all()
    seen_by_others = slice(0, round(HEIGHT * 160 / 180))
    assert off[seen_by_others].max() < 0.02
    assert off.max() < 0.1  # what only that view saw is filled from around


@pytest.mark.parametrize("height", [180, 90, 255])
def test_a_panorama_that_is_less_high_is_known_where_it_reaches(height: int) -> None:
    engine = Surveyor(ball, "affine disparity")
    depth = estimate_panorama(engine, compass(WIDTH, height), silent)
    begin = (HEIGHT - height) // 2
    truth = ball(directions(WIDTH, HEIGHT, slice(begin, begin + height)))
    assert depth.metres.shape == (height, WIDTH)
    # What continues the outermost rows misleads this engine's compass a little.
    assert np.percentile(error(depth.metres, truth, "scale"), 99) < 0.02
    if height == 90:
        assert len(engine.sights) == 10  # nothing is seen above and below


def test_one_that_is_higher_is_refused() -> None:
    with pytest.raises(BadParameter, match="512x300"):
        estimate_panorama(Surveyor(box, "none"), np.zeros((300, 512, 3), np.uint8), silent)


def test_each_view_is_shown_with_its_camera() -> None:
    engine = Surveyor(box, "none")
    depth = estimate_panorama(engine, compass(), silent)
    assert len(engine.sights) == 12
    for sight in engine.sights:
        height, width = sight.pixels.shape[:2]
        assert height == width
        assert sight.focal == pytest.approx(width / 2)  # 90°
        assert sight.focal == pytest.approx(WIDTH / 2 / math.pi, rel=0.01)  # as dense as the panorama
        assert sight.roll == 0
    pitches = sorted(sight.pitch for sight in engine.sights if sight.pitch is not None)
    assert pitches[0] == pytest.approx(-math.pi / 2)
    assert pitches[-1] == pytest.approx(math.pi / 2)
    assert depth.notes == ("Depth was estimated in 12 views of 90°.", "It was measured.", "View 163 high.")


def test_neighbouring_views_share_more_than_20_degrees() -> None:
    ahead = np.array([view.axes[2] for view in tangent_views(WIDTH)])
    apart = np.degrees(np.arccos(np.clip(ahead @ ahead.T, -1, 1)))
    np.fill_diagonal(apart, 360)
    assert (90 - np.sort(apart, axis=1)[:, :5] > 26).all()  # each has five


def test_every_direction_is_well_inside_some_view() -> None:
    around = directions(64, 32).reshape(-1, 3).T.astype(np.float32)
    best = np.full(around.shape[1], np.inf)
    for view in tangent_views(WIDTH):
        seen, x, y, cosine = view.project(around)
        assert cosine.min() > 0.5
        best[seen] = np.minimum(best[seen], np.maximum(np.abs(x / view.size - 0.5), np.abs(y / view.size - 0.5)))
    assert best.max() < 0.45


def test_a_view_and_the_panorama_agree_on_where_a_pixel_is() -> None:
    for view in tangent_views(WIDTH):
        towards = view.directions().reshape(-1, 3)[::97]
        seen, x, y, cosine = view.project(towards.T.astype(np.float32))
        wanted_y, wanted_x = np.divmod(np.arange(view.size**2)[::97], view.size)
        assert len(seen) == len(towards)
        assert np.abs(x - wanted_x - 0.5).max() < 1e-2
        assert np.abs(y - wanted_y - 0.5).max() < 1e-2
        assert cosine == pytest.approx(towards @ view.axes[2], abs=1e-5)
        for here, there in zip(panorama_pixel(towards, WIDTH, HEIGHT), pixel(towards, WIDTH, HEIGHT), strict=True):
            assert here == pytest.approx(there)
        shown, reached = look_through(compass(), view)
        assert reached.all()
        assert np.abs(shown.reshape(-1, 3)[::97] / 127.5 - 1 - towards).max() < 0.02


@given(
    said=st.lists(st.sampled_from(["sky", "wall", "noise", "half a sky", "far", "touching"]), min_size=1, max_size=3),
    freedom=st.sampled_from(FREEDOMS),
    seed=st.integers(0, 99),
)
@settings(max_examples=20)
def test_whatever_an_engine_says_comes_out_as_a_distance(said: list[str], freedom: Freedom, seed: int) -> None:
    class Babbler:
        name, licence = "babbler", "none"
        rng = np.random.default_rng(seed)

        def estimate(self, sight: Sight, progress: Progress) -> Depth:
            shape = sight.pixels.shape[:2]
            metres = {
                "sky": np.full(shape, np.inf),
                "wall": np.full(shape, 3.0),
                "noise": np.exp(2 * self.rng.normal(size=shape)),
                "half a sky": np.where(np.arange(shape[0])[:, None] < shape[0] // 2, np.inf, np.full(shape, 5.0)),
                "far": np.full(shape, 1e4),
                "touching": 1e-4 + self.rng.uniform(0, 1e-6, shape),
            }[str(self.rng.choice(said))]
            return Depth(metres.astype(np.float32), freedom)

    metres = estimate_panorama(Babbler(), np.zeros((32, 64, 3), np.uint8), silent).metres
    assert metres.shape == (32, 64)
    assert (metres > 0).all()
    assert np.isinf(metres).all() == (set(said) == {"sky"})


def test_the_panorama_s_edges_meet_in_a_view() -> None:
    rough = np.random.default_rng(0).integers(0, 256, (HEIGHT, WIDTH, 3), dtype=np.uint8)
    view = tangent_views(WIDTH)[0]
    opposite = TangentView(view.yaw + math.pi, view.pitch, view.size)
    shown, _ = look_through(rough, opposite)
    turned, _ = look_through(np.roll(rough, WIDTH // 2, axis=1), view)
    assert np.abs(shown.astype(int) - turned).max() <= 9  # a hundredth of a pixel is another value in such a picture


def test_progress_goes_on_from_view_to_view_and_stops_the_work() -> None:
    told: list[tuple[float, str]] = []
    estimate_panorama(Surveyor(box, "none"), compass(), lambda done, stage: told.append((done, stage)))
    assert [done for done, _ in told] == sorted(done for done, _ in told)
    assert ("view 12/12: measuring") in [stage for _, stage in told]
    assert told[-1][0] < 1

    def stop(done: float, stage: str) -> None:
        if stage.startswith("view 3"):
            raise Cancelled("enough")

    engine = Surveyor(box, "none")
    with pytest.raises(Cancelled):
        estimate_panorama(engine, compass(), stop)
    assert len(engine.sights) == 2
