"""A photo nobody took: rendered, with the EXIF a phone writes, to try everything without one's own."""

from __future__ import annotations

import io
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image
from PIL.TiffImagePlugin import IFDRational

from lucida.hdri.linearization import linear_to_srgb

_WIDTH, _HEIGHT = 2016, 1512
_FOCAL_35MM = 26  # a phone's main camera
_HORIZON = 0.55  # of the height, from above


def _noise(random: np.random.Generator, height: int, width: int, across: float, down: float) -> NDArray[np.float64]:
    """Smooth noise of mean 0 and deviation 1 whose lumps are so many pixels across and down."""
    coarse = random.standard_normal((max(int(height / down), 2) + 2, max(int(width / across), 2) + 2))
    fine = cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC)
    return np.asarray(fine / fine.std(), np.float64)


def _clouds(random: np.random.Generator, height: int, width: int) -> NDArray[np.float64]:
    """Noise of several sizes, stretched sideways as clouds are towards the horizon."""
    layers = [size**0.6 * _noise(random, height, width, 3 * size, size) for size in (90.0, 45.0, 22.0, 11.0, 5.0, 2.5)]
    total = np.sum(layers, axis=0)
    return np.asarray(total / total.std(), np.float64)


def demo_radiance(seed: int = 7) -> NDArray[np.float32]:
    """An evening over a meadow, linear Rec.709 (H, W, 3): low sun to the right, clouds, hills, grass with shadows."""
    random = np.random.default_rng(seed)
    horizon = int(_HORIZON * _HEIGHT)
    x = np.linspace(-1, 1, _WIDTH)[None, :]
    up = np.linspace(1, 0, horizon)[:, None]
    zenith, low, glow = np.array([0.10, 0.22, 0.55]), np.array([0.85, 0.62, 0.40]), np.array([1.0, 0.62, 0.25])
    sky = zenith * np.sqrt(up)[..., None] + low * (1 - np.sqrt(up))[..., None] + 0 * x[..., None]
    far = np.hypot(1.35 * (x - 0.62), 1.0 * (up - 0.22))
    sky = sky + glow * (1.4 * np.exp(-far / 0.25) + 60 * (far < 0.03))[..., None]
    cloud = np.clip(_clouds(random, horizon, _WIDTH) - 0.4, 0, 1.5)[..., None]
    sky = sky + cloud * np.array([0.55, 0.44, 0.40]) * (0.4 + np.exp(-far / 0.6))[..., None]

    depth = np.linspace(0.02, 1, _HEIGHT - horizon)[:, None]  # 0 at the horizon
    blades = random.standard_normal((_HEIGHT - horizon, _WIDTH))
    near, far_off = (cv2.GaussianBlur(blades, (0, 0), sigmaX=0.5, sigmaY=tall) for tall in (1.9, 0.9))
    texture = far_off / far_off.std() * (1 - depth) + near / near.std() * depth
    swells = _noise(random, _HEIGHT - horizon, _WIDTH, 300, 35)
    ground = np.array([0.115, 0.125, 0.045]) * np.exp(0.28 * texture + 0.35 * swells)[..., None]
    ground = ground * (0.7 + 0.8 * np.exp(-np.abs(x - 0.62) / 0.5)[..., None] * np.array([1.2, 0.9, 0.6]))

    ridge = horizon - 40 - 45 * np.sin(2.1 * x[0] + 0.4) - 18 * np.sin(5.3 * x[0]) - 5 * np.sin(17 * x[0])
    picture = np.concatenate([sky, ground])
    hill = (np.arange(_HEIGHT)[:, None] > ridge) & (np.arange(_HEIGHT)[:, None] < horizon)
    picture[hill] = np.array([0.16, 0.17, 0.16]) * np.exp(0.08 * random.standard_normal(int(hill.sum())))[:, None]
    return np.asarray(cv2.GaussianBlur(picture, (0, 0), 0.7), np.float32)


def write_demo_photo(path: Path, seed: int = 7) -> None:
    """Write the demo photo as a JPEG with lens, exposure, time and place."""
    exif = Image.Exif()
    exif[0x010F], exif[0x0110] = "Lucida", "Demo camera"
    exif.get_ifd(0x8769).update(
        {
            0x829A: IFDRational(1, 250),  # ExposureTime
            0x829D: 1.8,  # FNumber
            0x8827: 64,  # ISO
            0x9003: "2024:06:21 19:40:00",
            0x9011: "+02:00",
            0x920A: 5.1,  # FocalLength, mm
            0xA405: _FOCAL_35MM,
        }
    )
    exif.get_ifd(0x8825).update({1: "N", 2: (47.0, 22.0, 0.0), 3: "E", 4: (8.0, 32.0, 0.0)})
    pixels = np.round(255 * np.clip(linear_to_srgb(np.minimum(demo_radiance(seed), 1.0)), 0, 1)).astype(np.uint8)
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "JPEG", quality=92, exif=exif)
    path.write_bytes(file.getvalue())
