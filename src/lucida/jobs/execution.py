"""The only body of a job: run it, and write down how it ended."""

from __future__ import annotations

import logging
import time

from django.db import InterfaceError, OperationalError

from lucida.database import database_error, insistently
from lucida.errors import (
    BadInput,
    Cancelled,
    InternalError,
    Interrupted,
    LeaseLost,
    LucidaError,
    OutOfMemory,
    StorageFull,
)
from lucida.jobs.kinds import get_kind
from lucida.jobs.lease import fail, finish, give_back, held, retry
from lucida.jobs.models import Job
from lucida.jobs.running import RunningJob
from lucida.storage.base import NO_ROOM

log = logging.getLogger("lucida.jobs")


def as_ours(error: BaseException, job: Job) -> LucidaError:
    """The error of our tree that says to a person what went wrong; a traceback goes to the log only."""
    if isinstance(error, LucidaError):
        return error
    if isinstance(error, MemoryError) or type(error).__name__ == "OutOfMemoryError":
        return OutOfMemory("The machine ran out of memory: close other programs or ask for a smaller size.")
    if isinstance(error, OSError) and error.errno in NO_ROOM:
        return StorageFull()
    if isinstance(error, OperationalError | InterfaceError):
        return database_error(error)
    log.error("job %s failed", job.id, exc_info=error)
    return InternalError(f"Something in Lucida failed; the log has the details under job {job.id}.")


def execute(job: Job, running: RunningJob) -> None:
    """Run a claimed job to its end: done, failed, cancelled, or back in the queue."""
    began = time.monotonic()
    try:
        kind = get_kind(job.kind)
        if kind is None:
            raise InternalError(f"This worker does not know the kind of job {job.kind!r}; update it.")
        result = kind.run(running)
        if insistently(finish, job.id, job.fence, result):
            log.info("job %s: %s done in %.1f s", job.id, job.kind, time.monotonic() - began)
        else:
            log.warning("job %s: finished, but another worker had taken it over", job.id)
    except BaseException as caught:  # whatever ends the work, the row must say how
        insistently(_settle, job, as_ours(caught, job))
        if not isinstance(caught, Exception):
            raise
    finally:
        running.close()


def _settle(job: Job, error: LucidaError) -> None:
    """Write the end of a try that did not succeed."""
    if isinstance(error, LeaseLost):
        log.warning("job %s: lease lost", job.id)
    elif isinstance(error, Cancelled):
        fail(job.id, held(job.fence), error)
    elif isinstance(error, Interrupted):
        give_back(job)
    elif error.retryable and not isinstance(error, BadInput):
        log.warning("job %s: %s; trying again", job.id, error.code)
        retry(job, error, shrink=isinstance(error, OutOfMemory))
    else:
        log.info("job %s: %s", job.id, error.code)
        fail(job.id, held(job.fence), error)
