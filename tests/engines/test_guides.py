"""SDXL follows a guide: edges, depth, a pose or another picture's forms, by one ControlNet."""

from __future__ import annotations

import weakref
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from checkpoints import SIDE, write_controlnet, write_flux, write_lightning, write_sdxl
from numpy.typing import NDArray

from lucida.engines.diffusion.memory import MemoryPlan
from lucida.engines.diffusion.requests import RepaintRequest
from lucida.engines.diffusion.samplers import make_scheduler
from lucida.engines.diffusion.sdxl import Sdxl, load_lightning, load_sdxl
from lucida.engines.painter.guide import GUIDES, Guide, edges
from lucida.engines.painter.picture import PictureRequest
from lucida.engines.progress import silent
from lucida.errors import BadParameter, ModelUnavailable

REQUEST = PictureRequest("a red barn", "snow", SIDE, SIDE, steps=4, cfg_scale=6.0, seed=7)
Set = Callable[[str, object], None]


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("hub")
    write_sdxl(folder)
    write_controlnet(folder)
    write_lightning(folder)
    return folder


@pytest.fixture
def sdxl(hub: Path, setting: Set) -> Sdxl:
    setting("SDXL_CONTROLNET", hub / "controlnet-union")
    return load_sdxl(str(hub / "sdxl"))


def unseen(picture: NDArray[np.uint8]) -> None:
    """A preview that nobody looks at."""


