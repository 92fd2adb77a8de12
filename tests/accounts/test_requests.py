"""Requests that write, counted in a process, in Redis, and where Redis comes and goes."""

from __future__ import annotations

import logging
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import anyio
import httpx
import pytest
from live_server import listening
from redis_server import BINARY, MISSING, Redis, redis_server
from uploads import upload

from lucida.accounts import requests
from lucida.accounts.people import add_user
from lucida.accounts.requests import Counter, OwnCounter, RedisCounter, Requests
from lucida.jobs.models import Job
from lucida.server import create_app
from lucida.storage import get_storage

NOWHERE = "redis://127.0.0.1:1/0"


@pytest.fixture(scope="module")
def redis() -> Iterator[Redis]:
    if BINARY is None:
        pytest.skip(MISSING)
    with redis_server() as server:
        yield server


@pytest.fixture(params=["own", "redis"])
def counted(request: pytest.FixtureRequest) -> Iterator[Callable[[float], Counter]]:
    """Makes counters whose minute has so many seconds."""
    with ExitStack() as made:

        def make(window: float) -> Counter:
            if request.param == "own":
                return OwnCounter(window)
            server: Redis = request.getfixturevalue("redis")
            server.client.flushall()
            counter = RedisCounter(server.address(), window)
            made.callback(counter.close)
            return counter

        yield make


def test_a_minute_holds_so_many_and_the_oldest_makes_room(counted: Callable[[float], Counter]) -> None:
    counter = counted(1.0)
    assert counter.take("anna", 2) == 0
    time.sleep(0.6)
    assert counter.take("anna", 2) == 0
    wait = counter.take("anna", 2)
    assert 0.2 < wait <= 0.4
    assert counter.take("bob", 2) == 0  # each has their own
    time.sleep(wait + 0.01)
    assert counter.count("anna") == 1
    assert counter.take("anna", 2) == 0  # what was refused counted for nothing
    assert counter.take("anna", 2) > 0
    # Of a limit that was lowered all that are too many must go: here both.
    assert 0.8 < counter.take("anna", 1) <= 1.0
    time.sleep(1.05)
    assert (counter.count("anna"), counter.count("nobody")) == (0, 0)


def test_requests_at_the_same_time_never_get_more(counted: Callable[[float], Counter]) -> None:
    counter = counted(60.0)
    gate, got = threading.Barrier(8), list[float]()

    def ask() -> None:
        gate.wait()
        for _ in range(10):
            got.append(counter.take("anna", 33))

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(got), got.count(0), counter.count("anna")) == (80, 33, 33)


def test_processes_count_together_in_redis(redis: Redis) -> None:
    redis.client.flushall()
    one, other = RedisCounter(redis.address()), RedisCounter(redis.address())
    assert [counter.take("anna", 3) for counter in (one, other, one)] == [0, 0, 0]
    assert other.take("anna", 3) > 50
    (key,) = redis.client.keys()
    assert key.startswith(b"lucida.")  # another program may use it, too
    assert 0 < redis.client.ttl(key) <= 60
    one.close()
    other.close()


