"""Pictures that are kept, on the page: searched, made again, deleted, downloaded, each user's own."""

from __future__ import annotations

import io
import re
import zipfile
from pathlib import Path

import httpx
from browser.page_driver import JOB_SECONDS, Lucida
from browser.pictures_driver import Pictures
from browser.test_sign_in import asked, new_user
from PIL import Image
from playwright.sync_api import expect

UNUSABLE = "Failed to load resource"


def test_gallery_is_endless_newest_first_and_searched(pictures: Pictures) -> None:
    for n in range(4):
        pictures.paint(f"a hill, number {n}", n=10, size="64x64")
    pictures.paint("Übermut at the sea", size="64x64")
    pictures.open()
    page = pictures.page
    expect(pictures.painted).to_have_attribute("alt", "Übermut at the sea")
    expect(pictures.tiles).to_have_count(40)
    expect(pictures.tiles.first).to_have_accessible_name("Übermut at the sea")
    pictures.tiles.last.scroll_into_view_if_needed()
    expect(pictures.tiles).to_have_count(41)
    assert len({tile.get_attribute("aria-label") for tile in pictures.tiles.all()}) == 5
    page.wait_for_function("() => document.querySelector('.gallery li img').naturalWidth > 0")
    asked: list[str] = []
    page.on("request", lambda request: "history" in request.url and asked.append(request.url))
    page.get_by_role("searchbox", name="Search pictures").press_sequentially("übermut", delay=30)
    expect(pictures.tiles).to_have_count(1)
    assert [url.rpartition("search=")[2] for url in asked] == ["%C3%BCbermut"], "each letter was searched for"
    page.get_by_role("searchbox").fill("nowhere")
    expect(page.get_by_text("No prompt holds “nowhere”.")).to_be_visible()
    page.get_by_role("searchbox").fill("")
    expect(pictures.tiles).to_have_count(40)


def test_settings_of_a_picture_make_it_again_and_variations_do_not(pictures: Pictures) -> None:
    fields = {"seed": 77, "steps": 12, "cfg_scale": 4, "sampler": "DDIM", "negative_prompt": "snow"}
    (first,) = pictures.paint("a lake in the mountains", **fields)
    pictures.open()
    panel = pictures.settings
    pictures.press("Reuse settings")
    expect(pictures.prompt).to_have_value("a lake in the mountains")
    expect(pictures.prompt).to_be_focused()
    expect(panel.get_by_role("textbox", name="Seed")).to_have_value("77")
    expect(panel.get_by_role("textbox", name="Negative prompt")).to_have_value("snow")
    expect(panel.locator(".size")).to_have_text("128 × 96")
    pictures.press("Generate")
    expect(pictures.tiles).to_have_count(2, timeout=JOB_SECONDS)
    pictures.wait_until_painted()
    again, before = pictures.kept()
    assert before["id"] == first
    for name in ("prompt", "negativePrompt", "width", "height", "modelUsed"):
        assert again[name] == before[name]
    assert {**again["parameters"], "notes": None} == {**before["parameters"], "notes": None}
    assert pictures.file(again).tobytes() == pictures.file(before).tobytes()

    pictures.press("Variations")
    pictures.wait_until_painted(4)
    varied = pictures.kept()[:4]
    assert {image["prompt"] for image in varied} == {"a lake in the mountains"}
    seeds = [image["parameters"]["seed"] for image in reversed(varied)]
    assert 77 not in seeds
    assert [(seed - seeds[0]) % 2**32 for seed in seeds] == [0, 1, 2, 3]
    for name in ("steps", "cfgScale", "sampler"):
        assert {image["parameters"][name] for image in varied} == {before["parameters"][name]}
    pictures.page.locator(".canvas button:has(img)").nth(2).click()
    expect(pictures.about).to_contain_text(str(seeds[2]))
    pictures.press("All 4")
    expect(pictures.painted).to_have_count(4)


