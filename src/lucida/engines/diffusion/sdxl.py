"""Stable Diffusion XL by diffusers: text to picture, and part of a picture anew.

Podell et al. 2023, "SDXL: Improving Latent Diffusion Models for High-Resolution Image Synthesis". One pipeline is used
by one thread at a time. Noise is drawn on the CPU, so that the device does not change the picture.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from lucida.engines.devices import INSTALL_MODELS, Hardware, find_hardware, models_installed
from lucida.engines.diffusion.latents import latent_mask, rough_picture
from lucida.engines.diffusion.masks import laid_in
from lucida.engines.diffusion.memory import SDXL
from lucida.engines.diffusion.placement import Placement
from lucida.engines.diffusion.prompts import worded
from lucida.engines.diffusion.requests import RepaintRequest
from lucida.engines.diffusion.samplers import make_scheduler
from lucida.engines.painter.picture import Picture, PictureRequest, Preview
from lucida.engines.progress import Progress
from lucida.errors import ModelUnavailable

if TYPE_CHECKING:
    import torch

_SMALLEST_STEP = 8  # pixels: what one latent covers


class Sdxl:
    """A loaded model. `repaint` keeps what a mask keeps, at every step in latents and at the end in bytes."""

    name = "sdxl"
    licence = "CreativeML Open RAIL++-M"

    def __init__(self, pipeline: Any, hardware: Hardware) -> None:
        from diffusers import StableDiffusionXLImg2ImgPipeline

        self._text_to_image: Any = pipeline
        self._image_to_image: Any = StableDiffusionXLImg2ImgPipeline(**pipeline.components)
        self._image_to_image.set_progress_bar_config(disable=True)
        self._text_to_image.set_progress_bar_config(disable=True)
        self._noise_levels = pipeline.scheduler.config
        self._hardware = hardware
        self._placement = Placement(hardware)

    def draw(self, request: PictureRequest, progress: Progress, preview: Preview) -> Picture:
        """A picture from words, as plain diffusers paints it. Raises `BadParameter`, `OutOfMemory`."""

        def paint() -> NDArray[np.uint8]:
            self._text_to_image.scheduler = make_scheduler(request.sampler, self._noise_levels)
            told = self._text_to_image(
                **self._worded(request.prompt, request.negative_prompt),
                width=request.width,
                height=request.height,
                num_inference_steps=request.steps,
                guidance_scale=request.cfg_scale,
                generator=_noise(request.seed),
                callback_on_step_end=_step_end(progress, preview),
            )
            return np.asarray(told.images[0])

        pixels = request.width * request.height
        return Picture(self._placement.run(self._text_to_image, SDXL, pixels, paint))

    def repaint(self, request: RepaintRequest, progress: Progress, preview: Preview) -> NDArray[np.uint8]:
        """The picture (H, W, 3), changed where the mask is white. Raises `BadParameter`, `OutOfMemory`."""
        if not (request.mask > 127).any() or int(request.steps * request.strength) < 1:
            return request.picture.copy()

        def paint() -> NDArray[np.uint8]:
            picture, mask = _in_steps(request.picture), _in_steps(request.mask)
            known = self._encoded(picture)
            scheduler = make_scheduler(request.sampler, self._noise_levels)
            self._image_to_image.scheduler = scheduler
            told = self._image_to_image(
                **self._worded(request.prompt, request.negative_prompt),
                image=known,
                strength=request.strength,
                num_inference_steps=request.steps,
                guidance_scale=request.cfg_scale,
                generator=_noise(request.seed),
                original_size=picture.shape[:2],
                target_size=picture.shape[:2],
                callback_on_step_end=_step_end(progress, preview, _keeping(known, mask, request.seed)),
            )
            painted = np.asarray(told.images[0])[: request.picture.shape[0], : request.picture.shape[1]]
            return laid_in(request.picture, painted, request.mask)

        pixels = request.picture.shape[0] * request.picture.shape[1]
        return self._placement.run(self._image_to_image, SDXL, pixels, paint)

    def _worded(self, prompt: str, negative_prompt: str) -> dict[str, Any]:
        return worded(self._text_to_image, prompt, negative_prompt, self._hardware.kind)

    def _encoded(self, picture: NDArray[np.uint8]) -> torch.Tensor:
        """The latents (1, 4, H/8, W/8) of a picture: the mean, so that nothing is left to chance."""
        import torch

        vae = self._image_to_image.vae
        stays = vae.dtype
        precise = torch.float32 if vae.config.force_upcast else stays
        vae.to(dtype=precise)
        values = torch.from_numpy(picture.astype(np.float32) / 127.5 - 1).permute(2, 0, 1)[None]
        latents = vae.encode(values.to(self._hardware.kind, precise)).latent_dist.mode()
        vae.to(dtype=stays)
        return (latents * vae.config.scaling_factor).to(stays)

    def rest(self) -> None:
        """Give the card's unused memory back."""
        self._hardware.give_back()

    def close(self) -> None:
        """Let go of all parts; nothing can be painted any more."""
        self._placement.clear()
        self._text_to_image = self._image_to_image = None


