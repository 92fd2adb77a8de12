"""The dispatcher of several machines: workers anywhere hear of jobs through Celery's broker."""

from __future__ import annotations

import logging
import queue
import threading
import time
from collections.abc import Callable

from lucida.jobs.broker import Broker, BrokerDown
from lucida.jobs.embedded import EmbeddedDispatcher
from lucida.jobs.kinds import RESOURCES
from lucida.jobs.lease import due_jobs

log = logging.getLogger("lucida.jobs")

_REMIND_SECONDS = 2.0
_PAUSE_SECONDS = 5.0  # after the broker did not answer
_MOST_MESSAGES = 500  # in a queue, by reminding; nobody takes more at once


class CeleryDispatcher(EmbeddedDispatcher):
    """Sends a message for each job, and again while jobs wait that no message speaks of.

    So a broker that loses its messages, or is away, costs jobs some waiting and nothing else. It may have workers of
    its own beside those of other machines.
    """

    def __init__(
        self,
        broker: Broker,
        workers: int,
        queues: tuple[str, ...] = RESOURCES,
        *,
        give_up: Callable[[], None] | None = None,
    ) -> None:
        super().__init__(workers, queues, give_up=give_up)
        self._broker = broker
        self._hints: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        self._sender = threading.Thread(target=self._send_hints, name="hints", daemon=True)
        self._not_before = 0.0

    def start(self) -> None:
        """Start the threads, and workers of our own."""
        super().start()
        self._sender.start()

    def notify(self, queue: str) -> None:
        """Send a message, soon: nobody waits for the broker."""
        self._hints.put(queue)

    def trouble(self) -> str | None:
        """Whether the broker answers; it is asked now."""
        try:
            self._broker.waiting(RESOURCES[0])
        except BrokerDown:
            return "Redis (CELERY_BROKER_URL) does not answer: jobs are kept, and taken when it is back."
        return None

    def stop(self) -> None:
        """End; the jobs of our own workers go back to the queue."""
        super().stop()
        self._hints.put(None)
        if self._sender.ident is not None:
            self._sender.join()

    def remind(self) -> None:
        """Send what is missing to as many messages as there are jobs to take."""
        now = time.monotonic()
        if now < self._not_before:
            return
        self._not_before = now + _REMIND_SECONDS
        try:
            for name, due in due_jobs().items():
                missing = min(due, _MOST_MESSAGES) - self._broker.waiting(name)
                if missing > 0:
                    self._broker.send(name, missing)
        except BrokerDown as error:
            self._not_before = now + _PAUSE_SECONDS
            log.warning("the broker does not answer, jobs wait: %s", error)

    def _send_hints(self) -> None:
        while (name := self._hints.get()) is not None:
            try:
                self._broker.send(name)
            except BrokerDown as error:
                log.warning("the broker did not take a message, it is sent again later: %s", error)
