"""Routes for signing a browser in and out."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, Field

from lucida.accounts.models import Token
from lucida.accounts.scopes import SCOPES
from lucida.accounts.session import COOKIE, begin_session, end_session, lasts
from lucida.config import get_settings
from lucida.database import run_db
from lucida.errors import NotAuthenticated

router = APIRouter(tags=["server"])


class SessionView(BaseModel):
    """Who is asking."""

    auth: Literal["none", "token"] = Field(description="Whether one has to log in here.")
    user: str | None = Field(description="The name of who logged in; null where nobody has to.")
    scopes: list[str] = Field(description="What their token may be used for; all there is where nobody has to log in.")
    expires_at: datetime | None = Field(description="When their token ends; null where it does not.")


def _view(request: Request) -> SessionView:
    token: Token | None = request.state.token
    if token is None:
        return SessionView(auth="none", user=None, scopes=list(SCOPES), expires_at=None)
    return SessionView(auth="token", user=token.user.username, scopes=token.scopes.split(), expires_at=token.expires_at)


@router.get("/api/session")
async def get_session(request: Request) -> SessionView:
    """Who is asking, and whether anybody has to say so."""
    return _view(request)


@router.post("/api/session")
async def sign_in(request: Request, response: Response) -> SessionView:
    """Sign this browser in with the token in the Authorization header, by a cookie that no script reads."""
    token: Token | None = request.state.token
    if token is not None:
        if "authorization" not in request.headers:  # else a session would prolong itself for ever
            raise NotAuthenticated("Send the token in the header: Authorization: Bearer …")
        before = request.cookies.get(COOKIE)
        if before:
            await run_db(end_session, before)
        response.set_cookie(
            COOKIE,
            await run_db(begin_session, token),
            max_age=int(lasts(token).total_seconds()),
            httponly=True,
            samesite="strict",
            secure=get_settings().https or request.url.scheme == "https",
        )
    return _view(request)


@router.delete("/api/session", status_code=204, response_class=Response)
async def sign_out(request: Request) -> Response:
    """Sign this browser out."""
    cookie = request.cookies.get(COOKIE)
    if cookie:
        await run_db(end_session, cookie)
    response = Response(status_code=204)
    response.delete_cookie(COOKIE, httponly=True, samesite="strict")
    return response
