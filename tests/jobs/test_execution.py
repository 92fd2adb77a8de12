from __future__ import annotations

import itertools
import os
import time
from pathlib import Path
from typing import Any

import pytest
from job_kinds import chain

from lucida.accounts.owner import local_user
from lucida.errors import Cancelled, Interrupted, LeaseLost
from lucida.jobs.events import events_after
from lucida.jobs.execution import execute
from lucida.jobs.kinds import register
from lucida.jobs.lease import claim, finish, worker_died
from lucida.jobs.models import Artifact, Job, Status
from lucida.jobs.running import EVENTS_PER_SECOND, RunningJob
from lucida.jobs.submission import cancel, remove, submit
from lucida.jobs.sweeper import sweep
from lucida.storage import get_storage

pytestmark = pytest.mark.usefixtures("database")


def claimed(kind: str = "hashing", **params: Any) -> Job:
    submit(kind, local_user(), params=params, inputs={})
    job = claim("w", ["tests"])
    assert job is not None
    return job


def run(job: Job) -> Job:
    execute(job, RunningJob(job))
    job.refresh_from_db()
    return job


def test_a_finished_job_has_its_files_its_result_and_its_last_event() -> None:
    job = run(claimed(seconds=0.0))
    assert (job.status, job.stage, job.lease_owner) == (Status.DONE, "Done", "")
    digest = chain(job.seed, 20 * 50)
    assert job.result == {"digest": digest.hex()}
    artifact = Artifact.objects.get(job=job, name="result.bin")
    assert get_storage().read(artifact.key) == digest
    assert [event["event"] for event in events_after(job.id, 0)][-1] == "done"
    assert not (get_storage().temporary / f"{job.id}-{job.fence}").exists()


@pytest.mark.parametrize(
    ("how", "status", "code"),
    [("bad_photo", Status.ERROR, "bad_photo"), ("bug", Status.ERROR, "internal_error")],
)
def test_a_hopeless_failure_ends_the_job_at_once(how: str, status: Status, code: str) -> None:
    job = run(claimed("faulty", how=how))
    assert (job.status, job.error_code, job.attempt) == (status, code, 0)
    assert "ZeroDivisionError" not in job.error_message
    last = events_after(job.id, 0)[-1]
    assert (last["event"], last["code"], last["message"]) == ("error", code, job.error_message)


@pytest.mark.parametrize("how", ["memory", "out_of_memory"])
def test_out_of_memory_is_tried_again_with_less(how: str) -> None:
    job = run(claimed("faulty", how=how, times=1))
    assert (job.status, job.shrink) == (Status.QUEUED, 1)
    Job.objects.update(not_before=None)
    again = claim("w", ["tests"])
    assert again is not None
    assert run(again).result == {"tries": 2, "shrink": 1}


@pytest.mark.parametrize(("how", "code"), [("disk", "storage_full"), ("database", "database_busy")])
def test_what_passes_is_tried_again_and_at_last_said(how: str, code: str) -> None:
    job = run(claimed("faulty", how=how, times=1))
    assert (job.status, job.attempt, job.shrink) == (Status.QUEUED, 1, 0)
    Job.objects.update(not_before=None, attempt=2)
    again = claim("w", ["tests"])
    assert again is not None
    again.params["times"] = 99
    failed = run(again)
    assert (failed.status, failed.error_code) == (Status.ERROR, code)


def test_a_cancelled_job_stops_at_its_next_step() -> None:
    job = claimed(seconds=0.0)
    running = RunningJob(job)
    cancel(local_user(), job.id)
    with pytest.raises(Cancelled):
        for _ in itertools.count():
            running.progress(0.1, "working")
    running.close()
    cancelled = run(job)
    assert (cancelled.status, cancelled.error_code) == (Status.CANCELLED, "cancelled")


def test_a_stopped_worker_puts_its_job_back() -> None:
    job = claimed(seconds=0.0)
    running = RunningJob(job)
    running.stop(Interrupted("The worker was stopped."))
    execute(job, running)
    job.refresh_from_db()
    assert (job.status, job.attempt, job.worker_deaths) == (Status.QUEUED, 0, 0)


