from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from checkpoints import SIDE, write_sdxl
from numpy.typing import NDArray
from scenes import noise

from lucida.engines.diffusion.masks import laid_in
from lucida.engines.diffusion.memory import FLUX, GIGABYTE, SDXL, SDXL_CONTROLNET, MemoryPlan, plan_memory
from lucida.engines.diffusion.requests import RepaintRequest
from lucida.engines.diffusion.samplers import SAMPLERS, make_scheduler
from lucida.engines.diffusion.sdxl import Sdxl, load_sdxl
from lucida.engines.painter.picture import PictureRequest
from lucida.engines.progress import silent
from lucida.errors import BadParameter, Cancelled, ModelUnavailable, OutOfMemory


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_sdxl(tmp_path_factory.mktemp("hub"))


@pytest.fixture(scope="module")
def sdxl(checkpoint: Path) -> Sdxl:
    return load_sdxl(str(checkpoint))


def unseen(picture: NDArray[np.uint8]) -> None:
    """A preview that nobody looks at."""


def words(**given: Any) -> PictureRequest:
    return PictureRequest(**{"prompt": "a place", "width": SIDE, "height": SIDE, "steps": 3} | given)


def grainy(height: int = SIDE, width: int = SIDE) -> NDArray[np.uint8]:
    stops = np.stack([noise(height, width, i) for i in range(3)], -1)
    return np.clip(128 + 50 * stops, 0, 255).astype(np.uint8)


