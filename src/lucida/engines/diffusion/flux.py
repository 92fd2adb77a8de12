"""FLUX.1 [schnell] by diffusers: text to picture in four steps.

Black Forest Labs 2024; Esser et al. 2024, "Scaling Rectified Flow Transformers for High-Resolution Image Synthesis".
One pipeline is used by one thread at a time. Noise is drawn on the CPU.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from lucida.config import get_settings
from lucida.engines.devices import Hardware, find_hardware
from lucida.engines.diffusion.distilled import Distilled
from lucida.engines.diffusion.latents import fitted_colours, in_colours
from lucida.engines.diffusion.memory import FLUX
from lucida.engines.diffusion.placement import Placement
from lucida.engines.diffusion.prompts import Encoded, has_weights
from lucida.engines.diffusion.steps import noise, step_end
from lucida.engines.loading import loading, need_packages
from lucida.engines.painter.guide import refuse_guide
from lucida.engines.painter.picture import Picture, PictureRequest, Preview
from lucida.engines.progress import Progress

if TYPE_CHECKING:
    import torch

SCHNELL = Distilled("FLUX.1 [schnell]", steps=4, sampler="Euler")
MOST_TOKENS = 256  # of a prompt, that the model was made for
_STEP = 16  # pixels: what one token of the picture covers


class Flux:
    """A loaded model. It is asked for nothing but words, size and seed."""

    name = "flux-schnell"
    licence = "Apache-2.0"

    def __init__(self, pipeline: Any, hardware: Hardware) -> None:
        pipeline.set_progress_bar_config(disable=True)
        self._pipeline: Any = pipeline
        self._noise_levels = pipeline.scheduler.config
        self._placement = Placement(hardware, compiled=get_settings().torch_compile)
        self._encoded = Encoded()
        self._colours: NDArray[np.float32] | None = None

    def draw(self, request: PictureRequest, progress: Progress, preview: Preview) -> Picture:
        """A picture from words, as plain diffusers paints it. Raises `BadParameter`, `OutOfMemory`."""
        refuse_guide(self.name, request.guide)
        width, height = (side + -side % _STEP for side in (request.width, request.height))

        def paint() -> NDArray[np.uint8]:
            pipeline = self._pipeline
            if self._colours is None:
                self._colours = fitted_colours(pipeline.vae, pipeline._execution_device)
            colours = self._colours

            def rough(packed: torch.Tensor) -> NDArray[np.uint8]:
                latents = pipeline._unpack_latents(packed, height, width, pipeline.vae_scale_factor)
                return in_colours(latents, colours)

            pipeline.scheduler = type(pipeline.scheduler).from_config(self._noise_levels)
            told = pipeline(
                **self._encoded.get((request.prompt,), lambda: _encode(pipeline, request.prompt)),
                width=width,
                height=height,
                num_inference_steps=SCHNELL.steps,
                guidance_scale=0.0,
                generator=noise(request.seed),
                callback_on_step_end=step_end(progress, preview, rough),
            )
            return np.asarray(told.images[0])[: request.height, : request.width]

        pixels = self._placement.run(self._pipeline, FLUX, width * height, paint)
        return Picture(pixels, SCHNELL.notes(request) + self._unread(request.prompt), used=SCHNELL.used())

    def close(self) -> None:
        """Let go of all parts; nothing can be painted any more."""
        self._placement.clear()
        self._pipeline = None

    def _unread(self, prompt: str) -> tuple[str, ...]:
        """What of the prompt the model did not read as it was meant."""
        notes = []
        count = len(self._pipeline.tokenizer_2(prompt, verbose=False).input_ids)
        if count > MOST_TOKENS:
            notes.append(f"The prompt has {count} tokens; {MOST_TOKENS} of them were read.")
        if has_weights(prompt):
            notes.append(f"{SCHNELL.title} knows no weights: brackets and numbers were read as words.")
        return tuple(notes)


def _encode(pipeline: Any, prompt: str) -> dict[str, Any]:
    embeds, pooled, _ = pipeline.encode_prompt(
        prompt, None, device=pipeline._execution_device, max_sequence_length=MOST_TOKENS
    )
    return {"prompt_embeds": embeds, "pooled_prompt_embeds": pooled}


def load_flux(model: str) -> Flux:
    """The model from a folder or a name on the hub (kept in `HF_HOME`). Raises `ModelUnavailable`, saying why."""
    need_packages(SCHNELL.title)
    import torch
    from diffusers import FluxPipeline

    # It warns of prompts that it cuts by printing them; what was not read is in the picture's notes.
    logging.getLogger("diffusers.pipelines.flux.pipeline_flux").setLevel(logging.ERROR)
    hardware = find_hardware()
    dtype = torch.bfloat16 if hardware.kind == "cuda" else torch.float32  # half precision overflows
    with loading(SCHNELL.title, model):
        pipeline = FluxPipeline.from_pretrained(model, dtype=dtype, use_safetensors=True)
    return Flux(pipeline, hardware)
