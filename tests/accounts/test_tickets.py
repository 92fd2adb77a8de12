"""Tickets for WebSockets, asked of a real server."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from django.utils import timezone
from live_server import listening
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect

from lucida.accounts.models import Ticket, Token, User
from lucida.accounts.people import add_user
from lucida.accounts.session import COOKIE
from lucida.accounts.tickets import make_ticket, use_ticket
from lucida.accounts.tokens import make_token, revoke
from lucida.database import closing_connections
from lucida.jobs.models import Job
from lucida.jobs.submission import submit
from lucida.server import create_app

EVIL = {"Origin": "https://evil.example"}
LISTED = {"Origin": "https://captaingraybeard.github.io"}


@pytest.fixture(scope="module")
def address(login_address: str) -> str:
    return login_address


@pytest.fixture
def anna(database: Path) -> User:
    return add_user("anna")[0]


@pytest.fixture
def job(anna: User) -> Job:
    return submit("hashing", anna, params={}, inputs={})[0]


@pytest.fixture
def client(address: str, anna: User) -> Iterator[httpx.Client]:
    text = make_token(anna)[1]
    with httpx.Client(base_url=address, headers={"Authorization": f"Bearer {text}"}, timeout=60) as client:
        yield client


def ticket_for(client: httpx.Client, job: Job) -> str:
    answer = client.post(f"/api/jobs/{job.id}/ticket").raise_for_status().json()
    assert answer["expires_in"] == 30
    ticket: str = answer["ticket"]
    return ticket


def watch(address: str, job: Job, ticket: str | None, **headers: str) -> ClientConnection:
    query = "" if ticket is None else f"?ticket={ticket}"
    return connect(f"ws{address.removeprefix('http')}/ws/jobs/{job.id}{query}", additional_headers=headers)


def refusal(address: str, job: Job, ticket: str | None, **headers: str) -> int:
    """The status of the answer in place of a connection."""
    with pytest.raises(InvalidStatus) as refused:
        watch(address, job, ticket, **headers)
    return refused.value.response.status_code


def test_a_ticket_lets_one_connection_in_from_anywhere_without_a_header_or_a_cookie(
    address: str, client: httpx.Client, job: Job
) -> None:
    ticket = ticket_for(client, job)
    with watch(address, job, f"{ticket}&after=0", **EVIL) as socket:
        assert json.loads(socket.recv(timeout=20))["stage"] == "Waiting"
    assert refusal(address, job, ticket) == 401
    assert not Ticket.objects.exists()


def test_of_many_who_come_with_one_ticket_at_once_one_gets_in(anna: User, job: Job) -> None:
    token, _ = make_token(anna)
    tickets = [make_ticket(token, job.id) for _ in range(20)]
    gate, let_in = threading.Barrier(6), list[str]()

    @closing_connections
    def ask() -> None:
        for ticket in tickets:
            gate.wait()
            if use_ticket(ticket, f"/ws/jobs/{job.id}") is not None:
                let_in.append(ticket)

    threads = [threading.Thread(target=ask) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert let_in == tickets


def test_a_ticket_is_for_its_own_job_and_used_up_where_it_is_tried(
    address: str, client: httpx.Client, anna: User, job: Job
) -> None:
    other, _ = submit("hashing", anna, params={}, inputs={})
    ticket = ticket_for(client, job)
    assert refusal(address, other, ticket) == 401
    assert refusal(address, job, ticket) == 401


def test_a_ticket_lasts_half_a_minute(address: str, client: httpx.Client, job: Job) -> None:
    tickets = [ticket_for(client, job) for _ in range(2)]
    (kept,) = {round((ticket.expires_at - timezone.now()).total_seconds()) for ticket in Ticket.objects.all()}
    assert 25 <= kept <= 30
    first = Ticket.objects.order_by("expires_at")[0]
    Ticket.objects.filter(id=first.id).update(expires_at=timezone.now() - timedelta(seconds=1))
    assert refusal(address, job, tickets[0]) == 401
    with watch(address, job, tickets[1]):
        pass
    ticket_for(client, job)
    Ticket.objects.update(expires_at=timezone.now())
    ticket_for(client, job)
    assert Ticket.objects.count() == 1  # what nobody used is cleared away


def test_nobody_gets_a_ticket_for_anothers_job(address: str, job: Job) -> None:
    text = add_user("bob")[2]
    url = f"{address}/api/jobs/{job.id}/ticket"
    assert httpx.post(url).status_code == 401
    assert httpx.post(url, headers={"Authorization": f"Bearer {text}"}).status_code == 404
    assert not Ticket.objects.exists()


def test_a_ticket_is_worth_no_more_than_its_token(address: str, anna: User, job: Job) -> None:
    token, text = make_token(anna, scopes=["read"])
    with httpx.Client(base_url=address, headers={"Authorization": f"Bearer {text}"}) as reader:
        with watch(address, job, ticket_for(reader, job)) as socket:
            assert socket.recv(timeout=20)
        tickets = [ticket_for(reader, job) for _ in range(4)]
    Token.objects.filter(id=token.id).update(scopes="metrics")
    assert refusal(address, job, tickets[0]) == 403
    Token.objects.filter(id=token.id).update(scopes="read", expires_at=timezone.now())
    assert refusal(address, job, tickets[1]) == 401
    Token.objects.filter(id=token.id).update(expires_at=None)
    User.objects.update(is_active=False)
    assert refusal(address, job, tickets[2]) == 401
    User.objects.update(is_active=True)
    revoke(token)
    assert refusal(address, job, tickets[3]) == 401


def test_a_wrong_ticket_brings_no_cookie_past_the_check_of_origin(address: str, client: httpx.Client, job: Job) -> None:
    session = client.post("/api/session").raise_for_status().cookies[COOKIE]
    cookie = {"Cookie": f"{COOKIE}={session}"}
    with watch(address, job, None, **cookie, Origin=address):
        pass
    assert refusal(address, job, None, **cookie, **EVIL) == 403
    for wrong in ("", "wrong", "x&after=0&ticket=y"):
        assert refusal(address, job, wrong, **cookie, **EVIL) == 401
        assert refusal(address, job, wrong, **cookie, Origin=address) == 401


def test_a_ticket_is_nothing_to_other_requests(address: str, client: httpx.Client, job: Job) -> None:
    ticket = ticket_for(client, job)
    for path in (f"/api/jobs/{job.id}", f"/api/jobs/{job.id}/events", f"/ws/jobs/{job.id}"):
        assert httpx.get(f"{address}{path}?ticket={ticket}").status_code == 401
    session = client.post("/api/session").raise_for_status().cookies
    written = httpx.delete(f"{address}/api/jobs/{job.id}?ticket={ticket}", cookies=session, headers=EVIL)
    assert (written.status_code, written.json()["code"]) == (403, "forbidden")
    with watch(address, job, ticket):
        pass


def test_pages_of_origins_that_are_listed_ask_for_tickets_and_others_do_not(
    address: str, client: httpx.Client, job: Job
) -> None:
    asks = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization"}
    for origin, allowed in ((LISTED, LISTED["Origin"]), (EVIL, None)):
        told = httpx.options(f"{address}/api/jobs/{job.id}/ticket", headers={**asks, **origin})
        assert told.headers.get("access-control-allow-origin") == allowed
    answer = client.post(f"/api/jobs/{job.id}/ticket", headers=LISTED)
    assert answer.headers["access-control-allow-origin"] == LISTED["Origin"]
    with watch(address, job, answer.json()["ticket"], **LISTED) as socket:
        assert socket.recv(timeout=20)
    session = client.post("/api/session").raise_for_status().cookies
    by_cookie = httpx.post(f"{address}/api/jobs/{job.id}/ticket", cookies=session, headers=EVIL)
    assert by_cookie.json()["code"] == "forbidden"


def test_the_ticket_itself_is_not_kept(client: httpx.Client, job: Job) -> None:
    ticket = ticket_for(client, job)
    assert len(ticket) == 43
    assert ticket not in json.dumps(list(Ticket.objects.values()), default=str)


def test_where_nobody_has_to_log_in_no_ticket_is_needed_and_none_helps(database: Path) -> None:
    with listening(create_app()) as address, httpx.Client(base_url=address) as client:
        job, _ = submit("hashing", User.objects.create(username="local"), params={}, inputs={})
        assert client.post(f"/api/jobs/{job.id}/ticket").json() == {"ticket": None, "expires_in": 30}
        with watch(address, job, "whatever") as socket:
            assert socket.recv(timeout=20)
        assert refusal(address, job, "whatever", **EVIL) == 403
        missing = Job(id="00000000-0000-0000-0000-000000000000")
        assert client.post(f"/api/jobs/{missing.id}/ticket").status_code == 404
        with watch(address, missing, None) as socket:
            assert json.loads(socket.recv(timeout=20))["code"] == "not_found"
            with pytest.raises(ConnectionClosed):
                socket.recv(timeout=20)
