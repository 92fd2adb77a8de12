from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lucida.engines.diffusion.samplers import SAMPLERS
from lucida.engines.painter.prompt import MOST_LETTERS
from lucida.errors import BadParameter
from lucida.images.asked import ASPECTS, LARGEST, SMALLEST, STEP, Asked, asked


def test_the_specification_s_own_request_is_understood() -> None:
    body = {
        "prompt": "A beautiful sunset over mountains",
        "negative_prompt": "blurry, low quality",
        "model": "sdxl",
        "width": 1024,
        "height": 1024,
        "steps": 30,
        "cfg_scale": 7.5,
        "sampler": "Euler",
        "seed": -1,
        "num_images": 1,
    }
    assert asked(body) == Asked("A beautiful sunset over mountains", "blurry, low quality")


def test_openai_s_request_is_understood() -> None:
    body = {
        "model": "gpt-image-1",
        "prompt": "a cat",
        "n": 3,
        "size": "1536x1024",
        "quality": "high",
        "response_format": "b64_json",
        "output_format": "webp",
        "output_compression": 70,
        "stream": True,
        "partial_images": 2,
        "user": "someone",
        "background": "auto",
    }
    told = asked(body)
    assert (told.model, told.count, told.width, told.height, told.steps) == ("gpt-image-1", 3, 1536, 1024, 40)
    assert (told.response_format, told.output_format, told.output_compression) == ("b64_json", "webp", 70)
    assert (told.stream, told.partial_images, told.seed) == (True, 2, None)


@pytest.mark.parametrize("aspect", ASPECTS)
def test_an_aspect_ratio_is_a_size_that_the_model_likes(aspect: str) -> None:
    told = asked({"prompt": "a", "aspectRatio": aspect})
    across, down = map(int, aspect.split(":"))
    assert told.width / told.height == pytest.approx(across / down, rel=0.05)
    assert told.width * told.height == pytest.approx(1024 * 1024, rel=0.06)


@pytest.mark.parametrize(
    ("body", "param"),
    [
        ({}, "prompt"),
        ({"prompt": ""}, "prompt"),
        ({"prompt": " \n"}, "prompt"),
        ({"prompt": None}, "prompt"),
        ({"prompt": 5}, "prompt"),
        ({"prompt": "a" * (MOST_LETTERS + 1)}, "prompt"),
        ({"prompt": "a\x00b"}, "prompt"),
        ({"prompt": "a", "negative_prompt": "\x1b[0m"}, "negative_prompt"),
        ({"prompt": "a", "size": "0x0"}, "width"),
        ({"prompt": "a", "size": "-1x-1"}, "size"),
        ({"prompt": "a", "size": "1025x1024"}, "width"),
        ({"prompt": "a", "size": "1024x100000"}, "size"),
        ({"prompt": "a", "size": "big"}, "size"),
        ({"prompt": "a", "width": 0}, "width"),
        ({"prompt": "a", "width": -1}, "width"),
        ({"prompt": "a", "height": 1025}, "height"),
        ({"prompt": "a", "height": 100_000}, "height"),
        ({"prompt": "a", "width": 512, "size": "1024x1024"}, "size"),
        ({"prompt": "a", "aspect_ratio": "5:4"}, "aspect_ratio"),
        ({"prompt": "a", "n": 0}, "n"),
        ({"prompt": "a", "n": 11}, "n"),
        ({"prompt": "a", "n": True}, "n"),
        ({"prompt": "a", "n": 2, "num_images": 3}, "n"),
        ({"prompt": "a", "steps": 0}, "steps"),
        ({"prompt": "a", "steps": 10**6}, "steps"),
        ({"prompt": "a", "steps": 2.5}, "steps"),
        ({"prompt": "a", "cfg_scale": 0.5}, "cfg_scale"),
        ({"prompt": "a", "cfg_scale": float("nan")}, "cfg_scale"),
        ({"prompt": "a", "cfg_scale": 7, "cfgScale": 8}, "cfg_scale"),
        ({"prompt": "a", "sampler": "Eulr"}, "sampler"),
        ({"prompt": "a", "sampler": ["Euler"]}, "sampler"),
        ({"prompt": "a", "seed": -2}, "seed"),
        ({"prompt": "a", "seed": 1 << 32}, "seed"),
        ({"prompt": "a", "response_format": "png"}, "response_format"),
        ({"prompt": "a", "quality": "best"}, "quality"),
        ({"prompt": "a", "stream": "yes"}, "stream"),
        ({"prompt": "a", "partial_images": 4}, "partial_images"),
    ],
)
def test_what_cannot_be_is_refused_with_its_field(body: dict[str, Any], param: str) -> None:
    with pytest.raises(BadParameter) as refused:
        asked(body)
    assert refused.value.param == param
    assert refused.value.message.endswith(".")


def test_both_dialects_may_say_the_same() -> None:
    told = asked({"prompt": "a", "n": 2, "num_images": 2, "size": "1024x768", "width": 1024, "height": 768})
    assert (told.count, told.width, told.height) == (2, 1024, 768)


@pytest.mark.parametrize(
    "prompt", ["🌅 over 山", "line\nline\ttab", "a" * MOST_LETTERS, "'; DROP TABLE", "<b>bold</b>"]
)
def test_odd_words_are_words(prompt: str) -> None:
    assert asked({"prompt": prompt}).prompt == prompt


sides = st.integers(SMALLEST // STEP, LARGEST // STEP).map(lambda k: k * STEP)


@given(
    st.fixed_dictionaries(
        {"prompt": st.text(st.characters(exclude_categories=["Cc", "Cs"]), min_size=1).filter(str.strip)},
        optional={
            "width": sides,
            "height": sides,
            "steps": st.integers(1, 150),
            "cfg_scale": st.floats(1, 20),
            "sampler": st.sampled_from(SAMPLERS),
            "seed": st.integers(-1, 2**32 - 1),
            "n": st.integers(1, 10),
            "hiresFix": st.booleans(),
        },
    )
)
def test_what_is_allowed_is_kept(body: dict[str, Any]) -> None:
    told = asked(body)
    for name, value in body.items():
        if name == "seed" and value == -1:
            assert told.seed is None
        else:
            kept = {"n": "count", "hiresFix": "hires_fix"}.get(name, name)
            assert getattr(told, kept) == value


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(), lambda inner: st.lists(inner, max_size=3)
)
names = st.sampled_from(
    [
        "prompt",
        "size",
        "width",
        "height",
        "n",
        "num_images",
        "steps",
        "cfg_scale",
        "sampler",
        "seed",
        "quality",
        "model",
    ]
)


@given(st.dictionaries(names | st.text(max_size=8), json_values))
def test_any_body_is_understood_or_refused_with_a_field(body: dict[str, Any]) -> None:
    try:
        asked(body)
    except BadParameter as refused:
        assert refused.param
        json.dumps(refused.message)
