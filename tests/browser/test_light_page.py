"""The panorama's light on three spheres, and what changes it."""

from __future__ import annotations

import numpy as np
from browser.page_driver import Lucida
from playwright.sync_api import expect


def spheres(lucida: Lucida) -> np.ndarray:
    lucida.settle()
    return lucida.picture(lucida.page.locator(".spheres"))


def put(lucida: Lucida, values: dict[str, str]) -> None:
    for name, value in values.items():
        field = lucida.page.get_by_role("textbox", name=name)
        field.fill(value)
        field.press("Enter")


def test_spheres_stand_in_the_light_of_the_map(panorama: Lucida) -> None:
    panorama.show_light()
    picture = spheres(panorama)
    height, width, _ = picture.shape
    third = width // 3
    mirror, silver, matte = (picture[:, n * third : (n + 1) * third] for n in range(3))

    def detail(part: np.ndarray) -> float:
        middle = part[height // 3 : 2 * height // 3, third // 3 : 2 * third // 3]
        return float(np.abs(np.diff(middle.mean(-1), axis=1)).mean())

    assert detail(mirror) > detail(silver) > 0
    assert detail(mirror) > 2 * detail(matte)
    # The sky is brighter than the ground, so a matte sphere is brighter above than below.
    column = matte[:, third // 2 - 4 : third // 2 + 4].mean((1, 2))
    assert column[int(height * 0.38)] > column[int(height * 0.66)] + 10


def test_exposure_slider_brightens_by_stops(panorama: Lucida) -> None:
    panorama.show_light()
    before = spheres(panorama).mean()
    exposure = panorama.page.get_by_role("region", name="Light").get_by_role("slider", name="Exposure")
    exposure.focus()
    for _ in range(20):
        panorama.page.keyboard.press("ArrowLeft")
    expect(exposure).to_have_attribute("aria-valuetext", "-2.0 EV")
    darker = spheres(panorama).mean()
    assert darker < 0.75 * before


def test_turning_turns_the_viewer_and_the_spheres(panorama: Lucida) -> None:
    panorama.show_light()
    view, lit = panorama.picture(panorama.panorama), spheres(panorama)
    turn = panorama.page.get_by_role("textbox", name="Turn in °")
    turn.fill("120")
    turn.press("Enter")
    assert np.abs(spheres(panorama) - lit).mean() > 2
    assert np.abs(panorama.picture(panorama.panorama) - view).mean() > 2
    panorama.page.get_by_role("button", name="Reset").click()
    assert np.abs(spheres(panorama) - lit).mean() < 1


def test_main_light_moves_in_the_viewer_and_on_the_spheres(panorama: Lucida) -> None:
    job = panorama.show_light()
    light = panorama.ask(f"/api/result/{job}/report.json")["lights"][0]
    name = light["kind"].capitalize()
    handle = panorama.page.get_by_role("button", name=f"The {light['kind']}, azimuth")
    put(panorama, {f"{name} azimuth in °": "-25", f"{name} altitude in °": "-5"})
    expect(handle).to_have_accessible_name(f"The {light['kind']}, azimuth -25°, altitude -5°. Arrow keys move it.")
    put(panorama, {f"{name} power in EV": "4"})
    box, frame = handle.bounding_box(), panorama.panorama.bounding_box()
    assert box is not None
    assert frame is not None
    x, y = int(box["x"] - frame["x"] + box["width"] / 2), int(box["y"] - frame["y"] + box["height"] / 2)
    panorama.page.add_style_tag(content="[aria-label*=azimuth] { opacity: 0 !important }")  # the light, not its handle
    panorama.settle()
    lit = panorama.picture(panorama.panorama)
    remove = panorama.page.get_by_role("checkbox", name=f"Without the {light['kind']}")
    remove.check()
    expect(handle).to_be_hidden()
    panorama.settle()
    there = (slice(y - 1, y + 2), slice(x - 1, x + 2))
    assert lit[there].mean() > panorama.picture(panorama.panorama)[there].mean() + 40
    unlit = spheres(panorama)
    remove.uncheck()
    put(panorama, {f"{name} azimuth in °": "150", f"{name} altitude in °": "40"})  # behind who looks at the spheres
    assert spheres(panorama).mean() > unlit.mean() + 5


def test_main_light_is_moved_by_keys_and_by_dragging(panorama: Lucida) -> None:
    job = panorama.show_light()
    light = panorama.ask(f"/api/result/{job}/report.json")["lights"][0]
    name = light["kind"].capitalize()
    put(panorama, {f"{name} azimuth in °": "10", f"{name} altitude in °": "5"})
    handle = panorama.page.get_by_role("button", name=f"The {light['kind']}, azimuth")
    handle.focus()
    panorama.page.keyboard.press("Shift+ArrowRight")
    panorama.page.keyboard.press("ArrowUp")
    azimuth = panorama.page.get_by_role("textbox", name=f"{name} azimuth in °")
    altitude = panorama.page.get_by_role("textbox", name=f"{name} altitude in °")
    expect(azimuth).to_have_value("20")
    expect(altitude).to_have_value("6")
    box = handle.bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    panorama.page.mouse.move(x, y)
    panorama.page.mouse.down()
    panorama.page.mouse.move(x - 120, y + 60, steps=4)
    panorama.page.mouse.up()
    assert float(azimuth.input_value()) < 15
    assert float(altitude.input_value()) < 3


def test_changes_are_rendered_into_a_new_result(panorama: Lucida) -> None:
    first = panorama.show_light()
    light = panorama.ask(f"/api/result/{first}/report.json")["lights"][0]
    name = light["kind"].capitalize()
    put(panorama, {"Turn in °": "30", "Roll in °": "4", "Map gain in EV": "-1"})
    put(panorama, {f"{name} azimuth in °": "5", f"{name} altitude in °": "8", f"{name} power in EV": "1"})
    turned, view = spheres(panorama), panorama.picture(panorama.panorama)
    panorama.page.get_by_role("button", name="Render with these changes").click()
    expect(panorama.page.get_by_role("region", name="History").get_by_role("listitem")).to_have_count(2)
    panorama.wait_until_done()
    assert panorama.chosen != first
    panorama.wait_until_lit()
    expect(panorama.viewer).to_have_attribute("data-panorama", panorama.jobs()[0]["preview_url"])
    expect(panorama.page.get_by_role("button", name="Render with these changes")).to_be_disabled()
    rendered = panorama.ask(f"/api/result/{panorama.chosen}/report.json")["lights"][0]
    assert abs(rendered["azimuth_deg"] - 5) < 1
    assert abs(rendered["altitude_deg"] - 8) < 1
    # What was seen while changing is what was rendered.
    assert np.abs(spheres(panorama) - turned).mean() < 6
    assert np.abs(panorama.picture(panorama.panorama) - view).mean() < 16


def test_exposure_is_found_for_a_card_on_the_ground(panorama: Lucida) -> None:
    panorama.show_light()
    panorama.page.get_by_role("button", name="Auto expose").click()
    exposure = float(panorama.page.get_by_role("textbox", name="Exposure in EV").input_value())
    values = panorama.page.locator("dl").filter(has_text="Card on the ground").locator("dd")
    card = float(values.first.inner_text().replace("\u202f", ""))
    assert abs(card * 2**exposure - 0.45) < 0.03
