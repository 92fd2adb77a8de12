"""Models that this process has loaded: each once, kept for the next job."""

from __future__ import annotations

import functools

from lucida.config import get_settings
from lucida.engines.devices import find_hardware
from lucida.engines.diffusion.sdxl import Sdxl, load_sdxl


@functools.cache
def loaded_sdxl() -> Sdxl:
    """SDXL as the settings name it, on a GPU with the decoder that half precision does not overflow.

    Raises `ModelUnavailable`.
    """
    settings = get_settings()
    on_gpu = find_hardware().kind == "cuda"
    return load_sdxl(settings.sdxl_model, settings.sdxl_vae if on_gpu and settings.sdxl_vae else None)
