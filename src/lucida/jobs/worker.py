"""A worker process: `python -m lucida.jobs.worker`. Takes one job after the other until it is told to stop.

Its standard input is a pipe from whoever started it: a byte means "there may be work", its end means "I am gone".
"""

from __future__ import annotations

import argparse
import ctypes
import faulthandler
import logging
import os
import queue
import signal
import sys
import threading
import time
import warnings
from collections.abc import Callable, Sequence
from types import FrameType
from typing import Any

import structlog

from lucida import database
from lucida.config import get_settings
from lucida.errors import Interrupted, LucidaError
from lucida.jobs.kinds import RESOURCES
from lucida.logs import start_logging

log = logging.getLogger("lucida.worker")

# How long a worker looks at the queue again although nobody woke it.
_POLL_SECONDS = 0.5
_TICK_SECONDS = 0.25
# Whoever started us is gone: the job in hand may still be put back properly, but an orphan must not linger.
_ORPHAN_SECONDS = 1.5
_PR_SET_PDEATHSIG = 1
# Whoever asks the server on this machine goes first; what nobody else wants of a core is a worker's as before.
_NICENESS = 10
CANNOT_START = (
    78  # exit status of a worker whose settings cannot work (EX_CONFIG of sysexits.h): another would fail alike
)


def _end_with_parent() -> None:
    """Ask Linux for a SIGTERM at the parent's death; elsewhere the end of standard input tells."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


def _make_way() -> None:
    """Let whoever started us go first. Before there are threads: on Linux each has a niceness of its own."""
    if sys.platform != "win32":
        os.nice(_NICENESS)


class Work:
    """The loop, and the side thread that keeps leases and heartbeats while a kernel computes."""

    def __init__(self, worker: str, queues: list[str]) -> None:
        self.worker = worker
        self.queues = queues
        self.stopping = threading.Event()
        self.wake = threading.Event()
        self._signals: queue.SimpleQueue[int] = queue.SimpleQueue()
        self._running: Any = None
        self._engines: dict[str, Any] = {}
        self._state = "starting"

    def on_signal(self, number: int, frame: FrameType | None) -> None:
        """Hand a signal to the thread that stops us: here the interrupted code may hold any lock but this queue's."""
        self._signals.put(number)

    def heed_signals(self) -> None:
        """Stop at the first signal: the job in hand may still be finished for a while."""
        self._signals.get()
        self.stopping.set()
        self.wake.set()
        until = time.monotonic() + get_settings().finish_seconds
        while self._running is not None and time.monotonic() < until:
            time.sleep(_TICK_SECONDS)
        self.stop()

    def stop(self) -> None:
        """Stop at the next step; the job in hand goes back to the queue."""
        self.stopping.set()
        self.wake.set()
        running = self._running
        if running is not None:
            running.stop(Interrupted("The worker was stopped."))

    def listen(self, read: Callable[[int], bytes]) -> None:
        """Hear from standard input until its end."""
        while read(1):
            self.wake.set()
        if sys.platform != "win32":  # the system ends us, whatever holds the interpreter by then
            signal.setitimer(signal.ITIMER_REAL, _ORPHAN_SECONDS)
        self.stop()
        time.sleep(_ORPHAN_SECONDS)
        os._exit(1)

    def warm(self) -> None:
        """Load and compile what the first job would wait for."""
        from lucida.jobs.kinds import every_kind

        for kind in every_kind():
            if kind.waits_in(self.queues) and not self.stopping.is_set():
                kind.warm(self.queues)
                self._engines.update(kind.engines())

    def side(self) -> None:
        """Heartbeat, lease and held-back progress, every quarter of a second."""
        from django.db import Error

        from lucida.engines.devices import card_memory
        from lucida.jobs.heartbeat import HEARTBEAT_SECONDS, beat

        told: tuple[float, str] = (0.0, "")
        while True:
            running = self._running
            try:
                if running is not None:
                    running.tick()
                if told[1] != self._state or time.monotonic() - told[0] > HEARTBEAT_SECONDS:
                    told = (time.monotonic(), self._state)
                    memory = card_memory()
                    # Before it has engines it tells of none, and nobody takes its word for what there is.
                    engines = {**self._engines, "memory": memory} if self._engines and memory else self._engines
                    beat(self.worker, state=self._state, queues=self.queues, engines=engines)
            except Error as error:
                log.warning("the database did not take a heartbeat: %s", error)
                database.drop_connections()
            time.sleep(_TICK_SECONDS)

    def loop(self) -> None:
        """Take jobs until stopped: whenever somebody tells of one, and now and then without."""
        self._state = "idle"
        while not self.stopping.is_set():
            self.wake.clear()
            if not self.take(self.queues):
                self.wake.wait(_POLL_SECONDS)

    def ready(self) -> None:
        """Tell that the first job may come: one that kills us at once must not be taken for a failed start."""
        from lucida.jobs.heartbeat import beat

        database.insistently(beat, self.worker, state="idle", queues=self.queues, engines=self._engines)
        log.info("worker %s is ready", self.worker)

    def take(self, queues: Sequence[str]) -> bool:
        """Claim the next job of these queues and execute it; False where nothing waits."""
        from django.db import InterfaceError, OperationalError

        from lucida.jobs.execution import execute
        from lucida.jobs.lease import claim, give_back
        from lucida.jobs.running import RunningJob

        if self.stopping.is_set():
            return False
        try:
            job = claim(self.worker, queues)
        except (OperationalError, InterfaceError) as error:
            log.warning("the database did not answer: %s", error)
            database.drop_connections()
            return False
        if job is None:
            return False
        self._state = "busy"
        self._running = running = RunningJob(job)
        try:
            if self.stopping.is_set():
                database.insistently(give_back, job)
            else:
                with structlog.contextvars.bound_contextvars(job=str(job.id)):
                    execute(job, running)
        finally:
            self._running = None
            self._state = "idle"
        return True


