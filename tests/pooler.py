"""A transaction pooler of a test's own before Postgres: each transaction gets whichever connection is free."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from free_port import free_port
from postgres import Postgres
from waiting import wait_until

BINARY = shutil.which("pgbouncer") or shutil.which("/usr/sbin/pgbouncer")
# Fewer connections than processes that want one, so that none keeps its own.
_SETTINGS = """
[databases]
postgres = host=127.0.0.1 port={behind}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {port}
unix_socket_dir =
auth_type = trust
auth_file = {users}
pool_mode = transaction
default_pool_size = 4
server_login_retry = 1
"""


class Pooler:
    """PgBouncer before a server."""

    def __init__(self, folder: Path, rows: Postgres) -> None:
        self.port = free_port()
        user = "postgres" if hasattr(os, "geteuid") and os.geteuid() == 0 else None  # it refuses root
        settings = folder / "pooler.ini"
        users = folder / "users.txt"
        users.write_text('"lucida" ""\n')
        settings.write_text(_SETTINGS.format(behind=rows.port, port=self.port, users=users))
        if user:
            shutil.chown(folder, user)
        with (folder / "log").open("ab") as log:
            self._process = subprocess.Popen([str(BINARY), "-q", settings], user=user, stdout=log, stderr=log)
        self._address, self._log = rows.address(port=self.port), folder / "log"
        wait_until(self._answers, "PgBouncer to answer")

    def stop(self) -> None:
        """End it, its clients' connections with it."""
        self._process.kill()
        self._process.wait()

    def _answers(self) -> bool:
        import psycopg

        assert self._process.poll() is None, self._log.read_text()
        try:
            with psycopg.connect(self._address) as connection:
                connection.execute("SELECT 1")
        except psycopg.OperationalError:
            return False
        return True


@contextmanager
def pooler(rows: Postgres) -> Iterator[Pooler]:
    """One for the length of a block."""
    with tempfile.TemporaryDirectory(prefix="lucida-pooler-") as folder:
        made = Pooler(Path(folder), rows)
        try:
            yield made
        finally:
            made.stop()
