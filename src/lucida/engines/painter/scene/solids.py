"""Houses, towers and furniture: convex solids, each an intersection of half-spaces."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from lucida.engines.painter.scene.frame import Camera, Strip
from lucida.imaging.kernels import jit

MOST_PLANES = 12
PLAIN, TOWER, HOUSE, ROOF, BOARDS, GLOW, CLOTH, GLASS, PLASTER, PICTURE = range(10)  # what a surface is made of


class Solids(NamedTuple):
    """Planes (n, MOST_PLANES, 4) as outward normal and offset; `bound` (n, 5): middle x z, radius, bottom, top.

    `look` (n, 8): surface, colour, turn about the upright axis in radians, a seed of its own, light, and segment.
    """

    planes: NDArray[np.float64]
    counts: NDArray[np.int64]
    bound: NDArray[np.float64]
    look: NDArray[np.float64]


class Solid(NamedTuple):
    """One convex solid and how it looks."""

    planes: NDArray[np.float64]
    bound: tuple[float, float, float, float, float]
    look: tuple[float, ...]


Colour = tuple[float, float, float]
Place = tuple[float, float, float]


def _looks(surface: int, colour: Colour, turn: float, seed: float, light: float, segment: int) -> tuple[float, ...]:
    return (float(surface), *colour, turn, seed, light, float(segment))


def convex(
    at: Place, turn: float, reach: float, height: float, normals: NDArray[np.float64], offsets: NDArray[np.float64],
    look: tuple[float, ...],
) -> Solid:  # fmt: skip
    """A solid around the upright axis through `at`; planes in its own frame, turned about that axis."""
    cos, sin = np.cos(turn), np.sin(turn)
    turned = normals @ np.array([[cos, 0, sin], [0, 1, 0], [-sin, 0, cos]])
    planes = np.column_stack([turned, offsets + turned @ np.array(at)])
    return Solid(planes, (at[0], at[2], reach, at[1], at[1] + height), look)


def box(
    at: Place, size: Place, colour: Colour, segment: int, *,
    turn: float = 0.0, surface: int = PLAIN, seed: float = 0.0, light: float = 0.0,
) -> Solid:  # fmt: skip
    """A box that stands on `at`, the middle of its bottom; `size` is its width, height and depth."""
    normals = np.array([[1, 0, 0], [-1, 0, 0], [0, 1, 0], [0, -1, 0], [0, 0, 1], [0, 0, -1]], float)
    offsets = np.array([size[0] / 2, size[0] / 2, size[1], 0, size[2] / 2, size[2] / 2])
    look = _looks(surface, colour, turn, seed, light, segment)
    return convex(at, turn, float(np.hypot(size[0], size[2])) / 2, size[1], normals, offsets, look)


def gable(
    at: Place, size: Place, colour: Colour, segment: int, *, turn: float = 0.0, surface: int = ROOF, seed: float = 0.0
) -> Solid:
    """A roof that stands on `at`; its ridge runs along the local x axis."""
    half, rise = size[2] / 2, size[1]
    length = float(np.hypot(half, rise))
    normals = np.array([[1, 0, 0], [-1, 0, 0], [0, half, rise], [0, half, -rise], [0, -1, 0]], float)
    normals[2:4] /= length
    offsets = np.array([size[0] / 2, size[0] / 2, rise * half / length, rise * half / length, 0])
    look = _looks(surface, colour, turn, seed, 0.0, segment)
    return convex(at, turn, float(np.hypot(size[0], size[2])) / 2, rise, normals, offsets, look)


def tapered(
    at: Place, low: float, high: float, height: float, colour: Colour, segment: int, *,
    sides: int = 10, surface: int = PLAIN, light: float = 0.0,
) -> Solid:  # fmt: skip
    """A shade, pot or leg: a regular prism of radius `low` at its foot and `high` at its top."""
    angle = (np.arange(sides) + 0.5) * 2 * np.pi / sides
    lean = (low - high) / height
    length = float(np.hypot(1, lean))
    around = np.column_stack([np.cos(angle), np.full(sides, lean), np.sin(angle)]) / length
    normals = np.vstack([around, [[0, 1, 0], [0, -1, 0]]])
    offsets = np.append(np.full(sides, low / length), [height, 0])
    look = _looks(surface, colour, 0.0, 0.0, light, segment)
    return convex(at, 0.0, max(low, high) * 1.06, height, normals, offsets, look)


def gathered(solids: list[Solid]) -> Solids:
    """The solids as arrays."""
    planes = np.zeros((len(solids), MOST_PLANES, 4))
    for k, solid in enumerate(solids):
        planes[k, : len(solid.planes)] = solid.planes
    counts = np.array([len(solid.planes) for solid in solids], np.int64)
    bound = np.array([solid.bound for solid in solids], float).reshape(-1, 5)
    return Solids(planes, counts, bound, np.array([solid.look for solid in solids], float).reshape(-1, 8))


@jit
def meet(
    solids: Solids, k: int, x: float, y: float, z: float, along_x: float, along_y: float, along_z: float
) -> tuple[float, int]:
    """How far along a ray a solid begins, and by which of its planes; -1 and no plane where it is missed."""
    enter, leave, which = 0.0, 1e30, -1
    for p in range(solids.counts[k]):
        plane = solids.planes[k, p]
        speed = plane[0] * along_x + plane[1] * along_y + plane[2] * along_z
        room = plane[3] - plane[0] * x - plane[1] * y - plane[2] * z
        if speed < 0:
            at = room / speed
            if at > enter:
                enter, which = at, p
        elif speed > 0:
            leave = min(leave, room / speed)
        elif room < 0:
            return -1.0, -1
        if enter > leave:
            return -1.0, -1
    return (enter, which) if which >= 0 else (-1.0, -1)


@jit
def blocked(
    solids: Solids, x: float, y: float, z: float, along_x: float, along_y: float, along_z: float, reach: float
) -> bool:
    """Whether a solid that does not shine stands within `reach` of a point along a unit direction."""
    for k in range(solids.counts.shape[0]):
        bound = solids.bound[k]
        half = 0.5 * (bound[4] - bound[3])
        to_x, to_y, to_z = bound[0] - x, bound[3] + half - y, bound[1] - z
        radius = bound[2] * bound[2] + half * half
        near = to_x * along_x + to_y * along_y + to_z * along_z
        away = to_x * to_x + to_y * to_y + to_z * to_z
        if away - near * near > radius or (near < 0 and away > radius) or solids.look[k, 6] > 0:
            continue
        if near > reach and (near - reach) * (near - reach) > radius:
            continue
        far, _ = meet(solids, k, x, y, z, along_x, along_y, along_z)
        if 0 < far < reach:
            return True
    return False


@jit
def draw_solids(strip: Strip, camera: Camera, solids: Solids) -> None:
    """Set what is nearer than what the strip has; the depth is exact."""
    rows, columns = strip.depth.shape
    for k in range(solids.counts.shape[0]):
        bound, look = solids.bound[k], solids.look[k]
        near, far = max(0.3, -bound[1] - bound[2]), -bound[1] + bound[2]
        if far < 0.3:
            continue
        left = min((bound[0] - bound[2]) / near, (bound[0] - bound[2]) / far)
        right = max((bound[0] + bound[2]) / near, (bound[0] + bound[2]) / far)
        high = max((bound[4] - camera.eye) / near, (bound[4] - camera.eye) / far)
        low = min((bound[3] - camera.eye) / near, (bound[3] - camera.eye) / far)
        first = max(0, int(camera.middle + left * camera.focal - strip.left))
        last = min(columns, int(camera.middle + right * camera.focal - strip.left) + 2)
        top = max(0, int(camera.horizon - high * camera.focal))
        bottom = min(rows, int(camera.horizon - low * camera.focal) + 2)
        for column in range(first, last):
            across = (column + 0.5 + strip.left - camera.middle) / camera.focal
            for row in range(top, bottom):
                rise = (camera.horizon - row - 0.5) / camera.focal
                ahead, which = meet(solids, k, 0.0, camera.eye, 0.0, across, rise, -1.0)
                if which >= 0 and ahead < strip.depth[row, column]:
                    strip.depth[row, column] = ahead
                    strip.segment[row, column] = int(look[7])
                    strip.owner[row, column] = k
                    for c in range(3):
                        strip.normal[row, column, c] = solids.planes[k, which, c]
                        strip.colour[row, column, c] = look[1 + c]