def load_sdxl(model: str, vae: str | None = None) -> Sdxl:
    """The model from a folder or a name on the hub (kept in `HF_HOME`). Raises `ModelUnavailable`, saying why."""
    if not models_installed():
        raise ModelUnavailable(f"SDXL's packages are not installed; install them with {INSTALL_MODELS}.")
    import transformers
    from diffusers import AutoencoderKL, StableDiffusionXLPipeline
    from diffusers.utils.logging import disable_progress_bar

    disable_progress_bar()
    transformers.utils.logging.disable_progress_bar()
    hardware = find_hardware()
    options: dict[str, Any] = {"dtype": hardware.dtype, "use_safetensors": True, "add_watermarker": False}
    try:
        if vae is not None:
            options["vae"] = AutoencoderKL.from_pretrained(vae, dtype=hardware.dtype)
        pipeline = StableDiffusionXLPipeline.from_pretrained(model, **options)
    except (OSError, ValueError, KeyError) as error:
        where = "folder" if Path(model).exists() else "model"
        reason = str(error).strip().splitlines()[0]
        raise ModelUnavailable(f"SDXL could not be loaded from the {where} {model}: {reason}") from error
    return Sdxl(pipeline, hardware)


def _noise(seed: int) -> torch.Generator:
    import torch

    return torch.Generator("cpu").manual_seed(seed)


def _in_steps(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """A picture grown at its right and lower edge, by repeating them, to whole latents."""
    height, width = picture.shape[:2]
    more = [(0, -height % _SMALLEST_STEP), (0, -width % _SMALLEST_STEP), (0, 0)][: picture.ndim]
    return np.pad(picture, more, mode="edge")


Change = Callable[[Any, int, "torch.Tensor"], "torch.Tensor"]


def _keeping(known: torch.Tensor, mask: NDArray[np.uint8], seed: int) -> Change:
    """What is black in the mask is the picture's own, with as much noise as there is left, after every step."""
    from diffusers.utils.torch_utils import randn_tensor

    noise = randn_tensor(known.shape, generator=_noise(seed), device=known.device, dtype=known.dtype)
    free = latent_mask(mask, (known.shape[2], known.shape[3])).to(known.device, known.dtype)

    def change(pipeline: Any, step: int, latents: torch.Tensor) -> torch.Tensor:
        times = pipeline.scheduler.timesteps
        ahead = len(times) - pipeline._num_timesteps + step + 1
        kept = known
        if ahead < len(times):
            kept = pipeline.scheduler.add_noise(known, noise, times[ahead : ahead + 1])
        return free * latents + (1 - free) * kept.to(latents.dtype)

    return change


def _step_end(progress: Progress, preview: Preview, change: Change | None = None) -> Callable[..., dict[str, Any]]:
    """Tell of every step; whatever `progress` raises stops the work."""

    def told(pipeline: Any, step: int, time: Any, tensors: dict[str, Any]) -> dict[str, Any]:
        count = pipeline._num_timesteps
        progress((step + 1) / count, f"step {step + 1}/{count} ({100 * (step + 1) // count}%)")
        if change is not None:
            tensors["latents"] = change(pipeline, step, tensors["latents"])
        preview(rough_picture(tensors["latents"]))
        return tensors

    return told
