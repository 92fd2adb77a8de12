"""What kind of place a picture shows, told from the picture alone.

A logistic score over eleven things one can point at: lines, sky, roughness, colour. The weights were fitted to 1,500
pictures of 45 places and 2,300 of houses and streets, each place weighing the same. They tell 90 % of the pictures of
places that were left out of the fit (8 folds), 97 % of houses left out, and 94 % of 141 pictures of a town that is not
in it; what is missed are glass façades, caves, and lanes between high walls.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from lucida.imaging.colour import LUMINANCE

WORKING, FINE = 128, 192  # pixels of the long side: what is measured shall not depend on how sharp a photo is
NEARLY_WHITE = 0.97


class Clue(NamedTuple):
    """A measurement's mean and spread over places, its weight for `indoors`, and the words for a high and a low one."""

    mean: float
    spread: float
    weight: float
    high: str
    low: str


CLUES: dict[str, Clue] = {
    "upright lines": Clue(1.023, 0.944, 1.74, "it has the upright lines of walls", "it has no upright lines of walls"),
    "slanted lines at the top": Clue(0.652, 0.577, 0.66, "a ceiling's lines run together", "no ceiling's lines show"),
    "sky": Clue(0.262, 0.236, -0.95, "a bright even sky reaches its top", "no sky reaches its top"),
    "bright top": Clue(0.575, 1.449, -0.71, "its top is the brightest part", "its top is darker than its middle"),
    "blue top": Clue(0.622, 0.930, -0.76, "it is bluer above than below", "it is no bluer above than below"),
    "roughness": Clue(0.408, 0.212, -0.92, "it is rough all over, as nature is", "most of its surfaces are smooth"),
    "detail below": Clue(-2.262, 0.915, 0.79, "things stand in its foreground", "its foreground is plain"),
    "leaves and grass": Clue(0.205, 0.222, -0.94, "leaves and grass are in it", "no leaves or grass are in it"),
    "smooth green": Clue(0.029, 0.068, 0.99, "something in it is painted green", "no green in it is paint"),
    "colour": Clue(0.395, 0.191, 0.96, "its surfaces are colourful", "its colours are muted"),
    "colour at the top": Clue(0.381, 0.234, -0.91, "its top is colourful", "its top is of a muted colour"),
}
BIAS = 0.16


class Look(NamedTuple):
    """What a picture looks like.

    `indoors` is the log-odds for a room against the open; `reasons` are the clues' shares in it with their words, the
    weightiest first; `dark_sky` is whether a black, even sky stands over it.
    """

    indoors: float
    reasons: tuple[tuple[float, str], ...]
    dark_sky: bool


def look(radiance: NDArray[np.float32]) -> Look:
    """What the picture (H, W, 3), linear Rec.709, 1.0 = white, looks like."""
    small = _resized(radiance, 2 * WORKING)  # once: a whole photo takes its time
    fine = _resized(np.minimum(small, 1), FINE)
    measured = measure(small)
    shares = []
    for name, clue in CLUES.items():
        deviation = min(max((measured[name] - clue.mean) / clue.spread, -3.0), 3.0)
        shares.append((clue.weight * deviation, clue.high if deviation > 0 else clue.low))
    shares.sort(key=lambda share: -abs(share[0]))
    return Look(BIAS + sum(share for share, _ in shares), tuple(shares), _dark_sky(fine, measured["lines at the top"]))


