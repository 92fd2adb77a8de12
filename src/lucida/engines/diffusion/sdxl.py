"""Stable Diffusion XL by diffusers: text to picture, and part of a picture anew.

Podell et al. 2023, "SDXL: Improving Latent Diffusion Models for High-Resolution Image Synthesis". One pipeline is used
by one thread at a time. Noise is drawn on the CPU, so that the device does not change the picture.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from lucida.config import get_settings
from lucida.engines.devices import Hardware, find_hardware
from lucida.engines.diffusion.distilled import NO_GUIDANCE, Distilled
from lucida.engines.diffusion.guidance import Guidance
from lucida.engines.diffusion.latents import latent_mask, rough_picture
from lucida.engines.diffusion.loading import load_unet
from lucida.engines.diffusion.masks import laid_in
from lucida.engines.diffusion.memory import SDXL, SDXL_CONTROLNET, Footprint
from lucida.engines.diffusion.placement import Placement
from lucida.engines.diffusion.prompts import Encoded, encoded
from lucida.engines.diffusion.requests import RepaintRequest
from lucida.engines.diffusion.samplers import make_scheduler
from lucida.engines.diffusion.steps import Change, noise, step_end
from lucida.engines.loading import loading, need_packages
from lucida.engines.painter.guide import Guide
from lucida.engines.painter.picture import Picture, PictureRequest, Preview
from lucida.engines.progress import Progress

if TYPE_CHECKING:
    import torch

LIGHTNING = "SDXL-Lightning"
_SMALLEST_STEP = 8  # pixels: what one latent covers


class Sdxl:
    """A loaded model. `repaint` keeps what a mask keeps, at every step in latents and at the end in bytes.

    A `distilled` one decides steps, guidance and sampler itself.
    """

    licence = "CreativeML Open RAIL++-M"

    def __init__(self, pipeline: Any, hardware: Hardware, distilled: Distilled | None = None) -> None:
        from diffusers import StableDiffusionXLImg2ImgPipeline

        self._text_to_image: Any = pipeline
        self._image_to_image: Any = StableDiffusionXLImg2ImgPipeline(**pipeline.components, add_watermarker=False)
        self._guidance: Guidance | None = None
        self._image_to_image.set_progress_bar_config(disable=True)
        self._text_to_image.set_progress_bar_config(disable=True)
        self._noise_levels = pipeline.scheduler.config
        self._hardware = hardware
        self._placement = Placement(hardware, compiled=get_settings().torch_compile)
        self._encoded_prompts = Encoded()
        self._distilled = distilled
        self.name = "sdxl-lightning" if distilled else "sdxl"

    def draw(self, request: PictureRequest, progress: Progress, preview: Preview) -> Picture:
        """A picture from words, as plain diffusers paints it. Raises `BadParameter`, `OutOfMemory`."""
        used = self._distilled.used() if self._distilled else {}
        notes = self._distilled.notes(request) if self._distilled else ()
        request = replace(request, **used)
        guidance = self._guidance_for(request.guide)
        pipeline = guidance.text_to_image if guidance else self._text_to_image

        def paint() -> NDArray[np.uint8]:
            guided = {}
            if guidance and request.guide:
                guided = guidance.told(request.guide, request.guide.seen(request.width, request.height))
            pipeline.scheduler = self._scheduler(request.sampler)
            told = pipeline(
                **self._worded(request),
                **guided,
                width=request.width,
                height=request.height,
                num_inference_steps=request.steps,
                guidance_scale=request.cfg_scale,
                generator=noise(request.seed),
                callback_on_step_end=step_end(progress, preview, rough_picture),
            )
            return np.asarray(told.images[0])

        painted = self._placement.run(pipeline, _footprint(guidance), request.width * request.height, paint)
        return Picture(painted, notes, used=used)

    def edit(self, request: RepaintRequest, progress: Progress, preview: Preview) -> Picture:
        """As `repaint`, and what was truly used."""
        used = self._distilled.used() if self._distilled else {}
        notes = self._distilled.notes(request) if self._distilled else ()
        return Picture(self.repaint(request, progress, preview), notes, used=used)

    def repaint(self, request: RepaintRequest, progress: Progress, preview: Preview) -> NDArray[np.uint8]:
        """The picture (H, W, 3), changed where the mask is white. Raises `BadParameter`, `OutOfMemory`."""
        if self._distilled and request.strength > 0:  # the few steps there are, one at the least
            least = max(request.strength, 1 / self._distilled.steps)
            request = replace(request, **self._distilled.used(), strength=least)
        if not (request.mask > 127).any() or int(request.steps * request.strength) < 1:
            return request.picture.copy()

        guidance = self._guidance_for(request.guide)
        pipeline = guidance.image_to_image if guidance else self._image_to_image
        height, width = request.picture.shape[:2]

        def paint() -> NDArray[np.uint8]:
            guided = {}
            if guidance and request.guide:
                guided = guidance.told(request.guide, _in_steps(request.guide.seen(width, height)))
            picture, mask = _in_steps(request.picture), _in_steps(request.mask)
            known = self._encoded(picture)
            pipeline.scheduler = self._scheduler(request.sampler)
            told = pipeline(
                **self._worded(request),
                **guided,
                image=known,
                strength=request.strength,
                num_inference_steps=request.steps,
                guidance_scale=request.cfg_scale,
                generator=noise(request.seed),
                original_size=picture.shape[:2],
                target_size=picture.shape[:2],
                callback_on_step_end=step_end(progress, preview, rough_picture, _keeping(known, mask, request.seed)),
            )
            return laid_in(request.picture, np.asarray(told.images[0])[:height, :width], request.mask)

        return self._placement.run(pipeline, _footprint(guidance), width * height, paint)

    def _guidance_for(self, guide: Guide | None) -> Guidance | None:
        """What follows the guide, loaded when there is a first one; one without strength is none."""
        if guide is None or guide.strength == 0:
            return None
        if self._guidance is None:
            components = self._text_to_image.components
            self._guidance = Guidance(get_settings().sdxl_controlnet, components, self._hardware.dtype)
        return self._guidance

    def _scheduler(self, sampler: str) -> Any:
        spacing = {"timestep_spacing": "trailing"} if self._distilled else {}  # the steps that it was taught at
        return make_scheduler(sampler, self._noise_levels, **spacing)

    def _worded(self, request: PictureRequest | RepaintRequest) -> dict[str, Any]:
        """The prompt as the pipelines take it."""
        prompt, negative, guided = key = request.prompt, request.negative_prompt, request.cfg_scale > NO_GUIDANCE
        device = self._hardware.kind
        return self._encoded_prompts.get(
            key, lambda: encoded(self._text_to_image, prompt, negative, guided=guided, device=device)
        )

    def _encoded(self, picture: NDArray[np.uint8]) -> torch.Tensor:
        """The latents (1, 4, H/8, W/8) of a picture: the mean, so that nothing is left to chance."""
        import torch

        vae = self._image_to_image.vae
        stays = vae.dtype
        precise = torch.float32 if vae.config.force_upcast else stays
        if precise != stays:
            vae.to(dtype=precise)
        values = torch.from_numpy(picture.astype(np.float32) / 127.5 - 1).permute(2, 0, 1)[None]
        latents = vae.encode(values.to(self._hardware.kind, precise)).latent_dist.mode()
        if precise != stays:
            vae.to(dtype=stays)
        return (latents * vae.config.scaling_factor).to(stays)

    def rest(self) -> None:
        """Give the card's unused memory back."""
        self._hardware.give_back()

    def close(self) -> None:
        """Let go of all parts; nothing can be painted any more."""
        self._placement.clear()
        self._text_to_image = self._image_to_image = self._guidance = None


