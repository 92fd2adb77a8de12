"""What every pixel of a picture is, by a model that was taught ADE20K's labels.

MaskFormer (Cheng et al. 2021, "Per-Pixel Classification is Not All You Need for Semantic Segmentation") gives masks and
what each of them may be; a pixel's label is the one with the largest sum over masks, eq. 2, without any threshold.
SegFormer (Xie et al. 2021) and others of its kind give the labels' logits.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from lucida.engines.devices import Hardware
from lucida.engines.loading import loading
from lucida.engines.segmentation.ade20k import LABELS, label_id
from lucida.engines.segmentation.preprocessing import Preprocessing, read_preprocessing

if TYPE_CHECKING:
    import torch

_AT_ONCE = 1 << 24  # values of the labels' maps that are at the picture's size at a time


class PixelLabels:
    """A loaded model of one of the two kinds; `ids` uint8 are ADE20K's of its own labels."""

    def __init__(
        self,
        model: Any,
        scores: Callable[[Any], torch.Tensor],
        preprocessing: Preprocessing,
        hardware: Hardware,
    ) -> None:
        self._model, self._scores = model, scores
        self._prepare = preprocessing
        self._hardware = hardware
        self.ids = ade_ids(model.config.id2label)

    def label(self, pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """The label of every pixel of a picture, uint8 sRGB (H, W, 3), as ADE20K's ids uint8 (H, W)."""
        import torch

        prepared = torch.from_numpy(self._prepare(pixels))
        with torch.no_grad():
            told = self._model(prepared.to(self._hardware.kind, self._hardware.dtype))
            best = likeliest(self._scores(told)[0].float(), *pixels.shape[:2])
        return np.asarray(self.ids[best.cpu().numpy()])

    def close(self) -> None:
        """Let go of the weights."""
        self._model = None


def ade_ids(names: dict[int, str]) -> NDArray[np.uint8]:
    """ADE20K's ids of a model's labels, by their numbers where it has all 150, else by their names."""
    if len(names) == len(LABELS):
        return np.arange(len(LABELS), dtype=np.uint8)
    return np.array([label_id(names[number]) for number in sorted(names)], np.uint8)


def likeliest(scores: torch.Tensor, height: int, width: int) -> torch.Tensor:
    """The label (H, W) with the highest of scores (C, h, w), which are enlarged bilinearly, a few labels at a time."""
    import torch
    from torch.nn.functional import interpolate

    count = max(1, _AT_ONCE // (height * width))
    best = torch.full((height, width), -torch.inf, device=scores.device)
    which = torch.zeros((height, width), dtype=torch.int64, device=scores.device)
    for first in range(0, len(scores), count):
        large = interpolate(scores[None, first : first + count], (height, width), mode="bilinear", align_corners=False)
        high, label = large[0].max(0)
        better = high > best
        best = torch.where(better, high, best)
        which = torch.where(better, label + first, which)
    return which


def _summed_masks(told: Any) -> torch.Tensor:
    """MaskFormer's labels (1, C, h, w): each mask's probability times what it may be; "nothing" is left out."""
    import torch

    what = told.class_queries_logits.float().softmax(-1)[..., :-1]
    return torch.einsum("bqc,bqhw->bchw", what, told.masks_queries_logits.float().sigmoid())


def load_maskformer(source: str, hardware: Hardware) -> PixelLabels:
    """MaskFormer from a folder or the Hugging Face hub. Raises `ModelUnavailable`, `OutOfMemory`."""
    with loading("MaskFormer", source):
        from transformers import MaskFormerForInstanceSegmentation

        preprocessing = read_preprocessing(source, square=False)
        model = MaskFormerForInstanceSegmentation.from_pretrained(source, dtype=hardware.dtype)
        return PixelLabels(model.to(hardware.kind).eval(), _summed_masks, preprocessing, hardware)


def load_segformer(source: str, hardware: Hardware) -> PixelLabels:
    """SegFormer, or another model with a logit per label, from a folder or the hub.

    Raises `ModelUnavailable`, `OutOfMemory`.
    """
    with loading("SegFormer", source):
        from transformers import AutoModelForSemanticSegmentation

        preprocessing = read_preprocessing(source, square=True)
        model = AutoModelForSemanticSegmentation.from_pretrained(source, dtype=hardware.dtype)
        return PixelLabels(model.to(hardware.kind).eval(), lambda told: told.logits, preprocessing, hardware)
