"""openai and flux-pro, against servers on this machine that play the remote and fail in every way."""

from __future__ import annotations

import io
import logging
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
from fastapi import FastAPI, Request, Response
from live_server import listening
from numpy.typing import NDArray
from PIL import Image
from played import KEY, OPENAI, Answer, Played, b64, picture_file, playing
from starlette.responses import JSONResponse

from lucida.engines.painter import choose_picture_painter, remote
from lucida.engines.painter.flux_pro import nearest_size as flux_size
from lucida.engines.painter.openai import nearest_size as openai_size
from lucida.engines.painter.picture import Picture, PictureRequest
from lucida.engines.progress import Progress, silent
from lucida.errors import (
    BadParameter,
    Cancelled,
    LucidaError,
    ModelUnavailable,
    PromptRefused,
    UpstreamFailed,
    UpstreamTimeout,
)

MODEL = "gpt-image-2.5-sunburst"


@pytest.fixture(scope="module")
def server() -> Iterator[Played]:
    with playing() as played:
        yield played


@pytest.fixture
def played(server: Played, setting: Callable[[str, object], None]) -> Played:
    server.answers.clear()
    server.asked.clear()
    for name in ("OPENAI", "BFL"):
        setting(f"{name}_API_KEY", KEY)
        setting(f"{name}_BASE_URL", server.base)
    return server


def draw(name: str, progress: Progress = silent, **given: Any) -> Picture:
    request = PictureRequest(**{"prompt": "a red barn", "width": 96, "height": 64, "seed": 7} | given)
    return choose_picture_painter(name).painter.draw(request, progress, lambda preview: None)


