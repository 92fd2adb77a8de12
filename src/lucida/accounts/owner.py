"""Whose request it is."""

from __future__ import annotations

import time
from typing import Annotated, Any

from django.db.models.signals import post_delete
from fastapi import Depends
from starlette.requests import HTTPConnection

from lucida.accounts.models import User
from lucida.database import run_db

LOCAL_USER = "local"
# Where nobody logs in, every request would ask for the same row again; another process may delete it.
_KNOWN_SECONDS = 10.0
_known: dict[str, tuple[float, User]] = {}


def local_user() -> User:
    """The one who owns everything where nobody logs in; has no password, so nobody can log in as them."""
    user, made = User.objects.get_or_create(username=LOCAL_USER)
    if made:
        user.set_unusable_password()
        user.save(update_fields=["password"])
    return user


def _known_local_user() -> User | None:
    until, user = _known.get(LOCAL_USER, (0.0, None))
    if user is None or time.monotonic() < until:
        return user
    _known[LOCAL_USER] = (time.monotonic() + _KNOWN_SECONDS, user)  # one looks again, and not all at once
    return None


def _find_local_user() -> User:
    user = local_user()
    _known[LOCAL_USER] = (time.monotonic() + _KNOWN_SECONDS, user)
    return user


def _forget(**_: Any) -> None:
    _known.clear()


post_delete.connect(_forget, sender=User)


async def request_owner(connection: HTTPConnection) -> User:
    """Who logged in; the local user where nobody has to. `Authentication` has decided which before any route."""
    user: User | None = connection.state.owner or _known_local_user()
    return await run_db(_find_local_user) if user is None else user


Owner = Annotated[User, Depends(request_owner)]
