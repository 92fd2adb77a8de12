"""What every painter is asked for and gives back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from lucida.engines.progress import Progress
from lucida.geometry.cameras import PinholeCamera

FACES = ("px", "nx", "py", "ny", "pz", "nz")


@dataclass(frozen=True)
class Light:
    """One source of light that is known apart from the picture.

    `direction` is a unit vector, `angular_radius` in radians, `radiance` linear Rec.709 added to the panorama over
    the source's disc; `softness` is the fraction of the radius over which the rim fades.
    """

    kind: Literal["sun", "lamp", "window"]
    direction: tuple[float, float, float]
    angular_radius: float
    radiance: tuple[float, float, float]
    softness: float = 0.2


@dataclass(frozen=True)
class View:
    """The photo as the painter gets it: what is known, through which camera, in what kind of scene.

    `radiance` float32 (H, W, 3) linear Rec.709, `clipped` bool (H, W); `faces` float32 (6, N, N, 3) and `coverage`
    float32 (6, N, N), 1 = the photo's, in the order of `FACES`. `sun` is a unit direction where EXIF tells.
    """

    radiance: NDArray[np.float32]
    clipped: NDArray[np.bool_]
    camera: PinholeCamera
    faces: NDArray[np.float32]
    coverage: NDArray[np.float32]
    scene: Literal["outdoor", "indoor", "night"]
    prompt: str
    negative_prompt: str
    seed: int
    sun: tuple[float, float, float] | None = None


@dataclass(frozen=True)
class Painting:
    """A whole surrounding.

    `faces` float32 (6, N, N, 3), linear Rec.709, unclipped, without `lights`; `exposures` are a model painter's own
    brackets, uint8 sRGB (6, N, N, 3) by EV, None where the brackets follow from `faces`. `notes` are sentences on
    what was found and assumed.
    """

    faces: NDArray[np.float32]
    lights: tuple[Light, ...] = ()
    exposures: dict[float, NDArray[np.uint8]] | None = None
    notes: tuple[str, ...] = field(default=())


FacePainted = Callable[[str, NDArray[np.float32]], None]  # a face's name and its radiance (N, N, 3), as it finishes


class Painter(Protocol):
    """Paints what the photo does not show."""

    name: str
    licence: str

    def paint(self, view: View, progress: Progress, face_painted: FacePainted) -> Painting:
        """The whole surrounding; known pixels stay the photo's."""
        ...
