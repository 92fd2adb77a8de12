"""What `/generate` and `/generations` refuse: one sentence, the right status, and nothing left behind."""

from __future__ import annotations

import io
import json
import logging
import time
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
from on_disk import contents
from PIL import Image
from played import KEY, OPENAI, Played, b64, picture_file, playing
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from lucida.accounts.owner import local_user
from lucida.database import closing_connections
from lucida.jobs.models import Artifact, Job
from lucida.jobs.submission import submit
from lucida.pointcloud.jobs import KIND
from lucida.storage import get_storage
from lucida.storage.keys import make_key

Setting = Callable[[str, object], None]


@pytest.fixture(scope="module")
def server() -> Iterator[Played]:
    with playing() as played:
        yield played


@pytest.fixture
def openai(server: Played, setting: Setting) -> Played:
    """What plays OpenAI, of which this installation has no key."""
    server.answers.clear()
    server.asked.clear()
    setting("OPENAI_BASE_URL", server.base)
    return server


def kept() -> list[str]:
    """Every file in the store."""
    return list(get_storage().keys())


def everything_written(folder: Path) -> bytes:
    """All that is on the disk, the database included."""
    return contents(folder.rglob("*"))


def refused(answer: httpx.Response, status: int, param: str | None = None) -> str:
    """The sentence of a refusal after which nothing is left."""
    assert answer.status_code == status, answer.text
    body = answer.json()
    assert body.get("param") == param
    assert Job.objects.count() == 0
    assert kept() == []
    sentence: str = body["detail"]
    assert "Traceback" not in sentence
    return sentence


@pytest.mark.parametrize(
    ("body", "param"),
    [
        ({}, "prompt"),
        ({"prompt": "  \n"}, "prompt"),
        ({"prompt": "a\x00b"}, "prompt"),
        ({"prompt": "a" * 4001}, "prompt"),
        ({"prompt": 7}, "prompt"),
        ({"prompt": "a", "vibe": "b" * 4001}, "vibe"),
        ({"prompt": "a", "mode": "sideways"}, "mode"),
        ({"prompt": "a", "stride": 0}, "stride"),
        ({"prompt": "a", "stride": 1000}, "stride"),
        ({"prompt": "a", "max_points": 0}, "max_points"),
        ({"prompt": "a", "quantize": "u16"}, "quantize"),
        ({"prompt": "a", "layout": "rows"}, "layout"),
        ({"prompt": "a", "layout": "soa", "format": "glb"}, "layout"),
        ({"prompt": "a", "mode": "panorama", "projection": "perspective"}, "projection"),
        ({"prompt": "a", "image_model": "flux-pro", "api_key": KEY}, "api_key"),
        ({"prompt": "a", "format": "obj"}, "format"),
        ({"prompt": "a", "projection": "mercator"}, "projection"),
        ({"prompt": "a", "seed": -1}, "seed"),
        ({"prompt": "a", "seed": 1 << 32}, "seed"),
        ({"prompt": "a", "width": 100_000}, "width"),
        ({"prompt": "a", "width": 65}, "width"),
        ({"prompt": "a", "image_model": "midjourney"}, "image_model"),
        ({"prompt": "a", "depth_model": "guess"}, "depth_model"),
        ({"prompt": "a", "seg_model": "guess"}, "seg_model"),
        ({"prompt": "a", "api_key": "sk äöü"}, "api_key"),
    ],
)
def test_a_field_without_such_a_value_is_named(client: httpx.Client, body: dict[str, Any], param: str) -> None:
    assert refused(client.post("/generate", json=body), 422, param)


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'"a"', b"\xff\xfe", b"[" * 200_000])
def test_what_is_no_json_object_is_said(client: httpx.Client, body: bytes) -> None:
    answer = client.post("/generate", content=body, headers={"Content-Type": "application/json"})
    assert "JSON" in refused(answer, 400)


def test_a_model_that_is_not_there_is_said_with_what_sets_it_up(client: httpx.Client) -> None:
    answer = client.post("/generate", json={"prompt": "a", "image_model": "openai"})
    assert "LUCIDA_OPENAI_API_KEY" in refused(answer, 503)


@pytest.mark.parametrize(
    ("content", "status"),
    [(b"", 422), (b"not a picture", 415), (b"\xff\xd8\xff\xe0" + b"\0" * 400, 422)],
)
def test_a_file_that_is_no_picture_leaves_nothing(client: httpx.Client, content: bytes, status: int) -> None:
    assert refused(client.post("/generate", files={"image": ("a.jpg", content)}), status, "image")