def test_a_worker_that_lost_its_lease_stops_and_leaves_the_job_and_no_file() -> None:
    job = claimed(seconds=0.0)
    late = RunningJob(job)
    worker_died(job)
    now = claim("other", ["tests"])
    assert now is not None
    with pytest.raises(LeaseLost):
        late.artifact("result.bin", b"stale", "x/y")
    with pytest.raises(LeaseLost):
        late.progress(0.5, "late")
    late.close()
    assert Artifact.objects.count() == 0
    assert not list(get_storage().root.glob("generations/*/*"))
    assert run(now).status == Status.DONE


def test_progress_is_written_at_a_steady_rate_but_always_the_last() -> None:
    job = claimed()
    running = RunningJob(job)
    began = time.monotonic()
    for step in range(200):
        running.progress(step / 200, f"step {step + 1}/200")
        time.sleep(0.002)
    running.event("preview", {"preview_url": "/p"})
    lasted = time.monotonic() - began
    running.close()
    events = events_after(job.id, 0)
    told = [event for event in events if event.get("stage", "").startswith("step")]
    assert len(told) <= 7 + EVENTS_PER_SECOND * lasted + 1
    assert told[-1]["stage"] == "step 200/200"
    assert events[-1]["event"] == "preview"
    assert [event["progress"] for event in told] == sorted(event["progress"] for event in told)


def test_every_stage_is_told_however_short(database: Path) -> None:
    job = claimed()
    running = RunningJob(job)
    began = time.monotonic()
    for stage in range(12):
        for step in range(9):
            running.progress((stage + step / 9) / 12, f"{chr(97 + stage)}: step {step}")
    lasted = time.monotonic() - began
    running.close()
    told = [event["stage"][0] for event in events_after(job.id, 2) if event["event"] == "status"]
    assert set(told) == set("abcdefghijkl")
    assert len(told) <= 2 * 12 + 7 + EVENTS_PER_SECOND * lasted  # each stage's first and last, and what is allowed


def test_progress_that_was_held_back_is_told_by_the_side_thread() -> None:
    job = claimed()
    running = RunningJob(job)

    def told() -> str:
        return Job.objects.get(id=job.id).stage

    for step in itertools.count():
        running.progress(0.5, f"step {step}")
        if told() != f"step {step}":
            break
    time.sleep(0.5)
    running.tick()
    assert told() == f"step {step}"
    running.close()


def test_a_file_written_again_replaces_the_first_and_changes_its_tag() -> None:
    job = claimed()
    running = RunningJob(job)
    first = running.artifact("preview.jpg", b"first", "image/jpeg")
    old = get_storage().path(Artifact.objects.get().key)
    path = running.workspace / "p"
    path.write_bytes(b"second")
    assert running.artifact("preview.jpg", path, "image/jpeg") != first
    assert get_storage().read(Artifact.objects.get().key) == b"second"
    assert finish(job.id, job.fence, {})
    running.close()
    assert old.exists()  # somebody may still be reading it
    hours_ago = time.time() - 7200
    os.utime(old, (hours_ago, hours_ago))
    assert [Path(key).name for key in sweep()] == [old.name]
    assert not old.exists()


def test_a_deleted_job_takes_its_replaced_files_with_it() -> None:
    job = claimed()
    running = RunningJob(job)
    for content in (b"first", b"second"):
        running.artifact("preview.jpg", content, "image/jpeg")
    folder = get_storage().path(Artifact.objects.get().key).parent
    assert len(list(folder.iterdir())) == 2
    running.close()
    remove(job)
    assert not folder.exists()


def test_progress_never_goes_back_nor_beyond_its_ends() -> None:
    job = claimed()
    running = RunningJob(job)
    for fraction in (-1.0, 0.5, 0.2, 7.0):
        running.progress(fraction, "x")
    running.event("preview", {})
    assert [event["progress"] for event in events_after(job.id, 2) if "progress" in event] == [0.0, 0.5, 0.5, 1.0]
    running.close()


def test_a_kind_nobody_knows_fails_with_a_sentence(tmp_path: Path) -> None:
    register("passing", lambda job: {}, queue="tests")
    submit("passing", local_user(), params={}, inputs={})
    Job.objects.update(kind="forgotten")
    job = claim("w", ["tests"])
    assert job is not None
    assert run(job).error_message == "This worker does not know the kind of job 'forgotten'; update it."
