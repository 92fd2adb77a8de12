from __future__ import annotations

import io
import json
import resource
import struct
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
from live_server import listening
from PIL import Image
from websockets.sync.client import connect

from lucida.config import get_settings
from lucida.imaging.exr import read_exr
from lucida.imaging.radiance_hdr import read_hdr
from lucida.jobs.embedded import EmbeddedDispatcher
from lucida.jobs.models import Job
from lucida.server import create_app
from lucida.storage.local import get_storage

WIDTH = "256"
STAGES = ("Loading image", "Reading EXIF + scene inference", "Projecting into cubemap", "Preparing AI generation")


def picture(width: int = 320, height: int = 240, **options: Any) -> bytes:
    """A landscape as a JPEG, or what `format` says."""
    noise = np.random.default_rng(5).normal(0, 6, (height, width, 1))
    row = np.linspace(0, 1, height)[:, None, None]
    colours = np.where(row < 0.5, np.array([110, 150, 210]) + 60 * row, np.array([90, 95, 50]))
    pixels = np.clip(colours + noise, 0, 255).astype(np.uint8)
    file = io.BytesIO()
    image = Image.fromarray(pixels)
    mode = options.pop("mode", None)
    (image.convert(mode) if mode else image).save(file, **{"format": "JPEG", **options})
    return file.getvalue()


def animation() -> bytes:
    file = io.BytesIO()
    frames = [Image.new("RGB", (32, 32), colour) for colour in ("red", "blue")]
    frames[0].save(file, "PNG", save_all=True, append_images=frames[1:])
    return file.getvalue()


def huge() -> bytes:
    """A JPEG whose header says 20000 x 10000."""
    content = picture()
    frame = content.index(b"\xff\xc0")  # SOF0: length, precision, height, width
    return content[: frame + 5] + struct.pack(">HH", 10000, 20000) + content[frame + 9 :]


def sixteen_bits() -> bytes:
    import cv2

    return bytes(cv2.imencode(".png", np.full((32, 32, 3), 40000, np.uint16))[1])


@pytest.fixture(scope="module")
def address(migrated_database: Path) -> Iterator[str]:
    with listening(create_app(EmbeddedDispatcher(1))) as address:
        yield address


@pytest.fixture(scope="module")
def idle_address(migrated_database: Path) -> Iterator[str]:
    """A server whose jobs wait for ever."""
    with listening(create_app()) as address:
        yield address


@pytest.fixture
def client(address: str, database: Path) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=address, timeout=60) as client:
        yield client


@pytest.fixture
def idle(idle_address: str, database: Path) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=idle_address, timeout=60) as client:
        yield client


def upload(
    client: httpx.Client, content: bytes | None = None, name: str = "IMG_0042.HEIC", **fields: str
) -> httpx.Response:
    headers = {"Idempotency-Key": fields.pop("key")} if "key" in fields else {}
    files = {"file": (name, picture() if content is None else content)}
    return client.post("/api/upload", files=files, data={"width": WIDTH, **fields}, headers=headers)


def finished(client: httpx.Client, answer: httpx.Response) -> str:
    """The job's id, once it has ended well."""
    answer.raise_for_status()
    job_id: str = answer.json()["job_id"]
    deadline = time.monotonic() + 120
    while (status := client.get(f"/api/status/{job_id}").json())["status"] in ("queued", "processing"):
        assert time.monotonic() < deadline, status
        time.sleep(0.05)
    assert status["status"] == "done", status
    return job_id


def nothing_is_left() -> bool:
    left = [*get_storage().keys(), *get_storage().temporary.glob("*")]
    return left == [] and Job.objects.count() == 0


@pytest.mark.slow
def test_a_photo_becomes_a_panorama_with_all_its_files(client: httpx.Client, tmp_path: Path) -> None:
    job_id = finished(client, upload(client, seed="7"))
    status = client.get(f"/api/status/{job_id}").json()
    assert (status["progress"], status["engine"], status["error_message"]) == (1.0, "draft", None)
    exr = client.get(f"/api/result/{job_id}/hdr")
    assert exr.headers["content-type"] == "image/x-exr"
    assert exr.headers["content-disposition"] == 'attachment; filename="IMG_0042-panorama.exr"'
    (tmp_path / "out.exr").write_bytes(exr.content)
    radiance, _ = read_exr(tmp_path / "out.exr")
    assert radiance.shape == (128, 256, 3)
    hdr = client.get(f"/api/result/{job_id}/hdr?format=hdr")
    (tmp_path / "out.hdr").write_bytes(hdr.content)
    assert np.allclose(read_hdr(tmp_path / "out.hdr"), radiance, rtol=0.02, atol=0.01 * float(radiance.max()))
    (tmp_path / "light.hdr").write_bytes(client.get(f"/api/result/{job_id}/light.hdr").content)
    assert read_hdr(tmp_path / "light.hdr").shape == (128, 256, 3)  # 1024 wide, or as the panorama
    for name, kind in (("preview", "JPEG"), ("backplate.jpg", "JPEG"), ("backplate.png", "PNG")):
        with Image.open(io.BytesIO(client.get(f"/api/result/{job_id}/{name}").content)) as image:
            assert (image.format, image.size) == (kind, (256, 128))
    report = client.get(f"/api/result/{job_id}/report.json").json()
    assert (report["seed"], report["size"], report["engine"]) == (7, [256, 128], "draft")
    assert client.get(f"/api/result/{job_id}/panorama.exr").json()["code"] == "not_found"


