"""What the upload answers, on a server whose jobs wait for ever."""

from __future__ import annotations

import io
import resource
import struct
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import cv2
import httpx
import numpy as np
import pytest
from live_server import listening
from photos import landscape
from PIL import Image
from uploads import photo, upload
from waiting import PATIENCE_SECONDS, wait_until

from lucida.jobs.models import Job
from lucida.server import create_app
from lucida.storage import get_storage


def animation() -> bytes:
    file = io.BytesIO()
    frames = [Image.new("RGB", (32, 32), colour) for colour in ("red", "blue")]
    frames[0].save(file, "PNG", save_all=True, append_images=frames[1:])
    return file.getvalue()


def cmyk() -> bytes:
    file = io.BytesIO()
    Image.fromarray(landscape()).convert("CMYK").save(file, "JPEG")
    return file.getvalue()


def huge() -> bytes:
    """A JPEG whose header says 20000 x 10000."""
    content = photo()
    frame = content.index(b"\xff\xc0")  # SOF0: length, precision, height, width
    return content[: frame + 5] + struct.pack(">HH", 10000, 20000) + content[frame + 9 :]


def sixteen_bits() -> bytes:
    return bytes(cv2.imencode(".png", np.full((32, 32, 3), 40000, np.uint16))[1])


def nothing_is_left() -> bool:
    left = [*get_storage().keys(), *get_storage().temporary.glob("*")]
    return left == [] and Job.objects.count() == 0


@pytest.mark.parametrize(
    ("content", "status", "code"),
    [
        (lambda: b"", 422, "truncated_photo"),
        (lambda: b"This is no photo, whatever its name says.", 415, "unsupported_format"),
        (lambda: photo()[:3000], 422, "truncated_photo"),
        (cmyk, 415, "unsupported_format"),
        (lambda: photo("GIF"), 415, "unsupported_format"),
        (animation, 415, "unsupported_format"),
        (sixteen_bits, 415, "unsupported_format"),
        (huge, 413, "photo_too_large"),
    ],
    ids=["empty", "text", "cut", "cmyk", "gif", "animated", "16 bits", "200 megapixels"],
)
def test_a_bad_photo_is_one_sentence_and_leaves_nothing(
    client: httpx.Client, content: Callable[[], bytes], status: int, code: str
) -> None:
    answer = upload(client, content())
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.json()["detail"].endswith(".")
    assert answer.json()["param"] == "file"
    assert nothing_is_left()


@pytest.mark.parametrize(
    ("fields", "param"),
    [
        ({"scene_type": "underwater"}, "scene_type"),
        ({"engine": "crayon"}, "engine"),
        ({"width": "100"}, "width"),
        ({"width": "1023"}, "width"),
        ({"width": "wide"}, "width"),
        ({"seed": "-1"}, "seed"),
        ({"seed": "4294967296"}, "seed"),
        ({"key": "k" * 256}, "Idempotency-Key"),
    ],
)
def test_a_field_with_no_such_value_is_named(client: httpx.Client, fields: dict[str, str], param: str) -> None:
    answer = upload(client, **fields)
    assert (answer.status_code, answer.json()["code"], answer.json()["param"]) == (422, "bad_parameter", param)
    assert nothing_is_left()


def test_a_request_without_a_file_says_so(client: httpx.Client) -> None:
    answer = client.post("/api/upload", data={"scene_type": "auto"})
    assert (answer.status_code, answer.json()["param"]) == (422, "file")
    answer = client.post("/api/upload", data={"file": "photo.heic"})
    assert (answer.status_code, answer.json()["detail"]) == (422, "The field file holds text; send the file itself.")
    answer = client.post("/api/upload", content=b"--x", headers={"Content-Type": "multipart/form-data; boundary=x"})
    assert answer.status_code in (400, 422)
    assert set(answer.json()) >= {"detail", "code"}


def test_a_file_over_the_limit_is_refused_before_it_has_been_read(
    database: Path, setting: Callable[[str, object], None]
) -> None:
    setting("MAX_UPLOAD_MB", 1)
    with listening(create_app()) as address, httpx.Client(base_url=address, timeout=60) as client:
        answer = upload(client, b"\xff\xd8\xff" + b"x" * (5 << 20))
        assert (answer.status_code, answer.json()["code"]) == (413, "upload_too_large")

        def chunks() -> Iterator[bytes]:
            yield b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.jpg"\r\n\r\n'
            for _ in range(80):
                yield b"x" * (1 << 16)

        form = {"Content-Type": "multipart/form-data; boundary=x"}
        answer = client.post("/api/upload", content=chunks(), headers=form)
        assert (answer.status_code, answer.json()["code"]) == (413, "upload_too_large")
    assert nothing_is_left()


