"""What brings jobs to workers. The table holds the jobs; a dispatcher only sees to it that somebody takes them."""

from __future__ import annotations

from typing import Protocol


class Dispatcher(Protocol):
    """Embedded (`lucida.jobs.embedded`), or Celery's (`lucida.jobs.brokered`)."""

    def start(self) -> None:
        """Begin to bring jobs to workers."""
        ...

    def notify(self, queue: str) -> None:
        """Tell that a job waits in this queue; a hint, losing it costs a poll interval."""
        ...

    def trouble(self) -> str | None:
        """What keeps the news of jobs from workers, in a sentence; None where nothing does."""
        ...

    def stop(self) -> None:
        """End; jobs in hand go back to the queue."""
        ...
