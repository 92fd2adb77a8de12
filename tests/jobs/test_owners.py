from __future__ import annotations

import pytest

from lucida.accounts.models import Token, User
from lucida.accounts.people import add_user
from lucida.errors import Conflict
from lucida.jobs.execution import execute
from lucida.jobs.lease import claim
from lucida.jobs.models import Job
from lucida.jobs.owners import remove_user
from lucida.jobs.running import RunningJob
from lucida.jobs.submission import submit
from lucida.storage import get_storage

pytestmark = pytest.mark.usefixtures("database")


def test_a_user_who_owns_jobs_goes_only_with_everything() -> None:
    (anna, *_), (bob, *_) = add_user("anna"), add_user("bob")
    for owner in (anna, bob):
        submit("hashing", owner, params={"seconds": 0.0}, inputs={})
        job = claim("w", ["tests"])
        assert job is not None
        execute(job, RunningJob(job))
    kept = set(Job.objects.get(owner=bob).artifacts.values_list("key", flat=True))
    assert len(list(get_storage().keys())) == 2 * len(kept) == 4
    with pytest.raises(Conflict, match=r"anna owns 1 job: --with-everything"):
        remove_user(anna, with_everything=False)
    anna.refresh_from_db()
    assert anna.is_active
    assert remove_user(anna, with_everything=True) == 1
    assert set(get_storage().keys()) == kept
    assert list(User.objects.all()) == [bob]
    assert Token.objects.get().user == bob


def test_a_job_that_runs_stops_when_its_owner_goes() -> None:
    anna, *_ = add_user("anna")
    submit("hashing", anna, params={"seconds": 0.0}, inputs={})
    job = claim("w", ["tests"])
    assert job is not None
    running = RunningJob(job)
    remove_user(anna, with_everything=True)
    execute(job, running)
    assert not Job.objects.exists()
    assert list(get_storage().keys()) == []