def main(arguments: list[str] | None = None) -> int:
    """Run a worker until SIGTERM, SIGINT or the end of standard input."""
    parser = argparse.ArgumentParser(prog="lucida.jobs.worker")
    parser.add_argument("--id", help="name in the heartbeat; made up where it is not given")
    parser.add_argument("--queues", default=",".join(RESOURCES), help="comma-separated")
    parser.add_argument("--attached", action="store_true", help="end with standard input")
    given = parser.parse_args(arguments)
    if given.attached:
        _end_with_parent()
        _make_way()
    start_logging()
    warnings.simplefilter("ignore", ResourceWarning)
    if sys.platform != "win32":  # kill -USR1 shows in the log where a worker is, even one that hangs
        faulthandler.register(signal.SIGUSR1)

    database.setup()
    from lucida.jobs.broker import configured_broker
    from lucida.jobs.heartbeat import bury, hold_life_lock, make_worker_id, pulse
    from lucida.jobs.kinds import load_kinds

    work = Work(given.id or make_worker_id(), [queue for queue in given.queues.split(",") if queue])
    threading.Thread(target=work.heed_signals, daemon=True, name="signals").start()
    signal.signal(signal.SIGTERM, work.on_signal)
    # A Ctrl-C on the terminal reaches the whole group; whoever started us says when to stop.
    signal.signal(signal.SIGINT, signal.SIG_IGN if given.attached else work.on_signal)
    hold_life_lock(work.worker)
    threading.Thread(target=pulse, args=(work.worker,), daemon=True, name="pulse").start()
    load_kinds()
    threading.Thread(target=work.side, daemon=True, name="side").start()
    if given.attached:
        descriptor = sys.stdin.fileno()
        listen = threading.Thread(target=work.listen, args=(lambda n: os.read(descriptor, n),), daemon=True)
        listen.start()
    try:
        broker = configured_broker()
        work.warm()
    except LucidaError as error:
        log.error("a worker cannot start: %s", error)
        bury(work.worker)
        return CANNOT_START
    work.ready()
    if broker is None:
        work.loop()
    else:
        broker.consume(work.queues, lambda queue: work.take([queue]), work.stopping)
    bury(work.worker)
    return 0


if __name__ == "__main__":
    status = main()
    logging.shutdown()
    # Not by the interpreter's own end: it freezes our side threads wherever they are, in a library's lock as well.
    os._exit(status)
