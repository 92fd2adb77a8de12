"""A Redis of a test's own, started from the installed binary, that keeps nothing."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

import redis
from free_port import free_port
from waiting import wait_until

MISSING = "no Redis server is installed (Debian: apt install redis-server)"
BINARY = shutil.which("redis-server")


class Redis:
    """A server."""

    def __init__(self) -> None:
        self.port = free_port()
        self.start()

    def address(self, port: int | None = None) -> str:
        """Where it is, or where a proxy before it is."""
        return f"redis://127.0.0.1:{port or self.port}/0"

    @property
    def client(self) -> redis.Redis:
        """Asks it."""
        return redis.Redis(port=self.port)

    def start(self) -> None:
        """Start, empty, and wait until it answers."""
        command = [str(BINARY), "--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
        self._process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        wait_until(self._answers, "Redis to answer")

    def stop(self) -> None:
        """End it, and all that it held."""
        self._process.kill()
        self._process.wait()

    def _answers(self) -> bool:
        assert self._process.poll() is None
        try:
            with self.client as client:
                return bool(client.ping())
        except redis.ConnectionError:
            return False


@contextmanager
def redis_server() -> Iterator[Redis]:
    """A server for the length of a block."""
    server = Redis()
    try:
        yield server
    finally:
        server.stop()
