"""Depth as visualisers take it: 1 near, 0 far."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from lucida.engines.depth.estimate import Depth

FAR, NEAR = 1.0, 99.5  # percentiles of 1 / metres that become 0 and 1
_ENOUGH = 250_000  # pixels that tell them


def nearness(depth: Depth) -> NDArray[np.float32]:
    """How near everything is, float32 (H, W): 1 / metres from its 1st to its 99.5th percentile as 0 to 1.

    The sky, which is infinitely far, is 0 and has no part in the percentiles; what is all at one distance is 0.5. Of a
    large picture a grid of its pixels tells the percentiles.
    """
    metres = depth.metres
    step = max(1, int((metres.size / _ENOUGH) ** 0.5))
    some = metres[::step, ::step]
    some = some[np.isfinite(some) & (some > 0)]
    if not len(some):
        some = metres[np.isfinite(metres) & (metres > 0)]
    with np.errstate(divide="ignore", invalid="ignore"):
        near = np.reciprocal(metres)  # 0 where it is infinite
    sky = ~(near > 0)
    if len(some):
        far_end, near_end = (float(1 / np.percentile(some, 100 - q, method="nearest")) for q in (FAR, NEAR))
        if near_end - far_end > 1e-6 * near_end:
            near -= np.float32(far_end)
            near *= np.float32(1 / (near_end - far_end))
            np.clip(near, 0, 1, out=near)
        else:
            near[:] = 0.5
    near[sky] = 0
    return near
