from __future__ import annotations

import asyncio
import json
import threading
import time
import uuid
from contextlib import AsyncExitStack
from typing import Any

import httpx
import pytest
from waiting import wait_until
from websockets.asyncio.client import connect as connect_async
from websockets.exceptions import ConnectionClosed, ConnectionClosedOK, InvalidStatus
from websockets.sync.client import ClientConnection, connect

from lucida.accounts.owner import local_user
from lucida.database import _limiter
from lucida.jobs.events import change
from lucida.jobs.execution import execute
from lucida.jobs.lease import claim
from lucida.jobs.models import Job
from lucida.jobs.running import RunningJob
from lucida.jobs.submission import submit


def make(**params: Any) -> Job:
    return submit("hashing", local_user(), params={"seconds": 0.0, **params}, inputs={}, title="IMG_1.HEIC")[0]


def run_next() -> Job:
    job = claim("w", ["tests"])
    assert job is not None
    execute(job, RunningJob(job))
    job.refresh_from_db()
    return job


def watch(address: str, job_id: object, **given: Any) -> ClientConnection:
    return connect(f"ws{address.removeprefix('http')}/ws/jobs/{job_id}", **given)


def received(socket: ClientConnection) -> list[dict[str, Any]]:
    """Everything until the server closes with 1000."""
    events = []
    try:
        while True:
            events.append(json.loads(socket.recv(timeout=20)))
    except ConnectionClosedOK as closed:
        assert closed.rcvd is not None
        assert closed.rcvd.code == 1000
    return events


def test_a_socket_replays_what_was_and_goes_on_with_what_comes(address: str, client: httpx.Client) -> None:
    job = make()
    with watch(address, job.id) as socket:
        first = json.loads(socket.recv(timeout=20))
        assert first == {"event": "status", "seq": 1, "stage": "Waiting", "progress": 0.0}
        run_next()
        rest = received(socket)
    events = [first, *rest]
    assert [event["seq"] for event in events] == list(range(1, len(events) + 1))
    assert {event["event"] for event in events} == {"status", "preview", "done"}
    assert events[-1]["event"] == "done"


def test_a_socket_that_comes_back_misses_nothing_and_hears_nothing_twice(address: str, client: httpx.Client) -> None:
    job = make()
    run_next()
    with watch(address, job.id) as socket:
        everything = received(socket)
    for after in (0, 1, 5, len(everything) - 1, len(everything)):
        with watch(address, f"{job.id}?after={after}") as socket:
            assert received(socket) == everything[after:]


