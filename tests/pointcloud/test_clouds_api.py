"""A sentence's and a picture's way over HTTP to points, with a real worker."""

from __future__ import annotations

import io
import json
import struct
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
import trimesh
from live_server import listening
from PIL import Image
from waiting import wait_until
from websockets.sync.client import connect

from lucida.jobs.embedded import EmbeddedDispatcher
from lucida.server import create_app

pytestmark = pytest.mark.slow

SMALL = {"width": 96, "height": 64, "seed": 3}
COLOURS = ((220, 50, 50), (50, 180, 50), (100, 180, 255), (180, 140, 60), (160, 100, 200), (128, 128, 128))
ASSETS = ("image.png", "depth.png", "segments.png", "objects.png", "metadata.json", "cloud.bin")


@pytest.fixture(scope="module")
def address(migrated_database: Path) -> Iterator[str]:
    with listening(create_app(EmbeddedDispatcher(1))) as address:
        yield address


def cloud(content: bytes) -> tuple[dict[str, Any], np.ndarray[Any, Any]]:
    """Header and records, read as docs/formats.md says and by none of our own code."""
    (length,) = struct.unpack_from("<I", content)
    assert (4 + length) % 4 == 0
    record = [("position", "<f4", 3), ("color", "u1", 3), ("segment", "u1"), ("zero", "<u4")]
    return json.loads(content[4 : 4 + length]), np.frombuffer(content[4 + length :], record)


def picture(content: bytes) -> Image.Image:
    opened = Image.open(io.BytesIO(content))
    opened.load()
    return opened