def test_pictures_are_deleted_after_one_question(pictures: Pictures) -> None:
    pictures.paint("a lake", n=4)
    pictures.open()
    page = pictures.page
    expect(pictures.tiles).to_have_count(4)
    newest, second, third, oldest = (image["id"] for image in pictures.kept())
    dialog = page.get_by_role("dialog")
    pictures.press("Delete")
    expect(dialog).to_contain_text("Delete this picture?")
    dialog.get_by_role("button", name="Keep").click()
    expect(dialog).to_be_hidden()
    pictures.press("Delete")
    dialog.get_by_role("button", name="Delete").click()
    expect(pictures.tiles).to_have_count(3)
    expect(pictures.painted).to_have_attribute("src", re.compile(second))
    pictures.press("Select")
    pictures.tiles.nth(0).click()
    pictures.tiles.nth(2).click()
    expect(page.get_by_text("2 selected")).to_be_visible()
    page.get_by_role("group", name="Selected pictures").get_by_role("button", name="Delete").click()
    expect(dialog).to_contain_text("Delete 2 pictures?")
    dialog.get_by_role("button", name="Delete").click()
    expect(pictures.tiles).to_have_count(1)
    expect(pictures.painted).to_have_attribute("src", re.compile(third))
    assert [image["id"] for image in pictures.kept()] == [third]
    for gone in (newest, second, oldest):
        assert httpx.get(f"{pictures.address}/api/images/{gone}/").status_code == 404


def test_pictures_are_downloaded_one_by_one_and_together(pictures: Pictures) -> None:
    pictures.paint("a lake, a hill", n=3)
    pictures.open()
    page = pictures.page
    expect(pictures.tiles).to_have_count(3)
    with page.expect_download() as one:
        page.get_by_role("link", name="Download").click()
    assert re.fullmatch(r"a-lake-a-hill-[0-9a-f]{8}\.png", one.value.suggested_filename)
    with Image.open(Path(one.value.path())) as picture:
        assert picture.size == (128, 96)
        assert "a lake, a hill" in picture.info["parameters"]
    pictures.press("Select")
    chosen = page.get_by_role("group", name="Selected pictures")
    expect(chosen.get_by_role("button", name="Download")).to_be_disabled()
    pictures.tiles.first.click()
    with page.expect_download() as alone:
        chosen.get_by_role("button", name="Download").click()
    assert alone.value.suggested_filename == one.value.suggested_filename
    chosen.get_by_role("button", name="All").click()
    with page.expect_download() as all_of_them:
        chosen.get_by_role("button", name="Download").click()
    assert all_of_them.value.suggested_filename == "lucida-3-pictures.zip"
    with zipfile.ZipFile(all_of_them.value.path()) as archive:
        assert archive.testzip() is None
        assert one.value.suggested_filename in archive.namelist()
        assert len(archive.namelist()) == 3
        for name in archive.namelist():
            assert Image.open(io.BytesIO(archive.read(name))).size == (128, 96)
    pictures.press("Done")
    expect(chosen).to_be_hidden()


def test_users_see_their_own_pictures_and_hear_when_they_have_had_enough(guarded: Lucida, tmp_path: Path) -> None:
    guarded.expected = lambda text: UNUSABLE in text
    page, address = guarded.page, guarded.address
    tokens = {name: new_user(tmp_path, name) for name in ("anna", "bob")}

    def ask(name: str, prompt: str, prefer: str = "") -> httpx.Response:
        headers = {"Authorization": f"Bearer {tokens[name]}", "Prefer": prefer}
        body = {"prompt": prompt, "model": "draft", "size": "64x64"}
        url = f"{address}/v1/images/generations"
        return httpx.post(url, json=body, headers=headers, timeout=120).raise_for_status()

    for name in tokens:
        ask(name, f"a lake for {name}")
    page.goto(f"{address}/images")
    asked(guarded).fill(tokens["anna"])
    page.keyboard.press("Enter")
    tiles = page.get_by_role("list", name="Pictures").get_by_role("button")
    expect(tiles).to_have_count(1)
    expect(tiles).to_have_accessible_name("a lake for anna")
    prompt = page.get_by_role("textbox", name="Prompt", exact=True)
    prompt.fill("a secret of anna's")
    with guarded.standing_still():
        for _ in range(2):
            ask("anna", "a hill", "respond-async")
        page.keyboard.press("Enter")
        expect(page.get_by_role("alert")).to_have_text(
            "2 of your images are in the making; ask again when one is done."
        )
        expect(prompt).to_have_value("a secret of anna's")
    page.get_by_role("button", name="Sign out anna").click()
    asked(guarded).fill(tokens["bob"])
    page.keyboard.press("Enter")
    expect(tiles).to_have_count(1)
    expect(tiles).to_have_accessible_name("a lake for bob")
    expect(prompt).to_have_value("")
    page.wait_for_function("() => document.querySelector('.canvas img.finished')?.naturalWidth > 0")
