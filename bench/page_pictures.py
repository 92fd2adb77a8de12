"""Take the pictures of the page that the README shows: `python bench/page_pictures.py`, with Chromium installed.

`--words` takes only the one of pictures from words, `--clouds` only the one of point clouds, and `--splats scene.ply`
only the one of Gaussians, of a scene that `lucida gaussians train` has made.

Serves a Lucida with an empty data folder, gives it the photo that `lucida demo` renders, and keeps what the browser
shows as docs/images/page-dark.png, page-light.png and page-phone.png; then some words, for pictures-page.jpg; then the
photo and some words again, for clouds-page.jpg.
"""

from __future__ import annotations

import io
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from PIL import Image
from playwright.sync_api import Browser, Page, expect, sync_playwright

IMAGES = Path(__file__).resolve().parents[1] / "docs/images"
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
WEBGL = ["--no-sandbox", "--use-gl=angle", "--use-angle=swiftshader", "--enable-unsafe-swiftshader"]
DESKTOP: dict[str, Any] = {"viewport": {"width": 1440, "height": 900}}
PHONE: dict[str, Any] = {"viewport": {"width": 375, "height": 812}, "is_mobile": True, "has_touch": True}
LARGEST = 400_000  # bytes of a picture
PROMPTS = (
    ("4:3", "a village in the snow in the evening"),
    ("1:1", "a room with a sofa and a lamp"),
    ("2:3", "a starry night over a desert"),
    ("3:2", "a stormy sea with a lighthouse"),
    ("16:9", "a river through green hills"),
    ("1:1", "autumn trees in a forest"),
    ("2:3", "a house by a lake at sunset"),
    ("3:2", "a lake in the mountains at dawn, a boat"),
)

# The last is the one that is shown.
CLOUDS = ("a village in the snow in the evening", "a room with a sofa and a lamp", "a river through green hills, trees")
# All points are there, and each of them is drawn.
ALL_DRAWN = """() => {
  const { points, drawn, still } = document.querySelector('.cloud canvas').dataset
  const busy = document.querySelector('.canvas[aria-busy=true]')
  return !busy && still === 'true' && Number(points) > 1e5 && points === drawn
}"""


@contextmanager
def served(data: Path) -> Iterator[str]:
    """A server of its own; its address."""
    environment = {**os.environ, "LUCIDA_DATA_DIR": str(data)}
    command = [str(Path(sys.executable).with_name("lucida")), "serve", "--port", "0"]
    process = subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True)
    assert process.stderr is not None
    for line in process.stderr:
        if match := re.search(r"Lucida serves (http\S+)", line):
            break
    else:
        raise SystemExit("lucida serve did not start")
    try:
        yield match[1]
    finally:
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=30)


def finished(page: Page) -> None:
    """Until the panorama and its light are there and drawn."""
    expect(page.get_by_role("link", name="Download EXR")).to_be_visible(timeout=300_000)
    expect(page.locator(".spheres[data-lit=true]")).to_be_visible(timeout=60_000)
    page.wait_for_timeout(2000)


def keep(page: Page, name: str) -> None:
    """Write what the page looks like in as few colours as the size asks for."""
    picture = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
    for colours in (256, 192, 128, 96, 64):
        file = io.BytesIO()
        palette = picture.quantize(colours, kmeans=3)
        picture.quantize(palette=palette, dither=Image.Dither.FLOYDSTEINBERG).save(file, "PNG", optimize=True)
        if file.tell() <= LARGEST:
            break
    IMAGES.mkdir(exist_ok=True)
    (IMAGES / name).write_bytes(file.getvalue())
    print(f"{name}  {file.tell() // 1000} kB")


def take(browser: Browser, address: str, photo: Path) -> None:
    """All three pictures, the dark one of a page that has just made the panorama."""
    page = browser.new_context(color_scheme="dark", **DESKTOP).new_page()
    page.goto(address)
    page.get_by_label("Photos").set_input_files(str(photo))
    finished(page)
    keep(page, "page-dark.png")
    for name, scheme, screen in (("page-light.png", "light", DESKTOP), ("page-phone.png", "dark", PHONE)):
        again = browser.new_context(color_scheme=scheme, **screen).new_page()
        again.goto(page.url)
        finished(again)
        if screen is PHONE:
            again.locator(".panorama").scroll_into_view_if_needed()
            again.evaluate("() => document.querySelector('.panorama').scrollIntoView()")
            again.wait_for_timeout(500)
        keep(again, name)


