"""A real server with a data folder of its own, and a real Chromium in front of it."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

import httpx
import numpy as np
import pytest
from browser.clouds_driver import Clouds
from browser.page_driver import JOB_SECONDS, Lucida
from browser.pictures_driver import Pictures
from browser.refusing import refusing
from browser.splats_driver import Splats
from PIL import Image, ImageFilter
from playwright.sync_api import Browser, Playwright, expect, sync_playwright

from lucida.web import is_built

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
# Headless, silent, and drawing WebGL on the processor.
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--use-gl=angle",
    "--use-angle=swiftshader",
    "--enable-unsafe-swiftshader",
    # A microphone that is always allowed and hears a beep each second.
    "--use-fake-ui-for-media-stream",
    "--use-fake-device-for-media-stream",
]
START_SECONDS = 120
DESKTOP: dict[str, object] = {"viewport": {"width": 1440, "height": 900}}
SMALL: dict[str, object] = {"viewport": {"width": 1200, "height": 400}}
PHONE: dict[str, object] = {
    "viewport": {"width": 375, "height": 812},
    "has_touch": True,
    "is_mobile": True,
    "device_scale_factor": 2,
}
_NO_LIMITS = {"LUCIDA_IMAGES_PER_HOUR": "0", "LUCIDA_IMAGES_AT_ONCE": "0"}

# What is drawn on the processor, beside a job that takes all of it, comes late.
expect.set_options(timeout=30_000)

Serve = Callable[..., str]
Tab = TypeVar("Tab", bound=Lucida)

_said: dict[str, list[str]] = {}  # what each server wrote, by its address
_pids: dict[str, int] = {}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    for item in items:
        if item.path.is_relative_to(here):
            item.add_marker(pytest.mark.browser)


# No longer than a module: while it is there an event loop counts as running, and Django refuses to reach rows.
@pytest.fixture(scope="module")
def _playwright() -> Iterator[Playwright]:
    with sync_playwright() as playwright:
        yield playwright


@pytest.fixture(scope="module")
def browser(_playwright: Playwright) -> Iterator[Browser]:
    """Chromium as the system has it."""
    if CHROMIUM is None:
        pytest.fail("no Chromium on this machine: ./test.sh installs it, ./test.sh --fast leaves these tests out")
    browser = _playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
    yield browser
    browser.close()


@pytest.fixture(scope="session")
def serve(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serve]:
    """Starts a server whose panoramas are this wide, once for each width and settings; its address."""
    if not is_built():
        pytest.fail("the pages are not built: run ./test.sh, or npm ci && npm run build in web/")
    running: dict[tuple[object, ...], tuple[subprocess.Popen[str], str]] = {}

    def start(width: int, **settings: str) -> str:
        kind = (width, *sorted(settings.items()))
        if kind not in running:
            running[kind] = _start(tmp_path_factory.mktemp("served"), width, **settings)
        return running[kind][1]

    yield start
    for process, _ in running.values():
        process.send_signal(signal.SIGINT)
    for process, _ in running.values():
        process.wait(30)
        if process.stderr is not None:
            process.stderr.close()


def _start(data: Path, width: int, **settings: str) -> tuple[subprocess.Popen[str], str]:
    environment = {
        **os.environ,
        "LUCIDA_DATA_DIR": str(data),
        "LUCIDA_PANORAMA_WIDTH": str(width),
        "LUCIDA_PANORAMA_HEIGHT": str(width // 2),
        "LUCIDA_CUBE_RES": str(width // 4),
        "LUCIDA_LEASE_SECONDS": "300",  # tests make workers stand still
        **settings,
    }
    process = subprocess.Popen(
        [str(Path(sys.executable).with_name("lucida")), "serve", "--port", "0"],
        env=environment,
        stderr=subprocess.PIPE,
        text=True,
    )
    address: list[str] = []
    said: list[str] = []
    found = threading.Event()

    def read() -> None:
        assert process.stderr is not None
        for line in process.stderr:
            said.append(line)
            if match := re.search(r"Lucida serves (http\S+)", line):
                address.append(match[1])
                found.set()
        found.set()

    threading.Thread(target=read, daemon=True).start()
    found.wait(START_SECONDS)
    if not address:
        process.kill()
        pytest.fail("lucida serve did not start:\n" + "".join(said))
    _said[address[0]], _pids[address[0]] = said, process.pid
    return process, address[0]


@pytest.fixture
def guarded(browser: Browser, tmp_path: Path) -> Iterator[Lucida]:
    """A page on a server that asks for tokens; its data folder is the test's."""
    process, address = _start(tmp_path, 256, LUCIDA_AUTH="token")
    context = browser.new_context(**DESKTOP)
    lucida = Lucida(context.new_page(), address, process.pid)
    yield lucida
    context.close()
    process.send_signal(signal.SIGINT)
    process.wait(30)
    assert process.stderr is not None
    process.stderr.close()
    assert lucida.complaints == [], "the server said:\n" + "".join(_said[address][-30:])


