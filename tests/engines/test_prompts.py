from __future__ import annotations

import numpy as np
import pytest
from checkpoints import SIDE, write_sdxl
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from lucida.engines.diffusion.prompts import MOST_TOKENS, compel_words, has_weights
from lucida.engines.diffusion.sdxl import Sdxl, load_sdxl
from lucida.engines.painter.picture import PictureRequest
from lucida.engines.progress import silent
from lucida.errors import BadParameter

LONG = "a house by a lake, " * 8  # the tests' tokenizer makes a token of every letter


@pytest.fixture(scope="module")
def sdxl(tmp_path_factory: pytest.TempPathFactory) -> Sdxl:
    return load_sdxl(str(write_sdxl(tmp_path_factory.mktemp("hub"))))


def drawn(sdxl: Sdxl, prompt: str, negative: str = "") -> NDArray[np.uint8]:
    request = PictureRequest(prompt, negative, SIDE, SIDE, steps=2, seed=1)
    return sdxl.draw(request, silent, lambda preview: None).pixels


@pytest.mark.parametrize(
    ("text", "there"),
    [
        ("a red house", False),
        ("a house (red)", False),
        ("a ((house))", False),
        ("C++", True),
        ("a (red house:1.3)", True),
        ("a (red house)1.3", True),
        ("a red house++", True),
        ("a red--, old house", True),
        ("well-known, state-of-the-art", False),
        ("5-7 people (at 12:30)", False),
    ],
)
def test_weights_are_known_when_they_are_seen(text: str, there: bool) -> None:
    assert has_weights(text) == there


def test_weights_are_brought_into_one_form() -> None:
    assert (
        compel_words("a (red house:1.3) by ((a lake:.8) and trees:1.2)")
        == "a (red house)1.3 by ((a lake).8 and trees)1.2"
    )
    assert compel_words("a house (red)") == r"a house \(red\)"
    assert compel_words(r"a house \(red\)") == r"a house \(red\)"


def test_weights_change_the_picture_and_the_two_forms_are_one(sdxl: Sdxl) -> None:
    plain, weighted = drawn(sdxl, "a red house"), drawn(sdxl, "a (red:1.4) house")
    assert not np.array_equal(plain, weighted)
    assert np.array_equal(weighted, drawn(sdxl, "a (red)1.4 house"))


def test_the_end_of_a_long_prompt_is_read(sdxl: Sdxl) -> None:
    assert not np.array_equal(drawn(sdxl, LONG + "at dawn"), drawn(sdxl, LONG + "at dusk"))
    assert not np.array_equal(drawn(sdxl, "a house", LONG + "snow"), drawn(sdxl, "a house", LONG + "rain"))


def test_a_prompt_longer_than_is_read_is_refused(sdxl: Sdxl) -> None:
    with pytest.raises(BadParameter, match=f"{MOST_TOKENS} are read"):
        drawn(sdxl, "x" * (MOST_TOKENS + 1))


@settings(max_examples=40)
@given(st.text(max_size=120))
def test_any_words_are_painted_or_refused_with_a_sentence(sdxl: Sdxl, text: str) -> None:
    try:
        assert drawn(sdxl, text).shape == (SIDE, SIDE, 3)
    except BadParameter as refused:
        assert refused.param in ("prompt", "negative_prompt")


@pytest.mark.parametrize(
    "text", ["((", "))", "(a:1.3", "a:1.3)", "(a:1.3)(", "('a','b').blend(1", "(:1.2)", "+++", "🏠++", "\x00"]
)
def test_odd_brackets_are_painted_or_refused(sdxl: Sdxl, text: str) -> None:
    try:
        drawn(sdxl, text)
    except BadParameter as refused:
        assert "weights" in refused.message
