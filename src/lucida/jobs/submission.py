"""How a job comes to be, and how it is called off."""

from __future__ import annotations

import hashlib
import logging
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils import timezone

from lucida.accounts.models import User
from lucida.config import get_settings
from lucida.errors import Conflict, KeyReused, NotFound, QueueFull, StorageUnavailable
from lucida.jobs import quotas
from lucida.jobs.events import change
from lucida.jobs.kinds import get_kind
from lucida.jobs.lease import cancelled_error, fail
from lucida.jobs.models import Artifact, Input, Job, JobEvent, Status
from lucida.storage import get_storage
from lucida.storage.base import Stored

log = logging.getLogger("lucida.jobs")


@dataclass(frozen=True)
class IdempotencyKey:
    """What a client calls its request: the same key from the same owner for the same endpoint is the same job.

    `request_hash` is the sha256 of all that the request said.
    """

    endpoint: str
    key: str
    request_hash: str


def seed_of(job_id: UUID) -> int:
    """The seed (uint32) of a job that was given none: its id decides, so that every try gives the same picture."""
    return int.from_bytes(hashlib.sha256(job_id.bytes).digest()[:4], "big")


def earlier_job(owner: User, key: IdempotencyKey) -> Job | None:
    """The job this request made before; KeyReused where the key came with another request."""
    job = Job.objects.filter(owner=owner, idempotency_endpoint=key.endpoint, idempotency_key=key.key).first()
    if job is not None and job.request_hash != key.request_hash:
        raise KeyReused("This Idempotency-Key was used for another request; send a new one.", param="Idempotency-Key")
    return job


def check_room(owner: User) -> None:
    """Refuse at once what `submit` would: asked before what costs time, and no promise.

    Errors: QueueFull, RateLimited, QuotaExceeded.
    """
    _check_queue()
    quotas.check(owner)


def _check_queue() -> None:
    """QueueFull where no more jobs may wait."""
    limit = get_settings().max_queued_jobs
    if Job.objects.filter(status=Status.QUEUED).count() >= limit:
        raise QueueFull(f"{limit} jobs are waiting already; try again when some are done.")


def submit(
    kind: str,
    owner: User,
    *,
    params: Mapping[str, Any],
    inputs: Mapping[str, str | Stored],
    title: str = "",
    seed: int | None = None,
    priority: int = 0,
    idempotency: IdempotencyKey | None = None,
    paid: bool = False,
) -> tuple[Job, bool]:
    """Accept a job, with its first event; False beside the job that an earlier request with the same key made.

    `inputs` are stored files, or their keys. One that is `paid` for finds room in a full queue, too, and counts
    against no limit. Errors: QueueFull, KeyReused, RateLimited, QuotaExceeded.
    """
    known = get_kind(kind)
    if known is None:
        raise ValueError(f"no such kind of job: {kind}")
    job_id = uuid.uuid4()
    job = Job(
        id=job_id,
        kind=kind,
        queue=known.queue_of(params, inputs),
        owner=owner,
        title=title[:255],
        params=dict(params),
        inputs={name: each.key if isinstance(each, Stored) else each for name, each in inputs.items()},
        seed=seed_of(job_id) if seed is None else seed,
        priority=priority,
        stage="Waiting",
        last_seq=1,
        idempotency_endpoint=idempotency.endpoint if idempotency else "",
        idempotency_key=idempotency.key if idempotency else "",
        request_hash=idempotency.request_hash if idempotency else "",
    )
    sizes = quotas.sizes_of(inputs)
    try:
        with transaction.atomic():
            quotas.lock(owner)
            if idempotency and (earlier := earlier_job(owner, idempotency)):
                return earlier, False
            if not paid:
                _check_queue()
                quotas.check(owner, queue=job.queue, inputs=sizes)
            job.save(force_insert=True)
            Input.objects.bulk_create(
                (Input(owner=owner, key=key, size=size) for key, size in sizes.items()), ignore_conflicts=True
            )
            JobEvent.objects.create(job=job, seq=1, kind="status", payload={"stage": "Waiting", "progress": 0.0})
    except IntegrityError:
        if idempotency and (earlier := earlier_job(owner, idempotency)):
            return earlier, False
        raise
    log.info("job %s: %s accepted, in queue %s", job_id, kind, job.queue)
    return job, True


def find_job(owner: User, job_id: UUID) -> Job:
    """The owner's job; NotFound where it is somebody else's, too."""
    try:
        return Job.objects.get(owner=owner, id=job_id)
    except Job.DoesNotExist:
        raise NotFound("There is no such job.") from None


def cancel(owner: User, job_id: UUID) -> Job:
    """Stop a job: at once where it waits, at its worker's next step where it runs; Conflict where it has ended."""
    job = find_job(owner, job_id)
    if job.finished:
        raise Conflict("The job has ended already.")
    if not fail(job_id, {"status": Status.QUEUED}, cancelled_error()):
        running = {"status": Status.PROCESSING, "cancel_requested_at": None}
        change(job_id, running, cancel_requested_at=timezone.now())
    return find_job(owner, job_id)


def delete(owner: User, job_id: UUID) -> None:
    """Forget a job that has ended, its files last; Conflict where it still runs."""
    job = find_job(owner, job_id)
    if not job.finished:
        raise Conflict("The job is still running; cancel it first.")
    remove(job)


def remove(job: Job) -> None:
    """Delete the row, then the files: what a crash leaves between the two, the sweeper finds."""
    with transaction.atomic():
        job_id, keys = job.id, list(Artifact.objects.filter(job=job).values_list("key", flat=True))
        keys += [key for key in job.inputs.values() if _unshared(job, key)]
        job.delete()
        Input.objects.filter(key__in=keys).delete()
    get_storage().discard(*keys, *_replaced(job_id))


def _replaced(job_id: UUID) -> list[str]:
    """Previews that better ones replaced, too; where the storage does not tell of them, the sweeper finds them."""
    try:
        return get_storage().inside(f"generations/{job_id}")
    except StorageUnavailable as error:
        log.warning("job %s: what it left is not known, the sweeper takes it: %s", job_id, error)
        return []


def _unshared(job: Job, key: str) -> bool:
    """Whether no other job reads this input."""
    others = Job.objects.filter(owner=job.owner_id).exclude(id=job.id)
    return not any(key in inputs.values() for inputs in others.values_list("inputs", flat=True))
