"""A job as the API shows it."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils import timezone
from pydantic import BaseModel, Field

from lucida.jobs.kinds import get_kind
from lucida.jobs.models import Artifact, Job, Status
from lucida.jobs.running import version_tag

# Below this share of the work, time left is a guess that jumps.
_TELLING_PROGRESS = 0.03


class JobView(BaseModel):
    """One job of the history."""

    id: UUID
    kind: str
    title: str = Field(description="Name of the file it was made from.")
    status: str = Field(description="queued, processing, done, error or cancelled.")
    progress: float = Field(ge=0, le=1)
    stage: str
    engine: str | None = None
    engine_reason: str | None = None
    engine_licence: str | None = None
    params: dict[str, Any]
    seed: int
    preview_url: str | None = None
    hdr_url: str | None = None
    error_code: str | None = None
    error_message: str | None = None
    eta_seconds: float | None = Field(None, description="Time left, where the work so far tells.")
    created_at: datetime
    started_at: datetime | None = None
    finished_at: datetime | None = None
    last_seq: int = Field(description="Number of the newest event; a watcher that starts after it misses nothing.")


def eta_seconds(job: Job) -> float | None:
    """Time left at the pace so far; None where that says nothing yet."""
    if job.status != Status.PROCESSING or job.started_at is None or job.progress < _TELLING_PROGRESS:
        return None
    elapsed = (timezone.now() - job.started_at).total_seconds()
    return round(max(elapsed * (1.0 - job.progress) / job.progress, 0.0), 1)


def artifact_tags(job_ids: list[UUID]) -> dict[UUID, dict[str, str]]:
    """The artifacts of some jobs, by name, with their version tags."""
    tags: dict[UUID, dict[str, str]] = {job_id: {} for job_id in job_ids}
    for job_id, name, sha256 in Artifact.objects.filter(job__in=job_ids).values_list("job_id", "name", "sha256"):
        tags[job_id][name] = version_tag(sha256)
    return tags


def links_of(job: Job, tags: dict[str, str]) -> dict[str, str | None]:
    """Where the job's results are."""
    kind = get_kind(job.kind)
    return kind.links(job, tags) if kind is not None else {}


def view_jobs(jobs: list[Job]) -> list[JobView]:
    """The jobs, with the addresses of what they have made so far."""
    tags = artifact_tags([job.id for job in jobs])
    return [_view(job, links_of(job, tags[job.id])) for job in jobs]


def _view(job: Job, links: dict[str, str | None]) -> JobView:
    return JobView(
        id=job.id,
        kind=job.kind,
        title=job.title,
        status=job.status,
        progress=job.progress,
        stage=job.stage,
        engine=job.engine or None,
        engine_reason=job.engine_reason or None,
        engine_licence=job.engine_licence or None,
        params=job.params,
        seed=job.seed,
        preview_url=links.get("preview_url"),
        hdr_url=links.get("hdr_url"),
        error_code=job.error_code or None,
        error_message=job.error_message or None,
        eta_seconds=eta_seconds(job),
        created_at=job.created_at,
        started_at=job.started_at,
        finished_at=job.finished_at,
        last_seq=job.last_seq,
    )
