"""From words or a picture on the page to points that are looked at, moved by a sound and taken away."""

from __future__ import annotations

import io
import json
import re
import struct
import wave
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from browser.clouds_driver import Clouds
from browser.page_driver import JOB_SECONDS
from numpy.typing import NDArray
from PIL import Image
from playwright.sync_api import expect
from waiting import wait_until

UNUSABLE = "Failed to load resource"
COLOURS = ((220, 50, 50), (50, 180, 50), (100, 180, 255), (180, 140, 60), (160, 100, 200), (128, 128, 128))
PLANTS, SKY = 1, 2
BACKGROUND = 12  # of the dark canvas, in red, green and blue
OVERFLOW = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"
NO_WEBGL = """
const get = HTMLCanvasElement.prototype.getContext;
HTMLCanvasElement.prototype.getContext = function (kind, ...rest) {
  return String(kind).startsWith('webgl') ? null : get.call(this, kind, ...rest);
};
"""


def drawn(picture: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Where there are points."""
    return np.asarray(np.abs(picture - BACKGROUND).max(axis=-1) > 6)


def share_of(picture: NDArray[np.float64], colour: tuple[int, ...]) -> float:
    """How much of the canvas has this colour."""
    return float((np.abs(picture - colour).max(axis=-1) <= 3).mean())


def halves(picture: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The mean colours of the uppermost and the lowest eighth of the rows that hold points."""
    where = drawn(picture)
    rows = np.flatnonzero(where.mean(axis=1) > 0.1)
    eighth = max(1, len(rows) // 8)
    top, bottom = ((picture[part][where[part]]).mean(axis=0) for part in (rows[:eighth], rows[-eighth:]))
    return top, bottom


def test_words_become_points_that_are_seen_and_kept(clouds: Clouds) -> None:
    clouds.open()
    page = clouds.page
    expect(page.get_by_text("A sentence or a picture becomes points in space")).to_be_visible()
    clouds.prompt.fill("a river through green hills")
    clouds.panel.get_by_role("textbox", name="Vibe").fill("calm")
    clouds.panel.get_by_role("textbox", name="Seed").fill("7")
    with page.expect_request("**/generate") as sent:
        page.get_by_role("button", name="Make").click()
    assert sent.value.headers["prefer"] == "respond-async"
    assert json.loads(sent.value.post_data or "") == {
        "prompt": "a river through green hills",
        "vibe": "calm",
        "mode": "standard",
        "image_model": "auto",
        "seed": 7,
    }
    clouds.wait_until_shown()

    (kept,) = clouds.kept()
    assert clouds.chosen == kept["id"]
    assert (kept["prompt"], kept["vibe"], kept["mode"]) == ("a river through green hills", "calm", "standard")
    assert clouds.drawing()["points"] == str(kept["point_count"]) == str(kept["width"] * kept["height"])
    expect(page.locator(".canvas .count")).to_have_text("1.03 M points")
    picture = clouds.seen_points()
    assert drawn(picture).mean() > 0.2
    expect(clouds.history).to_have_count(1)
    expect(clouds.history).to_contain_text("1.03 M points")
    # Which engine did what, and why.
    for step in ("image", "depth", "segmentation"):
        engine = kept["engines"][step]
        for words in (engine["name"], engine["reason"], engine["licence"]):
            expect(clouds.about).to_contain_text(words)
    expect(clouds.about).to_contain_text("Seed7")
    percents = [int(text.rstrip("%")) for text in clouds.seen["percents"]]
    assert len(set(percents)) >= 3
    assert percents == sorted(percents)
    assert "a river" in page.title()


def test_dropped_picture_becomes_points_of_its_colours(clouds: Clouds, photo: Path) -> None:
    clouds.open()
    page = clouds.page
    clouds.drop(photo)
    expect(clouds.panel.get_by_role("button", name="Remove evening.jpg")).to_be_visible()
    expect(clouds.panel.get_by_role("combobox", name="Picture engine")).to_have_count(0)
    with page.expect_request("**/generate") as sent:
        clouds.press("Make")
    assert sent.value.headers["content-type"].startswith("multipart/form-data")
    # The picture is there before the points are.
    forming = page.locator(".canvas img.forming")
    expect(forming).to_have_attribute("src", re.compile("^/generations/.*/image.png"), timeout=JOB_SECONDS)
    clouds.wait_until_shown()
    expect(forming).to_have_count(0)
    expect(clouds.panel.get_by_text("Or drop a picture")).to_be_visible()

    (kept,) = clouds.kept()
    assert (kept["width"], kept["height"]) == (800, 600)
    expect(clouds.history).to_contain_text("From a picture")
    # The photo has a blue sky above a brown field.
    sky, ground = halves(clouds.seen_points())
    assert sky[2] > sky[0] + 30
    assert ground[0] > ground[2] + 12
    with Image.open(photo) as picture:
        pixels = np.asarray(picture.convert("RGB"), np.float64)
    np.testing.assert_allclose(ground, pixels[-60:].mean(axis=(0, 1)), atol=14)


def test_points_are_coloured_by_picture_segment_and_depth(cloud: Clouds) -> None:
    cloud.show_cloud()
    by_picture = cloud.seen_points()
    cloud.press("Segments")
    cloud.wait_until_complete()
    by_segment = cloud.seen_points()
    there = drawn(by_segment)
    of_categories = np.any([np.abs(by_segment - colour).max(axis=-1) <= 3 for colour in COLOURS], axis=0)
    assert of_categories[there].mean() > 0.95
    assert share_of(by_segment, COLOURS[SKY]) > 0.05
    assert share_of(by_segment, COLOURS[PLANTS]) > 0.1
    sky, ground = halves(by_segment)
    np.testing.assert_allclose(sky, COLOURS[SKY], atol=20)  # some trees reach as high
    assert ground[1] > 1.5 * ground[0], "grass is green"
    # Far is night blue, near is amber.
    cloud.press("Depth")
    cloud.wait_until_complete()
    far, near = halves(cloud.seen_points())
    np.testing.assert_allclose(far, (38, 44, 96), atol=12)
    assert near[0] > 190 > near[2]
    cloud.press("Picture")
    cloud.wait_until_complete()
    assert np.abs(cloud.seen_points() - by_picture).mean() < 1


def test_legend_tells_of_the_categories_and_dims_them(cloud: Clouds) -> None:
    cloud.show_cloud()
    page = cloud.page
    legend = page.get_by_role("region", name="Categories")
    (kept,) = cloud.kept()
    detected = [re.fullmatch(r"(.+)→cat(\d)\((\d+)%\)", label) for label in kept["segments_detected"]]
    for label in filter(None, detected):
        expect(legend.get_by_role("listitem").nth(int(label[2]))).to_contain_text(label[1].strip())
    shares = [int(re.sub(r"\D", "", text)) for text in legend.get_by_text(" %").all_inner_texts()]
    assert len(shares) == 6
    assert abs(sum(shares) - 100) <= 3
    cloud.press("Segments")
    cloud.wait_until_complete()
    before = share_of(cloud.seen_points(), COLOURS[SKY])
    sky = legend.get_by_role("switch", name="Sky, clouds, lights")
    sky.click()
    expect(sky).not_to_be_checked()
    cloud.wait_until_complete()
    dimmed = cloud.seen_points()
    assert share_of(dimmed, COLOURS[SKY]) < 0.02 * before
    assert share_of(dimmed, COLOURS[PLANTS]) > 0.1
    legend.get_by_role("button", name="Show all").click()
    cloud.wait_until_complete()
    assert share_of(cloud.seen_points(), COLOURS[SKY]) == pytest.approx(before, rel=0.02)


def test_as_many_points_move_as_go_smoothly_and_all_are_drawn_when_still(cloud: Clouds) -> None:
    asked: list[str] = []
    cloud.page.on("request", lambda request: "cloud.bin" in request.url and asked.append(request.url))
    cloud.show_cloud()
    first, second = asked
    for wanted in ("order=shuffled", "layout=soa", "max_points=50000"):
        assert wanted in first
    assert "max_points=2000000" in second
    assert int(cloud.drawing()["points"]) == 1_835_008
    still = cloud.seen_points()

    cloud.canvas.focus()
    told = []
    for _ in range(40):
        cloud.page.keyboard.press("ArrowLeft")
        told.append(cloud.drawing())
    moving = [int(each["drawn"]) for each in told if each["still"] == "false"]
    if int(told[-1]["budget"]) < 1_835_008:  # as it is wherever a processor draws, but for very many of them
        assert len(moving) > 20, "every move was followed by a complete picture"
        assert min(moving) >= 30_000
        assert min(moving) < 1_835_008
    cloud.wait_until_complete()
    assert int(cloud.drawing()["drawn"]) == 1_835_008
    assert np.abs(cloud.seen_points() - still).mean() > 4, "the arrows went around"

    cloud.page.keyboard.press("Home")
    cloud.wait_until_complete()
    assert np.abs(cloud.seen_points() - still).mean() < 1


def test_keys_wheel_and_hand_move_the_eye(cloud: Clouds) -> None:
    cloud.show_cloud()
    page, canvas = cloud.page, cloud.canvas
    before = drawn(cloud.seen_points()).mean()
    canvas.focus()
    for _ in range(4):
        page.keyboard.press("-")
    cloud.wait_until_complete()
    smaller = drawn(cloud.seen_points()).mean()
    assert smaller < 0.7 * before
    box = canvas.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.wheel(0, -480)
    cloud.wait_until_complete()
    assert drawn(cloud.seen_points()).mean() > smaller
    turned = cloud.seen_points()
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] / 2 + 90, box["y"] + box["height"] / 2 - 20, steps=4)
    page.mouse.up()
    cloud.wait_until_complete()
    assert np.abs(cloud.seen_points() - turned).mean() > 4
    cloud.press("Show all of it")
    cloud.wait_until_complete()
    assert drawn(cloud.seen_points()).mean() == pytest.approx(before, rel=0.02)
    page.get_by_label("Point size, typed").fill("4")
    page.keyboard.press("Enter")
    cloud.wait_until_complete()
    assert np.abs(cloud.seen_points() - turned).mean() > 1


