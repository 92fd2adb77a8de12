"""Guides for SDXL: one ControlNet for all kinds, which takes its place beside the base's own parts.

Zhang et al. 2023, "Adding Conditional Control to Text-to-Image Diffusion Models"; the union of its kinds is xinsir's
ControlNet++.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from PIL import Image

from lucida.engines.loading import fetched, loading
from lucida.engines.painter.guide import Guide, GuideKind
from lucida.errors import ModelUnavailable

_TITLE = "SDXL's ControlNet"
_MODES: dict[GuideKind, int] = {"pose": 0, "depth": 1, "canny": 3, "tile": 6}  # the union's numbers for them
# The fuller version, which knows tiles too, lies beside the first one under this name.
_FULL_CONFIG, _FULL_WEIGHTS = "config_promax.json", "diffusion_pytorch_model_promax.safetensors"


class Guidance:
    """The pipelines of a loaded SDXL that follow a guide; they share all of its parts."""

    def __init__(self, source: str, components: dict[str, Any], dtype: Any) -> None:
        from diffusers import StableDiffusionXLControlNetUnionImg2ImgPipeline, StableDiffusionXLControlNetUnionPipeline

        with loading(_TITLE, source):
            self._net = _load_union(source, dtype)
        self._source = source
        parts = components | {"controlnet": self._net, "add_watermarker": False}
        self.text_to_image: Any = StableDiffusionXLControlNetUnionPipeline(**parts)
        self.image_to_image: Any = StableDiffusionXLControlNetUnionImg2ImgPipeline(**parts)
        for pipeline in (self.text_to_image, self.image_to_image):
            pipeline.set_progress_bar_config(disable=True)

    def told(self, guide: Guide, picture: Any) -> dict[str, Any]:
        """What a pipeline is called with for a guide, whose picture (H, W, 3) is as the model is to see it.

        Raises `ModelUnavailable` for a kind that this ControlNet does not know.
        """
        mode = _MODES[guide.kind]
        if mode >= self._net.config.num_control_type:
            raise ModelUnavailable(f"{self._source} knows no {guide.kind}; LUCIDA_SDXL_CONTROLNET names another.")
        return {
            "control_image": [Image.fromarray(picture)],
            "control_mode": [mode],
            "controlnet_conditioning_scale": guide.strength,
            "control_guidance_start": guide.start,
            "control_guidance_end": guide.end,
        }


def _load_union(source: str, dtype: Any) -> Any:
    from accelerate import init_empty_weights
    from diffusers import ControlNetUnionModel
    from safetensors.torch import load_file

    try:
        config, weights = (fetched(source, name) for name in (_FULL_CONFIG, _FULL_WEIGHTS))
    except OSError:  # it is not there, or cannot be fetched: the other one may be
        return ControlNetUnionModel.from_pretrained(source, dtype=dtype)
    with init_empty_weights():
        net = ControlNetUnionModel.from_config(ControlNetUnionModel._dict_from_json_file(config))
    net.load_state_dict({name: value.to(dtype) for name, value in load_file(Path(weights)).items()}, assign=True)
    return net.eval()
