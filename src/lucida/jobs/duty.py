"""What one process does for all: whoever holds the duty's lock, until it ends or the database loses sight of it."""

from __future__ import annotations

import logging
import os
import time
import zlib
from typing import Any

from django.conf import settings
from django.db import connections

from lucida.database import on_postgres
from lucida.storage.lock import try_lock

log = logging.getLogger("lucida.jobs")

_TRY_SECONDS = 5.0
# A holder asks after its lock every second or so; the lock of one that has not for this long is free again.
_SILENT_SECONDS = 15


class Duty:
    """A lock that is tried, never waited for, and belongs to the thread that asks.

    In Postgres it is an advisory lock in a transaction that stays open, on a connection of its own: that asks no
    session of a pooler, and ends with its holder however that ends. With SQLite all processes are on one machine, and
    it is a lock of the operating system's.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self._held: Any = None  # the connection in Postgres, the descriptor of the file
        self._tried = -_TRY_SECONDS

    def mine(self) -> bool:
        """Whether this process has the duty; it takes it where it is free. Raises the database's errors."""
        return self._mine_in_postgres() if on_postgres() else self._mine_on_disk()

    def let_go(self) -> None:
        """Leave the duty to others."""
        held, self._held = self._held, None
        if held is None:
            return
        if on_postgres():
            self._end_transaction()
        else:
            os.close(held)

    def _mine_on_disk(self) -> bool:
        if self._held is None:
            self._held = try_lock(settings.DATA_DIR / f"{self.name}.lock")
        return self._held is not None

    def _mine_in_postgres(self) -> bool:
        own = connections["duty"]
        if self._held is not None and self._held is own.connection:
            with own.cursor() as cursor:
                cursor.execute("SELECT 1")
            return True
        if self._held is None and time.monotonic() - self._tried < _TRY_SECONDS:
            return False
        self._tried = time.monotonic()
        own.close()
        self._held = None
        own.set_autocommit(False)
        with own.cursor() as cursor:
            cursor.execute(f"SET LOCAL idle_in_transaction_session_timeout = '{_SILENT_SECONDS}s'")
            cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [zlib.crc32(self.name.encode())])
            ((taken,),) = cursor.fetchall()
        if taken:
            self._held = own.connection
            log.debug("the duty %s is ours", self.name)
        else:
            self._end_transaction()
        return bool(taken)

    def _end_transaction(self) -> None:
        own = connections["duty"]
        try:
            own.rollback()
        finally:
            own.close()
