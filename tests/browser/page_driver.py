"""The page as a person uses it: what is done and what is seen, each in one place."""

from __future__ import annotations

import io
import json
import re
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import psutil
from numpy.typing import NDArray
from on_disk import can_be_written
from PIL import Image
from playwright.sync_api import ConsoleMessage, Locator, Page, expect
from waiting import wait_until

JOB_SECONDS = 180_000  # ms, on a busy machine

# Notes every text and every panorama that the page showed, from before its first script on.
_WITNESS = """
window.seen = { stages: [], percents: [], panoramas: [] };
new MutationObserver(() => {
  const note = (list, value) => { if (value && list[list.length - 1] !== value) list.push(value) };
  note(seen.stages, document.querySelector('.stage')?.textContent);
  note(seen.percents, document.querySelector('.percent')?.textContent);
  note(seen.panoramas, document.querySelector('[data-panorama]')?.dataset.panorama
    ?? document.querySelector('img.fallback')?.getAttribute('src'));
}).observe(document, { subtree: true, childList: true, characterData: true, attributes: true });
"""


# Of what has the focus; null beyond the last stop, where the whole page has it.
_NAME = """() => {
  const at = document.activeElement
  if (!at || at === document.body) return null
  const by = document.getElementById(at.getAttribute('aria-labelledby'))
  return (by?.textContent ?? at.getAttribute('aria-label') ?? at.labels?.[0]?.textContent ?? at.textContent).trim()
}"""


class Lucida:
    """One browser tab on one server, whose process is `server`."""

    def __init__(self, page: Page, address: str, server: int) -> None:
        self.page, self.address, self.server = page, address, server
        self.complaints: list[str] = []
        self.expected: Callable[[str], bool] = lambda text: False
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("console", self._listen)
        page.add_init_script(_WITNESS)

    def _listen(self, message: ConsoleMessage) -> None:
        if message.type == "error" and not self.expected(message.text):
            self.complaints.append(message.text)

    def open(self, path: str = "/") -> None:
        self.page.goto(self.address + path)
        expect(self.page.get_by_role("heading", name="New panorama")).to_be_visible()
        expect(self.page.get_by_text("painter:")).to_be_visible()

    def send(self, *photos: Path) -> None:
        """Choose photos; they are uploaded at once."""
        self.page.get_by_label("Photos").set_input_files([str(photo) for photo in photos])

    def make(self, photo: Path) -> str:
        """A finished panorama of the photo, chosen; its job's id."""
        self.open()
        self.send(photo)
        self.wait_until_done()
        return self.chosen

    def show(self) -> str:
        """The newest job, which is finished; its id."""
        self.open()
        self.wait_until_done()
        return self.chosen

    def show_light(self) -> str:
        """As `show`, with the panorama in the viewer and the spheres lit."""
        job = self.show()
        self.wait_until_loaded()
        return job

    def wait_until_loaded(self) -> None:
        """Until the page has everything there is of the newest job, and has drawn it."""
        self.wait_until_lit()
        expect(self.viewer).to_have_attribute("data-panorama", re.compile(re.escape(self.jobs()[0]["preview_url"])))
        expect(self.page.get_by_role("region", name="History").locator("img").first).to_be_visible()
        self.settle()

    def wait_until_past(self, percent: int) -> None:
        """Until the job on the page has come further than that."""
        self.page.wait_for_function(
            "percent => parseFloat(document.querySelector('.percent')?.textContent) > percent",
            arg=percent,
            timeout=JOB_SECONDS,
        )

    @contextmanager
    def standing_still(self) -> Iterator[None]:
        """No job gets any further for a block: what is looked at stays as it is, however fast the machine."""
        server = psutil.Process(self.server)
        workers = [child for child in server.children() if "lucida.jobs.worker" in child.cmdline()]
        assert workers
        rows = Path(server.environ()["LUCIDA_DATA_DIR"], "lucida.sqlite3")

        def stopped_between_writes() -> bool:
            for worker in workers:
                worker.suspend()
            if can_be_written(rows):
                return True
            for worker in workers:
                worker.resume()
            return False

        wait_until(stopped_between_writes, "the workers to stand still between two writes")
        try:
            yield
        finally:
            for worker in workers:
                worker.resume()

    def wait_until_done(self) -> None:
        expect(self.page.get_by_role("link", name="Download EXR")).to_be_visible(timeout=JOB_SECONDS)

    def wait_until_lit(self) -> None:
        expect(self.page.locator(".spheres[data-lit=true]")).to_be_visible(timeout=60_000)
        self.settle()

    def tab_comes_to(self, beginnings: list[str]) -> None:
        """From the first stop of the Tab key to the last, what is there has a name that begins so."""
        self.page.evaluate("() => document.activeElement.blur()")
        reached: list[str] = []
        while len(reached) <= len(beginnings):
            self.page.keyboard.press("Tab")
            name = self.page.evaluate(_NAME)
            if name is None:
                break
            reached.append(name)
        assert len(reached) == len(beginnings), reached
        for name, beginning in zip(reached, beginnings, strict=True):
            assert name.startswith(beginning), reached

    def settle(self) -> None:
        """Until what was asked for has been drawn."""
        self.page.evaluate(
            "() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done, 150))))"
        )

    @property
    def chosen(self) -> str:
        return self.page.evaluate("() => new URLSearchParams(location.hash.slice(1)).get('job') ?? ''")

    @property
    def seen(self) -> dict[str, list[str]]:
        return self.page.evaluate("() => window.seen")

    @property
    def progress(self) -> float:
        """Percent, or -1 where no job is running."""
        text = self.page.locator(".percent").text_content() if self.page.locator(".percent").count() else None
        return float(text.rstrip("%")) if text else -1.0

    @property
    def panorama(self) -> Locator:
        return self.page.locator(".panorama")

    @property
    def viewer(self) -> Locator:
        return self.page.get_by_role("application")

    def picture(self, of: Locator) -> NDArray[np.float64]:
        """What a part of the page looks like, (H, W, 3), 0 to 255."""
        return np.asarray(Image.open(io.BytesIO(of.screenshot())).convert("RGB"), np.float64)

    def ask(self, path: str, method: str = "GET") -> Any:
        """What the server says, past the page."""
        request = urllib.request.Request(self.address + path, method=method)
        with urllib.request.urlopen(request, timeout=30) as answer:
            body = answer.read()
        return json.loads(body) if body else None

    def jobs(self) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = self.ask("/api/jobs")["jobs"]
        return rows

    def remove_jobs(self, keep: str = "") -> None:
        """Leave the page, then cancel and delete all jobs but the one to keep."""
        self.expected = lambda text: True  # what was on its way when the page was left is no complaint
        self.page.goto("about:blank")
        for _ in range(600):
            rows = [row for row in self.jobs() if row["id"] != keep]
            if not rows:
                return
            for row in rows:
                try:
                    self.ask(f"/api/jobs/{row['id']}", "DELETE")
                except urllib.error.HTTPError as error:
                    if error.code not in (404, 409):
                        raise
            self.page.wait_for_timeout(100)
        raise AssertionError("the jobs cannot be removed")
