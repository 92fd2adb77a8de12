"""The one way to the rows: set-up, migrations, and the bridge from async code."""

from __future__ import annotations

import functools
import logging
import os
import sqlite3
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, ParamSpec, TypeVar

import anyio
import anyio.to_thread

from lucida.config import get_settings
from lucida.errors import BadSetting, DatabaseBusy, LucidaError, StorageFull
from lucida.storage.lock import locked

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper

log = logging.getLogger("lucida.database")

P = ParamSpec("P")
R = TypeVar("R")

# Enough for a page's burst of requests; SQLite writes one at a time whatever we ask.
_DATABASE_THREADS = 16
# The newest copies made before migrations that are kept.
_KEPT_BACKUPS = 3
_INSISTING_SECONDS = 120.0
_INSISTING_PAUSE = 0.5
# Postgres' lock of whoever migrates: any number that nobody else uses.
_MIGRATING = 0x4C756369
_SILENT_SECONDS = 15


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


def drop_connections() -> None:
    """Close this thread's connections, broken perhaps, after the database failed; the next query opens new ones."""
    from django.db import connections

    connections.close_all()


def insistently(function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    """Call a function that touches rows until the database answers; for what must be written, and may be twice.

    Gives up after two minutes, and at once where the disk is full, with the database's error.
    """
    from django.db import InterfaceError, OperationalError

    until = time.monotonic() + _INSISTING_SECONDS
    while True:
        try:
            return function(*args, **kwargs)
        except (OperationalError, InterfaceError) as error:
            if isinstance(database_error(error), StorageFull) or time.monotonic() > until:
                raise
            log.warning("the database did not answer, trying again: %s", error)
            drop_connections()
            time.sleep(_INSISTING_PAUSE)


async def run_db(function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    """Call a function that touches rows from async code, in a thread, and leave no connection open.

    Errors: DatabaseBusy, StorageFull.
    """
    call = functools.partial(closing_connections(function), *args, **kwargs)
    with errors_as_ours():
        return await anyio.to_thread.run_sync(call, limiter=_limiter())


def database_error(error: Exception) -> LucidaError:
    """What Django's OperationalError means to a person."""
    if "is full" in str(error):
        return StorageFull()
    return DatabaseBusy("The database did not answer in time; try again.")


@contextmanager
def errors_as_ours() -> Iterator[None]:
    """Turn the database's failures into errors that a person reads."""
    from django.db import InterfaceError, OperationalError

    try:
        yield
    except (OperationalError, InterfaceError) as error:
        raise database_error(error) from error


def unapplied_migrations(alias: str = "default") -> list[str]:
    """Names of the migrations that the database lacks, in order."""
    from django.db import connections
    from django.db.migrations.executor import MigrationExecutor

    executor = MigrationExecutor(connections[alias])
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


def on_postgres() -> bool:
    """Whether the rows are in Postgres, where migrating is a step of its own."""
    return get_settings().database_url is not None


def need_no_migrations() -> None:
    """Raise `BadSetting` where the database is behind the code, and `DatabaseBusy` where it does not answer."""
    with errors_as_ours():
        waiting = closing_connections(unapplied_migrations)()
    if waiting:
        raise BadSetting(f"The database lacks {len(waiting)} migrations; run lucida migrate.")


def migrate() -> list[str]:
    """Bring the database up to date and return what was applied.

    One process at a time: under a lock in the data folder, and in Postgres under one of its own. A SQLite file that
    exists is copied first, when there is something to apply. Raises `DatabaseBusy` where the database does not answer.
    """
    setup()
    from django.conf import settings
    from django.core.management import call_command
    from django.db import connections

    alias = "direct" if on_postgres() else "default"
    connection = connections[alias]
    with errors_as_ours(), locked(settings.DATA_DIR / "migrate.lock"), _locked_in(connection):
        waiting = unapplied_migrations(alias)
        if connection.vendor == "postgresql":
            _let_go_of_the_silent(connection)
        if not waiting:
            return []
        if connection.vendor == "sqlite" and connection.introspection.table_names():
            copy_database(Path(str(settings.DATABASES["default"]["NAME"])))
        call_command("migrate", database=alias, interactive=False, verbosity=0, stdout=sys.stderr)
        return waiting


def _let_go_of_the_silent(connection: BaseDatabaseWrapper) -> None:
    """Have Postgres end our transactions that say nothing for a while: whoever began them may be cut off for good.

    Until then they would hold their rows, and every other worker would wait for these.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT quote_ident(current_database())")
        ((name,),) = cursor.fetchall()
        patience = f"SET idle_in_transaction_session_timeout = '{_SILENT_SECONDS}s'"
        cursor.execute(f"ALTER ROLE CURRENT_USER IN DATABASE {name} {patience}")


@contextmanager
def _locked_in(connection: BaseDatabaseWrapper) -> Iterator[None]:
    """Postgres' own lock for this, which ends with the connection; nothing in SQLite."""
    if connection.vendor != "postgresql":
        yield
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [_MIGRATING])
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [_MIGRATING])