def barn(height: int = SIDE, width: int = SIDE) -> NDArray[np.uint8]:
    """A dark house on a bright meadow."""
    picture = np.full((height, width, 3), 200, np.uint8)
    picture[height // 4 : 3 * height // 4, width // 4 : 3 * width // 4] = 40
    return picture


def half_mask() -> NDArray[np.uint8]:
    mask = np.zeros((SIDE, SIDE), np.uint8)
    mask[:, SIDE // 2 :] = 255
    return mask


@pytest.mark.parametrize(("kind", "mode"), [("pose", 0), ("depth", 1), ("canny", 3), ("tile", 6)])
def test_a_guided_picture_is_that_of_plain_diffusers_byte_for_byte(sdxl: Sdxl, hub: Path, kind: Any, mode: int) -> None:
    import torch
    from diffusers import ControlNetUnionModel, StableDiffusionXLControlNetUnionPipeline
    from PIL import Image

    plain = StableDiffusionXLControlNetUnionPipeline.from_pretrained(
        hub / "sdxl", controlnet=ControlNetUnionModel.from_pretrained(hub / "controlnet-union"), add_watermarker=False
    )
    plain.scheduler = make_scheduler("Euler", plain.scheduler.config)
    shown = edges(barn()) if kind == "canny" else barn()
    wanted = plain(
        prompt="a red barn",
        negative_prompt="snow",
        control_image=[Image.fromarray(shown)],
        control_mode=[mode],
        controlnet_conditioning_scale=0.7,
        control_guidance_start=0.1,
        control_guidance_end=0.8,
        width=SIDE,
        height=SIDE,
        num_inference_steps=4,
        guidance_scale=6.0,
        generator=torch.Generator("cpu").manual_seed(7),
    ).images[0]
    guide = Guide(kind, barn(), strength=0.7, start=0.1, end=0.8)
    ours = sdxl.draw(replace(REQUEST, guide=guide), silent, unseen).pixels
    assert np.array_equal(ours, np.asarray(wanted))
    assert not np.array_equal(ours, sdxl.draw(REQUEST, silent, unseen).pixels)


def test_kinds_strengths_and_spans_each_make_their_own_picture(sdxl: Sdxl) -> None:
    guides = [Guide(kind, barn(), 1.0) for kind in GUIDES]
    guides += [
        Guide("depth", barn(), 0.5),
        Guide("depth", barn(), 1.0, 0.0, 0.5),
        Guide("depth", barn(), 1.0, 0.5, 1.0),
    ]
    made = [sdxl.draw(replace(REQUEST, guide=guide), silent, unseen).pixels.tobytes() for guide in guides]
    assert len(set(made)) == len(made)


@pytest.mark.parametrize("strength", [0.0, 1e-9])
def test_a_guide_without_strength_is_none(sdxl: Sdxl, strength: float) -> None:
    """Whether it is left out or has next to no part."""
    guide = Guide("depth", barn(), strength)
    wanted = sdxl.draw(REQUEST, silent, unseen).pixels
    assert np.array_equal(sdxl.draw(replace(REQUEST, guide=guide), silent, unseen).pixels, wanted)
    asked = RepaintRequest(barn(), half_mask(), "a place", steps=5)
    assert np.array_equal(
        sdxl.repaint(replace(asked, guide=guide), silent, unseen), sdxl.repaint(asked, silent, unseen)
    )


def test_a_guided_repaint_follows_and_keeps_what_is_black(sdxl: Sdxl) -> None:
    asked = RepaintRequest(barn(67, 90), np.zeros((67, 90), np.uint8), "a place", steps=5)
    asked.mask[:, 45:] = 255
    guided = sdxl.repaint(replace(asked, guide=Guide("tile", barn(30, 40), 1.0)), silent, unseen)
    assert guided.shape == (67, 90, 3)
    assert np.array_equal(guided[:, :45], asked.picture[:, :45])
    assert not np.array_equal(guided, sdxl.repaint(asked, silent, unseen))


def test_lightning_follows_guides_too(hub: Path, setting: Set) -> None:
    setting("SDXL_CONTROLNET", hub / "controlnet-union")
    lightning = load_lightning(str(hub / "lightning"), 4, str(hub / "sdxl"))
    guided = lightning.draw(replace(REQUEST, guide=Guide("canny", barn(), 1.0)), silent, unseen)
    assert guided.used["steps"] == 4
    assert not np.array_equal(guided.pixels, lightning.draw(REQUEST, silent, unseen).pixels)


def test_the_controlnet_is_loaded_for_the_first_guide_shares_all_parts_and_goes_with_the_model(sdxl: Sdxl) -> None:
    sdxl.draw(REQUEST, silent, unseen)
    assert sdxl._guidance is None
    sdxl.draw(replace(REQUEST, guide=Guide("pose", barn())), silent, unseen)
    guidance: Any = sdxl._guidance
    for pipeline in (guidance.text_to_image, guidance.image_to_image):
        assert pipeline.unet is sdxl._text_to_image.unet
        assert pipeline.vae is sdxl._text_to_image.vae
    net = weakref.ref(guidance._net)
    sdxl.draw(replace(REQUEST, guide=Guide("depth", barn())), silent, unseen)
    assert sdxl._guidance is guidance
    del pipeline, guidance
    sdxl.close()
    sdxl._hardware.give_back()
    assert net() is None


def test_guided_and_plain_pictures_take_turns_in_any_plan(sdxl: Sdxl) -> None:
    """Parts are moved as they work; the ControlNet is not in diffusers' own order of them."""
    guided = replace(REQUEST, guide=Guide("depth", barn(), 1.0))
    repaint = RepaintRequest(barn(), half_mask(), "a place", steps=3, guide=guided.guide)
    wanted = [sdxl.draw(each, silent, unseen).pixels.astype(int) for each in (REQUEST, guided)]
    for on_card in ("part", "layer", "all"):
        sdxl._placement._too_much = (0, MemoryPlan(on_card, tiled=True))  # type: ignore[arg-type]  # each is one
        for _ in range(2):
            for each, want in zip((REQUEST, guided), wanted, strict=True):
                assert np.abs(sdxl.draw(each, silent, unseen).pixels - want).max() <= 1
            assert sdxl.repaint(repaint, silent, unseen).shape == (SIDE, SIDE, 3)


def test_the_fuller_of_two_controlnets_in_a_repository_is_taken(tmp_path: Path, hub: Path, setting: Set) -> None:
    folder = write_controlnet(tmp_path, full=True)
    write_controlnet(tmp_path, kinds=6, seed=9)
    setting("SDXL_CONTROLNET", folder)
    ours = load_sdxl(str(hub / "sdxl")).draw(replace(REQUEST, guide=Guide("tile", barn())), silent, unseen).pixels
    setting("SDXL_CONTROLNET", hub / "controlnet-union")  # the same weights, under the other names
    wanted = load_sdxl(str(hub / "sdxl")).draw(replace(REQUEST, guide=Guide("tile", barn())), silent, unseen).pixels
    assert np.array_equal(ours, wanted)


def test_a_controlnet_that_knows_no_tile_or_is_not_there_says_so(tmp_path: Path, hub: Path, setting: Set) -> None:
    sdxl = load_sdxl(str(hub / "sdxl"))
    setting("SDXL_CONTROLNET", tmp_path / "nothing")
    with pytest.raises(ModelUnavailable, match="SDXL's ControlNet could not be loaded"):
        sdxl.draw(replace(REQUEST, guide=Guide("depth", barn())), silent, unseen)
    setting("SDXL_CONTROLNET", write_controlnet(tmp_path, kinds=6))
    assert sdxl.draw(replace(REQUEST, guide=Guide("depth", barn())), silent, unseen).pixels.any()
    with pytest.raises(ModelUnavailable, match="knows no tile; LUCIDA_SDXL_CONTROLNET"):
        sdxl.draw(replace(REQUEST, guide=Guide("tile", barn())), silent, unseen)


@pytest.mark.parametrize(
    ("given", "match"),
    [
        ({"kind": "scribble"}, "choose canny, depth, pose, tile"),
        ({"picture": np.zeros((4, 4), np.uint8)}, "three channels"),
        ({"picture": np.zeros((4, 4, 3), np.float32)}, "three channels"),
        ({"strength": -0.1}, "0 to 2"),
        ({"strength": 2.1}, "0 to 2"),
        ({"strength": float("nan")}, "0 to 2"),
        ({"start": 0.5, "end": 0.5}, "later end"),
        ({"end": 1.5}, "later end"),
        ({"start": -0.5}, "later end"),
    ],
)
def test_a_guide_that_is_none_is_refused(given: dict[str, Any], match: str) -> None:
    with pytest.raises(BadParameter, match=match) as caught:
        Guide(**{"kind": "depth", "picture": barn(), **given})
    assert caught.value.param == "guide"


def test_painters_that_follow_none_say_so(tmp_path: Path) -> None:
    from lucida.engines.diffusion.flux import load_flux
    from lucida.engines.painter.scene.draft import DraftPictures

    for painter in (load_flux(str(write_flux(tmp_path))), DraftPictures()):
        with pytest.raises(BadParameter, match="follows no guide"):
            painter.draw(replace(REQUEST, guide=Guide("depth", barn())), silent, unseen)


def test_edges_are_where_the_picture_changes_whatever_its_brightness() -> None:
    for gain in (1.0, 0.3, 0.1):
        found = edges((barn(64, 96) * gain).astype(np.uint8))
        assert set(np.unique(found)) == {0, 255}
        assert not found[8:12, 8:12].any()  # the meadow
    noise = np.random.default_rng(1).integers(1, 4, (64, 96, 3), np.uint8)
    assert not edges(noise).any()  # where there is nothing, nothing is found
    outline = edges(barn(64, 96))[..., 0] > 0
    assert outline[14:18].sum() > 40  # the roof
    assert not outline[24:40, 32:64].any()  # nothing within


def test_a_guide_is_seen_in_the_size_of_the_result() -> None:
    assert Guide("canny", barn(200, 300)).seen(96, 64).shape == (64, 96, 3)
    assert Guide("depth", barn(20, 30)).seen(96, 64).shape == (64, 96, 3)
    assert np.array_equal(Guide("tile", barn()).seen(SIDE, SIDE), barn())
