"""Refuses a body that is too large before it has been read."""

from __future__ import annotations

from collections.abc import Mapping

import anyio
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from lucida.errors import LucidaError, UploadTooLarge
from lucida.web.answers import error_response

# Forms and JSON; only uploads are large.
SMALL_BODY = 1 << 20
# A browser that is cut off in mid-sentence shows "connection reset" and not our answer, so some of the rest is
# read and thrown away after it.
_LINGER_BYTES = 32 << 20
_LINGER_SECONDS = 3.0


class BodyLimit:
    """Limits every request's body; `larger` gives the limit of the paths that take uploads."""

    def __init__(self, app: ASGIApp, larger: Mapping[str, int]) -> None:
        self.app = app
        self._larger = dict(larger)
        self._turn = anyio.Lock()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        limit = self._larger.get(scope["path"], SMALL_BODY)
        declared = Headers(scope=scope).get("content-length", "")
        if declared.isdecimal() and int(declared) > limit:
            await self._refuse(limit, scope, receive, send)
            return
        size, too_large, answering = 0, False, False

        async def counted() -> Message:
            nonlocal size, too_large
            message = await receive()
            if message["type"] == "http.request":
                if limit > SMALL_BODY:
                    # Of all uploads one piece is taken in a round of the event loop: others come in between.
                    async with self._turn:
                        await anyio.sleep(0)
                size += len(message.get("body", b""))
                if size > limit:
                    # To the reader it looks as if the client had gone: it stops and clears up, whatever it is.
                    too_large = True
                    return {"type": "http.disconnect"}
            return message

        async def passed_on(message: Message) -> None:
            nonlocal answering
            if answering or not too_large:
                answering = True
                await send(message)

        await self.app(scope, counted, passed_on)
        if too_large and not answering:
            await self._refuse(limit, scope, receive, send)

    async def _refuse(self, limit: int, scope: Scope, receive: Receive, send: Send) -> None:
        error: LucidaError = UploadTooLarge(f"At most {limit / (1 << 20):.0f} MB are taken; send a smaller file.")
        response = error_response(error, scope["path"], {"Connection": "close"})
        await send({"type": "http.response.start", "status": response.status_code, "headers": response.raw_headers})
        await send({"type": "http.response.body", "body": response.body, "more_body": True})
        read, more = 0, True
        with anyio.move_on_after(_LINGER_SECONDS):
            while more and read < _LINGER_BYTES:
                message = await receive()
                read += len(message.get("body", b""))
                more = message.get("more_body", False)
        await send({"type": "http.response.body", "body": b"", "more_body": False})
