"""Masks of everything in a picture by SAM 2, asked at points all over it.

Ravi et al. 2024, "SAM 2: Segment Anything in Images and Videos"; the grid, the two tests of a mask and the thinning by
boxes are Kirillov et al. 2023, "Segment Anything", appendix B. The model sees every picture stretched to a square, and
so the grid is laid in that square, a cell as wide as high in the picture.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from lucida.engines.devices import Hardware
from lucida.engines.loading import loading
from lucida.engines.progress import Progress
from lucida.engines.segmentation.masks import Proposals, distinct
from lucida.engines.segmentation.preprocessing import Preprocessing

if TYPE_CHECKING:
    import torch

OVERLAP_AT_LEAST, STABILITY_AT_LEAST = 0.8, 0.95  # of the masks that are kept
EDGE = 1.0  # logits by which a mask's border is moved in and out to see how stable it is
SAME_BOX = 0.7  # overlap of two boxes that are the same thing's
POINTS = {"cuda": (32, 64), "cpu": (16, 16)}  # along an edge of a square picture, and asked at once


def grid(height: int, width: int, points: int) -> NDArray[np.float32]:
    """Points (N, 2), x and y from 0 to 1, even over a picture of that height and width: about `points`² of them."""
    longer = math.sqrt(width / height)
    columns, rows = max(1, round(points * longer)), max(1, round(points / longer))
    x, y = np.meshgrid((np.arange(columns) + 0.5) / columns, (np.arange(rows) + 0.5) / rows)
    return np.stack([x.ravel(), y.ravel()], 1).astype(np.float32)


class Sam2:
    """A loaded SAM 2. `points` along an edge of a square picture, `batch` of them asked at once."""

    def __init__(self, model: Any, hardware: Hardware) -> None:
        self._model = model
        self._hardware = hardware
        self.side = int(model.config.prompt_encoder_config.image_size)
        self.points, self.batch = POINTS[hardware.kind]

    def propose(self, pixels: NDArray[np.uint8], progress: Progress) -> Proposals:
        """Masks of what is in a picture, uint8 sRGB (H, W, 3), each thing once, at the model's own resolution.

        Raises what `progress` raises to stop the work.
        """
        import torch

        hardware = self._hardware
        prepared = torch.from_numpy(Preprocessing(height=self.side, width=self.side)(pixels))
        where = self.side * grid(pixels.shape[0], pixels.shape[1], self.points)
        logits, scores = [], []
        with torch.no_grad():
            progress(0.0, "Looking at the picture")
            seen = self._model.get_image_embeddings(prepared.to(hardware.kind, hardware.dtype))
            for first in range(0, len(where), self.batch):
                progress(0.2 + 0.8 * first / len(where), "Finding the things in it")
                good, score = self._ask(seen, where[first : first + self.batch])
                logits.append(good)
                scores.append(score)
        progress(1.0, "Finding the things in it")
        return distinct(Proposals(np.concatenate(logits), np.concatenate(scores)), SAME_BOX)

    def _ask(
        self, seen: list[torch.Tensor], where: NDArray[np.float32]
    ) -> tuple[NDArray[np.float16], NDArray[np.float32]]:
        """The masks at these points that pass both tests, and the overlaps that the model expects."""
        import torch

        kind = self._hardware.kind
        told = self._model(
            image_embeddings=seen,
            input_points=torch.from_numpy(where).to(kind)[None, :, None],
            input_labels=torch.ones((1, len(where), 1), dtype=torch.int32, device=kind),
            multimask_output=True,
        )
        logits, overlap = told.pred_masks[0].flatten(0, 1).float(), told.iou_scores[0].flatten().float()
        narrow, wide = ((logits > edge).sum((1, 2)) for edge in (EDGE, -EDGE))
        good = (overlap >= OVERLAP_AT_LEAST) & (narrow >= STABILITY_AT_LEAST * wide) & (wide > 0)
        return logits[good].half().cpu().numpy(), overlap[good].cpu().numpy()

    def close(self) -> None:
        """Let go of the weights."""
        self._model = None


def load_sam2(source: str, hardware: Hardware) -> Sam2:
    """SAM 2 from a folder or the Hugging Face hub. Raises `ModelUnavailable`, `OutOfMemory`."""
    with loading("SAM 2", source):
        from transformers import Sam2Model

        model = Sam2Model.from_pretrained(source, dtype=hardware.dtype)
        return Sam2(model.to(hardware.kind).eval(), hardware)
