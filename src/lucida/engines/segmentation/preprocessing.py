"""Pictures as models of segmentation want them, without torchvision: resized by Pillow, then normalised."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from lucida.engines.loading import fetched

_FILE = "preprocessor_config.json"
IMAGENET_MEAN, IMAGENET_STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)


@dataclass(frozen=True)
class Preprocessing:
    """What is done with a picture, as the hub's `preprocessor_config.json` says it.

    Either `height` and `width` are those of the model's input, or its shorter edge is `shortest` pixels unless its
    longer one were then more than `longest`, and both are filled up to a multiple of `multiple`.
    """

    height: int = 0
    width: int = 0
    shortest: int = 0
    longest: int = 0
    multiple: int = 1
    mean: tuple[float, ...] = IMAGENET_MEAN
    std: tuple[float, ...] = IMAGENET_STD

    def size(self, height: int, width: int) -> tuple[int, int]:
        """Height and width of the model's input for a picture of that height and width."""
        if self.height:
            return self.height, self.width
        short, long = min(height, width), max(height, width)
        edge = float(self.shortest)
        if self.longest and long / short * edge > self.longest:
            edge = self.longest * short / long
        short, long = (round(edge), int(edge * long / short)) if short != round(edge) else (short, long)
        rows, columns = (long, short) if width < height else (short, long)
        return (
            math.ceil(rows / self.multiple) * self.multiple,
            math.ceil(columns / self.multiple) * self.multiple,
        )

    def __call__(self, pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
        """The model's input (1, 3, h, w) of a picture, uint8 sRGB (H, W, 3)."""
        height, width = self.size(*pixels.shape[:2])
        resized = np.asarray(Image.fromarray(pixels).resize((width, height), Image.Resampling.BILINEAR))
        scale = np.array([1 / (255 * s) for s in self.std], np.float32)
        shift = np.array([-m / s for m, s in zip(self.mean, self.std, strict=True)], np.float32)
        return np.ascontiguousarray((resized * scale + shift).transpose(2, 0, 1))[None]


def read_preprocessing(source: str, *, square: bool) -> Preprocessing:
    """The preprocessing of a model in a folder or on the hub; a bare size is an edge of a `square`, or the shorter one.

    Raises `OSError`, `ValueError`.
    """
    try:
        said: dict[str, Any] = json.loads(fetched(source, _FILE).read_text(encoding="utf-8"))
    except json.JSONDecodeError as error:
        raise ValueError(f"its {_FILE} is no JSON") from error
    size = said.get("size", 512 if square else 800)
    mean, std = tuple(said.get("image_mean", IMAGENET_MEAN)), tuple(said.get("image_std", IMAGENET_STD))
    if not isinstance(size, dict):
        size = {"height": size, "width": size} if square else {"shortest_edge": size}
    if "height" in size:
        return Preprocessing(height=size["height"], width=size["width"], mean=mean, std=std)
    longest = size.get("longest_edge") or said.get("max_size") or (0 if square else 1333)
    multiple = said.get("size_divisor") or said.get("size_divisibility") or (1 if square else 32)
    shortest = size["shortest_edge"]
    return Preprocessing(shortest=shortest, longest=longest, multiple=multiple, mean=mean, std=std)
