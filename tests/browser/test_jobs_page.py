"""Many jobs, jobs that are stopped, jobs that fail, and pages that are left."""

from __future__ import annotations

from pathlib import Path

import httpx
from browser.page_driver import JOB_SECONDS, Lucida
from playwright.sync_api import expect


def test_cancel_stops_the_job(patient: Lucida, photo: Path) -> None:
    patient.open()
    patient.send(photo)
    patient.wait_until_past(0)
    patient.page.locator(".job").get_by_role("button", name="Cancel").click()
    expect(patient.page.locator(".job").get_by_text("Cancelled.")).to_be_visible(timeout=JOB_SECONDS)
    expect(patient.page.get_by_role("progressbar", name="Progress")).to_be_hidden()
    (job,) = patient.jobs()
    assert job["status"] == "cancelled"
    assert job["hdr_url"] is None


def test_reload_in_the_middle_loses_nothing(patient: Lucida, photo: Path) -> None:
    patient.open()
    patient.send(photo)
    patient.wait_until_past(5)
    with patient.standing_still():
        before, job = patient.progress, patient.chosen
        patient.page.reload()
        expect(patient.page.locator(".percent")).not_to_be_empty()
        assert patient.chosen == job
        assert patient.progress >= before
        patient.page.get_by_role("button", name="Log").click()
        expect(patient.page.get_by_role("list", name="Log")).to_contain_text("Loading image")
    patient.wait_until_done()
    assert [row["id"] for row in patient.jobs()] == [job]
    expect(patient.viewer).to_have_attribute("data-panorama", patient.jobs()[0]["preview_url"])


def test_socket_that_breaks_is_opened_again_where_it_was(patient: Lucida, photo: Path) -> None:
    patient.page.add_init_script(
        "window.sockets = [];"
        "window.WebSocket = class extends WebSocket { constructor(url) { super(url); window.sockets.push(this) } }"
    )
    patient.open()
    patient.send(photo)
    patient.wait_until_past(5)
    with patient.standing_still():
        patient.page.evaluate("() => window.sockets[0].close()")
        patient.page.wait_for_function("() => window.sockets.length >= 2", timeout=JOB_SECONDS)
    assert not patient.page.evaluate("() => window.sockets[1].url").endswith("after=0")
    patient.wait_until_done()
    assert len(patient.page.evaluate("() => window.sockets")) == 2
    percents = [int(text.rstrip("%")) for text in patient.seen["percents"]]
    assert percents == sorted(percents)


def test_another_page_sees_the_same_job(patient: Lucida, photo: Path) -> None:
    patient.open()
    patient.send(photo)
    expect(patient.page.locator(".percent")).not_to_be_empty(timeout=JOB_SECONDS)
    other = Lucida(patient.page.context.new_page(), patient.address, patient.server)
    other.open(f"/#job={patient.chosen}")
    other.wait_until_done()
    patient.wait_until_done()
    assert other.complaints == []
    other.page.close()


def test_bad_file_is_answered_with_the_servers_sentence(lucida: Lucida, tmp_path: Path) -> None:
    lucida.expected = lambda text: "Failed to load resource" in text
    bad = tmp_path / "holiday.heic"
    bad.write_bytes(b"this is no picture, whatever its name says" * 50)
    lucida.open()
    with lucida.page.expect_response("**/api/upload") as answer:
        lucida.send(bad)
    assert 400 <= answer.value.status < 500
    alert = lucida.page.get_by_role("alert")
    expect(alert).to_contain_text("holiday.heic")
    expect(alert).to_contain_text(answer.value.json()["detail"])
    assert lucida.jobs() == []
    alert.get_by_role("button", name="Close").click()
    expect(alert).to_be_hidden()


