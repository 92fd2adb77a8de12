from __future__ import annotations

import io
import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import openai
import pytest
from free_port import free_port
from live_server import listening
from PIL import Image
from served import served
from starlette.types import Receive, Scope, Send
from waiting import wait_until

from lucida.engines.painter.inference import InferencePictures
from lucida.engines.painter.picture import PictureRequest
from lucida.errors import BadParameter, LucidaError, ModelUnavailable, UpstreamFailed

pytestmark = pytest.mark.slow

FREE = {"LUCIDA_IMAGES_PER_HOUR": "0", "LUCIDA_IMAGES_AT_ONCE": "0"}
BODY = {"prompt": "a lake at dawn", "negative_prompt": "", "model": "auto", "width": 96, "height": 64, "seed": 5}


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with served(tmp_path_factory.mktemp("service"), **FREE) as address:
        yield address


def test_the_service_answers_with_the_picture_itself_and_says_who_painted_it(service: str) -> None:
    answer = httpx.post(f"{service}/inference/images/generations", json=BODY, timeout=120)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "image/png")
    picture = Image.open(io.BytesIO(answer.content))
    assert picture.size == (96, 64)
    assert "Seed: 5" in picture.info["parameters"]
    told = json.loads(answer.headers["x-lucida-picture"])
    assert (told["model"], told["seed"], told["licence"]) == ("draft", 5, "Apache-2.0")
    assert "there is no GPU" in told["reason"] or "not installed" in told["reason"]
    assert told["notes"]


@pytest.mark.parametrize(
    "changes", [{"num_images": 2}, {"prompt": ""}, {"width": 0}, {"steps": 10**6}, {"sampler": "Eulr"}]
)
def test_the_service_refuses_what_cannot_be(service: str, changes: dict[str, object]) -> None:
    answer = httpx.post(f"{service}/inference/images/generations", json={**BODY, **changes})
    assert 400 <= answer.status_code < 500
    assert answer.json()["detail"]


def test_who_goes_away_calls_the_picture_off(service: str) -> None:
    with pytest.raises(httpx.ReadTimeout):
        large = {**BODY, "prompt": "a forest that nobody waits for", "width": 2048, "height": 2048}
        httpx.post(f"{service}/inference/images/generations", json=large, timeout=0.5)

    def ended() -> bool:
        newest = httpx.get(f"{service}/api/jobs").json()["jobs"][0]
        return "nobody waits" in newest["title"] and newest["status"] == "cancelled"

    wait_until(ended, "the job to be cancelled")


def test_a_picture_that_is_called_off_here_is_called_off_there(service: str) -> None:
    class Stopped(Exception):
        pass

    began = time.monotonic()

    def progress(fraction: float, stage: str) -> None:
        if time.monotonic() - began > 1.5:
            raise Stopped

    with pytest.raises(Stopped):
        request = PictureRequest("a forest that is called off", width=2048, height=2048)
        InferencePictures("draft", service).draw(request, progress, lambda picture: None)

    def ended() -> bool:
        newest = httpx.get(f"{service}/api/jobs").json()["jobs"][0]
        return "called off" in newest["title"] and newest["status"] == "cancelled"

    wait_until(ended, "the job to be cancelled")


@pytest.mark.parametrize(
    "address", ["gpu:8000", "gpu", "http://", "http://bob:s3cret@gpu:8000", "ftp://gpu", "http://a b"]
)
def test_what_cannot_be_an_address_is_said_at_once_and_not_shown(address: str) -> None:
    with pytest.raises(ModelUnavailable, match="INFERENCE_SERVICE_URL") as caught:
        InferencePictures("auto", address)
    assert "s3cret" not in str(caught.value)


def test_openai_s_client_gets_from_one_lucida_what_another_has_painted(service: str, tmp_path: Path) -> None:
    with served(tmp_path, INFERENCE_SERVICE_URL=service) as address:
        with openai.OpenAI(base_url=f"{address}/v1", api_key="none", max_retries=0, timeout=120) as client:
            told = client.images.generate(
                model="auto", prompt="a lake at dawn", size="96x64", n=2, extra_body={"seed": 5}
            )
        here = httpx.get(f"{address}/api/images/history/").json()["images"]
        assert len(here) == 2
        assert {image["modelUsed"] for image in here} == {"draft"}
        job = httpx.get(f"{address}/api/jobs").json()["jobs"][0]
        assert job["engine"] == "draft"
        assert told.data is not None and told.data[0].url is not None
        passed_on = Image.open(io.BytesIO(httpx.get(told.data[0].url).content))
        direct = httpx.post(f"{service}/inference/images/generations", json=BODY, timeout=120)
        assert passed_on.tobytes() == Image.open(io.BytesIO(direct.content)).tobytes()
        # A change is made here: the service paints from words only.
        models = {model["id"]: model for model in httpx.get(f"{address}/v1/models").json()["data"]}
        assert service.removeprefix("http://") in models["auto"]["reason"]
        assert models["draft"]["reason"] == "asked for by name"


