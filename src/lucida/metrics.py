"""What monitors count and draw, in Prometheus' form, read from the rows each time it is asked for.

Every process that serves tells the same of the jobs, whichever of them did what; only its connections are its own.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import timedelta

from django.db.models import Count, Sum
from django.utils import timezone
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Gauge, generate_latest
from starlette.requests import Request
from starlette.responses import Response

from lucida.database import run_db
from lucida.jobs.heartbeat import living_workers
from lucida.jobs.kinds import RESOURCES
from lucida.jobs.lease import due_jobs
from lucida.jobs.models import Job, Status

_RECENT = timedelta(minutes=15)
_MOST_JOBS = 5000  # of the recent ones, the newest
_QUANTILES = (0.5, 0.95)


def _quantile(values: list[float], share: float) -> float:
    """The nearest-rank quantile of sorted values."""
    return values[min(len(values) - 1, int(share * len(values)))]


_Many = dict[tuple[str, ...], list[float]]


class _Gauges:
    """A registry that is filled once and printed."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()

    def add(self, name: str, sentence: str, labels: list[str], rows: Iterable[tuple[tuple[str, ...], float]]) -> None:
        gauge = Gauge(name, sentence, labels, registry=self.registry)
        for values, number in rows:
            (gauge.labels(*values) if labels else gauge).set(number)

    def quantiles(self, name: str, sentence: str, labels: list[str], seconds: _Many) -> None:
        rows = [
            ((*values, str(share)), _quantile(sorted(numbers), share))
            for values, numbers in seconds.items()
            for share in _QUANTILES
        ]
        self.add(name, sentence, [*labels, "quantile"], rows)


def _jobs(gauges: _Gauges) -> None:
    counted = Job.objects.values_list("kind", "status").annotate(Count("id"))
    jobs = [((kind, status), count) for kind, status, count in counted]
    gauges.add("lucida_jobs", "Jobs by kind and status.", ["kind", "status"], jobs)
    waiting = dict(Job.objects.filter(status=Status.QUEUED).values_list("queue").annotate(Count("id")))
    for name, sentence, queues in (
        ("lucida_queue_depth", "Jobs that wait, by queue.", waiting),
        ("lucida_queue_due", "Those of them that could be taken now.", due_jobs()),
    ):
        every = dict.fromkeys(RESOURCES, 0) | queues
        gauges.add(name, sentence, ["queue"], [((queue,), count) for queue, count in every.items()])
    deaths = Job.objects.aggregate(n=Sum("worker_deaths"))["n"] or 0
    gauges.add("lucida_worker_deaths", "Workers that died under jobs still kept.", [], [((), deaths)])


def _recent(gauges: _Gauges) -> None:
    """How long jobs that ended in the last quarter of an hour waited and ran, and what they failed of."""
    ended = Job.objects.filter(finished_at__gte=timezone.now() - _RECENT).order_by("-finished_at")
    waited: _Many = defaultdict(list)
    ran: _Many = defaultdict(list)
    failed: dict[tuple[str, ...], int] = defaultdict(int)
    columns = ("kind", "engine", "error_code", "created_at", "started_at", "finished_at")
    for kind, engine, code, created, started, finished in ended.values_list(*columns)[:_MOST_JOBS]:
        if code:
            failed[kind, code] += 1
        if started is not None and finished is not None:
            waited[(kind,)].append((started - created).total_seconds())
            ran[kind, engine].append((finished - started).total_seconds())
    gauges.quantiles("lucida_wait_seconds", "Waiting before the last start, of jobs ended in 15 min.", ["kind"], waited)
    gauges.quantiles("lucida_run_seconds", "The last run, of jobs ended in 15 min.", ["kind", "engine"], ran)
    gauges.add("lucida_failures", "Jobs that failed in 15 min, by code.", ["kind", "code"], failed.items())


def _workers(gauges: _Gauges) -> None:
    workers = living_workers()
    states: dict[tuple[str, ...], int] = defaultdict(int)
    memory: dict[tuple[str, ...], float] = {}
    for worker in workers:
        states[(worker["state"],)] += 1
        for which, amount in worker["engines"].get("memory", {}).items():
            memory[worker["id"], which] = amount
    gauges.add("lucida_workers", "Living workers by state.", ["state"], states.items())
    gauges.add("lucida_gpu_memory_bytes", "Memory of workers' cards.", ["worker", "which"], memory.items())


def _measure(watching: int) -> bytes:
    gauges = _Gauges()
    _jobs(gauges)
    _recent(gauges)
    _workers(gauges)
    gauges.add("lucida_watchers", "Connections that follow jobs in this process.", [], [((), watching)])
    return generate_latest(gauges.registry)


async def metrics(request: Request) -> Response:
    """Jobs, queues, waiting and running times, failures and workers for Prometheus."""
    return Response(await run_db(_measure, request.app.state.hub.watching), media_type=CONTENT_TYPE_LATEST)
