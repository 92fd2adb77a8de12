"""The one way to the rows: set-up, migrations, and the bridge from async code."""

from __future__ import annotations

import functools
import os
import sqlite3
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import ParamSpec, TypeVar

import anyio
import anyio.to_thread

from lucida.errors import DatabaseBusy, LucidaError, StorageFull
from lucida.storage.lock import locked

P = ParamSpec("P")
R = TypeVar("R")

# Enough for a page's burst of requests; SQLite writes one at a time whatever we ask.
_DATABASE_THREADS = 16
# The newest copies made before migrations that are kept.
_KEPT_BACKUPS = 3


def setup() -> None:
    """Make models importable; needed once per process, cheap when repeated."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "lucida.django_settings")
    import django

    django.setup()


@functools.cache
def _limiter() -> anyio.CapacityLimiter:
    return anyio.CapacityLimiter(_DATABASE_THREADS)


def closing_connections(function: Callable[P, R]) -> Callable[P, R]:
    """The function, closing afterwards what connections its thread opened.

    Django keeps a connection per thread and only its own requests close them: a thread pool would keep one open per
    thread for ever.
    """

    @functools.wraps(function)
    def closed(*args: P.args, **kwargs: P.kwargs) -> R:
        from django.db import connections

        try:
            return function(*args, **kwargs)
        finally:
            connections.close_all()

    return closed


async def run_db(function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    """Call a function that touches rows from async code, in a thread, and leave no connection open.

    Errors: DatabaseBusy, StorageFull.
    """
    from django.db import OperationalError

    call = functools.partial(closing_connections(function), *args, **kwargs)
    try:
        return await anyio.to_thread.run_sync(call, limiter=_limiter())
    except OperationalError as error:
        raise database_error(error) from error


def database_error(error: Exception) -> LucidaError:
    """What Django's OperationalError means to a person."""
    if "is full" in str(error):
        return StorageFull()
    return DatabaseBusy("The database did not answer in time; try again.")


def unapplied_migrations() -> list[str]:
    """Names of the migrations that the database lacks, in order."""
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    return [f"{migration.app_label}.{migration.name}" for migration, _ in plan]


def copy_database(path: Path) -> Path | None:
    """A consistent copy of the SQLite file beside it; None where there is none yet."""
    if not path.exists():
        return None
    folder = path.parent / "backups"
    folder.mkdir(exist_ok=True)
    copy = folder / f"{path.stem}-{datetime.now(UTC):%Y%m%dT%H%M%S%f}{path.suffix}"
    with sqlite3.connect(path) as source, sqlite3.connect(copy) as target:
        source.backup(target)
    source.close()
    target.close()
    for old in sorted(folder.glob(f"{path.stem}-*{path.suffix}"))[:-_KEPT_BACKUPS]:
        old.unlink()
    return copy


def migrate() -> list[str]:
    """Bring the database up to date and return what was applied.

    One process at a time, under a lock in the data folder; a SQLite file that exists is copied first, when there is
    something to apply.
    """
    setup()
    from django.conf import settings
    from django.core.management import call_command
    from django.db import connection

    with locked(settings.DATA_DIR / "migrate.lock"):
        waiting = unapplied_migrations()
        if not waiting:
            return []
        tables = connection.introspection.table_names()
        if connection.vendor == "sqlite" and tables:
            copy_database(Path(str(settings.DATABASES["default"]["NAME"])))
        call_command("migrate", interactive=False, verbosity=0, stdout=sys.stderr)
        return waiting
