"""A Postgres server of a test's own, started from the installed binaries in a folder that goes with it."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from free_port import free_port
from waiting import wait_until

_DEBIAN = "/usr/lib/postgresql"
MISSING = "no Postgres server is installed (Debian: apt install postgresql)"
# It outlives no power cut, but what it has committed survives its own death.
_FAST = ("fsync=off", "full_page_writes=off", "max_connections=60", "shared_buffers=32MB")


def binary(name: str) -> Path | None:
    """A program of Postgres' server, which Debian keeps off the PATH."""
    found = shutil.which(name) or max((str(path) for path in Path(_DEBIAN).glob(f"*/bin/{name}")), default=None)
    return Path(found) if found else None


class Postgres:
    """A server; `user` is whom it runs as, for it refuses root."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.port = folder, free_port()
        self._user = "postgres" if hasattr(os, "geteuid") and os.geteuid() == 0 else None
        if self._user:
            shutil.chown(folder, self._user)
        self._run("initdb", "-D", "rows", "-U", "lucida", "--auth=trust", "--encoding=UTF8", "--no-sync")
        self.start()

    def address(self, name: str = "postgres", port: int | None = None) -> str:
        """Where one of its databases is."""
        return f"postgresql://lucida:unused@127.0.0.1:{port or self.port}/{name}"

    def start(self) -> None:
        """Start, and wait until it answers."""
        settings = [part for each in _FAST for part in ("-c", each)]
        program = str(binary("postgres"))
        command = [program, "-D", "rows", "-p", str(self.port), "-k", ".", "-c", "listen_addresses=127.0.0.1"]
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [*command, *settings], cwd=self.folder, user=self._user, stdout=log, stderr=log
            )
        wait_until(self._answers, "Postgres to answer")

    def stop(self, *, kindly: bool = True) -> None:
        """End it, its clients' connections with it."""
        self._process.send_signal(signal.SIGINT if kindly else signal.SIGQUIT)
        self._process.wait(30)

    def execute(self, statement: str) -> list[tuple[object, ...]]:
        """What a statement gives, as the server's owner."""
        import psycopg

        with psycopg.connect(self.address(), autocommit=True) as connection:
            cursor = connection.execute(statement)
            return cursor.fetchall() if cursor.description else []

    def _answers(self) -> bool:
        import psycopg

        if self._process.poll() is not None:
            raise RuntimeError((self.folder / "log").read_text())
        try:
            self.execute("SELECT 1")
        except psycopg.OperationalError:
            return False
        return True

    def _run(self, name: str, *arguments: str) -> None:
        command = [str(binary(name)), *arguments]
        subprocess.run(command, cwd=self.folder, user=self._user, check=True, capture_output=True)


@contextmanager
def postgres() -> Iterator[Postgres]:
    """A server for the length of a block."""
    folder = Path(tempfile.mkdtemp(prefix="lucida-postgres-"))
    server = Postgres(folder)
    try:
        yield server
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)
