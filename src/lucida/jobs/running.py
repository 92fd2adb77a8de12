"""A job as the code that does it sees it."""

from __future__ import annotations

import functools
import logging
import re
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

from django.db import InterfaceError, OperationalError, transaction

from lucida.config import get_settings
from lucida.database import database_error, drop_connections, insistently
from lucida.errors import Interrupted, LeaseLost, StorageFull, StorageUnavailable
from lucida.jobs.events import change
from lucida.jobs.lease import cancelled_error, held, renew
from lucida.jobs.models import Artifact, Job
from lucida.storage import get_storage
from lucida.storage.base import Stored, storage_full_as_ours
from lucida.storage.keys import make_key

log = logging.getLogger("lucida.jobs")

Written = TypeVar("Written")
Brought = TypeVar("Brought")
P = ParamSpec("P")

# Progress is written at most this often, but each stage at least once, however short; "step 3/20" and "step 4/20" are
# the same stage.
EVENTS_PER_SECOND = 4.0
_NUMBERS = re.compile(r"\d+")
_BURST = 6.0
_STORAGE_SECONDS = 120.0
_STORAGE_PAUSE = 1.0


def version_tag(sha256: str) -> str:
    """What tells two versions of a file apart in its address."""
    return sha256[:12]


def workspace_of(job: Job) -> Path:
    """Where the job's present try keeps files on their way."""
    return get_storage().temporary / f"{job.id}-{job.fence}"


