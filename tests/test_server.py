from __future__ import annotations

import re
import socket
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest
from django.db.backends.signals import connection_created
from live_server import listening
from openapi_spec_validator import validate
from starlette.responses import StreamingResponse

from lucida import web
from lucida.errors import BadSetting
from lucida.server import create_app
from lucida.sqlite.base import close_kept
from lucida.web.guard import check_bind, host_name
from lucida.web.openapi import merge_schemas


def test_an_unknown_address_is_json_and_a_wrong_method_a_405(client: httpx.Client) -> None:
    answer = client.get("/api/nothing")
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    answer = client.put("/api/jobs")
    assert (answer.status_code, answer.json()["code"]) == (405, "method_not_allowed")
    assert "GET" in answer.headers["allow"]
    answer = client.get("/api/jobs?limit=0")
    assert (answer.status_code, answer.json()["code"], answer.json()["param"]) == (422, "bad_parameter", "limit")
    answer = client.get("/api/jobs?limit=many")
    assert answer.json()["detail"] == "limit: input should be a valid integer."


def test_below_v1_an_error_has_the_form_that_openais_clients_read(client: httpx.Client) -> None:
    answer = client.get("/v1/nothing", headers={"Accept": "text/html"})
    assert answer.status_code == 404
    message = "There is nothing at this address."
    kind = "invalid_request_error"
    assert answer.json() == {"error": {"message": message, "type": kind, "param": None, "code": "not_found"}}
    assert client.get("/v11").json() == {"detail": message, "code": "not_found"}


def test_every_answer_carries_the_security_headers(client: httpx.Client) -> None:
    for path in ("/", "/health", "/api/nothing", "/admin/login/", "/static/admin/css/base.css"):
        headers = client.get(path).headers
        assert "frame-ancestors 'none'" in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"
        assert "access-control-allow-origin" not in headers


def test_a_host_that_is_not_ours_is_refused(client: httpx.Client) -> None:
    answer = client.get("/health", headers={"Host": "rebound.example"})
    assert (answer.status_code, answer.json()["code"]) == (421, "host_refused")
    assert client.get("/health", headers={"Host": "localhost:1"}).status_code == 200


def test_a_trusted_network_asks_by_address_or_by_the_machines_name_and_by_no_other(
    database: Path, setting: Callable[[str, object], None]
) -> None:
    setting("TRUSTED_NETWORK", 1)
    with listening(create_app()) as address:
        for host in ("192.168.1.7:8000", "[fd00::7]:8000", socket.gethostname(), f"{socket.gethostname()}.local"):
            assert httpx.get(f"{address}/health", headers={"Host": host}).status_code == 200
        assert httpx.get(f"{address}/health", headers={"Host": "rebound.example"}).status_code == 421


@pytest.mark.parametrize(
    ("headers", "refused"),
    [
        ({"Origin": "https://evil.example"}, True),
        ({"Origin": "null"}, True),
        ({"Origin": "http://127.0.0.1:1"}, True),
        ({"Sec-Fetch-Site": "cross-site"}, True),
        ({"Sec-Fetch-Site": "same-site"}, True),
        ({"Sec-Fetch-Site": "same-origin"}, False),
        ({}, False),
    ],
)
def test_another_sites_page_writes_nothing(client: httpx.Client, headers: dict[str, str], refused: bool) -> None:
    path = "/api/jobs/00000000-0000-0000-0000-000000000000"
    answer = client.delete(path, headers=headers)
    assert answer.json()["code"] == ("forbidden" if refused else "not_found")
    assert client.delete(path, headers={"Origin": str(client.base_url).rstrip("/")}).json()["code"] == "not_found"
    assert client.get("/health", headers=headers).status_code == 200


