"""Asks every request for a token, where `LUCIDA_AUTH=token` says so."""

from __future__ import annotations

from starlette.requests import HTTPConnection, Request
from starlette.types import ASGIApp, Receive, Scope, Send

from lucida.accounts.models import Token
from lucida.accounts.session import COOKIE, find_session
from lucida.accounts.tokens import find_token
from lucida.database import run_db
from lucida.errors import LucidaError, NotAuthenticated
from lucida.web import front_end_answer
from lucida.web.answers import error_response

# What holds nobody's rows, and the way in and out. /static is what Django's admin and /docs look like.
_FOR_ALL = ("/health", "/health/live", "/health/ready", "/docs", "/openapi.json")
_FOR_ALL_BELOW = "/static/"
SESSION = "/api/session"


def _token_of(connection: HTTPConnection) -> Token | None:
    """The token a request comes with: in its header, else by its cookie.

    A header decides alone: one that is wrong is not made good by a cookie, for `Guard` has asked for no Origin where
    there is a header.
    """
    given = connection.headers.get("authorization")
    if given is not None:
        scheme, _, text = given.partition(" ")
        return find_token(text.strip()) if scheme.lower() == "bearer" else None
    cookie = connection.cookies.get(COOKIE)
    return find_session(cookie) if cookie else None


class Authentication:
    """Puts the user into the request's state, None where nobody has to log in, and refuses whom it does not know."""

    def __init__(self, app: ASGIApp, *, required: bool) -> None:
        self.app = app
        self._required = required

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
            return
        state = scope.setdefault("state", {})
        state["owner"] = state["token"] = None
        if self._required and not self._is_for_all(scope):
            try:
                token = await run_db(_token_of, HTTPConnection(scope))
            except LucidaError as error:
                await self._refuse(error, scope, receive, send)
                return
            if token is None:
                await self._refuse_unknown(scope, receive, send)
                return
            state["owner"], state["token"] = token.user, token
        await self.app(scope, receive, send)

    def _is_for_all(self, scope: Scope) -> bool:
        path: str = scope["path"]
        if scope["type"] != "http":
            return False
        signs_out = path == SESSION and scope["method"] == "DELETE"
        return path in _FOR_ALL or path.startswith(_FOR_ALL_BELOW) or signs_out

    async def _refuse_unknown(self, scope: Scope, receive: Receive, send: Send) -> None:
        # The pages are for all: they ask for the token. They are sent from here, so that no route sees the request.
        page = front_end_answer(Request(scope)) if scope["type"] == "http" else None
        if page is not None:
            await page(scope, receive, send)
            return
        error = NotAuthenticated("Log in: send a token that lucida users add has printed, as Authorization: Bearer …")
        await self._refuse(error, scope, receive, send)

    async def _refuse(self, error: LucidaError, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket" and "websocket.http.response" not in scope.get("extensions", {}):
            await receive()
            await send({"type": "websocket.close", "code": 4401, "reason": error.code})
        else:
            await error_response(error, scope["path"])(scope, receive, send)
