"""Which other sites' pages may ask this Lucida for point clouds, and read its answers."""

from __future__ import annotations

import re
from collections.abc import Iterable

from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp, Receive, Scope, Send

# What they may use; all else is for this server's own pages.
_JOB = r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"  # nobody guesses one
_OPEN = re.compile(rf"/generate|/generations(/[^/]+){{0,2}}|/health|/api/jobs/{_JOB}(/events|/ticket)?|/ws/jobs/{_JOB}")
_TOLD = ["x-content-type", "x-lucida-job", "content-disposition", "etag", "retry-after"]


class Origins:
    """Origins by pattern: `http://localhost:*` is any port of it."""

    def __init__(self, patterns: Iterable[str]) -> None:
        parts = [re.escape(pattern).replace(r":\*", r"(:\d{1,5})?") for pattern in patterns]
        self.pattern = "|".join(f"(?:{part})" for part in parts) or r"(?!)"
        self._match = re.compile(self.pattern)

    def __contains__(self, origin: str) -> bool:
        return self._match.fullmatch(origin) is not None


def is_open(path: str) -> bool:
    """Whether other sites' pages may use this address at all."""
    return _OPEN.fullmatch(path) is not None


class Cors:
    """Answers browsers that ask whether a page of another site may: yes for the origins given, at what is open."""

    def __init__(self, app: ASGIApp, origins: Origins) -> None:
        self.app = app
        self._shared = CORSMiddleware(
            app,
            allow_origin_regex=origins.pattern,
            allow_methods=["GET", "HEAD", "POST", "DELETE"],
            allow_headers=["authorization", "content-type", "prefer"],
            expose_headers=_TOLD,
            allow_private_network=True,
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        shared = scope["type"] == "http" and is_open(scope["path"])
        await (self._shared if shared else self.app)(scope, receive, send)