def halves(pixels: NDArray[np.uint8]) -> bool:
    """Whether it is the picture that the server sends."""
    left, right = pixels[:, : pixels.shape[1] // 2 - 4], pixels[:, pixels.shape[1] // 2 + 4 :]
    return bool((left[..., 0] > 240).all() and (right[..., 2] > 240).all() and (left[..., 2] < 15).all())


REFUSALS: list[tuple[int, Any, dict[str, str], type[LucidaError], str]] = [
    (401, {"error": {"message": f"Incorrect API key provided: {KEY}"}}, {}, ModelUnavailable, "refused the key"),
    (403, {"error": {"message": "Your organization must be verified"}}, {}, ModelUnavailable, "refused the key"),
    (402, {"detail": "no"}, {}, ModelUnavailable, "no credit"),
    (429, {"error": {"code": "insufficient_quota", "message": "quota"}}, {}, ModelUnavailable, "no credit"),
    (400, {"error": {"code": "billing_hard_limit_reached"}}, {}, ModelUnavailable, "no credit"),
    (429, {"error": {"code": "rate_limit_exceeded"}}, {"Retry-After": "17"}, UpstreamFailed, "too often"),
    (400, {"error": {"code": "moderation_blocked", "message": "safety"}}, {}, PromptRefused, "Say it differently"),
    (400, {"error": {"code": "content_policy_violation"}}, {}, PromptRefused, "Say it differently"),
    (400, {"error": {"message": f"Bad\n size for key {KEY}"}}, {}, BadParameter, r"refused the request: Bad size"),
    (422, {"detail": [{"msg": "prompt too long"}]}, {}, BadParameter, "prompt too long"),
    (400, "no json", {}, BadParameter, "status 400"),
    (404, {"error": {"message": "The model does not exist"}}, {}, ModelUnavailable, "_MODEL"),
    (307, {}, {"Location": "https://example.org"}, ModelUnavailable, "_BASE_URL"),
    (500, {}, {}, UpstreamFailed, "status 500"),
    (503, {}, {"Retry-After": "2.5"}, UpstreamFailed, "status 503"),
    (503, {}, {"Retry-After": "Wed, 21 Oct 2026 07:28:00 GMT"}, UpstreamFailed, "status 503"),
]


@pytest.mark.parametrize("name", ["openai", "gpt-image-1-mini", "dall-e-3", "flux-pro", "flux-pro-1.1-ultra"])
def test_without_a_key_it_says_which_setting_is_missing(name: str) -> None:
    setting = "LUCIDA_BFL_API_KEY" if name.startswith("flux") else "LUCIDA_OPENAI_API_KEY"
    with pytest.raises(ModelUnavailable, match=f"is not configured: set {setting}"):
        choose_picture_painter(name)


@pytest.mark.parametrize(("alias", "name"), [("gpt-image-1-mini", "openai"), ("dall-e-3", "openai")])
def test_other_names_of_openai_s_models_are_the_configured_one(played: Played, alias: str, name: str) -> None:
    choice = choose_picture_painter(alias)
    assert (choice.name, choice.licence) == (name, choice.painter.licence)
    assert choice.reason == "asked for by name; gpt-image-2.5-sunburst paints it at OpenAI"


def test_openai_is_asked_as_its_api_has_it(played: Played) -> None:
    played.answer(OPENAI, b64(picture_file(1536, 1024)))
    told: list[float] = []
    picture = draw("openai", lambda fraction, stage: told.append(fraction), negative_prompt="snow")
    ((_, headers, body),) = played.asked
    assert headers["authorization"] == f"Bearer {KEY}"
    assert body == {"model": MODEL, "prompt": "a red barn", "n": 1, "size": "1248x832"}
    assert picture.pixels.shape == (64, 96, 3)
    assert halves(picture.pixels)
    assert picture.used == {"steps": None, "cfg_scale": None, "sampler": None, "remote_model": MODEL}
    scaled, negative, seed = picture.notes
    assert scaled == "OpenAI painted 1536x1024; that was scaled to 96x64."
    assert "no negative prompt" in negative
    assert "no seed" in seed
    assert told[-1] == 1.0


def test_older_models_of_gateways_are_asked_in_their_way(
    played: Played, setting: Callable[[str, object], None]
) -> None:
    setting("OPENAI_MODEL", "dall-e-3")
    played.answer(OPENAI, b64(picture_file(1024, 1024), revised_prompt="A red barn at dusk."))
    picture = draw("dall-e-3", width=64, height=64)
    assert played.asked[0][2]["response_format"] == "b64_json"
    assert "OpenAI painted: A red barn at dusk." in picture.notes


@pytest.mark.parametrize(
    ("form", "mode"), [("PNG", "RGB"), ("PNG", "RGBA"), ("PNG", "P"), ("JPEG", "L"), ("WEBP", "RGB")]
)
def test_any_of_the_formats_is_a_picture_cut_to_the_size_asked_for(played: Played, form: str, mode: str) -> None:
    played.answer(OPENAI, b64(picture_file(1024, 1536, form, mode)))
    picture = draw("openai", width=80, height=160)
    assert picture.pixels.shape == (160, 80, 3)
    assert picture.pixels.dtype == np.uint8
    assert picture.notes[0] == "OpenAI painted 1024x1536; that was scaled and cut to 80x160."


@pytest.mark.parametrize(("status", "body", "headers", "error", "match"), REFUSALS)
@pytest.mark.parametrize("name", ["openai", "flux-pro"])
def test_each_refusal_is_one_sentence_without_the_key(
    played: Played, name: str, status: int, body: Any, headers: dict[str, str], error: type[LucidaError], match: str
) -> None:
    path = OPENAI if name == "openai" else "flux-pro-1.1"
    played.answer(path, JSONResponse(body, status, headers))
    with pytest.raises(error, match=match) as caught:
        draw(name)
    assert caught.type is error
    assert KEY not in caught.value.message
    assert "\n" not in caught.value.message
    assert len(played.asked) == 1  # whoever runs the job tries again, not we
    if isinstance(caught.value, UpstreamFailed):
        assert caught.value.retryable
        assert caught.value.retry_after == {"17": 18, "2.5": 3}.get(headers.get("Retry-After", ""), 0)
    if isinstance(caught.value, PromptRefused):
        assert (caught.value.status, caught.value.code) == (422, "content_policy_violation")


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"<html>",
        b"[1]",
        b'{"data": []}',
        b'{"data": [{"url": "http://x"}]}',
        b'{"data": [{"b64_json": "%%%"}]}',
        b'{"data": [{"b64_json": ""}]}',
        b'{"data": [{"b64_json": "aGVsbG8="}]}',
        b'{"data": [{"b64_json": 5}]}',
    ],
)
def test_an_answer_that_holds_no_picture_is_the_remote_s_failure(played: Played, content: bytes) -> None:
    played.answer(OPENAI, Response(content, media_type="application/json"))
    with pytest.raises(UpstreamFailed, match="OpenAI"):
        draw("openai")


