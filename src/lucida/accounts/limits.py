"""How much of something each user may have: so many an hour and so many at once, counted in the database.

Refused requests count for nothing. What is taken in the transaction that accepts the work is not taken where that
fails.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from lucida.accounts.models import Grant, User
from lucida.config import get_settings
from lucida.errors import RateLimited

WINDOW = timedelta(hours=1)
# After this a place is free again, released or not: whoever held it was killed.
LEASE = timedelta(minutes=15)
# A job gives its place back when it ends, and every job ends; it may only have to wait long.
JOB_LEASE = timedelta(days=1)
# When a place will be free nobody knows; this often it is worth asking.
_ASK_AGAIN_SECONDS = 5


@dataclass(frozen=True)
class Allowance:
    """So many an hour and so many at once, whichever routes they are asked of; 0 is no limit."""

    name: str
    per_hour: int
    at_once: int


def images_allowance() -> Allowance:
    """What each user may have of pictures from words."""
    settings = get_settings()
    return Allowance("images", per_hour=settings.images_per_hour, at_once=settings.images_at_once)


def take(user: User, allowance: Allowance, *, job_id: UUID | None = None, lease: timedelta | None = None) -> Grant:
    """Count one more; its place is free again after `release`, with the end of its job, or when its lease is over.

    Errors: RateLimited, with the seconds after which to ask again.
    """
    with transaction.atomic():
        # One at a time for each user: SQLite's transactions are IMMEDIATE, others lock the row.
        User.objects.select_for_update(no_key=True).get(id=user.id)
        now = timezone.now()
        had = Grant.objects.filter(user=user, allowance=allowance.name)
        _check_hour(had, allowance, now)
        _check_places(had, allowance, now)
        had.filter(_over(now), taken_at__lte=now - WINDOW).delete()
        expires_at = now + (lease or (LEASE if job_id is None else JOB_LEASE))
        return Grant.objects.create(
            user=user, allowance=allowance.name, job_id=job_id, taken_at=now, expires_at=expires_at
        )


def check(user: User, allowance: Allowance) -> None:
    """RateLimited where one more would not be taken now: asked before what costs time, and no promise."""
    now = timezone.now()
    had = Grant.objects.filter(user=user, allowance=allowance.name)
    _check_hour(had, allowance, now)
    _check_places(had, allowance, now)


def taken(user: User, allowance: Allowance) -> tuple[int, int]:
    """How many were taken in the hour up to now, and how many places are."""
    now = timezone.now()
    had = Grant.objects.filter(user=user, allowance=allowance.name)
    return had.filter(taken_at__gt=now - WINDOW).count(), had.exclude(_over(now)).count()


def release(grant: Grant) -> None:
    """Free the place; it stays counted for its hour."""
    Grant.objects.filter(id=grant.id, released_at=None).update(released_at=timezone.now())


def release_job(job_id: UUID) -> None:
    """Free what places were taken for a job."""
    Grant.objects.filter(job_id=job_id, released_at=None).update(released_at=timezone.now())


def _over(now: datetime) -> Q:
    return Q(released_at__isnull=False) | Q(expires_at__lte=now)


def _check_hour(had: QuerySet[Grant], allowance: Allowance, now: datetime) -> None:
    """RateLimited where the hour up to now is full: until the one that fills it is an hour old."""
    if not allowance.per_hour:
        return
    newest_first = had.filter(taken_at__gt=now - WINDOW).order_by("-taken_at").values_list("taken_at", flat=True)
    for taken_at in newest_first[allowance.per_hour - 1 : allowance.per_hour]:
        wait = _seconds(taken_at + WINDOW - now)
        raise RateLimited(
            f"{allowance.per_hour} {allowance.name} an hour are all there are for you; ask again in {_words(wait)}.",
            retry_after=wait,
        )


def _check_places(had: QuerySet[Grant], allowance: Allowance, now: datetime) -> None:
    """RateLimited where every place is taken."""
    if not allowance.at_once:
        return
    last_first = had.exclude(_over(now)).order_by("-expires_at").values_list("expires_at", flat=True)
    for expires_at in last_first[allowance.at_once - 1 : allowance.at_once]:
        raise RateLimited(
            f"{allowance.at_once} of your {allowance.name} are in the making; ask again when one is done.",
            retry_after=min(_seconds(expires_at - now), _ASK_AGAIN_SECONDS),
        )


def _seconds(time: timedelta) -> int:
    return math.ceil(time.total_seconds())


def _words(seconds: int) -> str:
    return f"{seconds} s" if seconds < 120 else f"{math.ceil(seconds / 60)} minutes"
