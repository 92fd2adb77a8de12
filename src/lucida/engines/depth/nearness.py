"""Depth as visualisers take it: 1 near, 0 far."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from lucida.engines.depth.estimate import Depth

FAR, NEAR = 1.0, 99.5  # percentiles of 1 / metres that become 0 and 1
_ENOUGH = 250_000  # pixels that tell them


def nearness(depth: Depth) -> NDArray[np.float32]:
    """How near everything is, float32 (H, W): 1 / metres between the ends of its depth as 0 to 1.

    The sky, which is infinitely far, is 0; what is all at one distance is 0.5.
    """
    far, near_end = ends(depth)
    with np.errstate(divide="ignore", invalid="ignore"):
        near = np.reciprocal(depth.metres)  # 0 where it is infinite
    sky = ~(near > 0)
    near -= np.float32(far)
    near *= np.float32(1 / (near_end - far))
    np.clip(near, 0, 1, out=near)
    near[sky] = 0
    return near


def ends(depth: Depth) -> tuple[float, float]:
    """1 / metres of what is as far as 0 and as near as 1: its 1st and its 99.5th percentile.

    The sky has no part in them. Of a large picture a grid of its pixels tells; what is all at one distance lies in the
    middle, and sky alone has no near end: 1.
    """
    metres = depth.metres
    step = max(1, int((metres.size / _ENOUGH) ** 0.5))
    some = metres[::step, ::step]
    some = some[np.isfinite(some) & (some > 0)]
    if not len(some):
        some = metres[np.isfinite(metres) & (metres > 0)]
    if not len(some):
        return 0.0, 1.0
    far, near = (float(1 / np.percentile(some, 100 - q, method="nearest")) for q in (FAR, NEAR))
    return (far, near) if near - far > 1e-6 * near else (0.0, 2 * near)
