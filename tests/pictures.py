"""Pictures that tests keep."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from lucida.accounts.models import User
from lucida.images.keeping import keep
from lucida.images.models import GeneratedImage

PARAMETERS = {"steps": 30, "cfg_scale": 7.5, "sampler": "Euler", "seed": 12345}


def gradient(width: int = 96, height: int = 64) -> NDArray[np.uint8]:
    """Colours that differ from pixel to pixel: nothing that is turned or mirrored looks the same."""
    x, y = np.meshgrid(np.linspace(0, 255, width), np.linspace(0, 255, height))
    return np.stack([x, y, (x + y) / 2], axis=-1).astype(np.uint8)


def noise(width: int, height: int) -> NDArray[np.uint8]:
    """What no format makes small."""
    return np.random.default_rng(1).integers(0, 256, (height, width, 3), dtype=np.uint8)


def keep_one(owner: User, prompt: str = "A beautiful sunset over mountains", **more: Any) -> GeneratedImage:
    """A picture that is kept, a gradient unless given."""
    said: dict[str, Any] = {
        "pixels": gradient(),
        "negative_prompt": "blurry, low quality",
        "model": "sdxl",
        "parameters": PARAMETERS,
        "generation_time": 8.5,
        **more,
    }
    return keep(owner, prompt=prompt, **said)