@pytest.fixture(scope="session")
def photo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A field under an evening sky with the sun in it, as a phone with a 26 mm lens would keep it."""
    return _photo(tmp_path_factory.mktemp("photos") / "evening.jpg", seed=4)


@pytest.fixture(scope="session")
def another_photo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return _photo(tmp_path_factory.mktemp("photos") / "morning.jpg", seed=5)


def _photo(path: Path, seed: int) -> Path:
    width, height = 800, 600
    noise = np.random.default_rng(seed).random((height, width))
    soft = np.asarray(Image.fromarray((noise * 255).astype(np.uint8)).filter(ImageFilter.GaussianBlur(6)), float)
    texture = (soft - soft.mean()) / soft.std()
    row = np.linspace(0, 1, height)[:, None, None]
    sky = np.array([70, 110, 180]) * (1 - row) + np.array([250, 215, 170]) * row
    ground = np.array([92, 84, 52]) * (1.2 - 0.5 * row)
    picture = np.where(row < 0.55, sky + 5 * texture[..., None], ground + 14 * texture[..., None])
    y, x = np.mgrid[:height, :width]
    picture[(y - 150) ** 2 + (x - 560) ** 2 < 22**2] = 255
    exif = Image.Exif()
    exif[0x010F], exif[0x0110] = "Lucida", "Test camera"
    exif.get_ifd(0x8769)[0xA405] = 26  # FocalLengthIn35mmFilm
    Image.fromarray(np.clip(picture, 0, 255).astype(np.uint8)).save(path, quality=92, exif=exif)
    return path


@pytest.fixture
def lucida(browser: Browser, serve: Serve) -> Iterator[Lucida]:
    """A page on a server whose jobs take a few seconds; what the page complained of fails the test."""
    yield from _page(Lucida, browser, serve(1024), DESKTOP)


@pytest.fixture(scope="session")
def finished(serve: Serve, photo: Path) -> tuple[str, str]:
    """A server with one finished panorama, which the tests that only look at it share; its address and the job."""
    address = serve(1028)
    with httpx.Client(base_url=address, timeout=60) as client:
        files = {"file": (photo.name, photo.read_bytes(), "image/jpeg")}
        job: str = client.post("/api/upload", files=files).raise_for_status().json()["job_id"]
        give_up = time.monotonic() + JOB_SECONDS / 1000
        while (status := client.get(f"/api/status/{job}").json())["status"] != "done":
            assert status["status"] != "error", status
            assert time.monotonic() < give_up, status
            time.sleep(0.1)
    return address, job


@pytest.fixture
def panorama(browser: Browser, finished: tuple[str, str]) -> Iterator[Lucida]:
    """A page that shows the finished panorama and its light; the result stays when the test is over."""
    address, job = finished
    yield from _page(Lucida, browser, address, DESKTOP, keep=job)


@pytest.fixture
def patient(browser: Browser, serve: Serve) -> Iterator[Lucida]:
    """A page on a server whose jobs take long enough to be watched and stopped."""
    yield from _page(Lucida, browser, serve(4096), DESKTOP)


@pytest.fixture
def phone(browser: Browser, serve: Serve) -> Iterator[Lucida]:
    """The page on a phone."""
    yield from _page(Lucida, browser, serve(1024), PHONE)


@pytest.fixture
def pictures(browser: Browser, serve: Serve) -> Iterator[Pictures]:
    """The page of pictures from words on a server that has none yet and paints as many as are asked for."""
    yield from _page(Pictures, browser, serve(256, **_NO_LIMITS), DESKTOP)


@pytest.fixture
def pictures_phone(browser: Browser, serve: Serve) -> Iterator[Pictures]:
    """The same on a phone."""
    yield from _page(Pictures, browser, serve(256, **_NO_LIMITS), PHONE)


@pytest.fixture
def clouds(browser: Browser, serve: Serve) -> Iterator[Clouds]:
    """The page of point clouds on a server that has none yet."""
    yield from _page(Clouds, browser, serve(256, **_NO_LIMITS), DESKTOP)


@pytest.fixture
def small_clouds(browser: Browser, serve: Serve) -> Iterator[Clouds]:
    """The same with a canvas so small that a processor can move it."""
    yield from _page(Clouds, browser, serve(256, **_NO_LIMITS), SMALL)


@pytest.fixture
def clouds_phone(browser: Browser, serve: Serve) -> Iterator[Clouds]:
    """The same on a phone."""
    phone = {**PHONE, "viewport": {"width": 390, "height": 844}}
    yield from _page(Clouds, browser, serve(256, **_NO_LIMITS), phone)


@pytest.fixture
def clouds_with_keys(browser: Browser, serve: Serve) -> Iterator[tuple[Clouds, list[str]]]:
    """The same beside an API like OpenAI's that refuses every key, and the keys that it has seen."""
    with refusing() as (api, keys):
        for tab in _page(Clouds, browser, serve(262, OPENAI_BASE_URL=api), DESKTOP):
            yield tab, keys


