"""Workers as children of this process: started, watched, started again when they die."""

from __future__ import annotations

import logging
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from django.db import Error

from lucida.database import closing_connections, drop_connections
from lucida.jobs.heartbeat import make_worker_id, was_ready
from lucida.jobs.reaper import Reaper, cancel_killed
from lucida.jobs.sweeper import SWEEP_SECONDS, sweep
from lucida.jobs.worker import CANNOT_START

log = logging.getLogger("lucida.jobs")

_WATCH_SECONDS = 0.25
_REAP_SECONDS = 1.0
_LONGEST_BACKOFF = 30.0
# How long a child may take to put its job back when all stops.
_STOP_SECONDS = 8.0


@dataclass
class _Place:
    """A place for one worker."""

    process: subprocess.Popen[bytes] | None = None
    worker: str = ""
    deaths: int = 0
    not_before: float = 0.0


class EmbeddedDispatcher:
    """Keeps a number of worker processes alive; they are spawned, never forked, so that CUDA and threads survive.

    `give_up` is called where a worker says that it cannot start, as without the model it was told to use.
    """

    def __init__(
        self, workers: int, queues: tuple[str, ...] = ("default",), *, give_up: Callable[[], None] | None = None
    ) -> None:
        self._give_up = give_up
        self._places = [_Place() for _ in range(workers)]
        self._queues = queues
        self._reaper = Reaper()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=closing_connections(self._watch), name="dispatcher", daemon=True)

    def start(self) -> None:
        """Start the workers and the thread that watches them."""
        self._thread.start()

    def notify(self) -> None:
        """Wake every worker."""
        for place in self._places:
            process = place.process
            if process is not None and process.stdin is not None:
                try:
                    process.stdin.write(b"\n")
                    process.stdin.flush()
                except (OSError, ValueError):
                    log.debug("worker %s is not listening", place.worker)

    def stop(self) -> None:
        """Ask the workers to put their jobs back and end; kill those that do not."""
        self._stopping.set()
        if self._thread.ident is not None:
            self._thread.join()

    def workers(self) -> dict[str, int]:
        """The process id of each living worker."""
        return {
            place.worker: place.process.pid
            for place in self._places
            if place.process is not None and place.process.poll() is None
        }

    def _watch(self) -> None:
        reaped = swept = 0.0
        while not self._stopping.is_set():
            now = time.monotonic()
            try:
                died = [self._look_after(place, now) for place in self._places]
                if any(died) or now - reaped > _REAP_SECONDS:
                    reaped = now
                    self._reap()
                    self._kill_the_deaf()
                    self._reaper.bury_the_dead()
                if now - swept > SWEEP_SECONDS:
                    swept = now
                    sweep()
            except (Error, OSError) as error:  # whoever watches must not die of what it met once
                log.warning("the watch over the workers was disturbed: %s", error)
                drop_connections()
            self._stopping.wait(_WATCH_SECONDS)
        self._end_all()

    def _look_after(self, place: _Place, now: float) -> bool:
        """Start the place's worker where there is none; whether one has died."""
        died = False
        if place.process is not None and place.process.poll() is not None:
            died = True
            code = place.process.returncode
            if code == CANNOT_START and self._give_up is not None:
                self._close(place)
                place.not_before = float("inf")
                self._give_up()
                return died
            # Who was ready did not die of its start, and the next may start at once.
            place.deaths = 0 if was_ready(place.worker) else place.deaths + 1
            pause = min(0.25 * 2.0**place.deaths, _LONGEST_BACKOFF) if place.deaths else 0.0
            place.not_before = now + pause
            log.warning("worker %s ended with %s; the next starts in %.1f s", place.worker, code, pause)
            self._close(place)
        if place.process is None and now >= place.not_before:
            self._spawn(place)
        return died

    def _spawn(self, place: _Place) -> None:
        place.worker = make_worker_id()
        command = [sys.executable, "-m", "lucida.jobs.worker", "--attached", "--id", place.worker]
        command += ["--queues", ",".join(self._queues)]
        place.process = subprocess.Popen(command, stdin=subprocess.PIPE)

    def _close(self, place: _Place) -> None:
        if place.process is not None and place.process.stdin is not None:
            try:
                place.process.stdin.close()
            except OSError:
                log.debug("worker %s had closed its pipe", place.worker)
        place.process = None

    def _reap(self) -> None:
        """Put lost jobs back; a worker of ours that lost its lease but lives is stuck, and makes way."""
        lost = self._reaper.reap()
        for job in lost:
            self._kill(job.lease_owner)
        if lost:
            self.notify()

    def _kill_the_deaf(self) -> None:
        """Kill our workers that did not hear that their job was cancelled."""
        for job in self._reaper.deaf_jobs():
            if self._kill(job.lease_owner):
                log.warning("job %s: cancelled, but worker %s did not answer: killed", job.id, job.lease_owner)
                cancel_killed(job)

    def _kill(self, worker: str) -> bool:
        """Kill a worker if it is a child of ours and lives."""
        for place in self._places:
            if place.worker == worker and place.process is not None and place.process.poll() is None:
                place.process.kill()
                place.process.wait()
                return True
        return False

    def _end_all(self) -> None:
        for place in self._places:
            if place.process is not None and place.process.poll() is None:
                place.process.terminate()
        deadline = time.monotonic() + _STOP_SECONDS
        for place in self._places:
            if place.process is not None:
                try:
                    place.process.wait(max(0.0, deadline - time.monotonic()))
                except subprocess.TimeoutExpired:
                    place.process.kill()
                    place.process.wait()
            self._close(place)
        try:
            self._reaper.reap()
        except Error as error:
            log.warning("the database did not answer: %s", error)
