"""What a picture tells of the light outside it: plain numbers, each with a reason.

The weights that turn them into a sun, lamps and windows were fitted by `bench/fit_light_prior.py`.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from lucida.engines.painter.light_prior import Belief
from lucida.engines.painter.sky import luminance
from lucida.geometry.sphere import directions, solid_angles

_SMOOTH = 0.12  # stops of second difference between neighbours below which a place may be sky
_DARKEST = 2e-3


def cues(
    radiance: NDArray[np.float32], clipped: NDArray[np.bool_], belief: Belief, layout: NDArray[np.float32]
) -> dict[str, float]:
    """Numbers by name for a photo (H, W, 3) and what is believed of its surroundings, `layout` (h, 2h, 3)."""
    told = _picture_cues(radiance, clipped) | _sky_cues(radiance, clipped) | _shade_cues(radiance, clipped)
    return told | _layout_cues(belief, layout)


def _picture_cues(radiance: NDArray[np.float32], clipped: NDArray[np.bool_]) -> dict[str, float]:
    small = cv2.resize(radiance, (64, 48), interpolation=cv2.INTER_AREA)
    burnt = cv2.resize(clipped.astype(np.float32), (64, 48), interpolation=cv2.INTER_AREA)
    top, bottom = slice(0, 16), slice(32, 48)
    fine = np.log2(np.maximum(luminance(cv2.resize(radiance, (256, 192), interpolation=cv2.INTER_AREA)), _DARKEST))
    texture = (fine - cv2.GaussianBlur(fine, (0, 0), 6))[:64]
    across = np.linspace(-1, 1, 64)

    def green(rows: slice) -> float:
        clear = burnt[rows] < 0.3
        colour = small[rows][clear if clear.sum() >= 20 else np.ones_like(clear)].mean(0)
        return float(np.log2((colour[1] + 1e-4) / (colour[0] / 2 + colour[2] / 2 + 1e-4)))

    return {
        "green_above": green(top),  # foliage overhead, against sky
        "green_below": green(bottom),  # grass in the sun
        "clipped_above": float(burnt[top].mean()) ** 0.5,
        "clipped_across": float((burnt[:32] * across).mean() * 3),  # on which side it burns
        "flatness_above": float(np.log2(0.02 + np.median(np.abs(texture)))),
    }


def _sky_cues(radiance: NDArray[np.float32], clipped: NDArray[np.bool_]) -> dict[str, float]:
    small = cv2.resize(radiance, (128, 96), interpolation=cv2.INTER_AREA)
    burnt = cv2.resize(clipped.astype(np.float32), (128, 96), interpolation=cv2.INTER_AREA)
    light = np.log2(np.maximum(luminance(small), _DARKEST))
    rough = cv2.GaussianBlur(np.abs(cv2.Laplacian(light, cv2.CV_32F, ksize=3)), (0, 0), 1)
    calm = np.cumprod((rough < _SMOOTH) | (burnt > 0.5), 0).astype(bool) & (burnt < 0.3)
    found = {"sky_slope": 0.0, "sky_light": 0.0, "sky_blue": 0.0, "sky_pales_across": 0.0}
    if calm.sum() > 300:
        x, y = np.meshgrid(np.linspace(-1, 1, 128), np.linspace(1, -1, 96))
        plane = np.stack([np.ones_like(x), x, y], -1)[calm]
        blue = np.log2((small[..., 2] + 0.01) / (small[..., 0] + 0.01))[calm]
        level, _, slope = np.linalg.lstsq(plane, light[calm], rcond=None)[0]
        # Towards the sun a clear sky loses its blue (aerosol forward scattering).
        pales = np.linalg.lstsq(plane, blue, rcond=None)[0][1]
        found = {
            "sky_slope": float(slope),
            "sky_light": float(level),
            "sky_blue": float(np.median(blue)),
            "sky_pales_across": float(pales),
        }
    # Under an overcast sky the ground is dark against it; in the sun the two come near.
    return found | {"sky_over_ground": found["sky_light"] - float(np.median(light[60:]))}


def _shade_cues(radiance: NDArray[np.float32], clipped: NDArray[np.bool_]) -> dict[str, float]:
    """Whether things stand in the sun: it is warm, hard and from one side; the shade is blue and soft."""
    small = cv2.resize(radiance, (256, 192), interpolation=cv2.INTER_AREA)
    clear = cv2.resize(clipped.astype(np.float32), (256, 192), interpolation=cv2.INTER_AREA) < 0.02
    light = np.log2(np.maximum(luminance(small), _DARKEST))
    warmth = np.log2((small[..., 0] + 0.004) / (small[..., 2] + 0.004))
    below = np.zeros_like(clear)
    below[96:] = True

    def where(place: NDArray[np.bool_]) -> NDArray[np.bool_]:
        return place & clear if (place & clear).sum() >= 500 else place

    ground, everywhere = where(below), where(np.ones_like(below))
    lit = light[ground]
    fine = (light - cv2.GaussianBlur(light, (0, 0), 8))[everywhere]
    fine_warmth = (warmth - cv2.GaussianBlur(warmth, (0, 0), 8))[everywhere]
    slopes = np.hypot(cv2.Sobel(light, cv2.CV_32F, 1, 0), cv2.Sobel(light, cv2.CV_32F, 0, 1))[everywhere] / 8
    soft = cv2.GaussianBlur(light, (0, 0), 2)
    across = cv2.Sobel(soft, cv2.CV_32F, 1, 0)[everywhere]
    return {
        "ground_light": float(np.median(lit)),
        "ground_range": float(np.percentile(lit, 90) - np.percentile(lit, 10)),
        "ground_skew": float(((lit - lit.mean()) ** 3).mean() / (lit.std() + 0.1) ** 3),
        "colourfulness": float(np.abs(warmth[everywhere]).mean()),
        "lit_is_warm": float((fine * fine_warmth).mean() / ((fine**2).mean() + 0.05)),
        "hard_edges": float(np.log2((slopes**4).mean() / ((slopes**2).mean() ** 2 + 1e-6) + 1e-3)),
        "edges_across": float((across**3).mean() / ((across**2).mean() ** 1.5 + 1e-4)),
    }


def _layout_cues(belief: Belief, layout: NDArray[np.float32]) -> dict[str, float]:
    height, width = layout.shape[:2]
    power = luminance(layout) * solid_angles(width, height)[:, None]
    up = (power * directions(width, height)[..., 1]).sum() / power.sum()
    band = belief.mean[3:14, :, 0]
    longitude = (np.arange(band.shape[1]) + 0.5) / band.shape[1] * 2 * np.pi - np.pi
    return {
        "believed_up": float(up),
        "sky_turn": float((band * np.sin(longitude)).mean() * 2),
        "doubt": float(belief.variance[..., 0].mean()),
    }
