"""`lucida serve` as people start it, in a process of its own."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def served(data: Path, *options: str, **variables: str) -> Iterator[str]:
    """A server with its worker; its address."""
    environment = {**os.environ, "LUCIDA_DATA_DIR": str(data), "HF_HUB_OFFLINE": "1", **variables}
    environment.pop("DJANGO_SETTINGS_MODULE", None)
    command = [sys.executable, "-m", "lucida.cli", "serve", *(options or ("--port", "0"))]
    with subprocess.Popen(command, env=environment, cwd=data, stderr=subprocess.PIPE, text=True) as server:
        assert server.stderr is not None
        try:
            lines = iter(server.stderr.readline, "")
            yield next(match[1] for match in map(re.compile(r"Lucida serves (http\S+)").search, lines) if match)
        finally:
            threading.Thread(target=server.stderr.read, daemon=True).start()
            server.send_signal(signal.SIGINT)
            server.wait(timeout=60)
