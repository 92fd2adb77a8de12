"""Takes jobs from workers that fell silent and puts them back."""

from __future__ import annotations

import logging
import shutil
from collections.abc import Collection
from datetime import timedelta
from uuid import UUID

from django.utils import timezone

from lucida.config import get_settings
from lucida.jobs.heartbeat import HEARTBEAT_SECONDS, bury, dead_workers, is_alive, last_pulse
from lucida.jobs.lease import cancelled_error, fail, held, worker_died
from lucida.jobs.models import Job, Status, Worker
from lucida.jobs.running import workspace_of
from lucida.jobs.stillness import Stillness

log = logging.getLogger("lucida.jobs")

# A worker that has not stopped this long after it was asked to is killed.
CANCEL_GRACE_SECONDS = 5.0
# A heartbeat this old belongs to a worker of another machine that is gone.
_FORGET_AFTER = timedelta(hours=1)


class Reaper:
    """Watches leases with a clock that cannot jump.

    A lease is judged lost when its owner's life lock is free, or when its end has stood still for a whole lease on
    this process's monotonic clock: wall clocks that jump and laptops that sleep cost nobody a job.
    """

    def __init__(self) -> None:
        self._leases: Stillness[tuple[UUID, int]] = Stillness()
        self._workers: Stillness[str] = Stillness()
        self._pulses: Stillness[str] = Stillness()

    def reap(self, *, here_only: bool = False) -> list[Job]:
        """Put back, or fail, every job that lost its worker; the rows as they were, with the lost owner.

        `here_only` leaves it at the workers that died on this machine.
        """
        running = list(Job.objects.filter(status=Status.PROCESSING))
        still = {} if here_only else self._leases.look({(job.id, job.fence): job.lease_until for job in running})
        reaped: list[Job] = []
        for job in running:
            silent = still.get((job.id, job.fence), 0.0) > get_settings().lease_seconds
            if (silent or is_alive(job.lease_owner) is False) and worker_died(job):
                log.warning("job %s: worker %s is lost", job.id, job.lease_owner)
                shutil.rmtree(workspace_of(job), ignore_errors=True)  # a worker that still writes there is late anyway
                reaped.append(job)
        return reaped

    def deaf_jobs(self, workers: Collection[str]) -> list[Job]:
        """Cancelled jobs whose workers, of these, have not answered."""
        horizon = timezone.now() - timedelta(seconds=CANCEL_GRACE_SECONDS)
        return list(
            Job.objects.filter(status=Status.PROCESSING, cancel_requested_at__lt=horizon, lease_owner__in=workers)
        )

    def stuck_workers(self, workers: Collection[str]) -> list[str]:
        """Which of these are busy and have not told of themselves for longer than a lease lasts."""
        busy = Worker.objects.filter(id__in=workers, state="busy").values_list("id", "seen_at")
        return _too_long(self._workers.look(dict(busy)))

    def motionless_workers(self, workers: Collection[str]) -> list[str]:
        """Which of these have not run at all for longer than a lease lasts; asks no rows.

        On SQLite a worker that is stopped within a transaction keeps everybody from writing for as long as it lives.
        """
        pulses = {worker: last_pulse(worker) for worker in workers}
        return _too_long(self._pulses.look({worker: seen for worker, seen in pulses.items() if seen is not None}))

    def forget(self) -> None:
        """Begin anew: what was not seen while the database did not answer is nobody's silence."""
        self._leases.forget()
        self._workers.forget()

    def bury_the_dead(self) -> None:
        """Forget workers that are gone and own no job any more."""
        owners = set(Job.objects.filter(status=Status.PROCESSING).values_list("lease_owner", flat=True))
        for worker in dead_workers():
            if worker not in owners:
                bury(worker)
        Worker.objects.filter(seen_at__lt=timezone.now() - _FORGET_AFTER).exclude(id__in=owners).delete()


def _too_long(still: dict[str, float]) -> list[str]:
    patience = max(get_settings().lease_seconds, 3 * HEARTBEAT_SECONDS)
    return [worker for worker, seconds in still.items() if seconds > patience]


def cancel_killed(job: Job) -> bool:
    """Mark a cancelled job whose worker was killed for it."""
    return fail(job.id, held(job.fence), cancelled_error())
