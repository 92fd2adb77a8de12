"""Whose a request is where nobody logs in."""

from __future__ import annotations

from pathlib import Path

import anyio
from starlette.requests import HTTPConnection

from lucida.accounts.models import User
from lucida.accounts.owner import LOCAL_USER, request_owner


def asked() -> User:
    return anyio.run(request_owner, HTTPConnection({"type": "http", "state": {"owner": None}}))


def test_the_local_user_is_not_looked_for_at_every_request(database: Path) -> None:
    owner = asked()
    assert owner.username == LOCAL_USER
    User.objects.filter(id=owner.id).update(first_name="Other")  # a new look at the row would show it
    assert asked().first_name == ""


def test_a_local_user_that_was_deleted_is_made_anew(database: Path) -> None:
    owner = asked()
    User.objects.all().delete()
    assert asked().id != owner.id
    assert User.objects.count() == 1
