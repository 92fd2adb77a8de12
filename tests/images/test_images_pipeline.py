from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from checkpoints import SIDE, write_flux, write_lightning, write_sdxl

from lucida.engines.diffusion.loaded import free_loaded
from lucida.engines.painter import choose_picture_painter
from lucida.errors import BadParameter, Cancelled, ModelUnavailable
from lucida.images.asked import Asked
from lucida.images.pipeline import edit, paint, prepare
from lucida.imaging.screen import ScreenPicture


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_sdxl(tmp_path_factory.mktemp("hub"))


@pytest.fixture
def tiny(checkpoint: Path, setting: Callable[[str, object], None]) -> Iterator[None]:
    setting("SDXL_MODEL", checkpoint)
    yield
    free_loaded()


def small(**given: object) -> Asked:
    return replace(Asked("a lake", model="sdxl", width=SIDE, height=SIDE, steps=3), **given)  # type: ignore[arg-type]  # any


def test_several_pictures_number_their_seeds_on_and_each_can_be_made_again(tiny: None) -> None:
    three = list(paint(small(count=3), 7))
    assert [each.seed for each in three] == [7, 8, 9]
    assert [each.parameters["seed"] for each in three] == [7, 8, 9]
    (again,) = paint(small(), 8)
    assert np.array_equal(again.picture.pixels, three[1].picture.pixels)
    assert not np.array_equal(three[0].picture.pixels, three[1].picture.pixels)


def test_seeds_begin_anew_after_the_last(tiny: None) -> None:
    assert [each.seed for each in paint(small(count=2, steps=1), 2**32 - 1)] == [2**32 - 1, 0]


def test_what_is_known_of_a_picture_is_told(tiny: None) -> None:
    (painted,) = paint(small(sampler="UniPC", cfg_scale=5.0), 1)
    assert (painted.model, painted.licence) == ("sdxl", "CreativeML Open RAIL++-M")
    assert painted.parameters == {"steps": 3, "cfg_scale": 5.0, "sampler": "UniPC", "seed": 1, "hires_fix": False}
    assert painted.seconds > 0


def test_two_passes_give_the_size_that_was_asked_for_and_another_picture(tiny: None) -> None:
    told: list[float] = []
    (one,) = paint(small(width=96, height=72), 1)
    (two,) = paint(
        small(width=96, height=72, hires_fix=True), 1, progress=lambda fraction, stage: told.append(fraction)
    )
    assert two.picture.pixels.shape == one.picture.pixels.shape == (72, 96, 3)
    assert not np.array_equal(one.picture.pixels, two.picture.pixels)
    assert told == sorted(told)
    assert told[-1] == pytest.approx(1)


def test_being_stopped_stops(tiny: None) -> None:
    def stop(fraction: float, stage: str) -> None:
        raise Cancelled("Stopped.")

    with pytest.raises(Cancelled):
        list(paint(small(), 1, progress=stop))


def test_the_draft_always_works() -> None:
    (painted,) = paint(small(model="draft", prompt="a lake in the mountains, no zorkmids"), 3)
    assert painted.model == "draft"
    assert painted.picture.pixels.shape == (SIDE, SIDE, 3)
    assert painted.picture.notes


def test_what_a_model_decides_itself_is_told_as_it_was(
    tiny: None, tmp_path: Path, setting: Callable[[str, object], None]
) -> None:
    setting("SDXL_LIGHTNING_MODEL", write_lightning(tmp_path))
    wanted = small(model="sdxl-lightning", steps=30, cfg_scale=9.0, sampler="UniPC", negative_prompt="snow")
    (painted,) = paint(wanted, 1)
    told = {"steps": 4, "cfg_scale": 1.0, "sampler": "Euler", "seed": 1, "hires_fix": False}
    assert (painted.model, painted.parameters) == ("sdxl-lightning", told)
    assert "negative prompt" in " ".join(painted.picture.notes)
    (twice,) = paint(replace(wanted, hires_fix=True, width=96, height=96), 1)
    assert twice.picture.pixels.shape == (96, 96, 3)


def test_an_edit_is_told_as_it_was_made_too(tiny: None, tmp_path: Path, setting: Callable[[str, object], None]) -> None:
    setting("SDXL_LIGHTNING_MODEL", write_lightning(tmp_path))
    picture = ScreenPicture(np.full((SIDE, SIDE, 3), 90, np.uint8), None)
    asked = small(model="sdxl-lightning", steps=30, cfg_scale=9.0)
    (changed,) = edit(asked, prepare(asked, picture, None, 1), 1)
    assert {name: changed.parameters[name] for name in ("steps", "cfg_scale", "edited")} == {
        "steps": 4,
        "cfg_scale": 1.0,
        "edited": True,
    }
    assert "4 steps" in changed.picture.notes[0]


def test_a_painter_with_one_pass_says_so(tmp_path: Path, setting: Callable[[str, object], None]) -> None:
    setting("FLUX_SCHNELL_MODEL", write_flux(tmp_path))
    (painted,) = paint(small(model="flux-schnell", hires_fix=True), 1)
    assert painted.parameters["hires_fix"] is False
    assert "one pass" in painted.picture.notes[-1]
    free_loaded()


@pytest.mark.parametrize("model", ["gpt-image-1", "dall-e-3", "openai", "flux-pro"])
def test_a_model_that_is_not_here_is_said_to_be_unavailable(model: str) -> None:
    with pytest.raises(ModelUnavailable, match="auto"):
        choose_picture_painter(model)


def test_a_model_that_is_none_is_refused() -> None:
    with pytest.raises(BadParameter, match="choose auto, draft, sdxl"):
        choose_picture_painter("midjourney")
