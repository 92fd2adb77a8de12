"""Checkpoints in the hub's own layout with tiny networks and random weights: the real code, in seconds, on a CPU."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

SIDE = 64  # pixels that such a network likes


def write_tokenizer(folder: Path) -> None:
    """CLIP's byte-level tokenizer without merges: every letter is a token."""
    printable = [*range(33, 127), *range(161, 173), *range(174, 256)]
    letters = [chr(byte) for byte in printable] + [chr(256 + i) for i in range(256 - len(printable))]
    words = [*letters, *(letter + "</w>" for letter in letters), "<|startoftext|>", "<|endoftext|>"]
    folder.mkdir(parents=True)
    (folder / "vocab.json").write_text(json.dumps({word: i for i, word in enumerate(words)}))
    (folder / "merges.txt").write_text("#version: 0.2\n")


def _clip() -> Any:
    """What a text encoder of CLIP's kind is made with."""
    from transformers import CLIPTextConfig

    return CLIPTextConfig(
        bos_token_id=512,
        eos_token_id=513,
        pad_token_id=513,
        vocab_size=514,
        hidden_size=32,
        intermediate_size=37,
        projection_dim=32,
        num_attention_heads=4,
        num_hidden_layers=2,
    )


def _vae(**given: Any) -> Any:
    from diffusers import AutoencoderKL

    made = {
        "block_out_channels": (8, 8, 16, 16),
        "down_block_types": ("DownEncoderBlock2D",) * 4,
        "up_block_types": ("UpDecoderBlock2D",) * 4,
        "latent_channels": 4,
        "norm_num_groups": 4,
        "sample_size": SIDE,
        "scaling_factor": 0.13025,
    }
    return AutoencoderKL(**(made | given))


# SDXL's networks, as small as they go: the UNet, and what a ControlNet shares with it.
_DOWN: dict[str, Any] = {
    "block_out_channels": (32, 64),
    "layers_per_block": 1,
    "down_block_types": ("DownBlock2D", "CrossAttnDownBlock2D"),
    "attention_head_dim": (2, 4),
    "use_linear_projection": True,
    "addition_embed_type": "text_time",
    "addition_time_embed_dim": 8,
    "transformer_layers_per_block": (1, 2),
    "projection_class_embeddings_input_dim": 6 * 8 + 32,
    "cross_attention_dim": 64,
    "norm_num_groups": 8,
}


def _unet() -> Any:
    from diffusers import UNet2DConditionModel

    return UNet2DConditionModel(sample_size=SIDE // 8, up_block_types=("CrossAttnUpBlock2D", "UpBlock2D"), **_DOWN)


def write_sdxl(folder: Path, seed: int = 0) -> Path:
    """SDXL base: UNet, two text encoders, VAE, scheduler, some 200,000 parameters in all. Returns its folder."""
    import torch
    from diffusers import EulerDiscreteScheduler, StableDiffusionXLPipeline
    from transformers import CLIPTextModel, CLIPTextModelWithProjection, CLIPTokenizer

    torch.manual_seed(seed)
    write_tokenizer(folder / "words")
    tokenizer = CLIPTokenizer.from_pretrained(str(folder / "words"), model_max_length=77)
    encoder = _clip()
    pipeline = StableDiffusionXLPipeline(
        vae=_vae(),
        text_encoder=CLIPTextModel(encoder),
        text_encoder_2=CLIPTextModelWithProjection(encoder),
        tokenizer=tokenizer,
        tokenizer_2=tokenizer,
        unet=_unet(),
        scheduler=EulerDiscreteScheduler(
            beta_start=0.00085,
            beta_end=0.012,
            beta_schedule="scaled_linear",
            timestep_spacing="leading",
            steps_offset=1,
        ),
    )
    pipeline.save_pretrained(folder / "sdxl")
    return folder / "sdxl"


def write_vae(folder: Path, seed: int = 2) -> Path:
    """A decoder for half precision: it need not be run in float32, and works in tiles of half the size."""
    import torch

    torch.manual_seed(seed)
    _vae(force_upcast=False, sample_size=SIDE // 2).save_pretrained(folder / "vae-fp16-fix")
    return folder / "vae-fp16-fix"


def write_lightning(folder: Path, steps: int = 4, seed: int = 3) -> Path:
    """SDXL-Lightning's UNet for so many steps, one file in half precision."""
    import torch
    from safetensors.torch import save_file

    torch.manual_seed(seed)
    (folder / "lightning").mkdir(parents=True, exist_ok=True)
    weights = {name: value.half().contiguous() for name, value in _unet().state_dict().items()}
    save_file(weights, folder / "lightning" / f"sdxl_lightning_{steps}step_unet.safetensors")
    return folder / "lightning"


def write_controlnet(folder: Path, *, kinds: int = 8, full: bool = False, seed: int = 4) -> Path:
    """The union of SDXL's ControlNets; its last layers, which begin as zeros, have weights too.

    A `full` one has the names of the version that knows all kinds and lies beside the first.
    """
    import torch
    from diffusers import ControlNetUnionModel

    torch.manual_seed(seed)
    net = ControlNetUnionModel(
        conditioning_embedding_out_channels=(16, 32, 32, 32),
        num_control_type=kinds,
        num_trans_channel=32,
        num_trans_head=4,
        num_proj_channel=32,
        **_DOWN,
    )
    with torch.no_grad():
        for weights in net.parameters():
            if not weights.any():
                weights.normal_(0, 0.2)
    target = folder / "controlnet-union"
    net.save_pretrained(target)
    if full:
        (target / "config.json").rename(target / "config_promax.json")
        (target / "diffusion_pytorch_model.safetensors").rename(target / "diffusion_pytorch_model_promax.safetensors")
    return target


def write_flux(folder: Path, seed: int = 5) -> Path:
    """FLUX.1 [schnell]: transformer, CLIP and T5, a VAE with 16 channels, and its scheduler."""
    import torch
    from diffusers import FlowMatchEulerDiscreteScheduler, FluxPipeline, FluxTransformer2DModel
    from transformers import CLIPTextModel, CLIPTokenizer, T5Config, T5EncoderModel, T5TokenizerFast

    torch.manual_seed(seed)
    write_tokenizer(folder / "words")
    letters = [chr(code) for code in range(33, 127)]
    pieces = ["<pad>", "</s>", "<unk>", "▁", *letters]
    pipeline = FluxPipeline(
        scheduler=FlowMatchEulerDiscreteScheduler(shift=1.0, use_dynamic_shifting=False),
        vae=_vae(
            latent_channels=16,
            scaling_factor=0.3611,
            shift_factor=0.1159,
            use_quant_conv=False,
            use_post_quant_conv=False,
        ),
        text_encoder=CLIPTextModel(_clip()),
        tokenizer=CLIPTokenizer.from_pretrained(str(folder / "words"), model_max_length=77),
        text_encoder_2=T5EncoderModel(
            T5Config(vocab_size=len(pieces), d_model=32, d_kv=8, d_ff=37, num_layers=2, num_heads=4)
        ),
        tokenizer_2=T5TokenizerFast(vocab=[(piece, -1.0) for piece in pieces], extra_ids=0, model_max_length=512),
        transformer=FluxTransformer2DModel(
            in_channels=64,
            num_layers=1,
            num_single_layers=1,
            attention_head_dim=16,
            num_attention_heads=2,
            joint_attention_dim=32,
            pooled_projection_dim=32,
            axes_dims_rope=(4, 4, 8),
        ),
    )
    pipeline.save_pretrained(folder / "flux")
    return folder / "flux"
