"""How fast SDXL is here, beside the specification's literal settings: `python bench/sdxl.py`.

On a GPU the real architecture at full size with random weights, for speed does not depend on them, the card's memory
capped at 12 GB; without one the tests' tiny networks, which says nothing about speed and says so.

A picture is 1024 × 1024 in 30 steps; a panorama six faces and five exposures of a room with a lamp, 25 steps a face.
Literal: half precision, attention slicing, the decoder that comes with the model, sliced and tiled, and all six faces
painted at each of the five exposures. Beside it ours as it is by default, in the four steps of `sdxl-lightning` (random
weights again), and, on a GPU, with its blocks compiled (`LUCIDA_TORCH_COMPILE=1`). `--step` times single steps of the
whole UNet, on a CPU in float32 (12 GB of memory, some minutes), and nothing else.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))

from checkpoints import write_sdxl, write_tokenizer
from scenes import view_of

from lucida.config import get_settings
from lucida.engines.devices import Hardware, find_hardware
from lucida.engines.diffusion.distilled import Distilled
from lucida.engines.diffusion.memory import MemoryPlan
from lucida.engines.diffusion.placement import Placement
from lucida.engines.diffusion.prompts import worded
from lucida.engines.diffusion.requests import RepaintRequest
from lucida.engines.diffusion.sdxl import Sdxl
from lucida.engines.painter.picture import PictureRequest
from lucida.engines.painter.repainted import Care, RepaintedPanoramas
from lucida.engines.progress import silent
from lucida.geometry.cameras import PinholeCamera

CAP = 12.0  # GB
EVS = (-3.0, -1.0, 0.0, 1.0, 3.0)
FACES = 6
STEPS = 2  # of each, where only steps are timed


def full_unet() -> Any:
    """SDXL base's UNet with random weights, 2.57 G parameters: what its configuration on the hub says."""
    from diffusers import UNet2DConditionModel

    return UNet2DConditionModel(
        sample_size=128,
        block_out_channels=(320, 640, 1280),
        down_block_types=("DownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D"),
        up_block_types=("CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "UpBlock2D"),
        transformer_layers_per_block=(1, 2, 10),
        attention_head_dim=(5, 10, 20),
        cross_attention_dim=2048,
        use_linear_projection=True,
        addition_embed_type="text_time",
        addition_time_embed_dim=256,
        projection_class_embeddings_input_dim=2816,
    )


def one_step(hardware: Hardware) -> None:
    """One step of a picture of 1024² with guidance, by the whole UNet: as the letter has it, and as we have it."""
    import torch

    torch.manual_seed(0)
    torch.set_default_dtype(hardware.dtype)
    with torch.device(hardware.kind):
        unet = full_unet().eval()
        latents, words = torch.randn(2, 4, 128, 128), torch.randn(2, 77, 2048)
        more = {"text_embeds": torch.randn(2, 1280), "time_ids": torch.ones(2, 6)}

    def step() -> None:
        with torch.no_grad():
            unet(latents, 500, encoder_hidden_states=words, added_cond_kwargs=more)

    print(f"One step of the whole UNet at 1024², with guidance; {hardware.name}, {hardware.dtype}")
    print("| | step (s) | peak (GB) |\n|---|---|---|")
    sliced, plain = [], []
    for _ in range(STEPS):  # by turns: other work on the machine slows both
        unet.set_attention_slice("auto")
        sliced.append(timed(step, 1))
        unet.set_default_attn_processor()
        plain.append(timed(step, 1))
    for name, told in (("attention sliced", min(sliced)), ("SDPA", min(plain))):
        print(f"| {name} | {told[0]:.2f} | {told[1]:.1f} |")
    print(f"| ratio | {min(sliced)[0] / min(plain)[0]:.2f} | |")


def full_size(folder: Path, dtype: Any) -> Any:
    """SDXL base with random weights, made on the card: what its configuration on the hub says."""
    import torch
    from diffusers import AutoencoderKL, EulerDiscreteScheduler, StableDiffusionXLPipeline
    from transformers import CLIPTextConfig, CLIPTextModel, CLIPTextModelWithProjection, CLIPTokenizer

    write_tokenizer(folder / "words")
    tokenizer = CLIPTokenizer.from_pretrained(str(folder / "words"), model_max_length=77)
    ids = {"bos_token_id": 512, "eos_token_id": 513, "pad_token_id": 513, "vocab_size": 49408}
    first = CLIPTextConfig(
        hidden_size=768, intermediate_size=3072, num_attention_heads=12, num_hidden_layers=12, projection_dim=768, **ids
    )
    second = CLIPTextConfig(
        hidden_size=1280,
        intermediate_size=5120,
        num_attention_heads=20,
        num_hidden_layers=32,
        projection_dim=1280,
        hidden_act="gelu",
        **ids,
    )
    torch.manual_seed(0)
    torch.set_default_dtype(dtype)
    with torch.device("cuda"):
        unet = full_unet()
        vae = AutoencoderKL(
            block_out_channels=(128, 256, 512, 512),
            down_block_types=("DownEncoderBlock2D",) * 4,
            up_block_types=("UpDecoderBlock2D",) * 4,
            layers_per_block=2,
            latent_channels=4,
            sample_size=1024,
            scaling_factor=0.13025,
            force_upcast=True,
        )
        encoders = CLIPTextModel(first), CLIPTextModelWithProjection(second)
    torch.set_default_dtype(torch.float32)
    return StableDiffusionXLPipeline(
        vae=vae,
        text_encoder=encoders[0],
        text_encoder_2=encoders[1],
        tokenizer=tokenizer,
        tokenizer_2=tokenizer,
        unet=unet,
        scheduler=EulerDiscreteScheduler(
            beta_start=0.00085,
            beta_end=0.012,
            beta_schedule="scaled_linear",
            timestep_spacing="leading",
            steps_offset=1,
        ),
    )


class Sliced(Placement):
    """Whole on the device, the decoder sliced and tiled."""

    def _lay_out(self, pipeline: Any, plan: MemoryPlan) -> None:
        self._pipeline, self._plan = pipeline, plan
        pipeline.to(self.hardware.kind)
        pipeline.vae.enable_slicing()
        pipeline.vae.enable_tiling()


class Literal(Sdxl):
    """As the specification's letter has it; each prompt is encoded each time."""

    def __init__(self, pipeline: Any, hardware: Hardware) -> None:
        super().__init__(pipeline, hardware)
        self._placement = Sliced(hardware)
        pipeline.unet.set_attention_slice("auto")

    def _worded(self, request: PictureRequest | RepaintRequest) -> dict[str, Any]:
        return worded(self._text_to_image, request.prompt, request.negative_prompt, self._hardware.kind)


def timed(work: Callable[[], object], runs: int) -> tuple[float, float]:
    """The fastest of some runs in seconds, and the peak of the card's memory in GB."""
    import torch

    cuda = torch.cuda.is_available()
    if cuda:
        torch.cuda.reset_peak_memory_stats()
    seconds = []
    for _ in range(runs):
        began = time.perf_counter()
        work()
        if cuda:
            torch.cuda.synchronize()
        seconds.append(time.perf_counter() - began)
    return min(seconds), torch.cuda.max_memory_allocated() / 1e9 if cuda else 0.0


def picture(model: Sdxl, size: int) -> Callable[[], object]:
    request = PictureRequest("a house by a lake", width=size, height=size, steps=30)
    return lambda: model.draw(request, silent, lambda preview: None)


def literal_panorama(model: Sdxl, size: int) -> Callable[[], object]:
    """Every face at every exposure, all of it anew."""
    grey = np.full((size, size, 3), 118, np.uint8)
    request = RepaintRequest(grey, np.full((size, size), 255, np.uint8), "a realistic room", steps=25)

    def paint() -> None:
        for _ in range(len(EVS) * FACES):
            model.repaint(request, silent, lambda preview: None)
            model.rest()

    return paint


def our_panorama(model: Sdxl, size: int) -> Callable[[], object]:
    view = view_of("indoor", PinholeCamera(1024, 768, 1.2), cube_res=min(2048, 4 * size))
    painter = RepaintedPanoramas(model, Care(size=size), EVS)
    return lambda: painter.paint(view, silent, lambda name, face: None)


def main() -> None:
    import torch
    from diffusers import StableDiffusionXLPipeline

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--step", action="store_true", help="time single steps only, at full size without a GPU, too")
    hardware = find_hardware()
    if parser.parse_args().step:
        one_step(hardware)
        return
    folder = Path(tempfile.mkdtemp(prefix="lucida-bench-"))
    if hardware.kind == "cuda":
        total = torch.cuda.get_device_properties(0).total_memory / 1e9
        torch.cuda.set_per_process_memory_fraction(min(1.0, CAP / total))
        pipeline, size, runs = full_size(folder, torch.float16), 1024, 3
        print(f"{hardware.name}, memory capped at {CAP:g} of {total:.0f} GB")
    else:
        pipeline, size, runs = StableDiffusionXLPipeline.from_pretrained(write_sdxl(folder)), 64, 1
        print("No GPU: tiny networks on the CPU. These seconds say that it runs, not how fast it is.")
    rows = []
    literal = Literal(pipeline, hardware)
    rows.append(("literal", timed(picture(literal, size), runs), timed(literal_panorama(literal, size), 1)))
    pipeline.unet.set_default_attn_processor()
    pipeline.vae.register_to_config(
        force_upcast=False, sample_size=512
    )  # as the decoder made for half precision has it
    ours = Sdxl(pipeline, hardware)
    picture(ours, size)()
    rows.append(("Lucida", timed(picture(ours, size), runs), timed(our_panorama(ours, size), 1)))
    few = Sdxl(pipeline, hardware, Distilled("SDXL-Lightning", steps=4, sampler="Euler"))
    picture(few, size)()
    rows.append(("Lucida, 4 steps (`sdxl-lightning`)", timed(picture(few, size), runs), None))
    if hardware.kind == "cuda":
        os.environ["LUCIDA_TORCH_COMPILE"] = "1"
        get_settings.cache_clear()
        compiled = Sdxl(pipeline, hardware)
        first = timed(picture(compiled, size), 1)[0]
        rows.append(("Lucida, compiled", timed(picture(compiled, size), runs), timed(our_panorama(compiled, size), 1)))
        print(f"The first picture of a compiled model took {first:.0f} s.")
    print("| | picture (s) | peak (GB) | panorama (s) | peak (GB) |\n|---|---|---|---|---|")
    for name, one, all_faces in rows:
        whole = f"{all_faces[0]:.1f} | {all_faces[1]:.1f}" if all_faces else "– | –"
        print(f"| {name} | {one[0]:.2f} | {one[1]:.1f} | {whole} |")
    (_, one, whole), (_, our_one, our_whole) = rows[:2]
    print(f"| literal ÷ Lucida | {one[0] / our_one[0]:.1f} | | {whole[0] / our_whole[0]:.1f} | |")


if __name__ == "__main__":
    main()
