"""A remote provider, played by a server on this machine that answers what it is told to."""

from __future__ import annotations

import base64
import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from fastapi import FastAPI, Request
from live_server import listening
from PIL import Image
from starlette.responses import JSONResponse, Response

KEY = "sk-test-0123456789abcdef"
OPENAI = "images/generations"
Answer = Callable[[Request, Any], Response]


def picture_file(width: int, height: int, form: str = "PNG", mode: str = "RGB") -> bytes:
    """A picture whose left half is red and right half blue."""
    picture = Image.new(mode, (width, height), "red")
    picture.paste(Image.new(mode, (width - width // 2, height), "blue"), (width // 2, 0))
    file = io.BytesIO()
    picture.save(file, form)
    return file.getvalue()


def b64(content: bytes, **more: Any) -> Response:
    """What OpenAI answers with a picture."""
    return JSONResponse({"created": 1, "data": [{"b64_json": base64.b64encode(content).decode(), **more}]})


class Played:
    """What the server answers to each path, in turn and the last for ever, and what it was asked."""

    def __init__(self) -> None:
        self.answers: dict[str, list[Response | Answer]] = {}
        self.asked: list[tuple[str, dict[str, str], Any]] = []
        self.base = ""

    def answer(self, path: str, *answers: Response | Answer) -> None:
        self.answers[path] = list(answers)

    async def __call__(self, path: str, request: Request) -> Response:
        raw = await request.body()
        body = await request.json() if raw else None
        self.asked.append((path, dict(request.headers), body))
        left = self.answers.get(path, [JSONResponse({"detail": "no"}, 404)])
        answer = left.pop(0) if len(left) > 1 else left[0]
        return answer if isinstance(answer, Response) else answer(request, body)


@contextmanager
def playing() -> Iterator[Played]:
    """A provider that answers for a block."""
    played = Played()
    app = FastAPI()

    @app.api_route("/v1/{path:path}", methods=["GET", "POST"])
    async def everything(path: str, request: Request) -> Response:
        return await played(path, request)

    with listening(app) as address:
        played.base = f"{address}/v1"
        yield played