def test_a_cut_picture_and_one_that_is_too_large_are_refused(played: Played) -> None:
    whole = picture_file(1024, 1024)
    gif = io.BytesIO()
    Image.new("RGB", (64, 64)).save(gif, "GIF")
    for content in (
        whole[: len(whole) // 2],
        picture_file(8192, 4096),
        picture_file(20000, 20000, mode="L"),
        gif.getvalue(),
    ):
        played.answer(OPENAI, b64(content))
        with pytest.raises(UpstreamFailed, match="no picture"):
            draw("openai")


def test_an_answer_without_end_is_left(played: Played, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remote, "MOST_BYTES", 1000)
    played.answer(OPENAI, b64(picture_file(1024, 1024)))
    with pytest.raises(UpstreamFailed, match="more than a picture"):
        draw("openai")


def slow(seconds: float) -> Answer:
    def answer(request: Request, body: Any) -> Response:
        time.sleep(seconds)
        return b64(picture_file(64, 64))

    return answer


def test_a_remote_that_does_not_answer_is_not_waited_for_for_ever(
    played: Played, setting: Callable[[str, object], None]
) -> None:
    setting("OPENAI_SECONDS", 0.3)
    played.answer(OPENAI, slow(1.0))
    with pytest.raises(UpstreamTimeout, match="did not answer in time"):
        draw("openai")


def test_a_remote_that_is_not_there_is_said(played: Played, setting: Callable[[str, object], None]) -> None:
    setting("OPENAI_BASE_URL", "http://127.0.0.1:1/v1")
    with pytest.raises(UpstreamFailed, match="cannot be reached"):
        draw("openai")


def test_a_job_that_is_stopped_does_not_wait_for_the_remote(played: Played) -> None:
    def stop(fraction: float, stage: str) -> None:
        assert stage == "waiting for OpenAI"
        raise Cancelled("Stopped.")

    played.answer(OPENAI, slow(2.0))
    began = time.monotonic()
    with pytest.raises(Cancelled):
        draw("openai", stop)
    assert time.monotonic() - began < 1.5


@pytest.mark.parametrize("key", ["sk-two\nlines", "sk-naïve", "blank at the end "])
def test_what_cannot_be_a_key_is_refused_without_being_shown(
    played: Played, setting: Callable[[str, object], None], key: str
) -> None:
    setting("OPENAI_API_KEY", key)
    with pytest.raises(ModelUnavailable, match="LUCIDA_OPENAI_API_KEY holds what no key does") as caught:
        draw("openai")
    assert key not in caught.value.message


def test_an_address_that_is_none_is_refused(played: Played, setting: Callable[[str, object], None]) -> None:
    setting("OPENAI_BASE_URL", "api.openai.com/v1")
    with pytest.raises(ModelUnavailable, match="LUCIDA_OPENAI_BASE_URL is no address"):
        draw("openai")


def test_the_key_is_in_no_log_and_no_traceback(played: Played, caplog: pytest.LogCaptureFixture) -> None:
    import traceback

    caplog.set_level(logging.DEBUG)
    played.answer(OPENAI, JSONResponse({"error": {"message": KEY}}, 500))
    try:
        draw("openai")
    except UpstreamFailed as error:
        text = "".join(traceback.TracebackException.from_exception(error, capture_locals=False).format())
    assert KEY not in text
    assert KEY not in caplog.text
    assert KEY not in repr(choose_picture_painter("openai").painter._provider)  # type: ignore[attr-defined]  # ours


def ready(played: Played, content: bytes, **more: Any) -> None:
    """A server that paints after two looks."""
    base = played.base
    played.answer("flux-pro-1.1", JSONResponse({"id": "a1", "polling_url": f"{base}/get_result?id=a1", **more}))
    pending = JSONResponse({"id": "a1", "status": "Pending", "result": None})
    done = JSONResponse({"id": "a1", "status": "Ready", "result": {"sample": f"{base}/sample.png"}})
    played.answer("get_result", pending, done)
    played.answer("sample.png", Response(content, media_type="image/png"))


def test_flux_pro_is_asked_looked_at_and_fetched(played: Played) -> None:
    ready(played, picture_file(384, 256))
    picture = draw("flux-pro")
    paths = [path for path, _, _ in played.asked]
    assert paths == ["flux-pro-1.1", "get_result", "get_result", "sample.png"]
    _, headers, body = played.asked[0]
    assert (headers["x-key"], body["prompt"], body["seed"], body["output_format"]) == (KEY, "a red barn", 7, "png")
    assert (body["width"], body["height"]) == (384, 256)
    assert played.asked[1][1]["x-key"] == KEY
    assert "x-key" not in played.asked[3][1]  # the file lies with somebody else
    assert picture.pixels.shape == (64, 96, 3)
    assert halves(picture.pixels)
    assert picture.used["remote_model"] == "flux-pro-1.1"


def test_flux_pro_without_an_address_is_looked_at_where_it_always_was(played: Played) -> None:
    ready(played, picture_file(384, 256), polling_url=None)
    assert halves(draw("flux-pro").pixels)


def test_what_is_paid_for_is_not_given_up_for_one_failed_look(played: Played) -> None:
    ready(played, picture_file(384, 256))
    played.answers["get_result"].insert(0, JSONResponse({}, 503))
    assert halves(draw("flux-pro").pixels)
    assert [path for path, _, _ in played.asked].count("flux-pro-1.1") == 1


@pytest.mark.parametrize(
    ("told", "error"),
    [
        ({"status": "Request Moderated"}, PromptRefused),
        ({"status": "Content Moderated"}, PromptRefused),
        ({"status": "Error"}, UpstreamFailed),
        ({"status": "Task not found"}, UpstreamFailed),
        ({"status": "Ready", "result": None}, UpstreamFailed),
        ({"status": "Ready", "result": {"sample": "file:///etc/passwd"}}, UpstreamFailed),
    ],
)
def test_each_end_of_flux_pro_is_an_error_of_ours(played: Played, told: Any, error: type[LucidaError]) -> None:
    ready(played, picture_file(384, 256))
    played.answer("get_result", JSONResponse(told))
    with pytest.raises(error) as caught:
        draw("flux-pro")
    assert caught.type is error


def test_the_key_is_sent_to_nobody_else(played: Played) -> None:
    other = Played()
    app = FastAPI()

    @app.get("/{path:path}")
    async def everything(path: str, request: Request) -> Response:
        return await other(path, request)

    with listening(app) as address:
        ready(played, picture_file(384, 256), polling_url=f"{address}/get_result")
        with pytest.raises(UpstreamFailed, match="not theirs"):
            draw("flux-pro")
    assert other.asked == []


def test_sizes_are_near_in_shape() -> None:
    assert openai_size("gpt-image-1", 1344, 768) == (1536, 1024)
    assert openai_size("gpt-image-1", 1024, 1024) == (1024, 1024)
    assert openai_size("gpt-image-2", 2048, 1024) == (2048, 1024)
    assert openai_size("gpt-image-2.5-sunburst", 1792, 1024) == (1792, 1024)
    for width, height in [(64, 64), (4096, 4096), (100, 2048), (2048, 100), (3840, 2160), (1000, 999)]:
        sides = openai_size("chatgpt-image-latest", width, height)
        assert all(side % 16 == 0 for side in sides)
        assert max(sides) <= 3840
        assert min(sides) <= 2160
        assert max(sides) / min(sides) < 3.1
        assert sides[0] * sides[1] > 0.95 * 1024 * 1024
    assert openai_size("dall-e-3", 832, 1216) == (1024, 1792)
    assert openai_size("dall-e-2", 300, 300) == (512, 512)
    assert openai_size("dall-e-2", 2048, 1024) == (1024, 1024)
    assert flux_size(1344, 768) == (1344, 768)
    assert flux_size(2048, 2048) == (1440, 1440)
    for width, height in [(64, 64), (2048, 64), (72, 1000), (2048, 1152)]:
        for side in flux_size(width, height):
            assert 256 <= side <= 1440
            assert side % 32 == 0


def test_pictures_of_two_jobs_do_not_meet(played: Played) -> None:
    played.answer(OPENAI, lambda request, body: b64(picture_file(1536 if body["size"][:4] == "1536" else 1024, 1024)))
    shapes: dict[int, tuple[int, ...]] = {}

    def one(width: int) -> None:
        shapes[width] = draw("openai", width=width).pixels.shape

    threads = [threading.Thread(target=one, args=(width,)) for width in (64, 96)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert shapes == {64: (64, 64, 3), 96: (64, 96, 3)}
