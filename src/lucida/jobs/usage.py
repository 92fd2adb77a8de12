"""`GET /api/usage`: what one has of what is limited."""

from __future__ import annotations

import math

from fastapi import APIRouter, Request
from pydantic import BaseModel, Field

from lucida.accounts.limits import images_allowance, taken
from lucida.accounts.models import User
from lucida.accounts.owner import Owner
from lucida.accounts.quotas import quota
from lucida.accounts.requests import Requests, name_of
from lucida.database import run_db
from lucida.jobs.quotas import usage_of

router = APIRouter(tags=["server"])


class Share(BaseModel):
    """How much there is, and may be."""

    used: int
    limit: int | None = Field(description="null where there is none.")


class UsageView(BaseModel):
    """What one has of what each user may have."""

    requests_per_minute: Share = Field(description="Requests that write, in the minute up to now.")
    jobs_at_once: Share = Field(description="Jobs that wait or run.")
    storage_bytes: Share = Field(description="Photos and pictures that came, results, pictures from words.")
    gpu_seconds_per_day: Share = Field(description="Time of jobs on cards, in the day up to now.")
    images_per_hour: Share = Field(description="Pictures from words, in the hour up to now.")
    images_at_once: Share = Field(description="Pictures from words in the making.")


def _share(used: float, limit: int) -> Share:
    return Share(used=math.ceil(used), limit=limit or None)


def _usage(owner: User, requests: int) -> UsageView:
    allowed, images, used = quota(), images_allowance(), usage_of(owner)
    hour, at_once = taken(owner, images)
    return UsageView(
        requests_per_minute=_share(requests, allowed.requests_per_minute),
        jobs_at_once=_share(used.jobs, allowed.jobs_at_once),
        storage_bytes=_share(used.storage_bytes, allowed.storage_bytes),
        gpu_seconds_per_day=_share(used.gpu_seconds, allowed.gpu_seconds_per_day),
        images_per_hour=_share(hour, images.per_hour),
        images_at_once=_share(at_once, images.at_once),
    )


@router.get("/api/usage")
async def usage(request: Request, owner: Owner) -> UsageView:
    """What one has of what is limited, and the limits."""
    counted: Requests = request.app.state.requests
    return await run_db(_usage, owner, await counted.count(name_of(request.state.owner)))
