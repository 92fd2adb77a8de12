"""Lucida with its files in an object storage: what comes in and goes out, and what is said when it does not answer."""

from __future__ import annotations

import hashlib
import json
import re
import secrets
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from live_server import listening
from s3_server import BINARY, MISSING, S3Server, s3_server
from uploads import photo, upload

import lucida.jobs.running
from lucida.config import get_settings
from lucida.jobs.execution import execute
from lucida.jobs.lease import claim
from lucida.jobs.models import Artifact, Job
from lucida.jobs.running import RunningJob
from lucida.jobs.sweeper import sweep
from lucida.server import create_app
from lucida.storage import get_storage

pytestmark = pytest.mark.skipif(BINARY is None, reason=MISSING)

SMALL = {"prompt": "a lake", "model": "draft", "size": "64x64"}


@pytest.fixture(scope="module")
def started() -> Iterator[S3Server]:
    with s3_server() as server:
        yield server


@pytest.fixture
def server(
    started: S3Server, database: Path, setting: Callable[[str, object], None], monkeypatch: pytest.MonkeyPatch
) -> Iterator[S3Server]:
    """An object storage in which this process keeps its files."""
    for name, value in started.variables(f"t{secrets.token_hex(4)}-").items():
        setting(name.removeprefix("LUCIDA_"), value)
    get_storage.cache_clear()
    get_storage().make_buckets()
    started.asked.clear()
    yield started
    started.trouble = lambda method, target: None
    get_storage.cache_clear()


@pytest.fixture
def client(server: S3Server) -> Iterator[httpx.Client]:
    with listening(create_app()) as address, httpx.Client(base_url=address, timeout=60) as client:
        yield client


def stored() -> set[str]:
    """What is there."""
    return set(get_storage().keys())


def work() -> Job:
    """Do the next job."""
    job = claim("w", ["cpu"])
    assert job is not None
    execute(job, RunningJob(job))
    job.refresh_from_db()
    return job


def agree() -> None:
    """Every file that a row knows is there, byte for byte, and no other but previews that better ones replaced."""
    for artifact in Artifact.objects.all():
        assert hashlib.sha256(get_storage().read(artifact.key)).hexdigest() == artifact.sha256
    known = set(Artifact.objects.values_list("key", flat=True))
    known.update(key for job in Job.objects.all() for key in job.inputs.values())
    assert all(key.endswith("-preview.jpg") for key in get_storage().sweep(known, older_than=-60))
    assert stored() == known


def test_a_photo_becomes_a_panorama_whose_files_are_sent_as_from_a_disk(client: httpx.Client) -> None:
    job_id = upload(client).json()["job_id"]
    assert [key.split("/")[0] for key in stored()] == ["project-uploads"]
    assert work().status == "done"
    preview = client.get(f"/api/result/{job_id}/preview")
    assert preview.content[:3] == b"\xff\xd8\xff"
    exr = client.get(f"/api/result/{job_id}/hdr")
    assert exr.content[:4] == bytes.fromhex("762f3101")
    assert exr.headers["content-length"] == str(len(exr.content)) == str(Artifact.objects.get(name="panorama.exr").size)
    assert exr.headers["content-disposition"] == 'attachment; filename="IMG_0042-panorama.exr"'
    assert (exr.headers["x-content-type-options"], exr.headers["accept-ranges"]) == ("nosniff", "bytes")
    for asked, begin, end in (("bytes=10-19", 10, 20), ("bytes=-7", -7, None), ("bytes=100-", 100, None)):
        part = client.get(f"/api/result/{job_id}/hdr", headers={"Range": asked})
        assert (part.status_code, part.content) == (206, exr.content[begin:end])
        assert re.fullmatch(rf"bytes \d+-\d+/{len(exr.content)}", part.headers["content-range"])
    head = client.head(f"/api/result/{job_id}/hdr")
    assert (head.content, head.headers["content-length"]) == (b"", exr.headers["content-length"])
    known = client.get(f"/api/result/{job_id}/hdr", headers={"If-None-Match": exr.headers["etag"]})
    assert (known.status_code, known.content) == (304, b"")
    other = client.get(f"/api/result/{job_id}/hdr", headers={"Range": "bytes=0-3", "If-Range": '"another"'})
    assert (other.status_code, other.content) == (200, exr.content)
    beyond = client.get(f"/api/result/{job_id}/hdr", headers={"Range": "bytes=999999999-"})
    assert (beyond.status_code, beyond.headers["content-range"]) == (416, f"bytes */{len(exr.content)}")
    radiance = client.get(f"/api/result/{job_id}/hdr", params={"format": "hdr"})
    assert radiance.content.startswith(b"#?RADIANCE")
    agree()
    assert not any(path for path in get_storage().temporary.rglob("*") if path.is_file())
    assert client.delete(f"/api/jobs/{job_id}").status_code == 204
    assert stored() == set()


def test_pictures_from_words_are_kept_listed_and_sent(client: httpx.Client) -> None:
    client.post("/v1/images/generations", json=SMALL, headers={"Prefer": "respond-async"})
    assert work().status == "done"
    (listed,) = client.get("/api/images/history/").json()["images"]
    picture = client.get(listed["imageUrl"])
    assert (picture.status_code, picture.content[:4]) == (200, b"\x89PNG")
    assert client.get(listed["thumbnailUrl"]).headers["content-type"] == "image/webp"
    assert len([key for key in stored() if key.startswith("media/")]) == 2
    assert sweep() == []