def test_a_huge_picture_is_refused_before_it_is_decoded(client: httpx.Client) -> None:
    file = io.BytesIO()
    Image.fromarray(np.zeros((12_000, 12_000), np.uint8)).save(file, "PNG")
    assert "megapixels" in refused(client.post("/generate", files={"image": file.getvalue()}), 413, "image")


def test_a_picture_that_is_no_panorama_is_none(client: httpx.Client) -> None:
    for width, height, param in ((60, 80, "mode"), (2000, 20, "image")):
        file = {"image": ("a.png", picture_file(width, height))}
        said = refused(client.post("/generate", files=file, data={"mode": "panorama"}), 422, param)
        assert f"{width} × {height}" in said


def test_two_pictures_and_a_picture_in_words_are_refused(client: httpx.Client) -> None:
    content = picture_file(32, 32)
    files = [("image", ("a.png", content)), ("image", ("b.png", content))]
    assert refused(client.post("/generate", files=files), 422, "image")
    assert "send the file itself" in refused(client.post("/generate", data={"image": "sunset.png"}), 422, "image")


def as_written(client: httpx.Client, path: str) -> tuple[int, bytes]:
    """The answer to a path that no client of HTTP has tidied up before."""
    connection = HTTPConnection(client.base_url.host, client.base_url.port or 80, timeout=60)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


@pytest.mark.parametrize(
    ("name", "statuses"),
    [("1", {404, 422}), ("..", {404, 405, 422}), ("%2e%2e%2f%2e%2e%2fetc", {404, 422}), ("no-uuid", {422})],
)
@pytest.mark.parametrize("asset", ["", "/image.png"])
def test_an_id_that_is_none_or_climbs_finds_nothing(
    client: httpx.Client, name: str, statuses: set[int], asset: str
) -> None:
    status, body = as_written(client, f"/generations/{name}{asset}")
    assert status in statuses
    assert set(json.loads(body)) <= {"detail", "code", "param"}


@pytest.mark.parametrize("asset", ["secret.png", "..%2f..%2flucida.sqlite3", "%2e%2e", "image.png%00", "image.PNG"])
def test_an_asset_that_is_none_finds_nothing(client: httpx.Client, asset: str) -> None:
    job, _ = submit(KIND, local_user(), params={}, inputs={})
    for name in ("image.png", "secret.png"):
        stored = get_storage().write(make_key("generations", str(job.id), name), [b"there"])
        columns = {"key": stored.key, "sha256": stored.sha256, "size": stored.size, "content_type": "image/png"}
        Artifact.objects.create(job=job, name=name, **columns)
    assert as_written(client, f"/generations/{job.id}/image.png") == (200, b"there")
    assert as_written(client, f"/generations/{job.id}/{asset}")[0] == 404


MODERATED = {"error": {"code": "moderation_blocked", "message": "Your request was rejected", "type": "x"}}
REFUSALS = [
    (401, {"error": {"message": f"Incorrect API key provided: {KEY}"}}, {}, 401, "provider_key_refused", "api_key"),
    (403, {"error": {"message": f"organisation of {KEY}"}}, {}, 403, "provider_key_not_allowed", "api_key"),
    (404, {"error": {"message": "no model"}}, {}, 502, "upstream_failed", None),
    (429, {"error": {"code": "insufficient_quota"}}, {"Retry-After": "17"}, 429, "rate_limit_exceeded", None),
    (400, MODERATED, {}, 422, "content_policy_violation", None),
    (400, {"error": {"message": f"bad {KEY}"}}, {}, 502, "upstream_failed", None),
    (500, {"error": {"message": KEY}}, {}, 502, "upstream_failed", None),
    (503, {}, {}, 502, "upstream_failed", None),
]


@pytest.mark.parametrize(("status", "body", "headers", "ours", "code", "param"), REFUSALS)
def test_what_openai_refuses_is_passed_on_without_its_words_and_the_key(
    client: httpx.Client,
    openai: Played,
    database: Path,
    caplog: pytest.LogCaptureFixture,
    status: int,
    body: dict[str, Any],
    headers: dict[str, str],
    ours: int,
    code: str,
    param: str | None,
) -> None:
    openai.answer(OPENAI, JSONResponse(body, status, headers))
    with caplog.at_level(logging.DEBUG):
        answer = client.post("/generate", json={"prompt": "a lake", "api_key": KEY})
    assert refused(answer, ours, param)
    assert answer.json()["code"] == code
    if status == 429:
        assert answer.headers["retry-after"] == "18"
    assert KEY not in answer.text
    assert KEY not in caplog.text
    assert KEY.encode() not in everything_written(database)
    assert openai.asked[0][1]["authorization"] == f"Bearer {KEY}"


