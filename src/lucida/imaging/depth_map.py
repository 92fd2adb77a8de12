"""The depth map a phone puts beside its photo: how far away everything was, as two lenses or a laser saw it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

UNIFORM_DISPARITY = 1  # `depth_representation_type`: ISO/IEC 23008-2, annex G, depth representation information
NAMESPACE = b"http://ns.apple.com/depthData/1.0/"
FARTHEST = 1e4  # metres; a map that goes to infinity has no number for it


@dataclass(frozen=True)
class DepthMap:
    """`metres` float32 (h, w) along the viewing axis, at its own resolution, NaN where it says nothing.

    `absolute` where the file vouches for the metres; two lenses tell what stands before what, and metres only roughly
    ("AVDepthData.Accuracy", Apple's developer documentation).
    """

    metres: NDArray[np.float32]
    absolute: bool = False


def read_depth_map(code: NDArray[Any], numbers: Mapping[str, Any], xmp: bytes | None = None) -> DepthMap | None:
    """The map (h, w) of code values, from the numbers of its SEI message; None where they do not tell the depth.

    Phones write disparity in 1 / metres ("AVDepthData", Apple's developer documentation), linear from `d_min` to
    `d_max`; MPEG's other representations are not read. `xmp` is the map's own.
    """
    low, high = numbers.get("d_min"), numbers.get("d_max")
    if numbers.get("representation_type") != UNIFORM_DISPARITY or low is None or high is None or not low < high:
        return None
    share = code.astype(np.float32) / np.float32(np.iinfo(code.dtype).max)
    disparity = np.float32(low) + np.float32(high - low) * share
    known = disparity > 1 / FARTHEST
    if not known.any():
        return None
    metres = np.where(known, 1 / np.where(known, disparity, 1), np.nan)
    absolute = xmp is not None and re.search(rb"Accuracy(?:>|\s*=\s*[\"'])\s*absolute", xmp) is not None
    return DepthMap(np.asarray(metres, np.float32), absolute)


def depth_xmp(content: bytes) -> bytes | None:
    """The XMP packet about the depth map in a file's bytes; libheif only hands out the picture's own."""
    at = content.find(NAMESPACE)
    begin, end = content.rfind(b"<x:xmpmeta", 0, max(at, 0)), content.find(b"</x:xmpmeta>", max(at, 0))
    return content[begin:end] if at >= 0 and begin >= 0 and end >= 0 else None
