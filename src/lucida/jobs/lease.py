"""Who may work on which job: claim, renew, give back, finish. Every write is fenced."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Count, F, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce
from django.utils import timezone

from lucida.config import get_settings
from lucida.errors import Cancelled, LucidaError, UpstreamFailed, WorkerLost
from lucida.jobs.events import change
from lucida.jobs.models import Job, Status

# A job under which this many workers died is taken to have killed them.
MAX_WORKER_DEATHS = 5
# How many candidates a claim looks at before it gives up to those who were faster.
_CANDIDATES = 8
_LONGEST_BACKOFF = 60.0


def lease_end() -> datetime:
    """When a lease that is taken or renewed now runs out."""
    return timezone.now() + timedelta(seconds=get_settings().lease_seconds)


def _due() -> QuerySet[Job]:
    """Waiting jobs that may be taken now."""
    waiting = Job.objects.filter(status=Status.QUEUED, cancel_requested_at=None)
    return waiting.filter(Q(not_before=None) | Q(not_before__lte=timezone.now()))


def due_jobs() -> dict[str, int]:
    """How many jobs may be taken now, by queue."""
    return dict(_due().values_list("queue").annotate(Count("id")))


def _claimable(queues: Sequence[str]) -> QuerySet[Job]:
    """Waiting jobs in the order they are due.

    Highest priority first; among equals the owner who has the fewest jobs running, then the one whose last job
    started longest ago, so that a hundred uploads of one person do not keep another waiting; then the oldest.
    """
    of_owner = Job.objects.filter(owner=OuterRef("owner")).order_by().values("owner")
    running = of_owner.filter(status=Status.PROCESSING).annotate(n=Count("id")).values("n")
    latest = of_owner.filter(started_at__isnull=False).order_by("-started_at").values("started_at")[:1]
    return (
        _due()
        .filter(queue__in=queues)
        .annotate(running=Coalesce(Subquery(running), Value(0)), served=Subquery(latest))
        .order_by("-priority", "running", F("served").asc(nulls_first=True), "created_at", "id")
    )


def claim(worker: str, queues: Sequence[str]) -> Job | None:
    """Take the next job of some queues; None where nothing waits."""
    with transaction.atomic():
        # Where rows can be locked, the first that no other worker is about to take is ours.
        locks = connection.features.has_select_for_update_skip_locked
        due = _claimable(queues).select_for_update(skip_locked=locks).values_list("id", "fence")
        for job_id, fence in list(due[: 1 if locks else _CANDIDATES]):
            job = change(
                job_id,
                {"status": Status.QUEUED, "fence": fence},
                event="status",
                payload={"stage": "Starting", "progress": 0.0},
                status=Status.PROCESSING,
                stage="Starting",
                progress=0.0,
                lease_owner=worker,
                lease_until=lease_end(),
                fence=fence + 1,
                started_at=timezone.now(),
            )
            if job is not None:
                return job
    return None


def held(fence: int) -> dict[str, Any]:
    """The condition under which a worker may write: it still owns the lease it claimed."""
    return {"status": Status.PROCESSING, "fence": fence}


def renew(job_id: UUID, fence: int) -> Job | None:
    """Keep the lease for another while; None where it is lost."""
    return change(job_id, held(fence), lease_until=lease_end())


_NO_LEASE: dict[str, Any] = {"lease_owner": "", "lease_until": None}


def finish(job_id: UUID, fence: int, result: dict[str, Any]) -> bool:
    """Mark the job done, as its last write; False where the lease was lost."""
    return (
        change(
            job_id,
            held(fence),
            event="done",
            payload=result,
            status=Status.DONE,
            progress=1.0,
            stage="Done",
            result=result,
            finished_at=timezone.now(),
            **_NO_LEASE,
        )
        is not None
    )


def fail(job_id: UUID, where: dict[str, Any], error: LucidaError) -> bool:
    """Mark the job failed with the reason a person reads."""
    cancelled = isinstance(error, Cancelled)
    return (
        change(
            job_id,
            where,
            event="error",
            payload={"message": error.message, "code": error.code},
            status=Status.CANCELLED if cancelled else Status.ERROR,
            stage="Cancelled" if cancelled else "Failed",
            error_code=error.code,
            error_message=error.message,
            finished_at=timezone.now(),
            **_NO_LEASE,
        )
        is not None
    )


def _requeue(job: Job, where: dict[str, Any], stage: str, delay: float = 0.0, **columns: Any) -> bool:
    return (
        change(
            job.id,
            where,
            event="status",
            payload={"stage": stage, "progress": 0.0},
            status=Status.QUEUED,
            stage=stage,
            progress=0.0,
            not_before=timezone.now() + timedelta(seconds=delay) if delay else None,
            **_NO_LEASE,
            **columns,
        )
        is not None
    )


def give_back(job: Job) -> bool:
    """Put the job back because its worker stops; it costs the job nothing."""
    return _requeue(job, held(job.fence), "Waiting: the worker was stopped")


def retry(job: Job, error: LucidaError, *, shrink: bool) -> bool:
    """Put the job back for another try, or fail it with the reason when its tries are used up."""
    attempt = job.attempt + 1
    if attempt >= get_settings().max_attempts:
        return fail(job.id, held(job.fence), error)
    delay = min(2.0**attempt, _LONGEST_BACKOFF) * random.uniform(0.5, 1.0)  # noqa: S311  spreads tries, keeps no secret
    if isinstance(error, UpstreamFailed):
        delay = max(delay, float(error.retry_after))
    columns = {"attempt": attempt, "shrink": job.shrink + int(shrink)}
    return _requeue(job, held(job.fence), f"Waiting to try again: {error.message}"[:255], delay, **columns)


def worker_died(job: Job) -> bool:
    """Put the job of a dead worker back; after five deaths it is taken to be their cause."""
    where = held(job.fence)
    if job.cancel_requested_at is not None:
        return fail(job.id, where, cancelled_error())
    deaths = job.worker_deaths + 1
    if deaths >= MAX_WORKER_DEATHS:
        Job.objects.filter(id=job.id, **where).update(worker_deaths=deaths)
        return fail(
            job.id,
            where,
            WorkerLost(
                f"The worker died under this job {deaths} times, probably for want of memory: try a smaller size."
            ),
        )
    return _requeue(job, where, "Waiting: the worker was lost", worker_deaths=deaths)


def cancelled_error() -> Cancelled:
    """What a cancelled job says."""
    return Cancelled("The job was cancelled.")
