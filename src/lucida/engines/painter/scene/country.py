"""The land of a scene: how it rises, where its water lies, what grows and what colour it has."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lucida.engines.painter.scene.light import Ground
from lucida.engines.painter.scene.terrain import DRY, LAKE, RIVER, SEA, Land
from lucida.engines.painter.scene.words import SceneWords

# Of each land: mountains' height, width, damping, where they begin and are full; the near ground's height and width.
LANDS = {
    "plain": (60.0, 900.0, 0.3, 900.0, 4000.0, 2.5, 60.0),
    "meadow": (130.0, 1100.0, 0.25, 350.0, 2500.0, 3.0, 70.0),
    "field": (70.0, 1000.0, 0.25, 700.0, 3000.0, 2.0, 120.0),
    "hills": (120.0, 520.0, 0.12, 40.0, 900.0, 6.0, 90.0),
    "mountains": (2700.0, 2500.0, 0.5, 500.0, 4600.0, 5.0, 70.0),
    "dunes": (0.0, 1000.0, 0.3, 900.0, 4000.0, 1.0, 80.0),
    "forest": (160.0, 1200.0, 0.25, 300.0, 2500.0, 2.5, 40.0),
    "city": (40.0, 2000.0, 0.3, 3000.0, 9000.0, 0.0, 100.0),
    "village": (190.0, 900.0, 0.25, 200.0, 1600.0, 3.5, 80.0),
}
EYES = {"city": 52.0, "village": 5.5, "dunes": 15.0, "hills": 6.0, "mountains": 3.0, "forest": 2.0}
GREENS = {  # of each season: level ground, dry patches, woods
    "": ((0.055, 0.115, 0.022), (0.15, 0.155, 0.045), (0.022, 0.050, 0.014)),
    "spring": ((0.065, 0.150, 0.024), (0.12, 0.17, 0.04), (0.040, 0.085, 0.018)),
    "summer": ((0.060, 0.110, 0.022), (0.20, 0.17, 0.055), (0.022, 0.050, 0.014)),
    "autumn": ((0.120, 0.110, 0.030), (0.22, 0.15, 0.045), (0.150, 0.065, 0.018)),
    "winter": ((0.110, 0.105, 0.070), (0.16, 0.13, 0.080), (0.035, 0.042, 0.036)),
}
INDOORS = {"lamp", "sofa", "table", "chair", "bed", "shelf", "rug", "painting"}
GROUND_NAMES = ("plain", "meadow", "field", "hills", "village", "forest")


@dataclass(frozen=True)
class Country:
    """Land and ground, and the camera's height above level 0 in metres; `horizon` is its share of the picture."""

    land: Land
    soil: Ground
    eye: float
    horizon: float


def kind_of(scene: SceneWords) -> str:
    """The land that is drawn; what was not said follows from what was."""
    if scene.land:
        return scene.land
    if scene.water == "sea":
        return "plain"
    if INDOORS & set(scene.furniture) and not (scene.water or scene.houses or scene.trees):
        return "room"
    if scene.houses:
        return "meadow"
    return "mountains" if scene.water and "mountains" not in scene.absent else "meadow"


