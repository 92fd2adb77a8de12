"""What all diffusion models do the same: noise from a seed, and what is told and done after each step."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from lucida.engines.painter.picture import Preview
from lucida.engines.progress import Progress

if TYPE_CHECKING:
    import torch

Change = Callable[[Any, int, "torch.Tensor"], "torch.Tensor"]
Rough = Callable[["torch.Tensor"], NDArray[np.uint8]]  # latents as a small sRGB picture (h, w, 3)


def noise(seed: int) -> torch.Generator:
    """What draws the noise: on the CPU, so that the device does not change the picture."""
    import torch

    return torch.Generator("cpu").manual_seed(seed)


def step_end(
    progress: Progress, preview: Preview, rough: Rough, change: Change | None = None
) -> Callable[..., dict[str, Any]]:
    """Tell of every step, and change its latents; whatever `progress` raises stops the work."""

    def told(pipeline: Any, step: int, time: Any, tensors: dict[str, Any]) -> dict[str, Any]:
        count = pipeline._num_timesteps
        progress((step + 1) / count, f"step {step + 1}/{count} ({100 * (step + 1) // count}%)")
        if change is not None:
            tensors["latents"] = change(pipeline, step, tensors["latents"])
        preview(rough(tensors["latents"]))
        return tensors

    return told