@pytest.mark.slow
def test_a_socket_tells_the_stages_and_previews_that_improve(client: httpx.Client, address: str) -> None:
    job_id = upload(client).json()["job_id"]
    events = []
    with connect(f"ws{address.removeprefix('http')}/ws/jobs/{job_id}") as socket:
        for message in socket:
            events.append(json.loads(message))
            if events[-1]["event"] == "preview":
                picture_now = client.get(events[-1]["preview_url"])
                assert picture_now.headers["content-type"] == "image/jpeg"
    stages = [event["stage"] for event in events if event["event"] == "status"]
    assert [stage for stage in STAGES if stage not in stages] == []
    assert "Merging HDR stack" in stages
    previews = [event["preview_url"] for event in events if event["event"] == "preview"]
    assert len(set(previews)) >= 3
    assert set(events[-1]) == {"event", "seq", "hdr_url", "preview_url"}
    assert client.get(events[-1]["hdr_url"]).status_code == 200
    assert "immutable" in client.get(events[-1]["preview_url"]).headers["cache-control"]


@pytest.mark.slow
def test_files_have_validators_and_serve_ranges(client: httpx.Client) -> None:
    path = f"/api/result/{finished(client, upload(client))}/hdr"
    whole = client.get(path)
    etag = whole.headers["etag"]
    assert whole.headers["x-content-type-options"] == "nosniff"
    assert client.get(path, headers={"If-None-Match": f'"other", W/{etag}'}).status_code == 304
    part = client.get(path, headers={"Range": "bytes=4-99"})
    assert (part.status_code, part.content) == (206, whole.content[4:100])
    assert client.get(path, headers={"Range": "bytes=4-99", "If-Range": '"old"'}).content == whole.content
    assert client.get(path, headers={"Range": "bytes=99999999-"}).status_code == 416


@pytest.mark.slow
def test_the_same_photo_and_seed_give_the_same_bytes(client: httpx.Client) -> None:
    first, again, other = (finished(client, upload(client, seed=seed)) for seed in ("3", "3", "4"))
    panoramas = [client.get(f"/api/result/{job_id}/hdr").content for job_id in (first, again, other)]
    assert panoramas[0] == panoramas[1]
    assert panoramas[0] != panoramas[2]


@pytest.mark.slow
def test_an_adjusted_panorama_is_a_new_job_and_the_first_stays(client: httpx.Client, tmp_path: Path) -> None:
    job_id = finished(client, upload(client))
    before = client.get(f"/api/result/{job_id}/hdr").content
    request = {"yaw": 90, "exposure": 1, "sun": None}
    answer = client.post(f"/api/result/{job_id}/adjust", json=request, headers={"Idempotency-Key": "a"})
    turned = finished(client, answer)
    again = client.post(f"/api/result/{job_id}/adjust", json=request, headers={"Idempotency-Key": "a"})
    assert again.json()["job_id"] == turned != job_id
    back = finished(client, client.post(f"/api/result/{turned}/adjust", json={"yaw": -90, "exposure": -1}))
    for name, one in (("before", job_id), ("turned", turned), ("back", back)):
        (tmp_path / f"{name}.exr").write_bytes(client.get(f"/api/result/{one}/hdr").content)
    read = {path.stem: read_exr(path)[0] for path in tmp_path.glob("*.exr")}
    expected = 2 * np.roll(read["before"], 64, axis=1)  # a quarter turn to the right, one stop brighter
    assert np.median(np.abs(read["turned"] - expected) / (expected + 0.01)) < 0.02
    assert np.median(np.abs(read["back"] - read["before"]) / (read["before"] + 0.01)) < 0.02
    assert client.delete(f"/api/jobs/{job_id}").status_code == 204
    assert client.get(f"/api/result/{turned}/hdr").status_code == 200
    assert before
    wrong = client.post(f"/api/result/{turned}/adjust", json={"pitch": 100})
    assert (wrong.status_code, wrong.json()["param"]) == (422, "pitch")


