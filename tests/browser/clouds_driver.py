"""The page of point clouds as a person uses it."""

from __future__ import annotations

import base64
import io
import json
import urllib.request
from pathlib import Path
from typing import Any

import numpy as np
from browser.page_driver import JOB_SECONDS, Lucida
from numpy.typing import NDArray
from PIL import Image
from playwright.sync_api import Locator, expect

# All points that are to come are there, and each of them is drawn.
_COMPLETE = """() => {
  const { points, drawn, still } = document.querySelector('.cloud canvas').dataset
  const busy = document.querySelector('.canvas[aria-busy=true]')
  return !busy && still === 'true' && Number(points) > 0 && points === drawn
}"""

POINTS = 896 * 512  # of the large cloud
BACKGROUND = 12  # of the dark canvas, in red, green and blue

_ALONE = ".cloud > :not(canvas) { visibility: hidden } .cloud canvas { outline: none !important }"

DROP = """([name, type, content]) => {
  const bytes = Uint8Array.from(atob(content), letter => letter.charCodeAt(0))
  const dataTransfer = new DataTransfer()
  dataTransfer.items.add(new File([bytes], name, { type }))
  for (const kind of ['dragenter', 'dragover', 'drop'])
    document.body.dispatchEvent(new DragEvent(kind, { dataTransfer, bubbles: true, cancelable: true }))
}"""


class Clouds(Lucida):
    """One browser tab on the point clouds of one server."""

    def open(self, path: str = "/clouds") -> None:
        self.page.goto(self.address + path)
        expect(self.page.get_by_role("heading", name="New point cloud")).to_be_visible()
        expect(self.page.get_by_text("painter:")).to_be_visible()

    @property
    def prompt(self) -> Locator:
        return self.page.get_by_role("textbox", name="Prompt", exact=True)

    @property
    def canvas(self) -> Locator:
        return self.page.locator(".cloud canvas")

    @property
    def panel(self) -> Locator:
        return self.page.get_by_role("region", name="New point cloud")

    @property
    def history(self) -> Locator:
        return self.page.get_by_role("list", name="Point clouds").get_by_role("listitem")

    @property
    def about(self) -> Locator:
        return self.page.get_by_role("region", name="This point cloud")

    def press(self, name: str) -> None:
        self.page.get_by_role("button", name=name, exact=True).click()

    def choose(self, what: str, engine: str) -> None:
        """Another engine of a step."""
        self.panel.get_by_role("combobox", name=f"{what} engine").click()
        self.page.locator(f'[role=option][data-value="{engine}"]').click()

    def ask_for(self, words: str) -> None:
        """Ask for the cloud of these words; whether it comes is another thing."""
        self.prompt.fill(words)
        self.press("Make")

    def drop(self, file: Path, kind: str = "image/jpeg") -> None:
        """Let a file fall on the page."""
        self.page.evaluate(DROP, [file.name, kind, base64.b64encode(file.read_bytes()).decode()])

    def show_cloud(self, id: str = "") -> None:
        """The page with a cloud that is there already, all of it drawn."""
        self.open(f"/clouds#job={id}" if id else "/clouds")
        self.wait_until_shown()

    def wait_until_shown(self) -> None:
        expect(self.page.locator(".cloud[data-shown=true]")).to_be_visible(timeout=JOB_SECONDS)
        self.wait_until_complete()

    def wait_until_complete(self) -> None:
        """Until every point is drawn."""
        self.page.wait_for_function(_COMPLETE, timeout=JOB_SECONDS)
        self.settle()

    def drawing(self) -> dict[str, str]:
        """What the canvas tells of itself."""
        told: dict[str, str] = self.canvas.evaluate("canvas => ({ ...canvas.dataset })")
        return told

    def seen_points(self) -> NDArray[np.float64]:
        """The canvas as it is seen, without what is laid over it, (H, W, 3), 0 to 255."""
        shown = self.canvas.screenshot(style=_ALONE)
        return np.asarray(Image.open(io.BytesIO(shown)).convert("RGB"), np.float64)

    def generate(self, prompt: str, **fields: Any) -> str:
        """A small cloud from the server, past the page; its id."""
        body = {"prompt": prompt, "image_model": "draft", "width": 256, "height": 160, **fields}
        request = urllib.request.Request(
            f"{self.address}/generate",
            data=json.dumps(body).encode(),
            headers={"Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=JOB_SECONDS / 1000) as answer:
            id: str = answer.headers["x-lucida-job"]
        return id

    def kept(self) -> list[dict[str, Any]]:
        """What the server keeps, newest first."""
        generations: list[dict[str, Any]] = self.ask("/generations")["generations"]
        return generations

    def file(self, path: str) -> bytes:
        """What the server has there."""
        with urllib.request.urlopen(self.address + path, timeout=60) as answer:
            content: bytes = answer.read()
        return content


def drawn(picture: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Where there are points."""
    return np.asarray(np.abs(picture - BACKGROUND).max(axis=-1) > 6)


def share_of(picture: NDArray[np.float64], colour: tuple[int, ...]) -> float:
    """How much of the canvas has this colour."""
    return float((np.abs(picture - colour).max(axis=-1) <= 3).mean())


def halves(picture: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The mean colours of the uppermost and the lowest eighth of the rows that hold points."""
    where = drawn(picture)
    rows = np.flatnonzero(where.mean(axis=1) > 0.1)
    eighth = max(1, len(rows) // 8)
    top, bottom = ((picture[part][where[part]]).mean(axis=0) for part in (rows[:eighth], rows[-eighth:]))
    return top, bottom
