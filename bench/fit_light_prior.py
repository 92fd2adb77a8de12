"""Fit the draft painter's light prior and cue weights to real HDR panoramas.

    python bench/fit_light_prior.py MAPS --open NAMES.txt [--leave-out a,b,c] --out src/lucida/engines/painter

MAPS holds 2:1 Radiance pictures, linear Rec.709; NAMES.txt lists the open (outdoor) ones by stem, a line each, the rest
are rooms. OUT is the painter's own package, so that the cues are taken with the prior just fitted. From each panorama
photos are cut all around, as a phone would take them (26 mm, auto-exposed, clipped, 8 bit).
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from lucida.engines.painter import layout as lay
from lucida.engines.painter import light_prior as prior
from lucida.engines.painter.sample import on_sphere
from lucida.engines.painter.sky import luminance
from lucida.engines.painter.sources import WHITE_LIMIT
from lucida.geometry.cameras import PinholeCamera
from lucida.geometry.sphere import directions, look_through, solid_angles
from lucida.imaging.colour import linear_to_srgb, srgb_to_linear

CAMERA = PinholeCamera(512, 384, 2 * float(np.arctan(18 / 26)))
YAWS = range(0, 360, 30)
RIDGE = 0.1
SUNNY_FROM = -1.5  # log2 of excess over base energy
DEGREES = 4.0  # of freedom of the t distribution that places come from
MODELS = {
    "open": {
        "sunny": ["believed_up", "colourfulness", "ground_range", "sky_slope", "doubt", "green_below"],
        "across": ["sky_pales_across", "sky_turn", "edges_across", "clipped_across"],
        "up": ["sky_over_ground", "hard_edges", "green_below", "ground_light"],
        "ahead": ["clipped_above", "lit_is_warm", "colourfulness", "sky_blue"],
    },
    "room": {
        "peak": ["lit_is_warm", "green_above", "doubt", "sky_blue", "flatness_above"],
        "excess": ["lit_is_warm", "flatness_above", "doubt", "sky_blue"],
        "across": ["clipped_across"],
        "up": ["ground_skew", "sky_blue"],
        "ahead": ["clipped_above", "ground_range"],
    },
}
# Found by coordinate search, each place lit by what the others taught. What the regression's shrinkage takes away is
# given back here.
TUNED: dict[str, dict[str, float]] = {
    "open": {
        "variance_share": 0.8,
        "rise": -0.4,
        "advance": 0.0,
        "direction_scale": 1.8,
        "lobe": 0.5,
        "tint": 0.3,
        "light_tint": 0.0,
        "peak_shift": 0.5,
        "excess_shift": -0.5,
    },
    "room": {
        "variance_share": 0.6,
        "rise": 0.1,
        "advance": 0.0,
        "direction_scale": 1.0,
        "lobe": 1.0,
        "tint": 0.0,
        "light_tint": 0.0,
        "peak_shift": 0.0,
        "excess_shift": 0.5,
    },
}


def take_photo(panorama: NDArray[np.float32]) -> tuple[NDArray[np.float32], NDArray[np.bool_], float]:
    """Radiance and clipped places of the photo at the panorama's centre, and the exposure's gain."""
    x, y = np.meshgrid(np.arange(CAMERA.width) + 0.5, np.arange(CAMERA.height) + 0.5)
    seen = look_through(panorama, CAMERA.directions(x, y))
    light = luminance(seen)
    gain = min(0.18 / max(float(np.median(light)), 1e-6), 0.9 / max(float(np.percentile(light, 75)), 1e-6))
    code = np.round(255 * linear_to_srgb(np.clip(seen * gain, 0, 1)))
    return srgb_to_linear(code / 255).astype(np.float32), (code >= 254).sum(-1) >= 2, gain


def limited(panorama: NDArray[np.float32]) -> NDArray[np.float32]:
    """A panorama without its sources: no luminance above `WHITE_LIMIT`."""
    light = luminance(panorama)
    return panorama * np.minimum(1, WHITE_LIMIT / np.maximum(light, 1e-6))[..., None]


def statistics(panoramas: list[NDArray[np.float32]]) -> tuple[NDArray[np.floating], NDArray[np.floating]]:
    """Mean by latitude and the covariance's leading factors."""
    fields = []
    for panorama in panoramas:
        gain = float(np.median([take_photo(_turned(panorama, yaw))[2] for yaw in range(0, 360, 60)]))
        cells = cv2.resize(limited(panorama * gain), (prior.COLUMNS, prior.ROWS), interpolation=cv2.INTER_AREA)
        field = prior.stops(cells)
        field[..., 0] -= np.median(field[..., 0])
        fields.append(field)
    stack = np.stack(fields)
    share = shares(stack)
    mean = np.einsum("mc,mikc->ic", share, stack) / prior.COLUMNS
    spectra = np.fft.rfft(stack - mean[None, :, None], axis=2)[:, :, : prior.HARMONICS] / prior.COLUMNS
    cross = np.einsum("mc,mikc,mjkc->ckij", share, spectra, spectra.conj(), optimize=True).real
    cross = cross * (0.9 + 0.1 * np.eye(prior.ROWS))
    values, vectors = np.linalg.eigh(cross)
    factors = vectors[..., -prior.RANK :] * np.sqrt(np.maximum(values[..., None, -prior.RANK :], 0))
    return mean.astype(np.float32), factors.astype(np.float16)


