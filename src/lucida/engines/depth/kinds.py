"""What the areas of a picture probably are, by the draft of segmentation: sky and ground."""

from __future__ import annotations

from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from lucida.engines.depth.superpixels import Numbers, Superpixels
from lucida.engines.segmentation.ade20k import LABELS
from lucida.engines.segmentation.classifier import KINDS, classify
from lucida.engines.segmentation.cues import look, working_size
from lucida.engines.segmentation.smoothing import agree

GROUND = ("grass", "earth", "water", "floor")


class Kinds(NamedTuple):
    """How likely each area (n,) is one of these, 0 to 1."""

    sky: Numbers
    ground: Numbers


def kinds_of(pixels: NDArray[np.uint8], areas: Superpixels) -> Kinds:
    """What the draft of segmentation says of the areas of a picture, uint8 sRGB (h, w, 3)."""
    rows, columns = working_size(*pixels.shape[:2])
    small = np.asarray(cv2.resize(pixels, (columns, rows), interpolation=cv2.INTER_AREA), np.uint8)
    seen = look(small)
    likely = agree(seen, classify(seen))
    names = [LABELS[kind] for kind in KINDS]

    def share(*wanted: str) -> Numbers:
        chosen = likely[:, [names.index(name) for name in wanted]].sum(1).astype(np.float32)
        height, width = areas.label.shape
        drawn = cv2.resize(chosen[seen.pieces.labels], (width, height), interpolation=cv2.INTER_LINEAR)
        return np.clip(areas.mean(drawn), 0, 1)

    return Kinds(share("sky"), share(*GROUND))
