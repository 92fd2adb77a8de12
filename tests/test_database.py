from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import anyio
import pytest

from lucida.database import copy_database, database_error, run_db
from lucida.errors import DatabaseBusy, StorageFull

MIGRATE = "from lucida.database import migrate; print(len(migrate()))"


def run(data: Path, code: str) -> str:
    environment = {**os.environ, "LUCIDA_DATA_DIR": str(data), "DJANGO_SETTINGS_MODULE": "lucida.django_settings"}
    told = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    return told.stdout.strip()


def test_migrating_copies_a_database_that_exists_and_only_when_there_is_something_to_do(tmp_path: Path) -> None:
    assert int(run(tmp_path, MIGRATE)) > 10
    assert not (tmp_path / "backups").exists()
    assert run(tmp_path, MIGRATE) == "0"
    assert not (tmp_path / "backups").exists()
    database = sqlite3.connect(tmp_path / "lucida.sqlite3")
    database.execute("INSERT INTO accounts_user VALUES (?,?,?,?,?,?,?,?,?,?,?)", _user(database))
    database.execute("DROP TABLE django_session")
    database.execute("DELETE FROM django_migrations WHERE app = 'sessions'")
    database.commit()
    database.close()
    assert run(tmp_path, MIGRATE) == "1"
    (copy,) = (tmp_path / "backups").iterdir()
    kept = sqlite3.connect(copy)
    assert kept.execute("SELECT count(*) FROM accounts_user").fetchone() == (1,)
    assert kept.execute("SELECT count(*) FROM sqlite_master WHERE name = 'django_session'").fetchone() == (0,)
    kept.close()


def test_jobs_that_wait_in_the_queue_of_old_are_brought_along(tmp_path: Path) -> None:
    run(tmp_path, MIGRATE)
    back = """
from lucida.database import setup
setup()
from django.core.management import call_command
from lucida.accounts.owner import local_user
from lucida.jobs.models import Job
job = Job.objects.create(kind="hdri", queue="default", owner=local_user(), seed=1)
call_command("migrate", "jobs", "0001", verbosity=0)
"""
    run(tmp_path, back)
    assert run(tmp_path, MIGRATE) != "0"
    with sqlite3.connect(tmp_path / "lucida.sqlite3") as database:
        assert database.execute("SELECT queue FROM jobs_job").fetchall() == [("cpu",)]
    database.close()


def _user(database: sqlite3.Connection) -> list[object]:
    """A row that fits, whatever the columns' order."""
    kinds = {"id": "0" * 32, "username": "somebody", "date_joined": "2026-01-01 00:00:00", "is_active": 1}
    columns = [row[1] for row in database.execute("PRAGMA table_info(accounts_user)")]
    return [kinds.get(name, 0 if name.startswith("is_") else "" if name != "last_login" else None) for name in columns]


def test_only_the_newest_copies_are_kept(tmp_path: Path) -> None:
    original = tmp_path / "lucida.sqlite3"
    sqlite3.connect(original).close()
    copies = [copy_database(original) for _ in range(5)]
    assert sorted((tmp_path / "backups").iterdir()) == copies[-3:]
    assert copy_database(tmp_path / "missing.sqlite3") is None


def test_a_database_that_somebody_else_holds_is_busy_and_one_that_is_full_is_full(database: Path) -> None:
    from django.db import OperationalError, connection

    from lucida.accounts.models import User

    def write() -> None:
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA busy_timeout = 50")
            try:
                User.objects.create(username="somebody")
            finally:
                cursor.execute("PRAGMA busy_timeout = 20000")

    holder = sqlite3.connect(database / "lucida.sqlite3", isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    try:
        with pytest.raises(DatabaseBusy):
            anyio.run(run_db, write)
    finally:
        holder.close()
    anyio.run(run_db, write)
    assert isinstance(database_error(OperationalError("database or disk is full")), StorageFull)


def test_several_processes_that_migrate_at_once_do_it_once(tmp_path: Path) -> None:
    environment = {**os.environ, "LUCIDA_DATA_DIR": str(tmp_path), "DJANGO_SETTINGS_MODULE": "lucida.django_settings"}
    command = [sys.executable, "-c", MIGRATE]
    processes = [subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) for _ in range(3)]
    counts = sorted(int(process.communicate()[0]) for process in processes)
    assert counts[:2] == [0, 0]
    assert counts[2] > 10
    assert all(process.returncode == 0 for process in processes)


def test_the_installations_key_is_made_once_and_its_owners_alone(tmp_path: Path) -> None:
    code = "from django.conf import settings; print(settings.SECRET_KEY)"
    key = run(tmp_path, code)
    assert len(key) > 40
    assert run(tmp_path, code) == key
    assert (tmp_path / "secret_key").stat().st_mode & 0o777 == 0o600
