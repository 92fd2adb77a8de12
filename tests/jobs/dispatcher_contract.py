"""What every dispatcher promises. A test module subclasses `DispatcherContract` and says how one is started."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from typing import Any

import psutil
from job_kinds import chain
from waiting import wait_until

from lucida.accounts.owner import local_user
from lucida.jobs.dispatcher import Dispatcher
from lucida.jobs.events import events_after
from lucida.jobs.heartbeat import living_workers
from lucida.jobs.models import Job, Status
from lucida.jobs.running import workspace_of
from lucida.jobs.submission import cancel, submit


def accept(dispatcher: Dispatcher, kind: str = "hashing", **params: Any) -> Job:
    job, _ = submit(kind, local_user(), params=params, inputs={})
    dispatcher.notify(job.queue)
    return job


def ended(job: Job) -> Job:
    def finished() -> bool:
        job.refresh_from_db()
        return job.finished

    wait_until(finished, f"{job} to end")
    return job


def started(job: Job) -> Job:
    def works() -> bool:
        job.refresh_from_db()
        return job.status == Status.PROCESSING and job.progress > 0

    wait_until(works, f"{job} to work")
    return job


def pid_of(worker: str) -> int:
    """The process that holds the worker's life lock."""
    from django.conf import settings

    return int((settings.DATA_DIR / "workers" / f"{worker}.lock").read_text())


class DispatcherContract:
    """Every promise; `dispatcher` is a fixture of the subclass, with one worker on the queue `tests`."""

    def test_an_accepted_job_is_done_and_its_events_tell_the_way(self, dispatcher: Dispatcher) -> None:
        job = ended(accept(dispatcher))
        assert job.status == Status.DONE
        assert job.result["digest"] == chain(job.seed, 1000).hex()
        events = events_after(job.id, 0)
        assert [event["seq"] for event in events] == list(range(1, len(events) + 1))
        kinds = [event["event"] for event in events]
        assert kinds[0] == "status"
        assert kinds[-1] == "done"
        assert kinds.count("preview") == 1

    def test_jobs_that_waited_before_the_start_are_done_too(self, stopped_dispatcher: Dispatcher) -> None:
        job, _ = submit("hashing", local_user(), params={"seconds": 0.0}, inputs={})
        stopped_dispatcher.start()
        assert ended(job).status == Status.DONE

    def test_a_lost_hint_costs_no_more_than_a_poll(self, dispatcher: Dispatcher) -> None:
        job, _ = submit("hashing", local_user(), params={"seconds": 0.0}, inputs={})
        assert ended(job).status == Status.DONE

    def test_a_killed_worker_loses_no_job_and_changes_no_result(self, dispatcher: Dispatcher) -> None:
        job = started(accept(dispatcher, seconds=3.0))
        half_written = workspace_of(job)
        wait_until(half_written.exists, "the job to have a folder")
        os.kill(pid_of(job.lease_owner), signal.SIGKILL)
        ended(job)
        assert not half_written.exists()
        assert (job.status, job.attempt, job.worker_deaths) == (Status.DONE, 0, 1)
        assert job.result["digest"] == chain(job.seed, 1000).hex()

    def test_a_job_that_always_kills_its_worker_fails_after_five(self, dispatcher: Dispatcher) -> None:
        poison = ended(accept(dispatcher, "faulty", how="killed"))
        assert (poison.status, poison.error_code, poison.worker_deaths) == (Status.ERROR, "worker_lost", 5)
        assert ended(accept(dispatcher, seconds=0.0)).status == Status.DONE

    def test_a_running_job_is_cancelled(self, dispatcher: Dispatcher) -> None:
        job = started(accept(dispatcher, seconds=30.0, steps=600))
        cancel(local_user(), job.id)
        assert ended(job).status == Status.CANCELLED
        assert ended(accept(dispatcher, seconds=0.0)).status == Status.DONE

    def test_a_job_that_does_not_hear_is_killed_when_cancelled(self, dispatcher: Dispatcher) -> None:
        job = accept(dispatcher, "faulty", how="deaf")
        wait_until(lambda: Job.objects.filter(id=job.id, status=Status.PROCESSING).exists(), "the job to run")
        cancel(local_user(), job.id)
        assert ended(job).status == Status.CANCELLED
        assert ended(accept(dispatcher, seconds=0.0)).status == Status.DONE

    def test_a_worker_that_stands_still_loses_its_job_to_another(self, dispatcher: Dispatcher) -> None:
        job = started(accept(dispatcher, seconds=3.0))
        frozen = psutil.Process(pid_of(job.lease_owner))
        frozen.suspend()
        try:
            ended(job)
        finally:
            if frozen.is_running():
                frozen.resume()
        assert (job.status, job.worker_deaths) == (Status.DONE, 1)
        assert job.result["digest"] == chain(job.seed, 1000).hex()

    def test_a_passing_failure_is_tried_again(self, dispatcher: Dispatcher) -> None:
        job = ended(accept(dispatcher, "faulty", how="out_of_memory", times=1))
        assert (job.status, job.result) == (Status.DONE, {"tries": 2, "shrink": 1})

    def test_bad_input_is_not_tried_again(self, dispatcher: Dispatcher) -> None:
        job = ended(accept(dispatcher, "faulty", how="bad_photo"))
        assert (job.status, job.error_code, job.error_message, job.attempt) == (
            Status.ERROR,
            "bad_photo",
            "This is no photo.",
            0,
        )

    def test_stopping_puts_the_job_in_hand_back_at_no_cost(
        self, dispatcher: Dispatcher, stopped_dispatcher: Dispatcher
    ) -> None:
        job = started(accept(dispatcher, seconds=3.0, steps=100))
        dispatcher.stop()
        job.refresh_from_db()
        assert (job.status, job.attempt, job.worker_deaths) == (Status.QUEUED, 0, 0)
        stopped_dispatcher.start()
        assert ended(job).status == Status.DONE

    def test_a_worker_that_may_still_finish_its_job_does(
        self, stopped_dispatcher: Dispatcher, setting: Callable[[str, object], None]
    ) -> None:
        setting("FINISH_SECONDS", 60)
        stopped_dispatcher.start()
        job = started(accept(stopped_dispatcher, seconds=2.0))
        later = accept(stopped_dispatcher, seconds=0.0)
        stopped_dispatcher.stop()
        job.refresh_from_db()
        later.refresh_from_db()
        assert (job.status, later.status) == (Status.DONE, Status.QUEUED)

    def test_workers_tell_that_they_live_and_no_longer_when_they_do_not(self, dispatcher: Dispatcher) -> None:
        worker = wait_until(living_workers, "a heartbeat")[0]
        assert worker["queues"] == ["tests"]
        assert worker["engines"] == {}  # none that a job of these queues needs
        dispatcher.stop()
        assert living_workers() == []
