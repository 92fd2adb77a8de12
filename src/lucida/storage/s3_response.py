"""An object of an object storage as the answer to a request: streamed through, with ranges."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import anyio.to_thread
from starlette.concurrency import iterate_in_threadpool
from starlette.datastructures import Headers
from starlette.responses import Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from lucida.storage.s3 import OutsideObject

if TYPE_CHECKING:
    from lucida.storage.s3 import S3Storage


class ObjectResponse(StreamingResponse):
    """Asks for the object when it is sent, so that the request's own range is asked for, and holds one part of it.

    Ranges are S3's (RFC 9110, 14): one, and none where `If-Range` names another version.
    """

    def __init__(self, storage: S3Storage, key: str, media_type: str, headers: Mapping[str, str]) -> None:
        super().__init__(iter(()), media_type=media_type, headers={**headers, "Accept-Ranges": "bytes"})
        self._storage = storage
        self._key = key

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["method"] == "HEAD":
            self.headers["Content-Length"] = str(await anyio.to_thread.run_sync(self._storage.size, self._key))
            await super().__call__(scope, receive, send)
            return
        try:
            opened = await anyio.to_thread.run_sync(self._storage.open, self._key, self._range(Headers(scope=scope)))
        except OutsideObject:
            size = await anyio.to_thread.run_sync(self._storage.size, self._key)
            refusal = Response(status_code=416, headers={"Content-Range": f"bytes */{size}"})
            await refusal(scope, receive, send)
            return
        self.headers["Content-Length"] = str(opened.length)
        if opened.content_range is not None:
            self.status_code = 206
            self.headers["Content-Range"] = opened.content_range
        self.body_iterator = iterate_in_threadpool(opened.chunks())
        try:
            await super().__call__(scope, receive, send)
        finally:
            opened.close()

    def _range(self, headers: Headers) -> str | None:
        condition = headers.get("if-range")
        return headers.get("range") if condition is None or condition == self.headers.get("etag") else None
