"""The picture of a room, with the country outside behind its window."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from lucida.engines.painter.scene.frame import FINER, Camera
from lucida.engines.painter.scene.indoors import finish_room, light_room, see_room, settle
from lucida.engines.painter.scene.render import Finished, Render, band_of, focal_length, render
from lucida.engines.painter.scene.room import DEEP, PANE, Room
from lucida.engines.painter.scene.weather import direction, hour_of
from lucida.engines.painter.scene.world import World
from lucida.imaging.kernels import in_bands

_EYE, _HORIZON, _LENS = 1.35, 0.47, 0.92
_SETTLING = ((1, 0.1), (3, 0.5), (1, 1.0))  # how far apart places are taken, and how strictly
_DARK = ("night", "dusk", "dawn", "sunset", "sunrise", "evening")


def doubled(picture: NDArray[np.float32], width: int, height: int) -> NDArray[np.float32]:
    """A picture at twice its size, cut to the size given."""
    size = 2 * picture.shape[1], 2 * picture.shape[0]
    return np.ascontiguousarray(cv2.resize(picture, size, interpolation=cv2.INTER_LINEAR)[:height, :width], np.float32)


def _settled(
    owner: NDArray[np.int32], step: int, strict: float, light: NDArray[np.float32], smooth: NDArray[np.float32]
) -> None:
    in_bands(lambda rows: settle(owner, rows.start, step, strict, light, smooth[rows]), len(light))


def render_room(room: Room, world: World, width: int, height: int, finished: Finished) -> Render:
    """The picture of a room; `finished` hears the fraction done."""
    focal = FINER * focal_length(width, height) * _LENS
    camera = Camera(_EYE, focal, FINER * width / 2, FINER * height * _HORIZON)
    small = (width + 1) // 2, (height + 1) // 2
    eye = world.country.eye  # the ground outside lies as low as the country's camera stands above it
    coarse = Camera(eye, focal / 2, FINER * width / 4, FINER * height * _HORIZON / 2)
    view = render(world, *small, lambda done: finished(0.2 * done), coarse)
    outside = doubled(view.radiance, width, height)
    owner = np.empty((FINER * height, FINER * width), np.int32)
    depth = np.empty(owner.shape, np.float32)
    light = np.zeros((height, width, 3), np.float32)
    radiance = np.empty_like(light)
    sky = world.weather.light
    outdoors = sky.even * 1.1 + 0.3 * sky.sunlight * max(sky.sun[1], 0.0) / np.pi
    dark = hour_of(world.scene) in _DARK
    white = float(outdoors.mean())
    bulb = np.array([1.0, 0.56, 0.24]) * white * (9.0 if dark else 1.0) * (room.lamp is not None)
    around = 0.10 * outdoors + 0.055 * bulb + 0.02 * white
    sun = direction(33.0, -24.0)
    sunlight = sky.sunlight * (0.0 if dark else 0.55)
    pane, lamp = np.array([*PANE, -DEEP]), np.array(room.lamp or (0.0, 1.0, 0.0))
    smooth = np.zeros_like(light)

    def look(rows: slice) -> None:
        fine = slice(FINER * rows.start, FINER * rows.stop)
        see_room(room.solids, camera, fine.start, owner[fine], depth[fine])
        light_room(
            room.solids, camera, rows.start, owner[fine], depth[fine], pane, outdoors, sun, sunlight, lamp,
            3.0 * bulb, around, light[rows],
        )  # fmt: skip

    in_bands(look, height, band_of(height), lambda done: finished(0.2 + 0.65 * done))
    for n, (step, strict) in enumerate(_SETTLING):
        _settled(owner, step, strict, light, smooth)
        finished(0.85 + 0.04 * (n + 1))
        light, smooth = smooth, light
    in_bands(
        lambda rows: finish_room(
            room.solids, camera, rows.start, owner, depth, light, outside, 1.1 * bulb, radiance[rows]
        ),
        height,
    )
    seen = owner[::FINER, ::FINER]
    inside = seen >= 0
    segment = np.repeat(np.repeat(view.segment, 2, 0), 2, 1)[:height, :width]
    far = np.repeat(np.repeat(view.depth, 2, 0), 2, 1)[:height, :width]
    segment[inside] = room.solids.look[seen[inside] // 16, 7].astype(np.uint8)
    finished(1.0)
    return Render(radiance, np.where(inside, depth[::FINER, ::FINER], far).astype(np.float32), segment)
