"""How a photo's columns are walked so that they close around the viewer.

The surroundings between the photo's right and left border are runs of its own columns, forwards or mirrored, joined
where two places look alike: video textures (Schödl et al. 2000) turned from frames to columns. The cheapest closed
walk is found by dynamic programming. A mirrored neighbour of the same place is never a join: that is a kaleidoscope.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

SHORTEST_RUN = np.radians(24.0)  # shorter runs look like shards
MIRROR_GAP = np.radians(16.0)  # nearer than this, a mirrored join shows its axis
REPEAT_GAP = np.radians(10.0)  # nearer than this, a join repeats what was just seen
WINDOW = np.radians(5.0)  # how far to both sides of a join the places are compared


@dataclass(frozen=True)
class Run:
    """Columns of the photo shown from longitude `start` to `end` (radians, growing past π).

    A direction at longitude λ shows the photo's longitude `sign · (λ − turn)`.
    """

    start: float
    end: float
    turn: float
    sign: int


def join_costs(columns: NDArray[np.float32], window: int) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """What a join from column a to column b would show, (C, C) going on forwards and (C, C) going on mirrored.

    `columns` float32 (H, C, K) are features of the photo's columns; the cost is their mean absolute difference over
    `window` columns to both sides, NaN-free; outside the photo the nearest column stands in.
    """
    count = columns.shape[1]
    steps = np.arange(-window, window + 1)
    index = np.arange(count)
    forwards = np.zeros((count, count), np.float32)
    mirrored = np.zeros((count, count), np.float32)
    for step in steps:
        a = columns[:, np.clip(index + step, 0, count - 1)]
        b = columns[:, np.clip(index - step, 0, count - 1)]
        forwards += _difference(a, a)
        mirrored += _difference(a, b)
    share = np.float32(1 / len(steps))
    return forwards * share, mirrored * share


def _difference(a: NDArray[np.float32], b: NDArray[np.float32]) -> NDArray[np.float32]:
    return np.stack([np.abs(a[:, i : i + 1] - b).mean((0, 2)) for i in range(a.shape[1])])


def closed_walk(columns: NDArray[np.float32], longitudes: NDArray[np.floating], seed: int) -> list[Run]:
    """The runs that fill the circle from the photo's right border round to its left border.

    `longitudes` (C,) radians, evenly spaced, are where the columns stand in the photo. Deterministic in `seed`.
    """
    count = len(longitudes)
    step = float(longitudes[1] - longitudes[0])
    length = max(2, round((2 * np.pi - (longitudes[-1] - longitudes[0])) / step))
    shortest = max(2, min(round(SHORTEST_RUN / step), count // 2, length // 3))
    same, opposite = join_costs(columns, max(1, round(WINDOW / step)))
    index = np.arange(count)
    apart = np.abs(index[:, None] - index[None, :]) * step
    taste = np.random.default_rng(seed).uniform(0.85, 1.15, (2, count, count)).astype(np.float32)
    limit = min(1.0, (longitudes[-1] - longitudes[0]) / np.radians(60.0))  # a narrow photo has no room to be choosy
    same = np.where(apart < REPEAT_GAP * limit, 1e3, same * taste[0] + 0.05)
    opposite = np.where(apart < MIRROR_GAP * limit, 1e3, opposite * taste[1] + 0.05)
    joins = np.block([[same, opposite], [opposite, same]])  # from (way, column) to (way, column), flat
    # A state is how long the run is by now (capped at `shortest`), its way, and its column.
    state = np.arange((shortest + 1) * 2 * count).reshape(shortest + 1, 2, count)
    best = np.full(state.shape, np.inf)
    best[0] = joins[count - 1].reshape(2, count)  # from the photo's right border, going forwards
    parents = []
    for _ in range(length - 1):
        moved, parent = np.full(state.shape, np.inf), np.full(state.shape, -1)
        options = best[shortest].reshape(-1, 1) + joins
        moved[0] = options.min(0).reshape(2, count)
        parent[0] = state[shortest].reshape(-1)[options.argmin(0)].reshape(2, count)
        for run in range(shortest + 1):
            longer = min(run + 1, shortest)
            for way, here, there in ((0, slice(None, -1), slice(1, None)), (1, slice(1, None), slice(None, -1))):
                better = best[run, way, here] < moved[longer, way, there]
                moved[longer, way, there][better] = best[run, way, here][better]
                parent[longer, way, there][better] = state[run, way, here][better]
        best = moved
        parents.append(parent)
    final = best[shortest].reshape(-1) + joins[:, 0]  # into the photo's left border, going forwards
    at = int(state[shortest].reshape(-1)[final.argmin()])
    path = [at]
    for parent in reversed(parents):
        at = int(parent.reshape(-1)[at])
        path.append(at)
    return _runs(path[::-1], count, longitudes)


def _runs(path: list[int], count: int, longitudes: NDArray[np.floating]) -> list[Run]:
    run, rest = np.divmod(np.array(path), 2 * count)
    way, column = np.divmod(rest, count)
    edge, around = float(longitudes[-1]), 2 * np.pi - float(longitudes[-1] - longitudes[0])
    step = around / len(path)
    starts = [*np.flatnonzero(run == 0).tolist(), len(path)]
    found = []
    for a, b in itertools.pairwise(starts):
        sign = 1 if way[a] == 0 else -1
        start, end = edge + a * step, edge + b * step
        found.append(Run(start, end, start - sign * float(longitudes[column[a]]), sign))
    return found
