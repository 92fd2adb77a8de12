"""Depth models in the hub's own layout with tiny networks and random weights: the real code, in seconds, on a CPU."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

IMAGENET = {"image_mean": [0.485, 0.456, 0.406], "image_std": [0.229, 0.224, 0.225]}
HALF = {"image_mean": [0.5, 0.5, 0.5], "image_std": [0.5, 0.5, 0.5]}


def _saved(model: Any, folder: Path, preprocessor: dict[str, Any], seed: int) -> Path:
    """The model with weights that keep a picture's contrast, and what its pictures are prepared by."""
    import torch

    torch.manual_seed(seed)
    with torch.no_grad():
        for name, weights in model.named_parameters():
            if weights.ndim > 1:
                weights.normal_(0, 1.5 / math.sqrt(weights[0].numel()))
            elif name.startswith("head") and name.endswith("bias"):
                weights.fill_(0.5)  # its last step cuts off what is below 0
        if getattr(model, "fov_model", None) is not None:
            last = [layer for layer in model.fov_model.head.modules() if isinstance(layer, torch.nn.Conv2d)][-1]
            last.weight.mul_(0.01)
            last.bias.fill_(60.0)  # degrees
    model.save_pretrained(folder)
    (folder / "preprocessor_config.json").write_text(json.dumps(preprocessor))
    return folder


def write_depthpro(folder: Path, *, fov: bool = True, seed: int = 0) -> Path:
    """DepthPro, which sees 64x64 pixels, with or without its head for the field of view. Returns its folder."""
    from transformers import DepthProConfig, DepthProForDepthEstimation

    encoder = {
        "model_type": "dinov2",
        "num_hidden_layers": 2,
        "hidden_size": 16,
        "num_attention_heads": 2,
        "mlp_ratio": 2,
        "patch_size": 4,
        "image_size": 16,
    }
    config = DepthProConfig(
        patch_size=16,
        fusion_hidden_size=16,
        intermediate_hook_ids=[1, 0],
        intermediate_feature_dims=[8, 8],
        scaled_images_feature_dims=[8, 8, 8],
        merge_padding_value=1,
        use_fov_model=fov,
        image_model_config=dict(encoder),
        patch_model_config=dict(encoder),
        fov_model_config=dict(encoder),
    )
    preprocessor = {"size": {"height": 64, "width": 64}, "resample": 2, **HALF}
    return _saved(DepthProForDepthEstimation(config), folder / "depthpro", preprocessor, seed)


def write_depth_anything(folder: Path, seed: int = 0) -> Path:
    """Depth Anything V2, which sees 56 pixels on the shorter side. Returns its folder."""
    from transformers import DepthAnythingConfig, DepthAnythingForDepthEstimation, Dinov2Config

    backbone = Dinov2Config(
        hidden_size=16,
        num_hidden_layers=2,
        num_attention_heads=2,
        mlp_ratio=2,
        patch_size=14,
        image_size=56,
        out_features=["stage1", "stage2"],
        reshape_hidden_states=False,
    )
    config = DepthAnythingConfig(
        backbone_config=backbone,
        reassemble_hidden_size=16,
        reassemble_factors=[2, 1],
        neck_hidden_sizes=[8, 8],
        fusion_hidden_size=8,
        head_hidden_size=8,
    )
    preprocessor = {
        "size": {"height": 56, "width": 56},
        "ensure_multiple_of": 14,
        "keep_aspect_ratio": True,
        "resample": 3,
        **IMAGENET,
    }
    return _saved(DepthAnythingForDepthEstimation(config), folder / "depth-anything", preprocessor, seed)


def write_dpt(folder: Path, seed: int = 0) -> Path:
    """MiDaS' DPT, which sees 64x64 pixels. Returns its folder."""
    from transformers import DPTConfig, DPTForDepthEstimation

    config = DPTConfig(
        hidden_size=16,
        num_hidden_layers=4,
        num_attention_heads=2,
        intermediate_size=32,
        image_size=64,
        patch_size=16,
        backbone_out_indices=[0, 1, 2, 3],
        neck_hidden_sizes=[8, 8, 8, 8],
        fusion_hidden_size=8,
        is_hybrid=False,
    )
    preprocessor = {"size": {"height": 64, "width": 64}, "resample": 3, **HALF}
    return _saved(DPTForDepthEstimation(config), folder / "dpt", preprocessor, seed)
