"""A photo's way over HTTP to its panorama, with a real worker."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import numpy as np
import pytest
from live_server import listening
from PIL import Image
from uploads import WIDTH, upload
from waiting import wait_until
from websockets.sync.client import connect

from lucida.imaging.exr import read_exr
from lucida.imaging.radiance_hdr import read_hdr
from lucida.jobs.embedded import EmbeddedDispatcher
from lucida.jobs.models import Artifact
from lucida.server import create_app

pytestmark = pytest.mark.slow

STAGES = ("Loading image", "Reading EXIF + scene inference", "Projecting into cubemap", "Preparing AI generation")


@pytest.fixture(scope="module")
def address(migrated_database: Path) -> Iterator[str]:
    with listening(create_app(EmbeddedDispatcher(1))) as address:
        yield address


def ended(client: httpx.Client, job_id: str) -> dict[str, object]:
    """The job's last status."""

    def status() -> dict[str, object] | None:
        now: dict[str, object] = client.get(f"/api/status/{job_id}").raise_for_status().json()
        return None if now["status"] in ("queued", "processing") else now

    found: dict[str, object] = wait_until(status, f"{job_id} to end")
    return found


def finished(client: httpx.Client, answer: httpx.Response) -> str:
    """The job's id, once it has ended well."""
    job_id: str = answer.raise_for_status().json()["job_id"]
    status = ended(client, job_id)
    assert status["status"] == "done", status
    return job_id


