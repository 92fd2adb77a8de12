"""The sky over a place: its light, its clouds and its sun."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from .noise import fractal
from .surfaces import Floats, blend, rgb

Doubles = NDArray[np.float64]
Mood = Literal["clear", "clouds", "overcast", "sunset", "night"]


@dataclass(frozen=True, eq=False)
class Sky:
    """Radiance of the sky, 1 about that of a white sheet under an overcast one.

    `sun` points to the sun, `sunlight` (3,) is what it throws on a surface that faces it.
    """

    zenith: Floats
    horizon: Floats
    sun: Doubles
    sunlight: Floats
    glow: Floats
    cover: float
    cloud: Floats
    shift: Doubles
    stretch: float

    def radiance(self, direction: Doubles) -> Floats:
        """Linear light (N, 3) of unit directions (N, 3); below the horizon, the horizon's."""
        up = np.clip(direction[:, 1], 0, 1)
        light = blend(self.horizon, self.zenith, 1 - (1 - up) ** 4)
        towards = np.clip(direction @ self.sun, 0, 1)
        light = light + self.glow * (0.5 * towards**5 + 2.5 * towards**90)[:, None].astype(np.float32)
        if self.cover > 0:
            flat = direction / np.maximum(up + 0.09, 0.05)[:, None]
            places = np.column_stack([flat[:, 0], flat[:, 1] * 0, flat[:, 2] * self.stretch]) + self.shift
            thick = fractal(places, 1.6, 6, 0.004 / np.maximum(up + 0.05, 0.05), 0.55)
            part = np.clip((thick + 2.2 * self.cover - 1.0) * 0.6, 0, 1) * np.clip(up * 12, 0, 1)
            body = self.cloud * (1.0 - 0.25 * np.clip(thick, -0.5, 1.5))[:, None]
            light = blend(light, body, 0.92 * part)
        return np.asarray(light, np.float32)

    def ambient(self) -> tuple[Floats, Floats]:
        """What a surface that looks up, and one that looks down, gets from all around, each (3,)."""
        above = 0.55 * self.zenith + 0.45 * self.horizon
        above = above * (1 - 0.6 * self.cover) + self.cloud * 0.6 * self.cover
        return np.asarray(above, np.float32), np.asarray(0.28 * (above + 0.4 * self.sunlight), np.float32)


def sky_of(rng: np.random.Generator, mood: Mood) -> Sky:
    """A sky of a mood, with the sun anywhere it may then be."""
    azimuth = rng.uniform(-np.pi, np.pi)
    height = np.deg2rad({"clear": rng.uniform(18, 65), "sunset": rng.uniform(4, 14)}.get(mood, rng.uniform(25, 60)))
    sun = np.array([np.sin(azimuth) * np.cos(height), np.sin(height), np.cos(azimuth) * np.cos(height)])
    shift, stretch = rng.uniform(0, 60, 3), rng.uniform(0.6, 1.6)
    warm = np.array([1.0, 0.93, 0.82], np.float32)
    if mood in ("clear", "clouds"):
        zenith = rgb(rng.uniform(0.56, 0.61), rng.uniform(0.45, 0.85), rng.uniform(0.2, 0.4))
        horizon = rgb(rng.uniform(0.53, 0.6), rng.uniform(0.05, 0.35), rng.uniform(0.6, 0.85))
        cover = rng.uniform(0, 0.25) if mood == "clear" else rng.uniform(0.35, 0.65)
        light = warm * rng.uniform(1.6, 2.6)
        return Sky(zenith, horizon, sun, light, warm * 0.3, cover, rgb(0.6, 0.05, 0.9), shift, stretch)
    if mood == "overcast":
        grey = rgb(rng.uniform(0.55, 0.65), rng.uniform(0, 0.12), rng.uniform(0.55, 0.9))
        dark = grey * rng.uniform(0.6, 0.95)
        return Sky(
            dark, grey, sun, warm * rng.uniform(0, 0.25), warm * 0, rng.uniform(0.3, 0.8), dark * 1.1, shift, stretch
        )
    if mood == "sunset":
        zenith = rgb(rng.uniform(0.55, 0.64), rng.uniform(0.25, 0.6), rng.uniform(0.12, 0.3))
        horizon = rgb(rng.uniform(0.02, 0.12), rng.uniform(0.1, 0.4), rng.uniform(0.35, 0.6))
        low = np.array([1.0, 0.62, 0.32], np.float32)
        return Sky(
            zenith,
            horizon,
            sun,
            low * rng.uniform(0.6, 1.5),
            low * rng.uniform(0.5, 1.1),
            rng.uniform(0.1, 0.55),
            rgb(rng.uniform(0.95, 1.05), 0.35, rng.uniform(0.3, 0.6)),
            shift,
            stretch,
        )
    dark = rgb(rng.uniform(0.58, 0.68), rng.uniform(0.15, 0.5), rng.uniform(0.006, 0.025))
    glow = rgb(rng.uniform(0.05, 0.12), rng.uniform(0.1, 0.6), rng.uniform(0.015, 0.06))
    return Sky(dark, glow, sun, np.zeros(3, np.float32), warm * 0, rng.uniform(0, 0.5), glow * 0.8, shift, stretch)
