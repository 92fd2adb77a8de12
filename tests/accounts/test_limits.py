from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from django.db import transaction
from django.db.models import F
from fastapi import FastAPI
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from live_server import listening

from lucida.accounts.limits import Allowance, images_allowance, release, take
from lucida.accounts.models import Grant, User
from lucida.accounts.owner import Owner
from lucida.accounts.people import add_user
from lucida.database import closing_connections, run_db
from lucida.errors import RateLimited
from lucida.jobs.execution import execute
from lucida.jobs.lease import claim
from lucida.jobs.models import Job
from lucida.jobs.running import RunningJob
from lucida.jobs.submission import cancel, submit
from lucida.server import create_app

HOUR = 3600
NO_LIMIT = 0


@pytest.fixture
def anna(database: Path) -> User:
    return add_user("anna")[0]


def pass_time(seconds: float) -> None:
    """Make what was granted that much older."""
    by = timedelta(seconds=seconds)
    Grant.objects.update(taken_at=F("taken_at") - by, expires_at=F("expires_at") - by)


def refused(user: User, allowance: Allowance) -> int:
    """The seconds after which to ask again."""
    with pytest.raises(RateLimited) as caught:
        take(user, allowance)
    return caught.value.retry_after


def test_an_hour_holds_so_many_and_then_the_oldest_makes_room(anna: User) -> None:
    allowance = Allowance("images", per_hour=3, at_once=NO_LIMIT)
    for _ in range(3):
        take(anna, allowance)
        pass_time(600)
    assert refused(anna, allowance) == HOUR - 1800
    pass_time(HOUR - 1800 - 1)
    assert refused(anna, allowance) == 1
    pass_time(0.5)
    assert refused(anna, allowance) == 1  # rounded up: who waits for as long is let in
    pass_time(0.5)
    take(anna, allowance)
    assert refused(anna, allowance) == 600


def test_a_limit_that_was_lowered_waits_for_all_that_are_too_many(anna: User) -> None:
    for _ in range(4):
        take(anna, Allowance("images", per_hour=4, at_once=NO_LIMIT))
        pass_time(600)
    # Of 4, now 600 to 2400 s old, the three oldest must go before there is room for one of 2.
    assert refused(anna, Allowance("images", per_hour=2, at_once=NO_LIMIT)) == HOUR - 1200


def test_only_so_many_at_once_until_one_is_released(anna: User) -> None:
    allowance = Allowance("images", per_hour=NO_LIMIT, at_once=2)
    first, _ = take(anna, allowance), take(anna, allowance)
    assert refused(anna, allowance) == 5
    release(first)
    release(first)
    take(anna, allowance)
    assert refused(anna, allowance) == 5


def test_what_nobody_releases_frees_its_place_when_its_lease_is_over(anna: User) -> None:
    allowance = Allowance("images", per_hour=NO_LIMIT, at_once=1)
    take(anna, allowance, lease=timedelta(seconds=60))
    pass_time(57)
    assert refused(anna, allowance) == 3
    pass_time(3)
    take(anna, allowance)
    pass_time(15 * 60 - 1)
    assert refused(anna, allowance) == 1
    pass_time(1)
    take(anna, allowance)


def test_users_and_allowances_are_counted_apart(anna: User) -> None:
    bob, *_ = add_user("bob")
    images, words = (Allowance(name, per_hour=1, at_once=1) for name in ("images", "words"))
    take(anna, images)
    take(anna, words)
    take(bob, images)
    assert refused(anna, images) == HOUR


def test_zero_is_no_limit(anna: User) -> None:
    for _ in range(20):
        take(anna, Allowance("images", per_hour=NO_LIMIT, at_once=NO_LIMIT))


def test_rows_that_no_longer_count_are_cleared_away(anna: User) -> None:
    allowance = Allowance("images", per_hour=9, at_once=9)
    for _ in range(3):
        release(take(anna, allowance))
    held = take(anna, allowance, lease=timedelta(hours=3))
    pass_time(HOUR + 1)
    new = take(anna, allowance)
    assert set(Grant.objects.all()) == {held, new}


def test_a_job_that_ends_gives_its_place_back(anna: User) -> None:
    allowance = Allowance("images", per_hour=NO_LIMIT, at_once=2)
    jobs = []
    for _ in range(2):
        with transaction.atomic():
            job, _ = submit("hashing", anna, params={"seconds": 0.0}, inputs={})
            take(anna, allowance, job_id=job.id)
        jobs.append(job)
    pass_time(12 * HOUR)  # however long it waits
    with pytest.raises(RateLimited), transaction.atomic():
        take(anna, allowance, job_id=submit("hashing", anna, params={}, inputs={})[0].id)
    assert Job.objects.count() == 2  # the one that was refused was never accepted
    cancel(anna, jobs[1].id)
    take(anna, allowance)
    assert refused(anna, allowance) == 5
    job_1 = claim("w", ["tests"])
    assert job_1 is not None
    assert refused(anna, allowance) == 5
    execute(job_1, RunningJob(job_1))
    take(anna, allowance)


def test_what_is_taken_in_a_transaction_that_fails_is_not_taken(anna: User) -> None:
    allowance = Allowance("images", per_hour=1, at_once=1)
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        take(anna, allowance)
        raise ZeroDivisionError
    take(anna, allowance)


