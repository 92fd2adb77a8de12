"""What painters at a remote provider share: asking it, understanding why it does not paint, and fitting its picture.

The key goes into a header and nowhere else: no sentence, log or exception of ours holds it.
"""

from __future__ import annotations

import io
import json
import re
import threading
import time
import warnings
from collections.abc import Callable, Mapping
from concurrent.futures import Future, wait
from dataclasses import dataclass, field
from typing import Any, TypeVar

import httpx
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from lucida.engines.painter.picture import PictureRequest
from lucida.engines.progress import Progress
from lucida.errors import BadParameter, LucidaError, ModelUnavailable, PromptRefused, UpstreamFailed, UpstreamTimeout

MOST_SECONDS = 180.0
MOST_BYTES = 64 * 1024 * 1024  # of an answer
MOST_PIXELS = 4096 * 4096
DECIDED = {"steps": None, "cfg_scale": None, "sampler": None}  # by the provider, and not told
_FORMATS = ("PNG", "JPEG", "WEBP")
_LONGEST_WAIT = 300  # seconds, that a provider may ask for
_TICK = 0.25
NO_CREDIT = ("insufficient_quota", "billing_hard_limit_reached", "insufficient_credits")
NOT_ALLOWED = ("moderation_blocked", "content_policy_violation")

T = TypeVar("T")


@dataclass(frozen=True)
class Provider:
    """Who paints: the name for people, the model, the API's address, the header that holds the key.

    `setting` is how the names of its settings begin. Raises `ModelUnavailable` for what cannot be a key or an address.
    """

    title: str
    model: str
    base_url: str
    setting: str
    header: tuple[str, str] = field(repr=False)
    seconds: float = MOST_SECONDS  # for a picture

    def __post_init__(self) -> None:
        if not re.fullmatch(r"[\x20-\x7e]*[\x21-\x7e]", self.header[1]):
            raise ModelUnavailable(f"{self.setting}_API_KEY holds what no key does: a blank, a line break or a letter.")
        if not re.match(r"https?://[^/\s]", self.base_url):
            raise ModelUnavailable(f"{self.setting}_BASE_URL is no address; it begins with https://.")

    def hush(self, text: str) -> str:
        """A sentence of the provider's, on one line, short, and without the key should it hold it."""
        for secret in {self.header[1], self.header[1].removeprefix("Bearer ")}:
            text = text.replace(secret, "(key)")
        return " ".join(re.sub(r"\b(?:sk|key|bfl)[-_][\w*-]{8,}", "(key)", text).split())[:200]

    def ask(self, method: str, url: str, *, body: Any = None, with_key: bool = True) -> bytes:
        """What the provider answers, at most `MOST_BYTES`. Raises what its refusal means, and `UpstreamFailed`."""
        headers = {"Accept": "application/json", **(dict([self.header]) if with_key else {})}
        ends = time.monotonic() + self.seconds
        try:
            with (
                httpx.Client(timeout=httpx.Timeout(self.seconds, connect=min(10.0, self.seconds))) as client,
                client.stream(method, url, json=body, headers=headers) as response,
            ):
                content = bytearray()
                for part in response.iter_bytes():
                    content += part
                    if len(content) > MOST_BYTES:
                        raise UpstreamFailed(f"{self.title} sends more than a picture; try again later.")
                    if time.monotonic() > ends:
                        raise self.late()
                if not response.is_success:
                    raise self.refusal(response.status_code, response.headers, bytes(content))
                return bytes(content)
        except httpx.TimeoutException:
            raise self.late() from None
        except (httpx.HTTPError, httpx.InvalidURL):  # whose own words may hold a header
            raise self.unreached() from None

    def ask_json(self, method: str, url: str, *, body: Any = None) -> dict[str, Any]:
        """The object that the provider answers."""
        try:
            answer = json.loads(self.ask(method, url, body=body))
        except ValueError:
            answer = None
        if not isinstance(answer, dict):
            raise UpstreamFailed(f"{self.title} answered with what is no JSON; try again later.")
        return answer

    def late(self) -> UpstreamTimeout:
        """It did not answer in time."""
        return UpstreamTimeout(f"{self.title} did not answer in time; try again later.")

    def unreached(self) -> UpstreamFailed:
        """No answer came, or not all of one."""
        return UpstreamFailed(f"{self.title} cannot be reached; look at the network and try again.")

    def refusal(self, status: int, headers: Mapping[str, str], content: bytes) -> LucidaError:
        """What an answer that is no success means."""
        code, said = said_in(content)
        if status in (401, 403):
            return ModelUnavailable(f"{self.title} refused the key for {self.model}: check {self.setting}_API_KEY.")
        if status == 402 or code in NO_CREDIT:
            return ModelUnavailable(f"{self.title}'s account has no credit left: add some there, or choose auto.")
        if code in NOT_ALLOWED:
            return not_allowed(self.title)
        if status == 429:
            return UpstreamFailed(
                f"{self.title} is asked too often; try again later.", retry_after=seconds_in(headers.get("Retry-After"))
            )
        if status == 404:
            return ModelUnavailable(f"{self.title} has no model {self.model}: check {self.setting}_MODEL.")
        if 300 <= status < 400:
            return ModelUnavailable(f"{self.title} is somewhere else: check {self.setting}_BASE_URL.")
        if status >= 500 or status in (408, 409):
            wanted = seconds_in(headers.get("Retry-After"))
            return UpstreamFailed(f"{self.title} failed with status {status}; try again later.", retry_after=wanted)
        return BadParameter(
            f"{self.title} refused the request: {self.hush(said) or f'status {status}'}", param="prompt"
        )


