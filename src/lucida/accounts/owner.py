"""Whose request it is."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends
from starlette.requests import HTTPConnection

from lucida.accounts.models import User
from lucida.database import run_db

LOCAL_USER = "local"


def local_user() -> User:
    """The one who owns everything where nobody logs in; has no password, so nobody can log in as them."""
    user, made = User.objects.get_or_create(username=LOCAL_USER)
    if made:
        user.set_unusable_password()
        user.save(update_fields=["password"])
    return user


async def request_owner(connection: HTTPConnection) -> User:
    """Who logged in; the local user where nobody has to. `Authentication` has decided which before any route."""
    user: User | None = connection.state.owner
    return await run_db(local_user) if user is None else user


Owner = Annotated[User, Depends(request_owner)]
