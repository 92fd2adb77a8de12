"""Connections to SQLite that are kept for whoever comes next."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import anyio
import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from lucida.accounts.models import User
from lucida.database import closing_connections, on_postgres, run_db
from lucida.jobs.models import Job
from lucida.sqlite.base import close_kept

pytestmark = pytest.mark.skipif(on_postgres(), reason="the rows are in Postgres")


@closing_connections
def which() -> Any:
    connection.ensure_connection()
    return connection.connection


def test_whoever_comes_next_gets_the_same_connection_in_whatever_thread(database: Path) -> None:
    first = anyio.run(run_db, which)
    assert which() is first
    assert anyio.run(run_db, which) is first


def test_one_that_met_an_error_is_not_used_again(database: Path) -> None:
    @closing_connections
    def fail() -> Any:
        with connection.cursor() as cursor, pytest.raises(DatabaseError):
            cursor.execute("SELECT nothing FROM nowhere")
        return connection.connection

    failed = fail()
    assert which() is not failed


def test_one_in_the_middle_of_a_transaction_is_not_used_again(database: Path) -> None:
    @closing_connections
    def leave() -> Any:
        connection.set_autocommit(False)
        User.objects.create(username="somebody")
        return connection.connection

    left = leave()
    assert which() is not left
    assert not User.objects.exists()


def test_keys_are_checked_whatever_was_done_before(database: Path) -> None:
    closing_connections(lambda: connection.disable_constraint_checking())()

    def orphan() -> None:
        with transaction.atomic():
            Job.objects.create(kind="hashing", owner=User(username="nobody"), seed=1)

    with pytest.raises(IntegrityError):
        closing_connections(orphan)()


def test_the_last_to_leave_brings_the_file_up_to_date(database: Path) -> None:
    which()
    log = database / "lucida.sqlite3-wal"
    assert log.exists()
    close_kept()
    assert not log.exists()
