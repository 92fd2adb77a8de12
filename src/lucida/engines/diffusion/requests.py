"""What a diffusion model is asked to repaint."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from lucida.engines.painter.guide import Guide
from lucida.engines.painter.picture import Preview
from lucida.engines.progress import Progress


@dataclass(frozen=True)
class Looking:
    """Where a view of a panorama looks: axes (3, 3), rows right, up and ahead; its width in radians; its exposure."""

    axes: NDArray[np.float64]
    field_of_view: float
    ev: float = 0.0


@dataclass(frozen=True)
class RepaintRequest:
    """A picture, and what of it may change.

    `picture` uint8 sRGB (H, W, 3); `mask` uint8 (H, W), white (255) may change, black stays to the byte; `strength`
    0 to 1 says how far it may. `looking` is told where the picture is a view of a panorama, `guide` where it is to
    follow something beside its words.
    """

    picture: NDArray[np.uint8]
    mask: NDArray[np.uint8]
    prompt: str
    negative_prompt: str = ""
    strength: float = 0.8
    steps: int = 25
    cfg_scale: float = 4.0
    sampler: str = "DPM++ 2M Karras"
    seed: int = 0
    looking: Looking | None = None
    guide: Guide | None = None


class Repainter(Protocol):
    """Repaints part of a picture."""

    name: str
    licence: str

    def repaint(self, request: RepaintRequest, progress: Progress, preview: Preview) -> NDArray[np.uint8]:
        """The picture (H, W, 3), changed where the mask is white and nowhere else."""
        ...

    def rest(self) -> None:
        """Give back what is not needed between two pictures."""
        ...