@pytest.fixture(scope="session")
def large_cloud(serve: Serve) -> tuple[str, str]:
    """A server with one cloud of half a million points, for the tests that only look at it; its address and the job."""
    address = serve(260)
    body = {"prompt": "a house by a lake, trees", "image_model": "draft", "width": 896, "height": 512, "seed": 3}
    with httpx.Client(base_url=address, timeout=JOB_SECONDS / 1000) as client:
        answer = client.post("/generate", json=body).raise_for_status()
    return address, answer.headers["x-lucida-job"]


@pytest.fixture
def cloud(browser: Browser, large_cloud: tuple[str, str]) -> Iterator[Clouds]:
    """A page that shows that cloud; it stays when the test is over."""
    address, job = large_cloud
    yield from _page(Clouds, browser, address, DESKTOP, keep=job)


@pytest.fixture
def splats(browser: Browser, serve: Serve) -> Iterator[Splats]:
    """The page of Gaussians, its canvas so small that a processor draws it soon."""
    yield from _page(Splats, browser, serve(256, **_NO_LIMITS), SMALL)


@pytest.fixture
def splats_phone(browser: Browser, serve: Serve) -> Iterator[Splats]:
    """The same on a phone."""
    yield from _page(Splats, browser, serve(256, **_NO_LIMITS), {**PHONE, "device_scale_factor": 1})


def _page(kind: type[Tab], browser: Browser, address: str, options: dict[str, object], keep: str = "") -> Iterator[Tab]:
    context = browser.new_context(color_scheme="dark", **options)
    tab = kind(context.new_page(), address, _pids[address])
    yield tab
    tab.remove_jobs(keep)
    context.close()
    assert tab.complaints == [], "the server said:\n" + "".join(_said[tab.address][-30:])