def test_perspective_shows_what_the_camera_saw(cloud: Clouds, large_cloud: tuple[str, str]) -> None:
    cloud.show_cloud()
    with cloud.page.expect_request(re.compile("projection=perspective")) as asked:
        cloud.press("Perspective")
    assert "quantize" not in asked.value.url  # sixteen bits are too few from a metre to the horizon
    cloud.page.wait_for_function("() => document.querySelector('.cloud canvas').dataset.points === '1835008'")
    cloud.wait_until_complete()
    seen = cloud.seen_points()
    rows, columns = (np.flatnonzero(drawn(seen).mean(axis=axis) > 0.5) for axis in (1, 0))
    inside = seen[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    assert inside.shape[1] / inside.shape[0] == pytest.approx(1792 / 1024, rel=0.03)
    with Image.open(io.BytesIO(cloud.file(f"/generations/{large_cloud[1]}/image.png"))) as picture:
        small = picture.convert("RGB").resize(inside.shape[1::-1], Image.Resampling.BOX)
    assert np.abs(np.asarray(small, np.float64) - inside).mean() < 12
    # Downloads are of the shape that is looked at.
    expect(cloud.page.get_by_role("link", name="GLB")).to_have_attribute("href", re.compile("projection=perspective"))


def test_panorama_is_seen_from_inside_and_from_without(clouds: Clouds) -> None:
    clouds.generate("a lake in the mountains", mode="panorama", width=512, height=256)
    clouds.show_cloud()
    page = clouds.page
    assert clouds.kept()[0]["projection"] == "equirectangular"
    ahead = clouds.seen_points()
    assert drawn(ahead).mean() > 0.97, "there are points all around"
    expect(page.get_by_role("group", name="Shape")).to_have_count(0)
    clouds.canvas.focus()
    for _ in range(12):
        page.keyboard.press("ArrowRight")
    clouds.wait_until_complete()
    aside = clouds.seen_points()
    assert drawn(aside).mean() > 0.97
    assert np.abs(aside - ahead).mean() > 3
    clouds.press("Go outside")
    clouds.wait_until_complete()
    without = drawn(clouds.seen_points())
    assert without.mean() < 0.8
    assert not without[:4].any()
    clouds.press("Go inside")
    clouds.wait_until_complete()
    assert np.abs(clouds.seen_points() - ahead).mean() < 1


def test_reload_finds_the_job_again_and_cancel_stops_it(clouds: Clouds) -> None:
    clouds.open()
    page = clouds.page
    clouds.ask_for("a forest in autumn")
    clouds.wait_until_past(1)
    with clouds.standing_still():
        before, job = clouds.progress, clouds.chosen
        page.reload()
        expect(page.locator(".percent")).not_to_be_empty()
        assert clouds.chosen == job
        assert clouds.progress >= before
        expect(page.locator(".canvas").get_by_role("progressbar", name="Progress")).to_be_visible()
        expect(clouds.prompt).to_have_value("a forest in autumn")
        # Without the address, too.
        page.goto("about:blank")
        clouds.open()
        expect(page.locator(".percent")).not_to_be_empty()
    page.locator(".caption").get_by_role("button", name="Cancel").click()
    expect(page.locator(".canvas")).to_contain_text("Cancelled.", timeout=JOB_SECONDS)
    (row,) = clouds.jobs()
    assert row["status"] == "cancelled"
    assert clouds.kept() == []


def test_place_in_the_queue_is_told(clouds: Clouds) -> None:
    clouds.open()
    clouds.press("Panorama")  # which takes a while
    clouds.ask_for("a lake")
    expect(clouds.page.get_by_text("1 running")).to_be_visible(timeout=JOB_SECONDS)
    clouds.ask_for("a river")
    expect(clouds.page.locator(".stage")).to_have_text("Waiting, one job before it")
    expect(clouds.history).to_have_count(2)
    expect(clouds.page.get_by_text("1 running · 1 waiting")).to_be_visible()
    clouds.press("Cancel a river")
    expect(clouds.page.locator(".canvas")).to_contain_text("Cancelled.")


def test_history_is_opened_and_deleted_from(clouds: Clouds) -> None:
    for words in ("a lake", "a desert", "a village in the snow"):
        clouds.generate(words)
    clouds.open()
    page = clouds.page
    expect(clouds.history).to_have_count(3)
    clouds.wait_until_shown()
    newest, second, oldest = (one["id"] for one in clouds.kept())
    assert clouds.chosen == newest
    page.wait_for_function("() => document.querySelectorAll('.history li img').length === 3")
    before = clouds.seen_points()
    clouds.history.filter(has_text="a lake").get_by_role("button").first.click()
    expect(page.locator(".caption")).to_contain_text("a lake")
    assert clouds.chosen == oldest
    clouds.wait_until_complete()
    assert np.abs(clouds.seen_points() - before).mean() > 1

    clouds.press("Reuse settings")
    expect(clouds.prompt).to_have_value("a lake")
    seed = clouds.ask(f"/generations/{oldest}")["seed"]
    expect(clouds.panel.get_by_role("textbox", name="Seed")).to_have_value(str(seed))

    dialog = page.get_by_role("dialog")
    clouds.press("Delete a lake")
    expect(dialog).to_contain_text("Delete this point cloud?")
    dialog.get_by_role("button", name="Keep").click()
    expect(dialog).to_be_hidden()
    clouds.press("Delete a lake")
    dialog.get_by_role("button", name="Delete").click()
    expect(clouds.history).to_have_count(2)
    expect(page.locator(".caption")).to_contain_text("a village in the snow")
    wait_until(lambda: [one["id"] for one in clouds.kept()] == [newest, second], "the deleted one to be gone")
    page.reload()
    expect(clouds.history).to_have_count(2)


def test_error_is_one_sentence_and_what_was_set_stays(clouds: Clouds, photo: Path, tmp_path: Path) -> None:
    clouds.expected = lambda text: UNUSABLE in text
    clouds.open()
    page = clouds.page
    alert = page.get_by_role("alert")
    clouds.panel.get_by_role("textbox", name="Vibe").fill("calm")
    clouds.ask_for("   ")
    expect(alert).to_have_text("prompt is empty; say what the picture shows, or send one as image.")
    text = tmp_path / "notes.txt"
    text.write_text("these are notes")
    clouds.drop(text, "text/plain")
    expect(alert).to_be_hidden()
    clouds.press("Make")
    expect(alert).to_contain_text("HEIC")
    assert "Traceback" not in alert.inner_text()
    half = tmp_path / "half.jpg"
    half.write_bytes(photo.read_bytes()[:5000])
    clouds.drop(half)
    clouds.press("Make")
    expect(alert).to_be_visible()
    expect(clouds.panel.get_by_role("textbox", name="Vibe")).to_have_value("calm")
    page.context.set_offline(True)
    clouds.press("Make")
    expect(alert).to_contain_text("The Lucida server does not answer")
    page.context.set_offline(False)
    page.reload()
    expect(clouds.panel.get_by_role("textbox", name="Vibe")).to_have_value("calm")
    assert clouds.jobs() == []


def test_visitors_own_key_is_sent_once_and_kept_nowhere(clouds_with_keys: tuple[Clouds, list[str]]) -> None:
    clouds, keys = clouds_with_keys
    clouds.expected = lambda text: UNUSABLE in text and "401" in text
    page = clouds.page
    clouds.open()
    field = clouds.panel.get_by_role("textbox", name="API key")
    expect(field).to_have_count(0)
    clouds.choose("Picture", "openai")
    assert field.get_attribute("autocomplete") == "off"
    assert field.get_attribute("type") == "text"  # browsers offer to keep passwords
    field.fill("sk-a-visitors-own-key")
    assert field.evaluate("field => getComputedStyle(field).webkitTextSecurity") == "disc"
    clouds.ask_for("a lake")
    expect(page.get_by_role("alert")).to_be_visible()
    expect(page.get_by_role("alert")).not_to_contain_text("sk-a")
    expect(field).to_have_value("")
    expect(clouds.prompt).to_have_value("a lake")  # a provider's 401 is no sign-out
    assert keys == ["Bearer sk-a-visitors-own-key"]
    kept = page.evaluate("() => JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie])")
    assert "visitors" not in kept
    assert clouds.jobs() == []


def test_everything_that_was_made_is_downloaded(clouds: Clouds) -> None:
    id = clouds.generate("a lake, a hill")
    clouds.show_cloud(id)
    links = clouds.page.get_by_role("navigation", name="Downloads").get_by_role("link")
    files: dict[str, bytes] = {}
    for link in links.all():
        with clouds.page.expect_download() as taken:
            link.click()
        files[taken.value.suggested_filename] = Path(taken.value.path()).read_bytes()
    by_suffix = {name.rpartition(".")[2]: content for name, content in files.items()}
    cloud = by_suffix["bin"]
    (length,) = struct.unpack_from("<I", cloud)
    header = json.loads(cloud[4 : 4 + length])
    assert (header["point_count"], len(cloud) - 4 - length) == (256 * 160, 20 * 256 * 160)
    assert by_suffix["glb"].startswith(b"glTF")
    assert by_suffix["ply"].startswith(b"ply\n")
    assert json.loads(by_suffix["json"])["id"] == id
    pictures = {name: Image.open(io.BytesIO(content)) for name, content in files.items() if name.endswith(".png")}
    assert len(pictures) == 3
    assert {picture.size for picture in pictures.values()} == {(256, 160)}
    (depth,) = (picture for name, picture in pictures.items() if "depth" in name)
    assert np.asarray(depth).max() > 255, "depth has 16 bits"


def levels(clouds: Clouds) -> list[float]:
    """What the six meters show."""
    shown: list[float] = clouds.page.evaluate(
        "() => [...document.querySelectorAll('.meter')].map(each => new DOMMatrix(getComputedStyle(each).transform).a)"
    )
    return shown


def loudest(clouds: Clouds, seconds: float = 3) -> list[float]:
    """The most that each meter shows for a while."""
    most = [0.0] * 6
    for _ in range(int(10 * seconds)):
        most = [max(pair) for pair in zip(most, levels(clouds), strict=True)]
        clouds.page.wait_for_timeout(100)
    return most


def test_beat_moves_the_categories_and_is_off_until_asked_for(cloud: Clouds) -> None:
    cloud.page.add_init_script(
        "window.sounds = 0; AudioContext = class extends AudioContext { constructor() { super(); sounds++ } }"
    )
    cloud.show_cloud()
    still = cloud.seen_points()
    expect(cloud.page.locator(".meter").first).to_be_hidden()
    assert cloud.page.evaluate("() => sounds") == 0
    cloud.press("Beat")
    expect(cloud.page.locator(".meter").first).to_be_visible()
    assert min(loudest(cloud, 6)) > 0.3, "the piece has something for each category"
    moving = [cloud.seen_points() for _ in range(4)]
    assert max(np.abs(picture - still).mean() for picture in moving) > 4
    assert max(np.abs(a - b).mean() for a, b in pairwise(moving)) > 0.5
    assert cloud.drawing()["still"] == "false"
    cloud.press("Off")
    cloud.wait_until_complete()
    assert np.abs(cloud.seen_points() - still).mean() < 1


def _tone(path: Path, hertz: float) -> Path:
    """A tone that comes and goes, as a WAV file of four seconds."""
    time = np.arange(4 * 22050) / 22050
    samples = (0.6 * np.sin(2 * np.pi * hertz * time) * (np.sin(np.pi * time) ** 2) * 32767).astype("<i2")
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(22050)
        file.writeframes(samples.tobytes())
    return path


def test_file_moves_what_its_pitch_belongs_to(clouds: Clouds, tmp_path: Path) -> None:
    clouds.generate("a lake")
    clouds.show_cloud()
    chosen = clouds.page.get_by_label("Sound file")
    chosen.set_input_files(str(_tone(tmp_path / "low.wav", 70)))
    expect(clouds.page.get_by_text("low.wav, which does not leave this browser.")).to_be_visible()
    low = loudest(clouds)
    assert low[0] > 0.5 > low[SKY]
    chosen.set_input_files(str(_tone(tmp_path / "high.wav", 7000)))
    clouds.page.wait_for_timeout(1500)
    high = loudest(clouds)
    assert high[SKY] > 0.5 > high[0]
    broken = tmp_path / "broken.mp3"
    broken.write_bytes(b"this is no sound")
    chosen.set_input_files(str(broken))
    expect(clouds.page.get_by_role("alert")).to_contain_text("“broken.mp3” cannot be played")
    expect(clouds.page.get_by_role("button", name="Off")).to_have_attribute("aria-pressed", "true")


def test_microphone_is_listened_to_and_let_go(clouds: Clouds) -> None:
    clouds.generate("a lake")
    clouds.show_cloud()
    clouds.page.evaluate(
        """() => {
          const ask = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices)
          navigator.mediaDevices.getUserMedia = async wanted => (window.heard = await ask(wanted))
        }"""
    )
    clouds.press("Microphone")
    expect(clouds.page.get_by_text("What the microphone hears does not leave this browser.")).to_be_visible()
    assert max(loudest(clouds)) > 0.5
    clouds.press("Off")
    clouds.page.wait_for_function("() => window.heard.getTracks().every(track => track.readyState === 'ended')")


def test_who_wants_less_motion_sees_light_and_no_movement(cloud: Clouds) -> None:
    cloud.page.emulate_media(reduced_motion="reduce")
    cloud.show_cloud()
    there = drawn(cloud.seen_points())
    cloud.press("Beat")
    expect(cloud.page.get_by_text("asks for less motion")).to_be_visible()
    cloud.page.wait_for_timeout(2000)
    for _ in range(4):
        # Fewer and larger points fray the edges, and that is all.
        assert (drawn(cloud.seen_points()) ^ there).mean() < 0.05


def test_page_without_webgl_shows_what_the_points_are_made_of(clouds: Clouds) -> None:
    id = clouds.generate("a lake")
    clouds.page.add_init_script(NO_WEBGL)
    asked: list[str] = []
    clouds.page.on("request", lambda request: "cloud.bin" in request.url and asked.append(request.url))
    clouds.open()
    expect(clouds.page.get_by_text("This browser has no WebGL 2, so the points cannot be drawn.")).to_be_visible()
    for name, asset in (("Depth, near is bright", "depth.png"), ("Segments, by category", "segments.png")):
        picture = clouds.page.get_by_role("img", name=name)
        expect(picture).to_have_attribute("src", f"/generations/{id}/{asset}")
        clouds.page.wait_for_function("image => image.naturalWidth === 256", arg=picture.element_handle())
    expect(clouds.page.get_by_role("link", name="Download cloud.bin")).to_be_visible()
    assert asked == []


def test_phone_needs_no_sideways_scrolling(clouds_phone: Clouds) -> None:
    page = clouds_phone.page
    clouds_phone.open()
    assert page.evaluate(OVERFLOW) == 0
    clouds_phone.generate("a lake with a rather long name, " * 6)
    page.reload()
    clouds_phone.wait_until_shown()
    assert page.evaluate(OVERFLOW) == 0
    for part in (clouds_phone.canvas, page.get_by_role("link", name="Download cloud.bin")):
        box = part.bounding_box()
        assert box is not None
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= 390
        assert box["width"] > 300
    # Two fingers bring it nearer.
    canvas = clouds_phone.canvas
    canvas.scroll_into_view_if_needed()
    before = drawn(clouds_phone.seen_points()).mean()
    canvas.evaluate(
        """canvas => {
          const { left, top, width, height } = canvas.getBoundingClientRect()
          const at = (kind, pointerId, x) => canvas.dispatchEvent(new PointerEvent(kind, {
            pointerId, pointerType: 'touch', clientX: left + x * width, clientY: top + height / 2, bubbles: true,
          }))
          at('pointerdown', 11, 0.45)
          at('pointerdown', 12, 0.55)
          at('pointermove', 11, 0.3)
          at('pointermove', 12, 0.7)
          at('pointerup', 11, 0.3)
          at('pointerup', 12, 0.7)
        }"""
    )
    clouds_phone.wait_until_complete()
    assert drawn(clouds_phone.seen_points()).mean() > 1.5 * before


def test_everything_is_reached_by_keyboard_and_has_a_name(cloud: Clouds) -> None:
    cloud.show_cloud()
    page = cloud.page
    page.locator("body").press("Tab")
    reached: list[str] = []
    for _ in range(50):
        reached.append(
            page.evaluate(
                """() => {
                  const at = document.activeElement
                  const label = document.getElementById(at.getAttribute('aria-labelledby')) ?? at.labels?.[0]
                  return (at.getAttribute('aria-label') ?? label?.textContent ?? at.textContent).trim()
                }"""
            )
        )
        page.keyboard.press("Tab")
    everything = " | ".join(reached)
    for name in ("Point clouds", "Appearance", "Prompt", "drop a picture", "Vibe", "Standard", "Picture engine",
                 "Depth engine", "Segments engine", "Seed", "Make", "Delete", "Point cloud of", "Zoom in",
                 "Show all of it", "Full screen", "Reuse settings", "Point size", "Clean edges", "Sky, clouds, lights",
                 "Download cloud.bin", "GLB", "Metadata"):  # fmt: skip
        assert name in everything, f"{name} is not reached: {everything}"
    first_round = reached[: reached.index("Panoramas", 1)] if "Panoramas" in reached[1:] else reached
    assert "" not in [name for name in first_round if name != "Lucida"], everything


def test_canvas_is_as_light_as_the_page(clouds: Clouds) -> None:
    clouds.generate("a lake")
    clouds.show_cloud()
    np.testing.assert_allclose(clouds.seen_points()[2, 2], (BACKGROUND,) * 3, atol=1)
    clouds.page.emulate_media(color_scheme="light")
    clouds.page.wait_for_function("() => document.querySelector('.cloud').style.background === 'rgb(237, 237, 237)'")
    clouds.wait_until_complete()
    np.testing.assert_allclose(clouds.seen_points()[2, 2], (237,) * 3, atol=1)
