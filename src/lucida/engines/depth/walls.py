"""How near the walls around a place stand, by where its ground ends."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from lucida.engines.depth.superpixels import Numbers

BENDS = np.linspace(-0.35, 0.35, 8)  # where the far wall may give way to a side wall, in widths from the middle
WITHIN = 0.03  # picture heights; what is farther off is no wall
NEARER = 0.35  # the weight of what stands before the walls


class Walls(NamedTuple):
    """A far wall and one at either side: nearness `far` + `left` · (a - x) + `right` · (x - b), in picture heights.

    `x` is in widths from the middle; `misfit` is how far the ground's end strays from them, on average.
    """

    a: float
    b: float
    far: float
    left: float
    right: float
    misfit: float

    def nearness(self, x: Numbers) -> Numbers:
        """How near the walls are at `x`: the ground's rows below the horizon, in picture heights."""
        return np.asarray(self.far + self.left * np.maximum(self.a - x, 0) + self.right * np.maximum(x - self.b, 0))


def find_walls(x: Numbers, nearness: Numbers, weight: Numbers) -> Walls | None:
    """The walls on which the ground ends in places (k,); None where they are too few.

    An upright plane's 1 / depth is linear across the picture, and of several around a viewer the nearest counts.
    Reweighted least squares, in which what stands in the room pulls less than what lies behind it.
    """
    if len(x) < 7 or weight.sum() <= 0:
        return None
    best: Walls | None = None
    for at, a in enumerate(BENDS):
        for b in BENDS[at:]:
            basis = np.column_stack([np.ones_like(x), np.maximum(a - x, 0), np.maximum(x - b, 0)])
            trust = weight.copy()
            keep = np.diag([1e-3, 2e-3, 2e-3]) * weight.sum() * 0.02
            for _ in range(4):
                normal = (basis * trust[:, None]).T @ basis + keep
                slopes = np.maximum(np.linalg.solve(normal, (basis * trust[:, None]).T @ nearness), 0)
                error = nearness - basis @ slopes
                pull = np.where(error > 0, NEARER, 1.0)
                trust = trust / (1 + (error / WITHIN) ** 2) * pull
            misfit = float((weight * np.minimum(np.abs(error) * pull, 0.15)).sum() / weight.sum())
            if best is None or misfit < best.misfit:
                best = Walls(float(a), float(b), float(slopes[0]), float(slopes[1]), float(slopes[2]), misfit)
    return best
