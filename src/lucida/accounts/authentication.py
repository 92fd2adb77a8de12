"""Asks every request for a token that is good for it, where `LUCIDA_AUTH=token` says so."""

from __future__ import annotations

from starlette.requests import HTTPConnection, Request
from starlette.types import ASGIApp, Receive, Scope, Send

from lucida.accounts.models import Token
from lucida.accounts.scopes import SCOPES, SESSION, needed_scope
from lucida.accounts.session import COOKIE, find_session
from lucida.accounts.tickets import use_ticket
from lucida.accounts.tokens import find_token
from lucida.database import run_db
from lucida.errors import Forbidden, LucidaError, NotAuthenticated
from lucida.web import front_end_answer
from lucida.web.answers import error_response
from lucida.web.guard import ticket_in

# What holds nobody's rows, and the way in and out. /static is what Django's admin and /docs look like.
_FOR_ALL = ("/health", "/health/live", "/health/ready", "/docs", "/openapi.json")
_FOR_ALL_BELOW = "/static/"


def _token_of(connection: HTTPConnection) -> Token | None:
    """The token a request comes with: in its header, else by a WebSocket's ticket, else by its cookie.

    A header decides alone, and so does a ticket: one that is wrong is not made good by a cookie, for `Guard` has asked
    for no Origin where there is a header or a ticket. Raises `NotAuthenticated` where the token's time is over.
    """
    given = connection.headers.get("authorization")
    if given is not None:
        scheme, _, text = given.partition(" ")
        return find_token(text.strip()) if scheme.lower() == "bearer" else None
    ticket = ticket_in(connection.scope)
    if ticket is not None:
        return use_ticket(ticket, connection.scope["path"])
    cookie = connection.cookies.get(COOKIE)
    return find_session(cookie) if cookie else None


def _needed(scope: Scope) -> str | None:
    return needed_scope(scope.get("method"), scope["path"])


def _good_token(connection: HTTPConnection) -> Token:
    """The token a request comes with. Raises `NotAuthenticated`; `Forbidden` where it is not good for the request."""
    token = _token_of(connection)
    if token is None and "authorization" in connection.headers:
        raise NotAuthenticated("This Lucida does not know this token; it may have been revoked.")
    if token is None and ticket_in(connection.scope) is not None:
        raise NotAuthenticated("This ticket is not good: each lets one connection in, within 30 s, to its own job.")
    if token is None:
        raise NotAuthenticated("Log in: send a token that lucida users add has printed, as Authorization: Bearer …")
    needed = _needed(connection.scope)
    if needed is not None and not token.may(needed):
        raise Forbidden(
            f"This token has not the scope {needed}, to {SCOPES[needed]}; "
            f"lucida users token {token.user.username} --scopes {needed} makes one that has."
        )
    return token


class Authentication:
    """Puts the user into the request's state, None where nobody has to log in, and refuses whom it does not know.

    A token is asked for its scopes here, too, and nowhere else.
    """

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
                token = await run_db(_good_token, HTTPConnection(scope))
            except LucidaError as error:
                await self._refuse(error, scope, receive, send)
                return
            state["owner"], state["token"] = token.user, token
        await self.app(scope, receive, send)

    def _is_for_all(self, scope: Scope) -> bool:
        path: str = scope["path"]
        if scope["type"] != "http":
            return False
        signs_out = path == SESSION and scope["method"] == "DELETE"
        return path in _FOR_ALL or path.startswith(_FOR_ALL_BELOW) or signs_out

    async def _refuse(self, error: LucidaError, scope: Scope, receive: Receive, send: Send) -> None:
        # The pages are for all: they ask for the token. They are sent from here, so that no route sees the request.
        page = front_end_answer(Request(scope)) if scope["type"] == "http" else None
        if page is not None:
            await page(scope, receive, send)
        elif scope["type"] == "websocket" and "websocket.http.response" not in scope.get("extensions", {}):
            await receive()
            code = 4403 if isinstance(error, Forbidden) else 4401
            await send({"type": "websocket.close", "code": code, "reason": error.code})
        else:
            await error_response(error, scope["path"], _challenge(error, scope))(scope, receive, send)


def _challenge(error: LucidaError, scope: Scope) -> dict[str, str]:
    """What RFC 6750 (3.1) says to a token that has not the scope."""
    if not isinstance(error, Forbidden):
        return {}
    return {"WWW-Authenticate": f'Bearer error="insufficient_scope", scope="{_needed(scope)}"'}
