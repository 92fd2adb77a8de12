from __future__ import annotations

import threading
import time
from dataclasses import replace
from typing import NoReturn

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from lucida.engines.depth import DepthChoice
from lucida.engines.depth.estimate import Depth, Sight
from lucida.engines.depth.nearness import nearness
from lucida.engines.progress import Progress
from lucida.engines.segmentation import SegmentationChoice, Segments
from lucida.errors import BadParameter, Cancelled, OutOfMemory
from lucida.pointcloud.asked import Asked, Form
from lucida.pointcloud.cloud import encoded
from lucida.pointcloud.files import Kept, pictures_of, read_kept
from lucida.pointcloud.generation import generated
from lucida.pointcloud.picture import Source
from lucida.pointcloud.pipeline import _Together, report_of, see
from lucida.pointcloud.wire import read_cloud


def scene(height: int = 48, width: int = 64) -> Source:
    pixels = np.zeros((height, width, 3), np.uint8)
    pixels[: height // 2], pixels[height // 2 :] = (150, 190, 240), (110, 90, 60)
    return Source(Sight(pixels), "picture", "", "it came")


def known(source: Source) -> Source:
    height, width = source.pixels.shape[:2]
    depth = np.full((height, width), np.inf, np.float32)
    depth[height // 2 :] = np.linspace(20, 2, height - height // 2, dtype=np.float32)[:, None]
    labels = np.where(np.isinf(depth), 2, 13).astype(np.uint8)
    return Source(source.sight, "draft", "", "asked", depth=depth, labels=labels)


def test_a_painter_s_own_scene_is_taken_and_named() -> None:
    seen = see(known(scene()), "standard", "auto", "auto", lambda fraction, stage: None)
    assert seen.engines["depth"]["name"] == seen.engines["segmentation"]["name"] == "scene"
    assert list(report_of(seen, known(scene()))["engines"]) == ["image", "depth", "segmentation"]
    assert seen.detected == ["sky→cat2(50%)", "earth→cat3(50%)"]
    assert (seen.near[:24] == 0).all()
    assert (np.diff(seen.near[24:, 0]) >= 0).all()


def test_an_engine_that_was_asked_for_is_asked_though_the_scene_is_known() -> None:
    seen = see(known(scene()), "standard", "draft", "draft", lambda fraction, stage: None)
    assert seen.engines["depth"]["name"] == seen.engines["segmentation"]["name"] == "draft"
    assert set(seen.seconds) == {"depth", "segmentation"}


def test_an_engine_that_is_none_is_named() -> None:
    with pytest.raises(BadParameter) as caught:
        see(scene(), "standard", "guess", "auto", lambda fraction, stage: None)
    assert caught.value.param == "depth_model"


class Endless:
    """An engine that goes on until it is stopped, and then says so."""

    name, licence = "draft", "Apache-2.0"

    def __init__(self) -> None:
        self.stopped = False

    def estimate(self, sight: Sight, progress: Progress) -> Depth:
        return self._on(progress)

    def segment(self, pixels: NDArray[np.uint8], progress: Progress) -> Segments:
        return self._on(progress)

    def _on(self, progress: Progress) -> NoReturn:
        until = time.monotonic() + 20
        try:
            while time.monotonic() < until:
                progress(0.1, "Going on")
                time.sleep(0.01)
        except BaseException:
            self.stopped = True
            raise
        raise TimeoutError("Nobody stopped it.")


@pytest.mark.parametrize("fails", ["neither", "depth", "segmentation"])
def test_who_stops_one_step_stops_both(monkeypatch: pytest.MonkeyPatch, fails: str) -> None:
    class Failing(Endless):
        def _on(self, progress: Progress) -> NoReturn:
            raise OutOfMemory("It does not fit.")

    def stop(fraction: float, stage: str) -> None:
        if fails == "neither":
            raise Cancelled("Enough.")

    depth = Failing() if fails == "depth" else Endless()
    things = Failing() if fails == "segmentation" else Endless()
    monkeypatch.setattr(DepthChoice, "engine", depth)
    monkeypatch.setattr(SegmentationChoice, "engine", things)
    with pytest.raises(Cancelled if fails == "neither" else OutOfMemory):
        see(scene(), "standard", "draft", "draft", stop)
    assert (depth.stopped, things.stopped) == (fails != "depth", fails != "segmentation")


@given(st.lists(st.tuples(st.integers(0, 1), st.floats(0, 1)), max_size=30))
def test_progress_of_two_steps_never_goes_back(told: list[tuple[int, float]]) -> None:
    heard: list[float] = []
    both = _Together()
    for which, fraction in told:
        both.part(which)(fraction, "")
        heard.append(both.now[0])
    assert heard == sorted(heard)
    assert all(0 <= fraction <= 1 for fraction in heard)


def test_what_is_kept_places_the_same_points_again() -> None:
    rng = np.random.default_rng(1)
    kept = Kept(
        rng.integers(0, 255, (20, 30, 3), np.uint8),
        np.asarray(np.rint(rng.random((20, 30)) * 65535) / np.float32(65535), np.float32),
        rng.integers(0, 6, (20, 30), np.uint8),
        rng.integers(0, 3000, (20, 30), np.uint16),
    )
    files = pictures_of(kept)
    again = read_kept(files["image.png"], files["depth.png"], files["segments.png"], files["objects.png"])
    np.testing.assert_array_equal(again.pixels, kept.pixels)
    np.testing.assert_array_equal(again.near, kept.near)
    np.testing.assert_array_equal(again.categories, kept.categories)
    np.testing.assert_array_equal(again.objects, kept.objects)


def test_only_who_waits_tells_of_the_progress() -> None:
    threads: set[int] = set()
    see(scene(), "standard", "draft", "draft", lambda fraction, stage: threads.add(threading.get_ident()))
    assert threads == {threading.get_ident()}


@given(st.floats(0.3, 5), st.floats(6, 500))
def test_metres_come_back_from_what_is_kept(nearest: float, farthest: float) -> None:
    metres = np.geomspace(nearest, farthest, 600, dtype=np.float32).reshape(20, 30)
    depth = Depth(metres)
    near = nearness(depth)
    kept = Kept(np.zeros((20, 30, 3), np.uint8), near, np.full((20, 30), 3, np.uint8), np.zeros((20, 30), np.uint16))
    from lucida.engines.depth.nearness import ends

    far_end, near_end = ends(depth)
    again = kept.metres(1 / near_end, 1 / far_end)
    inside = (near > 0) & (near < 1)
    np.testing.assert_allclose(again[inside], metres[inside], rtol=2e-3)


def test_the_metadata_say_how_a_cloud_was_made() -> None:
    heard: list[tuple[float, str]] = []
    shown: list[Source] = []
    asked = Asked(prompt="a lake", vibe="calm", width=96, height=64)
    made = generated(asked, 3, "name", lambda fraction, stage: heard.append((fraction, stage)), pictured=shown.append)
    assert [fraction for fraction, _ in heard] == sorted(fraction for fraction, _ in heard)
    assert shown[0].pixels.shape == (64, 96, 3)
    told = made.metadata
    assert (told["id"], told["prompt"], told["vibe"], told["seed"]) == ("name", "a lake", "calm", 3)
    assert told["depth_known_up_to"] == "none"
    assert told["focal_px"] > 0
    assert 0 < told["near"] < (told["far"] or np.inf)
    assert any("Understood" in note for note in told["notes"])
    timing = told["timing"]
    assert timing["total_ms"] >= timing["image_gen_ms"] + max(timing["depth_ms"], timing["segmentation_ms"])
    assert read_cloud(made.cloud).header["generation_id"] == "name"


def test_who_continued_a_picture_all_around_is_named() -> None:
    asked = Asked(prompt="a meadow", mode="panorama", width=128)
    engines = generated(asked, 3, "name").metadata["engines"]
    assert list(engines) == ["image", "surroundings", "depth", "segmentation"]
    assert engines["surroundings"]["name"] == "draft"
    assert engines["surroundings"]["licence"] == "Apache-2.0"
    assert engines["surroundings"]["reason"]


def test_things_that_nobody_told_apart_have_no_numbers() -> None:
    kept = generated(Asked(prompt="a lake", width=96, height=64), 3, "name")
    told = replace(kept.kept, objects=np.ones((64, 96), np.uint16))
    for numbered, is_there in ((kept.kept, False), (told, True)):
        content = bytes(encoded(numbered, Form(format="ply"), kept.metadata).content)
        assert (b"property ushort object" in content.partition(b"end_header")[0]) is is_there
        assert (b"_OBJECT" in bytes(encoded(numbered, Form(format="glb"), kept.metadata).content)) is is_there


def test_a_form_whose_parts_do_not_go_together_is_refused() -> None:
    with pytest.raises(BadParameter, match="layout soa"):
        Form(quantize="u16").check()
    Form(quantize="u16", layout="soa").check()


def test_segments_without_labels_are_ambient() -> None:
    source = scene()
    unlabelled = Source(
        source.sight, "draft", "", "", depth=np.ones((48, 64), np.float32), labels=np.full((48, 64), 255, np.uint8)
    )
    seen = see(unlabelled, "standard", "auto", "auto", lambda fraction, stage: None)
    assert (seen.categories == 5).all()
    assert seen.detected == []
