"""How a request that does not wait for its job is answered (RFC 7240, `respond-async`)."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import Header
from pydantic import BaseModel
from starlette.responses import Response

Prefer = Annotated[str | None, Header(description="respond-async: answer with the job at once.")]


class AcceptedJob(BaseModel):
    """The job that does what was asked, and where it tells of itself."""

    job_id: UUID
    status_url: str
    events_url: str

    @classmethod
    def of(cls, job_id: UUID, **more: str) -> AcceptedJob:
        """What is told of this job; a kind of job that tells more says it in `more`."""
        return cls(job_id=job_id, status_url=f"/api/jobs/{job_id}", events_url=f"/api/jobs/{job_id}/events", **more)


def wants_job(prefer: str | None) -> bool:
    """Whether a `Prefer` header asks for the job and not for what it makes."""
    preferences = (each.partition(";")[0].strip().lower() for each in (prefer or "").split(","))
    return "respond-async" in preferences


def accepted(job: AcceptedJob, headers: dict[str, str]) -> Response:
    """202 with the job."""
    told = {**headers, "Preference-Applied": "respond-async"}
    return Response(job.model_dump_json(), 202, told, media_type="application/json")
