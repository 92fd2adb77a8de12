"""A scene out of doors, ready to be drawn: land, light, what grows and what was built."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lucida.engines.painter.scene.country import Country, country_of, kind_of
from lucida.engines.painter.scene.houses import city_of, houses_of
from lucida.engines.painter.scene.planting import grass_of, trees_of
from lucida.engines.painter.scene.plants import Grove, cast_shadows, grow
from lucida.engines.painter.scene.solids import Solids, gathered
from lucida.engines.painter.scene.weather import Weather, weather_of
from lucida.engines.painter.scene.words import SceneWords

_SHADOWS = 1536  # cells along the edge of the shadows' map


@dataclass(frozen=True)
class World:
    """What is drawn; `wide` is half the width over depth that shadows are kept for."""

    scene: SceneWords
    country: Country
    weather: Weather
    grove: Grove
    trees: NDArray[np.float64]
    grass: NDArray[np.float64]
    solids: Solids
    shadow: NDArray[np.float32]
    wide: float


def world_of(scene: SceneWords, seed: int, wide: float) -> World:
    """The world of a scene; `wide` is half the picture's width over the depth."""
    rng = np.random.default_rng([seed, 1])
    weather = weather_of(scene, rng)
    country = country_of(scene, rng)
    built, taken = houses_of(scene, country, wide, rng)
    if "city" in (kind_of(scene), *scene.also):
        built += city_of(scene, country, rng)
    solids = gathered(built)
    trees = trees_of(scene, country, wide, taken, rng)
    grass = grass_of(scene, country, wide, taken, rng)
    grove = grow(int(rng.integers(1 << 18)), {int(kind) for kind in trees[:, 5]})
    shadow = np.full((_SHADOWS, _SHADOWS), -1e9, np.float32)
    reach = 1.2 * wide + 2.4
    if len(trees) and weather.light.sunlight.max() > 0:
        cast_shadows(grove, trees, weather.light.sun, shadow, reach)
    return World(scene, country, weather, grove, trees, grass, solids, shadow, reach)
