"""Small screens, keyboards, and both appearances."""

from __future__ import annotations

from pathlib import Path

from browser.page_driver import Lucida
from playwright.sync_api import expect

OVERFLOW = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"


def test_phone_needs_no_sideways_scrolling(phone: Lucida, photo: Path, tmp_path: Path) -> None:
    phone.expected = lambda text: "Failed to load resource" in text
    long_name = tmp_path / ("a_rather_long_name_of_a_photo_" * 4 + ".jpg")
    long_name.write_bytes(photo.read_bytes())
    phone.open()
    assert phone.page.evaluate(OVERFLOW) == 0
    phone.send(long_name)
    expect(phone.page.locator(".percent")).not_to_be_empty()
    assert phone.page.evaluate(OVERFLOW) == 0
    phone.wait_until_done()
    phone.wait_until_lit()
    assert phone.page.evaluate(OVERFLOW) == 0
    for part in (phone.panorama, phone.page.locator(".spheres"), phone.page.get_by_role("link", name="Download EXR")):
        box = part.bounding_box()
        assert box is not None
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= 375
        assert box["width"] > 300


def test_everything_is_reached_and_worked_by_keyboard(panorama: Lucida) -> None:
    panorama.show_light()
    panorama.page.locator("body").press("Tab")
    reached: list[str] = []
    for _ in range(60):
        reached.append(
            panorama.page.evaluate(
                """() => {
                  const at = document.activeElement
                  const label = document.getElementById(at.getAttribute('aria-labelledby')) ?? at.labels?.[0]
                  return (label?.textContent ?? at.getAttribute('aria-label') ?? at.textContent).trim()
                }"""
            )
        )
        if reached[-1] == "Auto":  # the scene types are one stop, and the arrows choose
            panorama.page.keyboard.press("ArrowRight")
            expect(panorama.page.get_by_role("button", name="Outdoor")).to_be_focused()
        panorama.page.keyboard.press("Tab")
    everything = " | ".join(reached)
    for name in ("Appearance", "Drop photos", "Auto", "Engine", "Download EXR", "Log", "Delete", "360° preview",
                 "Zoom in", "Three spheres", "Exposure", "Turn", "Pitch", "Roll", "Map gain"):  # fmt: skip
        assert name in everything, f"{name} is not reached: {everything}"
    assert "" not in reached, f"something without a name is reached: {everything}"
    # Who has only passed through has changed nothing.
    expect(panorama.page.get_by_role("button", name="Render with these changes")).to_be_disabled()


def test_drop_zone_opens_the_file_chooser_by_key(lucida: Lucida) -> None:
    lucida.open()
    lucida.page.get_by_label("Photos").evaluate(
        "input => input.addEventListener('click', event => { event.preventDefault(); window.chooserOpened = true })"
    )
    lucida.page.get_by_role("button", name="Drop photos, or choose").focus()
    lucida.page.keyboard.press("Enter")
    lucida.page.wait_for_function("() => window.chooserOpened === true")


def test_focus_is_seen(lucida: Lucida) -> None:
    lucida.open()
    lucida.page.keyboard.press("Tab")
    outline = (
        "() => { const s = getComputedStyle(document.activeElement); return s.outlineStyle + ' ' + s.outlineWidth }"
    )
    assert lucida.page.evaluate(outline) == "solid 2px"


def test_page_follows_the_systems_appearance_until_told_otherwise(lucida: Lucida) -> None:
    brightness = (
        "() => getComputedStyle(document.querySelector('header')).backgroundColor.match(/\\d+/g).map(Number)[0]"
    )
    lucida.open()
    assert lucida.page.evaluate(brightness) < 80
    lucida.page.emulate_media(color_scheme="light")
    lucida.page.wait_for_function(f"() => ({brightness})() > 200")
    lucida.page.emulate_media(color_scheme="dark")
    lucida.page.wait_for_function(f"() => ({brightness})() < 80")
    lucida.page.get_by_role("button", name="Appearance").click()
    lucida.page.wait_for_function(f"() => ({brightness})() > 200")
    lucida.page.reload()
    lucida.page.wait_for_function(f"() => document.querySelector('header') && ({brightness})() > 200")
