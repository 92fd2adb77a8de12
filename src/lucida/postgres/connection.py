"""A connection to Postgres on which nobody waits for ever."""

from __future__ import annotations

import time
from typing import Any

import psycopg

# The system notices a machine that is gone; what still takes our bytes and gives none back is noticed by this.
_ANSWER_SECONDS = 10.0
_LOOK_SECONDS = 0.1


class BoundedConnection(psycopg.Connection[Any]):
    """Closes itself, with an `OperationalError`, where a statement is not answered within ten seconds."""

    def wait(self, gen: Any, interval: float = _LOOK_SECONDS, timeout: float | None = None) -> Any:
        until = time.monotonic() + _ANSWER_SECONDS
        try:
            return super().wait(gen, interval, _ANSWER_SECONDS if timeout is None else timeout)
        except psycopg.OperationalError:
            if time.monotonic() >= until:
                self.close()  # what comes late is the answer to a question that nobody asks any more
            raise
