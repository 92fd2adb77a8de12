from __future__ import annotations

import base64
import io
from collections.abc import Iterator
from pathlib import Path

import httpx
import numpy as np
import openai
import pytest
from checkpoints import SIDE, write_lightning, write_sdxl
from photos import encode
from PIL import Image
from served import served

pytestmark = pytest.mark.slow

WIDTH, HEIGHT = 96, SIDE


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    hub = tmp_path_factory.mktemp("hub")
    models = {"LUCIDA_SDXL_MODEL": str(write_sdxl(hub)), "LUCIDA_SDXL_LIGHTNING_MODEL": str(write_lightning(hub))}
    limits = {"LUCIDA_IMAGES_PER_HOUR": "0", "LUCIDA_IMAGES_AT_ONCE": "0"}
    with served(tmp_path_factory.mktemp("data"), **models, **limits) as address:
        yield address


@pytest.fixture
def client(address: str) -> Iterator[openai.OpenAI]:
    with openai.OpenAI(base_url=f"{address}/v1", api_key="none", max_retries=0, timeout=120) as client:
        yield client


def room(width: int = WIDTH, height: int = HEIGHT) -> np.ndarray:
    """A picture (H, W, 3): stripes with some noise."""
    x = np.arange(width)[None, :, None]
    stripes = 90 + 60 * (x // 8 % 2) + np.array([30, 10, 0])
    noise = np.random.default_rng(0).integers(0, 20, (height, width, 3))
    return np.asarray(stripes + noise, np.uint8)


def opening(width: int = WIDTH, height: int = HEIGHT) -> np.ndarray:
    """Where the picture is to change, bool (H, W)."""
    free = np.zeros((height, width), bool)
    free[height // 4 : 3 * height // 4, width // 3 : 2 * width // 3] = True
    return free


def transparent_where(free: np.ndarray, colour: np.ndarray | None = None) -> bytes:
    """A PNG as OpenAI has masks: transparent where the picture is to change."""
    rgb = np.zeros((*free.shape, 3), np.uint8) if colour is None else colour
    return encode(np.dstack([rgb, np.where(free, 0, 255).astype(np.uint8)]), "PNG")


def pixels_of(content: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(content)).convert("RGB"))


def only(told: openai.types.ImagesResponse) -> np.ndarray:
    assert told.data is not None and len(told.data) == 1
    return pixels_of(base64.b64decode(told.data[0].b64_json or ""))


@pytest.mark.parametrize("model", ["draft", "sdxl", "sdxl-lightning"])  # the worker takes turns with its models
@pytest.mark.parametrize("prompt", ["remove the lamp", "a lake at dawn"])
def test_what_is_transparent_in_the_mask_changes_and_nothing_else(
    client: openai.OpenAI, model: str, prompt: str
) -> None:
    told = client.images.edit(
        model=model,
        image=("room.png", encode(room(), "PNG")),
        mask=("mask.png", transparent_where(opening())),
        prompt=prompt,
        response_format="b64_json",
        extra_body={"seed": 3, "steps": 4},
    )
    changed, free = only(told), opening()
    assert changed.shape == room().shape
    assert np.array_equal(changed[~free], room()[~free])
    inside = np.zeros_like(free)
    inside[HEIGHT // 2 - 4 : HEIGHT // 2 + 4, WIDTH // 2 - 4 : WIDTH // 2 + 4] = True
    assert (changed[inside] != room()[inside]).any()


def test_without_a_mask_the_picture_s_own_transparency_is_it(client: openai.OpenAI) -> None:
    holed = room()
    holed[opening()] = 0
    told = client.images.edit(
        model="draft",
        image=("room.png", transparent_where(opening(), holed)),
        prompt="fill",
        response_format="b64_json",
    )
    changed = only(told)
    assert np.array_equal(changed[~opening()], room()[~opening()])
    off = np.abs(changed.astype(int) - room())[opening()]
    assert np.median(off) < 15  # the stripes go on; black would be off by 100


def test_a_whole_picture_may_change_and_a_list_of_one_picture_is_one(client: openai.OpenAI) -> None:
    for model in ("draft", "sdxl"):
        told = client.images.edit(
            model=model,
            image=[("room.jpg", encode(room(), "JPEG", quality=95))],
            prompt="a red sunset",
            response_format="b64_json",
            extra_body={"steps": 4},
        )
        assert only(told).shape == room().shape
        assert np.abs(only(told).astype(int) - room()).mean() > 5


def test_edits_are_streamed_and_numbered(client: openai.OpenAI) -> None:
    stream = client.images.edit(
        model="sdxl",
        image=("room.webp", encode(room(), "WEBP", lossless=True)),
        prompt="a lake",
        stream=True,
        partial_images=1,
        extra_body={"steps": 20},
    )
    kinds = [event.type for event in stream]
    assert kinds[-1] == "image_edit.completed"
    assert set(kinds[:-1]) <= {"image_edit.partial_image"}
    told = client.images.edit(
        model="draft",
        image=("room.png", encode(room(), "PNG")),
        mask=("mask.png", transparent_where(opening())),
        prompt="remove it",
        n=2,
        extra_body={"seed": 8},
    )
    assert told.data is not None
    assert [(item.model_extra or {})["seed"] for item in told.data] == [8, 9]


def test_the_history_says_what_was_done(client: openai.OpenAI, address: str) -> None:
    told = client.images.edit(
        model="draft",
        image=("room.png", encode(room(), "PNG")),
        mask=("mask.png", transparent_where(opening())),
        prompt="take away the chair",
    )
    kept = httpx.get(f"{address}/api/images/{(told.data or [])[0].model_extra['id']}/").json()  # type: ignore[index]  # ours
    assert kept["prompt"] == "take away the chair"
    assert kept["parameters"]["edited"] is True
    assert kept["parameters"]["notes"] == ["The draft filled the open part of the mask from what is around it."]


def test_another_size_of_the_same_shape_is_made(client: openai.OpenAI) -> None:
    told = client.images.edit(
        model="draft",
        image=("room.png", encode(room(128, 128), "PNG")),
        mask=("mask.png", transparent_where(opening(128, 128))),
        prompt="remove it",
        size="64x64",  # type: ignore[arg-type]  # OpenAI's own list is shorter
        response_format="b64_json",
    )
    assert only(told).shape == (64, 64, 3)


@pytest.mark.parametrize(
    ("changes", "param", "words"),
    [
        ({"mask": transparent_where(opening(64, 64))}, "mask", "send a mask of the picture's size"),
        (
            {"mask": encode(np.where(opening()[..., None], 255, 0).repeat(3, 2).astype(np.uint8), "PNG")},
            "mask",
            "transparent",
        ),
        ({"image": b"GIF89a"}, "image", "The file is a GIF"),
        ({"image": b""}, "image", "empty"),
        ({"image": encode(room(2056, 64), "PNG")}, "image", "2056"),
        ({"image": encode(room(), "PNG")[:300]}, "image", "cut off"),
        ({"image": [encode(room(), "PNG"), encode(room(), "PNG")]}, "image", "2 pictures came"),
        ({"size": "64x128"}, "size", "size auto"),
        ({"prompt": " "}, "prompt", "empty"),
        ({"extra_body": {"strength": "much"}}, "strength", "number"),
        ({"extra_body": {"strength": 1.5}}, "strength", "0 to 1"),
        ({"n": 0}, "n", "1 to 10"),
        ({"model": "midjourney"}, "model", "no model"),
    ],
)
def test_what_cannot_be_gets_one_sentence_and_leaves_nothing(
    client: openai.OpenAI, address: str, changes: dict[str, object], param: str, words: str
) -> None:
    before = httpx.get(f"{address}/api/jobs").json()["jobs"][:1]
    asked = {"model": "draft", "image": encode(room(), "PNG"), "prompt": "a lake", **changes}
    with pytest.raises(openai.APIStatusError) as refused:
        client.images.edit(**asked)  # type: ignore[call-overload]  # wrong on purpose
    assert 400 <= refused.value.status_code < 500
    assert refused.value.param == param
    assert words in refused.value.message
    assert httpx.get(f"{address}/api/jobs").json()["jobs"][:1] == before


def test_what_was_refused_leaves_no_file(tmp_path: Path) -> None:
    with served(tmp_path) as address:
        form = {"prompt": "a lake", "model": "draft"}
        wrong = {"image": encode(room(), "PNG"), "mask": encode(room(64, 64), "PNG")}
        answer = httpx.post(f"{address}/v1/images/edits", data=form, files=wrong)
        assert answer.status_code == 400
        assert httpx.post(f"{address}/v1/images/edits", data=form).json()["error"]["param"] == "image"
        assert [path for path in (tmp_path / "project-uploads").rglob("*") if path.is_file()] == []


def test_the_same_key_is_the_same_edit_and_another_picture_is_refused(address: str) -> None:
    post, headers = f"{address}/v1/images/edits", {"Idempotency-Key": "edit-once"}
    form = {"prompt": "remove it", "model": "draft"}
    files = {"image": encode(room(), "PNG"), "mask": transparent_where(opening())}
    first, again = (httpx.post(post, data=form, files=files, headers=headers, timeout=60).json() for _ in range(2))
    assert first["id"] == again["id"]
    other = {**files, "image": encode(room()[::-1], "PNG")}
    refused = httpx.post(post, data=form, files=other, headers=headers, timeout=60)
    assert refused.json()["error"]["code"] == "idempotency_key_reused"


def test_who_had_their_share_is_told_before_anything_is_read(tmp_path: Path) -> None:
    with served(tmp_path, LUCIDA_IMAGES_PER_HOUR="1") as address:
        post, form = f"{address}/v1/images/edits", {"prompt": "remove it", "model": "draft"}
        files = {"image": encode(room(), "PNG"), "mask": transparent_where(opening())}
        assert httpx.post(post, data=form, files=files, timeout=60).status_code == 200
        assert httpx.post(post, data=form, files={"image": b"no picture"}).status_code == 429


def test_odd_forms_name_the_field(address: str) -> None:
    post = f"{address}/v1/images/edits"
    told = httpx.post(post, data={"prompt": "a lake", "image": "text"}).json()["error"]
    assert (told["param"], "send the file itself" in told["message"]) == ("image", True)
    long = httpx.post(post, data={"prompt": "a lake"}, headers={"Idempotency-Key": "k" * 256})
    assert long.status_code == 400
    softly = np.dstack([room(), np.full((HEIGHT, WIDTH), 254, np.uint8)])
    files = {"image": encode(room(), "PNG"), "mask": encode(softly, "PNG")}
    told = httpx.post(post, data={"prompt": "a lake", "model": "draft"}, files=files).json()["error"]
    assert told["param"] == "mask" and "transparent nowhere" in told["message"]
