"""Where a list of jobs goes on: a place in their order, which stays although the job that marked it is deleted."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

from django.db.models import Q

from lucida.errors import BadParameter
from lucida.jobs.models import Job

NEWEST_FIRST = ("-created_at", "-id")


def cursor_of(last: Job) -> str:
    """What a client sends as `before` to get the jobs that follow this one, newest first."""
    return f"{last.created_at.isoformat()}_{last.id}"


def older_than(cursor: str) -> Q:
    """The jobs that follow, for a filter. Raises `BadParameter` for what is no cursor."""
    try:
        created, job_id = cursor.split("_")
        # A client that sends its + as it is sends a blank.
        at, last = datetime.fromisoformat(created.replace(" ", "+")).astimezone(UTC), UUID(job_id)
    except (ValueError, OverflowError):
        raise BadParameter("before must be what an earlier answer had as its next.", param="before") from None
    return Q(created_at__lt=at) | Q(created_at=at, id__lt=last)
