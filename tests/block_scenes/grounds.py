"""What stands under everything: a level plane, and hills given by heights on a grid."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from .kernels import height_at, walk
from .surfaces import Surface

Doubles = NDArray[np.float64]


# Where a plane ends in metres: nobody sees farther over the earth's curve.
END = 20_000.0


class Ground(Protocol):
    @property
    def surface(self) -> Surface: ...

    @property
    def label(self) -> str: ...

    def meets(self, origin: Doubles, direction: Doubles, length: Doubles) -> None:
        """Shortens the lengths (N,) of rays from (1 or N, 3) along (N, 3) to where they meet the ground."""
        ...

    def normals(self, points: Doubles) -> Doubles:
        """Unit normals (N, 3)."""
        ...


@dataclass(frozen=True, eq=False)
class Plane:
    """A level plane at `level` metres."""

    surface: Surface
    label: str
    level: float = 0.0

    def meets(self, origin: Doubles, direction: Doubles, length: Doubles) -> None:
        with np.errstate(divide="ignore", invalid="ignore"):
            met = (self.level - origin[:, 1]) / direction[:, 1]
        np.copyto(length, met, where=(met > 1e-6) & (met < length) & (met < END))

    def normals(self, points: Doubles) -> Doubles:
        return np.broadcast_to(np.array([0.0, 1.0, 0.0]), points.shape)


@dataclass(frozen=True, eq=False)
class Hills:
    """Heights (n, n) in metres every `cell` metres, from `corner` (x, z) on, straight between the grid's points.

    Rays do not meet them within `begin` metres.
    """

    heights: NDArray[np.float32]
    cell: float
    corner: tuple[float, float]
    surface: Surface
    label: str
    begin: float = 0.05

    @cached_property
    def slopes(self) -> Doubles:
        dz, dx = np.gradient(self.heights.astype(float), self.cell)
        return np.stack([dx, dz], -1)

    def _place(self, x: Doubles, z: Doubles) -> tuple[Doubles, Doubles]:
        last = len(self.heights) - 1.001
        column = np.clip((x - self.corner[0]) / self.cell, 0, last)
        return column, np.clip((z - self.corner[1]) / self.cell, 0, last)

    def _between(self, grid: NDArray[np.floating], x: Doubles, z: Doubles) -> Doubles:
        column, row = self._place(x, z)
        i, j = row.astype(np.int32), column.astype(np.int32)
        v, u = row - i, column - j
        if grid.ndim == 3:
            u, v = u[:, None], v[:, None]
        upper = grid[i, j] * (1 - u) + grid[i, j + 1] * u
        return np.asarray(upper * (1 - v) + (grid[i + 1, j] * (1 - u) + grid[i + 1, j + 1] * u) * v, float)

    def height(self, x: float, z: float) -> float:
        """Metres of the ground at a place."""
        return float(height_at(self.heights, self.cell, *self.corner, float(x), float(z)))

    def meets(self, origin: Doubles, direction: Doubles, length: Doubles) -> None:
        top = float(self.heights.max())
        walk(self.heights, self.cell, *self.corner, top, self.begin, origin, np.ascontiguousarray(direction), length)

    def normals(self, points: Doubles) -> Doubles:
        slope = self._between(self.slopes, points[:, 0], points[:, 2])
        normal = np.column_stack([-slope[:, 0], np.ones(len(points)), -slope[:, 1]])
        return normal / np.linalg.norm(normal, axis=1, keepdims=True)


def rough(
    rng: np.random.Generator, cells: int, largest: int, octaves: int = 6, gain: float = 0.5
) -> NDArray[np.float32]:
    """Heights (cells, cells) of deviation 1 and mean 0, `largest` grains across at first and smaller ones after."""
    total = np.zeros((cells, cells), np.float32)
    for octave in range(octaves):
        count = min(largest * 2**octave, cells) + 4
        grid = rng.normal(size=(count, count)).astype(np.float32)
        total += cv2.resize(grid, (cells, cells), interpolation=cv2.INTER_CUBIC) * gain**octave
    return np.asarray((total - total.mean()) / total.std(), np.float32)
