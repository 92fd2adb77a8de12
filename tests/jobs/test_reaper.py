from __future__ import annotations

import os
import time
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.utils import timezone

from lucida.accounts.owner import local_user
from lucida.jobs.heartbeat import beat, dead_workers, hold_life_lock, is_alive, living_workers
from lucida.jobs.lease import claim, renew
from lucida.jobs.models import Artifact, Job, JobEvent, Status, Worker
from lucida.jobs.reaper import Reaper
from lucida.jobs.submission import cancel, submit
from lucida.jobs.sweeper import sweep
from lucida.storage import get_storage

pytestmark = pytest.mark.usefixtures("database")


@pytest.fixture(autouse=True)
def short_lease(setting: Callable[[str, object], None]) -> None:
    setting("LEASE_SECONDS", 0.2)


def running(worker: str) -> Job:
    submit("hashing", local_user(), params={}, inputs={})
    job = claim(worker, ["tests"])
    assert job is not None
    return job


def test_a_lease_that_stands_still_is_lost_and_one_that_moves_is_not() -> None:
    silent, kept = running("elsewhere-1"), running("elsewhere-2")
    reaper = Reaper()
    reaped: list[Job] = []
    for _ in range(4):
        reaped += reaper.reap()
        time.sleep(0.1)
        renew(kept.id, kept.fence)
    assert [job.id for job in reaped] == [silent.id]
    assert Job.objects.get(id=silent.id).status == Status.QUEUED


def test_a_wall_clock_that_jumps_costs_nobody_a_job() -> None:
    job = running("elsewhere")
    reaper = Reaper()
    reaper.reap()
    for jump in (timedelta(days=-3), timedelta(days=3)):
        Job.objects.update(lease_until=timezone.now() + jump)
        assert reaper.reap() == []
    time.sleep(0.3)
    assert [lost.id for lost in reaper.reap()] == [job.id]


def test_a_worker_whose_life_lock_is_free_is_dead_at_once() -> None:
    descriptor = hold_life_lock("here-1")
    job = running("here-1")
    reaper = Reaper()
    assert reaper.reap() == []
    assert is_alive("here-1") is True
    os.close(descriptor)
    assert dead_workers() == ["here-1"]
    assert [lost.id for lost in reaper.reap()] == [job.id]
    reaper.bury_the_dead()
    assert is_alive("here-1") is None


def test_a_cancelled_job_whose_worker_died_is_cancelled_not_started_again() -> None:
    os.close(hold_life_lock("here-2"))
    job = running("here-2")
    cancel(local_user(), job.id)
    Reaper().reap()
    assert Job.objects.get(id=job.id).status == Status.CANCELLED


def test_only_living_workers_are_shown() -> None:
    descriptor = hold_life_lock("here-3")
    for worker in ("here-3", "elsewhere"):
        beat(worker, state="idle", queues=["tests"], engines={"painter": {"name": "draft"}})
    Worker.objects.create(id="gone", state="idle", seen_at=timezone.now() - timedelta(minutes=5))
    assert sorted(worker["id"] for worker in living_workers()) == ["elsewhere", "here-3"]
    os.close(descriptor)
    assert [worker["id"] for worker in living_workers()] == ["elsewhere"]


def test_a_worker_of_another_machine_is_forgotten_when_it_has_been_silent_for_long() -> None:
    long_ago = timezone.now() - timedelta(hours=2)
    for worker in ("silent", "silent-with-a-job"):
        Worker.objects.create(id=worker, state="busy", seen_at=long_ago)
    beat("elsewhere", state="idle", queues=["tests"], engines={})
    running("silent-with-a-job")
    Reaper().bury_the_dead()
    assert set(Worker.objects.values_list("id", flat=True)) == {"elsewhere", "silent-with-a-job"}


def test_nothing_grows_too_old_where_days_are_not_counted(setting: Callable[[str, object], None]) -> None:
    setting("KEEP_DAYS", 0)
    job, _ = submit("hashing", local_user(), params={}, inputs={})
    Job.objects.update(status=Status.DONE, finished_at=timezone.now() - timedelta(days=4000))
    sweep()
    assert Job.objects.filter(id=job.id).exists()


def test_an_upload_is_kept_as_long_as_its_job() -> None:
    upload = get_storage().write("project-uploads/u/photo", [b"x"])
    submit("hashing", local_user(), params={}, inputs={"photo": upload.key})
    long_ago = time.time() - 86400
    os.utime(get_storage().path(upload.key), (long_ago, long_ago))
    assert sweep() == []
    assert get_storage().path(upload.key).exists()


def test_the_sweeper_forgets_old_jobs_with_their_files_and_yesterdays_steps_but_not_their_end() -> None:
    owner = local_user()
    storage = get_storage()
    jobs = []
    for age in (40, 2, 0):
        job, _ = submit("hashing", owner, params={}, inputs={})
        stored = storage.write(f"generations/{job.id}/result", [b"x"])
        Artifact.objects.create(job=job, name="r", key=stored.key, sha256="", size=1, content_type="x/y")
        JobEvent.objects.create(job=job, seq=2, kind="done", payload={})
        Job.objects.filter(id=job.id).update(
            status=Status.DONE, last_seq=2, finished_at=timezone.now() - timedelta(days=age)
        )
        jobs.append(job)
    orphan = storage.write("media/x/orphan", [b"x"])
    long_ago = time.time() - 86400
    for key in list(storage.keys()):
        os.utime(storage.path(key), (long_ago, long_ago))
    assert sweep() == [orphan.key]
    assert set(Job.objects.values_list("id", flat=True)) == {jobs[1].id, jobs[2].id}
    assert [list(job.events.values_list("seq", flat=True)) for job in jobs[1:]] == [[2], [1, 2]]
    assert sorted(storage.keys()) == sorted(f"generations/{job.id}/result" for job in jobs[1:])
