"""What each user may have of jobs, storage and cards, what they have, and the refusal where it would be too much."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Sum
from django.utils import timezone

from lucida.accounts.models import GpuTime, User
from lucida.accounts.quotas import Quota, quota
from lucida.errors import NotFound, QuotaExceeded, RateLimited
from lucida.jobs.models import Artifact, Input, Job, Status
from lucida.jobs.shelves import every_shelf
from lucida.storage import get_storage
from lucida.storage.base import Stored

_CARDS = "gpu"
_DAY = timedelta(days=1)
# When a job will be done nobody knows; this often it is worth asking.
_ASK_AGAIN_SECONDS = 5


@dataclass(frozen=True)
class Usage:
    """What a user has: jobs that wait or run, bytes that are kept, seconds on cards in the day up to now."""

    jobs: int
    storage_bytes: int
    gpu_seconds: float


def usage_of(user: User) -> Usage:
    """What a user has now."""
    return Usage(_jobs(user), _stored(user), _on_cards(user, timezone.now()))


def lock(user: User) -> None:
    """Let nobody else be accepted for the user until the transaction ends, where anything is limited."""
    if quota() != Quota(0, 0, 0, 0):
        # SQLite's transactions are IMMEDIATE, others lock the row.
        User.objects.select_for_update(no_key=True).get(id=user.id)


def check(user: User, *, queue: str = "", inputs: Mapping[str, int] | None = None) -> None:
    """Refuse a job that would be too much; `inputs` has the bytes of each file that it keeps, by key.

    Results count once they are there: a job that was accepted is done, however large they are.

    Errors: RateLimited, where waiting helps; QuotaExceeded, where only deleting does.
    """
    allowed = quota()
    if allowed.jobs_at_once:
        _check_jobs(user, allowed.jobs_at_once)
    if allowed.storage_bytes:
        _check_storage(user, allowed.storage_bytes, inputs or {})
    if allowed.gpu_seconds_per_day and queue == _CARDS:
        _check_cards(user, allowed.gpu_seconds_per_day)


def note_end(job: Job) -> None:
    """Count the time on a card of a try that has just ended, in the transaction that says so."""
    if job.queue != _CARDS or job.started_at is None:
        return
    now = timezone.now()
    seconds = max(0.0, (now - job.started_at).total_seconds())
    GpuTime.objects.filter(user=job.owner_id, ended_at__lte=now - _DAY).delete()
    GpuTime.objects.create(user_id=job.owner_id, job_id=job.id, seconds=seconds, ended_at=now)


def sizes_of(inputs: Mapping[str, str | Stored]) -> dict[str, int]:
    """The bytes of a job's inputs, by key; the storage is asked for those that neither caller nor rows know."""
    sizes = {each.key: each.size for each in inputs.values() if isinstance(each, Stored)}
    others = {each for each in inputs.values() if isinstance(each, str)}
    sizes |= dict(Input.objects.filter(key__in=others).values_list("key", "size"))
    return sizes | {key: _size(key) for key in others - set(sizes)}


def _size(key: str) -> int:
    try:
        return get_storage().size(key)
    except NotFound:
        return 0


def _jobs(user: User) -> int:
    return Job.objects.filter(owner=user, status__in=(Status.QUEUED, Status.PROCESSING)).count()


def _stored(user: User) -> int:
    results = Artifact.objects.filter(job__owner=user).aggregate(n=Sum("size"))["n"] or 0
    inputs = Input.objects.filter(owner=user).aggregate(n=Sum("size"))["n"] or 0
    return results + inputs + sum(shelf.size(user) for shelf in every_shelf())


def _running(user: User, now: datetime) -> float:
    """Seconds that jobs have been on cards which still are."""
    began = Job.objects.filter(owner=user, queue=_CARDS, status=Status.PROCESSING, started_at__isnull=False)
    return sum((max(0.0, (now - at).total_seconds()) for at in began.values_list("started_at", flat=True) if at), 0.0)


def _on_cards(user: User, now: datetime) -> float:
    ended = GpuTime.objects.filter(user=user, ended_at__gt=now - _DAY).aggregate(n=Sum("seconds"))["n"] or 0.0
    return ended + _running(user, now)


def _check_jobs(user: User, limit: int) -> None:
    if _jobs(user) >= limit:
        raise RateLimited(
            f"{limit} of your jobs wait or run, as many as you may have at once; ask again when one is done, or "
            "cancel one.",
            retry_after=_ASK_AGAIN_SECONDS,
        )


def _check_storage(user: User, limit: int, inputs: Mapping[str, int]) -> None:
    known = set(Input.objects.filter(owner=user, key__in=inputs).values_list("key", flat=True))
    coming = sum(size for key, size in inputs.items() if key not in known)
    stored = _stored(user)
    if stored + coming > limit or stored >= limit:
        more = f", and this would be {_megabytes(coming)} more" if coming else ""
        raise QuotaExceeded(
            f"You keep {_megabytes(stored)} of the {_megabytes(limit)} that you may{more}: delete old jobs or "
            "pictures, then send it again."
        )


def _check_cards(user: User, limit: int) -> None:
    """RateLimited where the day's time on cards is used up: until enough of it is a day old."""
    now = timezone.now()
    used = _on_cards(user, now)
    if used < limit:
        return
    wait = _DAY
    oldest_first = GpuTime.objects.filter(user=user, ended_at__gt=now - _DAY).order_by("ended_at")
    for seconds, ended_at in oldest_first.values_list("seconds", "ended_at"):
        used -= seconds
        if used < limit:
            wait = ended_at + _DAY - now
            break
    raise RateLimited(
        f"Your jobs had {limit} s on a card in the last 24 hours, as much as you may have; drafts need none, or ask "
        f"again in {math.ceil(wait.total_seconds() / 60)} minutes.",
        retry_after=math.ceil(wait.total_seconds()),
    )


def _megabytes(size: int) -> str:
    return f"{size / (1 << 20):,.0f} MB" if size >= 10 << 20 else f"{size / (1 << 20):.1f} MB"
