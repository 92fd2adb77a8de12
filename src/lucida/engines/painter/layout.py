"""How bright every direction is: the belief about the surroundings, and the one light that rules them."""

from __future__ import annotations

import functools
import json
from dataclasses import dataclass, replace
from importlib import resources
from typing import Any, Literal

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from lucida.engines.painter.light_cues import cues
from lucida.engines.painter.light_prior import COLUMNS, ROWS, Belief, Setting, condition, load_prior
from lucida.engines.painter.painting import Light, View
from lucida.engines.painter.sky import luminance, sunlight
from lucida.geometry.cameras import PinholeCamera
from lucida.geometry.sphere import directions, look_through, pixel, solid_angles

WIDTH = 1024  # of a layout; its height is half
WHITE_LIMIT = 4.0  # luminance up to which light is thought of as lit surfaces, beyond as sources
SUN_RADIUS = np.radians(0.2666)
_PEAK_SOLID_ANGLE = 0.001 * 4 * np.pi  # over which the brightest light is told, in steradians
_BRIGHTEST, _MOST_EXCESS = 10.5, 3.0  # log2; beyond, the fit is not to be trusted
_LOWEST = 0.1  # height on the unit sphere that no light of a sky goes below
_SPOT = 0.1  # share of the photo that a sun and its glare burn out at most, where the sky is not blue
_BLUE = 0.5  # stops of blue over red from which what burns in a sky is the sun, not a cloud
_COMPACT = 0.3  # share of what burnt out that lies in the largest disc within it
_SURENESS = 8.0  # log-odds for the sun by what the cues say of it, -1 to 1
_FURTHEST = 2.5  # standard deviations up to which a cue is believed
_LAMP_RADIUS, _GLOW_RADIUS = np.radians(3.6), np.radians(4.5)
_OTHER_LAMPS, _LAMPS_TAKE = 2, 0.5  # how many at most, and of how much of a room's soft light
_LAMPS_APART, _OVERHEAD = np.radians(30.0), 0.5  # between lamps; their height on the unit sphere
_HALO, _HALO_CONCENTRATION = 0.35, 1 / np.radians(12.0) ** 2  # share of the spread light, and how narrow
_GREY = np.ones(3, np.float32)


@dataclass(frozen=True)
class Sample:
    """A photo on the sphere: cells (ROWS, COLUMNS, …) and the same at layout size."""

    cells: NDArray[np.float32]
    seen: NDArray[np.bool_]
    clipped: NDArray[np.bool_]
    radiance: NDArray[np.float32]  # (h, w, 3), 0 where the photo does not reach
    coverage: NDArray[np.float32]  # (h, w)
    burnt: NDArray[np.float32]  # (h, w) 0 to 1


@dataclass(frozen=True)
class Layout:
    """Expected `radiance` (WIDTH / 2, WIDTH, 3) without the `lights`; `notes` are sentences on what was found."""

    radiance: NDArray[np.float32]
    lights: tuple[Light, ...]
    notes: tuple[str, ...]


