"""What a picture is to follow beside its words: edges, depth, a pose, or another picture's forms."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from lucida.errors import BadParameter

GuideKind = Literal["canny", "depth", "pose", "tile"]
GUIDES: tuple[GuideKind, ...] = get_args(GuideKind)
STRONGEST = 2.0
_LOW, _HIGH = 0.66, 1.33  # of the median: the thresholds of edges that people use where they know nothing of a picture
_LEAST = 30.0  # of the upper one, for pictures that are dark nearly everywhere


@dataclass(frozen=True, eq=False)
class Guide:
    """A picture to follow, uint8 sRGB (H, W, 3), in any size; it is scaled to that of the result.

    `canny`: any picture, whose edges are found here. `depth`: depth as grey, near is white. `pose`: a skeleton as
    OpenPose draws it, on black. `tile`: a picture whose detail is made anew. `strength` 0 to 2; it is followed from
    `start` to `end`, shares of the steps. Raises `BadParameter`.
    """

    kind: GuideKind
    picture: NDArray[np.uint8]
    strength: float = 0.8
    start: float = 0.0
    end: float = 1.0

    def __post_init__(self) -> None:
        if self.kind not in GUIDES:
            raise BadParameter(f"There is no guide {self.kind!r}; choose {', '.join(GUIDES)}.", param="guide")
        if self.picture.dtype != np.uint8 or self.picture.ndim != 3 or self.picture.shape[2] != 3:
            raise BadParameter("A guide's picture has three channels of 8 bits.", param="guide")
        if not 0 <= self.strength <= STRONGEST:
            raise BadParameter(f"A guide's strength is 0 to {STRONGEST:g}.", param="guide")
        if not 0 <= self.start < self.end <= 1:
            raise BadParameter("A guide is followed from a start to a later end, both 0 to 1.", param="guide")

    def seen(self, width: int, height: int) -> NDArray[np.uint8]:
        """What the model is shown (height, width, 3)."""
        import cv2  # a server that only accepts requests needs none

        smaller = width * height < self.picture.shape[0] * self.picture.shape[1]
        how = cv2.INTER_AREA if smaller else cv2.INTER_CUBIC
        picture = np.asarray(cv2.resize(self.picture, (width, height), interpolation=how), np.uint8)
        return edges(picture) if self.kind == "canny" else picture


def refuse_guide(name: str, guide: Guide | None) -> None:
    """Raise `BadParameter` where a painter that follows no guide is given one."""
    if guide is not None:
        raise BadParameter(f"{name} follows no guide; sdxl and sdxl-lightning do.", param="guide")


def edges(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """A picture's edges, white on black (H, W, 3), by Canny 1986 with thresholds from the median."""
    import cv2

    grey = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)
    middle = float(np.median(grey))
    high = max(_HIGH * middle, _LEAST)
    found = cv2.Canny(grey, high * _LOW / _HIGH, min(high, 255.0))
    return np.repeat(np.asarray(found, np.uint8)[..., None], 3, -1)
