from __future__ import annotations

import base64
import io
import json
import re
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import httpx
import openai
import pytest
from checkpoints import SIDE, write_sdxl
from PIL import Image
from served import served
from waiting import wait_until

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    checkpoint = write_sdxl(tmp_path_factory.mktemp("hub"))
    limits = {"LUCIDA_IMAGES_PER_HOUR": "0", "LUCIDA_IMAGES_AT_ONCE": "0"}
    with served(tmp_path_factory.mktemp("data"), LUCIDA_SDXL_MODEL=str(checkpoint), **limits) as address:
        yield address


@pytest.fixture
def client(address: str) -> Iterator[openai.OpenAI]:
    with openai.OpenAI(base_url=f"{address}/v1", api_key="none", max_retries=0, timeout=120) as client:
        yield client


def picture(content: bytes) -> Image.Image:
    opened = Image.open(io.BytesIO(content))
    opened.load()
    return opened


def test_openai_s_client_gets_a_picture_by_its_address(client: openai.OpenAI) -> None:
    told = client.images.generate(model="draft", prompt="a lake at dawn", size="128x96")
    assert told.data is not None
    url = told.data[0].url
    assert url is not None
    answer = httpx.get(url)
    assert answer.headers["content-type"] == "image/png"
    shown = picture(answer.content)
    assert shown.size == (128, 96)
    assert "a lake at dawn" in shown.info["parameters"]


def test_openai_s_client_gets_several_pictures_in_the_answer_itself(client: openai.OpenAI) -> None:
    told = client.images.generate(
        model="sdxl",
        prompt="a lake",
        n=2,
        size=f"{SIDE}x{SIDE}",
        response_format="b64_json",
        output_format="webp",
        extra_body={"steps": 2, "seed": 7, "negative_prompt": "snow"},
    )
    assert told.data is not None
    shown = [picture(base64.b64decode(item.b64_json or "")) for item in told.data]
    assert [each.format for each in shown] == ["WEBP", "WEBP"]
    assert [item.model_extra["seed"] for item in told.data if item.model_extra] == [7, 8]
    assert shown[0].tobytes() != shown[1].tobytes()


def test_openai_s_client_streams_pictures_on_their_way(client: openai.OpenAI) -> None:
    stream = client.images.generate(
        model="sdxl", prompt="a lake", size=f"{SIDE}x{SIDE}", stream=True, partial_images=2, extra_body={"steps": 20}
    )
    events = list(stream)
    kinds = [event.type for event in events]
    assert kinds[-1] == "image_generation.completed"
    assert kinds.count("image_generation.partial_image") in (1, 2)
    for event in events:
        picture(base64.b64decode(event.b64_json))
    assert picture(base64.b64decode(events[-1].b64_json)).size == (SIDE, SIDE)


def test_the_specification_s_request_gets_its_answer(address: str) -> None:
    body = {
        "prompt": "a lake",
        "negative_prompt": "snow",
        "model": "sdxl",
        "width": SIDE,
        "height": SIDE,
        "steps": 2,
        "cfg_scale": 7.5,
        "sampler": "Euler",
        "seed": -1,
        "num_images": 1,
    }
    answer = httpx.post(f"{address}/v1/images/generations", json=body, timeout=120)
    assert answer.status_code == 200
    assert re.fullmatch(r"[0-9a-f]{32}", answer.headers["x-request-id"])
    told = answer.json()
    assert (told["prompt"], told["width"], told["height"]) == ("a lake", SIDE, SIDE)
    assert told["parameters"]["cfgScale"] == 7.5
    assert 0 <= told["parameters"]["seed"] < 2**32
    assert told["generationTime"] > 0
    assert httpx.get(address + told["imageUrl"]).status_code == 200
    assert picture(httpx.get(address + told["thumbnailUrl"]).content).width <= 256
    again = httpx.post(
        f"{address}/v1/images/generations", json={**body, "seed": told["parameters"]["seed"]}, timeout=120
    ).json()
    first, second = (httpx.get(address + each["imageUrl"]).content for each in (told, again))
    assert picture(first).tobytes() == picture(second).tobytes()
    history = httpx.get(f"{address}/api/images/history/").json()
    assert [image["id"] for image in history["images"][:2]] == [again["id"], told["id"]]


def test_openai_s_client_lists_the_models(client: openai.OpenAI) -> None:
    models = {model.id: model for model in client.models.list()}
    assert set(models) == {"auto", "draft", "sdxl", "sdxl-lightning", "flux-schnell", "openai", "flux-pro"}
    assert "LUCIDA_OPENAI_API_KEY" in (models["openai"].model_extra or {})["reason"]
    assert (models["draft"].model_extra or {})["available"]
    assert (models["auto"].model_extra or {})["engine"] in ("draft", "sdxl")
    assert client.models.retrieve("sdxl").id == "sdxl"
    with pytest.raises(openai.NotFoundError):
        client.models.retrieve("midjourney")


def test_who_goes_away_is_not_waited_for_but_the_pictures_are_kept(address: str) -> None:
    body = {"prompt": "left alone", "model": "sdxl", "size": f"{SIDE}x{SIDE}", "steps": 50, "n": 4}
    with pytest.raises(httpx.ReadTimeout):
        httpx.post(f"{address}/v1/images/generations", json=body, timeout=0.3)
    history = f"{address}/api/images/history/?search=left+alone"
    wait_until(lambda: httpx.get(history).json()["total"] == 4, "the pictures")
    metrics = f"{address}/metrics"
    wait_until(lambda: "lucida_watchers 0.0" in httpx.get(metrics).text, "the server to stop watching")


