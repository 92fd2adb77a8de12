"""Loading a denoiser that stands in for a pipeline's own."""

from __future__ import annotations

from typing import Any

from lucida.engines.loading import fetched


def load_unet(base: str, source: str, file: str, dtype: Any) -> Any:
    """A UNet built as that of the pipeline `base`, with the weights in a file of a folder or a repository on the hub.

    The base's own UNet is not loaded.
    """
    from accelerate import init_empty_weights
    from diffusers import UNet2DConditionModel
    from safetensors.torch import load_file

    path = fetched(source, file)
    config = UNet2DConditionModel.load_config(base, subfolder="unet")
    with init_empty_weights():  # no time for random weights that are thrown away
        unet = UNet2DConditionModel.from_config(config)
    unet.load_state_dict({name: weights.to(dtype) for name, weights in load_file(path).items()}, assign=True)
    return unet.eval()