def test_browsers_fetch_files_where_they_are(
    server: S3Server, setting: Callable[[str, object], None], client: httpx.Client
) -> None:
    job_id = upload(client).json()["job_id"]
    work()
    setting("S3_PUBLIC_ENDPOINT", f"{server.address}/")
    get_storage.cache_clear()
    with listening(create_app()) as address, httpx.Client(base_url=address, timeout=60) as other:
        policy = other.get("/health").headers["content-security-policy"]
        assert f"img-src 'self' data: blob: {server.address};" in policy
        answer = other.get(f"/api/result/{job_id}/hdr")
        assert (answer.status_code, answer.headers["cache-control"]) == (307, "private, no-store")
        link = answer.headers["location"]
        assert link.startswith(server.address)
        fetched = httpx.get(link)
    assert fetched.content[:4] == bytes.fromhex("762f3101")
    assert fetched.headers["content-disposition"] == 'attachment; filename="IMG_0042-panorama.exr"'
    assert fetched.headers["content-type"] == Artifact.objects.get(name="panorama.exr").content_type
    assert client.get("/health").headers["content-security-policy"].count(server.address) == 0


def test_a_storage_that_does_not_answer_is_said_so_and_takes_nothing(server: S3Server, client: httpx.Client) -> None:
    job_id = upload(client).json()["job_id"]
    work()
    server.trouble = lambda method, target: 503
    refused = [upload(client, photo("PNG")), client.get(f"/api/result/{job_id}/hdr"), client.get("/media/x/y.png")]
    assert [(each.status_code, each.json()["code"]) for each in refused] == [
        (503, "storage_unavailable"),
        (503, "storage_unavailable"),
        (404, "not_found"),
    ]
    assert refused[0].headers["retry-after"]
    ready = client.get("/health/ready")
    assert (ready.status_code, ready.json()["checks"]["storage"]["ok"]) == (503, False)
    assert client.delete(f"/api/jobs/{job_id}").status_code == 204  # its files are swept later
    assert Job.objects.count() == 0
    server.trouble = lambda method, target: None
    assert client.get("/health/ready").json()["checks"]["storage"]["ok"]
    assert upload(client, photo("PNG")).status_code == 200


def test_a_job_waits_for_a_storage_that_comes_back(
    server: S3Server, client: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    upload(client)
    monkeypatch.setattr(lucida.jobs.running, "_STORAGE_PAUSE", 0.05)
    left = {"GET": 7, "PUT": 7}

    def trouble(method: str, target: str) -> int | None:
        left[method] = left.get(method, 0) - 1
        return 503 if left[method] >= 0 else None

    server.trouble = trouble
    job = work()
    assert (job.status, job.attempt) == ("done", 0)
    assert max(left.values()) < 0
    agree()


def test_a_job_whose_storage_stays_away_is_tried_again_and_ends_with_a_sentence(
    server: S3Server, client: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    upload(client)
    monkeypatch.setattr(lucida.jobs.running, "_STORAGE_SECONDS", 0.0)
    server.trouble = lambda method, target: 503 if method == "PUT" else None
    statuses = []
    for _ in range(get_settings().max_attempts):
        Job.objects.update(not_before=None)
        job = work()
        statuses.append(job.status)
    assert statuses == ["queued"] * (get_settings().max_attempts - 1) + ["error"]
    assert (job.error_code, job.error_message) == (
        "storage_unavailable",
        "The object storage did not answer; try again.",
    )
    server.trouble = lambda method, target: None
    agree()


@dataclass
class Told:
    code: int
    out: str
    log: str


def lucida_command(server: S3Server, data: Path, *arguments: str, **variables: str) -> Told:
    environment = {"PATH": "/usr/bin:/bin", "LUCIDA_DATA_DIR": str(data), **server.variables("cmd-"), **variables}
    command = [sys.executable, "-m", "lucida.cli", *arguments]
    told = subprocess.run(command, env=environment, cwd=data, capture_output=True, text=True, timeout=60)
    return Told(told.returncode, told.stdout, told.stderr)


def test_a_server_starts_only_with_its_buckets_and_a_command_makes_them(server: S3Server, tmp_path: Path) -> None:
    refused = lucida_command(server, tmp_path, "serve", "--port", "0")
    assert refused.code != 0
    assert "has no bucket cmd-project-uploads, cmd-processed-images" in refused.log
    assert "Traceback" not in refused.log
    made = lucida_command(server, tmp_path, "buckets")
    assert (made.code, len(made.out.split())) == (0, 8)
    assert lucida_command(server, tmp_path, "buckets").out.strip() == "Every bucket is there."
    doctor = json.loads(lucida_command(server, tmp_path, "doctor", "--json").out)
    assert next(each for each in doctor if each["what"] == "Storage")["ok"]
    wrong = lucida_command(server, tmp_path, "doctor", "--json", LUCIDA_S3_SECRET_KEY="wrong")
    found = next(each for each in json.loads(wrong.out) if each["what"] == "Storage")
    assert (found["ok"], "LUCIDA_S3_" in found["found"]) == (False, True)
    assert "wrong" not in found["found"]
