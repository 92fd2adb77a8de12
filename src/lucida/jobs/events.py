"""What happened to a job: written with the job's own row, in one transaction."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import F

from lucida.accounts.limits import release_job
from lucida.jobs.models import FINISHED, Job, JobEvent, Status
from lucida.jobs.quotas import note_end


def change(
    job_id: UUID, where: Mapping[str, Any], *, event: str | None = None, payload: Any = None, **columns: Any
) -> Job | None:
    """Change a job's row if it is still as `where` says, with an event that tells of it; None if it is not.

    The compare-and-set is one UPDATE, so two processes can never both succeed; `seq` is taken from the row in the
    same transaction, so a reader who sees `last_seq` also sees the events up to it. A job that ends gives back what its
    owner was granted for it; a try that ends, however, is counted.
    """
    if event is not None:
        columns["last_seq"] = F("last_seq") + 1
    with transaction.atomic():
        if not Job.objects.filter(id=job_id, **where).update(**columns):
            return None
        job = Job.objects.get(id=job_id)
        if event is not None:
            JobEvent.objects.create(job=job, seq=job.last_seq, kind=event, payload=payload or {})
        if where.get("status") == Status.PROCESSING and "status" in columns:
            note_end(job)
        if columns.get("status") in FINISHED:
            release_job(job_id)
        return job


def events_after(job_id: UUID, seq: int) -> list[dict[str, Any]]:
    """The job's events after `seq`, in order, as they go out: event, seq and the event's own fields."""
    rows = JobEvent.objects.filter(job_id=job_id, seq__gt=seq).order_by("seq")
    return [
        {"event": kind, "seq": number, **payload}
        for number, kind, payload in rows.values_list("seq", "kind", "payload")
    ]