def test_names_of_hosts_are_compared_without_port_case_and_dot() -> None:
    assert [host_name(host) for host in ("LocalHost.:80", "[::1]:8000", "127.0.0.1")] == [
        "localhost",
        "[::1]",
        "127.0.0.1",
    ]


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.1.7", "::", "lucida.example"])
def test_an_address_that_others_reach_needs_a_login_or_a_trusted_network(host: str) -> None:
    with pytest.raises(BadSetting, match=r"LUCIDA_AUTH=token .* LUCIDA_TRUSTED_NETWORK=1"):
        check_bind(host, login=False, trusted_network=False)
    check_bind(host, login=False, trusted_network=True)
    check_bind(host, login=True, trusted_network=False)
    check_bind("127.0.0.1", login=False, trusted_network=False)


def test_a_body_that_is_declared_too_large_is_refused_before_it_is_read(address: str) -> None:
    host, port = address.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=20) as raw:
        raw.sendall(
            f"POST /api/upload HTTP/1.1\r\nHost: {host}\r\nContent-Length: {200 << 20}\r\n"
            "Content-Type: multipart/form-data; boundary=x\r\n\r\n".encode()
        )
        raw.sendall(b"x" * 1000)
        head = raw.recv(65536)
        assert head.startswith(b"HTTP/1.1 413 ")
        raw.shutdown(socket.SHUT_WR)
        while chunk := raw.recv(65536):
            head += chunk
    assert b'"code":"upload_too_large"' in head


def test_a_body_that_does_not_say_its_size_is_cut_off_at_the_limit(client: httpx.Client) -> None:
    sent = 0

    def endless() -> Iterator[bytes]:
        nonlocal sent
        while sent < 64 << 20:
            sent += 1 << 16
            yield b"x" * (1 << 16)

    answer = client.request("DELETE", "/api/jobs/00000000-0000-0000-0000-000000000000", content=b"x" * (2 << 20))
    assert (answer.status_code, answer.json()["code"]) == (413, "upload_too_large")
    try:
        answer = client.post("/admin/login/", content=endless())
    except httpx.WriteError:
        return  # cut off in mid-sentence
    assert answer.status_code in (403, 413)


def test_health_tells_version_engines_workers_and_queue(client: httpx.Client) -> None:
    health = client.get("/health").json()
    assert health["status"] == "ok"
    painter = health["engines"]["painter"]
    assert (painter["name"], painter["licence"]) == ("draft", "Apache-2.0")
    assert painter["reason"]
    assert [(choice["name"], choice["available"], choice["licence"]) for choice in painter["choices"]] == [
        ("auto", True, "Apache-2.0"),
        ("draft", True, "Apache-2.0"),
        ("sdxl", True, "CreativeML Open RAIL++-M"),
    ]
    assert health["queue"] == {"queued": 0, "processing": 0}
    assert health["workers"] == []
    assert client.head("/health").status_code == 200
    assert "lucida_queue_depth" in client.get("/metrics").text


def test_an_engine_that_cannot_be_had_says_why() -> None:
    from lucida.hdri.jobs import offer

    assert offer("crayon") == {
        "name": "crayon",
        "available": False,
        "reason": "There is no painter 'crayon'; choose auto, draft, sdxl.",
        "licence": None,
    }


def test_the_description_is_valid_and_names_every_operation_once(client: httpx.Client) -> None:
    schema = client.get("/openapi.json").json()
    validate(schema)
    assert {"/api/upload", "/api/status/{job_id}", "/api/jobs/{job_id}/events", "/health"} <= set(schema["paths"])


def test_the_docs_page_needs_nothing_from_elsewhere(client: httpx.Client) -> None:
    page = client.get("/docs")
    assert page.status_code == 200
    assert "https://" not in page.text
    loaded = re.findall(r'(?:src|href)="([^"]+)"', page.text)
    assert any(path.endswith("swagger-ui-bundle.js") for path in loaded)
    assert {client.get(path).status_code for path in loaded} == {200}
    (nonce,) = re.findall(r"'nonce-([^']+)'", page.headers["content-security-policy"])
    assert page.text.count("<script") == page.text.count("<script src=") + page.text.count(f'nonce="{nonce}"')