def load_sdxl(model: str, vae: str | None = None) -> Sdxl:
    """The model from a folder or a name on the hub (kept in `HF_HOME`). Raises `ModelUnavailable`, saying why."""
    need_packages("SDXL")
    hardware = find_hardware()
    with loading("SDXL", model):
        return Sdxl(_pipeline(model, vae, hardware), hardware)


def load_lightning(model: str, steps: int, base: str, vae: str | None = None) -> Sdxl:
    """SDXL-Lightning: the base with the UNet that was made for so many steps. Raises `ModelUnavailable`, saying why.

    `model` is a folder or a name on the hub that holds `sdxl_lightning_4step_unet.safetensors` or the like.
    """
    need_packages(LIGHTNING)
    hardware = find_hardware()
    with loading(LIGHTNING, model):
        unet = load_unet(base, model, f"sdxl_lightning_{steps}step_unet.safetensors", hardware.dtype)
    with loading(LIGHTNING, base):
        pipeline = _pipeline(base, vae, hardware, unet=unet)
    return Sdxl(pipeline, hardware, Distilled(LIGHTNING, steps, sampler="Euler"))


def _pipeline(model: str, vae: str | None, hardware: Hardware, **parts: Any) -> Any:
    from diffusers import AutoencoderKL, StableDiffusionXLPipeline

    if vae is not None:
        parts["vae"] = AutoencoderKL.from_pretrained(vae, dtype=hardware.dtype)
    return StableDiffusionXLPipeline.from_pretrained(
        model, dtype=hardware.dtype, use_safetensors=True, add_watermarker=False, **parts
    )


def _footprint(guidance: Guidance | None) -> Footprint:
    return SDXL.beside(SDXL_CONTROLNET) if guidance else SDXL


def _in_steps(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """A picture grown at its right and lower edge, by repeating them, to whole latents."""
    height, width = picture.shape[:2]
    more = [(0, -height % _SMALLEST_STEP), (0, -width % _SMALLEST_STEP), (0, 0)][: picture.ndim]
    return np.pad(picture, more, mode="edge")


def _keeping(known: torch.Tensor, mask: NDArray[np.uint8], seed: int) -> Change:
    """What is black in the mask is the picture's own, with as much noise as there is left, after every step."""
    from diffusers.utils.torch_utils import randn_tensor

    grain = randn_tensor(known.shape, generator=noise(seed), device=known.device, dtype=known.dtype)
    free = latent_mask(mask, (known.shape[2], known.shape[3])).to(known.device, known.dtype)

    def change(pipeline: Any, step: int, latents: torch.Tensor) -> torch.Tensor:
        times = pipeline.scheduler.timesteps
        ahead = len(times) - pipeline._num_timesteps + step + 1
        kept = known
        if ahead < len(times):
            kept = pipeline.scheduler.add_noise(known, grain, times[ahead : ahead + 1])
        return free * latents + (1 - free) * kept.to(latents.dtype)

    return change
