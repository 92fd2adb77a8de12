"""Points on the page: coloured by what they are, walked around, seen as the camera or from inside a panorama."""

from __future__ import annotations

import io
import re
from pathlib import Path

import numpy as np
import pytest
from browser.clouds_driver import BACKGROUND, POINTS, Clouds, drawn, halves, share_of
from PIL import Image
from playwright.sync_api import expect

COLOURS = ((220, 50, 50), (50, 180, 50), (100, 180, 255), (180, 140, 60), (160, 100, 200), (128, 128, 128))
PLANTS, SKY = 1, 2
NO_WEBGL = """
const get = HTMLCanvasElement.prototype.getContext;
HTMLCanvasElement.prototype.getContext = function (kind, ...rest) {
  return String(kind).startsWith('webgl') ? null : get.call(this, kind, ...rest);
};
"""


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
    shares = [int(re.sub(r"\D", "", text)) for text in legend.locator(".number").all_inner_texts()]
    assert len(shares) == 6
    assert abs(sum(shares) - 100) <= 3
    # What stands in a switch is not read out; its description is.
    sky = legend.get_by_role("switch", name="Sky, clouds, lights")
    expect(sky).to_have_accessible_description(re.compile(rf"^{shares[SKY]}.%, .*HIGH_SKY.* highs"))
    cloud.press("Segments")
    cloud.wait_until_complete()
    before = share_of(cloud.seen_points(), COLOURS[SKY])
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
    assert int(cloud.drawing()["points"]) == POINTS
    still = cloud.seen_points()

    cloud.canvas.focus()
    told = []
    for _ in range(40):
        cloud.page.keyboard.press("ArrowLeft")
        told.append(cloud.drawing())
    moving = [int(each["drawn"]) for each in told if each["still"] == "false"]
    if int(told[-1]["budget"]) < POINTS:  # as it is wherever a processor draws, but for very many of them
        assert len(moving) > 20, "every move was followed by a complete picture"
        assert min(moving) >= 30_000
        assert min(moving) < POINTS
    cloud.wait_until_complete()
    assert int(cloud.drawing()["drawn"]) == POINTS
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
    cloud.page.wait_for_function(f"() => document.querySelector('.cloud canvas').dataset.points === '{POINTS}'")
    cloud.wait_until_complete()
    seen = cloud.seen_points()
    rows, columns = (np.flatnonzero(drawn(seen).mean(axis=axis) > 0.5) for axis in (1, 0))
    inside = seen[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    assert inside.shape[1] / inside.shape[0] == pytest.approx(896 / 512, rel=0.03)
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


def test_page_without_webgl_shows_what_the_points_are_made_of(clouds: Clouds, tmp_path: Path) -> None:
    sound = tmp_path / "a.wav"
    sound.write_bytes(b"RIFF")
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
    # Nothing could stop a sound here.
    clouds.drop(sound, "audio/wav")
    expect(clouds.page.get_by_role("alert")).to_contain_text("A sound moves points, and none are drawn here.")


def test_canvas_is_as_light_as_the_page(clouds: Clouds) -> None:
    clouds.generate("a lake")
    clouds.show_cloud()
    np.testing.assert_allclose(clouds.seen_points()[2, 2], (BACKGROUND,) * 3, atol=1)
    clouds.page.emulate_media(color_scheme="light")
    clouds.page.wait_for_function("() => document.querySelector('.cloud').style.background === 'rgb(237, 237, 237)'")
    clouds.wait_until_complete()
    np.testing.assert_allclose(clouds.seen_points()[2, 2], (237,) * 3, atol=1)