def test_an_answer_that_takes_too_long_is_a_timeout(client: httpx.Client, openai: Played, setting: Setting) -> None:
    def late(request: Request, body: Any) -> Response:
        time.sleep(1.0)
        return b64(picture_file(64, 64))

    setting("OPENAI_SECONDS", 0.3)
    openai.answer(OPENAI, late)
    answer = client.post("/generate", json={"prompt": "a lake", "api_key": KEY})
    assert "with the key again" in refused(answer, 504)


def test_a_call_that_is_cut_off_asks_for_the_key_again(client: httpx.Client, openai: Played, setting: Setting) -> None:
    setting("OPENAI_BASE_URL", "http://127.0.0.1:1/v1")
    answer = client.post("/generate", json={"prompt": "a lake", "api_key": KEY})
    assert "send the request with the key again" in refused(answer, 502)


@pytest.mark.parametrize("content", [b"no picture", b""])
def test_an_answer_without_a_picture_is_said(client: httpx.Client, openai: Played, content: bytes) -> None:
    openai.answer(OPENAI, b64(content))
    assert refused(client.post("/generate", json={"prompt": "a lake", "api_key": KEY}), 502)


def test_a_key_paints_before_there_is_a_job_and_is_in_nothing_that_is_kept(
    client: httpx.Client, openai: Played, database: Path, caplog: pytest.LogCaptureFixture
) -> None:
    openai.answer(OPENAI, b64(picture_file(1792, 1024)))
    with caplog.at_level(logging.DEBUG):
        body = {"prompt": "a misty harbour", "vibe": "ethereal", "api_key": KEY}
        answer = client.post("/generate", json=body, headers={"Prefer": "respond-async"})
    assert answer.status_code == 202
    ((_, headers, asked),) = openai.asked
    assert headers["authorization"] == f"Bearer {KEY}"
    assert asked["prompt"] == "a misty harbour. The mood is ethereal."
    assert asked["size"] == "1792x1024"
    job = Job.objects.get(id=answer.json()["job_id"])
    assert job.params["painted"]["engine"] == "openai"
    with Image.open(get_storage().path(job.inputs["image"])) as picture:
        assert picture.size == (1792, 1024)
    for kept_text in (json.dumps(job.params), answer.text, caplog.text):
        assert KEY not in kept_text
    assert KEY.encode() not in everything_written(database)


def test_a_picture_that_was_paid_for_finds_room_in_a_queue_that_filled_meanwhile(
    client: httpx.Client, openai: Played, setting: Setting
) -> None:
    def meanwhile(request: Request, body: Any) -> Response:
        with ThreadPoolExecutor(1) as beside:  # rows are not touched where a server listens
            beside.submit(closing_connections(submit), KIND, local, params={}, inputs={}).result()
        return b64(picture_file(64, 64))

    local = local_user()

    setting("MAX_QUEUED_JOBS", 1)
    openai.answer(OPENAI, meanwhile)
    later = {"Prefer": "respond-async"}
    assert client.post("/generate", json={"prompt": "a lake", "api_key": KEY}, headers=later).status_code == 202
    full = client.post("/generate", json={"prompt": "a lake", "api_key": KEY}, headers=later)
    assert (full.status_code, full.json()["code"]) == (503, "queue_full")
    assert len(openai.asked) == 1  # it is said before anything is paid


@pytest.mark.parametrize("model", ["openai", "gpt-image-2", "dall-e-3"])
def test_a_key_pays_whatever_openai_is_called(
    client: httpx.Client, openai: Played, setting: Setting, model: str
) -> None:
    setting("OPENAI_API_KEY", "sk-ours-0123456789abcdef")
    openai.answer(OPENAI, b64(picture_file(64, 64)))
    body = {"prompt": "a lake", "api_key": KEY, "image_model": model}
    assert client.post("/generate", json=body, headers={"Prefer": "Respond-Async"}).status_code == 202
    assert openai.asked[0][1]["authorization"] == f"Bearer {KEY}"


def test_who_hangs_up_while_a_key_paints_leaves_nothing(client: httpx.Client, openai: Played) -> None:
    def late(request: Request, body: Any) -> Response:
        time.sleep(2.5)
        return b64(picture_file(64, 64))

    openai.answer(OPENAI, late)
    with pytest.raises(httpx.ReadTimeout):
        client.post("/generate", json={"prompt": "a lake", "api_key": KEY}, timeout=0.5)
    time.sleep(4)
    assert (Job.objects.count(), kept()) == (0, [])


