"""Looks at the files of a database that is in use."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path


def contents(paths: Iterable[Path]) -> bytes:
    """What the files hold, one after the other.

    Read by another process: closing a file of SQLite's lets all of this process's locks on it go, and whoever opens
    the database next then takes the memory away that the connections here work in.
    """
    files = [str(path) for path in paths if path.is_file()]
    return subprocess.run(["cat", "--", *files], capture_output=True, check=True).stdout if files else b""


_WRITE = "import sqlite3, sys; sqlite3.connect(sys.argv[1], timeout=0.5).execute('BEGIN IMMEDIATE')"


def can_be_written(database: Path) -> bool:
    """Whether nobody is in the middle of writing to a database of SQLite's, or gets over it in half a second."""
    done = subprocess.run([sys.executable, "-c", _WRITE, str(database)], capture_output=True, text=True)
    assert done.returncode == 0 or "database is locked" in done.stderr, done.stderr
    return done.returncode == 0
