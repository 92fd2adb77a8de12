"""What is asked for and given back where a sentence becomes a picture."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from lucida.engines.painter.guide import Guide
from lucida.engines.progress import Progress


@dataclass(frozen=True)
class PictureRequest:
    """A picture in words.

    `width` and `height` in pixels; `steps` of denoising; `cfg_scale` says how closely the prompt is followed; `sampler`
    is one of `SAMPLERS`; `seed` uint32. A painter that does not denoise reads prompt, size and seed. SDXL follows a
    `guide`; the others know none.
    """

    prompt: str
    negative_prompt: str = ""
    width: int = 1024
    height: int = 1024
    steps: int = 30
    cfg_scale: float = 7.5
    sampler: str = "Euler"
    seed: int = 0
    guide: Guide | None = None


@dataclass(frozen=True)
class PaintedBy:
    """Who painted a picture: the engine's name, its licence, and why it was this one."""

    name: str
    licence: str
    reason: str


@dataclass(frozen=True)
class Picture:
    """A finished picture: `pixels` uint8 sRGB (H, W, 3); `notes` are sentences on what was found and assumed.

    `used` are parameters by their names in the request as they truly were, where the painter decides them; `by` is who
    truly painted, where the painter only passes the request on.
    A painter that knows its scene gives `depth` float32 (H, W), metres along the viewing axis, infinite in the sky, and
    `segments` uint8 (H, W) with what they are called.
    """

    pixels: NDArray[np.uint8]
    notes: tuple[str, ...] = ()
    depth: NDArray[np.float32] | None = None
    segments: NDArray[np.uint8] | None = None
    segment_names: tuple[str, ...] = field(default=())
    used: Mapping[str, Any] = field(default_factory=dict)
    by: PaintedBy | None = None


Preview = Callable[[NDArray[np.uint8]], None]  # a small sRGB picture (h, w, 3) of what is there so far


class PicturePainter(Protocol):
    """Paints pictures from words."""

    name: str
    licence: str

    def draw(self, request: PictureRequest, progress: Progress, preview: Preview) -> Picture:
        """The picture; the same request gives the same pixels."""
        ...
