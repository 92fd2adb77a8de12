"""Where two pieces that overlap are cut: along the line where they differ least (Efros and Freeman 2001)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

_RAYS = 96  # from a cell's middle
_CORNER = 0.72  # of a cell's width: how far its corners are from its middle
_EMPTY, _OUTWARD = 0.1, 0.001  # what it costs to cut where nothing stands yet; farther out it is cheaper
_LEAST = 0.01  # what every cut costs besides the square of the stops that it shows
_INNERMOST, _WITHIN, _FORBIDDEN = 30.0, 20.0, 1e3


def within_cut(
    apart: NDArray[np.float32], empty: NDArray[np.bool_], allowed: NDArray[np.bool_], core: float, *, tall: bool
) -> tuple[NDArray[np.bool_], float]:
    """What lies (h, w) within the cheapest closed line around the middle of a cell, and how much that line shows.

    It shows by the stops (root mean square) by which the pieces differ along it, no matter where nothing stands.

    `apart` are the stops by which the new piece differs from what stands there, `empty` where nothing does, `allowed`
    where the new one may lie. Within `core` pixels of width from the middle no line is looked for. A `tall` cell is
    not cut at its upper and lower edge.
    """
    height, width = apart.shape
    stretch = height / width
    reach = int(_CORNER * width) + 1
    angle = np.arange(_RAYS) / _RAYS * 2 * np.pi
    x = np.round(width / 2 - 0.5 + np.cos(angle)[:, None] * np.arange(reach)).astype(int)
    y = np.round(height / 2 - 0.5 + stretch * np.sin(angle)[:, None] * np.arange(reach)).astype(int)
    outside = (x < 0) | (x >= width)
    if not tall:
        outside |= (y < 0) | (y >= height)
    at = (np.clip(y, 0, height - 1), np.clip(x, 0, width - 1))
    step = np.where(empty[at], 0, apart[at]) ** 2
    cost = np.where(empty[at], _EMPTY - _OUTWARD * np.arange(reach), step + _LEAST)
    cost[:, : max(1, int(core))] = _WITHIN
    cost[np.maximum.accumulate(outside | ~allowed[at], axis=1)] = _FORBIDDEN
    cost[:, 0] = _INNERMOST
    line = cheapest_path(np.concatenate([cost] * 3))[_RAYS : 2 * _RAYS]  # thrice around, so that it closes
    across, down = np.arange(width) - width / 2 + 0.5, (np.arange(height) - height / 2 + 0.5) / stretch
    towards = np.arctan2(down[:, None], across[None]) % (2 * np.pi)
    far = np.interp(towards, np.append(angle, 2 * np.pi), np.append(line, line[0]))
    inside = np.hypot(down[:, None], across[None]) <= far
    return inside, float(np.sqrt(step[np.arange(_RAYS), line].mean()))


def cheapest_path(cost: NDArray[np.floating]) -> NDArray[np.int64]:
    """The column at each row of the cheapest path from top to bottom (dynamic programming, 8-connected)."""
    height, width = cost.shape
    walled = np.full((height, width + 2), np.inf)
    walled[:, 1:-1] = cost
    total = walled[:, 1:-1]
    for above, row in zip(walled, total[1:], strict=False):
        row += np.minimum(np.minimum(above[:-2], above[1:-1]), above[2:])
    path = np.empty(height, np.int64)
    path[-1] = int(total[-1].argmin())
    for row in range(height - 2, -1, -1):
        low, high = max(0, path[row + 1] - 1), min(width, path[row + 1] + 2)
        path[row] = low + int(total[row, low:high].argmin())
    return path
