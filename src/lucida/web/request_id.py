"""A number for every request, in its answer and in each line of the log that speaks of it."""

from __future__ import annotations

import re
import uuid

import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

HEADER = "X-Request-ID"
_GOOD = re.compile(r"[A-Za-z0-9._-]{1,64}")


def request_id() -> str:
    """The number of the request that is being answered."""
    return str(structlog.contextvars.get_contextvars().get("request", ""))


class RequestId:
    """Takes the number that a proxy in front gave, or gives one."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
            return
        given = Headers(scope=scope).get(HEADER, "")
        number = given if _GOOD.fullmatch(given) else uuid.uuid4().hex

        async def with_number(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message)[HEADER] = number
            await send(message)

        with structlog.contextvars.bound_contextvars(request=number):
            await self.app(scope, receive, with_number)
