"""What of a close-up is in focus."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from lucida.engines.depth.superpixels import Numbers, Superpixels

WORKING = 1024  # pixels of the long side: out of focus is what has structure, but none this fine
NOISE = 0.15  # of CIELAB's lightness
BLURRED, SHARP = 0.3, 0.45  # fine structure over coarse


def focus(pixels: NDArray[np.uint8], areas: Superpixels, sky: NDArray[np.bool_]) -> tuple[Numbers, Numbers, float]:
    """How sharp each area (n,) is, 0 to 1, how much structure tells so, and how shallow the focus is.

    `pixels` is the picture, uint8 sRGB (H, W, 3). The focus is shallow, 1, where a part is sharp and a quarter blurred.
    """
    scale = min(1.0, WORKING / max(pixels.shape))
    if scale < 1:
        size = (max(round(pixels.shape[1] * scale), 1), max(round(pixels.shape[0] * scale), 1))
        pixels = np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), np.uint8)
    light = cv2.cvtColor(pixels, cv2.COLOR_RGB2LAB)[..., 0].astype(np.float32) / 2.55
    softer, soft = cv2.GaussianBlur(light, (0, 0), 1), cv2.GaussianBlur(light, (0, 0), 4)
    fine = cv2.GaussianBlur((light - softer) ** 2, (0, 0), 6)
    coarse = cv2.GaussianBlur((softer - soft) ** 2, (0, 0), 6)
    ratio = np.sqrt(np.maximum(fine - NOISE**2, 0) / (coarse + 0.3))
    telling = coarse / (coarse + 2)
    height, width = areas.label.shape

    def shrunk(picture: NDArray[np.generic]) -> Numbers:
        small = cv2.resize(picture.astype(np.float32), (width, height), interpolation=cv2.INTER_AREA)
        return areas.mean(np.asarray(small, np.float32))

    told = shrunk(telling)
    sharpness = shrunk(ratio * telling) / (told + 1e-6)
    weight = areas.area * told * ~sky
    whole = max(float(weight.sum()), 1e-9)
    blurred, sharp = (float(weight[chosen].sum()) / whole for chosen in (sharpness < BLURRED, sharpness > SHARP))
    return np.clip((sharpness - BLURRED) / 0.25, 0, 1), told, min(blurred / 0.25, 1) * min(sharp / 0.03, 1)
