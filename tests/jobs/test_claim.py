from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from lucida.accounts.models import User
from lucida.accounts.owner import local_user
from lucida.database import closing_connections
from lucida.errors import LeaseLost, OutOfMemory, UpstreamFailed
from lucida.jobs.events import change, events_after
from lucida.jobs.lease import MAX_WORKER_DEATHS, claim, fail, finish, give_back, held, renew, retry, worker_died
from lucida.jobs.models import Job, Status
from lucida.jobs.submission import submit

pytestmark = pytest.mark.usefixtures("database")


def make(owner: User | None = None, **given: Any) -> Job:
    return submit("hashing", owner or local_user(), params={}, inputs={}, **given)[0]


def take(worker: str = "w") -> Job:
    job = claim(worker, ["tests"])
    assert job is not None
    return job


def test_the_oldest_is_taken_first_and_only_of_the_queues_asked_for() -> None:
    first, second = make(), make()
    assert claim("w", ["cpu"]) is None
    assert [take().id, take().id] == [first.id, second.id]
    assert claim("w", ["tests"]) is None


def test_priority_goes_before_age() -> None:
    make()
    urgent = make(priority=1)
    assert take().id == urgent.id


def test_one_persons_hundred_jobs_do_not_keep_another_waiting() -> None:
    busy, other = User.objects.create(username="busy"), User.objects.create(username="other")
    for _ in range(5):
        make(busy)
    late = make(other)
    assert take().owner == busy
    assert take().id == late.id
    make(other)
    # Both have one running; the one who was served longest ago is next.
    assert [take().owner, take().owner] == [busy, other]


def test_with_a_single_worker_owners_take_turns() -> None:
    busy, other = User.objects.create(username="busy"), User.objects.create(username="other")
    for _ in range(3):
        make(busy)
    for _ in range(3):
        make(other)
    served = []
    for _ in range(6):
        job = take()
        served.append(job.owner.username)
        finish(job.id, job.fence, {})
    assert served == ["busy", "other"] * 3


def test_a_job_is_claimed_once_however_many_want_it() -> None:
    jobs = {make().id for _ in range(12)}
    taken: list[Any] = []
    start = threading.Barrier(6)

    @closing_connections
    def worker(name: str) -> None:
        start.wait()
        while (job := claim(name, ["tests"])) is not None:
            taken.append(job.id)

    threads = [threading.Thread(target=worker, args=(str(number),)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(taken) == len(jobs)
    assert set(taken) == jobs


def test_a_job_that_must_wait_is_not_taken_yet() -> None:
    job = make()
    Job.objects.filter(id=job.id).update(not_before=timezone.now() + timezone.timedelta(seconds=60))
    assert claim("w", ["tests"]) is None
    Job.objects.filter(id=job.id).update(not_before=timezone.now())
    assert take().id == job.id


def test_a_late_worker_writes_nothing() -> None:
    make()
    late = take("late")
    assert worker_died(late)
    now = take("now")
    assert now.fence == late.fence + 1
    assert renew(late.id, late.fence) is None
    assert not finish(late.id, late.fence, {"digest": "stale"})
    assert not fail(late.id, held(late.fence), LeaseLost("stale"))
    assert not give_back(late)
    assert change(late.id, held(late.fence), event="status", payload={}) is None
    assert finish(now.id, now.fence, {"digest": "fresh"})
    row = Job.objects.get(id=now.id)
    assert (row.status, row.result, row.progress) == (Status.DONE, {"digest": "fresh"}, 1.0)
    assert events_after(row.id, 0)[-1] == {"event": "done", "seq": row.last_seq, "digest": "fresh"}


def test_a_lost_worker_costs_no_attempt_but_five_are_the_jobs_own_fault() -> None:
    job = make()
    for death in range(1, MAX_WORKER_DEATHS):
        assert worker_died(take())
        job.refresh_from_db()
        assert (job.status, job.attempt, job.worker_deaths) == (Status.QUEUED, 0, death)
    assert worker_died(take())
    job.refresh_from_db()
    assert (job.status, job.error_code, job.worker_deaths) == (Status.ERROR, "worker_lost", MAX_WORKER_DEATHS)
    assert "5 times" in job.error_message


def test_a_stopped_worker_gives_its_job_back_at_no_cost() -> None:
    job = make()
    assert give_back(take())
    job.refresh_from_db()
    assert (job.status, job.attempt, job.worker_deaths, job.lease_owner) == (Status.QUEUED, 0, 0, "")


def test_a_passing_failure_is_tried_again_later_and_at_last_said() -> None:
    job = make()
    error = OutOfMemory("Too little memory.")
    for attempt in (1, 2):
        assert retry(take(), error, shrink=True)
        job.refresh_from_db()
        assert (job.status, job.attempt, job.shrink) == (Status.QUEUED, attempt, attempt)
        assert job.not_before is not None
        assert job.not_before > timezone.now()
        Job.objects.update(not_before=None)
    assert retry(take(), error, shrink=True)
    job.refresh_from_db()
    assert (job.status, job.error_code, job.error_message) == (Status.ERROR, "out_of_memory", "Too little memory.")


def test_a_remote_that_wants_to_be_left_alone_is() -> None:
    job = make()
    assert retry(take(), UpstreamFailed("Too often.", retry_after=120), shrink=False)
    job.refresh_from_db()
    assert job.not_before is not None
    assert job.not_before > timezone.now() + timezone.timedelta(seconds=110)


def test_events_are_numbered_without_gaps_however_many_write() -> None:
    job = make()
    start = threading.Barrier(4)

    @closing_connections
    def write() -> None:
        start.wait()
        for _ in range(10):
            change(job.id, {}, event="status", payload={"stage": "x", "progress": 0.0})

    threads = [threading.Thread(target=write) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    job.refresh_from_db()
    assert [event["seq"] for event in events_after(job.id, 0)] == list(range(1, 42))
    assert job.last_seq == 41


def test_an_accepted_job_is_written_through_to_the_disk(database: Path) -> None:
    from django.db import connection

    if connection.vendor != "sqlite":
        pytest.skip("Postgres' own settings decide when it writes through")
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA synchronous")
        assert cursor.fetchone() == (2,)  # FULL
        cursor.execute("PRAGMA journal_mode")
        assert cursor.fetchone() == ("wal",)
