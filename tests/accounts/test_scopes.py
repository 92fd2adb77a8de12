"""What a token may be used for, and until when, asked of a real server."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from django.utils import timezone
from live_server import listening
from uploads import upload
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from lucida.accounts.models import Session, Token, User
from lucida.accounts.people import add_user
from lucida.accounts.session import COOKIE
from lucida.accounts.tokens import make_token
from lucida.jobs.models import Job
from lucida.jobs.submission import submit
from lucida.server import create_app
from lucida.storage import get_storage


@pytest.fixture(scope="module")
def address(login_address: str) -> str:
    return login_address


@pytest.fixture
def anna(database: Path) -> User:
    return add_user("anna")[0]


def bearer(text: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {text}"}


def client_of(address: str, user: User, *scopes: str, days: float | None = None) -> httpx.Client:
    text = make_token(user, scopes=scopes or ("read", "write"), days=days)[1]
    return httpx.Client(base_url=address, headers=bearer(text), timeout=60)


def waiting_job(user: User) -> Job:
    return submit("hashing", user, params={}, inputs={})[0]


def test_a_token_that_may_only_read_changes_nothing_and_hears_what_it_lacks(address: str, anna: User) -> None:
    job = waiting_job(anna)
    with client_of(address, anna, "read") as reader:
        assert reader.get(f"/api/jobs/{job.id}").status_code == 200
        for answer in (
            reader.delete(f"/api/jobs/{job.id}"),
            upload(reader),
            reader.post("/api/nothing"),
            reader.put("/api/jobs"),
        ):
            assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")
            assert "has not the scope write" in answer.json()["detail"]
            assert answer.headers["www-authenticate"] == 'Bearer error="insufficient_scope", scope="write"'
        error = reader.post("/v1/images/generations", json={"prompt": "a lake"}).json()["error"]
        assert (error["type"], error["code"]) == ("permission_error", "forbidden")
    job.refresh_from_db()
    assert (job.status, job.cancel_requested_at, Job.objects.count()) == ("queued", None, 1)
    assert list(get_storage().keys()) == []


def test_a_token_that_may_only_read_follows_its_own_jobs(address: str, anna: User) -> None:
    job, theirs = waiting_job(anna), waiting_job(add_user("bob")[0])
    text = make_token(anna, scopes=["read"])[1]
    events = f"{address}/api/jobs/{job.id}/events"
    with httpx.stream("GET", events, headers=bearer(text), timeout=20) as answer:
        assert "Waiting" in next(line for line in answer.iter_lines() if line.startswith("data:"))
    for watched, event in ((job, "status"), (theirs, "error")):
        url = f"ws{address.removeprefix('http')}/ws/jobs/{watched.id}"
        with connect(url, additional_headers=bearer(text)) as socket:
            assert json.loads(socket.recv(timeout=20))["event"] == event


def test_without_read_there_is_nothing_to_see_and_nothing_to_follow(address: str, anna: User) -> None:
    job = waiting_job(anna)
    text = make_token(anna, scopes=["write"])[1]
    with httpx.Client(base_url=address, headers=bearer(text)) as writer:
        assert "scope read" in writer.get("/api/jobs").json()["detail"]
        assert writer.get("/").headers["content-type"].startswith("text/html")  # the page is for all
        assert writer.get("/api/session").json()["scopes"] == ["write"]
        with pytest.raises(InvalidStatus) as refused:
            connect(f"ws{address.removeprefix('http')}/ws/jobs/{job.id}", additional_headers=bearer(text))
        assert refused.value.response.status_code == 403
        assert writer.delete(f"/api/jobs/{job.id}").status_code == 202


def test_what_counts_everybodys_jobs_is_for_the_tokens_of_monitors(address: str, anna: User) -> None:
    with client_of(address, anna, "metrics") as monitor, client_of(address, anna) as person:
        assert "lucida_jobs" in monitor.get("/metrics").text
        assert monitor.get("/api/jobs").status_code == 403
        answer = person.get("/metrics")
        assert (answer.status_code, "scope metrics" in answer.json()["detail"]) == (403, True)


def test_a_session_has_the_scopes_of_its_token(address: str, anna: User) -> None:
    job = waiting_job(anna)
    with client_of(address, anna, "read") as reader, httpx.Client(base_url=address) as browser:
        browser.cookies = reader.post("/api/session").raise_for_status().cookies
        assert browser.get("/api/session").json()["scopes"] == ["read"]
        assert browser.get(f"/api/jobs/{job.id}").status_code == 200
        answer = browser.delete(f"/api/jobs/{job.id}")
        assert (answer.status_code, "scope write" in answer.json()["detail"]) == (403, True)
        assert browser.delete("/api/session").status_code == 204  # whoever may do nothing may still go


def test_a_session_ends_no_later_than_its_token(address: str, anna: User) -> None:
    with client_of(address, anna, days=2) as client, httpx.Client(base_url=address) as browser:
        answer = client.post("/api/session").raise_for_status()
        (age,) = [part for part in answer.headers["set-cookie"].split("; ") if part.startswith("Max-Age=")]
        assert 2 * 86_400 - 60 < int(age.removeprefix("Max-Age=")) <= 2 * 86_400
        assert answer.json()["expires_at"] is not None
        browser.cookies = answer.cookies
        assert browser.get("/api/jobs").status_code == 200
        Token.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
        for asked in (browser, client):
            answer = asked.get("/api/jobs")
            assert (answer.status_code, answer.json()["code"]) == (401, "not_authenticated")
            assert "This token was good until" in answer.json()["detail"]
            assert answer.headers["www-authenticate"] == "Bearer"
        assert browser.get("/").headers["content-type"].startswith("text/html")  # which asks for another token
        assert client.post("/api/session").status_code == 401
        job = waiting_job(anna)
        with pytest.raises(InvalidStatus) as refused:
            cookie = f"{COOKIE}={browser.cookies[COOKIE]}"
            url = f"ws{address.removeprefix('http')}/ws/jobs/{job.id}"
            connect(url, additional_headers={"Cookie": cookie, "Origin": address})
        assert refused.value.response.status_code == 401
    assert Session.objects.count() == 1


def test_where_nobody_logs_in_nothing_needs_a_scope(database: Path) -> None:
    with listening(create_app()) as address:
        assert httpx.get(f"{address}/metrics").status_code == 200
        assert httpx.delete(f"{address}/api/jobs/00000000-0000-0000-0000-000000000000").status_code == 404
