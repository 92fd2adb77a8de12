"""From light to a photo: exposure, white balance, lens, sensor and JPEG."""

from __future__ import annotations

import io

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from .place import Place
from .surfaces import Floats

LUMINANCE = np.array([0.2126, 0.7152, 0.0722], np.float32)
BLURS = (0.0, 0.8, 1.6, 3.0, 5.0, 8.0)


def photograph(rng: np.random.Generator, light: Floats, metres: Floats, place: Place) -> NDArray[np.uint8]:
    """The photo, uint8 sRGB (H, W, 3), of linear light (H, W, 3)."""
    height, width = metres.shape
    if place.focus is not None:
        light = out_of_focus(light, metres, place.focus, place.aperture)
    light = cv2.GaussianBlur(light, (0, 0), rng.uniform(0.35, 0.7))
    luminance = light @ LUMINANCE
    level = float(np.exp(np.log(luminance + 1e-3).mean()))
    stops = np.clip(rng.normal(0, 0.35), -0.8, 0.8) + place.bias
    exposed = light * (0.2 / level * 2**stops)
    exposed = exposed * np.exp(rng.normal(0, [0.07, 0.0, 0.09])).astype(np.float32)
    y, x = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j]
    exposed *= (1 - rng.uniform(0, 0.22) * (x * x + y * y) / 2)[..., None].astype(np.float32)
    noise = place.grain * rng.uniform(0.004, 0.018) * np.sqrt(np.maximum(exposed, 0) + 0.01)
    exposed = exposed + noise * rng.normal(size=exposed.shape)
    # A film-like shoulder, and the saturation and contrast a camera's maker likes.
    toned = 1 - np.exp(-1.3 * np.maximum(exposed, 0))
    grey = (toned @ LUMINANCE)[..., None]
    toned = np.clip(grey + (toned - grey) * rng.uniform(0.8, 1.12), 0, 1)
    code = np.where(toned <= 0.0031308, toned * 12.92, 1.055 * toned ** (1 / 2.4) - 0.055)
    code = code + rng.uniform(0, 0.35) * code * (1 - code) * (code - 0.45)
    return _through_jpeg(np.rint(np.clip(code, 0, 1) * 255).astype(np.uint8), int(rng.integers(80, 96)))


def _through_jpeg(pixels: NDArray[np.uint8], quality: int) -> NDArray[np.uint8]:
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "jpeg", quality=quality, subsampling=0 if quality > 88 else 2)
    return np.asarray(Image.open(file).convert("RGB"))


def out_of_focus(light: Floats, metres: Floats, focus: float, aperture: float) -> Floats:
    """Light blurred by its distance from the plane of focus: `aperture` pixels for each dioptre."""
    wanted = np.clip(aperture * np.abs(1 / metres - 1 / focus), 0, BLURS[-1])
    total, weight = np.zeros_like(light), np.zeros_like(metres)
    place = np.interp(wanted, BLURS, np.arange(len(BLURS)))
    for step, blur in enumerate(BLURS):
        share = np.clip(1 - np.abs(place - step), 0, 1).astype(np.float32)
        layer = light * share[..., None]
        if blur:
            layer, share = cv2.GaussianBlur(layer, (0, 0), blur), cv2.GaussianBlur(share, (0, 0), blur)
        total += layer
        weight += share
    return np.asarray(total / np.maximum(weight, 1e-4)[..., None], np.float32)
