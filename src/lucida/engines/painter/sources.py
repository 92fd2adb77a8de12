"""Where the lights stand that make shadows, and how much of the light they take."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from lucida.engines.painter.painting import Light, View
from lucida.engines.painter.sample import WIDTH, Sample
from lucida.engines.painter.sky import sunlight
from lucida.geometry.sphere import directions, look_through, pixel, solid_angles

WHITE_LIMIT = 4.0  # luminance up to which light is thought of as lit surfaces, beyond as sources
SUN_RADIUS = np.radians(0.2666)
GREY = np.ones(3, np.float32)
_PEAK_SOLID_ANGLE = 0.001 * 4 * np.pi  # over which the brightest light is told, in steradians
_LAMP_RADIUS, _GLOW_RADIUS = np.radians(3.6), np.radians(4.5)
_SPOT = 0.1  # share of the photo that a sun and its glare burn out at most, where the sky is not blue
_COMPACT = 0.3  # share of what burnt out that lies in the largest disc within it
_OTHER_LAMPS, _LAMPS_TAKE = 2, 0.5  # how many at most, and of how much of a room's soft light
_LAMPS_APART, _OVERHEAD = np.radians(30.0), 0.5  # between lamps; their height on the unit sphere


@dataclass(frozen=True)
class MainLight:
    """The light that rules a place."""

    light: Light
    energy: float  # luminance times steradians


def main_light(
    view: View,
    sample: Sample,
    towards: NDArray[np.float64],
    *,
    peak: float,
    energy: float,
    sunny: float,
    blue_sky: bool,
    tint: NDArray[np.float32],
    lamp_tint: float,
) -> tuple[MainLight | None, str]:
    """The light that makes shadows, no more than `energy`; where the sun does not shine, the glow it stands behind."""
    shines = view.scene == "outdoor" and sunny > 0.5
    kind: Literal["sun", "lamp"] = "lamp" if view.scene == "indoor" else "sun"
    softness = 0.5 if kind == "lamp" else 0.2 if shines else 2.0
    radius = SUN_RADIUS if shines else _LAMP_RADIUS if kind == "lamp" else _GLOW_RADIUS
    solid_angle = 2 * np.pi * (1 - np.cos(radius)) * (1 + softness**2 / 20)  # a smoothstep's rim adds that much
    most = max(peak - WHITE_LIMIT, 0.0) * (_PEAK_SOLID_ANGLE if shines else solid_angle)
    energy = min(energy, most)
    if energy <= 1e-3:
        return None, "No single light stands out: soft light from all around was assumed."
    if view.sun is not None and view.sun[1] > 0 and shines:  # a compass is often some degrees off
        direction, why = _allowed(sample, np.array(view.sun)), "where time, place and compass say it stood"
    else:
        direction, why = _reachable(sample, towards, in_sky=shines, blue_sky=blue_sky)
    if shines:
        red, green, blue = sunlight(float(np.arcsin(np.clip(direction[1], -1, 1))))
    else:
        own = lamp_tint if kind == "lamp" else 1.0
        red, green, blue = (1 - own) * GREY + own * look_through(tint, direction)
    scale = energy / solid_angle
    x, y, z = (float(c) for c in direction)
    azimuth, altitude = np.degrees(np.arctan2(x, -z)), np.degrees(np.arcsin(np.clip(y, -1, 1)))
    what = "a lamp" if kind == "lamp" else "the sun" if shines else "a glow of the sky"
    note = f"The main light, {what}, was put {why}: azimuth {azimuth:.0f}°, altitude {altitude:.0f}°."
    radiance = (float(red * scale), float(green * scale), float(blue * scale))
    return MainLight(Light(kind, (x, y, z), float(radius), radiance, softness), energy), note


def other_lamps(sample: Sample, main: MainLight, soft: NDArray[np.float32]) -> tuple[float, list[Light]]:
    """Lamps like the main one where there is most `soft` light (h, w) overhead, and the share of it that they take."""
    around = directions(WIDTH, WIDTH // 2)
    total = float((soft * solid_angles(WIDTH, WIDTH // 2)[:, None]).sum())
    left = np.where(_free(sample) & (around[..., 1] > _OVERHEAD), soft, 0)
    lamps = [main.light]
    for _ in range(min(_OTHER_LAMPS, int(_LAMPS_TAKE * total / main.energy))):
        left = left * (1 - np.exp((around @ np.array(lamps[-1].direction) - 1) / (1 - np.cos(_LAMPS_APART))))
        if left.max() <= 0:
            break
        x, y, z = (float(c) for c in around[np.unravel_index(int(left.argmax()), left.shape)])
        lamps.append(replace(main.light, direction=(x, y, z)))
    others = lamps[1:]
    return (len(others) * main.energy / total if others else 0.0), others


def _reachable(
    sample: Sample, towards: NDArray[np.float64], *, in_sky: bool, blue_sky: bool
) -> tuple[NDArray[np.float64], str]:
    """Where a light may stand: a burnt-out place of the photo that is near, or outside it.

    With `in_sky` a compact burnt-out spot above the horizon, small or in a blue sky, is the sun, however far from
    where it was expected.
    """
    around = directions(WIDTH, WIDTH // 2)
    burnt = sample.burnt > 0.9
    depth = cv2.distanceTransform(burnt.astype(np.uint8), cv2.DIST_L2, 3)
    deep = depth > max(2.0, 0.7 * float(depth.max()))
    compact = np.pi * float(depth.max()) ** 2 > _COMPACT * burnt.sum()  # a row of lamps or windows is not
    spot = in_sky and compact and (blue_sky or burnt.sum() < _SPOT * sample.coverage.sum())
    if deep.any():
        near = np.where(deep & (around[..., 1] > 0) if spot else deep, around @ towards, -2)
        if near.max() > (-1 if spot else np.cos(np.radians(40))):
            return around[np.unravel_index(int(near.argmax()), near.shape)], "where the photo is burnt out"
    return _allowed(sample, towards), "where the picture's light seems to come from"


def _allowed(sample: Sample, towards: NDArray[np.float64]) -> NDArray[np.float64]:
    """The direction nearest to `towards` where the photo shows nothing, or nothing that is not burnt out."""
    around, free = directions(WIDTH, WIDTH // 2), _free(sample)
    x, y = pixel(towards, WIDTH, WIDTH // 2)
    if free[min(int(y), WIDTH // 2 - 1), int(x) % WIDTH]:
        return towards
    near = np.where(free, around @ towards, -2)
    return np.asarray(around[np.unravel_index(int(near.argmax()), near.shape)])


def _free(sample: Sample) -> NDArray[np.bool_]:
    """Where (h, w) a light hides nothing that the photo shows."""
    unseen = ((sample.coverage < 0.5) | (sample.burnt > 0.9)).astype(np.uint8)
    return np.asarray(cv2.erode(unseen, np.ones((23, 23), np.uint8)) > 0)
