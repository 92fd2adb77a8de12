"""Pictures painted by another Lucida, which has the models: `INFERENCE_SERVICE_URL`."""

from __future__ import annotations

import asyncio
import json
import re
import threading
import time
from typing import Any

import httpx

from lucida.engines.painter.guide import refuse_guide
from lucida.engines.painter.picture import PaintedBy, Picture, PictureRequest, Preview
from lucida.engines.painter.remote import decoded, fitted, meanwhile, said_in
from lucida.engines.progress import Progress
from lucida.errors import BadParameter, LucidaError, ModelUnavailable, UpstreamFailed

PATH = "/inference/images/generations"
HEADER = "X-Lucida-Picture"  # JSON: what the service knows about the picture in the body
SECONDS = 120.0  # for a picture, and for a service that is down to come back
_TITLE = "The inference service"
_EXPECTED = 10.0
_PAUSE = 1.0
_MOST_BYTES = 64 << 20


def service_host(address: str) -> str:
    """Which machine an address names, as it may be shown. Raises `ModelUnavailable` for one that cannot be."""
    if not re.match(r"https?://[^/\s@]+(/[^\s@]*)?$", address):
        raise ModelUnavailable("INFERENCE_SERVICE_URL is no address: it begins with http:// and holds no name or key.")
    return address.split("/")[2]


class InferencePictures:
    """Asks the service at an address for one picture at a time. One that is down is waited for.

    Raises `ModelUnavailable` for what cannot be an address or a key.
    """

    name = "inference"
    licence = "as its engine has"

    def __init__(self, model: str, address: str, key: str = "") -> None:
        service_host(address)
        if not (key.isascii() and key.isprintable()):
            raise ModelUnavailable("INFERENCE_SERVICE_API_KEY holds what no key does: a line break or a letter.")
        self._model, self._address, self._key = model, address, key

    def draw(self, request: PictureRequest, progress: Progress, preview: Preview) -> Picture:
        """A picture from words, and who painted it there.

        Raises `BadParameter`, `ModelUnavailable`, `UpstreamFailed`, and what `progress` raises.
        """
        refuse_guide(self.name, request.guide)
        body = {
            "prompt": request.prompt,
            "negative_prompt": request.negative_prompt,
            "model": self._model,
            "width": request.width,
            "height": request.height,
            "steps": request.steps,
            "cfg_scale": request.cfg_scale,
            "sampler": request.sampler,
            "seed": request.seed,
            "num_images": 1,
        }
        patient = time.monotonic() + SECONDS
        while True:
            request_there = _Request(f"{self._address.rstrip('/')}{PATH}", self._key, body)
            try:
                told, content = meanwhile(request_there, progress, "Painting elsewhere", _EXPECTED, request_there.stop)
                break
            except _Down as down:
                if time.monotonic() > patient:
                    raise UpstreamFailed(f"{_TITLE} cannot be reached; start it, or look at the network.") from down
            _wait(_PAUSE, progress)
        pixels, resized = fitted(_TITLE, decoded(_TITLE, content), request)
        by = PaintedBy(told.get("model", self._model), told.get("licence", ""), told.get("reason", ""))
        progress(1.0, "Done")
        return Picture(pixels, (*told.get("notes", ()), *resized), used=told.get("parameters", {}), by=by)


class _Request:
    """One request, which can be called off from another thread: the connection is closed, and the service hears it."""

    def __init__(self, url: str, key: str, body: dict[str, Any]) -> None:
        self._url, self._key, self._body = url, key, body
        self._begun = threading.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._task: asyncio.Task[Any] | None = None

    def __call__(self) -> tuple[dict[str, Any], bytes]:
        return asyncio.run(self._sent())

    def stop(self) -> None:
        """Call it off."""
        self._begun.wait(1.0)
        if self._loop is not None and self._task is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._task.cancel)

    async def _sent(self) -> tuple[dict[str, Any], bytes]:
        self._loop, self._task = asyncio.get_running_loop(), asyncio.current_task()
        self._begun.set()
        headers = {"Authorization": f"Bearer {self._key}"} if self._key else {}
        content = bytearray()
        try:
            async with (
                httpx.AsyncClient(timeout=httpx.Timeout(SECONDS, connect=5.0)) as client,
                client.stream("POST", self._url, json=self._body, headers=headers) as response,
            ):
                async for part in response.aiter_bytes():
                    content += part
                    if len(content) > _MOST_BYTES:
                        raise UpstreamFailed(f"{_TITLE} sends more than a picture; try again later.")
        except (httpx.ConnectError, httpx.ConnectTimeout) as error:
            raise _Down from error
        except httpx.TimeoutException:
            raise UpstreamFailed(f"{_TITLE} took more than {SECONDS:.0f} seconds; ask for a smaller picture.") from None
        except httpx.HTTPError:  # cut off
            raise _Down from None
        if response.status_code != 200:
            raise _refusal(response.status_code, response.headers.get("Retry-After", ""), bytes(content))
        return _told(response.headers.get(HEADER, "")), bytes(content)


class _Down(Exception):
    """Nobody answers."""


def _refusal(status: int, retry_after: str, content: bytes) -> LucidaError:
    code, said = said_in(content)
    if status in (401, 403):
        return ModelUnavailable(f"{_TITLE} refused the key: check INFERENCE_SERVICE_API_KEY.")
    if code == ModelUnavailable.code:
        return ModelUnavailable(f"{_TITLE} says: {said}")
    if status == 429:
        wait = int(retry_after) if retry_after.isdecimal() else 0
        return UpstreamFailed(f"{_TITLE} is asked too often; try again later.", retry_after=min(wait, 300))
    if status in (404, 405):
        return ModelUnavailable(f"{_TITLE} has no {PATH}: check INFERENCE_SERVICE_URL.")
    if status >= 500:
        return UpstreamFailed(f"{_TITLE} failed: {said or f'status {status}'}")
    return BadParameter(f"{_TITLE} refused the request: {said or f'status {status}'}", param="prompt")


def _told(header: str) -> dict[str, Any]:
    """What the service told of the picture; nothing where that is no object."""
    try:
        told = json.loads(header)
    except ValueError:
        return {}
    return told if isinstance(told, dict) else {}


def _wait(seconds: float, progress: Progress) -> None:
    ends = time.monotonic() + seconds
    while time.monotonic() < ends:
        progress(0.0, "Waiting for the inference service")
        time.sleep(0.2)
