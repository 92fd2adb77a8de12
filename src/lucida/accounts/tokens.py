"""Tokens: made, recognised, revoked."""

from __future__ import annotations

import contextlib
import hashlib
import secrets
from collections.abc import Iterable
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Q
from django.utils import timezone

from lucida.accounts.models import Token, User
from lucida.accounts.scopes import USUAL, known_scopes
from lucida.errors import BadInput, NotAuthenticated, NotFound

MARK = "lucida_"
_SECRET_BYTES = 32
_PREFIX_LETTERS = 6
_NAME_LETTERS = 64
# The time of last use is for people: writing it at every request would make each a write.
_USE_NOTED_EVERY = timedelta(minutes=1)


def hashed(token: str) -> str:
    """How a token is kept and looked up.

    A plain hash will do, for nobody guesses 256 random bits; and since it is the hash that is compared, the time a
    look-up takes tells nothing of the token.
    """
    return hashlib.sha256(token.encode()).hexdigest()


def make_token(
    user: User, name: str = "", *, scopes: Iterable[str] = USUAL, days: float | None = None
) -> tuple[Token, str]:
    """A new token of the user's, and its text, which can be shown now and never again; without `days` it has no end.

    Errors: BadInput.
    """
    if len(name) > _NAME_LETTERS:
        raise BadInput(f"A token's name has at most {_NAME_LETTERS} letters.")
    text = MARK + secrets.token_urlsafe(_SECRET_BYTES)
    prefix = text[: len(MARK) + _PREFIX_LETTERS]
    expires_at = timezone.now() + timedelta(days=days) if days is not None else None
    kept = " ".join(known_scopes(scopes))
    token = Token.objects.create(
        user=user, name=name, sha256=hashed(text), prefix=prefix, scopes=kept, expires_at=expires_at
    )
    return token, text


def find_token(text: str) -> Token | None:
    """The token of this text, with its user, where it may still be used; its use is noted.

    Errors: NotAuthenticated where its time is over.
    """
    if not text.startswith(MARK):
        return None
    token = Token.objects.select_related("user").filter(sha256=hashed(text)).first()
    if token is None or not may_be_used(token):
        return None
    note_use(token)
    return token


def may_be_used(token: Token) -> bool:
    """Whether neither the token nor its user has been shut out. Raises `NotAuthenticated` where its time is over."""
    if token.revoked_at is not None or not token.user.is_active:
        return False
    if is_over(token):
        name = token.user.username
        raise NotAuthenticated(
            f"This token was good until {token.expires_at:%Y-%m-%d %H:%M} UTC; lucida users token {name} makes another."
        )
    return True


def is_over(token: Token, now: datetime | None = None) -> bool:
    """Whether the token's time is over."""
    return token.expires_at is not None and token.expires_at <= (now or timezone.now())


def note_use(token: Token) -> None:
    """Keep the time of use, to the minute."""
    now = timezone.now()
    if token.last_used_at is None or now - token.last_used_at >= _USE_NOTED_EVERY:
        Token.objects.filter(id=token.id).update(last_used_at=now)


def anybody_can_log_in() -> bool:
    """Whether there is a token that may be used."""
    lasting = Q(expires_at=None) | Q(expires_at__gt=timezone.now())
    return Token.objects.filter(lasting, revoked_at=None, user__is_active=True).exists()


def named_token(name: str) -> Token:
    """The token that a person means by its id, by how it begins, or by all of it.

    Errors: NotFound; BadInput where several begin so.
    """
    name = name.strip().rstrip("….")
    tokens = Token.objects.select_related("user")
    found = list(tokens.filter(sha256=hashed(name))) or list(tokens.filter(prefix=name))
    if not found:
        with contextlib.suppress(ValueError):
            found = list(tokens.filter(id=UUID(name)))
    if not found:
        raise NotFound("There is no such token; lucida users list shows how each begins.")
    if len(found) > 1:
        raise BadInput(f"{len(found)} tokens begin so; say the id, which lucida users list --json shows.")
    return found[0]


def revoke(token: Token) -> None:
    """Shut the token out for ever, with the browsers that are signed in with it."""
    if token.revoked_at is not None:
        raise BadInput(f"{token} was revoked already, on {token.revoked_at:%Y-%m-%d}.")
    token.revoked_at = timezone.now()
    token.save(update_fields=["revoked_at"])
    token.sessions.all().delete()
