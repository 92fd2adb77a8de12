"""What is given back where a picture is divided into things."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from lucida.engines.progress import Progress

UNLABELLED = 255


@dataclass(frozen=True)
class Segments:
    """A picture divided into things: `labels` uint8 (H, W), ids of ADE20K's 150 from 0.

    `UNLABELLED` where nobody knows. `objects` uint16 (H, W) numbers the things from 1, 0 where there is none; `notes`
    are sentences on what was assumed.
    """

    labels: NDArray[np.uint8]
    objects: NDArray[np.uint16]
    notes: tuple[str, ...] = field(default=())


class SegmentationEngine(Protocol):
    """Tells what is where in a picture."""

    name: str
    licence: str

    def segment(self, pixels: NDArray[np.uint8], progress: Progress) -> Segments:
        """The things in a picture, uint8 sRGB (H, W, 3). Raises what `progress` raises to stop the work."""
        ...