def jpeg(width: int, height: int) -> bytes:
    """Sky above ground."""
    pixels = np.zeros((height, width, 3), np.uint8)
    pixels[: height // 2] = (150, 190, 240)
    pixels[height // 2 :] = (110, 90, 60)
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "JPEG", quality=95)
    return file.getvalue()


def made(client: httpx.Client, **fields: Any) -> httpx.Response:
    return client.post("/generate", json={"prompt": "a lake with trees", **SMALL, **fields}).raise_for_status()


def test_a_sentence_becomes_a_packed_cloud(client: httpx.Client) -> None:
    answer = made(client, vibe="ethereal")
    assert answer.headers["content-type"] == "application/octet-stream"
    assert answer.headers["x-content-type"] == "shader-visuals/pointcloud"
    header, records = cloud(answer.content)
    assert (header["width"], header["height"], header["point_count"]) == (96, 64, 96 * 64) == (96, 64, len(records))
    assert header["projection"] == "planar"
    assert (header["prompt"], header["vibe"], header["mode"]) == ("a lake with trees", "ethereal", "standard")
    assert header["generation_id"] == answer.headers["x-lucida-job"]
    assert set(header["timing"]) == {"image_gen_ms", "depth_ms", "segmentation_ms", "pointcloud_ms", "total_ms"}
    assert header["timing"]["image_gen_ms"] > 0
    assert header["timing"]["total_ms"] >= header["timing"]["image_gen_ms"]
    assert any(found.startswith("sky→cat2(") for found in header["segments_detected"])
    assert header["engines"]["image"]["name"] == "draft"
    assert header["engines"]["depth"]["name"] == "scene"  # who painted it knows how far everything is
    assert records["zero"].max() == 0
    assert records["segment"].max() <= 5
    x, y, z = records["position"].T
    assert (np.abs(x).max() < 4, np.abs(y).max() < 4 * 64 / 96) == (True, True)
    assert -9.0001 <= z.min() < z.max() <= -2.9999
    sky = records["segment"] == 2
    assert sky.mean() > 0.05
    np.testing.assert_allclose(z[sky], -9, atol=1e-4)


def test_what_is_kept_is_what_was_sent(client: httpx.Client) -> None:
    answer = made(client)
    header, records = cloud(answer.content)
    base = f"/generations/{header['generation_id']}"
    files = {name: client.get(f"{base}/{name}").raise_for_status() for name in ASSETS}
    assert files["cloud.bin"].content == answer.content
    image = np.asarray(picture(files["image.png"].content))
    np.testing.assert_array_equal(image.reshape(-1, 3), records["color"])
    depth = picture(files["depth.png"].content)
    assert depth.mode == "I;16"
    near = np.asarray(depth, np.float64).reshape(-1) / 65535
    np.testing.assert_allclose(records["position"][:, 2], -3 - (1 - near) * 6, atol=1e-4)
    colours = np.array(
        [(220, 50, 50), (50, 180, 50), (100, 180, 255), (180, 140, 60), (160, 100, 200), (128, 128, 128)]
    )
    segments = np.asarray(picture(files["segments.png"].content)).reshape(-1, 3)
    np.testing.assert_array_equal(segments, colours[records["segment"]])
    metadata = files["metadata.json"].json()
    told = client.get(base).json()
    assert told == {**metadata, **{field: told[field] for field in ("title", "created_at", "urls")}}
    assert (told["title"], set(told["urls"])) == (
        metadata["prompt"],
        {"image", "depth", "segments", "metadata", "cloud"},
    )
    assert {"prompt", "vibe", "mode", "timing", "segments_detected", "engines", "seed"} <= set(metadata)
    assert metadata["seed"] == 3
    for engine in metadata["engines"].values():
        assert {"name", "reason"} <= set(engine)
    listed = client.get("/generations").json()["generations"]
    assert [each["id"] for each in listed] == [header["generation_id"]]
    assert client.get(listed[0]["urls"]["cloud"]).content == answer.content


def test_the_same_words_and_seed_give_the_same_points(client: httpx.Client) -> None:
    one, other = (cloud(made(client).content)[1] for _ in range(2))
    assert one.tobytes() == other.tobytes()


def test_a_generation_comes_in_every_form(client: httpx.Client) -> None:
    header, records = cloud(made(client).content)
    address = f"/generations/{header['generation_id']}/cloud.bin"

    def get(**form: Any) -> bytes:
        return client.get(address, params=form).raise_for_status().content

    thin, fewer = cloud(get(stride=4))
    assert (len(fewer), thin["point_count"]) == (24 * 16, 24 * 16)
    whole = records.reshape(64, 96)
    assert fewer.tobytes() == whole[::4, ::4].tobytes()
    _, some = cloud(get(max_points=500))
    assert len(some) == 500
    assert {each.tobytes() for each in some} <= {each.tobytes() for each in records}
    _, shuffled = cloud(get(order="shuffled"))
    assert shuffled.tobytes() != records.tobytes()
    assert sorted(each.tobytes() for each in shuffled) == sorted(each.tobytes() for each in records)
    content = get(layout="soa")
    (length,) = struct.unpack_from("<I", content)
    positions = np.frombuffer(content, "<f4", 3 * len(records), 4 + length).reshape(-1, 3)
    np.testing.assert_array_equal(positions, records["position"])
    assert len(get(layout="soa", quantize="u16")) < 0.7 * len(content)
    for kind in ("glb", "ply"):
        loaded = trimesh.load(io.BytesIO(get(format=kind)), file_type=kind)
        shown = loaded if kind == "ply" else next(iter(loaded.geometry.values()))
        np.testing.assert_allclose(shown.vertices, records["position"], atol=1e-5)
    metric, deep = cloud(get(projection="perspective"))
    assert metric["units"] == "metres"
    assert metric["focal_px"] > 0
    assert len(deep) == len(records)
    assert len(cloud(get(drop_edges="true"))[1]) < len(records)


def test_a_picture_becomes_a_cloud(client: httpx.Client) -> None:
    answer = client.post("/generate", files={"image": ("view.jpg", jpeg(120, 80))}, data={"prompt": "sky and ground"})
    header, records = cloud(answer.raise_for_status().content)
    assert (header["width"], header["height"]) == (120, 80)
    assert header["engines"]["image"]["name"] == "picture"
    assert header["engines"]["depth"]["name"] == header["engines"]["segmentation"]["name"] == "draft"
    colours = records["color"].reshape(80, 120, 3).astype(int)
    assert np.abs(colours[10] - (150, 190, 240)).max() < 12
    near = records["position"][:, 2].reshape(80, 120)
    assert near[-5:].mean() > near[:5].mean() + 1  # the ground at the feet is nearer than the sky


def test_a_panorama_lies_all_around(client: httpx.Client) -> None:
    answer = made(client, mode="panorama", width=256, height=128)
    header, records = cloud(answer.content)
    assert (header["projection"], header["width"], header["height"]) == ("equirectangular", 256, 128)
    radius = np.linalg.norm(records["position"], axis=1)
    assert 5.999 <= radius.min() < radius.max() <= 10.001
    middle = records["position"].reshape(128, 256, 3)[64, 128]
    assert middle[2] < -0.99 * np.linalg.norm(middle)  # the centre is -z
    metadata = client.get(f"/generations/{header['generation_id']}").json()
    assert metadata["seam_score"] < 1.5
    legacy = cloud(client.get(f"/generations/{metadata['id']}/cloud.bin", params={"projection": "legacy"}).content)
    assert legacy[0]["projection"] == "legacy"


def test_progress_and_the_picture_are_told_on_the_way(client: httpx.Client, address: str) -> None:
    answer = client.post("/generate", json={"prompt": "a forest", **SMALL}, headers={"Prefer": "respond-async"})
    assert answer.status_code == 202
    told = answer.json()
    with connect(f"{address.replace('http', 'ws')}/ws/jobs/{told['job_id']}") as socket:
        events = []
        while not events or events[-1]["event"] not in ("done", "error"):
            events.append(json.loads(socket.recv(timeout=120)))
    assert events[-1]["event"] == "done", events[-1]
    assert client.get(events[-1]["generation_url"]).status_code == 200
    previews = [event["preview_url"] for event in events if event["event"] == "preview"]
    assert picture(client.get(previews[-1]).content).size == (96, 64)
    fractions = [event["progress"] for event in events if event["event"] == "status"]
    assert fractions == sorted(fractions)
    cloud(client.get(f"{told['generation_url']}/cloud.bin").content)


def test_who_goes_away_takes_their_job_along(client: httpx.Client) -> None:
    with ThreadPoolExecutor(1) as beside:
        body = {"prompt": "a city in the rain", "width": 2048, "height": 1024}
        waiting = beside.submit(client.post, "/generate", json=body, timeout=2.0)
        with pytest.raises(httpx.ReadTimeout):
            waiting.result()

    def ended() -> dict[str, Any] | None:
        (job,) = client.get("/api/jobs").json()["jobs"]
        return None if job["status"] in ("queued", "processing") else job

    assert wait_until(ended, "the job to end")["status"] == "cancelled"
    assert client.get("/generations").json() == {"generations": [], "next": None}


def test_a_deleted_generation_is_gone(client: httpx.Client) -> None:
    name = cloud(made(client).content)[0]["generation_id"]
    assert client.delete(f"/api/jobs/{name}").status_code == 204
    assert client.get(f"/generations/{name}").status_code == 404
    assert client.get(f"/generations/{name}/cloud.bin").status_code == 404
    assert client.get("/generations").json()["generations"] == []
