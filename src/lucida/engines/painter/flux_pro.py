"""Pictures painted by Black Forest Labs' FLUX [pro] models, with the key in the settings.

A request is answered with an address to look at until the picture is ready, and that with one to fetch it from.
"""

from __future__ import annotations

import time
from typing import Any
from urllib.parse import urlsplit

from lucida.engines.painter.guide import refuse_guide
from lucida.engines.painter.picture import Picture, PictureRequest, Preview
from lucida.engines.painter.remote import (
    DECIDED,
    MOST_SECONDS,
    Provider,
    decoded,
    fitted,
    meanwhile,
    not_allowed,
    notes,
)
from lucida.engines.progress import Progress
from lucida.errors import UpstreamFailed

TITLE = "Black Forest Labs"
LICENCE = "Black Forest Labs' terms"
_EXPECTED = 10.0  # seconds
_LOOK_EVERY = 0.5
_PATIENCE = 5  # looks in a row that may fail: what is paid for is not given up at once
_SMALLEST, _LARGEST, _STEP = 256, 1440, 32  # of a side, in pixels
_MODERATED = ("Request Moderated", "Content Moderated")
_FAILED = ("Error", "Failed", "Task not found")


class FluxProPictures:
    """A painter that asks for one picture at a time; it takes words, size and seed."""

    name = "flux-pro"
    licence = LICENCE

    def __init__(self, provider: Provider) -> None:
        self._provider = provider

    def draw(self, request: PictureRequest, progress: Progress, preview: Preview) -> Picture:
        """A picture from words.

        Raises `PromptRefused`, `BadParameter`, `ModelUnavailable`, `UpstreamFailed`, and what `progress` raises.
        """
        refuse_guide(self.name, request.guide)
        content = meanwhile(lambda: self._painted(request), progress, f"waiting for {TITLE}", _EXPECTED)
        pixels, resized = fitted(TITLE, decoded(TITLE, content), request)
        progress(1.0, f"painted by {TITLE}")
        used = {**DECIDED, "remote_model": self._provider.model}
        return Picture(pixels, (*resized, *notes(TITLE, request)), used=used)

    def _painted(self, request: PictureRequest) -> bytes:
        """The picture's file."""
        provider = self._provider
        width, height = nearest_size(request.width, request.height)
        body = {
            "prompt": request.prompt,
            "width": width,
            "height": height,
            "seed": request.seed,
            "prompt_upsampling": False,
            "output_format": "png",
        }
        base = provider.base_url.rstrip("/")
        asked = provider.ask_json("POST", f"{base}/{provider.model}", body=body)
        address = asked.get("polling_url") or f"{base}/get_result?id={asked.get('id')}"
        if not _theirs(str(address), base):  # it would be sent the key
            raise UpstreamFailed(f"{TITLE} named an address that is not theirs; try again later.")
        ready = self._ready(str(address))
        sample = ready.get("sample") if isinstance(ready, dict) else None
        if not isinstance(sample, str) or urlsplit(sample).scheme not in ("https", urlsplit(base).scheme):
            raise UpstreamFailed(f"{TITLE} answered without a picture; try again later.")
        return provider.ask("GET", sample, with_key=False)

    def _ready(self, address: str) -> Any:
        """The result, once it is there."""
        ends, failed = time.monotonic() + MOST_SECONDS, 0
        while time.monotonic() < ends:
            try:
                told = self._provider.ask_json("GET", address)
                failed = 0
            except UpstreamFailed:
                failed += 1
                if failed >= _PATIENCE:
                    raise
                told = {}
            status = told.get("status")
            if status == "Ready":
                return told.get("result")
            if status in _MODERATED:
                raise not_allowed(TITLE)
            if status in _FAILED:
                raise UpstreamFailed(f"{TITLE} could not paint it ({status}); try again later.")
            time.sleep(_LOOK_EVERY)
        raise UpstreamFailed(f"{TITLE} did not finish in time; try again later.")


def nearest_size(width: int, height: int) -> tuple[int, int]:
    """The size that is painted for one that is asked for: as near in shape as it may be, with sides of 32 pixels."""
    scale = min(1.0, _LARGEST / max(width, height))
    scale = max(scale, _SMALLEST / min(width, height)) if min(width, height) * scale < _SMALLEST else scale
    sides = (round(side * scale / _STEP) * _STEP for side in (width, height))
    width, height = (min(max(side, _SMALLEST), _LARGEST) for side in sides)
    return width, height


def _theirs(address: str, base: str) -> bool:
    """Whether an address is the API's own: its host, or one of the same domain, as their regions have."""
    try:
        found, own = urlsplit(address), urlsplit(base)
        _ = found.port, own.port  # they are read late, and may be none
    except ValueError:
        return False
    if found.scheme != own.scheme or not found.hostname or not own.hostname:
        return False
    domain = ".".join(own.hostname.split(".")[-2:])
    region = not own.hostname.replace(".", "").isdigit() and found.hostname.endswith(f".{domain}")
    return found.netloc == own.netloc or (region and found.port == own.port)
