"""A generation's files: what is kept of one, and read back to place its points anew."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from lucida.engines.segmentation.ade20k import COLOURS

IMAGE, DEPTH, SEGMENTS, OBJECTS = "image.png", "depth.png", "segments.png", "objects.png"
METADATA, CLOUD = "metadata.json", "cloud.bin"
CONTENT_TYPES = {
    IMAGE: "image/png",
    DEPTH: "image/png",
    SEGMENTS: "image/png",
    OBJECTS: "image/png",
    METADATA: "application/json",
    CLOUD: "application/octet-stream",
}
_TOP = 65535
SKY = 2  # the category


@dataclass(frozen=True)
class Kept:
    """What points are placed from.

    `pixels` uint8 sRGB (H, W, 3), `near` float32 (H, W), `categories` uint8 (H, W), `objects` uint16 (H, W).
    """

    pixels: NDArray[np.uint8]
    near: NDArray[np.float32]
    categories: NDArray[np.uint8]
    objects: NDArray[np.uint16]

    def metres(self, near: float, far: float | None) -> NDArray[np.float32]:
        """Metres (H, W) where 1 stands for `near` metres and 0 for `far`, None for infinity; infinite in the sky."""
        farthest = 0.0 if far is None else 1 / far
        disparity = farthest + (1 / near - farthest) * self.near
        sky = (self.near == 0) & (self.categories == SKY)
        metres = np.full(self.near.shape, np.inf, np.float32)
        np.divide(1, disparity, out=metres, where=~sky & (disparity > 0))
        return metres


def pictures_of(kept: Kept) -> dict[str, bytes]:
    """The files of a generation that are pictures: depth in 16 bits, 65535 = near; segments in the six colours."""
    return {
        IMAGE: png(kept.pixels),
        DEPTH: png(np.asarray(np.rint(kept.near * _TOP), np.uint16)),
        SEGMENTS: png(COLOURS[kept.categories]),
        OBJECTS: png(kept.objects),
    }


def png(picture: NDArray[Any]) -> bytes:
    """A picture as PNG, written fast."""
    file = io.BytesIO()
    Image.fromarray(picture).save(file, "PNG", compress_level=3)
    return file.getvalue()


def metadata_json(metadata: Mapping[str, Any]) -> bytes:
    """What is told of a generation, for people and programs."""
    return json.dumps(metadata, indent=1, ensure_ascii=False).encode()


def read_kept(image: bytes, depth: bytes, segments: bytes, objects: bytes) -> Kept:
    """What points are placed from, out of the files of a generation."""
    colours = np.asarray(COLOURS, np.int32)
    shown = np.asarray(Image.open(io.BytesIO(segments)), np.uint8)
    # Red and blue tell the six colours apart.
    table = np.full((256, 256), 5, np.uint8)
    table[colours[:, 0], colours[:, 2]] = np.arange(len(colours), dtype=np.uint8)
    return Kept(
        np.asarray(Image.open(io.BytesIO(image)).convert("RGB"), np.uint8),
        np.asarray(np.asarray(Image.open(io.BytesIO(depth)), np.float32) / _TOP, np.float32),
        np.asarray(table[shown[..., 0], shown[..., 2]]),
        np.asarray(Image.open(io.BytesIO(objects)), np.uint16),
    )
