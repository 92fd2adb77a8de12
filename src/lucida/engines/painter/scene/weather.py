"""The hour and the weather: where the sun stands, what light it gives, what the sky holds."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lucida.engines.painter.scene.air import RAYLEIGH, mean_radiance, sky_dome, sunlight_at
from lucida.engines.painter.scene.clouds import Heaven
from lucida.engines.painter.scene.light import Light
from lucida.engines.painter.scene.words import SceneWords

# Of each hour: the sun's height and its azimuth from the view's middle, in degrees, and how bright the picture is.
HOURS = {
    "dawn": (3.2, 80, 0.21),
    "sunrise": (2.6, -13, 0.17),
    "morning": (21, -62, 0.22),
    "noon": (44, 84, 0.25),
    "afternoon": (34, 68, 0.24),
    "evening": (10, 84, 0.20),
    "sunset": (2.2, 12, 0.16),
    "dusk": (-3.5, -10, 0.09),
    "night": (32, 110, 0.034),
}
MOONLIGHT = 0.02  # of sunlight; brighter than the real moon, as films at night are


@dataclass(frozen=True)
class Weather:
    """Light, sky, the light that reaches the clouds, and `key`, the middle grey's brightness."""

    light: Light
    heaven: Heaven
    on_clouds: NDArray[np.float64]
    key: float


def direction(height: float, azimuth: float) -> NDArray[np.float64]:
    """The unit direction of a height and an azimuth to the right of -z, in degrees."""
    up, side = np.radians(height), np.radians(azimuth)
    return np.array([np.cos(up) * np.sin(side), np.sin(up), -np.cos(up) * np.cos(side)])


def hour_of(scene: SceneWords) -> str:
    """The hour that is shown; late afternoon where none was said."""
    return scene.time or "afternoon"


def weather_of(scene: SceneWords, rng: np.random.Generator) -> Weather:
    """The weather of a scene."""
    hour = hour_of(scene)
    height, azimuth, key = HOURS[hour]
    night = hour == "night"
    away = azimuth * rng.uniform(0.75, 1.2) * (1 if rng.uniform() < 0.6 else -1)
    if night and scene.moon:
        height, away = 25.0, 0.13 * away
    shown = direction(height, away)
    haze = 1.0 + 1.5 * (hour in ("sunrise", "sunset", "dawn", "dusk"))
    dome = sky_dome(shown, haze)
    sunlight = sunlight_at(shown, 0.0, haze)
    on_clouds = sunlight_at(shown, 2500.0, haze)
    if night:
        strength = MOONLIGHT * (1.6 if scene.moon else 1.0)
        tint = np.array([0.62, 0.80, 1.25])
        dome, sunlight = 0.55 * dome * strength * tint, sunlight * strength * tint
        on_clouds = on_clouds * strength * tint
        dome += np.array([0.004, 0.006, 0.012])
    light_sun = shown if shown[1] > 0.045 else direction(3.0, away)
    if shown[1] < 0:
        sunlight = sunlight * 0
    cover, grey = _cover(scene, rng), 0.0
    if scene.storm or cover > 0.8 or scene.falling:
        grey = 0.72 if scene.storm else 0.9
        cover = max(cover, 0.74 if scene.storm else 0.8)
    fog = scene.fog
    grey = max(grey, 0.75 * fog)
    even = mean_radiance(dome)
    total = even + sunlight * max(light_sun[1], 0.05) / np.pi
    dull = 0.55 * total.mean() * (0.55 * np.array([0.92, 0.98, 1.08]) + 0.45 * total / total.mean())
    rows = np.linspace(0.95, 0.75 if scene.storm else 1.05, dome.shape[0])[:, None, None]
    dome = dome * (1 - grey) + grey * dull * rows
    sunlight = sunlight * (1 - grey) ** 1.3
    even = mean_radiance(dome)
    misty = 0.004 * fog + {"snow": 0.0012, "rain": 0.0005}.get(scene.falling, 0.0) + 0.00012 * scene.storm
    thinning = RAYLEIGH * 1.5 + 1.6e-5 * haze + misty
    thick = np.clip(misty * 300, 0, 1)
    fog_light = even * 0.95 + 0.05 * sunlight
    stars = (0.9 if scene.stars else 0.5) * night * (1 - grey)
    if "stars" in scene.absent:
        stars = 0.0
    disc = np.cos(np.radians(1.15 if night else 0.9))
    disc_light = (120.0 if night else 40.0) * (1 - grey) ** 3
    if (night and not scene.moon) or shown[1] < 0 or "moon" in scene.absent:
        disc_light = 0.0
    seed = int(rng.integers(1 << 18))
    wisps = 0.0 if "clouds" in scene.absent or scene.clouds == 0.0 else rng.uniform(0.3, 0.9) * (1 - grey)
    veil = min(1.0, 0.97 * fog + {"snow": 0.85, "rain": 0.35}.get(scene.falling, 0.0))
    top = 2900.0 if cover < 0.8 else 2400.0
    heaven = Heaven(
        seed, cover * (1 - 0.7 * fog), 1500.0, top, 0.012, wisps * (1 - 0.85 * night), stars * 0.5,
        float(disc), float(disc_light), veil,
    )  # fmt: skip
    low = hour in ("sunset", "sunrise", "dusk", "dawn", "evening")
    light = Light(
        light_sun, sunlight, even, dome, thinning, fog_light, float(thick),
        float(scene.season == "winter" or scene.falling == "snow"), 0.45 if night else 0.30 if low else 0.02,
        float(even.mean() * (9.0 if night else 5.0 if low else 0.6)),
    )  # fmt: skip
    if scene.season == "winter":
        key *= 1.12
    if scene.storm:
        key *= 0.62
    if fog or scene.falling == "snow":
        key *= 1.25
    return Weather(light, heaven, on_clouds * (1 - grey * 0.9) * (0.4 if night else 1.0), key)


def _cover(scene: SceneWords, rng: np.random.Generator) -> float:
    if "clouds" in scene.absent:
        return 0.0
    if scene.storm:
        return 0.74
    if scene.clouds is not None:
        return float(scene.clouds)
    return float(rng.uniform(0.26, 0.42)) if hour_of(scene) != "night" else 0.0
