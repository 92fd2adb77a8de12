"""Celery, as far as it is used: a message in a queue says "take the next job that waits here", and nothing else.

Which job that is, is decided by the claim in the database. A message too many finds nothing to take; one that is lost
is sent again while its job waits (`lucida.jobs.brokered`).
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from lucida.config import get_settings
from lucida.errors import BadSetting

if TYPE_CHECKING:
    from celery import Celery

log = logging.getLogger("lucida.jobs")

_TAKE = "lucida.take"
_PREFIX = "lucida."
# A message whose worker died is given to another after this; sooner only costs a look at the queue in vain.
_VISIBILITY_SECONDS = 60
_HEALTH_SECONDS = 4  # a connection that is dead and does not say so is dropped after twice this
_ANSWER_SECONDS = 3.0
_UNSTUCK_SECONDS = 2.0
_TRANSPORT = {
    "visibility_timeout": _VISIBILITY_SECONDS,
    # The first is how often it is looked for such messages, the second that this is done each time.
    "unacked_restore_interval": 5,
    "unacked_restore_throttle": 1,
    # Another program on the same Redis, with another patience, must not give out our messages.
    "unacked_key": "lucida.unacked",
    "unacked_index_key": "lucida.unacked_index",
    "unacked_mutex_key": "lucida.unacked_mutex",
    "socket_timeout": _ANSWER_SECONDS,
    "socket_connect_timeout": _ANSWER_SECONDS,
    "socket_keepalive": True,
    "health_check_interval": _HEALTH_SECONDS,
}


class BrokerDown(Exception):
    """Redis does not answer; what it says is in the message."""


def configured_broker() -> Broker | None:
    """The broker that the settings name. Raises `BadSetting`."""
    url = get_settings().celery_broker_url
    return Broker(url.get_secret_value()) if url else None


class Broker:
    """The queues of messages in a Redis."""

    def __init__(self, url: str) -> None:
        """Raises `BadSetting` where Celery is not installed or the address is no Redis'; connects to nothing yet."""
        try:
            from celery import Celery
        except ImportError:
            raise BadSetting("CELERY_BROKER_URL needs Celery: pip install 'lucida[cluster]'.") from None
        if not url.startswith(("redis://", "rediss://")):
            raise BadSetting("CELERY_BROKER_URL is no address of a Redis; write redis://host:6379/0.")
        self.app: Celery = Celery("lucida", broker=url, set_as_current=False)
        self.app.conf.update(
            broker_transport_options=_TRANSPORT,
            broker_connection_retry_on_startup=True,
            broker_connection_max_retries=None,
            task_acks_late=True,
            task_reject_on_worker_lost=True,
            task_ignore_result=True,
            task_serializer="json",
            accept_content=["json"],
            worker_prefetch_multiplier=1,
            worker_enable_remote_control=False,
            worker_hijack_root_logger=False,
            worker_redirect_stdouts=False,
            worker_cancel_long_running_tasks_on_connection_loss=False,
        )
        self._errors = self._connection_errors()

    def send(self, queue: str, count: int = 1) -> None:
        """Tell workers of a queue, as many times, that a job waits. Raises `BrokerDown`."""
        with self._told(), self.app.connection_for_write() as connection:
            for _ in range(count):
                self.app.send_task(_TAKE, args=(queue,), queue=_PREFIX + queue, connection=connection, retry=False)

    def waiting(self, queue: str) -> int:
        """How many messages nobody has taken yet. Raises `BrokerDown`."""
        with self._told(), self.app.connection_for_write() as connection:
            return int(connection.default_channel.queue_declare(_PREFIX + queue).message_count)

    def consume(self, queues: Sequence[str], take: Callable[[str], object], stopping: threading.Event) -> None:
        """Call `take` with a message's queue, in this thread, one after the other, until told to stop.

        The connection is made again whenever it breaks.
        """
        from celery import bootsteps, signals
        from celery.worker import state
        from celery.worker.worker import WorkController

        def leave_logging_alone(**_: object) -> None:
            return None

        def take_next(queue: str) -> None:
            take(queue)

        class Unstuck(bootsteps.StartStopStep):  # type: ignore[misc]  # Celery has no types
            """Connects anew where a message could not be acknowledged, which Celery would wait for without end."""

            requires = ("celery.worker.consumer.tasks:Tasks",)

            def start(self, consumer: Any) -> None:
                if consumer.hub is not None:
                    consumer.hub.call_repeatedly(_UNSTUCK_SECONDS, self.look, consumer)

            def look(self, consumer: Any) -> None:
                # No message is in hand here: they are taken in this very thread.
                if consumer.task_consumer is not None and not consumer.task_consumer.channel.qos.can_consume():
                    raise ConnectionResetError("a message could not be acknowledged")

        self.app.steps["consumer"].add(Unstuck)
        for chatty in ("celery.worker.strategy", "celery.app.trace"):  # a line for each message
            logging.getLogger(chatty).setLevel(logging.WARNING)
        signals.setup_logging.connect(leave_logging_alone, weak=False)
        self.app.task(take_next, name=_TAKE, ignore_result=True)
        worker = WorkController(
            app=self.app,
            pool="solo",
            concurrency=1,
            queues=[_PREFIX + queue for queue in queues],
            without_gossip=True,
            without_mingle=True,
            without_heartbeat=True,
        )

        def stop() -> None:
            stopping.wait()
            state.should_stop = 0

        threading.Thread(target=stop, daemon=True, name="stop").start()
        worker.start()

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except self._errors as error:
            raise BrokerDown(str(error)) from error

    def _connection_errors(self) -> tuple[type[Exception], ...]:
        from kombu.exceptions import OperationalError

        unconnected = self.app.connection_for_write()
        return (OperationalError, *unconnected.connection_errors, *unconnected.channel_errors)