def take_pictures_from_words(browser: Browser, address: str) -> None:
    """The page of pictures from words, with a few in its gallery."""
    page = browser.new_context(color_scheme="dark", **DESKTOP).new_page()
    page.goto(f"{address}/images")
    page.get_by_role("textbox", name="Seed").fill("2092930882")
    for shape, prompt in PROMPTS:
        page.get_by_role("button", name=shape, exact=True).click()
        page.get_by_role("textbox", name="Prompt", exact=True).fill(prompt)
        page.get_by_role("button", name="Generate").click()
        shown = page.locator(f'.canvas img.finished[alt="{prompt}"]')
        expect(shown).to_be_visible(timeout=120_000)
    page.mouse.move(700, 60)
    page.wait_for_timeout(1500)
    keep_jpeg(page, "pictures-page.jpg")


def keep_jpeg(page: Page, name: str) -> None:
    """As `keep`, for a page that is full of pictures."""
    picture = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
    picture.save(IMAGES / name, quality=88, optimize=True, progressive=True)
    print(f"{name}  {(IMAGES / name).stat().st_size // 1000} kB")


def take_clouds(browser: Browser, address: str, photo: Path) -> None:
    """The page of point clouds, seen a little from the side."""
    page = browser.new_context(color_scheme="dark", **DESKTOP).new_page()
    page.goto(f"{address}/clouds")
    history = page.get_by_role("list", name="Point clouds").get_by_role("listitem")
    page.get_by_label("Picture", exact=True).set_input_files(str(photo))
    page.get_by_role("button", name="Make").click()
    expect(page.get_by_role("link", name="Download cloud.bin")).to_be_visible(timeout=300_000)
    page.get_by_role("textbox", name="Seed").fill("7")
    for count, words in enumerate(CLOUDS, 2):
        page.get_by_role("textbox", name="Prompt", exact=True).fill(words)
        page.get_by_role("button", name="Make").click()
        expect(page.locator(".caption")).to_contain_text(words, timeout=300_000)
        expect(history).to_have_count(count)
        page.wait_for_function(ALL_DRAWN, timeout=300_000)
    page.locator(".cloud canvas").focus()
    for key in ("ArrowRight", "ArrowUp", "+"):
        page.keyboard.press(key)
    page.locator(".cloud canvas").blur()
    page.mouse.move(700, 60)
    page.wait_for_timeout(500)
    page.wait_for_function(ALL_DRAWN, timeout=300_000)
    page.wait_for_timeout(1500)
    keep_jpeg(page, "clouds-page.jpg")


# The scene has been read, sorted and drawn.
SPLATS_DRAWN = """() => document.querySelector('.canvas[aria-busy=false]')
  && document.querySelector('.splats[data-shown=true] canvas')?.dataset.still === 'true'"""


def take_splats(browser: Browser, address: str, scene: Path) -> None:
    """The page of Gaussians, a little from above."""
    page = browser.new_context(color_scheme="dark", **DESKTOP).new_page()
    page.goto(f"{address}/splats")
    page.get_by_label("Scene", exact=True).set_input_files(str(scene))
    page.wait_for_function(SPLATS_DRAWN, timeout=120_000)
    page.locator(".splats canvas").focus()
    for key in ["ArrowRight"] * 3 + ["ArrowUp"] * 4:
        page.keyboard.press(key)
    page.locator(".splats canvas").blur()
    page.mouse.move(700, 60)
    page.wait_for_timeout(1500)
    page.wait_for_function(SPLATS_DRAWN, timeout=120_000)
    keep_jpeg(page, "splats-page.jpg")


def main() -> None:
    """Serve, make, look, keep."""
    from lucida.hdri.demo import write_demo_photo

    if CHROMIUM is None:
        raise SystemExit("Chromium is not installed (Debian: apt install chromium).")
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        photo = Path(folder) / "evening.jpg"
        write_demo_photo(photo)
        with served(Path(folder) / "data") as address, sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=CHROMIUM, args=WEBGL)
            only = set(sys.argv[1:])
            if not only:
                take(browser, address, photo)
            if not only or "--words" in only:
                take_pictures_from_words(browser, address)
            if not only or "--clouds" in only:
                take_clouds(browser, address, photo)
            if "--splats" in only:
                take_splats(browser, address, Path(sys.argv[sys.argv.index("--splats") + 1]))
            browser.close()


if __name__ == "__main__":
    main()
