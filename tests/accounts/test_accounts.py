from __future__ import annotations

import uuid

import pytest
from django.contrib.auth import authenticate

from lucida.accounts.models import User
from lucida.accounts.owner import local_user

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


def test_models_and_migrations_agree() -> None:
    from django.core.management import call_command

    call_command("makemigrations", check=True, dry_run=True, verbosity=0)
