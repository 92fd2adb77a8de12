"""The panorama's light on three spheres, and what changes it."""

from __future__ import annotations

from pathlib import Path

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


def test_spheres_stand_in_the_light_of_the_map(lucida: Lucida, photo: Path) -> None:
    lucida.make(photo)
    lucida.wait_until_lit()
    picture = spheres(lucida)
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


def test_exposure_slider_brightens_by_stops(lucida: Lucida, photo: Path) -> None:
    lucida.make(photo)
    lucida.wait_until_lit()
    before = spheres(lucida).mean()
    exposure = lucida.page.get_by_role("region", name="Light").get_by_role("slider", name="Exposure")
    exposure.focus()
    for _ in range(20):
        lucida.page.keyboard.press("ArrowLeft")
    expect(exposure).to_have_attribute("aria-valuetext", "-2.0 EV")
    darker = spheres(lucida).mean()
    assert darker < 0.75 * before


def test_turning_turns_the_viewer_and_the_spheres(lucida: Lucida, photo: Path) -> None:
    lucida.make(photo)
    lucida.wait_until_lit()
    expect(lucida.viewer).to_have_attribute("data-panorama", lucida.jobs()[0]["preview_url"])
    lucida.settle()
    view, lit = lucida.picture(lucida.panorama), spheres(lucida)
    turn = lucida.page.get_by_role("textbox", name="Turn in °")
    turn.fill("120")
    turn.press("Enter")
    assert np.abs(spheres(lucida) - lit).mean() > 2
    assert np.abs(lucida.picture(lucida.panorama) - view).mean() > 2
    lucida.page.get_by_role("button", name="Reset").click()
    assert np.abs(spheres(lucida) - lit).mean() < 1


def test_main_light_moves_in_the_viewer_and_on_the_spheres(lucida: Lucida, photo: Path) -> None:
    job = lucida.make(photo)
    lucida.wait_until_lit()
    expect(lucida.viewer).to_have_attribute("data-panorama", lucida.jobs()[0]["preview_url"])
    light = lucida.ask(f"/api/result/{job}/report.json")["lights"][0]
    name = light["kind"].capitalize()
    handle = lucida.page.get_by_role("button", name=f"The {light['kind']}, azimuth")
    put(lucida, {f"{name} azimuth in °": "-25", f"{name} altitude in °": "-5"})
    expect(handle).to_have_accessible_name(f"The {light['kind']}, azimuth -25°, altitude -5°. Arrow keys move it.")
    put(lucida, {f"{name} power in EV": "4"})
    box, frame = handle.bounding_box(), lucida.panorama.bounding_box()
    assert box is not None
    assert frame is not None
    x, y = int(box["x"] - frame["x"] + box["width"] / 2), int(box["y"] - frame["y"] + box["height"] / 2)
    lucida.page.add_style_tag(content="[aria-label*=azimuth] { opacity: 0 !important }")  # the light, not its handle
    lucida.settle()
    lit = lucida.picture(lucida.panorama)
    remove = lucida.page.get_by_role("checkbox", name=f"Without the {light['kind']}")
    remove.check()
    expect(handle).to_be_hidden()
    lucida.settle()
    there = (slice(y - 1, y + 2), slice(x - 1, x + 2))
    assert lit[there].mean() > lucida.picture(lucida.panorama)[there].mean() + 40
    unlit = spheres(lucida)
    remove.uncheck()
    put(lucida, {f"{name} azimuth in °": "150", f"{name} altitude in °": "40"})  # behind who looks at the spheres
    assert spheres(lucida).mean() > unlit.mean() + 5


def test_main_light_is_moved_by_keys_and_by_dragging(lucida: Lucida, photo: Path) -> None:
    job = lucida.make(photo)
    lucida.wait_until_lit()
    light = lucida.ask(f"/api/result/{job}/report.json")["lights"][0]
    name = light["kind"].capitalize()
    put(lucida, {f"{name} azimuth in °": "10", f"{name} altitude in °": "5"})
    handle = lucida.page.get_by_role("button", name=f"The {light['kind']}, azimuth")
    handle.focus()
    lucida.page.keyboard.press("Shift+ArrowRight")
    lucida.page.keyboard.press("ArrowUp")
    azimuth = lucida.page.get_by_role("textbox", name=f"{name} azimuth in °")
    altitude = lucida.page.get_by_role("textbox", name=f"{name} altitude in °")
    expect(azimuth).to_have_value("20")
    expect(altitude).to_have_value("6")
    box = handle.bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    lucida.page.mouse.move(x, y)
    lucida.page.mouse.down()
    lucida.page.mouse.move(x - 120, y + 60, steps=4)
    lucida.page.mouse.up()
    assert float(azimuth.input_value()) < 15
    assert float(altitude.input_value()) < 3


def test_changes_are_rendered_into_a_new_result(lucida: Lucida, photo: Path) -> None:
    first = lucida.make(photo)
    lucida.wait_until_lit()
    light = lucida.ask(f"/api/result/{first}/report.json")["lights"][0]
    name = light["kind"].capitalize()
    put(lucida, {"Turn in °": "30", "Roll in °": "4", "Map gain in EV": "-1"})
    put(lucida, {f"{name} azimuth in °": "5", f"{name} altitude in °": "8", f"{name} power in EV": "1"})
    turned, view = spheres(lucida), lucida.picture(lucida.panorama)
    lucida.page.get_by_role("button", name="Render with these changes").click()
    expect(lucida.page.get_by_role("region", name="History").get_by_role("listitem")).to_have_count(2)
    lucida.wait_until_done()
    assert lucida.chosen != first
    lucida.wait_until_lit()
    expect(lucida.viewer).to_have_attribute("data-panorama", lucida.jobs()[0]["preview_url"])
    expect(lucida.page.get_by_role("button", name="Render with these changes")).to_be_disabled()
    rendered = lucida.ask(f"/api/result/{lucida.chosen}/report.json")["lights"][0]
    assert abs(rendered["azimuth_deg"] - 5) < 1
    assert abs(rendered["altitude_deg"] - 8) < 1
    # What was seen while changing is what was rendered.
    assert np.abs(spheres(lucida) - turned).mean() < 6
    assert np.abs(lucida.picture(lucida.panorama) - view).mean() < 16


def test_exposure_is_found_for_a_card_on_the_ground(lucida: Lucida, photo: Path) -> None:
    lucida.make(photo)
    lucida.wait_until_lit()
    lucida.page.get_by_role("button", name="Auto expose").click()
    exposure = float(lucida.page.get_by_role("textbox", name="Exposure in EV").input_value())
    values = lucida.page.locator("dl").filter(has_text="Card on the ground").locator("dd")
    card = float(values.first.inner_text().replace("\u202f", ""))
    assert abs(card * 2**exposure - 0.45) < 0.03