def test_two_descriptions_are_merged_and_a_clash_is_no_secret() -> None:
    first: dict[str, Any] = {
        "openapi": "3.1.0",
        "paths": {"/a": {"get": {"operationId": "a", "responses": {}}}},
        "components": {"schemas": {"A": {"type": "string"}}},
    }
    second: dict[str, Any] = {
        "openapi": "3.1.0",
        "paths": {"/b": {"get": {"operationId": "b", "responses": {}}}},
        "components": {"schemas": {"B": {"type": "integer"}}},
    }
    merged = merge_schemas(first, second)
    assert set(merged["paths"]) == {"/a", "/b"}
    assert set(merged["components"]["schemas"]) == {"A", "B"}
    second["components"]["schemas"]["A"] = {"type": "number"}
    second["paths"]["/b"]["get"]["operationId"] = "a"
    with pytest.raises(ValueError, match="a, schemas/A"):
        merge_schemas(first, second)


def test_the_admin_is_there_and_asks_who_is_asking(client: httpx.Client) -> None:
    answer = client.get("/admin/", follow_redirects=True)
    assert (answer.status_code, answer.url.path) == (200, "/admin/login/")
    assert client.get("/static/admin/css/base.css").headers["content-type"].startswith("text/css")


def test_pages_that_are_not_built_say_how_to_build_them(
    client: httpx.Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(web, "BUILT", tmp_path / "static")
    answer = client.get("/")
    assert answer.status_code == 503
    assert "./start.sh" in answer.text
    (tmp_path / "static" / "assets").mkdir(parents=True)
    (tmp_path / "static" / "index.html").write_text("<p>the page</p>")
    (tmp_path / "static" / "assets" / "app-1a2b.js").write_text("//")
    (tmp_path / "secret").write_text("secret")
    assert client.get("/").headers["cache-control"] == "no-cache"
    html = {"Accept": "text/html"}
    for studio in ("/", "/images", "/images/", "/clouds", "/splats"):
        answer = client.get(studio, headers=html)
        assert (answer.status_code, answer.text) == (200, "<p>the page</p>")
    nowhere = client.get("/jobs/1", headers=html)
    assert (nowhere.status_code, nowhere.text) == (404, "<p>the page</p>")
    assert client.get("/jobs/1").json()["code"] == "not_found"
    assert "immutable" in client.get("/assets/app-1a2b.js").headers["cache-control"]
    assert client.get("/assets/old.js", headers={"Accept": "text/html"}).status_code == 404
    assert client.get("/%2e%2e/secret").status_code == 404


def test_a_fault_of_ours_is_a_number_and_no_traceback(migrated_database: Path) -> None:
    app = create_app()

    @app.get("/api/broken")
    async def broken() -> None:
        raise ZeroDivisionError("a secret of the code")

    with listening(app) as address:
        answer = httpx.get(f"{address}/api/broken")
    assert (answer.status_code, answer.json()["code"]) == (500, "internal_error")
    assert "secret" not in answer.text
    assert "content-security-policy" in answer.headers


def test_half_an_answer_is_not_taken_for_a_whole_one(migrated_database: Path) -> None:
    app = create_app()

    @app.get("/api/half")
    async def half() -> StreamingResponse:
        async def lines() -> AsyncIterator[bytes]:
            yield b"the first half"
            raise ZeroDivisionError

        return StreamingResponse(lines())

    with listening(app) as address, pytest.raises(httpx.RemoteProtocolError):
        httpx.get(f"{address}/api/half")


def test_a_burst_of_requests_leaves_no_connection_open(client: httpx.Client, database: Path) -> None:
    def open_files() -> int:
        close_kept()  # for whoever comes next; what somebody still held would stay
        return sum(file.path == str(database / "lucida.sqlite3") for file in psutil.Process().open_files())

    before = open_files()
    opened: list[str] = []

    def count(connection: Any, **rest: Any) -> None:
        opened.append(connection.alias)

    connection_created.connect(count)
    threads = [threading.Thread(target=lambda: client.get("/api/jobs").raise_for_status()) for _ in range(24)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    connection_created.disconnect(count)
    assert len(opened) >= 24
    assert open_files() == before
