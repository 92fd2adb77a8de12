from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lucida.engines.painter.scene.notes import notes_on
from lucida.engines.painter.scene.vocabulary import COLOURS
from lucida.engines.painter.scene.words import SceneWords, read_words

# A prompt, and what it says.
SAYS: list[tuple[str, dict[str, object]]] = [
    ("sunset over mountains with a lake", {"time": "sunset", "land": "mountains", "water": "lake"}),
    ("Foggy forests in autumn", {"fog": 1.0, "land": "forest", "season": "autumn"}),
    ("three pine trees", {"trees": 3, "tree": "conifer"}),
    ("a tree", {"trees": 1}),
    ("trees", {"trees": -1}),
    ("5 cottages by the sea", {"houses": 5, "water": "sea"}),
    ("snow-capped peaks", {"land": "mountains"}),
    ("starry sky", {"stars": True, "time": "night"}),
    ("a stormy ocean", {"storm": 1.0, "water": "sea"}),
    ("cities", {"land": "city"}),
    ("a living room with a sofa", {"land": "room", "furniture": ("sofa",)}),
    ("a sunny morning", {"time": "morning"}),
    ("snowfall", {"falling": "snow"}),
]


@pytest.mark.parametrize(("prompt", "says"), SAYS)
def test_words_say_what_they_mean(prompt: str, says: dict[str, object]) -> None:
    scene = read_words(prompt)
    assert {name: getattr(scene, name) for name in says} == says
    assert scene.unknown == ()


def test_a_colour_belongs_to_the_noun_after_it() -> None:
    scene = read_words("a red house under blue mountains")
    assert scene.colours == {"house": COLOURS["red"], "mountains": COLOURS["blue"]}


def test_a_size_belongs_to_the_noun_after_it() -> None:
    assert read_words("a huge house near a small lake").sizes == {"house": 1.8, "lake": 0.7}


@pytest.mark.parametrize("refused", ["no trees", "without trees", "not a tree", "free of trees"])
def test_what_is_refused_is_absent(refused: str) -> None:
    scene = read_words(f"a meadow, {refused}")
    assert scene.land == "meadow"
    assert scene.trees == 0
    assert "trees" in scene.absent


def test_a_refusal_ends_with_its_clause() -> None:
    scene = read_words("no clouds, a lake and trees")
    assert "clouds" in scene.absent
    assert (scene.water, scene.trees) == ("lake", -1)


def test_the_negative_prompt_takes_things_away() -> None:
    scene = read_words("mountains with a lake and a house", "lake, houses")
    assert (scene.land, scene.water, scene.houses) == ("mountains", "", 0)
    assert {"lake", "house"} <= scene.absent


def test_unknown_words_are_named_and_understood_ones_are_not() -> None:
    scene = read_words("a beautiful photo of a purple dragon over a lake")
    assert scene.unknown == ("purple", "dragon")
    assert scene.understood == ("lake",)
    understood, unknown = notes_on(scene, "")
    assert "lake" in understood
    assert "dragon" in unknown
    assert "lake" not in unknown


def test_what_is_unknown_and_refused_is_no_loss() -> None:
    assert read_words("a meadow without people").unknown == ()


@pytest.mark.parametrize("prompt", ["", "   ", "xyzzy", "🦊🦊", "123456"])
def test_a_prompt_without_a_known_word_says_nothing(prompt: str) -> None:
    scene = read_words(prompt)
    assert scene.understood == ()
    assert (scene.land, scene.water, scene.trees) == ("", "", 0)
    assert "a meadow" in notes_on(scene, "a meadow")[0]


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=300), st.text(max_size=60))
def test_any_text_can_be_read(prompt: str, negative: str) -> None:
    scene = read_words(prompt, negative)
    assert isinstance(scene, SceneWords)
    assert all(isinstance(note, str) for note in notes_on(scene, "a meadow"))


KNOWN = ["red", "no", "without", "two", "lake", "trees", "house", ",", "storm", "night", "huge", "room", "snow", "moon"]


@settings(max_examples=200, deadline=None)
@given(st.lists(st.sampled_from(KNOWN), max_size=12))
def test_known_words_can_be_read_in_any_order(words: list[str]) -> None:
    assert read_words(" ".join(words)).unknown == tuple(
        dict.fromkeys(word for word in read_words(" ".join(words)).unknown if word in ("red", "huge"))
    )


def test_a_prompt_of_any_length_can_be_read() -> None:
    assert read_words("lake 🌊 " * 1500).water == "lake"
    assert read_words("z" * 10_000).unknown != ()