def half_mask(height: int = SIDE, width: int = SIDE) -> NDArray[np.uint8]:
    mask = np.zeros((height, width), np.uint8)
    mask[:, width // 2 :] = 255
    return mask


def asked(**given: Any) -> RepaintRequest:
    return RepaintRequest(**{"picture": grainy(), "mask": half_mask(), "prompt": "a place", "steps": 5} | given)


@pytest.mark.parametrize("sampler", SAMPLERS)
def test_a_picture_is_that_of_plain_diffusers_byte_for_byte(sdxl: Sdxl, checkpoint: Path, sampler: str) -> None:
    import torch
    from diffusers import StableDiffusionXLPipeline

    plain = StableDiffusionXLPipeline.from_pretrained(checkpoint, add_watermarker=False)
    plain.scheduler = make_scheduler(sampler, plain.scheduler.config)
    wanted = plain(
        prompt="a red barn",
        negative_prompt="snow",
        width=SIDE,
        height=SIDE,
        num_inference_steps=4,
        guidance_scale=6.0,
        generator=torch.Generator("cpu").manual_seed(7),
    ).images[0]
    request = words(prompt="a red barn", negative_prompt="snow", steps=4, cfg_scale=6.0, seed=7, sampler=sampler)
    assert np.array_equal(sdxl.draw(request, silent, unseen).pixels, np.asarray(wanted))


def test_a_seed_decides_all_in_any_process(sdxl: Sdxl, checkpoint: Path) -> None:
    first, again, other = (sdxl.draw(words(seed=seed), silent, unseen).pixels for seed in (1, 1, 2))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)
    code = (
        "import sys, hashlib; from lucida.engines.diffusion.sdxl import load_sdxl\n"
        "from lucida.engines.painter.picture import PictureRequest\n"
        f"request = PictureRequest('a place', width={SIDE}, height={SIDE}, steps=3, seed=1)\n"
        f"picture = load_sdxl({str(checkpoint)!r}).draw(request, lambda *a: None, lambda a: None)\n"
        "print(picture.pixels.tobytes().hex())"
    )
    told = subprocess.run([sys.executable, "-W", "ignore", "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout.strip().splitlines()[-1] == first.tobytes().hex()


def test_the_scheduler_is_dpm_2m_karras_with_the_model_s_noise_levels(sdxl: Sdxl) -> None:
    sdxl.repaint(asked(), silent, unseen)
    scheduler: Any = sdxl._image_to_image.scheduler
    assert type(scheduler).__name__ == "DPMSolverMultistepScheduler"
    config = scheduler.config
    assert config.algorithm_type == "dpmsolver++"
    assert config.use_karras_sigmas
    assert (config.beta_start, config.beta_end, config.beta_schedule) == (0.00085, 0.012, "scaled_linear")


def test_precision_and_device_are_the_hardware_s(sdxl: Sdxl) -> None:
    import torch

    sdxl.draw(words(steps=1), silent, unseen)
    assert sdxl._text_to_image.device.type == "cpu"
    assert sdxl._text_to_image.dtype == torch.float32
    assert sdxl._image_to_image.unet is sdxl._text_to_image.unet  # loaded once
    assert not hasattr(sdxl._text_to_image, "safety_checker")
    assert sdxl._text_to_image.vae.use_slicing
    attention = {type(each).__name__ for each in sdxl._text_to_image.unet.attn_processors.values()}
    assert attention == {"AttnProcessor2_0"}  # scaled dot product attention, not slices


def test_black_stays_to_the_byte_and_white_changes(sdxl: Sdxl) -> None:
    request = asked()
    painted = sdxl.repaint(request, silent, unseen)
    black = request.mask == 0
    assert np.array_equal(painted[black], request.picture[black])
    assert (painted[:, -8:] != request.picture[:, -8:]).mean() > 0.5


@pytest.mark.parametrize("sampler", SAMPLERS)
def test_latents_under_black_are_the_picture_s_at_the_end(
    sdxl: Sdxl, sampler: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever the sampler: the last step leaves exactly what was encoded."""
    ends: list[Any] = []
    vae: Any = sdxl._image_to_image.vae
    decode = vae.decode
    monkeypatch.setattr(vae, "decode", lambda latents, **given: ends.append(latents) or decode(latents, **given))
    request = asked(sampler=sampler)
    sdxl.repaint(request, silent, unseen)
    import torch

    with torch.inference_mode():
        known = sdxl._encoded(request.picture)
    kept = slice(0, SIDE // 16 - 1)
    end = ends[-1] * vae.config.scaling_factor
    assert torch.allclose(end[..., kept], known[..., kept], atol=1e-5)
    assert not torch.allclose(end[..., -2:], known[..., -2:], atol=1e-2)


def test_more_strength_changes_more_and_takes_more_steps(sdxl: Sdxl) -> None:
    changed, steps = [], []
    for strength in (0.0, 0.3, 0.8):
        told: list[float] = []
        request = asked(strength=strength, steps=10, mask=np.full((SIDE, SIDE), 255, np.uint8))
        painted = sdxl.repaint(request, lambda fraction, stage, told=told: told.append(fraction), unseen)
        changed.append(np.abs(painted.astype(float) - request.picture).mean())
        steps.append(len(told))
    assert steps == [0, 3, 8]
    assert changed[0] == 0
    assert changed[0] < changed[1] < changed[2]


def test_nothing_to_change_is_nothing_done(sdxl: Sdxl) -> None:
    request = asked(mask=np.zeros((SIDE, SIDE), np.uint8))
    assert np.array_equal(sdxl.repaint(request, silent, unseen), request.picture)


@pytest.mark.parametrize("size", [(72, 88), (67, 90), (64, 65)])
def test_any_size_comes_back_as_it_was_sent(sdxl: Sdxl, size: tuple[int, int]) -> None:
    request = asked(picture=grainy(*size), mask=half_mask(*size), steps=3)
    painted = sdxl.repaint(request, silent, unseen)
    assert painted.shape == (*size, 3)
    assert np.array_equal(painted[request.mask == 0], request.picture[request.mask == 0])


def test_every_step_is_told_and_shown(sdxl: Sdxl) -> None:
    told: list[tuple[float, str]] = []
    shown: list[NDArray[np.uint8]] = []
    sdxl.draw(words(steps=4), lambda fraction, stage: told.append((fraction, stage)), shown.append)
    assert told == [(k / 4, f"step {k}/4 ({25 * k}%)") for k in range(1, 5)]
    assert [picture.shape for picture in shown] == [(SIDE // 8, SIDE // 8, 3)] * 4
    assert not np.array_equal(shown[0], shown[-1])


def test_a_job_that_is_cancelled_stops_at_the_next_step_and_the_model_can_go_on(sdxl: Sdxl) -> None:
    steps: list[float] = []

    def stop(fraction: float, stage: str) -> None:
        steps.append(fraction)
        if fraction >= 0.5:
            raise Cancelled("Stopped.")

    with pytest.raises(Cancelled):
        sdxl.draw(words(steps=4), stop, unseen)
    assert len(steps) == 2
    assert sdxl.draw(words(), silent, unseen).pixels.shape == (SIDE, SIDE, 3)


def test_out_of_memory_is_tried_once_more_with_a_smaller_plan(
    checkpoint: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Down to the smallest, and each paints the same."""
    import torch

    sdxl = load_sdxl(str(checkpoint))
    wanted = sdxl.draw(words(), silent, unseen).pixels
    unet: Any = sdxl._text_to_image.unet
    left = [0]

    def failing(*given: Any) -> None:
        if left[0]:
            left[0] -= 1
            raise torch.OutOfMemoryError("no more")

    unet.register_forward_pre_hook(failing)
    for plan in (MemoryPlan(tiled=True), MemoryPlan("part", tiled=True), MemoryPlan("layer", tiled=True)):
        left[0] = 1
        again = sdxl.draw(words(), silent, unseen).pixels
        assert np.abs(again.astype(int) - wanted).max() <= 1  # moved weights lie elsewhere, and sums' last bits with it
        assert sdxl._placement._plan == plan
        assert sdxl._text_to_image.vae.use_tiling
        repainted = sdxl.repaint(asked(), silent, unseen)
        assert np.array_equal(repainted[half_mask() == 0], asked().picture[half_mask() == 0])
    left[0] = 1
    with pytest.raises(OutOfMemory, match="smaller picture"):
        sdxl.draw(words(), silent, unseen)
    assert sdxl.draw(words(), silent, unseen).pixels.shape == wanted.shape


def test_out_of_memory_twice_is_an_error_and_the_model_can_go_on(checkpoint: Path) -> None:
    import torch

    sdxl = load_sdxl(str(checkpoint))
    left = [2]

    def failing(*given: Any) -> None:
        if left[0]:
            left[0] -= 1
            raise torch.OutOfMemoryError("no more")

    sdxl._text_to_image.unet.register_forward_pre_hook(failing)
    with pytest.raises(OutOfMemory, match="smaller picture"):
        sdxl.draw(words(), silent, unseen)
    assert left == [0]
    assert sdxl.draw(words(), silent, unseen).pixels.shape == (SIDE, SIDE, 3)


def test_an_unknown_sampler_is_named(sdxl: Sdxl) -> None:
    with pytest.raises(BadParameter, match="Eulr"):
        sdxl.draw(words(sampler="Eulr"), silent, unseen)


@pytest.mark.parametrize("broken", ["nothing there", "a part is missing", "a file is cut"])
def test_a_model_that_does_not_load_says_so(checkpoint: Path, tmp_path: Path, broken: str) -> None:
    import shutil

    folder = tmp_path / "model"
    if broken != "nothing there":
        shutil.copytree(checkpoint, folder)
    if broken == "a part is missing":
        shutil.rmtree(folder / "unet")
    if broken == "a file is cut":
        weights = next((folder / "unet").glob("*.safetensors"))
        weights.write_bytes(weights.read_bytes()[:1000])
    with pytest.raises(ModelUnavailable, match="SDXL could not be loaded"):
        load_sdxl(str(folder))


def test_plans_shrink_until_they_fit() -> None:
    pixels = 1024 * 1024

    def planned(gigabytes: float, model: Any = SDXL, **given: Any) -> MemoryPlan:
        return plan_memory(int(gigabytes * GIGABYTE), model, pixels, **given)

    tiled, parts, layers = MemoryPlan(tiled=True), MemoryPlan("part", tiled=True), MemoryPlan("layer", tiled=True)
    assert plan_memory(None, SDXL, pixels) == MemoryPlan()
    assert planned(24) == MemoryPlan()
    assert planned(10.5) == tiled
    assert planned(7.8) == parts
    assert planned(5) == layers
    assert planned(0).smaller() is None
    assert planned(24, largest=parts) == parts
    assert planned(12, SDXL.beside(SDXL_CONTROLNET)) == tiled
    assert planned(11, SDXL.beside(SDXL_CONTROLNET)) == parts
    assert planned(80, FLUX) == MemoryPlan()
    assert planned(34, FLUX) == tiled
    assert planned(25, FLUX) == parts
    assert planned(12, FLUX) == layers
    for model in (SDXL, FLUX):
        sizes = [plan.needs(model, pixels) for plan in (MemoryPlan(), tiled, parts, layers)]
        assert sizes == sorted(sizes, reverse=True)


def test_the_page_of_models_says_what_the_plans_need(repository: Path) -> None:
    page = (repository / "docs/models.md").read_text()
    plans = [MemoryPlan(), *(MemoryPlan(on_card, tiled=True) for on_card in ("all", "part", "layer"))]  # type: ignore[arg-type]  # each is one
    models = {"sdxl-lightning`": SDXL, "a guide": SDXL.beside(SDXL_CONTROLNET), "flux-schnell`": FLUX}
    for name, model in models.items():
        needs = " | ".join(f"{plan.needs(model, 1024**2) / GIGABYTE:.1f} GB" for plan in plans)
        assert f"{name} | {needs} |" in page


def test_laid_in_keeps_what_is_black_and_takes_what_is_deep_in_white() -> None:
    picture, painted = np.full((40, 60, 3), 10, np.uint8), np.full((40, 60, 3), 200, np.uint8)
    result = laid_in(picture, painted, half_mask(40, 60))
    assert (result[:, :30] == 10).all()
    assert (result[:, 40:] == 200).all()
    ramp = result[20, 30:40, 0].astype(int)
    assert (np.diff(ramp) >= 0).all()
    assert 10 < ramp[4] < 200