def test_a_full_queue_says_when_to_come_again_and_keeps_no_file(
    client: httpx.Client, setting: Callable[[str, object], None]
) -> None:
    setting("MAX_QUEUED_JOBS", 1)
    upload(client).raise_for_status()
    answer = upload(client)
    assert (answer.status_code, answer.json()["code"]) == (503, "queue_full")
    assert int(answer.headers["retry-after"]) > 0
    assert len(list(get_storage().keys())) == 1


def test_a_disk_that_fills_while_a_photo_arrives_is_said_and_leaves_nothing(client: httpx.Client) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (3 << 20, hard))
    try:
        answer = upload(client, photo() + b"\0" * (4 << 20))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert (answer.status_code, answer.json()["code"]) == (507, "storage_full")
    assert nothing_is_left()


def test_results_that_are_not_there_yet_say_so(client: httpx.Client) -> None:
    job_id = upload(client).json()["job_id"]
    for name in ("hdr", "hdr?format=hdr", "preview", "backplate.png", "light.hdr", "report.json"):
        answer = client.get(f"/api/result/{job_id}/{name}")
        assert (answer.status_code, answer.json()["code"]) == (409, "not_ready")
    assert client.post(f"/api/result/{job_id}/adjust", json={"yaw": 1}).json()["code"] == "not_ready"
    assert client.delete(f"/api/jobs/{job_id}").status_code == 202
    status = client.get(f"/api/status/{job_id}").json()
    assert (status["status"], status["error_code"]) == ("error", "cancelled")
    assert client.get(f"/api/result/{job_id}/hdr").json()["code"] == "not_found"
    assert client.delete(f"/api/jobs/{job_id}").status_code == 204
    assert nothing_is_left()


def test_the_same_key_is_the_same_job_and_keeps_one_upload(client: httpx.Client) -> None:
    first = upload(client, key="k")
    again = upload(client, key="k")
    assert first.json() == again.json()
    assert len(list(get_storage().keys())) == 1
    other = upload(client, key="k", seed="1")
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")
    assert upload(client, key="l").json() != first.json()


def test_the_same_key_at_once_is_answered_once(address: str, client: httpx.Client) -> None:
    answers: list[httpx.Response] = []

    def send() -> None:
        with httpx.Client(base_url=address, timeout=60) as own:
            answers.append(upload(own, key="k"))

    threads = [threading.Thread(target=send) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {answer.status_code for answer in answers} <= {200, 409}
    assert len({answer.json()["job_id"] for answer in answers if answer.status_code == 200}) == 1
    assert {answer.json()["code"] for answer in answers if answer.status_code == 409} <= {"idempotency_key_in_flight"}
    assert Job.objects.count() == 1


def test_others_are_answered_while_many_photos_wait_to_be_decoded(database: Path) -> None:
    app = create_app()
    decoder = app.state.photo_check
    with listening(app) as address, httpx.Client(base_url=address, timeout=30) as client:
        content = photo()
        senders = [threading.Thread(target=send, args=(address, content)) for _ in range(45)]
        with decoder._lock:  # a photo that takes long
            for sender in senders:
                sender.start()
            wait_until(lambda: len(list(get_storage().temporary.glob("*"))) >= 40, "the photos to be there")
            assert client.get("/health/ready").status_code == 200
        for sender in senders:
            sender.join()
        assert len(client.get("/api/jobs").json()["jobs"]) == 45


def send(address: str, content: bytes) -> None:
    with httpx.Client(base_url=address, timeout=PATIENCE_SECONDS) as client:
        upload(client, content).raise_for_status()


def test_names_of_files_are_shown_but_never_used(client: httpx.Client) -> None:
    for name, title in (
        ("../../etc/passwd", "passwd"),
        ("C:\\photos\\IMG 1.HEIC", "IMG 1.HEIC"),
        ("été 🌞.jpg", "été 🌞.jpg"),
        ("x" * 300 + ".jpg", "x" * 196 + ".jpg"),
        ("...", "photo"),
    ):
        job_id = upload(client, name=name).json()["job_id"]
        assert client.get(f"/api/jobs/{job_id}").json()["title"] == title
    for key in iter(get_storage().keys()):
        assert not any(name in key for name in ("passwd", "IMG", "été", "xxx", "..")), key
