from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from pictures import PARAMETERS

from lucida.images.infotext import NEGATIVE, Infotext, plain_text, read_infotext, write_infotext

# What people write, and what breaks parsers, in any mixture.
PIECES = st.sampled_from(
    [
        "\n",
        "\r\n",
        "\n\n",
        ", ",
        ": ",
        '"',
        "\\",
        "🌅",
        "👩‍🚀",
        "Negative prompt: ",
        "Steps: 3",
        "Size: 1x1, Model: a",
        " ",
    ]
)
PROMPTS = st.lists(PIECES | st.text(max_size=6), max_size=8).map("".join).map(plain_text)
NEGATIVES = PROMPTS.filter(lambda text: f"\n{NEGATIVE}" not in f"{text}")


def written(prompt: str, negative_prompt: str = "", model: str = "sdxl", **parameters: object) -> str:
    return write_infotext(prompt, negative_prompt, parameters, model=model, width=1024, height=768)


def test_the_text_is_the_one_that_common_tools_write() -> None:
    assert written("a cat, sitting", "blurry", **PARAMETERS) == (
        "a cat, sitting\nNegative prompt: blurry\n"
        "Steps: 30, Sampler: Euler, CFG scale: 7.5, Seed: 12345, Size: 1024x768, Model: sdxl"
    )
    assert written("a cat") == "a cat\nSize: 1024x768, Model: sdxl"


@given(PROMPTS, NEGATIVES)
@example("", "")
@example("", "blurry")
@example("Negative prompt: everything", "")
@example("two\nNegative prompt: of them", "")
@example("two\nNegative prompt: of them", "blurry")
@example("Steps: 3, Size: 1x1, Model: a", "Steps: 3, Size: 1x1, Model: a")
@example("a\n", "\nb\n")
def test_prompts_come_back_as_they_were(prompt: str, negative_prompt: str) -> None:
    read = read_infotext(written(prompt, negative_prompt, **PARAMETERS))
    assert (read.prompt, read.negative_prompt) == (prompt, negative_prompt)
    assert read.settings["Seed"] == "12345"


@given(st.text().map(plain_text))
@example('a, b: "c"')
@example(" a ")
@example("a\nb")
def test_values_come_back_as_they_were(model: str) -> None:
    settings = read_infotext(written("a cat", model=model, **PARAMETERS)).settings
    assert settings == {
        "Steps": "30",
        "Sampler": "Euler",
        "CFG scale": "7.5",
        "Seed": "12345",
        "Size": "1024x768",
        "Model": model,
    }


def test_other_parameters_follow_under_their_own_names_and_lists_are_left_out() -> None:
    text = written("x", hires_fix=True, notes=["a"], strength=None, seed=1, size="no", **{"ü,:": 2, ",": 3})
    assert text.splitlines()[-1] == "Seed: 1, Size: 1024x768, Model: sdxl, Hires fix: True, Ü: 2"


@given(st.dictionaries(st.text(), st.text() | st.integers() | st.floats() | st.booleans() | st.none()))
def test_no_parameter_breaks_the_text(parameters: dict[str, object]) -> None:
    read = read_infotext(write_infotext("a\nb", "c", parameters, model="sdxl", width=8, height=8))
    assert (read.prompt, read.negative_prompt, read.settings["Model"]) == ("a\nb", "c", "sdxl")


def test_another_tools_text_is_read_too() -> None:
    text = (
        "masterpiece, <lora:x:0.8>,\nsecond line\nNegative prompt: ugly,\nbad hands\n"
        "Steps: 20, Sampler: DPM++ 2M Karras, "
        "CFG scale: 7, Seed: 965400086, "
        'Size: 512x512, Model hash: 6ce0161689, Lora hashes: "x: 1, y: 2", Version: v1.6.0'
    )
    read = read_infotext(text)
    assert read.prompt == "masterpiece, <lora:x:0.8>,\nsecond line"
    assert read.negative_prompt == "ugly,\nbad hands"
    assert read.settings["Sampler"] == "DPM++ 2M Karras"
    assert read.settings["Lora hashes"] == "x: 1, y: 2"


@pytest.mark.parametrize("text", ["", "a cat", "a cat\nwith: a hat", "a\n\nb", 'x\nA: "open, B: 1, C: 2'])
def test_a_text_without_settings_is_all_prompt(text: str) -> None:
    assert read_infotext(text) == Infotext(text)


@given(st.text())
def test_any_text_is_read(text: str) -> None:
    read_infotext(text)


def test_what_no_file_takes_is_left_out() -> None:
    assert plain_text("a\0b\ud83dc🌅") == "ab?c🌅"
    assert written("a\0b\ud83d").startswith("ab?\n")
