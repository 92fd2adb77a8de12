"""Lucida behind a proxy with https, where everybody has a token: what Django's own check says, and how cookies go."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from http.cookies import SimpleCookie
from pathlib import Path

import httpx
import pytest
from live_server import listening

from lucida.accounts.people import add_user
from lucida.server import create_app

BEHIND_A_PROXY = {"LUCIDA_AUTH": "token", "LUCIDA_HTTPS": "1", "LUCIDA_ALLOWED_HOSTS": "lucida.example"}


@pytest.mark.parametrize(("variables", "silenced"), [(BEHIND_A_PROXY, 2), ({}, 4)], ids=["https", "at home"])
def test_django_finds_nothing_to_complain_of(
    variables: dict[str, str], silenced: int, repository: Path, tmp_path: Path
) -> None:
    environment = {**os.environ, "LUCIDA_DATA_DIR": str(tmp_path), **variables}
    environment.pop("DJANGO_SETTINGS_MODULE", None)
    command = [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"]
    told = subprocess.run(command, cwd=repository, env=environment, capture_output=True, text=True, timeout=120)
    assert told.returncode == 0, told.stderr
    assert told.stdout.strip() == f"System check identified no issues ({silenced} silenced)."


@pytest.mark.parametrize("https", [True, False])
def test_cookies_go_over_https_only_and_browsers_are_told(
    https: bool, database: Path, setting: Callable[[str, object], None]
) -> None:
    token = add_user("anna")[-1]
    setting("AUTH", "token")
    setting("HTTPS", int(https))
    with listening(create_app()) as address, httpx.Client(base_url=address) as client:
        answer = client.post("/api/session", headers={"Authorization": f"Bearer {token}"})
        assert bool(SimpleCookie(answer.headers["set-cookie"])["lucida_session"]["secure"]) is https
        assert answer.headers.get("strict-transport-security") == ("max-age=31536000" if https else None)
        # What a proxy says of the way that the browser came is enough, too.
        headers = {"Authorization": f"Bearer {token}", "X-Forwarded-Proto": "https"}
        assert "Secure" in client.post("/api/session", headers=headers).headers["set-cookie"]


def test_the_admins_cookies_are_as_the_sessions(tmp_path: Path) -> None:
    """In a process of its own: Django reads its settings once."""
    reads = (
        "from lucida.database import setup; setup(); from django.test import Client; "
        "from django.core.management import call_command; call_command('migrate', verbosity=0); "
        "cookie = Client().get('/admin/login/').cookies['csrftoken']; print(cookie['secure'], cookie['samesite'])"
    )
    for https, secure in (("1", "True"), ("", "")):
        environment = {**os.environ, "LUCIDA_DATA_DIR": str(tmp_path), "LUCIDA_HTTPS": https}
        told = subprocess.run(
            [sys.executable, "-c", reads], env=environment, capture_output=True, text=True, timeout=120
        )
        assert told.stdout.split() == [*([secure] if secure else []), "Strict"], told.stderr
