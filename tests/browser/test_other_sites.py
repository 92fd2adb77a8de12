"""Pages of other web sites in a real browser, before a Lucida that its visitor may use."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from browser.conftest import ARGUMENTS, CHROMIUM
from browser.other_sites import FETCH, SEND_FORM, SEND_FROM_NOWHERE, WATCH, other_site
from browser.test_sign_in import new_user
from playwright.sync_api import Browser, BrowserContext, Page, Playwright
from served import served
from uploads import photo, upload
from waiting import wait_until

EVIL = "evil.example"
PICTURE = {"name": "a.jpg", "type": "image/jpeg", "bytes": list(photo())}
JSON = '{"prompt":"a lake","vibe":"'  # the name of a field that a form sends as text: with its value it is JSON
SETTINGS = {"none": {}, "trusted": {"LUCIDA_TRUSTED_NETWORK": "1"}, "token": {"LUCIDA_AUTH": "token"}}


@dataclass
class Target:
    """A Lucida without workers, which has one job, and a browser that may use it: in which its user is signed in."""

    port: int
    data: Path
    headers: dict[str, str]
    context: BrowserContext
    job: str

    def at(self, path: str, host: str = "127.0.0.1") -> str:
        return f"http://{host}:{self.port}{path}"

    def ask(self, path: str) -> Any:
        """What the server tells its user, past the browser."""
        return httpx.get(self.at(path), headers=self.headers, timeout=30).raise_for_status().json()

    def forget(self, job: str) -> None:
        """Cancel a job, and delete it."""
        url = self.at(f"/api/jobs/{job}")
        wait_until(lambda: httpx.delete(url, headers=self.headers, timeout=30).status_code == 204, f"{job} to go")

    def holds(self) -> tuple[list[tuple[str, str]], list[str]]:
        """Its jobs and what has become of them, and its files."""
        jobs = [(job["id"], job["status"]) for job in self.ask("/api/jobs?limit=200")["jobs"]]
        kept = [path for path in (self.data / "project-uploads").rglob("*") if path.is_file()]
        return sorted(jobs), sorted(path.name for path in kept)


@pytest.fixture(scope="module")
def deceived(_playwright: Playwright) -> Iterator[Browser]:
    """Chromium where the name of another site leads to this machine."""
    if CHROMIUM is None:
        pytest.fail("no Chromium on this machine: ./test.sh installs it, ./test.sh --fast leaves these tests out")
    rules = f"--host-resolver-rules=MAP {EVIL} 127.0.0.1"
    browser = _playwright.chromium.launch(executable_path=CHROMIUM, args=[*ARGUMENTS, rules])
    yield browser
    browser.close()


Lucidas = Callable[[str], Target]


@pytest.fixture(scope="module")
def lucidas(deceived: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lucidas]:
    """Starts a Lucida that lets in as `SETTINGS` say, once."""
    found: dict[str, Target] = {}
    with ExitStack() as running:

        def start(kind: str) -> Target:
            if kind not in found:
                data = tmp_path_factory.mktemp(kind)
                headers = {}
                if kind == "token":
                    headers["Authorization"] = f"Bearer {new_user(data, 'anna')}"
                options = ("--port", "0", "--workers", "0")
                address = running.enter_context(served(data, *options, LUCIDA_IMAGES_AT_ONCE="0", **SETTINGS[kind]))
                context = deceived.new_context()
                running.callback(context.close)
                for host in ("127.0.0.1", "localhost") if headers else ():
                    port = address.rsplit(":")[-1]
                    assert context.request.post(f"http://{host}:{port}/api/session", headers=headers).ok
                with httpx.Client(base_url=address, headers=headers, timeout=60) as client:
                    job = upload(client).raise_for_status().json()["job_id"]
                found[kind] = Target(int(address.rsplit(":")[-1]), data, headers, context, job)
            return found[kind]

        yield start


@pytest.fixture(scope="module")
def site() -> Iterator[int]:
    """The port of the other site."""
    with other_site() as port:
        yield port


@pytest.fixture
def target(request: pytest.FixtureRequest, lucidas: Lucidas) -> Iterator[Target]:
    """The Lucida that the test names; whatever it holds, it still does when the test is over."""
    target = lucidas(request.param)
    before = target.holds()
    yield target
    assert target.holds() == before
    if target.headers:
        told = target.context.request.get(target.at("/api/session"))
        assert told.json()["user"] == "anna"  # still signed in, as the same


def opened(target: Target, url: str) -> Page:
    page = target.context.new_page()
    page.goto(url)
    return page


def status_of_form(page: Page, **form: Any) -> int:
    """What the server answers to a form that a page sends, and that takes the page away."""
    with page.expect_navigation() as arrived:
        page.evaluate(SEND_FORM, form)
    assert arrived.value.request.method == "POST"
    return arrived.value.status


def forms(target: Target, host: str = "127.0.0.1") -> list[dict[str, Any]]:
    """Every kind of form, at every route that takes one or reads its body whatever it says to be."""
    picture = {"prompt": "a lake", "model": "draft", "width": "256"}
    as_text = {"enctype": "text/plain", "fields": {JSON: '"}'}}
    paths: list[tuple[str, dict[str, Any]]] = [
        ("/api/upload", {"fields": {**picture, "file": PICTURE}}),
        ("/generate", {"fields": {**picture, "image": PICTURE}}),
        ("/generate", {"fields": {"prompt": "a lake"}, "enctype": "application/x-www-form-urlencoded"}),
        ("/generate", as_text),
        ("/v1/images/edits", {"fields": {**picture, "image": PICTURE}}),
        ("/v1/images/generations", as_text),
        ("/inference/images/generations", as_text),
        ("/api/splats/convert", {"fields": {"file": PICTURE, "format": ".ply"}}),
        (f"/api/result/{target.job}/adjust", {"enctype": "text/plain", "fields": {'{"yaw":1,"x":"': '"}'}}),
        (f"/api/jobs/{target.job}/ticket", {}),
        ("/api/session", {}),
        ("/admin/login/", {"fields": {"username": "a", "password": "b"}}),
    ]
    return [{"action": target.at(path, host), **form} for path, form in paths]


@pytest.mark.parametrize("host", [EVIL, "127.0.0.1"])  # to the second the cookies go: sites are not told by their ports
@pytest.mark.parametrize("target", ["none", "token"], indirect=True)
def test_a_form_of_another_site_is_refused_wherever_it_is_sent(target: Target, site: int, host: str) -> None:
    page = opened(target, f"http://{host}:{site}/")
    for form in forms(target):
        assert status_of_form(page, **form) == 403, form["action"]
        page.goto(f"http://{host}:{site}/")
    page.close()


@pytest.mark.parametrize("target", ["none", "token"], indirect=True)
def test_a_form_that_does_not_say_where_it_comes_from_is_refused(target: Target, site: int) -> None:
    page = opened(target, f"http://127.0.0.1:{site}/")
    # The answer may not be shown in a frame, so it is the browser that tells of it; else it would still wait for one.
    with page.expect_console_message(lambda told: "responded with a status of 403" in told.text):
        page.evaluate(SEND_FROM_NOWHERE, {"action": target.at("/generate")})
    page.close()


@pytest.mark.parametrize("host", [EVIL, "127.0.0.1"])
@pytest.mark.parametrize("target", ["none", "token"], indirect=True)
def test_a_script_of_another_site_writes_nothing_and_reads_nothing(target: Target, site: int, host: str) -> None:
    page = opened(target, f"http://{host}:{site}/")
    body = {"body": '{"prompt":"a lake"}', "method": "POST", "credentials": "include"}
    for path in ("/generate", "/v1/images/generations", f"/api/jobs/{target.job}/ticket", "/api/session"):
        for mode in ("no-cors", "cors"):
            said = page.evaluate(FETCH, {"url": target.at(path), **body, "mode": mode})
            assert said == "failed TypeError", (path, mode, said)
        page.evaluate("([url, body]) => navigator.sendBeacon(url, body)", [target.at(path), body["body"]])
    for method in ("DELETE", "PUT"):
        asked = {"url": target.at(f"/api/jobs/{target.job}"), "method": method, "credentials": "include"}
        assert page.evaluate(FETCH, asked) == "failed TypeError"
    # Signing the visitor in as somebody else takes a header, for which the browser asks first.
    as_mallory = {"headers": {"Authorization": "Bearer lucida_of_mallorys"}, "credentials": "include"}
    signing = {"url": target.at("/api/session"), "method": "POST", **as_mallory}
    assert page.evaluate(FETCH, signing) == "failed TypeError"
    for path in ("/api/jobs", f"/api/jobs/{target.job}", "/api/session", "/metrics", "/health"):
        asked = {"url": target.at(path), "credentials": "include"}
        assert page.evaluate(FETCH, asked) == "failed TypeError"
    page.close()


@pytest.mark.parametrize("host", [EVIL, "127.0.0.1"])
@pytest.mark.parametrize("target", ["none", "token"], indirect=True)
def test_a_websocket_of_another_site_hears_nothing(target: Target, site: int, host: str) -> None:
    page = opened(target, f"http://{host}:{site}/")
    socket = target.at(f"/ws/jobs/{target.job}").replace("http", "ws")
    for url in (socket, f"{socket}?ticket=guessed"):
        assert page.evaluate(WATCH, url) == {"told": [], "code": 1006}
    page.close()


@pytest.mark.parametrize("target", ["none", "trusted", "token"], indirect=True)
def test_a_name_that_is_bound_anew_to_this_machine_reaches_nothing(target: Target) -> None:
    """To the browser it is all one origin: what runs in this page is what ran where the name led before."""
    page = target.context.new_page()
    home = target.at("/prizes", EVIL)
    answer = page.goto(home)
    assert answer is not None
    assert answer.status == 421
    assert page.evaluate("location.origin") == target.at("", EVIL)
    for path in (
        "/",
        "/api/jobs",
        f"/api/jobs/{target.job}",
        "/api/session",
        "/health",
        "/docs",
        "/static/admin/css/base.css",
    ):
        assert page.evaluate(FETCH, {"url": path}) == "sent 421", path
    for path, method in (("/generate", "POST"), ("/api/session", "POST"), (f"/api/jobs/{target.job}", "DELETE")):
        assert page.evaluate(FETCH, {"url": path, "method": method, "body": '{"prompt":"a lake"}'}) == "sent 421", path
    assert page.evaluate(WATCH, f"/ws/jobs/{target.job}") == {"told": [], "code": 1006}
    for form in forms(target, EVIL):
        assert status_of_form(page, **form) == 421, form["action"]
        page.goto(home)
    page.close()


@pytest.mark.parametrize("target", ["token"], indirect=True)
def test_a_page_whose_origin_is_listed_writes_nothing_by_the_visitors_cookie(target: Target, site: int) -> None:
    """`http://localhost:*` may ask for point clouds, with a token; the cookie of `localhost` goes to all its ports."""
    page = opened(target, f"http://localhost:{site}/")
    generate = target.at("/generate", "localhost")
    as_text = {"action": generate, "enctype": "text/plain", "fields": {JSON: '"}'}}
    assert status_of_form(page, **as_text) == 403
    page.goto(f"http://localhost:{site}/")
    asked = {"url": generate, "method": "POST", "body": '{"prompt":"a lake"}'}
    for mode in ("no-cors", "cors"):
        page.evaluate(FETCH, {**asked, "mode": mode, "credentials": "include"})
    job = target.at(f"/api/jobs/{target.job}", "localhost")
    page.evaluate(FETCH, {"url": job, "method": "DELETE", "credentials": "include"})
    page.evaluate(FETCH, {"url": f"{job}/ticket", "method": "POST", "credentials": "include"})
    assert page.evaluate(WATCH, f"ws://localhost:{target.port}/ws/jobs/{target.job}") == {"told": [], "code": 1006}
    # Without the cookie it hears that it needs a token, and with one it may.
    assert page.evaluate(FETCH, {**asked, "credentials": "omit"}) == "sent 401"
    assert page.evaluate(FETCH, {"url": f"{job}/ticket", "method": "POST", "headers": target.headers}) == "sent 200"
    page.close()


@pytest.mark.parametrize("kind", ["none", "token"])
def test_what_is_refused_to_others_its_own_page_may(lucidas: Lucidas, kind: str) -> None:
    """So that what the others are refused for is where they come from."""
    target = lucidas(kind)
    jobs, files = target.holds()
    page = opened(target, target.at("/docs"))
    upload_form, *_ = forms(target)
    assert status_of_form(page, **upload_form) == 200
    page.goto(target.at("/docs"))
    with page.expect_request(lambda request: request.method == "POST"):  # it would wait for its cloud
        page.evaluate(SEND_FORM, {"action": target.at("/generate"), "enctype": "text/plain", "fields": {JSON: '"}'}})
    asked = {
        "url": "/generate",
        "method": "POST",
        "body": '{"prompt":"a lake"}',
        "headers": {"Prefer": "respond-async"},
    }
    other = opened(target, target.at("/docs"))
    assert other.evaluate(FETCH, asked) == "sent 202"
    told = other.evaluate(WATCH, f"/ws/jobs/{target.job}")["told"]
    assert json.loads(told[0])["stage"] == "Waiting"
    for path in ("/api/jobs", "/api/session"):
        assert other.evaluate(FETCH, {"url": path}) == "sent 200"
    wait_until(lambda: len(target.holds()[0]) == len(jobs) + 3, "the three jobs")
    assert len(target.holds()[1]) == len(files) + 1
    page.close()
    other.close()
    for job, _ in target.holds()[0]:
        if job not in dict(jobs):
            target.forget(job)
    assert target.holds() == (jobs, files)
