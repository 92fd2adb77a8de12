"""From a photo on the page to a panorama one can look around in."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
from browser.page_driver import JOB_SECONDS, Lucida
from playwright.sync_api import Route, expect


def test_photo_becomes_a_panorama_while_its_progress_is_shown(lucida: Lucida, photo: Path) -> None:
    lucida.open()
    lucida.send(photo)
    lucida.wait_until_done()
    seen = lucida.seen
    percents = [int(text.rstrip("%")) for text in seen["percents"]]
    assert len(set(percents)) >= 3
    assert percents == sorted(percents)
    assert len(set(seen["stages"])) >= 3
    lucida.page.get_by_role("button", name="Log").click()
    log = lucida.page.get_by_role("list", name="Log")
    for stage in ("Loading image", "Projecting into cubemap", "Merging HDR stack"):
        expect(log).to_contain_text(stage)


def test_preview_improves_while_faces_finish(patient: Lucida, photo: Path) -> None:
    patient.open()
    patient.send(photo)
    patient.wait_until_past(15)
    with patient.standing_still():
        expect(patient.viewer).to_have_attribute("data-panorama", re.compile("/preview"))
    patient.wait_until_done()
    final = patient.jobs()[0]["preview_url"]
    expect(patient.viewer).to_have_attribute("data-panorama", final)
    shown = patient.seen["panoramas"]
    assert len(shown) >= 2, "the viewer showed one picture only"
    assert shown[-1] == final


def test_viewer_shows_the_panorama_and_looks_around(panorama: Lucida) -> None:
    panorama.show_light()
    ahead = panorama.picture(panorama.panorama)
    assert ahead.std() > 10, "the viewer is blank"
    panorama.viewer.focus()
    for _ in range(4):
        panorama.page.keyboard.press("ArrowDown")
    panorama.settle()
    below = panorama.picture(panorama.panorama)
    assert np.abs(ahead - below).mean() > 5
    panorama.page.keyboard.press("Home")
    panorama.settle()
    assert np.abs(ahead - panorama.picture(panorama.panorama)).mean() < 2


def test_preview_that_does_not_come_is_said_so_and_asked_for_again(panorama: Lucida) -> None:
    panorama.expected = lambda text: "Failed to load resource" in text or "Failed to fetch" in text
    panorama.page.route("**/preview?*", lambda route: route.abort())
    panorama.show()
    alert = panorama.page.get_by_role("alert").filter(has_text="The preview could not be loaded.")
    expect(alert).to_be_visible()
    panorama.page.unroute_all()
    alert.get_by_role("button", name="Try again").click()
    expect(panorama.viewer).to_have_attribute("data-panorama", panorama.jobs()[0]["preview_url"])
    expect(alert).to_be_hidden()


def test_eye_stays_where_it_looks_when_a_better_preview_comes(patient: Lucida, photo: Path) -> None:
    patient.open()
    patient.send(photo)
    patient.wait_until_past(15)
    with patient.standing_still():
        patient.page.wait_for_selector("[data-panorama]", timeout=JOB_SECONDS)
        patient.viewer.focus()
        for _ in range(6):
            patient.page.keyboard.press("ArrowUp")
        above = patient.viewer.get_attribute("data-panorama")
    patient.wait_until_done()
    expect(patient.viewer).not_to_have_attribute("data-panorama", above or "")
    patient.settle()
    looking_up = patient.picture(patient.panorama)
    patient.page.keyboard.press("Home")
    patient.settle()
    assert np.abs(looking_up - patient.picture(patient.panorama)).mean() > 5


def test_picture_takes_the_viewers_place_when_it_cannot_load(lucida: Lucida, photo: Path) -> None:
    lucida.expected = lambda text: "ERR_FAILED" in text

    def block(route: Route) -> None:
        route.abort()

    lucida.page.route("**/assets/PanoramaViewer-*.js", block)
    lucida.make(photo)
    picture = lucida.page.locator("img.fallback")
    expect(picture).to_have_attribute("src", lucida.jobs()[0]["preview_url"])
    lucida.page.wait_for_function("() => document.querySelector('img.fallback').naturalWidth >= 512")
    assert len(lucida.seen["panoramas"]) >= 2
    assert lucida.picture(picture).std() > 10
    expect(lucida.viewer).to_be_hidden()


def test_picture_takes_the_viewers_place_without_webgl(panorama: Lucida) -> None:
    panorama.expected = lambda text: "WebGL" in text
    panorama.page.add_init_script(
        "const get = HTMLCanvasElement.prototype.getContext;"
        "HTMLCanvasElement.prototype.getContext = function (kind, ...rest) {"
        " return kind.startsWith('webgl') ? null : get.call(this, kind, ...rest) }"
    )
    panorama.show()
    expect(panorama.page.locator("img.fallback")).to_be_visible()
    expect(panorama.page.get_by_text("no WebGL 2")).to_be_visible()


def test_polling_replaces_a_socket_that_never_opens(patient: Lucida, photo: Path) -> None:
    patient.page.add_init_script(
        "window.WebSocket = class { constructor() { setTimeout(() => this.onclose?.(), 0) } close() {} }"
    )
    patient.open()
    patient.send(photo)
    patient.wait_until_past(0)
    with patient.standing_still():
        expect(patient.page.get_by_text("asking every second or so")).to_be_visible()
        for _ in range(3):
            with patient.page.expect_request("**/api/status/**"):
                pass
    patient.wait_until_done()
    expect(patient.viewer).to_have_attribute("data-panorama", patient.jobs()[0]["preview_url"])


def test_downloads_are_what_they_say(panorama: Lucida) -> None:
    panorama.show()
    starts = {
        "Download EXR": b"\x76\x2f\x31\x01",
        "HDR Radiance RGBE": b"#?RADIANCE",
        "Preview": b"\xff\xd8\xff",
        "Backplate full-size JPEG": b"\xff\xd8\xff",
        "Backplate lossless PNG": b"\x89PNG",
        "Report": b"{",
    }
    for name, magic in starts.items():
        with panorama.page.expect_download() as download:
            panorama.page.get_by_role("link", name=name).click()
        assert download.value.failure() is None, (name, download.value.url)
        assert Path(download.value.path()).read_bytes().startswith(magic), name


def test_result_says_what_made_it_and_what_it_took_from_the_photo(panorama: Lucida) -> None:
    job = panorama.show()
    report = panorama.ask(f"/api/result/{job}/report.json")
    about = panorama.page.get_by_role("region", name="About this result")
    for words in (report["engine"], report["engine_reason"], report["licence"], report["scene"]["reason"]):
        expect(about).to_contain_text(words)
    expect(about).to_contain_text(report["camera"]["source"])
    expect(about).to_contain_text(f"{report['camera']['horizontal_fov_deg']:.1f}°")
    for note in report["notes"]:
        expect(about).to_contain_text(note)


def test_page_loads_nothing_from_elsewhere(panorama: Lucida) -> None:
    asked: list[str] = []
    panorama.page.on("request", lambda request: asked.append(request.url))
    panorama.show_light()
    ours = (panorama.address, "blob:", "data:", panorama.address.replace("http", "ws"))
    assert [url for url in asked if not url.startswith(ours)] == []
