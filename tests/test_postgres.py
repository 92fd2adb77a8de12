"""Rows in Postgres: the same promises as with SQLite, one migration at a time, few connections, and restarts."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from postgres import MISSING, Postgres, binary, postgres
from waiting import wait_until

from lucida.errors import BadSetting
from lucida.postgres import database_at

pytestmark = [pytest.mark.slow, pytest.mark.skipif(binary("postgres") is None, reason=MISSING)]

# What touches rows; the tests of the one and of the other database are the same.
SAME = (
    "test_claim.py",
    "test_duty.py",
    "test_celery_dispatcher.py",
    "test_execution.py",
    "test_hub.py",
    "test_job_routes.py",
    "test_owners.py",
    "test_reaper.py",
    "test_submission.py",
    "../accounts/test_accounts.py",
    "../accounts/test_limits.py",
    "../accounts/test_tokens.py",
    "../images/test_keeping.py",
)
JOBS = Path(__file__).parent / "jobs"
LUCIDA = [sys.executable, "-m", "lucida.cli"]

# Eighty requests at once from as many threads as a server has.
BURST = """
import anyio
from lucida.database import run_db, setup
setup()
from lucida.jobs.models import Job
async def all_at_once():
    async with anyio.create_task_group() as group:
        for _ in range(80):
            group.start_soon(run_db, Job.objects.count)
anyio.run(all_at_once)
print("asked", flush=True)
input()
"""
# A job of six seconds, and a worker for it.
LONG_JOB = """
from lucida.database import setup
setup()
from lucida.accounts.owner import local_user
from lucida.jobs.embedded import EmbeddedDispatcher
from lucida.jobs.kinds import load_kinds
from lucida.jobs.submission import submit
load_kinds()
submit("hashing", local_user(), params={"seconds": 6.0}, inputs={})
dispatcher = EmbeddedDispatcher(1, ("tests",))
dispatcher.start()
print("started", flush=True)
input()
dispatcher.stop()
"""


@pytest.fixture(scope="module")
def server() -> Iterator[Postgres]:
    with postgres() as server:
        yield server


@pytest.fixture
def environment(server: Postgres, tmp_path: Path, request: pytest.FixtureRequest) -> dict[str, str]:
    """For a Lucida of its own, with a database of its own."""
    name = f"rows_{abs(hash(request.node.name))}"
    server.execute(f"CREATE DATABASE {name}")
    return {**os.environ, "LUCIDA_DATA_DIR": str(tmp_path), "LUCIDA_DATABASE_URL": server.address(name), "NAME": name}


def python(code: str, environment: dict[str, str]) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", code]
    return subprocess.Popen(command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def migrated(environment: dict[str, str]) -> dict[str, str]:
    subprocess.run([*LUCIDA, "migrate"], env=environment, check=True, capture_output=True)
    return environment


def test_what_holds_with_sqlite_holds_with_postgres(repository: Path) -> None:
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--postgres"]
    told = subprocess.run(
        [*command, *(str(JOBS / name) for name in SAME)], cwd=repository, capture_output=True, text=True
    )
    assert told.returncode == 0, told.stdout[-6000:] + told.stderr[-2000:]


def test_who_serves_and_who_works_wants_the_migrations_done(environment: dict[str, str]) -> None:
    for command in (["serve", "--port", "8999"], ["worker"]):
        told = subprocess.run([*LUCIDA, *command], env=environment, capture_output=True, text=True, timeout=120)
        assert told.returncode == 2
        assert "migrations; run lucida migrate." in told.stderr
        assert "Traceback" not in told.stderr


@pytest.mark.parametrize("command", [["migrate"], ["serve", "--port", "8999"]])
def test_a_postgres_that_is_not_there_is_one_sentence(command: list[str], tmp_path: Path) -> None:
    environment = {**os.environ, "LUCIDA_DATA_DIR": str(tmp_path)}
    environment["LUCIDA_DATABASE_URL"] = "postgresql://lucida:hush@127.0.0.1:1/rows?connect_timeout=2"
    told = subprocess.run([*LUCIDA, *command], env=environment, capture_output=True, text=True, timeout=120)
    assert told.returncode == 1
    assert "The database did not answer in time; try again." in told.stderr
    assert "Traceback" not in told.stderr
    assert "hush" not in told.stderr


def test_two_that_migrate_at_once_do_it_once(environment: dict[str, str], tmp_path: Path) -> None:
    """Each has a data folder of its own, as two machines have: only Postgres keeps them apart."""
    both = [
        subprocess.Popen(
            [*LUCIDA, "migrate"],
            env={**environment, "LUCIDA_DATA_DIR": str(tmp_path / name)},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for name in ("one", "other")
    ]
    told = [process.communicate(timeout=120) for process in both]
    assert [process.returncode for process in both] == [0, 0], told
    assert sorted("up to date" in out for out, _ in told) == [False, True]


def test_a_burst_leaves_few_connections(environment: dict[str, str], server: Postgres) -> None:
    process = python(BURST, migrated(environment))
    assert process.stdout is not None
    assert process.stdout.readline() == "asked\n"
    name = environment["NAME"]
    ((held,),) = server.execute(f"SELECT count(*) FROM pg_stat_activity WHERE datname = '{name}'")
    process.communicate("\n", timeout=30)
    assert isinstance(held, int)
    assert 1 <= held <= 16


def test_a_restart_of_postgres_costs_a_running_job_nothing(environment: dict[str, str], server: Postgres) -> None:
    environment = migrated(environment) | {"DJANGO_SETTINGS_MODULE": "job_settings", "LUCIDA_LEASE_SECONDS": "60"}
    process = python(LONG_JOB, environment)
    assert process.stdout is not None
    assert process.stdout.readline() == "started\n"
    import psycopg

    address = environment["LUCIDA_DATABASE_URL"]

    def job() -> tuple[object, ...]:
        with psycopg.connect(address) as connection:
            row = connection.execute("SELECT status, progress > 0.2, attempt, worker_deaths, fence FROM jobs_job")
            return row.fetchone() or ()

    wait_until(lambda: job()[1], "the job to work")
    server.stop(kindly=False)
    threading.Event().wait(2)
    server.start()
    wait_until(lambda: job()[0] not in ("queued", "processing"), "the job to end")
    assert job() == ("done", True, 0, 0, 1)
    process.communicate("\n", timeout=60)


@pytest.mark.parametrize(
    "address",
    ["mysql://lucida:hush@there/rows", "postgresql://lucida:hush@there:port/rows", "postgresql://lucida:hush@"],
)
def test_an_address_that_is_none_is_refused_without_showing_its_password(address: str) -> None:
    with pytest.raises(BadSetting, match="DATABASE_URL") as refused:
        database_at(address, "DATABASE_URL")
    assert "hush" not in str(refused.value)


def test_what_an_address_says_of_the_way_there_is_kept() -> None:
    entry = database_at("postgres://a:b@there:6543/rows?sslmode=require", "DATABASE_URL", connections=4)
    assert (entry["HOST"], entry["PORT"], entry["NAME"], entry["USER"]) == ("there", "6543", "rows", "a")
    assert entry["OPTIONS"]["sslmode"] == "require"
    assert entry["OPTIONS"]["pool"]["max_size"] == 4
    assert "pool" not in database_at("postgres://a:b@there/rows", "DATABASE_DIRECT_URL")["OPTIONS"]