def test_bad_file_among_good_ones_stops_only_itself(
    lucida: Lucida, photo: Path, another_photo: Path, tmp_path: Path
) -> None:
    lucida.expected = lambda text: "Failed to load resource" in text
    bad = tmp_path / "empty.jpg"
    bad.write_bytes(b"")
    lucida.open()
    lucida.send(bad, photo)
    expect(lucida.page.get_by_role("alert")).to_contain_text("empty.jpg")
    lucida.wait_until_done()
    assert [row["title"] for row in lucida.jobs()] == ["evening.jpg"]
    lucida.send(bad, another_photo)
    expect(lucida.page.get_by_role("heading", name="morning.jpg")).to_be_visible(timeout=JOB_SECONDS)


def test_several_photos_wait_for_each_other_and_all_finish(patient: Lucida, photo: Path, another_photo: Path) -> None:
    patient.open()
    patient.send(photo, another_photo)
    history = patient.page.get_by_role("region", name="History").get_by_role("listitem")
    patient.page.wait_for_function("() => document.querySelectorAll('.history li').length === 2")
    with patient.standing_still():
        expect(patient.page.locator(".percent")).not_to_be_empty()
        expect(history.filter(has_text="waiting, 1 before it")).to_have_count(1)
    expect(history.filter(has_text="draft")).to_have_count(2, timeout=JOB_SECONDS)
    for name in ("evening.jpg", "morning.jpg"):
        history.get_by_role("button", name=name, exact=False).first.click()
        patient.wait_until_done()
    titles = {row["title"] for row in patient.jobs() if row["status"] == "done"}
    assert titles == {"evening.jpg", "morning.jpg"}


def test_deleted_job_is_gone_with_its_files(lucida: Lucida, photo: Path) -> None:
    job = lucida.make(photo)
    lucida.wait_until_loaded()
    lucida.page.get_by_role("button", name="Delete evening.jpg").click()
    expect(lucida.page.get_by_role("region", name="History")).to_be_hidden()
    assert lucida.jobs() == []
    answer = lucida.page.request.get(f"{lucida.address}/api/result/{job}/hdr")
    assert answer.status == 404
    assert lucida.chosen == ""


def test_dropped_photo_is_taken_anywhere_on_the_page(lucida: Lucida, photo: Path) -> None:
    lucida.open()
    lucida.page.evaluate(
        """async ([bytes, name]) => {
          const transfer = new DataTransfer()
          transfer.items.add(new File([new Uint8Array(bytes)], name, { type: 'image/jpeg' }))
          const picture = document.querySelector('.panorama')
          for (const kind of ['dragenter', 'dragover', 'drop'])
            picture.dispatchEvent(new DragEvent(kind, { dataTransfer: transfer, bubbles: true, cancelable: true }))
        }""",
        [list(photo.read_bytes()), photo.name],
    )
    lucida.wait_until_done()
    assert [row["title"] for row in lucida.jobs()] == [photo.name]


def test_scene_that_was_chosen_is_the_one_that_is_made(lucida: Lucida, photo: Path) -> None:
    lucida.open()
    lucida.page.get_by_role("group", name="Scene type").get_by_role("button", name="Night").click()
    lucida.send(photo)
    lucida.wait_until_done()
    assert lucida.jobs()[0]["params"]["scene_type"] == "night"
    expect(lucida.page.get_by_role("region", name="About this result")).to_contain_text("night")


def test_pictures_from_words_do_not_stand_among_the_panoramas(lucida: Lucida, photo: Path) -> None:
    body = {"prompt": "a lake", "model": "draft", "size": "64x64"}
    answer = httpx.post(f"{lucida.address}/v1/images/generations", json=body, timeout=120)
    assert answer.status_code == 200
    lucida.open()
    lucida.send(photo)
    lucida.wait_until_done()
    assert {row["kind"] for row in lucida.jobs()} == {"hdri", "image"}
    lucida.page.reload()
    history = lucida.page.get_by_role("region", name="History").get_by_role("listitem")
    expect(history).to_have_count(1)
    expect(history).to_contain_text("evening.jpg")
