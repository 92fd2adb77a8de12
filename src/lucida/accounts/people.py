"""Users: made, listed, found by their names."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from lucida.accounts.models import Token, User
from lucida.accounts.scopes import USUAL
from lucida.accounts.tokens import make_token
from lucida.errors import BadInput, NotFound


def add_user(
    name: str, email: str = "", *, scopes: Iterable[str] = USUAL, days: float | None = None
) -> tuple[User, Token, str]:
    """A new user who logs in by token alone, and their first token with its text; BadInput says what is wrong."""
    user = User(username=name, email=email)
    user.set_unusable_password()
    try:
        user.clean_fields()
    except ValidationError as error:
        field, complaints = next(iter(error.message_dict.items()))
        what = {"username": name, "email": email}.get(field, field)
        raise BadInput(f"{what!r} does not work: {complaints[0]}") from error
    try:
        with transaction.atomic():
            user.save(force_insert=True)
            token, text = make_token(user, scopes=scopes, days=days)
    except IntegrityError as error:
        raise BadInput(f"There is a user {name} already; lucida users token {name} makes another token.") from error
    return user, token, text


def find_user(name: str) -> User:
    """The user of this name; NotFound where there is none."""
    user = User.objects.filter(username=name).first()
    if user is None:
        raise NotFound(f"There is no user {name}; lucida users list shows who there is.")
    return user


def _at(time: datetime | None) -> str | None:
    return time.isoformat(timespec="seconds") if time else None


def _token_row(token: Token) -> dict[str, Any]:
    return {
        "id": str(token.id),
        "begins": token.prefix,
        "name": token.name,
        "scopes": token.scopes.split(),
        "created_at": _at(token.created_at),
        "last_used_at": _at(token.last_used_at),
        "expires_at": _at(token.expires_at),
        "revoked_at": _at(token.revoked_at),
    }


def list_users() -> list[dict[str, Any]]:
    """Every user with their tokens, the oldest first, as `lucida users list --json` shows them."""
    return [
        {
            "name": user.username,
            "email": user.email,
            "active": user.is_active,
            "tokens": [_token_row(token) for token in user.tokens.order_by("created_at")],
        }
        for user in User.objects.order_by("date_joined").prefetch_related("tokens")
    ]
