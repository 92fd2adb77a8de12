"""How bright every direction is: the belief about the surroundings, and the lights that rule them."""

from __future__ import annotations

import functools
import json
from dataclasses import dataclass
from importlib import resources
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from lucida.engines.painter.light_cues import cues
from lucida.engines.painter.light_prior import Belief, Setting, condition, load_prior
from lucida.engines.painter.painting import Light, View
from lucida.engines.painter.sample import WIDTH, Sample, grown, on_sphere, with_photo
from lucida.engines.painter.sky import luminance
from lucida.engines.painter.sources import GREY, WHITE_LIMIT, main_light, other_lamps
from lucida.geometry.sphere import directions, solid_angles

_BRIGHTEST, _MOST_EXCESS = 10.5, 3.0  # log2; beyond, the fit is not to be trusted
_LOWEST = 0.1  # height on the unit sphere that no light of a sky goes below
_BLUE = 0.5  # stops of blue over red from which what burns in a sky is the sun, not a cloud
_SURENESS = 8.0  # log-odds for the sun by what the cues say of it, -1 to 1
_FURTHEST = 2.5  # standard deviations up to which a cue is believed
_HALO, _HALO_CONCENTRATION = 0.35, 1 / np.radians(12.0) ** 2  # share of the spread light, and how narrow


@dataclass(frozen=True)
class Layout:
    """Expected `radiance` (WIDTH / 2, WIDTH, 3) without the `lights`; `notes` are sentences on what was found."""

    radiance: NDArray[np.float32]
    lights: tuple[Light, ...]
    notes: tuple[str, ...]


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
    wide = cv2.GaussianBlur(whole, (0, 0), WIDTH / 21)
    tint = np.asarray(wide / np.maximum(luminance(wide), 1e-6)[..., None], np.float32)
    light, note = main_light(
        view,
        sample,
        towards,
        peak=float(np.exp2(peak)),
        energy=energy,
        sunny=sunny,
        blue_sky=told["sky_blue"] > _BLUE,
        tint=tint,
        lamp_tint=choice["light_tint"],
    )
    rest = energy - (light.energy if light else 0.0)
    spread = _lobe(towards, concentration * (3 - concentration**2) / (1 - concentration**2) * choice["lobe"])
    if light is not None and light.light.kind == "sun":  # the air around the sun shines
        spread += _HALO * (_lobe(np.array(light.light.direction), _HALO_CONCENTRATION) - spread)
    # Only where a source may hide: the ceiling that goes on beside the photo is no brighter than the photo shows it.
    spread *= grown(_may_shine(belief))
    spread /= (spread * solid_angles(WIDTH, WIDTH // 2)[:, None]).sum()
    spread_tint = (1 - choice["tint"]) * GREY + choice["tint"] * tint
    soft = (rest * spread)[..., None] * spread_tint
    if light is None:
        return Layout(np.asarray(base + soft, np.float32), (), (note,))
    lights, notes = [light.light], [note]
    if light.light.kind == "lamp":  # what makes a ceiling bright are mostly lamps, not a glow
        dark = grown(belief.radiance(0.0))
        soft, base = soft + np.maximum(base - dark, 0), np.minimum(base, dark)
        taken, others = other_lamps(sample, light, luminance(soft))
        soft, lights = soft * (1 - taken), lights + others
        if others:
            notes.append(f"More light than one lamp's was expected: {len(others)} more hang overhead.")
    return Layout(np.asarray(base + soft, np.float32), tuple(lights), tuple(notes))


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