def test_a_service_that_is_down_is_waited_for_and_found_again(tmp_path: Path) -> None:
    port = free_port()
    (tmp_path / "web").mkdir()
    (tmp_path / "service").mkdir()
    with served(tmp_path / "web", INFERENCE_SERVICE_URL=f"http://127.0.0.1:{port}") as address:
        accepted = httpx.post(f"{address}/v1/images/generations", json=BODY, headers={"Prefer": "respond-async"})
        status = f"{address}/api/jobs/{accepted.json()['job_id']}"
        wait_until(lambda: "Waiting for the inference service" in httpx.get(status).json()["stage"], "the wait")
        with served(tmp_path / "service", "--port", str(port), **FREE):
            wait_until(lambda: httpx.get(status).json()["status"] == "done", "the picture")


def test_a_service_asks_for_its_key(tmp_path: Path) -> None:
    data = tmp_path / "service"
    data.mkdir()
    environment = {**os.environ, "LUCIDA_DATA_DIR": str(data)}
    environment.pop("DJANGO_SETTINGS_MODULE", None)
    made = subprocess.run(
        [sys.executable, "-m", "lucida.cli", "users", "add", "web"],
        env=environment, cwd=data, capture_output=True, text=True, check=True,
    )  # fmt: skip
    token = next(iter(re.findall(r"lucida_\S+", made.stdout)))
    (tmp_path / "web").mkdir()
    (tmp_path / "wrong").mkdir()
    with served(data, LUCIDA_AUTH="token", **FREE) as service:
        for name, key, status in (("web", token, 200), ("wrong", "none", 503)):
            with served(tmp_path / name, INFERENCE_SERVICE_URL=service, INFERENCE_SERVICE_API_KEY=key) as address:
                answer = httpx.post(f"{address}/v1/images/generations", json=BODY, timeout=120)
                assert answer.status_code == status, answer.text
                if status == 503:
                    assert "refused the key" in answer.json()["error"]["message"]
                    assert "none" not in answer.json()["error"]["message"]


@pytest.mark.parametrize(
    ("status", "headers", "body", "expected", "words"),
    [
        (500, {}, b"oops", UpstreamFailed, "failed"),
        (503, {}, b'{"detail": "SDXL is missing.", "code": "model_unavailable"}', ModelUnavailable, "SDXL is missing"),
        (503, {}, b'{"detail": "Full.", "code": "queue_full"}', UpstreamFailed, "Full"),
        (429, {"retry-after": "7"}, b"{}", UpstreamFailed, "too often"),
        (401, {}, b"{}", ModelUnavailable, "refused the key"),
        (404, {}, b"<html>", ModelUnavailable, "check INFERENCE_SERVICE_URL"),
        (422, {}, b'{"detail": "steps is too many.", "code": "bad_parameter"}', BadParameter, "steps is too many"),
        (200, {}, b"no picture", UpstreamFailed, "no picture"),
        (200, {"x-lucida-picture": "[1]"}, b"", UpstreamFailed, "no picture"),
    ],
)
def test_whatever_the_service_answers_is_understood(
    status: int, headers: dict[str, str], body: bytes, expected: type[LucidaError], words: str
) -> None:
    async def strange(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            raw = [(name.encode(), value.encode()) for name, value in headers.items()]
            await send({"type": "http.response.start", "status": status, "headers": raw})
            await send({"type": "http.response.body", "body": body})

    with listening(strange) as address, pytest.raises(expected, match=words) as caught:
        painter = InferencePictures("auto", address, "secret-key")
        painter.draw(PictureRequest("a lake", width=64, height=64), lambda *told: None, lambda picture: None)
    assert "secret-key" not in str(caught.value)
    if isinstance(caught.value, UpstreamFailed) and status == 429:
        assert caught.value.retry_after == 7


def test_what_cannot_be_a_key_is_said_and_not_shown() -> None:
    with pytest.raises(ModelUnavailable, match="INFERENCE_SERVICE_API_KEY") as caught:
        InferencePictures("auto", "http://127.0.0.1:1", "sécret")
    assert "sécret" not in str(caught.value)


def test_waiting_for_a_service_can_be_stopped() -> None:
    class Stopped(Exception):
        pass

    def progress(fraction: float, stage: str) -> None:
        if "Waiting" in stage:
            raise Stopped

    painter = InferencePictures("auto", f"http://127.0.0.1:{free_port()}")
    with pytest.raises(Stopped):
        painter.draw(PictureRequest("a lake", width=64, height=64), progress, lambda picture: None)
