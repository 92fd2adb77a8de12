"""What a worker tells of itself, and how others know that it lives."""

from __future__ import annotations

import os
import re
import secrets
import socket
import time
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils import timezone

from lucida.config import get_settings
from lucida.jobs.models import Worker
from lucida.storage.lock import lock_is_held, take_lock

HEARTBEAT_SECONDS = 5.0
PULSE_SECONDS = 1.0


def make_worker_id() -> str:
    """A name no other worker has had: the machine, and a random part."""
    machine = re.sub(r"[^A-Za-z0-9.-]", "-", socket.gethostname())[:60] or "machine"
    return f"{machine}-{secrets.token_hex(6)}"


def _lock_path(worker: str) -> Path:
    folder: Path = settings.DATA_DIR / "workers"
    return folder / f"{worker}.lock"


def hold_life_lock(worker: str) -> int:
    """Take the lock that the operating system lets go when this process dies, however it dies."""
    descriptor = take_lock(_lock_path(worker))
    os.ftruncate(descriptor, 0)
    os.write(descriptor, str(os.getpid()).encode())
    return descriptor


def is_alive(worker: str) -> bool | None:
    """Whether a worker of this machine lives; None for one whose lock is elsewhere."""
    return lock_is_held(_lock_path(worker))


def pulse(worker: str) -> None:
    """Show for ever that this process still runs, also while nobody can reach the rows."""
    while True:
        with suppress(OSError):  # a disk that fails is said by whoever has to write there
            os.utime(_lock_path(worker))
        time.sleep(PULSE_SECONDS)


def last_pulse(worker: str) -> int | None:
    """A number that changes for as long as the worker runs; None where it has not begun to."""
    try:
        return _lock_path(worker).stat().st_mtime_ns
    except FileNotFoundError:
        return None


def beat(worker: str, *, state: str, queues: list[str], engines: dict[str, Any]) -> None:
    """Write the heartbeat row."""
    columns = {"state": state, "queues": queues, "engines": engines, "seen_at": timezone.now()}
    Worker.objects.update_or_create(id=worker, defaults=columns)


def was_ready(worker: str) -> bool:
    """Whether the worker got so far as to take jobs."""
    return Worker.objects.filter(id=worker).exclude(state="starting").exists()


def bury(worker: str) -> None:
    """Forget a worker that ended."""
    Worker.objects.filter(id=worker).delete()
    _lock_path(worker).unlink(missing_ok=True)


def living_workers() -> list[dict[str, Any]]:
    """The heartbeats of the workers that live, as `/health` shows them."""
    recent = timezone.now() - timedelta(seconds=max(3 * HEARTBEAT_SECONDS, get_settings().lease_seconds))
    return [
        {
            "id": worker.id,
            "state": worker.state,
            "queues": worker.queues,
            "engines": worker.engines,
            "started_at": worker.started_at,
            "seen_at": worker.seen_at,
        }
        for worker in Worker.objects.filter(seen_at__gte=recent).order_by("started_at")
        if is_alive(worker.id) is not False
    ]


def dead_workers() -> list[str]:
    """The workers of this machine that left a row or a lock and live no more."""
    known = set(Worker.objects.values_list("id", flat=True))
    known.update(path.stem for path in _lock_path("x").parent.glob("*.lock"))
    return sorted(worker for worker in known if is_alive(worker) is False)
