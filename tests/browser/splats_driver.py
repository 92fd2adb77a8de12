"""The page of Gaussians as a person uses it."""

from __future__ import annotations

import base64
import io
from pathlib import Path

import numpy as np
from browser.clouds_driver import DROP
from browser.page_driver import JOB_SECONDS, Lucida
from numpy.typing import NDArray
from PIL import Image
from playwright.sync_api import Download, Locator, expect

# The last picture has been drawn, from what has been sorted for it.
_STILL = """() => document.querySelector('.canvas[aria-busy=false]')
  && document.querySelector('.splats canvas').dataset.still === 'true'"""

_ALONE = ".splats > :not(canvas) { visibility: hidden } .splats canvas { outline: none !important }"


class Splats(Lucida):
    """One browser tab on the page of Gaussians of one server."""

    def open(self, path: str = "/splats") -> None:
        self.page.goto(self.address + path)
        expect(self.page.get_by_role("heading", name="Open a scene")).to_be_visible()
        expect(self.page.get_by_text("painter:")).to_be_attached()

    @property
    def canvas(self) -> Locator:
        return self.page.locator(".splats canvas")

    @property
    def about(self) -> Locator:
        return self.page.get_by_role("region", name="This scene")

    @property
    def problem(self) -> Locator:
        """What stands over the canvas about what did not go as it should."""
        return self.page.locator(".canvas").get_by_role("alert")

    def press(self, name: str) -> None:
        self.page.get_by_role("button", name=name, exact=True).click()

    def choose(self, what: str, value: str) -> None:
        """Another entry of a menu."""
        self.page.get_by_role("combobox", name=what).click()
        self.page.locator(f'[role=option][data-value="{value}"]').click()

    def give(self, file: Path) -> None:
        """Choose a file; whether it can be read is another thing."""
        self.page.get_by_label("Scene", exact=True).set_input_files(str(file))

    def drop(self, file: Path) -> None:
        """Let a file fall on the page."""
        self.page.evaluate(DROP, [file.name, "", base64.b64encode(file.read_bytes()).decode()])

    def show(self, file: Path) -> None:  # type: ignore[override]  # other studios show their newest job
        """The page with a scene, all of it drawn."""
        self.open()
        self.give(file)
        self.wait_until_shown(file.name)

    def wait_until_shown(self, name: str) -> None:
        expect(self.page.locator(".splats[data-shown=true]")).to_be_visible(timeout=JOB_SECONDS)
        expect(self.about).to_contain_text(name)
        self.wait_until_still()

    def wait_until_still(self) -> None:
        """Until nothing more will be drawn."""
        self.settle()
        self.page.wait_for_function(_STILL, timeout=JOB_SECONDS)
        self.settle()

    def keys(self, *keys: str) -> None:
        """Press keys over the canvas."""
        self.canvas.focus()
        for key in keys:
            self.page.keyboard.press(key)
        self.wait_until_still()

    def seen(self) -> NDArray[np.float64]:  # type: ignore[override]  # here pictures count, not texts
        """The canvas as it is seen, without what is laid over it, (H, W, 3), 0 to 255."""
        return picture_of(self.canvas.screenshot(style=_ALONE))

    def saved(self, button: str) -> Download:
        """What comes of a button that saves."""
        with self.page.expect_download(timeout=JOB_SECONDS) as download:
            self.press(button)
        return download.value


def picture_of(content: bytes) -> NDArray[np.float64]:
    return np.asarray(Image.open(io.BytesIO(content)).convert("RGB"), np.float64)


def where(picture: NDArray[np.float64], colour: tuple[int, ...]) -> NDArray[np.float64]:
    """The middle of what has this colour, in shares of the width and height (x, y)."""
    rows, columns = np.nonzero(np.abs(picture - colour).max(-1) <= 40)
    assert len(rows) > 20, f"nothing is {colour}"
    return np.array([columns.mean() / picture.shape[1], rows.mean() / picture.shape[0]])