def test_openai_s_client_raises_what_it_should(client: openai.OpenAI) -> None:
    with pytest.raises(openai.BadRequestError) as refused:
        client.images.generate(model="draft", prompt="a lake", extra_body={"sampler": "Eulr"})
    assert refused.value.param == "sampler"
    assert refused.value.request_id is None or refused.value.request_id
    with pytest.raises(openai.BadRequestError):
        client.images.generate(model="draft", prompt="a lake", size="1025x1024")
    with pytest.raises(openai.InternalServerError) as unavailable:
        client.images.generate(model="gpt-image-1", prompt="a lake")
    assert unavailable.value.status_code == 503
    assert unavailable.value.code == "model_unavailable"


def test_the_same_key_is_the_same_pictures_and_another_body_is_refused(address: str) -> None:
    body = {"prompt": "a lake", "model": "draft", "size": "64x64"}
    headers = {"Idempotency-Key": "once"}
    post = f"{address}/v1/images/generations"
    first, again = (httpx.post(post, json=body, headers=headers, timeout=60).json() for _ in range(2))
    assert first["id"] == again["id"]
    refused = httpx.post(post, json={**body, "prompt": "a sea"}, headers=headers, timeout=60)
    assert (refused.status_code, refused.json()["error"]["code"]) == (400, "idempotency_key_reused")


def test_who_prefers_not_to_wait_gets_the_job(address: str) -> None:
    body = {"prompt": "a lake", "model": "draft", "size": "64x64"}
    answer = httpx.post(f"{address}/v1/images/generations", json=body, headers={"Prefer": "respond-async"})
    assert (answer.status_code, answer.headers["preference-applied"]) == (202, "respond-async")
    job = answer.json()["job_id"]
    wait_until(lambda: httpx.get(f"{address}/api/jobs/{job}").json()["status"] == "done", "the job")
    assert httpx.get(f"{address}/api/images/history/").json()["images"][0]["prompt"] == "a lake"


def test_a_job_shows_the_picture_that_forms_and_those_it_made(address: str) -> None:
    post = f"{address}/v1/images/generations"
    elsewhere = httpx.post(post, json={"prompt": "a lake", "model": "draft", "size": "64x64"}, timeout=60)
    body = {"prompt": "a lake", "model": "draft", "size": "128x96", "n": 2}
    job = httpx.post(post, json=body, headers={"Prefer": "respond-async"}).json()["job_id"]
    wait_until(lambda: httpx.get(f"{address}/api/jobs/{job}").json()["status"] == "done", "the job")
    lines = httpx.get(f"{address}/api/jobs/{job}/events").text.splitlines()
    events = [json.loads(line.removeprefix("data: ")) for line in lines if line.startswith("data: ")]
    previews = [event["preview_url"] for event in events if event["event"] == "preview"]
    assert previews
    assert httpx.get(f"{address}/api/jobs/{job}").json()["preview_url"] == previews[-1]
    answer = httpx.get(address + previews[-1])
    assert answer.headers["content-type"] == "image/png"
    assert "immutable" in answer.headers["cache-control"]
    sketch = picture(answer.content)
    assert sketch.width / sketch.height == pytest.approx(128 / 96, abs=0.05)
    made = httpx.get(f"{address}/api/images/history/", params={"job": job}).json()
    assert (made["total"], {image["id"] for image in made["images"]}) == (2, set(events[-1]["images"]))
    assert elsewhere.json()["id"] not in events[-1]["images"]
    shown = httpx.get(f"{address}/api/images/{made['images'][0]['id']}/").json()
    assert shown["parameters"]["engineReason"] == "asked for by name"
    assert shown["parameters"]["licence"] == "Apache-2.0"
    nothing = httpx.get(f"{address}/api/images/previews/{uuid4()}")
    assert (nothing.status_code, nothing.json()["code"]) == (404, "not_found")


@pytest.mark.parametrize("body", [[], "text", 5, None, {"prompt": "a" * 10_000}, {"prompt": "🌅\x00"}])
def test_bodies_that_cannot_be_are_refused_in_openai_s_form(address: str, body: object) -> None:
    answer = httpx.post(f"{address}/v1/images/generations", json=body)
    assert answer.status_code == 400
    assert answer.json()["error"]["type"] == "invalid_request_error"
    assert answer.json()["error"]["message"]
    assert answer.headers["x-should-retry"] == "false"


def test_who_had_their_share_is_told_when_to_come_back(tmp_path: Path) -> None:
    with served(tmp_path, LUCIDA_IMAGES_PER_HOUR="1") as address:
        client = openai.OpenAI(base_url=f"{address}/v1", api_key="none", max_retries=0, timeout=120)
        client.images.generate(model="draft", prompt="a lake", size="64x64")
        with pytest.raises(openai.RateLimitError) as limited:
            client.images.generate(model="draft", prompt="a sea", size="64x64")
        assert 3500 < int(limited.value.response.headers["retry-after"]) <= 3600
        assert len(httpx.get(f"{address}/api/jobs").json()["jobs"]) == 1  # what was refused left no job
