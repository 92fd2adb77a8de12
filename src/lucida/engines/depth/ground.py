"""Which part of a picture is the ground one could walk on."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from lucida.engines.depth.clues import Clue, agreed, share_of
from lucida.engines.depth.superpixels import Numbers, Superpixels, hanging_together, smoothed

# Fitted as the sky's are: what looks like ground before a horizon is known, and what is ground once it is.
LOOKS: dict[str, Clue] = {
    "from the bottom": Clue(3.589, 1.224, -0.74),
    "like some of the bottom": Clue(1.922, 1.856, 0.78),
    "like the bottom": Clue(2.554, 1.857, -2.53),
    "like some of the top": Clue(2.157, 1.886, 0.88),
    "rough": Clue(0.468, 0.791, 0.01),
    "down": Clue(0.502, 0.288, 0.68),
    "from the top": Clue(3.442, 1.314, 0.78),
}
LOOKS_BIAS = -1.63
CLUES: dict[str, Clue] = {
    "below the horizon": Clue(0.261, 0.165, 0.44),
    "how far below": Clue(0.269, 0.177, 0.09),
    "from the bottom": Clue(3.002, 1.235, -0.61),
    "like some of the bottom": Clue(1.21, 1.579, 0.98),
    "like the bottom": Clue(1.859, 1.716, -2.67),
    "unlike what is above": Clue(1.384, 1.222, 1.15),
    "rather like the bottom": Clue(-0.175, 2.031, 0.07),
    "rough": Clue(0.667, 0.719, 0.71),
    "light": Clue(0.592, 0.154, 0.37),
    "below and from the bottom": Clue(2.796, 1.361, 0.14),
}
BIAS = 0.73
LOOKS_TRUST, TRUST = 0.8, 0.3  # in what the draft of segmentation says of ground
EDGE = -0.01  # picture heights below the horizon from which on there can be ground
DECIDED = 4.5  # how sharply shares are pressed towards 0 and 1


def look_clues(areas: Superpixels, from_bottom: Numbers, from_top: Numbers) -> dict[str, Numbers]:
    """What tells ground from the rest where the horizon is not known yet; steps as log(1 + change)."""
    look = _look(areas)
    to_bottom, to_top = _distances(look, look[areas.bottom > 0]), _distances(look, look[areas.top > 0])
    return {
        "from the bottom": from_bottom,
        "like some of the bottom": _nearest(to_bottom),
        "like the bottom": np.median(to_bottom, 1),
        "like some of the top": _nearest(to_top),
        "rough": np.log(areas.rough + 0.3),
        "down": areas.y,
        "from the top": from_top,
    }


def ground_like(areas: Superpixels, measured: dict[str, Numbers], said: Numbers) -> Numbers:
    """How much each area (n,) looks like ground that hangs together from the picture's bottom.

    `said` (n,) is what the draft of segmentation says.
    """
    likely = agreed(share_of(LOOKS, LOOKS_BIAS, measured), said, LOOKS_TRUST)
    return likely * hanging_together(areas, likely > 0.25, areas.bottom > 0)


def ground_clues(
    areas: Superpixels, from_bottom: Numbers, below: Numbers, sky: NDArray[np.bool_]
) -> dict[str, Numbers]:
    """What tells ground from what stands on it; `below` is how far (n,) the horizon is above, in picture heights."""
    look = _look(areas)
    to_bottom = _distances(look, look[areas.bottom > 0])
    standing = look[(below < -0.02) & ~sky]
    near = _nearest(to_bottom)
    up = np.sort(_distances(look, standing), 1)[:, :6].mean(1) if len(standing) > 8 else np.full(areas.count, 2.0)
    return {
        "below the horizon": np.clip(below, -0.3, 0.5),
        "how far below": np.maximum(below, 0),
        "from the bottom": from_bottom,
        "like some of the bottom": near,
        "like the bottom": np.median(to_bottom, 1),
        "unlike what is above": up,
        "rather like the bottom": near - up,
        "rough": np.log(areas.rough + 0.3),
        "light": areas.colour[:, 0] / 100,
        "below and from the bottom": (below > 0) * from_bottom,
    }


def ground_of(areas: Superpixels, measured: dict[str, Numbers], said: Numbers, below: Numbers, sky: Numbers) -> Numbers:
    """How much of each area (n,) is ground; `sky` is how much of it is sky, `said` what segmentation says of ground."""
    possible = below > EDGE
    share = agreed(share_of(CLUES, BIAS, measured), said, TRUST) * possible * (1 - sky)
    share = smoothed(areas, share) * possible
    parts = np.stack([share, np.maximum(1 - share - sky, 0), sky]) ** DECIDED
    return np.asarray(parts[0] / (parts.sum(0) + 1e-9))


def _look(areas: Superpixels) -> Numbers:
    """Colour and texture (n, 4), alike in weight."""
    return np.column_stack([areas.colour / 10, 1.5 * np.log(areas.rough + 0.3)])


def _distances(look: Numbers, others: Numbers) -> Numbers:
    squares = (look**2).sum(1)[:, None] + (others**2).sum(1) - 2 * look @ others.T
    return np.asarray(np.sqrt(np.maximum(squares, 0)))


def _nearest(distances: Numbers) -> Numbers:
    """The mean of the nearest sixth."""
    count = max(1, math.floor(distances.shape[1] / 6))
    return np.asarray(np.sort(distances, 1)[:, :count].mean(1))
