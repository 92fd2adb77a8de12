"""Photos of made-up places of which the depth and the segments are known exactly.

A ray caster draws them: the truth is that of the rays through the pixels' centres, whatever lens, noise and
compression do to the colours afterwards.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .close_ups import close_up
from .country import field, forest, hills, shore
from .indoors import corridor, room
from .labels import categories_of
from .photograph import photograph
from .place import Place
from .shading import render
from .town import night_street, square, stairs, street

MAKERS: tuple[Callable[[np.random.Generator], Place], ...] = (
    street, field, shore, room, corridor, square, forest, hills, close_up, stairs, night_street,
)  # fmt: skip


@dataclass(frozen=True, eq=False)
class Scene:
    """A photo and the truth about it.

    `pixels` uint8 sRGB (H, W, 3); `metres` float32 (H, W) along the viewing axis, infinite in the sky; `labels` uint8
    (H, W), ADE20K's ids from 0, and their `categories` uint8 (H, W), 0-5. `focal` in pixels; `pitch` and `roll` in
    radians as `PinholeCamera` has them; `eye` is the camera's height in metres over the level where
    roads and floors are.
    """

    pixels: NDArray[np.uint8]
    metres: NDArray[np.float32]
    categories: NDArray[np.uint8]
    labels: NDArray[np.uint8]
    kind: str
    focal: float
    pitch: float
    roll: float
    eye: float


def place(seed: int) -> Place:
    """The place of a seed; eleven kinds take turns."""
    return MAKERS[seed % len(MAKERS)](np.random.default_rng([2206, seed]))


def block_scene(seed: int, size: tuple[int, int] = (384, 256)) -> Scene:
    """The scene of a seed, the same for ever: a picture of long and short side `size`, a third of them upright."""
    rng = np.random.default_rng([1907, seed])
    upright = rng.random() < 1 / 3
    width, height = size[::-1] if upright else size
    taken = place(seed)
    light, metres, labels = render(taken, width, height)
    pixels = photograph(rng, light, metres, taken)
    shot = taken.camera
    focal = shot.focal(width, height)
    return Scene(
        pixels, metres, categories_of(labels), labels, taken.kind, focal, shot.pitch, shot.roll, float(shot.eye[1])
    )
