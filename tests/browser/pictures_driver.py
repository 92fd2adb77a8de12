"""The page of pictures from words as a person uses it."""

from __future__ import annotations

import io
import json
import urllib.request
from typing import Any

from browser.page_driver import JOB_SECONDS, Lucida
from PIL import Image
from playwright.sync_api import Locator, expect


class Pictures(Lucida):
    """One browser tab on the pictures of one server."""

    def open(self, path: str = "/images") -> None:
        self.page.goto(self.address + path)
        expect(self.prompt).to_be_visible()
        expect(self.page.get_by_text("painter:")).to_be_visible()

    @property
    def prompt(self) -> Locator:
        return self.page.get_by_role("textbox", name="Prompt", exact=True)

    @property
    def settings(self) -> Locator:
        return self.page.get_by_role("region", name="Settings")

    @property
    def about(self) -> Locator:
        return self.page.get_by_role("region", name="This picture")

    @property
    def tiles(self) -> Locator:
        return self.page.get_by_role("list", name="Pictures").get_by_role("button")

    @property
    def painted(self) -> Locator:
        """The finished pictures in the canvas."""
        return self.page.locator(".canvas img.finished")

    def press(self, name: str) -> None:
        self.page.get_by_role("button", name=name, exact=True).click()

    def generate(self, words: str) -> None:
        """Ask for pictures of these words; whether they come is another thing."""
        self.prompt.fill(words)
        self.press("Generate")

    def wait_until_painted(self, count: int = 1) -> None:
        """Until so many pictures are in the canvas and nothing is in the making."""
        expect(self.page.locator(".canvas[aria-busy=false]")).to_be_visible(timeout=JOB_SECONDS)
        expect(self.painted).to_have_count(count, timeout=JOB_SECONDS)
        self.page.wait_for_function(
            "() => [...document.querySelectorAll('.canvas img.finished')].every(each => each.naturalWidth > 0)"
        )

    def paint(self, prompt: str, **fields: Any) -> list[str]:
        """Small pictures from the server, past the page; their ids."""
        body = {"prompt": prompt, "model": "draft", "size": "128x96", **fields}
        request = urllib.request.Request(
            f"{self.address}/v1/images/generations",
            data=json.dumps(body).encode(),
            headers={"Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=JOB_SECONDS / 1000) as answer:
            return [item["id"] for item in json.load(answer)["data"]]

    def kept(self) -> list[dict[str, Any]]:
        """What the server keeps, newest first, each with what it was made from."""
        entries = self.ask("/api/images/history/?perPage=100")["images"]
        return [self.ask(f"/api/images/{entry['id']}/") for entry in entries]

    def file(self, image: dict[str, Any]) -> Image.Image:
        """The picture itself."""
        with urllib.request.urlopen(self.address + image["imageUrl"], timeout=30) as answer:
            picture = Image.open(io.BytesIO(answer.read()))
        picture.load()
        return picture

    def remove_jobs(self, keep: str = "") -> None:
        """And the pictures that they made."""
        super().remove_jobs(keep)
        while images := self.ask("/api/images/history/?perPage=100")["images"]:
            for image in images:
                self.ask(f"/api/images/{image['id']}/", "DELETE")