@pytest.mark.parametrize(("per_hour", "at_once", "granted"), [(7, NO_LIMIT, 7), (NO_LIMIT, 3, 3), (50, 2, 2)])
def test_requests_at_the_same_time_never_get_more(anna: User, per_hour: int, at_once: int, granted: int) -> None:
    allowance = Allowance("images", per_hour=per_hour, at_once=at_once)
    gate = threading.Barrier(12)
    outcomes: list[bool] = []

    @closing_connections
    def ask() -> None:
        gate.wait()
        for _ in range(3):
            try:
                take(anna, allowance)
                outcomes.append(True)
            except RateLimited:
                outcomes.append(False)

    threads = [threading.Thread(target=ask) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(outcomes), sum(outcomes)) == (36, granted)


def test_places_are_taken_and_released_by_many_at_once_and_never_more_are_held(anna: User) -> None:
    allowance = Allowance("images", per_hour=NO_LIMIT, at_once=2)
    lock, holding, most, done = threading.Lock(), 0, 0, 0

    @closing_connections
    def work() -> None:
        nonlocal holding, most, done
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            try:
                grant = take(anna, allowance)
            except RateLimited:
                time.sleep(0.005)
                continue
            with lock:
                holding += 1
                most = max(most, holding)
            time.sleep(0.002)
            with lock:
                holding -= 1
                done += 1
            release(grant)
            return

    threads = [threading.Thread(target=work) for _ in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert done == 10
    assert 1 <= most <= 2


class Plain:
    """The same with a plain list, in minutes."""

    def __init__(self, per_hour: int, at_once: int) -> None:
        self.per_hour, self.at_once = per_hour, at_once
        self.now = 0
        self.grants: list[tuple[int, int]] = []  # when, and when its place is free

    def wait(self) -> int:
        """Seconds to wait; 0 where there is room."""
        recent = sorted(taken for taken, _ in self.grants if self.now - taken < 60)
        if self.per_hour and len(recent) >= self.per_hour:
            return 60 * (recent[-self.per_hour] + 60 - self.now)
        held = [free for _, free in self.grants if free > self.now]
        return 5 if self.at_once and len(held) >= self.at_once else 0


steps = st.one_of(
    st.just("take"),
    st.tuples(st.just("pass"), st.sampled_from([1, 2, 7, 14, 15, 30, 45, 59, 60])),
    st.tuples(st.just("release"), st.integers(0, 30)),
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(st.integers(0, 4), st.integers(0, 3), st.lists(steps, max_size=25))
def test_the_sliding_window_is_that_of_a_plain_list(
    anna: User, per_hour: int, at_once: int, story: list[str | tuple[str, int]]
) -> None:
    allowance = Allowance(str(uuid.uuid4())[:8], per_hour=per_hour, at_once=at_once)
    plain, grants = Plain(per_hour, at_once), list[Grant]()
    with transaction.atomic():
        for step in story:
            if step == "take":
                expected = plain.wait()
                try:
                    grants.append(take(anna, allowance, lease=timedelta(minutes=15)))
                    plain.grants.append((plain.now, plain.now + 15))
                    assert expected == 0
                except RateLimited as error:
                    assert expected - 30 < error.retry_after <= expected  # the test's own time passes, too
            elif step[0] == "pass":
                pass_time(60 * int(step[1]))
                plain.now += int(step[1])
            elif grants:
                which = int(step[1]) % len(grants)
                release(grants[which])
                taken, free = plain.grants[which]
                plain.grants[which] = (taken, min(free, plain.now))
        transaction.set_rollback(True)


@pytest.fixture
def limited(database: Path) -> Iterator[tuple[str, FastAPI]]:
    """A server with a route that counts as pictures do, below /v1 and elsewhere."""
    app = create_app()

    async def picture(owner: Owner) -> dict[str, str]:
        return {"grant": str((await run_db(take, owner, images_allowance())).id)}

    app.add_api_route("/v1/test", picture, methods=["POST"])
    app.add_api_route("/api/test", picture, methods=["POST"])
    with listening(app) as address:
        yield address, app


def test_the_fifty_first_in_an_hour_is_answered_with_when_to_ask_again(limited: tuple[str, FastAPI]) -> None:
    with httpx.Client(base_url=limited[0], timeout=60) as client:
        for number in range(50):
            answer = client.post("/v1/test" if number % 2 else "/api/test")
            assert answer.status_code == 200, answer.text
            Grant.objects.update(released_at=F("taken_at"))
        pass_time(HOUR - 90)
        answer = client.post("/v1/test")
        assert answer.status_code == 429
        assert 85 <= int(answer.headers["retry-after"]) <= 90
        error = answer.json()["error"]
        assert (error["type"], error["code"]) == ("rate_limit_error", "rate_limit_exceeded")
        answer = client.post("/api/test")
        assert (answer.status_code, answer.json()["code"]) == (429, "rate_limit_exceeded")
        assert "50 images an hour" in answer.json()["detail"]
        pass_time(90)
        assert client.post("/v1/test").status_code == 200


def test_the_third_at_once_is_refused_and_the_settings_say_how_many(
    limited: tuple[str, FastAPI], setting: Callable[[str, object], None]
) -> None:
    with httpx.Client(base_url=limited[0], timeout=60) as client:
        assert [client.post("/v1/test").status_code for _ in range(3)] == [200, 200, 429]
        assert client.post("/api/test").headers["retry-after"] == "5"
        setting("IMAGES_AT_ONCE", 0)
        setting("IMAGES_PER_HOUR", 3)
        assert [client.post("/v1/test").status_code for _ in range(2)] == [200, 429]