def measure(radiance: NDArray[np.float32]) -> dict[str, float]:
    """The clues' measurements of a picture (H, W, 3); its exposure does not matter."""
    picture = np.minimum(_resized(radiance, 2 * WORKING), 1)
    white = picture.max(-1) >= NEARLY_WHITE
    small, fine = _resized(picture, WORKING), _resized(picture, FINE)
    height, width = small.shape[:2]
    third = height // 3
    luminance = small @ LUMINANCE
    scale = 0.18 / (np.median(luminance) + 1e-4)
    small, luminance = small * scale, luminance * scale
    stops = np.log2(np.maximum(luminance, 1e-3))
    slope = _slope(stops)
    rough = cv2.GaussianBlur(slope, (0, 0), 2)
    red, green, blue = (np.maximum(small[..., channel], 1e-4) for channel in range(3))
    blueness, greenness = np.log2(blue / red), np.log2(green / np.sqrt(red * blue))
    saturation = (small.max(-1) - small.min(-1)) / (small.max(-1) + 1e-4)
    clipped = cv2.resize(white.astype(np.float32), (width, height), interpolation=cv2.INTER_AREA) > 0.5
    bright_or_blue = (blueness > 0.15) | ((np.abs(blueness) < 0.3) & (luminance > 0.4))
    sky = _touching_top(((rough < 0.15) & bright_or_blue & (luminance > 0.15)) | clipped)
    return {
        "upright lines": _lines(fine, 0.12, 80, 90),
        "lines at the top": _lines(fine, 0.08, 0, 90, above=0.35),
        "slanted lines at the top": _lines(fine, 0.08, 8, 75, above=0.35),
        "sky": math.sqrt(sky.mean()),
        "bright top": float(np.median(stops[: height // 5]) - np.median(stops[third : 2 * third])),
        "blue top": float(np.clip(blueness[:third], -2, 2).mean() - np.clip(blueness[-third:], -2, 2).mean()),
        "roughness": float((rough > 0.25).mean()),
        "detail below": math.log2(slope[-third:].mean() + 0.01),
        "leaves and grass": float(((greenness > 0.15) & (rough > 0.12)).mean()),
        "smooth green": float(((greenness > 0.15) & (rough < 0.08) & (blueness < 0.3)).mean()),
        "colour": float(np.median(saturation)),
        "colour at the top": float(np.median(saturation[:third])),
    }


def _resized(picture: NDArray[np.float32], long_side: int) -> NDArray[np.float32]:
    height, width = picture.shape[:2]
    scale = long_side / max(height, width)
    size = (max(round(width * scale), 6), max(round(height * scale), 6))
    return np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.float32)


def _slope(stops: NDArray[np.float32]) -> NDArray[np.float32]:
    """Stops per pixel."""
    across, down = (cv2.Sobel(stops, cv2.CV_32F, dx, 1 - dx, scale=1 / 8) for dx in (1, 0))
    return np.asarray(np.hypot(across, down), np.float32)


def _touching_top(region: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """The parts of a region that reach the picture's top edge."""
    _, parts = cv2.connectedComponents(region.astype(np.uint8), connectivity=4)
    return np.asarray(np.isin(parts, np.setdiff1d(parts[:2], 0)))


def _lines(picture: NDArray[np.float32], shortest: float, low: float, high: float, above: float = 1.0) -> float:
    """log2(1 + length of straight lines, in picture sides), of those longer than `shortest`.

    Only lines between `low` and `high` degrees from level count, and of those the ones whose middle lies above
    the fraction `above` of the height. Lines are those of the LSD detector (von Gioi et al. 2012).
    """
    exposed = np.clip(picture / max(float(np.percentile(picture, 95)), 1e-3), 0, 1) ** (1 / 2.2)
    grey = cv2.cvtColor((255 * exposed).astype(np.uint8), cv2.COLOR_RGB2GRAY)
    found = cv2.createLineSegmentDetector(0).detect(grey)[0]
    if found is None:
        return 0.0
    ends = found.reshape(-1, 4).astype(np.float64)
    across, down = np.abs(ends[:, 2:] - ends[:, :2]).T
    length, angle = np.hypot(across, down), np.degrees(np.arctan2(down, across))
    side = max(grey.shape)
    counted = (length > shortest * side) & (angle >= low) & (angle <= high)
    counted &= (ends[:, 1] + ends[:, 3]) / 2 < above * grey.shape[0]
    return math.log2(1 + float(length[counted].sum()) / side)


def _dark_sky(picture: NDArray[np.float32], lines_at_top: float) -> bool:
    """Whether the top is black, even and without lines, as no ceiling is."""
    small = _resized(picture, WORKING)
    luminance = small @ LUMINANCE
    black = luminance < min(0.05, 0.04 * float(np.percentile(luminance, 99.7)))
    sky = _touching_top(black)
    return bool(sky.mean() > 0.1 and sky[:2].mean() > 0.5 and lines_at_top < 1)
