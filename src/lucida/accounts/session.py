"""Browsers that are signed in: what cannot send a token in a header (a download, a WebSocket) sends a cookie."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from django.core import signing
from django.utils import timezone

from lucida.accounts.models import Session, Token
from lucida.accounts.tokens import may_be_used, note_use

COOKIE = "lucida_session"
LASTS = timedelta(days=30)
_SALT = "lucida.accounts.session"


def _id_in(cookie: str) -> UUID | None:
    """The session that the cookie names; None where we did not sign it, or too long ago."""
    try:
        return UUID(signing.TimestampSigner(salt=_SALT).unsign(cookie, max_age=LASTS))
    except (signing.BadSignature, ValueError):
        return None


def begin_session(token: Token) -> str:
    """Sign a browser in with a token; the value of its cookie."""
    Session.objects.filter(created_at__lt=timezone.now() - LASTS).delete()
    session = Session.objects.create(token=token)
    return signing.TimestampSigner(salt=_SALT).sign(str(session.id))


def lasts(token: Token) -> timedelta:
    """How long a session that begins now lasts: never longer than its token."""
    return LASTS if token.expires_at is None else min(LASTS, token.expires_at - timezone.now())


def find_session(cookie: str) -> Token | None:
    """The token that a browser is signed in with, with its user, where it may still be used; its use is noted.

    Errors: NotAuthenticated where the token's time is over.
    """
    session_id = _id_in(cookie)
    if session_id is None:
        return None
    session = Session.objects.select_related("token__user").filter(id=session_id).first()
    if session is None or not may_be_used(session.token):
        return None
    note_use(session.token)
    return session.token


def end_session(cookie: str) -> None:
    """Sign the browser out: a copy of the cookie is worth nothing either."""
    session_id = _id_in(cookie)
    if session_id is not None:
        Session.objects.filter(id=session_id).delete()