def shares(fields: NDArray[np.floating]) -> NDArray[np.floating]:
    """How much each of M places (M, ROWS, COLUMNS, 3) counts in each channel, (M, 3): a circus less than a street.

    Expectation maximisation of a multivariate t distribution by one scale each (Lange, Little and Taylor 1989).
    """
    area = solid_angles(prior.COLUMNS, prior.ROWS) * prior.COLUMNS / (4 * np.pi)
    share = np.full((len(fields), 3), 1 / len(fields))
    for _ in range(6):
        mean = np.einsum("mc,mikc->ic", share, fields) / prior.COLUMNS
        odd = np.einsum("i,mikc->mc", area, (fields - mean[None, :, None]) ** 2) / prior.COLUMNS
        share = (DEGREES + 1) / (DEGREES + odd / (share * odd).sum(0))
        share /= share.sum(0)
    return share


def _turned(panorama: NDArray[np.float32], yaw: int) -> NDArray[np.float32]:
    return np.ascontiguousarray(np.roll(panorama, -panorama.shape[1] * yaw // 360, axis=1))


def observe(panorama: NDArray[np.float32], setting: str) -> list[dict[str, Any]]:
    """Cues of the photos all around a panorama, and what the light was."""
    rows = []
    for yaw in YAWS:
        whole = _turned(panorama, yaw)
        photo, clipped, gain = take_photo(whole)
        sample = on_sphere(photo, clipped, CAMERA)
        _, belief = lay.believe("indoor" if setting == "room" else "outdoor", sample)
        real = cv2.resize(whole * gain, (256, 128), interpolation=cv2.INTER_AREA)
        rows.append({"told": lay.told_by(photo, clipped, belief, sample), **_light(real)})
    return rows


def _light(real: NDArray[np.float32]) -> dict[str, Any]:
    area = solid_angles(256, 128)[:, None] * np.ones((1, 256))
    light = luminance(real)
    base = np.minimum(light, WHITE_LIMIT)
    excess = (light - base) * area
    x, y, z = (excess[..., None] * directions(256, 128)).sum((0, 1)) / max(float(excess.sum()), 1e-9)
    order = np.argsort(-light, axis=None)
    share = np.cumsum(area.reshape(-1)[order]) <= 0.001 * 4 * np.pi
    share[0] = True
    peak = np.average(light.reshape(-1)[order][share], weights=area.reshape(-1)[order][share])
    return {
        "excess": float(np.log2(excess.sum() / (base * area).sum() + 2**-8)),
        "peak": float(np.log2(peak)),
        "across": float(x),
        "up": float(y),
        "ahead": float(-z),
    }


def ridge(rows: list[dict[str, Any]], names: list[str], target: NDArray[np.floating], odd: bool) -> dict[str, Any]:
    """Weights of standardised cues; `odd` ones change sign in the mirror, so they have neither mean nor constant."""
    table = np.array([[row["told"][name] for name in names] for row in rows])
    mean = np.zeros(len(names)) if odd else table.mean(0)
    scale = table.std(0) + 1e-6
    z = (table - mean) / scale
    constant = 0.0 if odd else float(target.mean())
    weights = np.linalg.solve(z.T @ z + RIDGE * len(z) * np.eye(len(names)), z.T @ (target - constant))

    def rounded(values: NDArray[np.floating]) -> list[float]:
        return [round(float(value), 4) for value in values]

    return {
        "cues": names,
        "mean": rounded(mean),
        "scale": rounded(scale),
        "constant": round(constant, 4),
        "weights": rounded(weights),
    }


def fit(setting: str, rows: list[dict[str, Any]], groups: NDArray[np.int64]) -> dict[str, Any]:
    """Everything `light_weights.json` says of a setting."""
    found: dict[str, Any] = dict(TUNED[setting])
    excess = np.array([row["excess"] for row in rows])
    for name, names in MODELS[setting].items():
        target = np.sign(excess - SUNNY_FROM) if name == "sunny" else np.array([row[name] for row in rows])
        low, high = np.percentile(target, (5, 95))  # a studio's bare bulb is no rule for rooms
        found[name] = ridge(rows, names, np.clip(target, low, high), name == "across")
    if setting == "open":
        for name in ("peak", "excess"):
            values = np.array([row[name] for row in rows])
            found[name] = {
                "sunny": round(float(np.median(values[excess > SUNNY_FROM])), 3),
                "dull": round(float(np.median(values[excess <= SUNNY_FROM])), 3),
            }
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("maps", type=Path)
    parser.add_argument("--open", type=Path, required=True)
    parser.add_argument("--leave-out", default="")
    parser.add_argument("--out", type=Path, required=True)
    args = parser.parse_args()
    open_names, left_out = set(args.open.read_text().split()), set(args.leave_out.split(","))
    paths = [p for p in sorted(args.maps.glob("*.hdr")) if p.stem not in left_out]
    maps = {p: cv2.imread(str(p), cv2.IMREAD_UNCHANGED)[..., ::-1].astype(np.float32) for p in paths}
    by_setting = {
        "open": [m for p, m in maps.items() if p.stem in open_names],
        "room": [m for p, m in maps.items() if p.stem not in open_names],
    }
    table: dict[str, NDArray[np.floating]] = {}
    for setting, panoramas in by_setting.items():
        table[f"{setting}_mean"], table[f"{setting}_factors"] = statistics(panoramas)
    np.savez_compressed(args.out / "light_prior.npz", **table)
    prior.load_prior.cache_clear()
    weights = {}
    for setting, panoramas in by_setting.items():
        rows = [observe(panorama, setting) for panorama in panoramas]
        groups = np.repeat(np.arange(len(rows)), len(YAWS))
        weights[setting] = fit(setting, [row for each in rows for row in each], groups)
        print(setting, len(panoramas), "panoramas", flush=True)
    (args.out / "light_weights.json").write_text(json.dumps(weights, indent=1) + "\n")


if __name__ == "__main__":
    main()