def country_of(scene: SceneWords, rng: np.random.Generator) -> Country:
    """The country of a scene out of doors."""
    kind = kind_of(scene)
    kind = "meadow" if kind == "room" else kind
    height, scale, damping, start, full, near_height, near_scale = LANDS[kind]
    far = next((land for land in (kind, *scene.also) if land == "mountains"), None)
    far = far or next((land for land in (kind, *scene.also) if land == "hills"), None)
    if far and far != kind:
        height, scale, damping = LANDS[far][:3]
        start, full = max(start, LANDS[far][3]), max(full, LANDS[far][4])
    height *= scene.sizes.get("mountains", scene.sizes.get("hills", 1.0)) * rng.uniform(0.85, 1.15)
    if "mountains" in scene.absent or "hills" in scene.absent:
        height = min(height, 12.0)
    water = {"lake": LAKE, "sea": SEA, "river": RIVER}.get(scene.water, DRY)
    shore, far_shore, breadth, waves, horizon = 7.0, 900.0, 520.0, 0.10, 0.60
    eye = EYES.get(kind, 2.4)
    if water == LAKE:
        size = scene.sizes.get("lake", 1.0)
        far_shore, breadth, waves, eye = 850.0 * size, 640.0 * size, 0.11, 3.4
        horizon = 0.56
        start, full = (max(start, 500.0), full) if far == "mountains" else (start, full)
        if scene.houses or scene.trees > 0:
            shore, eye, horizon = 44.0, 5.0, 0.52
    elif water == SEA:
        waves, eye, horizon = 0.42, 3.2, 0.54
        shore = 46.0 if scene.houses or scene.trees > 0 else 12.0
        eye = 5.0 if scene.houses or scene.trees > 0 else eye
        height = height if far else 0.0
        start, full = 2500.0, 9000.0
        near_height = 0.0
    elif water == RIVER:
        breadth, waves, eye, horizon = 7.0 * scene.sizes.get("river", 1.0), 0.12, 3.6, 0.50
        start = max(start, 150.0)
    if kind == "city" and water:
        far_shore, breadth, eye, shore, horizon = 260.0, 4000.0, 4.0, 5.0, 0.62
        water = LAKE
    elif kind == "city":
        horizon = 0.60
    if kind == "hills" or kind == "village":
        horizon = 0.46
    if kind == "dunes":
        horizon = 0.47
    if scene.storm:
        waves = 1.15 if water == SEA else waves * 2.5
        shore = -900.0 if water == SEA and not (scene.land or scene.houses or scene.trees) else shore
        eye = 4.0 if water == SEA else eye
    land = Land(
        int(rng.integers(1 << 18)), height, scale, damping, start, full, near_height, near_scale, 0.4,
        62.0 * (kind == "dunes"), water, shore, far_shore, breadth, waves, float(rng.uniform(0, 60)),
    )  # fmt: skip
    return Country(land, _ground(scene, kind, far), eye, horizon)


def _ground(scene: SceneWords, kind: str, far: str | None) -> Ground:
    low, dry, wood = (np.array(colour) for colour in GREENS[scene.season])
    rock = np.array([0.17, 0.155, 0.14])
    if kind == "dunes":
        low, dry = np.array([0.52, 0.31, 0.145]), np.array([0.60, 0.37, 0.18])
    if kind == "field":
        low, dry = (0.6 * low + 0.4 * dry), np.array([0.34, 0.24, 0.085]) if scene.season != "spring" else dry
    if kind == "forest":
        low, dry = (
            low * 0.65,
            np.array([0.10, 0.07, 0.035]) if scene.season != "autumn" else np.array([0.26, 0.11, 0.03]),
        )
    named = next((scene.colours[name] for name in GROUND_NAMES if name in scene.colours), None)
    if kind == "dunes" and "dunes" in scene.colours:
        named = scene.colours["dunes"]
    if named is not None:
        low, dry = 0.4 * low + 0.45 * np.array(named), 0.35 * dry + 0.65 * np.array(named)
    if "mountains" in scene.colours:
        rock = 0.6 * np.array(scene.colours["mountains"]) + 0.04
    water = np.array(scene.colours.get(scene.water, (0.008, 0.030, 0.034))) * (
        0.35 if scene.water in scene.colours else 1
    )
    snow_line = 780.0 if far == "mountains" else 1e9
    if scene.sizes.get("snowcap"):
        snow_line = 560.0
    if scene.season == "summer" and far == "mountains":
        snow_line = 1100.0
    woods = 0.0 if kind in ("dunes", "city") or "trees" in scene.absent or "forest" in scene.absent else 0.42
    if "forest" in (kind, *scene.also):
        woods = 0.85
    shore = np.array([0.42, 0.34, 0.23]) if scene.water == "sea" else np.array([0.15, 0.125, 0.095])
    rows = 0.0 if kind != "field" else 1.6
    return Ground(
        low,
        dry,
        rock,
        shore,
        wood,
        water,
        snow_line,
        woods,
        rows,
        float(kind == "city" and not scene.water),
        22.0 * (kind == "dunes"),
    )