def test_pictures_painted_here_count_as_pictures_and_others_do_not(
    client: httpx.Client, openai: Played, setting: Setting
) -> None:
    setting("IMAGES_PER_HOUR", 1)
    openai.answer(OPENAI, b64(picture_file(64, 64)))
    later = {"Prefer": "respond-async"}
    assert client.post("/generate", json={"prompt": "a lake"}, headers=later).status_code == 202
    answer = client.post("/generate", json={"prompt": "a lake"}, headers=later)
    assert (answer.status_code, answer.json()["code"]) == (429, "rate_limit_exceeded")
    assert int(answer.headers["retry-after"]) > 0
    assert Job.objects.count() == 1
    file = {"image": ("a.png", picture_file(64, 64))}
    assert client.post("/generate", files=file, headers=later).status_code == 202
    assert client.post("/generate", json={"prompt": "a", "api_key": KEY}, headers=later).status_code == 202


def test_a_form_whose_file_was_not_chosen_is_words(client: httpx.Client) -> None:
    boundary = "form"
    parts = [
        f'--{boundary}\r\nContent-Disposition: form-data; name="image"; filename=""\r\n\r\n\r\n',
        f'--{boundary}\r\nContent-Disposition: form-data; name="prompt"\r\n\r\na lake\r\n--{boundary}--\r\n',
    ]
    headers = {"Content-Type": f"multipart/form-data; boundary={boundary}", "Prefer": "respond-async"}
    assert client.post("/generate", content="".join(parts).encode(), headers=headers).status_code == 202


def test_a_panorama_is_asked_for_twice_as_wide_as_high(client: httpx.Client, openai: Played) -> None:
    openai.answer(OPENAI, b64(picture_file(2048, 1024)))
    body = {"prompt": "a beach", "mode": "panorama", "api_key": KEY}
    assert client.post("/generate", json=body, headers={"Prefer": "respond-async"}).status_code == 202
    ((_, _, asked),) = openai.asked
    assert asked["size"] == "2048x1024"
    assert "Equirectangular" in asked["prompt"]


OURS, OTHER = "https://captaingraybeard.github.io", "https://captaingraybeard.github.io.evil.example"


@pytest.mark.parametrize(
    ("origin", "allowed"),
    [
        (OURS, True),
        ("http://localhost:5173", True),
        ("http://localhost", True),
        (OTHER, False),
        ("http://captaingraybeard.github.io", False),
        ("https://captaingraybeard.github.io:8443", False),
        ("http://localhost.evil.example:80", False),
        ("https://localhost:5173", False),
        ("null", False),
    ],
)
def test_pages_of_the_origins_given_may_ask_and_no_others(client: httpx.Client, origin: str, allowed: bool) -> None:
    preflight = client.options(
        "/generate",
        headers={
            "Origin": origin,
            "Access-Control-Request-Method": "POST",
            "Access-Control-Request-Headers": "content-type",
            "Access-Control-Request-Private-Network": "true",
        },
    )
    assert (preflight.status_code == 200) is allowed
    assert (preflight.headers.get("access-control-allow-origin") == origin) is allowed
    answer = client.post("/generate", json={}, headers={"Origin": origin})
    assert answer.status_code == (422 if allowed else 403)
    assert (answer.headers.get("access-control-allow-origin") == origin) is allowed
    for path in (f"/api/jobs/{uuid.uuid4()}", f"/api/jobs/{uuid.uuid4()}/events"):
        found = client.get(path, headers={"Origin": origin})
        assert (found.headers.get("access-control-allow-origin") == origin) is allowed
    gone = client.delete(f"/api/jobs/{uuid.uuid4()}", headers={"Origin": origin})
    assert gone.status_code == (404 if allowed else 403)
    listed = client.get("/generations", headers={"Origin": origin})
    assert (listed.headers.get("access-control-allow-origin") == origin) is allowed


@pytest.mark.parametrize("path", ["/v1/images/generations", "/api/upload", "/api/jobs", "/generate/x"])
def test_the_rest_of_the_server_stays_for_its_own_pages(client: httpx.Client, path: str) -> None:
    answer = client.post(path, json={}, headers={"Origin": OURS})
    assert answer.status_code == 403
    assert "access-control-allow-origin" not in answer.headers