def on_sphere(radiance: NDArray[np.float32], clipped: NDArray[np.bool_], camera: PinholeCamera) -> Sample:
    """A photo (H, W, 3) as the sphere's cells see it."""
    height, width = radiance.shape[:2]
    shrink = max(1.0, camera.focal / (WIDTH / (2 * np.pi)) / 2)
    size = (max(8, round(width / shrink)), max(8, round(height / shrink)))
    small = cv2.resize(radiance, size, interpolation=cv2.INTER_AREA)
    burnt = cv2.resize(clipped.astype(np.float32), size, interpolation=cv2.INTER_AREA)
    x, y, inside = camera.project(directions(WIDTH, WIDTH // 2))
    x = np.clip(x * size[0] / width - 0.5, -1, size[0]).astype(np.float32)
    y = np.clip(y * size[1] / height - 0.5, -1, size[1]).astype(np.float32)
    coverage = inside.astype(np.float32)
    shown = cv2.remap(small, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE) * coverage[..., None]
    burnt = cv2.remap(burnt, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE) * coverage
    cover = _cells(coverage)
    share = np.maximum(cover, 1e-6)
    return Sample(
        np.asarray(_cells(shown) / share[..., None], np.float32),
        cover > 0.5,
        _cells(burnt) / share > 0.03,
        np.asarray(shown, np.float32),
        coverage,
        np.asarray(burnt, np.float32),
    )


def _cells(plan: NDArray[np.float32]) -> NDArray[np.float32]:
    return np.asarray(cv2.resize(plan, (COLUMNS, ROWS), interpolation=cv2.INTER_AREA), np.float32)


def grown(cells: NDArray[np.float32], width: int = WIDTH) -> NDArray[np.float32]:
    """Cells (ROWS, COLUMNS, …) as a smooth panorama (width / 2, width, …), without a seam."""
    scale = width // COLUMNS
    around = np.concatenate([cells[:, -2:], cells, cells[:, :2]], 1)
    big = cv2.resize(around, ((COLUMNS + 4) * scale, ROWS * scale), interpolation=cv2.INTER_LINEAR)
    return np.asarray(big[:, 2 * scale : -2 * scale], np.float32)


def with_photo(layout: NDArray[np.float32], sample: Sample) -> NDArray[np.float32]:
    """A layout with the photo in its place, but for what is burnt out."""
    known = sample.coverage * (sample.burnt <= 0.01)
    return np.asarray(layout * (1 - known)[..., None] + sample.radiance * known[..., None], np.float32)


def believe(view_scene: str, sample: Sample) -> tuple[Setting, Belief]:
    """The setting of a scene, and the belief about everything around a photo."""
    setting: Setting = "room" if view_scene == "indoor" else "open"
    return setting, condition(load_prior(setting), sample.cells, sample.seen, sample.clipped)


def lay_out(view: View) -> Layout:
    """How bright and of what colour each direction is thought to be, and where the lights stand, the main one first."""
    sample = on_sphere(view.radiance, view.clipped, view.camera)
    setting, belief = believe(view.scene, sample)
    told = told_by(view.radiance, view.clipped, belief, sample)
    choice = _weights()[setting]
    base = grown(belief.radiance(choice["variance_share"]))
    whole = with_photo(base, sample)
    power = np.minimum(luminance(whole), WHITE_LIMIT) * solid_angles(WIDTH, WIDTH // 2)[:, None]
    sunny, peak, excess = _strength(choice, told)
    peak, excess = min(peak, _BRIGHTEST), min(excess, _MOST_EXCESS)
    pull = np.array([_said(choice[axis], told) for axis in ("across", "up", "ahead")]) * choice["direction_scale"]
    towards = np.array([pull[0], pull[1] + choice["rise"], -pull[2] - choice["advance"]])
    concentration = float(np.clip(np.linalg.norm(towards), 1e-3, 0.98))
    towards /= max(float(np.linalg.norm(towards)), 1e-6)
    if setting == "open":
        towards[1] = max(towards[1], _LOWEST)
        towards /= np.linalg.norm(towards)
    energy = float(np.exp2(excess) * power.sum())  # luminance times steradians beyond the lit surfaces
    tint = cv2.GaussianBlur(whole, (0, 0), WIDTH / 21)
    tint = np.asarray(tint / np.maximum(luminance(tint), 1e-6)[..., None], np.float32)
    light, note = _main_light(
        view,
        sample,
        towards,
        float(np.exp2(peak)),
        energy,
        sunny,
        choice["light_tint"],
        np.asarray(tint),
        blue_sky=told["sky_blue"] > _BLUE,
    )
    rest = energy - (light.energy if light else 0.0)
    spread = _lobe(towards, concentration * (3 - concentration**2) / (1 - concentration**2) * choice["lobe"])
    if light is not None and light.light.kind == "sun":  # the air around the sun shines
        spread += _HALO * (_lobe(np.array(light.light.direction), _HALO_CONCENTRATION) - spread)
    # Only where a source may hide: the ceiling that goes on beside the photo is no brighter than the photo shows it.
    spread *= grown(_may_shine(belief))
    spread /= (spread * solid_angles(WIDTH, WIDTH // 2)[:, None]).sum()
    spread_tint = (1 - choice["tint"]) * _GREY + choice["tint"] * tint
    soft = (rest * spread)[..., None] * spread_tint
    if light is None:
        return Layout(np.asarray(base + soft, np.float32), (), (note,))
    lights, notes = [light.light], [note]
    if light.light.kind == "lamp":  # what makes a ceiling bright are mostly lamps, not a glow
        dark = grown(belief.radiance(0.0))
        soft, base = soft + np.maximum(base - dark, 0), np.minimum(base, dark)
        taken, others = _other_lamps(sample, light, luminance(soft))
        soft, lights = soft * (1 - taken), lights + others
        if others:
            notes.append(f"More light than one lamp's was expected: {len(others)} more hang overhead.")
    return Layout(np.asarray(base + soft, np.float32), tuple(lights), tuple(notes))


def _other_lamps(sample: Sample, main: _MainLight, soft: NDArray[np.float32]) -> tuple[float, list[Light]]:
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


def _may_shine(belief: Belief) -> NDArray[np.float32]:
    """The chance (ROWS, COLUMNS) that a cell is brighter than a lit surface."""
    light, variance = belief.mean[..., 0], belief.variance[..., 0]
    return np.asarray(ndtr((light - np.log2(WHITE_LIMIT)) / np.sqrt(variance)), np.float32)


def told_by(
    radiance: NDArray[np.float32], clipped: NDArray[np.bool_], belief: Belief, sample: Sample
) -> dict[str, float]:
    """The cues of a photo and of what is believed around it."""
    wide = cv2.resize(with_photo(grown(belief.radiance(1.0)), sample), (256, 128), interpolation=cv2.INTER_AREA)
    return cues(radiance, clipped, belief, np.asarray(wide, np.float32))


def _strength(choice: dict[str, Any], told: dict[str, float]) -> tuple[float, float, float]:
    """The chance that the sun shines, log2 of the brightest 0.1 %'s radiance, log2 of excess over base energy."""
    if "sunny" not in choice:
        return (
            0.0,
            _said(choice["peak"], told) + choice["peak_shift"],
            _said(choice["excess"], told) + choice["excess_shift"],
        )
    sunny = float(1 / (1 + np.exp(-_SURENESS * _said(choice["sunny"], told))))
    peak, excess = (sunny * choice[n]["sunny"] + (1 - sunny) * choice[n]["dull"] for n in ("peak", "excess"))
    return sunny, peak + choice["peak_shift"], excess + choice["excess_shift"]


def _said(model: dict[str, Any], told: dict[str, float]) -> float:
    z = [
        (told[cue] - mean) / scale
        for cue, mean, scale in zip(model["cues"], model["mean"], model["scale"], strict=True)
    ]
    return float(model["constant"] + np.dot(np.clip(z, -_FURTHEST, _FURTHEST), model["weights"]))


@functools.cache
def _weights() -> dict[str, Any]:
    text = (resources.files(__package__) / "light_weights.json").read_text()
    return dict(json.loads(text))


def _lobe(towards: NDArray[np.float64], concentration: float) -> NDArray[np.float32]:
    """A von Mises-Fisher lobe over the layout that integrates to 1."""
    lobe = np.exp(concentration * (directions(WIDTH, WIDTH // 2) @ towards - 1))
    return np.asarray(lobe / (lobe * solid_angles(WIDTH, WIDTH // 2)[:, None]).sum(), np.float32)


@dataclass(frozen=True)
class _MainLight:
    light: Light
    energy: float  # luminance times steradians


def _main_light(
    view: View,
    sample: Sample,
    towards: NDArray[np.float64],
    peak: float,
    energy: float,
    sunny: float,
    light_tint: float,
    tint: NDArray[np.float32],
    *,
    blue_sky: bool,
) -> tuple[_MainLight | None, str]:
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
        own = light_tint if kind == "lamp" else 1.0
        red, green, blue = (1 - own) * _GREY + own * look_through(tint, direction)
    scale = energy / solid_angle
    x, y, z = (float(c) for c in direction)
    azimuth, altitude = np.degrees(np.arctan2(x, -z)), np.degrees(np.arcsin(np.clip(y, -1, 1)))
    what = "a lamp" if kind == "lamp" else "the sun" if shines else "a glow of the sky"
    note = f"The main light, {what}, was put {why}: azimuth {azimuth:.0f}°, altitude {altitude:.0f}°."
    radiance = (float(red * scale), float(green * scale), float(blue * scale))
    return _MainLight(Light(kind, (x, y, z), float(radius), radiance, softness), energy), note


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