def test_many_watchers_of_one_job_all_hear_all_of_it(address: str, client: httpx.Client) -> None:
    job = make(seconds=1.0)
    heard: list[list[dict[str, Any]]] = []

    def listen(delay: float) -> None:
        time.sleep(delay)
        with watch(address, job.id) as socket:
            heard.append(received(socket))

    threads = [threading.Thread(target=listen, args=(0.15 * number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    run_next()
    for thread in threads:
        thread.join()
    assert len(heard) == 8
    assert all(events == heard[0] for events in heard)
    assert heard[0][-1]["event"] == "done"


def test_a_cancelled_job_ends_its_watchers_with_the_reason(address: str, client: httpx.Client) -> None:
    job = make()
    with watch(address, job.id) as socket:
        assert client.delete(f"/api/jobs/{job.id}").status_code == 202
        last = received(socket)[-1]
    assert (last["event"], last["code"], last["message"]) == ("error", "cancelled", "The job was cancelled.")
    shown = client.get(f"/api/jobs/{job.id}").json()
    assert (shown["status"], shown["error_code"]) == ("cancelled", "cancelled")


@pytest.mark.parametrize("name", [str(uuid.UUID(int=7)), "no-uuid"])
def test_a_job_that_is_not_there_says_so_and_closes(address: str, client: httpx.Client, name: str) -> None:
    with watch(address, name) as socket:
        assert json.loads(socket.recv(timeout=20))["code"] == "not_found"
        with pytest.raises(ConnectionClosed) as closed:
            socket.recv(timeout=20)
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 4404


def test_another_sites_page_cannot_watch(address: str, client: httpx.Client) -> None:
    job = make()
    with pytest.raises(InvalidStatus) as refused:
        watch(address, job.id, origin="https://evil.example")
    assert refused.value.response.status_code == 403
    with watch(address, job.id, origin=address) as socket:
        assert json.loads(socket.recv(timeout=20))["seq"] == 1


def test_watchers_that_leave_are_forgotten(address: str, client: httpx.Client) -> None:
    job = make()

    def watching(count: int) -> bool:
        return f"lucida_watchers {count}.0" in client.get("/metrics").text.splitlines()

    wait_until(lambda: watching(0), "the watchers of other tests to be forgotten")
    with watch(address, job.id) as socket:
        socket.recv(timeout=20)
        assert watching(1)
    wait_until(lambda: watching(0), "the watcher to be forgotten")


def sent_events(answer: httpx.Response) -> list[dict[str, Any]]:
    events = []
    for block in answer.text.strip().split("\n\n"):
        fields = dict(line.split(": ", 1) for line in block.splitlines())
        event = json.loads(fields["data"])
        assert int(fields["id"]) == event["seq"]
        events.append(event)
    return events


def test_server_sent_events_tell_the_same_and_resume_where_the_browser_was(address: str, client: httpx.Client) -> None:
    job = make()
    run_next()
    with watch(address, job.id) as socket:
        everything = received(socket)
    path = f"/api/jobs/{job.id}/events"
    answer = client.get(path)
    assert answer.headers["content-type"].startswith("text/event-stream")
    assert sent_events(answer) == everything
    assert sent_events(client.get(path, headers={"Last-Event-ID": "4"})) == everything[4:]
    assert client.get(path, headers={"Last-Event-ID": str(len(everything))}).status_code == 204
    assert client.get(f"/api/jobs/{uuid.UUID(int=7)}/events").status_code == 404


def test_the_history_is_paged_newest_first_without_gaps(client: httpx.Client) -> None:
    jobs = [str(make().id) for _ in range(7)]
    found, cursor = [], None
    while True:
        page = client.get("/api/jobs", params={"limit": 3, **({"before": cursor} if cursor else {})}).json()
        found += [job["id"] for job in page["jobs"]]
        make()  # a job that comes while somebody pages moves nothing
        if (cursor := page["next"]) is None:
            break
    assert found == jobs[::-1]
    assert client.get("/api/jobs?kind=hdri").json() == {"jobs": [], "next": None}
    for before in ("yesterday", f"0001-01-01T00:00:00+23:59_{uuid.UUID(int=7)}"):
        assert client.get("/api/jobs", params={"before": before}).json()["code"] == "bad_parameter"
    naive = f"2020-01-01T00:00:00_{uuid.UUID(int=7)}"
    assert client.get("/api/jobs", params={"before": naive}).json() == {"jobs": [], "next": None}


def test_a_job_shows_what_a_history_needs(client: httpx.Client) -> None:
    job = make()
    shown = client.get(f"/api/jobs/{job.id}").json()
    assert (shown["title"], shown["status"], shown["stage"], shown["progress"]) == (
        "IMG_1.HEIC",
        "queued",
        "Waiting",
        0,
    )
    run_next()
    shown = client.get(f"/api/jobs/{job.id}").json()
    assert (shown["status"], shown["progress"], shown["error_code"]) == ("done", 1, None)
    assert shown["started_at"] <= shown["finished_at"]
    assert client.delete(f"/api/jobs/{job.id}").status_code == 204
    assert client.get(f"/api/jobs/{job.id}").json()["code"] == "not_found"
    assert client.get("/api/jobs/no-uuid").json()["code"] == "bad_parameter"


def test_a_monitor_sees_jobs_by_kind_and_how_long_they_ran(client: httpx.Client) -> None:
    make(seconds=0.1)
    run_next()
    make()
    shown = dict(line.rsplit(" ", 1) for line in client.get("/metrics").text.splitlines() if line[0] != "#")
    assert shown['lucida_jobs{kind="hashing",status="done"}'] == "1.0"
    assert shown['lucida_queue_depth{queue="tests"}'] == "1.0"
    assert float(shown['lucida_run_seconds{engine="",kind="hashing",quantile="0.5"}']) >= 0.1


def test_time_left_follows_from_the_pace(client: httpx.Client) -> None:
    job = make()
    running = claim("w", ["tests"])
    assert running is not None
    assert client.get(f"/api/jobs/{job.id}").json()["eta_seconds"] is None
    change(job.id, {}, progress=0.5)
    time.sleep(0.3)
    assert client.get(f"/api/jobs/{job.id}").json()["eta_seconds"] >= 0.3


def test_who_asks_is_not_behind_a_crowd_that_comes_to_listen(address: str, client: httpx.Client) -> None:
    job = make()
    client.get(f"/api/jobs/{job.id}").raise_for_status()  # now it is known whose all requests are
    most, over = [0.0], threading.Event()

    def look() -> None:
        while not over.is_set():
            most[0] = max(most[0], _limiter().borrowed_tokens)

    async def crowd() -> None:
        async with AsyncExitStack() as sockets:
            uri = f"ws{address.removeprefix('http')}/ws/jobs/{job.id}"
            coming = (sockets.enter_async_context(connect_async(uri)) for _ in range(100))
            for socket in await asyncio.gather(*coming):
                assert json.loads(await socket.recv())["seq"] == 1

    looking = threading.Thread(target=look)
    looking.start()
    asyncio.run(crowd())
    over.set()
    looking.join()
    assert 1 <= most[0] <= 4  # two that come in, the hub, whoever looks for the owner; sixteen may ask at a time
