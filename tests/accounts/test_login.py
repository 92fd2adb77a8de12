"""A server that asks for tokens, and two users on it."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from django.core.signing import TimestampSigner, b62_encode
from django.test import override_settings
from live_server import listening
from uploads import upload
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect

from lucida.accounts.models import Session, User
from lucida.accounts.people import add_user
from lucida.accounts.session import COOKIE
from lucida.accounts.tokens import named_token, revoke
from lucida.errors import KeyInFlight
from lucida.hdri.api import _answering
from lucida.hdri.jobs import EXR, PREVIEW, REPORT
from lucida.jobs.models import Artifact, Job
from lucida.jobs.submission import submit
from lucida.server import create_app
from lucida.storage import get_storage
from lucida.storage.keys import make_key


@pytest.fixture(scope="module")
def address(login_address: str) -> str:
    return login_address


def bearer(text: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {text}"}


class Person:
    """A user with a client that sends their token."""

    def __init__(self, name: str, address: str) -> None:
        self.user, self.token, self.text = add_user(name)
        self.address = address
        self.client = httpx.Client(base_url=address, headers=bearer(self.text), timeout=60)

    def done_job(self) -> Job:
        """A panorama that is done, with files."""
        job, _ = submit("hdri", self.user, params={}, inputs={}, title=f"{self.user.username}.jpg")
        for name, content_type in ((EXR, "image/x-exr"), (PREVIEW, "image/jpeg"), (REPORT, "application/json")):
            stored = get_storage().write(make_key("generations", str(job.id), name), [self.user.username.encode()])
            Artifact.objects.create(
                job=job, name=name, key=stored.key, sha256=stored.sha256, size=stored.size, content_type=content_type
            )
        Job.objects.filter(id=job.id).update(status="done", progress=1.0)
        return job

    def waiting_job(self) -> Job:
        return submit("hashing", self.user, params={}, inputs={})[0]

    @contextmanager
    def signed_in(self) -> Iterator[httpx.Client]:
        """A browser with the cookie, which sends no header."""
        with httpx.Client(base_url=self.address, timeout=60) as browser:
            browser.post("/api/session", headers=bearer(self.text)).raise_for_status()
            yield browser


@pytest.fixture
def anna(address: str, database: Path) -> Iterator[Person]:
    person = Person("anna", address)
    with person.client:
        yield person


@pytest.fixture
def bob(address: str, database: Path) -> Iterator[Person]:
    person = Person("bob", address)
    with person.client:
        yield person


def watch(address: str, job: Job, **headers: str) -> ClientConnection:
    url = f"ws{address.removeprefix('http')}/ws/jobs/{job.id}"
    return connect(url, additional_headers=headers, origin=None)


def first_message(socket: ClientConnection) -> dict[str, Any]:
    message: dict[str, Any] = json.loads(socket.recv(timeout=20))
    return message


@pytest.mark.parametrize(
    "authorization",
    [
        None,
        "",
        "Bearer",
        "Bearer lucida_",
        "Bearer lucida_wrong",
        "Basic {}",
        "{}",
        "Bearer x{}",
        "Token {}",
    ],
)
def test_a_request_without_a_token_that_is_known_is_refused(anna: Person, authorization: str | None) -> None:
    headers = {} if authorization is None else {"Authorization": authorization.format(anna.text)}
    with httpx.Client(base_url=anna.address, headers=headers) as client:
        for method, path in (
            ("GET", "/api/jobs"),
            ("GET", "/metrics"),
            ("GET", "/admin/"),
            ("GET", "/api/nothing"),
            ("GET", "/api/session"),
            ("POST", "/api/session"),
            ("POST", "/api/upload"),
            ("DELETE", f"/api/jobs/{anna.waiting_job().id}"),
            ("OPTIONS", "/api/jobs"),
            ("GET", "/static/../api/jobs"),
        ):
            answer = client.request(method, path)
            assert (answer.status_code, answer.json()["code"]) == (401, "not_authenticated"), path
            assert answer.headers["www-authenticate"] == "Bearer"
        answer = client.get("/v1/models")
        assert (answer.status_code, answer.json()["error"]["type"]) == (401, "authentication_error")
        with pytest.raises(InvalidStatus) as refused:
            watch(anna.address, anna.waiting_job(), **headers)
        assert refused.value.response.status_code == 401
    assert not Job.objects.exclude(cancel_requested_at=None).exists()


def test_a_large_upload_without_a_token_hears_so_and_leaves_nothing(anna: Person) -> None:
    with httpx.Client(base_url=anna.address, timeout=60) as client:
        assert upload(client, b"x" * (24 << 20)).status_code == 401
        assert client.get("/health").status_code == 200
    assert list(get_storage().keys()) == []


def test_the_admin_is_behind_the_login_too(anna: Person) -> None:
    with anna.signed_in() as browser:
        answer = browser.get("/admin/", follow_redirects=True)
        assert (answer.status_code, answer.url.path) == (200, "/admin/login/")
    assert httpx.get(f"{anna.address}/admin/login/").status_code == 401


def test_a_known_token_lets_in_whatever_the_case_of_its_scheme(anna: Person) -> None:
    for scheme in ("Bearer", "bearer", "BEARER"):
        answer = httpx.get(f"{anna.address}/api/session", headers={"Authorization": f"{scheme} {anna.text}"})
        assert (answer.json()["auth"], answer.json()["user"]) == ("token", "anna")
    revoke(anna.token)
    answer = anna.client.get("/api/session")
    assert (answer.status_code, "does not know this token" in answer.json()["detail"]) == (401, True)


def test_what_holds_nobodys_rows_is_for_all(anna: Person) -> None:
    with httpx.Client(base_url=anna.address) as client:
        for path in ("/health", "/docs", "/openapi.json", "/static/admin/css/base.css"):
            assert client.get(path).status_code == 200, path
        assert client.head("/health").status_code == 200
        assert client.get("/openapi.json").json()["security"] == [{"token": []}]
        # The page, built or not, and at whatever address it is asked for; never what stands there for programs.
        assert client.get("/").headers["content-type"].startswith("text/html")
        assert client.get("/anything", headers={"Accept": "text/html"}).headers["content-type"].startswith("text/html")
        assert client.get("/api/jobs", headers={"Accept": "text/html"}).status_code == 401


def test_nobody_reaches_anothers_rows(anna: Person, bob: Person) -> None:
    done, waiting = anna.done_job(), anna.waiting_job()
    theirs = bob.waiting_job()
    assert {row["id"] for row in anna.client.get("/api/jobs").json()["jobs"]} == {str(done.id), str(waiting.id)}
    assert [row["id"] for row in bob.client.get("/api/jobs").json()["jobs"]] == [str(theirs.id)]
    paths = [
        f"/api/jobs/{done.id}",
        f"/api/status/{done.id}",
        f"/api/jobs/{done.id}/events?after=1",
        *(f"/api/result/{done.id}/{name}" for name in ("hdr", "preview", "report.json")),
    ]
    for path in paths:
        assert anna.client.get(path).status_code in (200, 204), path
        answer = bob.client.get(path)
        assert (answer.status_code, answer.json()["detail"]) == (404, "There is no such job."), path
    assert anna.client.get(f"/api/result/{done.id}/report.json").content == b"anna"
    for job in (done, waiting):
        assert bob.client.delete(f"/api/jobs/{job.id}").status_code == 404
        assert bob.client.post(f"/api/result/{job.id}/adjust", json={"yaw": 5}).status_code == 404
        with watch(anna.address, job, **bearer(bob.text)) as socket:
            assert first_message(socket)["code"] == "not_found"
            with pytest.raises(ConnectionClosed):
                socket.recv(timeout=20)
    with watch(anna.address, waiting, **bearer(anna.text)) as socket:
        assert first_message(socket)["stage"] == "Waiting"
    waiting.refresh_from_db()
    assert (waiting.status, Job.objects.filter(owner=anna.user).count()) == ("queued", 2)
    assert anna.client.delete(f"/api/jobs/{waiting.id}").status_code == 202
    assert anna.client.delete(f"/api/jobs/{done.id}").status_code == 204


def test_an_upload_and_its_idempotency_key_are_their_owners(anna: Person, bob: Person) -> None:
    first = upload(anna.client, key="holiday").raise_for_status().json()["job_id"]
    second = upload(bob.client, key="holiday", seed="3").raise_for_status().json()["job_id"]
    assert first != second
    assert upload(anna.client, key="holiday").json()["job_id"] == first
    assert {str(job.id): job.owner for job in Job.objects.all()} == {first: anna.user, second: bob.user}
    assert bob.client.get(f"/api/status/{first}").status_code == 404
    with _answering(anna.user, "upload", "k"):
        with _answering(bob.user, "upload", "k"):
            pass
        with pytest.raises(KeyInFlight), _answering(anna.user, "upload", "k"):
            pass


def test_a_browser_signs_in_with_a_cookie_that_downloads_and_watches(anna: Person) -> None:
    done, waiting = anna.done_job(), anna.waiting_job()
    answer = httpx.post(f"{anna.address}/api/session", headers=bearer(anna.text))
    assert answer.json() == {"auth": "token", "user": "anna", "scopes": ["read", "write"], "expires_at": None}
    attributes = {part.strip().lower() for part in answer.headers["set-cookie"].split(";")[1:]}
    assert attributes == {"httponly", "samesite=strict", "path=/", "max-age=2592000"}
    with anna.signed_in() as browser:
        assert browser.get("/api/session").json()["user"] == "anna"
        assert browser.get(f"/api/result/{done.id}/hdr").content == b"anna"
        assert browser.get(f"/api/jobs/{done.id}/events?after=1").status_code == 204
        cookie = f"{COOKIE}={browser.cookies[COOKIE]}"
        with watch(anna.address, waiting, Cookie=cookie, Origin=anna.address) as socket:
            assert first_message(socket)["stage"] == "Waiting"
        with pytest.raises(InvalidStatus):
            watch(anna.address, waiting, Cookie=cookie, Origin="https://evil.example")
        assert browser.post("/api/session").status_code == 401  # a session does not prolong itself


def test_signing_out_ends_the_session_for_copies_of_the_cookie_too(anna: Person) -> None:
    with anna.signed_in() as browser, anna.signed_in() as other:
        copy = {"Cookie": f"{COOKIE}={browser.cookies[COOKIE]}"}
        assert httpx.get(f"{anna.address}/api/jobs", headers=copy).status_code == 200
        assert browser.delete("/api/session").status_code == 204
        assert COOKIE not in browser.cookies
        assert browser.get("/api/jobs").status_code == 401
        assert httpx.get(f"{anna.address}/api/jobs", headers=copy).status_code == 401
        assert other.get("/api/jobs").status_code == 200
        assert browser.delete("/api/session").status_code == 204
    with pytest.raises(InvalidStatus):
        watch(anna.address, anna.waiting_job(), **copy)


def test_a_session_ends_with_its_token_with_its_user_and_with_the_key(anna: Person) -> None:
    with anna.signed_in() as browser:
        assert browser.get("/api/jobs").status_code == 200
        with override_settings(SECRET_KEY="another"):
            assert browser.get("/api/jobs").status_code == 401
        assert browser.get("/api/jobs").status_code == 200
        User.objects.update(is_active=False)
        assert browser.get("/api/jobs").status_code == 401
        User.objects.update(is_active=True)
        revoke(named_token(anna.text))
        assert browser.get("/api/jobs").status_code == 401
    assert not Session.objects.exists()


@pytest.mark.parametrize(("days", "status"), [(29, 200), (31, 401)])
def test_a_session_lasts_thirty_days(anna: Person, days: int, status: int) -> None:
    class Earlier(TimestampSigner):
        def timestamp(self) -> str:
            return b62_encode(int(time.time()) - days * 86_400)

    session = Session.objects.create(token=anna.token)
    cookie = Earlier(salt="lucida.accounts.session").sign(str(session.id))
    answer = httpx.get(f"{anna.address}/api/jobs", headers={"Cookie": f"{COOKIE}={cookie}"})
    assert answer.status_code == status


def test_a_cookie_that_we_did_not_sign_is_nothing(anna: Person) -> None:
    with anna.signed_in() as browser:
        session = browser.cookies[COOKIE]
    forged = TimestampSigner(key="guessed", salt="lucida.accounts.session").sign(session.split(":")[0])
    for cookie in ("", "x", session[:-1], session.split(":")[0], forged, TimestampSigner().sign(session.split(":")[0])):
        answer = httpx.get(f"{anna.address}/api/jobs", headers={"Cookie": f"{COOKIE}={cookie}"})
        assert answer.status_code == 401


def test_another_sites_page_writes_nothing_by_the_cookie(anna: Person) -> None:
    job = anna.waiting_job()
    with anna.signed_in() as browser:
        for headers in ({"Origin": "https://evil.example"}, {"Origin": "null"}, {"Sec-Fetch-Site": "cross-site"}):
            answer = browser.post(f"/api/result/{job.id}/adjust", json={}, headers=headers)
            assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")
            assert browser.delete(f"/api/jobs/{job.id}", headers=headers).status_code == 403
            assert browser.delete("/api/session", headers=headers).status_code == 403
        # A header decides alone: a wrong one brings no cookie past the check of Origin.
        wrong = {"Origin": "https://evil.example", **bearer("lucida_wrong")}
        assert browser.delete(f"/api/jobs/{job.id}", headers=wrong).status_code == 401
        assert browser.delete(f"/api/jobs/{job.id}", headers={"Origin": anna.address}).status_code == 202
    # With the token itself it does not matter from where.
    assert anna.client.delete(f"/api/jobs/{job.id}", headers={"Origin": "https://tool.example"}).status_code == 204


def test_a_page_whose_origin_is_listed_needs_a_token_and_no_cookie_will_do(anna: Person) -> None:
    listed = {"Origin": "http://localhost:5173"}
    job, asked = anna.waiting_job(), {"json": {"prompt": "a lake", "width": 64, "height": 64}}
    with anna.signed_in() as browser:
        for method, path in (("POST", "/generate"), ("DELETE", f"/api/jobs/{job.id}")):
            answer = browser.request(method, path, headers=listed)
            assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")
        cookie = f"{COOKIE}={browser.cookies[COOKIE]}"
        with pytest.raises(InvalidStatus) as refused:
            watch(anna.address, job, Cookie=cookie, **listed)
        assert refused.value.response.status_code == 403
    assert httpx.post(f"{anna.address}/generate", headers=listed, **asked).status_code == 401
    answer = anna.client.post("/generate", headers={**listed, "Prefer": "respond-async"}, **asked)
    assert answer.status_code == 202
    assert answer.headers["access-control-allow-origin"] == listed["Origin"]


def test_others_ask_by_the_machines_address_or_by_a_name_that_is_allowed(anna: Person) -> None:
    for host, status in (("192.168.1.7:8000", 200), ("rebound.example", 421)):
        assert anna.client.get("/api/jobs", headers={"Host": host}).status_code == status


def test_the_secret_is_not_in_the_log(anna: Person, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)  # as start_logging has it
    with anna.signed_in() as browser:
        browser.get("/api/jobs")
        upload(anna.client, b"no photo")
        anna.client.get("/api/nothing")
        httpx.get(f"{anna.address}/api/jobs", headers=bearer(f"{anna.text}x"))
        with watch(anna.address, anna.waiting_job(), **bearer(anna.text)) as socket:
            first_message(socket)
    assert "WebSocket" in caplog.text
    assert anna.text not in caplog.text


def test_where_nobody_has_to_log_in_a_session_says_so_and_a_header_proves_nothing(database: Path) -> None:
    with listening(create_app()) as address:
        session = httpx.get(f"{address}/api/session").json()
        assert session == {"auth": "none", "user": None, "scopes": ["read", "write", "metrics"], "expires_at": None}
        answer = httpx.post(f"{address}/api/session", headers=bearer("lucida_x"))
        assert (answer.json()["auth"], "set-cookie" in answer.headers) == ("none", False)
        evil = {"Origin": "https://evil.example", **bearer("lucida_x")}
        assert httpx.delete(f"{address}/api/session", headers=evil).status_code == 403
        assert "security" not in httpx.get(f"{address}/openapi.json").json()