class RunningJob:
    """What a kind's `run` gets: its parameters and inputs, and the ways to tell of its work.

    Every call may raise `Cancelled` or `LeaseLost`; whoever meets them stops.
    """

    def __init__(self, job: Job) -> None:
        self.row = job
        self.id = job.id
        self.params: dict[str, Any] = job.params
        self.seed: int = job.seed
        self.title: str = job.title
        self.shrink: int = job.shrink
        self._fence = job.fence
        self._fraction = 0.0
        self._stages: set[str] = set()
        self._untold: tuple[float, str] | None = None
        self._allowance = _BURST
        self._refilled = self._renewed = time.monotonic()
        self._stop: Interrupted | None = None
        self._lock = threading.RLock()

    @functools.cached_property
    def workspace(self) -> Path:
        """A folder for the work's files on their way, made when it is first asked for. Raises `StorageFull`."""
        with storage_full_as_ours():
            return get_storage().workspace(workspace_of(self.row).name)

    def input_path(self, name: str) -> Path:
        """The file that came with the request, to read."""
        return self.fetch(self.row.inputs[name])

    def fetch(self, key: str) -> Path:
        """A stored file, to read: here, or brought here for as long as the job runs."""
        return self._insisted(get_storage().fetch, key, self.workspace)

    def progress(self, fraction: float, stage: str) -> None:
        """Tell how far the work is, 0 to 1, never backwards, and in which stage."""
        with self._lock:
            name = _NUMBERS.sub("", stage)
            if name not in self._stages:
                self._tell(always=True)
            self._fraction = max(self._fraction, min(max(float(fraction), 0.0), 1.0))
            self._untold = (self._fraction, stage[:255])
            self._tell(always=name not in self._stages)
            self._stages.add(name)
            self._raise_if_stopped()

    def event(self, kind: str, payload: dict[str, Any], **columns: Any) -> None:
        """Write an event at once, after the progress that came before it."""
        with self._lock:
            self._raise_if_stopped()
            self._tell(always=True)
            insistently(self._change, event=kind, payload=payload, **columns)
            self._raise_if_stopped()

    def describe(self, *, engine: str, reason: str, licence: str) -> None:
        """Tell which engine does the work, and why that one."""
        with self._lock:
            insistently(self._change, engine=engine[:64], engine_reason=reason, engine_licence=licence[:128])
            self._raise_if_stopped()

    def artifact(self, name: str, content: Path | bytes, content_type: str) -> str:
        """Keep a file as a result and return its version tag.

        A path is moved, not copied; a name that is written again replaces what was there. The replaced file stays until
        the sweeper comes or the job is deleted, for somebody may be reading it.
        """
        self._raise_if_stopped()
        key = make_key("generations", str(self.id), name)
        if isinstance(content, Path):
            stored = self._insisted(get_storage().adopt, key, content)
        else:
            stored = self.store(key, [content])
        columns = {"key": key, "sha256": stored.sha256, "size": stored.size, "content_type": content_type}
        try:
            self.written(lambda: Artifact.objects.update_or_create(job_id=self.id, name=name, defaults=columns))
        except LeaseLost:
            get_storage().discard(key)
            raise
        return version_tag(stored.sha256)

    def store(self, key: str, chunks: Sequence[bytes]) -> Stored:
        """Store a file under a key of the studio's own."""
        return self._insisted(get_storage().write, key, chunks)

    def _insisted(self, call: Callable[P, Brought], *args: P.args, **kwargs: P.kwargs) -> Brought:
        """Call the storage until it answers, for a while: a job that has computed for minutes can wait for one."""
        until = time.monotonic() + _STORAGE_SECONDS
        while True:
            try:
                return call(*args, **kwargs)
            except StorageUnavailable as error:
                if time.monotonic() > until:
                    raise
                log.warning("job %s: the storage did not answer, trying again: %s", self.id, error)
            time.sleep(_STORAGE_PAUSE)
            self._raise_if_stopped()

    def written(self, write: Callable[[], Written]) -> Written:
        """Write rows of a studio's own, in one transaction with the proof of the lease: all or nothing, and once.

        It is insisted on, so `write` may be called again, also where it had worked and the answer was lost.
        """
        with self._lock:
            return insistently(self._written, write)

    def _written(self, write: Callable[[], Written]) -> Written:
        with transaction.atomic():
            if change(self.id, held(self._fence), stage=self.row.stage) is None:
                raise self._lost()
            return write()

    def tick(self) -> None:
        """Called from the side thread: renew the lease when it is due, and write progress that was held back."""
        with self._lock:
            self._tell()
            if time.monotonic() - self._renewed >= get_settings().lease_seconds / 3:
                self._renewed = time.monotonic()
                self._look(renew(self.id, self._fence))

    def stop(self, reason: Interrupted) -> None:
        """Make the next call from the work raise this."""
        self._stop = self._stop or reason

    def close(self) -> None:
        """Clear away what the work left behind."""
        get_storage().clear(workspace_of(self.row))

    def _tell(self, *, always: bool = False) -> None:
        """Write the newest progress, as often as is allowed."""
        now = time.monotonic()
        self._allowance = min(_BURST, self._allowance + (now - self._refilled) * EVENTS_PER_SECOND)
        self._refilled = now
        if self._untold is None or self._stop is not None or (self._allowance < 1.0 and not always):
            return
        self._allowance = max(self._allowance - 1.0, -1.0)
        fraction, stage = self._untold
        payload = {"stage": stage, "progress": round(fraction, 4)}
        try:
            self._change(event="status", payload=payload, progress=fraction, stage=stage)
        except (OperationalError, InterfaceError) as error:
            if isinstance(database_error(error), StorageFull):
                raise
            # No reason to stop working: it is told later.
            log.warning("job %s: the database did not take its progress: %s", self.id, error)
            drop_connections()
            return
        self.row.stage, self._untold = stage, None

    def _change(self, **change_to: Any) -> None:
        self._look(change(self.id, held(self._fence), **change_to))

    def _look(self, row: Job | None) -> None:
        """What the row says about us, each time we have it in hand anyway."""
        if row is None:
            self.stop(self._lost())
        elif row.cancel_requested_at is not None:
            self.stop(cancelled_error())

    def _raise_if_stopped(self) -> None:
        if self._stop is not None:
            raise self._stop

    def _lost(self) -> LeaseLost:
        return LeaseLost("Another worker has taken this job over.")
