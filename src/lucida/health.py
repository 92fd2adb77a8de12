"""How the installation is, for people and for monitors."""

from __future__ import annotations

import tempfile
from typing import Any

import anyio.to_thread
from django.db import Error
from django.db.models import Count
from fastapi import Request, Response
from pydantic import BaseModel, Field

import lucida
from lucida.config import get_settings
from lucida.database import closing_connections, database_error, run_db, unapplied_migrations
from lucida.errors import LucidaError
from lucida.jobs.heartbeat import living_workers
from lucida.jobs.kinds import every_kind
from lucida.jobs.lease import due_jobs
from lucida.jobs.models import Job, Status
from lucida.storage import get_storage
from lucida.storage.uploads import need_room


def _engines(workers: list[dict[str, Any]]) -> dict[str, Any]:
    """What the newest heartbeat says is loaded; before the first, what this process would choose."""
    for worker in reversed(workers):
        if worker["engines"]:
            loaded: dict[str, Any] = worker["engines"]
            return loaded
    engines: dict[str, Any] = {}
    for kind in every_kind():
        engines.update(kind.engines())
    return engines


def _read() -> dict[str, Any]:
    workers = living_workers()
    counts = dict(Job.objects.values_list("status").annotate(Count("id")))
    settings = get_settings()
    return {
        "status": "ok",
        "version": lucida.__version__,
        "engines": _engines(workers),
        "workers": workers,
        "queue": {"queued": counts.get(Status.QUEUED, 0), "processing": counts.get(Status.PROCESSING, 0)},
        "limits": {
            "max_upload_mb": settings.max_upload_mb,
            "max_photo_megapixels": settings.max_photo_megapixels,
            "panorama_width": settings.panorama_width,
        },
    }


async def health() -> dict[str, Any]:
    """Version, engines and why they were chosen, living workers, queue, limits."""
    return await run_db(_read)


class Check(BaseModel):
    """One thing that must be well, or had better be."""

    ok: bool
    needed: bool = Field(description="Whether no request can be served without it; else jobs only wait.")
    reason: str | None = Field(description="What is wrong and what to do; null where nothing is.")


class Readiness(BaseModel):
    """Whether requests can be served, and why not."""

    ready: bool
    checks: dict[str, Check]


async def live() -> dict[str, str]:
    """That this process answers, and nothing else: whoever gets no answer starts it anew."""
    return {"status": "ok"}


def _rows() -> Check:
    try:
        waiting = unapplied_migrations()
    except Error as error:
        return Check(ok=False, needed=True, reason=database_error(error).message)
    reason = f"The database lacks {len(waiting)} migrations; run lucida migrate." if waiting else None
    return Check(ok=not waiting, needed=True, reason=reason)


def _room() -> Check:
    try:
        need_room()
        get_storage().check()
        get_storage().temporary.mkdir(exist_ok=True)
        with tempfile.TemporaryFile(dir=get_storage().temporary):
            return Check(ok=True, needed=True, reason=None)
    except LucidaError as error:
        return Check(ok=False, needed=True, reason=error.message)
    except OSError as error:
        return Check(ok=False, needed=True, reason=f"The data folder cannot be written: {error.strerror}.")


def _hands() -> Check:
    try:
        served = {queue for worker in living_workers() for queue in worker["queues"]}
        lonely = sorted(set(due_jobs()) - served)
    except Error as error:
        return Check(ok=False, needed=False, reason=database_error(error).message)
    reason = f"Jobs wait for workers of {', '.join(lonely)}; start lucida worker --queues {','.join(lonely)}."
    return Check(ok=not lonely, needed=False, reason=reason if lonely else None)


async def ready(request: Request, response: Response) -> Readiness:
    """Whether this process can serve requests: 503 with the reasons where it cannot."""
    checks = {name: await anyio.to_thread.run_sync(closing_connections(check)) for name, check in _CHECKS.items()}
    trouble = await anyio.to_thread.run_sync(request.app.state.trouble)
    checks["broker"] = Check(ok=trouble is None, needed=False, reason=trouble)
    fit = all(check.ok for check in checks.values() if check.needed)
    response.status_code = 200 if fit else 503
    return Readiness(ready=fit, checks=checks)


_CHECKS = {"database": _rows, "storage": _room, "workers": _hands}