def not_allowed(title: str) -> PromptRefused:
    """The provider's rules do not allow this picture."""
    return PromptRefused(f"{title} refused: its rules do not allow this prompt or its picture. Say it differently.")


def meanwhile(
    work: Callable[[], T], progress: Progress, stage: str, expected: float, stop: Callable[[], None] | None = None
) -> T:
    """What `work` gives, done by a thread of its own while progress is told; what that raises ends the wait.

    `expected` seconds are three quarters of the way. `stop` is called where the wait ends before the work.
    """
    outcome: Future[T] = Future()

    def run() -> None:
        try:
            outcome.set_result(work())
        except BaseException as error:
            outcome.set_exception(error)

    threading.Thread(target=run, daemon=True).start()  # left alone, it ends with its request
    began = time.monotonic()
    while not wait([outcome], _TICK).done:
        waited = (time.monotonic() - began) / expected
        try:
            progress(0.95 * waited / (waited + 0.27), stage)
        except BaseException:
            if stop is not None:
                stop()
            raise
    return outcome.result()


def decoded(title: str, content: bytes) -> NDArray[np.uint8]:
    """The picture (H, W, 3) in a file, on white where it is transparent. Raises `UpstreamFailed`."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(content), formats=_FORMATS) as picture:
                if picture.width * picture.height > MOST_PIXELS:
                    raise ValueError
                whole = picture.convert("RGBA")
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise UpstreamFailed(f"{title} sent what is no picture; try again later.") from error
    return np.asarray(Image.alpha_composite(Image.new("RGBA", whole.size, "white"), whole).convert("RGB"))


def fitted(title: str, pixels: NDArray[np.uint8], request: PictureRequest) -> tuple[NDArray[np.uint8], tuple[str, ...]]:
    """The picture in the size that was asked for, scaled until it covers that and cut at both sides; and a note."""
    import cv2  # a server that only accepts requests needs none

    height, width = pixels.shape[:2]
    if (width, height) == (request.width, request.height):
        return pixels, ()
    scale = max(request.width / width, request.height / height)
    size = max(request.width, round(width * scale)), max(request.height, round(height * scale))
    scaled = cv2.resize(pixels, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LANCZOS4)
    left, top = (size[0] - request.width) // 2, (size[1] - request.height) // 2
    cut = scaled[top : top + request.height, left : left + request.width]
    how = "scaled" if size == (request.width, request.height) else "scaled and cut"
    note = f"{title} painted {width}x{height}; that was {how} to {request.width}x{request.height}."
    return np.ascontiguousarray(cut, np.uint8), (note,)


def notes(title: str, request: PictureRequest) -> tuple[str, ...]:
    """What of a request had no part in the picture."""
    if not request.negative_prompt:
        return ()
    return (f"{title} takes no negative prompt; it had no part in the picture.",)


def said_in(content: bytes) -> tuple[str, str]:
    """The code and the sentence in an error's body, wherever the provider puts them."""
    try:
        body = json.loads(content)
    except ValueError:
        return "", ""
    error = body.get("error", body) if isinstance(body, dict) else {}
    if not isinstance(error, dict):
        return str(error), str(body.get("message", ""))
    return str(error.get("code", "")), str(error.get("message") or error.get("detail") or "")


def seconds_in(retry_after: str | None) -> int:
    """How long a provider wants to be left alone; 0 where it does not say, or says a date."""
    text = (retry_after or "").strip()
    return min(int(float(text)) + 1, _LONGEST_WAIT) if re.fullmatch(r"\d{1,9}(\.\d+)?", text) else 0
