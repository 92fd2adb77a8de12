"""The picture of a world: strips of columns on all cores, then the water that mirrors them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from lucida.engines.painter.scene.clouds import paint_sky
from lucida.engines.painter.scene.frame import FINER, Camera, strip
from lucida.engines.painter.scene.plants import draw_grass, draw_trees
from lucida.engines.painter.scene.shade import SkyPicture, shade_strip
from lucida.engines.painter.scene.solids import draw_solids
from lucida.engines.painter.scene.terrain import march
from lucida.engines.painter.scene.water import shade_water
from lucida.engines.painter.scene.world import World
from lucida.imaging.kernels import in_bands

_STEP = 0.004  # of the march over the land, as a share of the depth
NAMES = ("sky", "terrain", "water", "tree", "building", "grass")

Finished = Callable[[float], None]


@dataclass(frozen=True)
class Render:
    """Radiance (H, W, 3), depth in metres (H, W) and segments (H, W)."""

    radiance: NDArray[np.float32]
    depth: NDArray[np.float32]
    segment: NDArray[np.uint8]


def focal_length(width: int, height: int) -> float:
    """In pixels: a view of 58 degrees for a square, of at most 100."""
    return max(0.9 * float(np.sqrt(width * height)), 0.42 * max(width, height))


def band_of(length: int) -> int:
    """How many rows or columns are drawn at a time: few enough that progress is told often."""
    return max(4, min(32, length // 12))


def camera_of(world: World, width: int, height: int) -> Camera:
    """The camera of a picture, in samples."""
    focal = FINER * focal_length(width, height)
    return Camera(world.country.eye, focal, FINER * width / 2, FINER * height * world.country.horizon)


def render(world: World, width: int, height: int, finished: Finished, camera: Camera | None = None) -> Render:
    """The picture of a world, by its own camera where none is given; `finished` hears the fraction done."""
    camera = camera or camera_of(world, width, height)
    sky = sky_picture(world, camera, width, height, lambda done: finished(0.25 * done))
    radiance = np.zeros((height, width, 3), np.float32)
    water = np.zeros((height, width), np.float32)
    depth = np.full((height, width), np.inf, np.float32)
    segment = np.zeros((height, width), np.uint8)
    light, land, soil = world.weather.light, world.country.land, world.country.soil
    rise = np.asarray((camera.horizon - np.arange(FINER * height) - 0.5) / camera.focal, np.float64)

    def work(columns: slice) -> None:
        count = (columns.stop - columns.start) * FINER
        part = strip(FINER * height, count, columns.start * FINER)
        across = (np.arange(count) + 0.5 + part.left - camera.middle) / camera.focal
        march(land, camera.eye, camera.focal, across, rise, _STEP, part.depth, part.segment)
        draw_solids(part, camera, world.solids)
        draw_trees(part, camera, world.grove, world.trees, 0.75 * light.snow)
        draw_grass(part, camera, world.grass)
        shade_strip(
            part, camera, land, soil, light, world.solids, world.shadow, world.wide, sky,
            radiance[:, columns], water[:, columns], depth[:, columns], segment[:, columns],
        )  # fmt: skip

    in_bands(work, width, band_of(width), lambda done: finished(0.25 + 0.6 * done))
    if water.any():
        dry = radiance.copy()
        still = sky
        if world.weather.heaven.stars > 0:  # points of light would only sparkle
            still = sky._replace(radiance=np.asarray(cv2.GaussianBlur(sky.radiance, (0, 0), 3.0), np.float32))

        def fill(rows: slice) -> None:
            shade_water(rows.start, camera, land, soil, light, still, water[rows], depth, segment, dry, radiance[rows])

        in_bands(fill, height, band_of(height), lambda done: finished(0.85 + 0.15 * done))
    finished(1.0)
    return Render(radiance, depth, segment)


def sky_picture(world: World, camera: Camera, width: int, height: int, finished: Finished) -> SkyPicture:
    """The sky behind the picture and, for the water to mirror, above it; at half its size, or whole with stars."""
    weather = world.weather
    scale = 1.0 if weather.heaven.stars > 0 or width * height < 90_000 else 0.5
    horizon = camera.horizon / FINER
    above = max(0.0, (height - horizon) - horizon) if world.country.land.water else 0.0
    rows, columns = int(np.ceil((horizon + above) * scale)) + 2, int(np.ceil(width * scale)) + 1
    across = np.asarray(((np.arange(columns) + 0.5) / scale * FINER - camera.middle) / camera.focal, np.float64)
    rise = np.asarray((horizon + above - (np.arange(rows) + 0.5) / scale) * FINER / camera.focal, np.float64)
    sky = np.zeros((rows, columns, 3), np.float32)
    light = weather.light

    def work(band: slice) -> None:
        paint_sky(
            weather.heaven,
            light.dome,
            light.sun,
            weather.on_clouds,
            light.even,
            light.fog,
            across,
            rise[band],
            sky[band],
        )

    in_bands(work, rows, band_of(rows), finished)
    if weather.heaven.stars <= 0:
        sky = np.asarray(cv2.GaussianBlur(sky, (0, 0), 0.6), np.float32)
    return SkyPicture(sky, scale, above * scale)
