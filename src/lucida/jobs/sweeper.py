"""Clears away what is no longer needed: old jobs, old events, files that no row knows."""

from __future__ import annotations

from datetime import timedelta

from django.db.models import F
from django.utils import timezone

from lucida.config import get_settings
from lucida.jobs.models import FINISHED, Artifact, Input, Job, JobEvent
from lucida.jobs.shelves import every_shelf
from lucida.jobs.submission import remove
from lucida.storage import get_storage

SWEEP_SECONDS = 3600.0
# Bytes come before their row: what is younger may be on its way.
_ORPHAN_SECONDS = 3600.0
# Whoever watched the job has seen its steps by then; its end stays.
_KEEP_EVENTS = timedelta(days=1)
_AT_ONCE = 2000  # so that no statement takes long


def clear_up(*, for_all: bool) -> None:
    """What dead processes left on this machine; `for_all` the rest, too, which one process does for every machine."""
    get_storage().sweep_temporary(older_than=_ORPHAN_SECONDS)
    if for_all:
        sweep()


def sweep() -> list[str]:
    """Forget what is older than its days, yesterday's steps and orphaned files; returns the last."""
    days = get_settings().keep_days
    if days:
        for job in Job.objects.filter(status__in=FINISHED, finished_at__lt=timezone.now() - timedelta(days=days)):
            remove(job)
    old = {"job__status__in": FINISHED, "job__finished_at__lt": timezone.now() - _KEEP_EVENTS}
    steps = JobEvent.objects.filter(kind="status", seq__lt=F("job__last_seq"), **old).order_by()
    while ids := list(steps.values_list("id", flat=True)[:_AT_ONCE]):
        JobEvent.objects.filter(id__in=ids).delete()
    for shelf in every_shelf():
        shelf.clean()
    sized = set(Input.objects.values_list("key", flat=True))
    known = set(Artifact.objects.values_list("key", flat=True))
    for inputs in Job.objects.values_list("inputs", flat=True):
        known.update(inputs.values())
    Input.objects.filter(key__in=sized - known).delete()  # two jobs that shared one went at once
    for shelf in every_shelf():
        known.update(shelf.keys())
    return get_storage().sweep(known, older_than=_ORPHAN_SECONDS)
