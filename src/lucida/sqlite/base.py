"""Django's SQLite with connections that are kept for whoever comes next.

To open one takes longer than what most requests then ask of it: dozens of functions are registered, the file's head and
the schema are read.

Nobody in a process that has connections may open and close the database's files by any other way: POSIX lets all of its
locks go with that (SQLite, How To Corrupt An SQLite Database File, 2.2).
"""

from __future__ import annotations

import atexit
import os
from collections import defaultdict
from typing import Any

from django.db.backends.sqlite3 import base

_MOST = 16
# By process and file: what a fork finds here is its parent's.
_kept: defaultdict[tuple[int, str], list[Any]] = defaultdict(list)


class DatabaseWrapper(base.DatabaseWrapper):
    """Closing gives the connection back, unless it has met an error or is in the middle of something."""

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        kept = _kept[self._place()]
        while kept:
            try:
                connection = kept.pop()
            except IndexError:  # another thread was faster
                break
            connection.execute("PRAGMA foreign_keys = ON")  # whoever had it may have left it otherwise
            return connection
        return super().get_new_connection(conn_params)

    def _close(self) -> None:
        connection, kept = self.connection, _kept[self._place()]
        unfit = self.errors_occurred or self.in_atomic_block or connection is None or connection.in_transaction
        if unfit or len(kept) >= _MOST:
            super()._close()  # type: ignore[misc]  # Django's stubs lack it
        else:
            kept.append(connection)

    def _place(self) -> tuple[int, str]:
        return os.getpid(), str(self.settings_dict["NAME"])


def close_kept() -> None:
    """Close what nobody uses, so that the last to leave brings the file up to date."""
    for (process, _), connections in _kept.items():
        while connections and process == os.getpid():
            connections.pop().close()


atexit.register(close_kept)
