"""Gaussians on the page: seen in their own colours, walked around, turned, and saved as they are seen."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from browser.splats_driver import Splats, picture_of, where
from playwright.sync_api import expect
from splat_scenes import read_ply, wall, write_ply

from lucida.gaussians.files import FORMATS, read, write

OVERFLOW = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"
ORANGE, RED, GREEN, BLUE = (204, 102, 51), (230, 20, 20), (20, 200, 20), (40, 60, 240)
BACKGROUND = 12  # of the dark canvas, in red, green and blue
NO_WEBGL = """
const get = HTMLCanvasElement.prototype.getContext;
HTMLCanvasElement.prototype.getContext = function (kind, ...rest) {
  return String(kind).startsWith('webgl') ? null : get.call(this, kind, ...rest);
};
"""


@pytest.fixture(scope="module")
def orange(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A wall of one colour."""
    return write_ply(tmp_path_factory.mktemp("scenes") / "orange.ply", *wall(ORANGE))


@pytest.fixture(scope="module")
def cross(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Red to the right, green above, blue in front, by the axes of 3D Gaussian Splatting: y down, z ahead."""
    means = np.array([[1.0, 0, 0], [0, -1, 0], [0, 0, -1], [-1, 0, 0], [0, 1, 0], [0, 0, 1]])
    colours = np.array([RED, GREEN, BLUE, *[(128, 128, 128)] * 3], float)
    return write_ply(tmp_path_factory.mktemp("scenes") / "cross.ply", means, colours, 0.12)


def test_colours_are_those_of_the_file(splats: Splats, orange: Path) -> None:
    splats.open()
    assert "Look at a scene of 3D Gaussians" in splats.page.locator(".invitation").inner_text()
    splats.drop(orange)
    splats.wait_until_shown(orange.name)
    seen = splats.seen()
    height, width = seen.shape[:2]
    middle = seen[height // 2 - 20 : height // 2 + 20, width // 2 - 20 : width // 2 + 20]
    assert np.abs(middle - ORANGE).max() == 0
    assert np.abs(seen[:4, :4] - BACKGROUND).max() == 0
    facts = splats.about.inner_text().replace("\u202f", "")
    for fact in ("1681", "115 kB", "degree 0", "2.00 × 2.00 × 0"):
        assert fact in facts
    expect(splats.page).to_have_title("orange.ply · Lucida")


def test_keys_and_wheel_go_around_and_back(splats: Splats, cross: Path) -> None:
    splats.show(cross)
    before = splats.seen()
    assert where(before, RED)[0] > 0.6
    assert where(before, GREEN)[1] < 0.4
    assert np.abs(where(before, BLUE) - 0.5).max() < 0.15
    splats.keys(*["ArrowRight"] * 13)  # a quarter around: what was in front is to the left
    around = splats.seen()
    assert where(around, BLUE)[0] < 0.4
    assert np.abs(where(around, RED) - 0.5).max() < 0.15
    expect(splats.about).to_contain_text("frames a second")
    box = splats.canvas.bounding_box()
    assert box is not None
    splats.page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    splats.page.mouse.wheel(0, 480)
    splats.wait_until_still()
    assert (where(splats.seen(), BLUE)[0] - 0.5) > 0.8 * (where(around, BLUE)[0] - 0.5)  # farther, so nearer the middle
    splats.keys("Home")
    assert np.abs(splats.seen() - before).mean() < 1


def test_points_and_background(splats: Splats, orange: Path) -> None:
    splats.show(orange)
    whole = (np.abs(splats.seen() - ORANGE).max(-1) < 3).mean()
    splats.press("Points")
    splats.wait_until_still()
    points = splats.seen()
    seen = (np.abs(points - ORANGE).max(-1) < 30).mean()
    assert 0.02 < seen < 0.6 * whole, "between points the background is seen"
    splats.page.get_by_label("Point size in px").fill("6")
    splats.page.keyboard.press("Enter")
    splats.wait_until_still()
    assert (np.abs(splats.seen() - ORANGE).max(-1) < 30).mean() > 1.5 * seen
    splats.press("White")
    splats.wait_until_still()
    assert np.abs(splats.seen()[:4, :4] - 255).max() == 0
    splats.page.get_by_label("Background", exact=True).fill("#204060")
    splats.wait_until_still()
    assert np.abs(splats.seen()[:4, :4] - (32, 64, 96)).max() == 0
    splats.press("Page")
    splats.press("Splats")
    splats.wait_until_still()
    assert (np.abs(splats.seen() - ORANGE).max(-1) < 3).mean() == pytest.approx(whole, rel=0.01)


def test_a_screenshot_is_the_canvas(splats: Splats, cross: Path, tmp_path: Path) -> None:
    splats.show(cross)
    download = splats.saved("Screenshot")
    assert download.suggested_filename == "cross.png"
    download.save_as(tmp_path / "cross.png")
    content = (tmp_path / "cross.png").read_bytes()
    assert content.startswith(b"\x89PNG")
    picture, seen = picture_of(content), splats.seen()
    assert picture.shape == seen.shape
    assert np.abs(picture - seen).max() <= 1


def test_what_is_turned_and_scaled_is_saved_as_it_is_seen(splats: Splats, cross: Path, tmp_path: Path) -> None:
    splats.show(cross)
    splats.press("Turn by 90° about Z")  # what is to the right comes up, what is up to the left
    splats.press("Twice as large")
    splats.wait_until_still()
    seen = splats.seen()
    assert where(seen, RED)[1] < 0.4
    assert where(seen, GREEN)[0] < 0.4
    expect(splats.about).to_contain_text("4.00 × 4.00 × 4.00")
    download = splats.saved("Save .ply")
    assert download.suggested_filename == "cross.ply"
    download.save_as(tmp_path / "turned.ply")
    before, after = read_ply(cross), read_ply(tmp_path / "turned.ply")
    # In the file y is down: right (1, 0, 0) to up (0, −1, 0), up (0, −1, 0) to left (−1, 0, 0), and twice as far.
    np.testing.assert_allclose(after["x"], 2 * before["y"], atol=1e-5)
    np.testing.assert_allclose(after["y"], -2 * before["x"], atol=1e-5)
    np.testing.assert_allclose(after["z"], 2 * before["z"], atol=1e-5)
    np.testing.assert_allclose(after["scale_1"], before["scale_1"] + np.log(2), atol=1e-5)
    expect(splats.page.get_by_text("cross.ply is saved.")).to_be_visible()
    # Opened again it is seen as it was, whichever axes its format has.
    splats.choose("Format", ".spz")
    splats.saved("Save .spz").save_as(tmp_path / "turned.spz")
    for file in (tmp_path / "turned.ply", tmp_path / "turned.spz"):
        splats.give(file)
        splats.wait_until_shown(file.name)
        expect(splats.page.get_by_label("Scale", exact=True)).to_have_value("1")
        again = splats.seen()
        for colour in (RED, GREEN, BLUE):
            np.testing.assert_allclose(where(again, colour), where(seen, colour), atol=0.02)


def test_a_file_that_says_what_is_up_stands_and_is_saved_upright(splats: Splats, cross: Path, tmp_path: Path) -> None:
    splats.show(cross)
    seen = splats.seen()
    columns = read_ply(cross)
    means = np.stack([columns["x"], columns["z"], -columns["y"]], -1).astype(np.float64)  # up is z, in front is −y
    colours = np.array([RED, GREEN, BLUE, *[(128, 128, 128)] * 3], float)
    lying = write_ply(tmp_path / "lying.ply", means, colours, 0.12, comment="Vertical axis: 0 0 1")
    splats.show(lying)
    assert np.abs(splats.seen() - seen).mean() < 0.5
    expect(splats.page.get_by_role("combobox", name="Up, a side of the file")).to_have_text("+z")
    for suffix in (".ply", ".spz"):
        splats.choose("Format", suffix)
        splats.saved(f"Save {suffix}").save_as(tmp_path / f"standing{suffix}")
        saved = read(tmp_path / f"standing{suffix}")
        assert saved.up == (0, -1, 0)
        np.testing.assert_allclose(saved.means, read(cross).means, atol=1e-3)


def test_a_side_is_up_and_another_in_front(splats: Splats, cross: Path) -> None:
    splats.show(cross)
    page = splats.page
    up, front = (page.get_by_role("combobox", name=f"{name}, a side of the file") for name in ("Up", "Front"))
    expect(up).to_have_text("−y")
    expect(front).to_have_text("−z")
    splats.choose("Up, a side", "+x")
    splats.wait_until_still()
    assert where(splats.seen(), RED)[1] < 0.4
    expect(front).to_have_text("−z")
    splats.keys(*["ArrowRight"] * 13)
    splats.press("What I see is the front")
    splats.wait_until_still()
    expect(front).to_have_text("in between")  # 13 steps are not quite a quarter
    turned = splats.seen()
    page.get_by_label("Angle in °").fill("20")
    page.keyboard.press("Enter")
    splats.wait_until_still()
    assert np.abs(splats.seen() - turned).mean() > 0.5
    splats.press("As in the file")
    expect(up).to_have_text("−y")
    splats.choose("Front, a side", "+x")
    splats.keys("Home")
    assert np.abs(where(splats.seen(), RED) - 0.5).max() < 0.15


def test_what_cannot_be_read_leaves_what_is_shown(splats: Splats, cross: Path, tmp_path: Path) -> None:
    splats.expected = lambda text: "Failed to load resource" in text  # of what the server reads
    splats.show(cross)
    before = splats.seen()
    files = {
        "cut.ply": (cross.read_bytes()[:450], "cut.ply cannot be read"),
        "cat.jpg": (b"\xff\xd8\xff\xe0", "cat.jpg is none of the files that are shown here"),
        "new.spz": (b"NGSP\x04\0\0\0", "new.spz"),
        "no.glb": (b"glTF" + bytes(30), "no.glb"),
        "empty.splat": (b"", "empty.splat is empty."),
        "no.ksplat": (bytes(5000), "no.ksplat cannot be read"),
        "no.sog": (b"PK\x03\x04" + bytes(90), "no.sog cannot be read"),
    }
    for name, (content, sentence) in files.items():
        (tmp_path / name).write_bytes(content)
        splats.give(tmp_path / name)
        expect(splats.problem).to_contain_text(sentence)
        expect(splats.about).to_contain_text("cross.ply")
    splats.press("Close")
    expect(splats.problem).to_have_count(0)
    splats.wait_until_still()
    assert np.abs(splats.seen() - before).mean() < 1
    (tmp_path / "fine.ply").write_bytes(cross.read_bytes())
    splats.give(tmp_path / "fine.ply")
    splats.wait_until_shown("fine.ply")


def test_what_the_server_refuses_is_said(splats: Splats, cross: Path) -> None:
    splats.expected = lambda text: "Failed to load resource" in text
    splats.show(cross)
    splats.page.route("**/api/splats/convert", lambda route: route.abort())
    splats.press("Save .ply")
    alert = splats.page.get_by_role("region", name="Save").get_by_role("alert")
    expect(alert).to_contain_text("The Lucida server does not answer")
    splats.page.unroute("**/api/splats/convert")
    assert splats.saved("Save .ply").suggested_filename == "cross.ply"
    expect(alert).to_have_count(0)


def test_files_that_lucida_writes_are_seen_alike(splats: Splats, cross: Path, tmp_path: Path) -> None:
    splats.show(cross)
    seen = splats.seen()
    scene = read(cross)
    for suffix in set(FORMATS) - {".ply"}:  # some by the viewer, some by the server
        file = tmp_path / f"cross{suffix}"
        write(scene, file)
        splats.give(file)
        splats.wait_until_shown(file.name)
        assert np.abs(splats.seen() - seen).mean() < 1, suffix
        side = "+y" if suffix in (".spz", ".glb", ".gltf", ".usdz") else "−y"  # in the file's own axes
        expect(splats.page.get_by_role("combobox", name="Up, a side of the file")).to_have_text(side)


def test_a_file_that_the_server_reads_is_turned_and_saved_as_it_is_seen(
    splats: Splats, cross: Path, tmp_path: Path
) -> None:
    write(read(cross), tmp_path / "cross.glb")
    splats.show(tmp_path / "cross.glb")
    splats.choose("Up, a side", "+x")
    splats.wait_until_still()
    turned = splats.seen()
    splats.choose("Format", ".spz")
    splats.saved("Save .spz").save_as(tmp_path / "turned.spz")
    splats.give(tmp_path / "turned.spz")
    splats.wait_until_shown("turned.spz")
    for colour in (RED, GREEN, BLUE):
        np.testing.assert_allclose(where(splats.seen(), colour), where(turned, colour), atol=0.02)
    assert where(turned, RED)[1] < 0.4


def test_every_format_that_is_written_is_offered(splats: Splats, cross: Path) -> None:
    splats.show(cross)
    splats.page.get_by_role("combobox", name="Format").click()
    offered = splats.page.get_by_role("option").evaluate_all("all => all.map(each => each.dataset.value)")
    assert offered == list(FORMATS)
    splats.page.keyboard.press("Escape")


def test_without_webgl_a_sentence_stands_there_and_saving_stays(splats: Splats, cross: Path) -> None:
    splats.page.add_init_script(NO_WEBGL)
    splats.open()
    expect(splats.page.get_by_text("This browser has no WebGL 2")).to_be_visible()
    splats.give(cross)
    expect(splats.about).to_contain_text("cross.ply")
    assert splats.saved("Save .ply").suggested_filename == "cross.ply"


def test_everything_is_reached_by_keyboard(splats: Splats, cross: Path) -> None:
    splats.show(cross)
    splats.tab_comes_to(
        [
            "Panoramas",
            "Pictures",
            "Point clouds",
            "Splats",
            "Appearance",
            "Drop a file of Gaussians",
            "Gaussians of cross.ply",
            "Zoom out",
            "Zoom in",
            "Show all of it",
            "Screenshot",
            "Full screen",
            "Splats",
            "Background",
            "Page",
            "As in the file",
            "Up, a side",
            "Front, a side",
            "What I see is the front",
            "Turn by −90° about X",
            "Turn by 90° about X",
            "Turn by −90° about Y",
            "Turn by 90° about Y",
            "Turn by −90° about Z",
            "Turn by 90° about Z",
            "X",
            "Angle",
            "Angle in °",
            "Scale",
            "Half as large",
            "Twice as large",
            "Make the longest side 1",
            "Format",
            "Save .ply",
        ]
    )


def test_phone_needs_no_sideways_scrolling(splats_phone: Splats, cross: Path, tmp_path: Path) -> None:
    splats_phone.open()
    assert splats_phone.page.evaluate(OVERFLOW) == 0
    link = splats_phone.page.get_by_role("link", name="Splats")
    shown = link.evaluate("link => link.closest('nav').getBoundingClientRect().right")
    box = link.bounding_box()
    assert box is not None
    assert box["x"] + box["width"] <= shown + 1, "the way to the last studio is cut off"
    long_name = tmp_path / ("a_rather_long_name_of_a_scene_" * 4 + ".ply")
    long_name.write_bytes(cross.read_bytes())
    splats_phone.give(long_name)
    splats_phone.wait_until_shown(long_name.name)
    assert splats_phone.page.evaluate(OVERFLOW) == 0
    for part in (splats_phone.canvas, splats_phone.page.get_by_role("button", name="Save .ply")):
        box = part.bounding_box()
        assert box is not None
        assert box["x"] >= 0
        assert 300 < box["width"] <= 375 - box["x"]
