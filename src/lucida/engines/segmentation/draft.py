"""Segmentation without weights."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from lucida.engines.progress import Progress
from lucida.engines.segmentation.segments import UNLABELLED, Segments


class DraftSegments:
    name = "draft"
    licence = "Apache-2.0"

    def segment(self, pixels: NDArray[np.uint8], progress: Progress) -> Segments:
        return Segments(np.full(pixels.shape[:2], UNLABELLED, np.uint8), np.zeros(pixels.shape[:2], np.uint16))
