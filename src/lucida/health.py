"""How the installation is, for people and for monitors."""

from __future__ import annotations

from typing import Any

from django.db.models import Count, Max, Sum
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Gauge, generate_latest
from starlette.requests import Request
from starlette.responses import Response

import lucida
from lucida.config import get_settings
from lucida.database import run_db
from lucida.jobs.heartbeat import living_workers
from lucida.jobs.kinds import RESOURCES, every_kind
from lucida.jobs.models import Job, Status


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


def _measure(watching: int) -> bytes:
    registry = CollectorRegistry()
    jobs = Gauge("lucida_jobs", "Jobs by kind and status.", ["kind", "status"], registry=registry)
    for kind, status, count in Job.objects.values_list("kind", "status").annotate(Count("id")):
        jobs.labels(kind, status).set(count)
    depth = Gauge("lucida_queue_depth", "Jobs that wait, by queue.", ["queue"], registry=registry)
    for queue in RESOURCES:
        depth.labels(queue).set(0)
    for queue, count in Job.objects.filter(status=Status.QUEUED).values_list("queue").annotate(Count("id")):
        depth.labels(queue).set(count)
    deaths = Gauge("lucida_worker_deaths", "Workers that died under jobs still kept.", registry=registry)
    deaths.set(Job.objects.aggregate(n=Sum("worker_deaths"))["n"] or 0)
    last = Gauge("lucida_last_run_seconds", "How long the newest finished job ran.", ["kind"], registry=registry)
    newest = Job.objects.filter(status=Status.DONE).values_list("kind").annotate(Max("finished_at"))
    for kind, finished_at in newest:
        started_at = Job.objects.filter(kind=kind, finished_at=finished_at).values_list("started_at", flat=True)[0]
        if started_at is not None and finished_at is not None:
            last.labels(kind).set((finished_at - started_at).total_seconds())
    workers = Gauge("lucida_workers", "Living workers by state.", ["state"], registry=registry)
    for worker in living_workers():
        workers.labels(worker["state"]).inc()
    watchers = Gauge("lucida_watchers", "Connections that follow jobs in this process.", registry=registry)
    watchers.set(watching)
    return generate_latest(registry)


async def metrics(request: Request) -> Response:
    """The same for Prometheus."""
    return Response(await run_db(_measure, request.app.state.hub.watching), media_type=CONTENT_TYPE_LATEST)
