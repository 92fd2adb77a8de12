from __future__ import annotations

import json
import logging
import shutil
import uuid
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from django.utils import timezone
from prometheus_client.parser import text_string_to_metric_families

from lucida.accounts.owner import local_user
from lucida.errors import BadPhoto
from lucida.jobs.broker import Broker
from lucida.jobs.brokered import CeleryDispatcher
from lucida.jobs.heartbeat import beat
from lucida.jobs.lease import claim, fail, finish, held
from lucida.jobs.models import Job
from lucida.jobs.submission import submit


def test_a_process_that_serves_is_alive_and_ready(client: httpx.Client) -> None:
    assert client.get("/health/live").json() == {"status": "ok"}
    answer = client.get("/health/ready")
    assert answer.status_code == 200
    told = answer.json()
    assert told["ready"] is True
    assert {name: (check["ok"], check["needed"]) for name, check in told["checks"].items()} == {
        "database": (True, True),
        "storage": (True, True),
        "workers": (True, False),
        "broker": (True, False),
    }


def test_jobs_that_nobody_takes_are_told_of_and_keep_nobody_from_asking(client: httpx.Client) -> None:
    submit("hashing", local_user(), params={}, inputs={})
    answer = client.get("/health/ready")
    check = answer.json()["checks"]["workers"]
    assert (answer.status_code, check["ok"]) == (200, False)
    assert check["reason"] == "Jobs wait for workers of tests; start lucida worker --queues tests."
    beat("elsewhere", state="idle", queues=["tests"], engines={})
    assert client.get("/health/ready").json()["checks"]["workers"]["ok"] is True


def test_who_cannot_keep_files_is_not_ready(client: httpx.Client, database: Path) -> None:
    temporary = database / "tmp"
    shutil.rmtree(temporary, ignore_errors=True)
    temporary.write_text("no folder")
    try:
        answer = client.get("/health/ready")
    finally:
        temporary.unlink()
    assert answer.status_code == 503
    assert answer.json()["ready"] is False
    assert answer.json()["checks"]["storage"]["reason"].startswith("The data folder cannot be written: ")


def test_a_broker_that_does_not_answer_is_named() -> None:
    trouble = CeleryDispatcher(Broker("redis://127.0.0.1:1/0"), 0).trouble()
    assert trouble == "Redis (CELERY_BROKER_URL) does not answer: jobs are kept, and taken when it is back."


def ended(failed: bool, *, waited: float, ran: float) -> None:
    submit("hashing", local_user(), params={}, inputs={})
    job = claim("w", ["tests"])
    assert job is not None
    if failed:
        fail(job.id, held(job.fence), BadPhoto("no"))
    else:
        finish(job.id, job.fence, {})
    now = timezone.now()
    started = now - timedelta(seconds=ran)
    Job.objects.filter(id=job.id).update(
        engine="draft", created_at=started - timedelta(seconds=waited), started_at=started, finished_at=now
    )


def test_metrics_count_what_happened(client: httpx.Client) -> None:
    for waited in (1.0, 2.0, 3.0):
        ended(False, waited=waited, ran=10 * waited)
    ended(True, waited=4.0, ran=0.0)
    submit("hashing", local_user(), params={}, inputs={})
    beat("elsewhere", state="busy", queues=["tests"], engines={"memory": {"used": 7, "total": 9}})
    found = {
        (sample.name, *sorted(sample.labels.values())): sample.value
        for family in text_string_to_metric_families(client.get("/metrics").text)
        for sample in family.samples
    }
    expected = {
        ("lucida_jobs", "done", "hashing"): 3,
        ("lucida_jobs", "error", "hashing"): 1,
        ("lucida_jobs", "hashing", "queued"): 1,
        ("lucida_queue_depth", "tests"): 1,
        ("lucida_queue_due", "tests"): 1,
        ("lucida_queue_depth", "gpu"): 0,
        ("lucida_wait_seconds", "0.5", "hashing"): 3,
        ("lucida_wait_seconds", "0.95", "hashing"): 4,
        ("lucida_run_seconds", "0.95", "draft", "hashing"): 30,
        ("lucida_failures", "bad_photo", "hashing"): 1,
        ("lucida_workers", "busy"): 1,
        ("lucida_gpu_memory_bytes", "elsewhere", "used"): 7,
        ("lucida_gpu_memory_bytes", "elsewhere", "total"): 9,
    }
    assert {name: found.get(name) for name in expected} == pytest.approx(expected, abs=1e-3)


def test_a_request_has_a_number_in_its_answer_and_in_the_log(
    client: httpx.Client, caplog: pytest.LogCaptureFixture
) -> None:
    given = client.get("/health/live", headers={"X-Request-ID": "from-the-proxy_1"})
    assert given.headers["x-request-id"] == "from-the-proxy_1"
    for bad in ("with blanks", "x" * 65, "/etc/passwd"):
        number = client.get("/health/live", headers={"X-Request-ID": bad}).headers["x-request-id"]
        assert uuid.UUID(number).hex == number


def test_lines_of_the_log_name_the_request_and_the_job(
    setting: Callable[[str, object], None], capsys: pytest.CaptureFixture[str]
) -> None:
    import structlog

    from lucida import logs

    setting("LOG_FORMAT", "json")
    root = logging.getLogger()
    before = root.handlers[:]
    root.handlers.clear()
    try:
        logs.start_logging()
        with structlog.contextvars.bound_contextvars(request="r1", job="j1"):
            logging.getLogger("lucida.jobs").warning("something")
    finally:
        root.handlers[:] = before
    line = json.loads(capsys.readouterr().err.splitlines()[-1])
    assert (line["event"], line["request"], line["job"]) == ("something", "r1", "j1")
