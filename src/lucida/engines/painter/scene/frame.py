"""What a strip of the picture shows before it is lit: depth, segment, normal, colour and whose it is."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from lucida.imaging.kernels import jit

FINER = 2  # samples along a pixel's edge


class Camera(NamedTuple):
    """A level camera `eye` metres up that looks along -z; the rest in samples, `horizon` from the top.

    The picture's middle is raised or lowered by a shift of the lens, so that what stands upright is upright.
    """

    eye: float
    focal: float
    middle: float
    horizon: float


class Strip(NamedTuple):
    """Samples (rows, columns) of a strip that begins at sample `left`; `depth` in metres, infinite in the sky."""

    depth: NDArray[np.float32]
    segment: NDArray[np.uint8]
    normal: NDArray[np.float32]
    colour: NDArray[np.float32]
    owner: NDArray[np.int32]  # of solids
    left: float


def strip(rows: int, columns: int, left: int) -> Strip:
    """A strip of nothing but sky."""
    return Strip(
        np.full((rows, columns), np.inf, np.float32),
        np.zeros((rows, columns), np.uint8),
        np.zeros((rows, columns, 3), np.float32),
        np.zeros((rows, columns, 3), np.float32),
        np.full((rows, columns), -1, np.int32),
        float(left),
    )


@jit
def put(
    strip: Strip, row: int, column: int, ahead: float, segment: int, nx: float, ny: float, nz: float,
    red: float, green: float, blue: float,
) -> None:  # fmt: skip
    """Set a sample where nothing nearer is."""
    if ahead < strip.depth[row, column]:
        strip.depth[row, column] = ahead
        strip.segment[row, column] = segment
        strip.normal[row, column, 0] = nx
        strip.normal[row, column, 1] = ny
        strip.normal[row, column, 2] = nz
        strip.colour[row, column, 0] = red
        strip.colour[row, column, 1] = green
        strip.colour[row, column, 2] = blue
        strip.owner[row, column] = -1


@jit
def disc(
    strip: Strip, camera: Camera, x: float, y: float, ahead: float, radius: float, segment: int,
    nx: float, ny: float, nz: float, red: float, green: float, blue: float,
) -> None:  # fmt: skip
    """A round leaf that faces the camera; one sample where it is smaller."""
    rows, columns = strip.depth.shape
    middle = camera.middle + x / ahead * camera.focal - strip.left
    level = camera.horizon - (y - camera.eye) / ahead * camera.focal
    size = radius / ahead * camera.focal
    if middle < -size or middle >= columns + size or level < -size or level >= rows + size:
        return
    if size < 0.75:
        row, column = int(np.floor(level)), int(np.floor(middle))
        if 0 <= row < rows and 0 <= column < columns:
            put(strip, row, column, ahead, segment, nx, ny, nz, red, green, blue)
        return
    for row in range(max(0, int(level - size)), min(rows, int(level + size) + 1)):
        for column in range(max(0, int(middle - size)), min(columns, int(middle + size) + 1)):
            if (row + 0.5 - level) ** 2 + (column + 0.5 - middle) ** 2 <= size * size:
                put(strip, row, column, ahead, segment, nx, ny, nz, red, green, blue)


@jit
def stroke(
    strip: Strip, camera: Camera, x0: float, y0: float, ahead0: float, x1: float, y1: float, ahead1: float,
    wide0: float, wide1: float, segment: int, round_: bool, dark: float, red: float, green: float, blue: float,
) -> None:  # fmt: skip
    """A tapering twig or blade between two points; `round_` ones are lit as cylinders, blades from above.

    `dark` is what is left of its colour at the first end.
    """
    rows, columns = strip.depth.shape
    a = camera.middle + x0 / ahead0 * camera.focal - strip.left
    b = camera.middle + x1 / ahead1 * camera.focal - strip.left
    top, low = wide0 / ahead0 * camera.focal, wide1 / ahead1 * camera.focal
    if max(a, b) + max(top, low) < 0 or min(a, b) - max(top, low) > columns:
        return
    c = camera.horizon - (y0 - camera.eye) / ahead0 * camera.focal
    d = camera.horizon - (y1 - camera.eye) / ahead1 * camera.focal
    count = int(max(abs(b - a), abs(d - c)) * 1.3) + 1
    if count > 8000:
        return
    steep = abs(d - c) >= abs(b - a)
    for k in range(count + 1):
        t = k / count
        u, v, ahead = a + (b - a) * t, c + (d - c) * t, ahead0 + (ahead1 - ahead0) * t
        half = max(0.5, top + (low - top) * t)
        light = dark + (1 - dark) * t
        middle, along = (u, v) if steep else (v, u)
        other = int(np.floor(along))
        for place in range(int(np.floor(middle - half + 0.5)), int(np.floor(middle + half + 0.5))):
            row, column = (other, place) if steep else (place, other)
            if 0 <= row < rows and 0 <= column < columns:
                side = min(1.0, max(-1.0, (place + 0.5 - middle) / half))
                front = np.sqrt(max(0.0, 1 - side * side))
                nx, ny, nz = 0.25 * side, 0.9, 0.35
                if round_:
                    nx, ny, nz = (side, 0.1, front) if steep else (0.1, -side, front)
                put(strip, row, column, ahead, segment, nx, ny, nz, red * light, green * light, blue * light)