def test_without_redis_each_process_counts_and_says_so_once(
    redis: Redis, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(requests, "_PAUSE_SECONDS", 0.1)
    redis.client.flushall()
    counted = Requests(RedisCounter(redis.address()))

    def take() -> float:
        return anyio.run(counted.take, "anna", 2)

    assert (take(), anyio.run(counted.count, "anna")) == (0, 1)
    redis.stop()
    try:
        assert [take() for _ in range(2)] == [0, 0]
        time.sleep(0.15)
        assert take() > 0
        assert [(r.levelname, "by itself" in r.message) for r in caplog.records] == [("ERROR", True)]
    finally:
        redis.start()
    time.sleep(0.15)
    assert (take(), anyio.run(counted.count, "anna")) == (0, 1)  # a Redis that has forgotten all counts anew
    assert [r.levelname for r in caplog.records] == ["ERROR", "WARNING"]
    counted.close()


def test_a_redis_that_is_silent_is_not_waited_for_by_every_request() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        counted = Requests(RedisCounter(f"redis://127.0.0.1:{silent.getsockname()[1]}/0"))
        began = time.monotonic()
        assert [anyio.run(counted.take, "anna", 20) for _ in range(20)] == [0] * 20
        assert time.monotonic() - began < 3
        counted.close()


@pytest.fixture
def limited(database: Path, setting: Callable[[str, object], None]) -> Iterator[str]:
    """A server that takes three writing requests a minute of each user."""
    setting("AUTH", "token")
    setting("REQUESTS_PER_MINUTE", 3)
    with listening(create_app()) as address:
        yield address


def client_of(address: str, name: str) -> httpx.Client:
    return httpx.Client(base_url=address, timeout=60, headers={"Authorization": f"Bearer {add_user(name)[2]}"})


def test_the_fourth_that_writes_is_told_when_to_come_again_and_leaves_nothing(limited: str) -> None:
    with client_of(limited, "anna") as anna, client_of(limited, "bob") as bob:
        for _ in range(3):
            assert anna.get("/api/jobs").status_code == 200
            assert anna.post("/api/nothing").status_code == 404  # routes that are not there count, too
        answer = upload(anna)
        assert (answer.status_code, answer.json()["code"]) == (429, "rate_limit_exceeded")
        assert 50 < int(answer.headers["retry-after"]) <= 60
        assert "3 requests a minute" in answer.json()["detail"]
        error = anna.post("/v1/images/generations", json={"prompt": "a lake"})
        assert (error.status_code, error.json()["error"]["type"]) == (429, "rate_limit_error")
        for path in ("/api/jobs", "/api/session", "/health"):  # what only reads is not counted
            assert anna.get(path).status_code == 200
        assert anna.get("/api/usage").json()["requests_per_minute"] == {"used": 3, "limit": 3}
        assert anna.delete("/api/session").status_code == 204  # one may always go
        assert upload(bob).status_code == 200
    assert [job.owner.username for job in Job.objects.all()] == ["bob"]
    assert len(list(get_storage().keys())) == 1


def test_whom_the_server_does_not_know_uses_up_nobodys_requests(limited: str) -> None:
    with httpx.Client(base_url=limited) as nobody:
        assert {nobody.post("/api/nothing").status_code for _ in range(5)} == {401}
        assert {nobody.delete("/api/session").status_code for _ in range(5)} == {204}
    with client_of(limited, "anna") as anna:
        evil = {"Origin": "https://evil.example"}
        cookies = anna.post("/api/session").raise_for_status().cookies
        for _ in range(5):  # another site's page, by anna's cookie
            answer = httpx.delete(f"{limited}/api/jobs/1", headers=evil, cookies=cookies)
            assert answer.json()["code"] == "forbidden"
        assert anna.get("/api/usage").json()["requests_per_minute"]["used"] == 1  # the sign-in


def test_servers_share_what_they_count_and_go_on_when_redis_goes(
    redis: Redis, database: Path, setting: Callable[[str, object], None], caplog: pytest.LogCaptureFixture
) -> None:
    redis.client.flushall()
    setting("AUTH", "token")
    setting("REQUESTS_PER_MINUTE", 3)
    setting("CELERY_BROKER_URL", redis.address())
    with listening(create_app()) as one, listening(create_app()) as other, client_of(one, "anna") as anna:
        asked = [anna.post(f"{address}/api/nothing").status_code for address in (one, other, one, other, one)]
        assert asked == [404, 404, 404, 429, 429]
        redis.stop()
        try:
            caplog.set_level(logging.WARNING)
            assert [anna.post("/api/nothing").status_code for _ in range(4)] == [404, 404, 404, 429]
            told = [record.message for record in caplog.records if record.name == "lucida.accounts"]
            assert len(told) == 1
            assert told[0].startswith("Redis does not answer")
        finally:
            redis.start()


def test_one_person_at_home_is_not_limited(database: Path, setting: Callable[[str, object], None]) -> None:
    setting("CELERY_BROKER_URL", NOWHERE)  # where nothing is limited nobody asks it
    with listening(create_app()) as address, httpx.Client(base_url=address) as client:
        assert {client.post("/api/nothing").status_code for _ in range(400)} == {404}
        usage = client.get("/api/usage").json()
        assert usage["requests_per_minute"]["limit"] is None
        setting("REQUESTS_PER_MINUTE", 2)
        assert [client.post("/api/nothing").status_code for _ in range(3)] == [404, 404, 429]
