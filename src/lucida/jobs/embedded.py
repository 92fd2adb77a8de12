"""The dispatcher that needs no other service: workers as children of this process, woken by a byte on their input."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Collection

from django.db import Error

from lucida.database import closing_connections, drop_connections
from lucida.errors import StorageUnavailable
from lucida.jobs.crew import Crew
from lucida.jobs.duty import Duty
from lucida.jobs.kinds import RESOURCES
from lucida.jobs.reaper import Reaper, cancel_killed
from lucida.jobs.sweeper import SWEEP_SECONDS, clear_up

log = logging.getLogger("lucida.jobs")

_WATCH_SECONDS = 0.25
_REAP_SECONDS = 1.0


class EmbeddedDispatcher:
    """Keeps workers alive and watches over leases.

    Of several processes on the same rows one, whoever holds the duty, reaps and clears away for all; each looks after
    its own workers. `give_up` is called where a worker says that it cannot start.
    """

    def __init__(
        self, workers: int, queues: tuple[str, ...] = RESOURCES, *, give_up: Callable[[], None] | None = None
    ) -> None:
        self._crew = Crew(workers, queues, give_up)
        self._reaper = Reaper()
        self._duty = Duty("watch")
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=closing_connections(self._watch), name="dispatcher", daemon=True)

    def start(self) -> None:
        """Start the workers and the thread that watches them."""
        self._thread.start()

    def notify(self, queue: str) -> None:
        """Wake every worker."""
        self._crew.wake()

    def trouble(self) -> str | None:
        """Nothing can keep a byte from a child's input."""
        return None

    def stop(self) -> None:
        """Ask the workers to put their jobs back and end; kill those that do not."""
        self._stopping.set()
        if self._thread.ident is not None:
            self._thread.join()

    def workers(self) -> dict[str, int]:
        """The process id of each living worker."""
        return self._crew.pids()

    def remind(self) -> None:
        """Called every second on the process that has the duty: see to it that no job waits unnoticed."""

    def _watch(self) -> None:
        reaped = swept = -SWEEP_SECONDS
        while not self._stopping.is_set():
            now = time.monotonic()
            try:
                died = self._crew.look_after()
                if died or now - reaped > _REAP_SECONDS:
                    reaped = now
                    on_duty = self._duty.mine()
                    self._look_after_jobs(for_all=on_duty)
                    if now - swept > SWEEP_SECONDS:
                        swept = now
                        clear_up(for_all=on_duty)
            except (Error, OSError, StorageUnavailable) as error:  # whoever watches must not die of what it met once
                log.warning("the watch over the workers was disturbed: %s", error)
                drop_connections()
                self._reaper.forget()
                self._kill_where(self._reaper.motionless_workers)
            self._stopping.wait(_WATCH_SECONDS)
        self._end()

    def _look_after_jobs(self, *, for_all: bool) -> None:
        for job in self._reaper.reap(here_only=not for_all):
            self._crew.kill(job.lease_owner)  # one that lost its lease but lives makes way
            self.notify(job.queue)
        self._kill_the_stuck()
        if for_all:
            self._reaper.bury_the_dead()
            self.remind()

    def _kill_the_stuck(self) -> None:
        """Kill our workers that lost their lease but live, or did not hear that their job was cancelled."""
        ours = self._crew.pids()
        if not ours:
            return
        for job in self._reaper.deaf_jobs(ours):
            if self._crew.kill(job.lease_owner):
                log.warning("job %s: cancelled, but worker %s did not answer: killed", job.id, job.lease_owner)
                cancel_killed(job)
        self._kill_where(self._reaper.stuck_workers)

    def _kill_where(self, find: Callable[[Collection[str]], list[str]]) -> None:
        for worker in find(self._crew.pids()):
            if self._crew.kill(worker):
                log.warning("worker %s stood still: killed", worker)

    def _end(self) -> None:
        self._crew.end()
        try:
            self._reaper.reap(here_only=True)
            self._duty.let_go()
        except Error as error:
            log.warning("the database did not answer: %s", error)
