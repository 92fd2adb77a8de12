"""What makes models faster changes no picture: prompts are encoded once, and blocks may be compiled."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from checkpoints import SIDE, write_flux, write_sdxl
from numpy.typing import NDArray

from lucida.engines.diffusion.flux import load_flux
from lucida.engines.diffusion.prompts import Encoded
from lucida.engines.diffusion.requests import RepaintRequest
from lucida.engines.diffusion.sdxl import Sdxl, load_sdxl
from lucida.engines.diffusion.tuning import channels_last, compile_blocks, forget_compiled
from lucida.engines.painter.picture import PictureRequest
from lucida.engines.painter.repainted import Care, RepaintedPanoramas
from lucida.engines.progress import silent

REQUEST = PictureRequest("a red barn", "snow", SIDE, SIDE, steps=2, seed=7)


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_sdxl(tmp_path_factory.mktemp("hub"))


@pytest.fixture
def sdxl(checkpoint: Path) -> Sdxl:
    return load_sdxl(str(checkpoint))


@pytest.fixture
def nothing_compiled() -> Iterator[None]:
    import torch

    yield
    torch.compiler.reset()


def unseen(picture: NDArray[np.uint8]) -> None:
    """A preview that nobody looks at."""


def counted(*encoders: Any) -> list[int]:
    """How often each encoder has worked, from now on."""
    counts = [0] * len(encoders)

    def count(turn: int) -> Any:
        def one_more(*given: Any) -> None:
            counts[turn] += 1

        return one_more

    for turn, encoder in enumerate(encoders):
        encoder.register_forward_hook(count(turn))
    return counts


def test_pictures_of_one_prompt_are_encoded_once(sdxl: Sdxl) -> None:
    pipeline = sdxl._text_to_image
    counts = counted(pipeline.text_encoder, pipeline.text_encoder_2)
    for seed in range(3):
        sdxl.draw(replace(REQUEST, seed=seed), silent, unseen)
    assert counts == [2, 2]  # the prompt, and the negative one
    sdxl.draw(replace(REQUEST, prompt="a blue barn"), silent, unseen)
    assert counts == [4, 4]
    sdxl.draw(replace(REQUEST, cfg_scale=1.0), silent, unseen)  # without guidance there is no negative one
    assert counts == [5, 5]
    weighted = replace(REQUEST, prompt="a (red:1.4) barn")
    sdxl.draw(weighted, silent, unseen)
    before = counts.copy()
    sdxl.draw(weighted, silent, unseen)
    assert counts == before


def test_the_faces_of_a_panorama_are_encoded_once(sdxl: Sdxl) -> None:
    from scenes import view_of

    from lucida.geometry.cameras import PinholeCamera

    pipeline = sdxl._text_to_image
    counts = counted(pipeline.text_encoder, pipeline.text_encoder_2, pipeline.unet)
    view = view_of("indoor", PinholeCamera(96, 72, 1.2), cube_res=64)
    RepaintedPanoramas(sdxl, Care(size=SIDE, steps=2), (0.0,)).paint(view, silent, lambda name, face: None)
    assert counts[:2] == [2, 2]
    assert counts[2] >= 5  # faces


def test_flux_encodes_a_prompt_once(tmp_path: Path) -> None:
    flux = load_flux(str(write_flux(tmp_path)))
    counts = counted(flux._pipeline.text_encoder, flux._pipeline.text_encoder_2)
    first = flux.draw(REQUEST, silent, unseen).pixels
    assert np.array_equal(flux.draw(REQUEST, silent, unseen).pixels, first)
    assert counts == [1, 1]


def test_the_prompts_that_were_asked_for_last_are_kept() -> None:
    made: list[str] = []
    kept = Encoded(most=2)

    def ask(key: str) -> None:
        kept.get((key,), lambda: made.append(key) or {})  # type: ignore[func-returns-value]  # both at once

    for key in "abacab":
        ask(key)
    assert made == ["a", "b", "c", "b"]


def test_a_mask_painted_after_a_picture_of_the_same_words_is_as_if_it_were_alone(checkpoint: Path) -> None:
    picture = np.random.default_rng(1).integers(0, 256, (SIDE, SIDE, 3), np.uint8)
    mask = np.full((SIDE, SIDE), 255, np.uint8)
    asked = RepaintRequest(picture, mask, "a red barn", "snow", steps=4)
    alone = load_sdxl(str(checkpoint)).repaint(asked, silent, unseen)
    after = load_sdxl(str(checkpoint))
    after.draw(REQUEST, silent, unseen)
    assert np.array_equal(after.repaint(asked, silent, unseen), alone)


def test_weights_laid_out_for_a_gpu_paint_the_same(sdxl: Sdxl) -> None:
    import torch

    wanted = sdxl.draw(REQUEST, silent, unseen).pixels.astype(int)
    channels_last(sdxl._text_to_image)
    weights = sdxl._text_to_image.unet.conv_in.weight
    assert weights.is_contiguous(memory_format=torch.channels_last)
    assert np.abs(sdxl.draw(REQUEST, silent, unseen).pixels - wanted).max() <= 1


@pytest.mark.parametrize("model", ["sdxl", "flux"])
def test_blocks_compile_whole_paint_the_same_and_are_let_go(
    model: str, checkpoint: Path, tmp_path: Path, nothing_compiled: None
) -> None:
    """Traced as a compiler gets them, and run as they are: no part of a block is left out."""
    import torch

    painter: Any = load_sdxl(str(checkpoint)) if model == "sdxl" else load_flux(str(write_flux(tmp_path)))
    pipeline = painter._text_to_image if model == "sdxl" else painter._pipeline
    wanted = painter.draw(REQUEST, silent, unseen).pixels.astype(int)
    traced: list[Any] = []

    def watched(graph: Any, inputs: Any) -> Any:
        traced.append(weakref.ref(graph))
        return graph.forward

    compile_blocks(pipeline, backend=watched)
    for width in (SIDE, SIDE + 16, SIDE):
        painter.draw(replace(REQUEST, width=width), silent, unseen)
    assert np.abs(painter.draw(REQUEST, silent, unseen).pixels - wanted).max() <= 1
    count = len(traced)
    assert 1 <= count <= 8
    compile_blocks(pipeline, backend=watched)  # again is nothing new
    painter.draw(REQUEST, silent, unseen)
    assert len(traced) == count
    forget_compiled(pipeline)
    painter.draw(REQUEST, silent, unseen)
    assert len(traced) == count
    denoiser = weakref.ref(pipeline.unet if model == "sdxl" else pipeline.transformer)
    painter.close()
    del pipeline
    torch.compiler.reset()
    gc.collect()
    assert denoiser() is None


@pytest.mark.slow  # the compiler takes half a minute
@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # torch's own, while it compiles
def test_compiled_blocks_paint_the_same(sdxl: Sdxl, nothing_compiled: None) -> None:
    wanted = sdxl.draw(REQUEST, silent, unseen).pixels.astype(int)
    compile_blocks(sdxl._text_to_image)
    assert np.abs(sdxl.draw(REQUEST, silent, unseen).pixels - wanted).max() <= 1
