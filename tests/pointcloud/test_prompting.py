from __future__ import annotations

from lucida.pointcloud.prompting import worded


def test_words_alone_stay_as_they_are() -> None:
    assert worded(" a misty harbour ", "", "standard") == "a misty harbour"


def test_a_vibe_is_a_sentence_of_mood() -> None:
    assert worded("a misty harbour", "ethereal", "standard") == "a misty harbour. The mood is ethereal."
    assert worded("Where is it?", "calm", "standard") == "Where is it? The mood is calm."


def test_a_panorama_is_told_how_to_be_laid_out() -> None:
    said = worded("a misty harbour", "ethereal", "panorama")
    assert said.startswith("a misty harbour. The mood is ethereal. Equirectangular")
    for wanted in ("2:1", "horizon", "left edge continues the right edge", "zenith"):
        assert wanted in said
