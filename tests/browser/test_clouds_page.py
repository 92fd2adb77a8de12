"""From words or a picture on the page to points that are kept, found again and taken away."""

from __future__ import annotations

import io
import json
import re
import struct
from pathlib import Path

import numpy as np
from browser.clouds_driver import Clouds, drawn, halves
from browser.page_driver import JOB_SECONDS
from PIL import Image
from playwright.sync_api import expect
from waiting import wait_until

UNUSABLE = "Failed to load resource"
OVERFLOW = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"


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
    expect(clouds.history).to_contain_text("evening.jpg")
    # The photo has a blue sky above a brown field.
    sky, ground = halves(clouds.seen_points())
    assert sky[2] > sky[0] + 30
    assert ground[0] > ground[2] + 12
    with Image.open(photo) as picture:
        pixels = np.asarray(picture.convert("RGB"), np.float64)
    np.testing.assert_allclose(ground, pixels[-60:].mean(axis=(0, 1)), atol=14)


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


def test_settings_are_taken_up_again(clouds: Clouds, photo: Path) -> None:
    asked = {"vibe": "calm", "mode": "panorama", "image_model": "draft", "depth_model": "draft", "seg_model": "draft"}
    made = clouds.generate("a lake", **asked, width=512, height=256)
    clouds.show_cloud()
    clouds.prompt.fill("my dog")
    clouds.drop(photo)
    clouds.press("Reuse settings")
    expect(clouds.prompt).to_have_value("a lake")
    expect(clouds.panel.get_by_role("button", name="Remove evening.jpg")).to_have_count(0)
    with clouds.page.expect_request("**/generate") as sent:
        clouds.press("Make")
    seed = clouds.ask(f"/generations/{made}")["seed"]
    assert json.loads(sent.value.post_data or "") == {"prompt": "a lake", **asked, "seed": seed}


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
    cloud.tab_comes_to(
        ["Panoramas", "Pictures", "Point clouds", "Splats", "Appearance", "Prompt", "Or drop a picture", "Vibe",
         "Standard", "Picture engine", "Depth engine", "Segments engine", "Seed", "Make", "a house by a lake",
         "Delete a house", "Point cloud of a house", "Zoom out", "Zoom in", "Show all of it", "Full screen",
         "Reuse settings", "Delete", "Picture", "Point size", "Point size, typed", "Relief", "Clean edges",
         "People, animals", "Trees, plants", "Sky, clouds, lights", "Ground, water", "Buildings, things",
         "Walls, all else", "Off", "Download cloud.bin", "GLB", "PLY", "Image", "Depth", "Segments", "Metadata"]
    )  # fmt: skip
