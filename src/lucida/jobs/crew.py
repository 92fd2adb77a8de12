"""Worker processes as children of this one: started, started again when they die, killed when they must make way."""

from __future__ import annotations

import logging
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass

from lucida.config import get_settings
from lucida.jobs.heartbeat import make_worker_id, was_ready
from lucida.jobs.worker import CANNOT_START

log = logging.getLogger("lucida.jobs")

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

    @property
    def lives(self) -> bool:
        return self.process is not None and self.process.poll() is None


class Crew:
    """Keeps a number of workers alive; they are spawned, never forked, so that CUDA and threads survive.

    `give_up` is called where a worker says that it cannot start, as without the model it was told to use.
    """

    def __init__(self, workers: int, queues: tuple[str, ...], give_up: Callable[[], None] | None) -> None:
        self._give_up = give_up
        self._places = [_Place() for _ in range(workers)]
        self._queues = queues

    def look_after(self) -> bool:
        """Start whoever is missing; whether somebody has died."""
        died = [self._look_after(place, time.monotonic()) for place in self._places]
        return any(died)

    def wake(self) -> None:
        """Tell every worker that there may be work."""
        for place in self._places:
            process = place.process
            if process is not None and process.stdin is not None:
                try:
                    process.stdin.write(b"\n")
                    process.stdin.flush()
                except (OSError, ValueError):
                    log.debug("worker %s is not listening", place.worker)

    def pids(self) -> dict[str, int]:
        """The process id of each living worker."""
        return {
            place.worker: place.process.pid
            for place in self._places
            if place.process is not None and place.process.poll() is None
        }

    def kill(self, worker: str) -> bool:
        """Kill a worker if it is one of ours and lives."""
        for place in self._places:
            if place.worker == worker and place.process is not None and place.lives:
                place.process.kill()
                place.process.wait()
                return True
        return False

    def end(self) -> None:
        """Ask the workers to put their jobs back and end; kill those that do not."""
        for place in self._places:
            if place.process is not None and place.lives:
                place.process.terminate()
        deadline = time.monotonic() + get_settings().finish_seconds + _STOP_SECONDS
        for place in self._places:
            if place.process is not None:
                try:
                    place.process.wait(max(0.0, deadline - time.monotonic()))
                except subprocess.TimeoutExpired:
                    place.process.kill()
                    place.process.wait()
            self._close(place)

    def _look_after(self, place: _Place, now: float) -> bool:
        died = False
        if place.process is not None and not place.lives:
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
