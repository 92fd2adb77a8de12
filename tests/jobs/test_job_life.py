"""Jobs under whatever workers, deaths, late writes and people do to them, in any order."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from lucida.accounts.owner import local_user
from lucida.errors import BadPhoto, Conflict, OutOfMemory
from lucida.jobs.events import change, events_after
from lucida.jobs.lease import claim, fail, finish, give_back, held, renew, retry, worker_died
from lucida.jobs.models import FINISHED, Job, Status
from lucida.jobs.submission import cancel, submit

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("database")]


class JobLife(RuleBasedStateMachine):
    """Every claim ever made is kept, so that the late ones may try to write."""

    claims = Bundle("claims")

    def __init__(self) -> None:
        super().__init__()
        Job.objects.all().delete()
        self.ends: dict[UUID, tuple[Any, ...]] = {}

    @rule()
    def submit(self) -> None:
        submit("hashing", local_user(), params={}, inputs={})

    @rule(target=claims, worker=st.sampled_from(["a", "b"]))
    def claim(self, worker: str) -> Job | None:
        Job.objects.update(not_before=None)
        return claim(worker, ["tests"])

    @rule(job=claims, what=st.sampled_from(["progress", "renew", "finish", "fail", "retry", "give back", "die"]))
    def write(self, job: Job | None, what: str) -> None:
        if job is None:
            return
        now = Job.objects.get(id=job.id)
        current = now.status == Status.PROCESSING and now.fence == job.fence
        progress = {"event": "status", "payload": {"stage": "x", "progress": 0.5}, "progress": 0.5}
        writes = {
            "progress": lambda: change(job.id, held(job.fence), **progress) is not None,
            "renew": lambda: renew(job.id, job.fence) is not None,
            "finish": lambda: finish(job.id, job.fence, {"by": job.fence}),
            "fail": lambda: fail(job.id, held(job.fence), BadPhoto("no")),
            "retry": lambda: retry(now if current else job, OutOfMemory("no"), shrink=True),
            "give back": lambda: give_back(job),
            "die": lambda: worker_died(now if current else job),
        }
        assert writes[what]() is current

    @rule(job=claims)
    def cancel(self, job: Job | None) -> None:
        if job is None:
            return
        ended = Job.objects.get(id=job.id).finished
        if ended:
            with pytest.raises(Conflict):
                cancel(local_user(), job.id)
        else:
            cancel(local_user(), job.id)

    @invariant()
    def the_events_tell_the_row(self) -> None:
        for job in Job.objects.all():
            events = events_after(job.id, 0)
            assert [event["seq"] for event in events] == list(range(1, job.last_seq + 1))
            ends = [event for event in events if event["event"] in ("done", "error")]
            assert len(ends) == int(job.finished)
            assert not ends or ends[0] is events[-1]
            assert (events[-1]["event"] == "done") is (job.status == Status.DONE)

    @invariant()
    def an_end_is_an_end(self) -> None:
        for job in Job.objects.filter(status__in=FINISHED):
            end = (job.status, job.result, job.error_code, job.fence, job.last_seq, job.finished_at, job.lease_owner)
            assert self.ends.setdefault(job.id, end) == end
            assert job.lease_owner == ""

    @invariant()
    def who_works_holds_a_lease_and_nobody_else_does(self) -> None:
        for job in Job.objects.all():
            assert bool(job.lease_owner) is (job.status == Status.PROCESSING) is (job.lease_until is not None)


def test_no_order_of_events_loses_or_doubles_a_job() -> None:
    quick = settings(
        max_examples=25,
        stateful_step_count=25,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        database=None,
    )
    run_state_machine_as_test(JobLife, settings=quick)