def test_a_photo_becomes_a_panorama_with_all_its_files(client: httpx.Client, tmp_path: Path) -> None:
    job_id = finished(client, upload(client, seed="7"))
    status = client.get(f"/api/status/{job_id}").json()
    assert (status["progress"], status["engine"], status["error_message"]) == (1.0, "draft", None)
    exr = client.get(f"/api/result/{job_id}/hdr")
    assert exr.headers["content-type"] == "image/x-exr"
    assert exr.headers["content-disposition"] == 'attachment; filename="IMG_0042-panorama.exr"'
    (tmp_path / "out.exr").write_bytes(exr.content)
    radiance, _ = read_exr(tmp_path / "out.exr")
    assert radiance.shape == (WIDTH // 2, WIDTH, 3)
    hdr = client.get(f"/api/result/{job_id}/hdr?format=hdr")
    (tmp_path / "out.hdr").write_bytes(hdr.content)
    assert np.allclose(read_hdr(tmp_path / "out.hdr"), radiance, rtol=0.02, atol=0.01 * float(radiance.max()))
    (tmp_path / "light.hdr").write_bytes(client.get(f"/api/result/{job_id}/light.hdr").content)
    assert read_hdr(tmp_path / "light.hdr").shape == (WIDTH // 2, WIDTH, 3)  # 1024 wide, or as the panorama
    for name, kind in (("preview", "JPEG"), ("backplate.jpg", "JPEG"), ("backplate.png", "PNG")):
        with Image.open(io.BytesIO(client.get(f"/api/result/{job_id}/{name}").content)) as image:
            assert (image.format, image.size) == (kind, (WIDTH, WIDTH // 2))
    report = client.get(f"/api/result/{job_id}/report.json").json()
    assert (report["seed"], report["size"], report["engine"]) == (7, [WIDTH, WIDTH // 2], "draft")
    assert client.get(f"/api/result/{job_id}/panorama.exr").json()["code"] == "not_found"


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


def test_a_form_that_several_ask_for_at_once_is_made_once(client: httpx.Client) -> None:
    path = f"/api/result/{finished(client, upload(client))}/hdr?format=hdr"
    with ThreadPoolExecutor(4) as several:
        answers = list(several.map(lambda _: client.get(path), range(4)))
    assert [answer.status_code for answer in answers] == [200] * 4
    assert len({answer.content for answer in answers}) == 1
    assert Artifact.objects.filter(name="panorama.hdr").count() == 1


def test_files_are_asked_about_without_being_sent(client: httpx.Client) -> None:
    job_id = finished(client, upload(client))
    for name in ("hdr", "hdr?format=hdr", "preview", "light.hdr", "report.json", "backplate.jpg", "backplate.png"):
        path = f"/api/result/{job_id}/{name}"
        asked, sent = client.head(path), client.get(path)
        assert asked.status_code == 200
        assert asked.content == b""
        assert int(asked.headers["content-length"]) == len(sent.content) > 0
        same = ("content-type", "content-disposition", "etag", "accept-ranges", "last-modified", "cache-control")
        assert [asked.headers[header] for header in same] == [sent.headers[header] for header in same]
        assert client.head(path, headers={"If-None-Match": asked.headers["etag"]}).status_code == 304
    missing = client.head("/api/result/00000000-0000-0000-0000-000000000007/hdr")
    assert (missing.status_code, missing.content) == (404, b"")


def test_the_same_photo_and_seed_give_the_same_bytes(client: httpx.Client) -> None:
    first, again, other = (finished(client, upload(client, seed=seed)) for seed in ("3", "3", "4"))
    panoramas = [client.get(f"/api/result/{job_id}/hdr").content for job_id in (first, again, other)]
    assert panoramas[0] == panoramas[1]
    assert panoramas[0] != panoramas[2]


def test_an_adjusted_panorama_is_a_new_job_and_the_first_stays(client: httpx.Client, tmp_path: Path) -> None:
    job_id = finished(client, upload(client))
    request = {"yaw": 90, "exposure": 1, "sun": None}
    answer = client.post(f"/api/result/{job_id}/adjust", json=request, headers={"Idempotency-Key": "a"})
    turned = finished(client, answer)
    again = client.post(f"/api/result/{job_id}/adjust", json=request, headers={"Idempotency-Key": "a"})
    assert again.json()["job_id"] == turned != job_id
    assert client.get(f"/api/jobs/{turned}").json()["params"]["engine"] == "draft"  # what made the first, not auto
    back = finished(client, client.post(f"/api/result/{turned}/adjust", json={"yaw": -90, "exposure": -1}))
    for name, one in (("before", job_id), ("turned", turned), ("back", back)):
        (tmp_path / f"{name}.exr").write_bytes(client.get(f"/api/result/{one}/hdr").content)
    read = {path.stem: read_exr(path)[0] for path in tmp_path.glob("*.exr")}
    expected = 2 * np.roll(read["before"], WIDTH // 4, axis=1)  # a quarter turn to the right, one stop brighter
    assert np.median(np.abs(read["turned"] - expected) / (expected + 0.01)) < 0.02
    assert np.median(np.abs(read["back"] - read["before"]) / (read["before"] + 0.01)) < 0.02
    assert client.delete(f"/api/jobs/{job_id}").status_code == 204
    assert client.get(f"/api/result/{turned}/hdr").status_code == 200
    wrong = client.post(f"/api/result/{turned}/adjust", json={"pitch": 100})
    assert (wrong.status_code, wrong.json()["param"]) == (422, "pitch")
    beyond = client.post(f"/api/result/{turned}/adjust", json={"exposure": 19.5})  # on top of one stop
    assert (beyond.status_code, beyond.json()["param"]) == (422, "exposure")


def test_a_photo_without_exif_works_and_says_what_was_assumed(client: httpx.Client) -> None:
    job_id = finished(client, upload(client))
    report = client.get(f"/api/result/{job_id}/report.json").json()
    assert "assumed" in report["camera"]["source"]


def test_a_running_job_is_cancelled_and_the_next_one_runs(client: httpx.Client) -> None:
    job_id = upload(client, width="1024").json()["job_id"]
    wait_until(lambda: client.get(f"/api/status/{job_id}").json()["progress"] > 0, "the job to run")
    assert client.delete(f"/api/jobs/{job_id}").status_code == 202
    status = ended(client, job_id)
    assert (status["status"], status["error_code"]) == ("error", "cancelled")
    finished(client, upload(client))
