"""What `lucida serve` and `lucida worker` do."""

from __future__ import annotations

import contextlib
import ctypes
import logging
import signal
import sys
import tempfile
import threading
import webbrowser
from collections.abc import Callable
from socket import socket
from types import FrameType
from typing import TYPE_CHECKING

import uvicorn

from lucida import database
from lucida.config import get_settings
from lucida.errors import BadSetting, StorageUnavailable
from lucida.jobs.kinds import RESOURCES
from lucida.logs import start_logging
from lucida.web import is_built
from lucida.web.guard import check_bind, is_loopback

if TYPE_CHECKING:
    from lucida.jobs.dispatcher import Dispatcher

log = logging.getLogger("lucida.server")

# Messages on a job's socket are small; nothing large is ever received there.
_WS_BYTES = 64 << 10
# Followers of jobs end their connections by themselves when the hub stops.
_SHUTDOWN_SECONDS = 5
_BACKLOG = 256
_M_ARENA_MAX, _ARENAS = -8, 2  # malloc.h


def _say_where(host: str, port: int) -> str:
    shown = f"[{host}]" if ":" in host else host
    address = f"http://{'127.0.0.1' if host in ('0.0.0.0', '::') else shown}:{port}"  # noqa: S104  shown, not bound
    log.info("Lucida serves %s", address)
    if not is_built():
        log.warning("the pages are not built: run ./start.sh, or npm ci && npm run build in web/")
    if get_settings().auth == "token":
        if not is_loopback(host):
            log.warning(
                "LUCIDA_AUTH=token: without https in front of %s:%d, tokens can be read on their way", host, port
            )
    elif not is_loopback(host):
        log.warning(
            "LUCIDA_TRUSTED_NETWORK: everybody who reaches %s:%d may use this Lucida without a login", host, port
        )
    return address


def _say_who() -> None:
    from lucida.accounts.tokens import anybody_can_log_in

    if get_settings().auth == "token" and not database.closing_connections(anybody_can_log_in)():
        log.warning("nobody can log in yet: lucida users add NAME makes a user and prints the token")


class _Server(uvicorn.Server):
    """Says where it is once it answers."""

    def __init__(self, config: uvicorn.Config, *, open_page: bool) -> None:
        super().__init__(config)
        self._open_page = open_page

    async def startup(self, sockets: list[socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            address = _say_where(self.config.host, self._port())
            if self._open_page:
                webbrowser.open(address)

    def _port(self) -> int:
        for server in self.servers:
            for listening in server.sockets:
                return int(listening.getsockname()[1])
        return self.config.port


def _look_at_storage() -> None:
    """Raises `BadSetting` where the storage lacks what is needed; one that does not answer now may do so later."""
    from lucida.storage import get_storage

    try:
        get_storage().check()
    except StorageUnavailable as error:
        log.warning("%s", error)


def _prepare_database() -> None:
    """A database of this machine's own is brought up to date; one that others share has to be. Raises `BadSetting`."""
    if database.on_postgres():
        database.setup()
        database.need_no_migrations()
        return
    applied = database.migrate()
    if applied:
        log.info("database brought up to date: %d migrations", len(applied))


def share_memory() -> None:
    """Have threads use what others have freed: glibc keeps a pool for each, and they grow for as long as one serves."""
    if sys.platform == "linux":
        with contextlib.suppress(AttributeError):  # another C library, without pools
            ctypes.CDLL(None).mallopt(_M_ARENA_MAX, _ARENAS)


def serve(*, host: str, port: int, workers: int, open_page: bool = False) -> int:
    """Migrate, start the workers, answer until stopped; the exit code."""
    settings = get_settings()
    check_bind(host, login=settings.auth == "token", trusted_network=settings.trusted_network)
    start_logging()
    share_memory()
    _look_at_storage()
    _prepare_database()
    _say_who()
    from lucida.server import create_app
    from lucida.storage import get_storage

    # Uploads are spooled beside where they will stay: /tmp is often a small part of the memory.
    get_storage().temporary.mkdir(parents=True, exist_ok=True)
    tempfile.tempdir = str(get_storage().temporary)
    given_up = threading.Event()

    def give_up() -> None:
        given_up.set()
        server.should_exit = True

    app = create_app(_dispatcher(workers, RESOURCES, give_up))
    config = uvicorn.Config(
        app,
        host=host,
        port=port,
        log_config=None,
        access_log=False,
        server_header=False,
        ws_max_size=_WS_BYTES,
        ws_max_queue=32,
        # A hundred bytes pack to no less, and each of hundreds of followers would have a packer of its own.
        ws_per_message_deflate=False,
        backlog=_BACKLOG,
        timeout_graceful_shutdown=_SHUTDOWN_SECONDS,
    )
    server = _Server(config, open_page=open_page)
    try:
        server.run()
    except KeyboardInterrupt:  # uvicorn has shut down in order and passes the Ctrl-C on
        log.info("Lucida has stopped")
    except SystemExit as error:
        raise BadSetting(f"Port {port} on {host} cannot be had; choose another with --port.") from error
    return 0 if server.started and not given_up.is_set() else 1


def _dispatcher(workers: int, queues: tuple[str, ...], give_up: Callable[[], None] | None = None) -> Dispatcher:
    """Celery's where the settings name its broker, else the embedded one. Raises `BadSetting`."""
    from lucida.jobs.broker import configured_broker
    from lucida.jobs.brokered import CeleryDispatcher
    from lucida.jobs.embedded import EmbeddedDispatcher

    broker = configured_broker()
    if broker is None:
        return EmbeddedDispatcher(workers, queues, give_up=give_up)
    return CeleryDispatcher(broker, workers, queues, give_up=give_up)


def _queues(names: str) -> tuple[str, ...]:
    """Comma-separated queues. Raises `BadSetting` for one that there is not."""
    queues = tuple(name.strip() for name in names.split(",") if name.strip())
    strange = [name for name in queues or (names,) if name not in RESOURCES]
    if strange:
        raise BadSetting(f"There is no queue {strange[0]!r}; choose from {', '.join(RESOURCES)}.")
    return queues


def work(*, workers: int, queues: str, solo: bool) -> int:
    """Run workers without a server, until stopped; the exit code."""
    start_logging()
    taken = _queues(queues)
    database.setup()
    database.need_no_migrations()
    _look_at_storage()
    from lucida.jobs.kinds import load_kinds

    load_kinds()
    stopped = threading.Event()
    given_up = threading.Event()

    def give_up() -> None:
        given_up.set()
        stopped.set()

    dispatcher = _dispatcher(0 if solo else workers, taken, give_up)
    dispatcher.start()
    if solo:
        from lucida.jobs.worker import main

        code = main(["--queues", ",".join(taken)])
        dispatcher.stop()
        return code

    def stop(number: int, frame: FrameType | None) -> None:
        stopped.set()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    log.info("%d workers take jobs of %s; stop with Ctrl-C", workers, ", ".join(taken))
    stopped.wait()
    dispatcher.stop()
    return 1 if given_up.is_set() else 0