@pytest.mark.parametrize(
    ("content", "status", "code"),
    [
        (lambda: b"", 422, "truncated_photo"),
        (lambda: b"This is no photo, whatever its name says.", 415, "unsupported_format"),
        (lambda: picture()[:3000], 422, "truncated_photo"),
        (lambda: picture(mode="CMYK"), 415, "unsupported_format"),
        (lambda: picture(format="GIF"), 415, "unsupported_format"),
        (animation, 415, "unsupported_format"),
        (sixteen_bits, 415, "unsupported_format"),
        (huge, 413, "photo_too_large"),
    ],
    ids=["empty", "text", "cut", "cmyk", "gif", "animated", "16 bits", "200 megapixels"],
)
def test_a_bad_photo_is_one_sentence_and_leaves_nothing(
    idle: httpx.Client, content: Callable[[], bytes], status: int, code: str
) -> None:
    answer = upload(idle, content())
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
def test_a_field_with_no_such_value_is_named(idle: httpx.Client, fields: dict[str, str], param: str) -> None:
    answer = upload(idle, **fields)
    assert (answer.status_code, answer.json()["code"], answer.json()["param"]) == (422, "bad_parameter", param)
    assert nothing_is_left()


def test_a_request_without_a_file_says_so(idle: httpx.Client) -> None:
    answer = idle.post("/api/upload", data={"scene_type": "auto"})
    assert (answer.status_code, answer.json()["param"]) == (422, "file")
    answer = idle.post("/api/upload", content=b"--x", headers={"Content-Type": "multipart/form-data; boundary=x"})
    assert answer.status_code in (400, 422)
    assert set(answer.json()) >= {"detail", "code"}


def test_a_file_over_the_limit_is_refused_before_it_has_been_read(
    migrated_database: Path, database: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LUCIDA_MAX_UPLOAD_MB", "1")
    get_settings.cache_clear()
    try:
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
    finally:
        monkeypatch.undo()
        get_settings.cache_clear()


def test_a_disk_that_fills_while_a_photo_arrives_is_said_and_leaves_nothing(idle: httpx.Client) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (3 << 20, hard))
    try:
        answer = upload(idle, picture() + b"\0" * (4 << 20))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert (answer.status_code, answer.json()["code"]) == (507, "storage_full")
    assert nothing_is_left()


@pytest.mark.slow
def test_a_photo_without_exif_works_and_says_what_was_assumed(client: httpx.Client) -> None:
    job_id = finished(client, upload(client))
    report = client.get(f"/api/result/{job_id}/report.json").json()
    assert "default" in report["camera"]["source"] or "assumed" in report["camera"]["source"], report["camera"]


def test_results_that_are_not_there_yet_say_so(idle: httpx.Client) -> None:
    job_id = upload(idle).json()["job_id"]
    for name in ("hdr", "hdr?format=hdr", "preview", "backplate.png", "light.hdr", "report.json"):
        answer = idle.get(f"/api/result/{job_id}/{name}")
        assert (answer.status_code, answer.json()["code"]) == (409, "not_ready")
    assert idle.post(f"/api/result/{job_id}/adjust", json={"yaw": 1}).json()["code"] == "not_ready"
    assert idle.delete(f"/api/jobs/{job_id}").status_code == 202
    status = idle.get(f"/api/status/{job_id}").json()
    assert (status["status"], status["error_code"]) == ("error", "cancelled")
    assert idle.get(f"/api/result/{job_id}/hdr").json()["code"] == "not_found"
    assert idle.delete(f"/api/jobs/{job_id}").status_code == 204
    assert nothing_is_left()


def test_the_same_key_is_the_same_job_and_keeps_one_upload(idle: httpx.Client) -> None:
    first = upload(idle, key="k")
    again = upload(idle, key="k")
    assert first.json() == again.json()
    assert len(list(get_storage().keys())) == 1
    other = upload(idle, key="k", seed="1")
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")
    assert upload(idle, key="l").json() != first.json()


def test_the_same_key_at_once_is_answered_once(idle_address: str, idle: httpx.Client) -> None:
    answers: list[httpx.Response] = []

    def send() -> None:
        with httpx.Client(base_url=idle_address, timeout=60) as own:
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


def test_names_of_files_are_shown_but_never_used(idle: httpx.Client) -> None:
    for name, title in (
        ("../../etc/passwd", "passwd"),
        ("C:\\photos\\IMG 1.HEIC", "IMG 1.HEIC"),
        ("été 🌞.jpg", "été 🌞.jpg"),
        ("x" * 300 + ".jpg", "x" * 196 + ".jpg"),
        ("...", "photo"),
    ):
        job_id = upload(idle, name=name).json()["job_id"]
        assert idle.get(f"/api/jobs/{job_id}").json()["title"] == title
    for key in iter(get_storage().keys()):
        assert not any(name in key for name in ("passwd", "IMG", "été", "xxx", "..")), key


@pytest.mark.slow
def test_a_running_job_is_cancelled_and_the_next_one_runs(client: httpx.Client) -> None:
    job_id = upload(client, width="1024").json()["job_id"]
    deadline = time.monotonic() + 60
    while client.get(f"/api/status/{job_id}").json()["progress"] == 0:
        assert time.monotonic() < deadline
        time.sleep(0.02)
    assert client.delete(f"/api/jobs/{job_id}").status_code == 202
    while (shown := client.get(f"/api/jobs/{job_id}").json())["status"] == "processing":
        assert time.monotonic() < deadline
        time.sleep(0.02)
    assert (shown["status"], shown["error_code"]) == ("cancelled", "cancelled")
    finished(client, upload(client))
