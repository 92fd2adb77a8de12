"""Models of segmentation in the hub's own layout with tiny networks and random weights."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

SAM2_SIDE = 128  # pixels; its masks have a quarter
_LOOK = {"image_mean": [0.485, 0.456, 0.406], "image_std": [0.229, 0.224, 0.225]}
_SWIN = {"image_size": 64, "embed_dim": 8, "depths": [1, 1, 1, 1], "num_heads": [1, 2, 4, 8], "window_size": 4}


def _labels() -> dict[int, str]:
    from lucida.engines.segmentation.ade20k import LABELS

    return dict(enumerate(LABELS))


def _write(model: Any, folder: Path, preprocessing: dict[str, Any]) -> Path:
    model.save_pretrained(folder)
    (folder / "preprocessor_config.json").write_text(json.dumps(preprocessing))
    return folder


def write_sam2(folder: Path, seed: int = 0) -> Path:
    """SAM 2: a Hiera of four stages, its decoder with two layers. It thinks all its masks good."""
    import torch
    from transformers import Sam2Config, Sam2HieraDetConfig, Sam2Model, Sam2VisionConfig

    torch.manual_seed(seed)
    backbone = Sam2HieraDetConfig(
        hidden_size=8,
        image_size=[SAM2_SIDE, SAM2_SIDE],
        blocks_per_stage=[1, 1, 2, 1],
        embed_dim_per_stage=[8, 16, 32, 64],
        num_attention_heads_per_stage=[1, 1, 2, 4],
        window_size_per_stage=[8, 4, 4, 2],
        global_attention_blocks=[3],
    )
    seen = SAM2_SIDE // 4
    vision = Sam2VisionConfig(
        backbone_config=backbone,
        backbone_channel_list=[64, 32, 16, 8],
        backbone_feature_sizes=[[seen, seen], [seen // 2, seen // 2], [seen // 4, seen // 4]],
        fpn_hidden_size=32,
    )
    config = Sam2Config(
        vision_config=vision,
        prompt_encoder_config={"hidden_size": 32, "image_size": SAM2_SIDE, "mask_input_channels": 4},
        mask_decoder_config={
            "hidden_size": 32,
            "mlp_dim": 32,
            "num_attention_heads": 2,
            "iou_head_hidden_dim": 16,
        },
    )
    model = Sam2Model(config)
    with torch.no_grad():
        for name, weights in model.named_parameters():
            if "iou_prediction_head" in name and "proj_out" in name:
                weights.zero_()
                if name.endswith("bias"):
                    weights += 3.0  # after a sigmoid or without, above every threshold
            elif "output_hypernetworks_mlps" in name:
                weights.normal_(0, 2.0)  # masks with hard borders
    return _write(model, folder / "sam2", {"size": {"height": SAM2_SIDE, "width": SAM2_SIDE}, **_LOOK})


def write_maskformer(folder: Path, seed: int = 1) -> Path:
    """MaskFormer on a Swin, with its preprocessing as its makers wrote it, a bare size and all."""
    import torch
    from transformers import DetrConfig, MaskFormerConfig, MaskFormerForInstanceSegmentation, SwinConfig

    torch.manual_seed(seed)
    decoder = DetrConfig(
        d_model=32,
        encoder_layers=1,
        decoder_layers=1,
        encoder_attention_heads=2,
        decoder_attention_heads=2,
        encoder_ffn_dim=16,
        decoder_ffn_dim=16,
        num_queries=20,
    )
    config = MaskFormerConfig(
        backbone_config=SwinConfig(**_SWIN, out_features=["stage1", "stage2", "stage3", "stage4"]),
        decoder_config=decoder,
        fpn_feature_size=32,
        mask_feature_size=32,
        id2label=_labels(),
    )
    model = MaskFormerForInstanceSegmentation(config)
    with torch.no_grad():
        for name, weights in model.named_parameters():
            if name.startswith("model.transformer_module"):
                weights *= 20.0  # or all its queries would say the same
            elif name.startswith("class_predictor"):
                weights.normal_(0, 0.05)
        model.class_predictor.bias[-1] = 15.0  # each mask is most likely nothing
    look = {"size": 64, "max_size": 256, "size_divisibility": 32, "ignore_index": 255, **_LOOK}
    return _write(model, folder / "maskformer", look)


def write_segformer(folder: Path, seed: int = 2, *, labels: dict[int, str] | None = None) -> Path:
    """SegFormer with four stages; of ADE20K's labels, or of others."""
    import torch
    from transformers import SegformerConfig, SegformerForSemanticSegmentation

    torch.manual_seed(seed)
    config = SegformerConfig(
        depths=[1, 1, 1, 1],
        hidden_sizes=[8, 16, 16, 16],
        num_attention_heads=[1, 1, 1, 1],
        decoder_hidden_size=16,
        id2label=labels or _labels(),
    )
    return _write(SegformerForSemanticSegmentation(config), folder / "segformer", {"size": 64, **_LOOK})


def write_upernet(folder: Path, seed: int = 3) -> Path:
    """UPerNet on a ConvNeXt, which has a logit per label as SegFormer has."""
    import torch
    from transformers import ConvNextConfig, UperNetConfig, UperNetForSemanticSegmentation

    torch.manual_seed(seed)
    backbone = ConvNextConfig(
        depths=[1, 1, 1, 1], hidden_sizes=[8, 8, 16, 16], out_features=["stage1", "stage2", "stage3", "stage4"]
    )
    config = UperNetConfig(
        backbone_config=backbone,
        hidden_size=16,
        pool_scales=[1, 2],
        auxiliary_in_channels=16,
        auxiliary_channels=8,
        id2label=_labels(),
    )
    model = UperNetForSemanticSegmentation(config)
    return _write(model, folder / "upernet", {"size": {"height": 64, "width": 64}, **_LOOK})
