"""Models that paint in few steps: SDXL-Lightning and FLUX.1 [schnell]."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from checkpoints import SIDE, write_flux, write_lightning, write_sdxl, write_vae
from numpy.typing import NDArray

from lucida.engines.diffusion.flux import MOST_TOKENS, Flux, load_flux
from lucida.engines.diffusion.latents import fitted_colours, in_colours
from lucida.engines.diffusion.requests import RepaintRequest
from lucida.engines.diffusion.sdxl import Sdxl, load_lightning, load_sdxl
from lucida.engines.painter.picture import PictureRequest
from lucida.engines.progress import silent
from lucida.errors import Cancelled, ModelUnavailable

REQUEST = PictureRequest("a red barn", width=SIDE, height=SIDE, seed=7)


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """SDXL, its Lightning UNet, its other decoder and FLUX.1, each in a folder."""
    folder = tmp_path_factory.mktemp("hub")
    write_sdxl(folder)
    write_lightning(folder)
    write_vae(folder)
    write_flux(folder / "black-forest-labs")
    return folder


@pytest.fixture(scope="module")
def lightning(hub: Path) -> Sdxl:
    return load_lightning(str(hub / "lightning"), 4, str(hub / "sdxl"))


@pytest.fixture(scope="module")
def flux_folder(hub: Path) -> Path:
    return hub / "black-forest-labs/flux"


@pytest.fixture(scope="module")
def flux(flux_folder: Path) -> Flux:
    return load_flux(str(flux_folder))


def unseen(picture: NDArray[np.uint8]) -> None:
    """A preview that nobody looks at."""


def test_lightning_is_that_of_plain_diffusers_byte_for_byte(lightning: Sdxl, hub: Path) -> None:
    import torch
    from diffusers import EulerDiscreteScheduler, StableDiffusionXLPipeline, UNet2DConditionModel
    from safetensors.torch import load_file

    unet = UNet2DConditionModel.from_config(UNet2DConditionModel.load_config(hub / "sdxl", subfolder="unet"))
    unet.load_state_dict(load_file(hub / "lightning/sdxl_lightning_4step_unet.safetensors"))
    plain = StableDiffusionXLPipeline.from_pretrained(hub / "sdxl", unet=unet, add_watermarker=False)
    plain.scheduler = EulerDiscreteScheduler.from_config(plain.scheduler.config, timestep_spacing="trailing")
    wanted = plain(
        prompt="a red barn",
        width=SIDE,
        height=SIDE,
        num_inference_steps=4,
        guidance_scale=0,
        generator=torch.Generator("cpu").manual_seed(7),
    ).images[0]
    assert np.array_equal(lightning.draw(REQUEST, silent, unseen).pixels, np.asarray(wanted))


def test_lightning_has_its_own_weights_and_not_the_base_s(lightning: Sdxl, hub: Path) -> None:
    base = load_sdxl(str(hub / "sdxl")).draw(replace(REQUEST, steps=4, cfg_scale=1.0), silent, unseen)
    assert not np.array_equal(lightning.draw(REQUEST, silent, unseen).pixels, base.pixels)


def test_what_was_asked_for_and_does_not_apply_is_said(lightning: Sdxl, flux: Flux) -> None:
    for model in (lightning, flux):
        told: list[str] = []
        request = replace(REQUEST, steps=30, cfg_scale=7.5, sampler="DDIM", negative_prompt="snow")
        picture = model.draw(request, lambda fraction, stage, told=told: told.append(stage), unseen)
        assert picture.used == {"steps": 4, "cfg_scale": 1.0, "sampler": "Euler"}
        assert told == ["step 1/4 (25%)", "step 2/4 (50%)", "step 3/4 (75%)", "step 4/4 (100%)"]
        steps, negative = picture.notes
        assert "4 steps of Euler without guidance" in steps
        assert "negative prompt had no part" in negative
        again = model.draw(replace(REQUEST, steps=4, cfg_scale=1.0), silent, unseen)
        assert again.notes == ()
        assert np.array_equal(again.pixels, picture.pixels)


@pytest.mark.parametrize("strength", [0.1, 0.5, 1.0])
def test_lightning_repaints_what_is_white_only(lightning: Sdxl, strength: float) -> None:
    picture = np.random.default_rng(1).integers(0, 256, (SIDE, SIDE, 3), np.uint8)
    mask = np.zeros((SIDE, SIDE), np.uint8)
    mask[:, SIDE // 2 :] = 255
    steps: list[str] = []
    request = RepaintRequest(picture, mask, "a place", strength=strength)
    painted = lightning.repaint(request, lambda fraction, stage: steps.append(stage), unseen)
    assert len(steps) == max(1, int(4 * strength))
    assert np.array_equal(painted[mask == 0], picture[mask == 0])
    assert (painted[:, -8:] != picture[:, -8:]).mean() > 0.5


def test_weights_for_other_steps_are_missed_by_name(hub: Path) -> None:
    with pytest.raises(ModelUnavailable, match="SDXL-Lightning could not be loaded"):
        load_lightning(str(hub / "lightning"), 8, str(hub / "sdxl"))


def test_weights_of_another_shape_or_a_cut_file_are_refused(hub: Path, tmp_path: Path) -> None:
    from safetensors.torch import load_file, save_file

    name = "sdxl_lightning_4step_unet.safetensors"
    weights = load_file(hub / "lightning" / name)
    weights.pop("conv_in.weight")
    save_file(weights, tmp_path / name)
    with pytest.raises(ModelUnavailable, match="SDXL-Lightning could not be loaded"):
        load_lightning(str(tmp_path), 4, str(hub / "sdxl"))
    (tmp_path / name).write_bytes((hub / "lightning" / name).read_bytes()[:1000])
    with pytest.raises(ModelUnavailable, match="SDXL-Lightning could not be loaded"):
        load_lightning(str(tmp_path), 4, str(hub / "sdxl"))


def test_the_other_decoder_is_used_where_it_is_given(hub: Path) -> None:
    import torch
    from diffusers import AutoencoderKL, StableDiffusionXLPipeline

    vae = AutoencoderKL.from_pretrained(hub / "vae-fp16-fix")
    plain = StableDiffusionXLPipeline.from_pretrained(hub / "sdxl", vae=vae, add_watermarker=False)
    wanted = plain(
        prompt="a red barn",
        negative_prompt="",
        width=SIDE,
        height=SIDE,
        num_inference_steps=3,
        guidance_scale=7.5,
        generator=torch.Generator("cpu").manual_seed(7),
    ).images[0]
    ours = load_sdxl(str(hub / "sdxl"), str(hub / "vae-fp16-fix"))
    assert np.array_equal(ours.draw(replace(REQUEST, steps=3), silent, unseen).pixels, np.asarray(wanted))
    with pytest.raises(ModelUnavailable, match="SDXL could not be loaded"):
        load_sdxl(str(hub / "sdxl"), str(hub / "no-such-vae"))


@pytest.mark.parametrize(("width", "height"), [(64, 64), (96, 80)])
def test_flux_is_that_of_plain_diffusers_byte_for_byte(flux: Flux, flux_folder: Path, width: int, height: int) -> None:
    import torch
    from diffusers import FluxPipeline

    wanted = FluxPipeline.from_pretrained(flux_folder)(
        prompt="a red barn",
        width=width,
        height=height,
        num_inference_steps=4,
        guidance_scale=0.0,
        max_sequence_length=256,
        generator=torch.Generator("cpu").manual_seed(7),
    ).images[0]
    for _ in range(2):  # no run leaves state to the next
        ours = flux.draw(replace(REQUEST, width=width, height=height), silent, unseen)
        assert np.array_equal(ours.pixels, np.asarray(wanted))


def test_flux_gives_sizes_that_it_does_not_paint_cut_from_the_next_larger(flux: Flux) -> None:
    whole = flux.draw(replace(REQUEST, width=96, height=80), silent, unseen).pixels
    assert np.array_equal(flux.draw(replace(REQUEST, width=88, height=72), silent, unseen).pixels, whole[:72, :88])


def test_flux_shows_each_step_in_the_colours_of_its_decoder(flux: Flux) -> None:
    shown: list[NDArray[np.uint8]] = []
    flux.draw(replace(REQUEST, width=96, height=64), silent, shown.append)
    assert [picture.shape for picture in shown] == [(8, 12, 3)] * 4
    assert not np.array_equal(shown[0], shown[-1])


def test_rough_colours_follow_what_the_decoder_makes_of_flat_ones(flux: Flux) -> None:
    import torch

    vae: Any = flux._pipeline.vae
    values = torch.randn(1, 16, 8, 8, generator=torch.Generator().manual_seed(3))  # others than those it was fitted to
    with torch.no_grad():
        colours = fitted_colours(vae, torch.device("cpu"))
        patches = values.repeat_interleave(4, 2).repeat_interleave(4, 3)
        decoded = vae.decode(patches / vae.config.scaling_factor + vae.config.shift_factor).sample[0].numpy()
    true = (decoded.reshape(3, 8, 32, 8, 32)[:, :, 8:24, :, 8:24].mean((2, 4)) + 1) * 127.5
    rough = in_colours(values, colours).transpose(2, 0, 1)
    assert colours.shape == (17, 3)
    for ours, theirs in zip(rough, true, strict=True):
        assert np.corrcoef(ours.ravel(), theirs.ravel())[0, 1] > 0.5


def test_flux_stops_where_it_is_stopped_and_can_go_on(flux: Flux) -> None:
    def stop(fraction: float, stage: str) -> None:
        if fraction >= 0.5:
            raise Cancelled("Stopped.")

    with pytest.raises(Cancelled):
        flux.draw(REQUEST, stop, unseen)
    assert flux.draw(REQUEST, silent, unseen).pixels.shape == (SIDE, SIDE, 3)


def test_flux_out_of_memory_paints_the_same_in_less(flux_folder: Path) -> None:
    import torch

    flux = load_flux(str(flux_folder))
    wanted = flux.draw(REQUEST, silent, unseen).pixels
    left = [0]

    def failing(*given: Any) -> None:
        if left[0]:
            left[0] -= 1
            raise torch.OutOfMemoryError("no more")

    flux._pipeline.transformer.register_forward_pre_hook(failing)
    plans = []
    for _ in range(3):
        left[0] = 1
        again = flux.draw(REQUEST, silent, unseen).pixels
        assert np.abs(again.astype(int) - wanted).max() <= 1  # moved weights lie elsewhere, and sums' last bits with it
        plan: Any = flux._placement._plan
        plans.append((plan.on_card, plan.tiled))
    assert plans == [("all", True), ("part", True), ("layer", True)]


def test_what_flux_does_not_read_of_a_prompt_is_said(flux: Flux, caplog: pytest.LogCaptureFixture) -> None:
    request = replace(REQUEST, prompt="(hill:1.2) " * 60, steps=4, cfg_scale=1.0)
    tokens, weights = flux.draw(request, silent, unseen).notes
    assert f"{MOST_TOKENS} of them were read" in tokens
    assert "knows no weights" in weights
    assert "hill" not in caplog.text  # a prompt is nobody else's business


def test_flux_that_does_not_load_says_so(tmp_path: Path) -> None:
    with pytest.raises(ModelUnavailable, match=r"FLUX\.1 \[schnell\] could not be loaded"):
        load_flux(str(tmp_path / "nothing"))
