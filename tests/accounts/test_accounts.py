from __future__ import annotations

import uuid

import pytest
from django.contrib.auth import authenticate

from lucida.accounts.models import User
from lucida.accounts.owner import local_user
from lucida.accounts.people import add_user

pytestmark = pytest.mark.usefixtures("database")


def test_the_local_user_is_one_and_nobody_can_log_in_as_them() -> None:
    user = local_user()
    assert isinstance(user.id, uuid.UUID)
    assert local_user().id == user.id
    assert not user.has_usable_password()
    assert authenticate(username=user.username, password="") is None
    assert User.objects.count() == 1


def test_the_first_migration_already_has_our_user() -> None:
    from django.db import connection
    from django.db.migrations.loader import MigrationLoader

    loader = MigrationLoader(connection)
    (first,) = [node for node in loader.graph.root_nodes("accounts") if node[0] == "accounts"]
    state = loader.project_state([first])
    assert type(state.models["accounts", "user"].fields["id"]).__name__ == "UUIDField"


def test_the_admin_shows_jobs_and_lets_nobody_change_them() -> None:
    from django.test import Client

    from lucida.jobs.submission import submit

    person = User.objects.create_superuser("root", password="a-long-password")
    job, _ = submit("hashing", local_user(), params={}, inputs={}, title="IMG_1.HEIC")
    client = Client()
    assert client.login(username="root", password="a-long-password")
    listed = client.get("/admin/jobs/job/")
    assert listed.status_code == 200
    assert b"IMG_1.HEIC" in listed.content
    shown = client.get(f"/admin/jobs/job/{job.id}/change/")
    assert shown.status_code == 200
    assert b'name="_save"' not in shown.content
    assert client.post(f"/admin/jobs/job/{job.id}/delete/", {"post": "yes"}).status_code == 403
    for page in (
        "jobs/artifact/",
        "jobs/worker/",
        "images/generatedimage/",
        "accounts/user/",
        f"accounts/user/{person.id}/change/",
    ):
        assert client.get(f"/admin/{page}").status_code == 200


def test_the_admin_shows_tokens_without_what_they_are_recognised_by() -> None:
    from django.test import Client

    User.objects.create_superuser("root", password="a-long-password")
    _, token, text = add_user("anna")
    client = Client()
    assert client.login(username="root", password="a-long-password")
    for page in ("", f"{token.id}/change/"):
        shown = client.get(f"/admin/accounts/token/{page}").content.decode()
        assert token.prefix in shown
        assert token.sha256 not in shown
        assert text not in shown
    assert client.post(f"/admin/accounts/token/{token.id}/delete/", {"post": "yes"}).status_code == 403


def test_models_and_migrations_agree() -> None:
    from django.core.management import call_command

    call_command("makemigrations", check=True, dry_run=True, verbosity=0)
