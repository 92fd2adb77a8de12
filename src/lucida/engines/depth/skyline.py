"""Where a picture shows the sky, and on which row its horizon lies."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from lucida.engines.depth.clues import Clue, agreed, share_of, sigmoid
from lucida.engines.depth.superpixels import Numbers, Superpixels, hanging_together, smoothed, steps_from
from lucida.geometry.vanishing import meeting_rows

# Fitted, each picture weighing the same, to drawn landscapes, streets and rooms with exact depth and real rooms.
CLUES: dict[str, Clue] = {
    "brighter than below": Clue(0.038, 0.158, 0.56),
    "brighter than all": Clue(-0.235, 0.18, 1.45),
    "nearly white": Clue(-0.255, 0.182, -0.12),
    "red": Clue(0.004, 0.133, 0.03),
    "yellow": Clue(0.061, 0.162, 0.17),
    "blue": Clue(0.033, 0.071, 1.15),
    "rough": Clue(0.474, 0.81, -1.08),
    "down": Clue(0.502, 0.289, -0.48),
    "from the top": Clue(3.459, 1.312, 0.1),
    "from the bottom": Clue(3.606, 1.23, 2.57),
    "indoors": Clue(0.275, 0.548, -0.99),
    "colour": Clue(0.172, 0.135, -1.14),
}
BIAS = -5.19
TRUST = 0.4  # in what the draft of segmentation says of sky
ROWS = np.linspace(-0.6, 1.3, 96)  # where a horizon is looked for, in fractions of the height
USUAL, USUALLY_WITHIN = 0.46, 0.13  # where it is in most pictures


def sky_clues(areas: Superpixels, lightness: NDArray[np.float32], indoors: float) -> dict[str, Numbers]:
    """What tells sky from the rest; `lightness` is CIELAB's (h, w), `indoors` log-odds for a room."""
    light, red, yellow = areas.colour.T / 100
    low = lightness[int(len(lightness) * 0.6) :]
    from_top, from_bottom = steps_from(areas, areas.top > 0), steps_from(areas, areas.bottom > 0)
    return {
        "brighter than below": light - float(np.median(low)) / 100,
        "brighter than all": light - float(np.percentile(lightness, 98)) / 100,
        "nearly white": np.minimum(light - 0.85, 0),
        "red": red,
        "yellow": yellow,
        "blue": np.maximum(-yellow, 0),
        "rough": np.log(areas.rough + 0.3),
        "down": areas.y,
        "from the top": np.log(from_top + 1),
        "from the bottom": np.log(from_bottom + 1),
        "indoors": np.full(areas.count, indoors / 5),
        "colour": np.hypot(red, yellow),
    }


def sky_of(
    areas: Superpixels, measured: dict[str, Numbers], said: Numbers, indoors: float
) -> tuple[Numbers, NDArray[np.bool_]]:
    """How much of each area (n,) is sky, and which areas are; it hangs together from the top border down.

    `said` (n,) is what the draft of segmentation says. A ceiling is no sky, so all of it stands or falls together, by
    its size, smoothness and the kind of place.
    """
    likely = agreed(share_of(CLUES, BIAS, measured), said, TRUST)
    share = smoothed(areas, likely)
    sky = hanging_together(areas, share > 0.5, areas.top > 0)
    if not sky.any():
        return np.zeros(areas.count), sky
    size = areas.area[sky].sum() / areas.area.sum()
    along = areas.top[sky].sum() / areas.top.sum()
    sure, rough = (float(np.average(each[sky], weights=areas.area[sky])) for each in (likely, areas.rough))
    odds = 5 * (sure - 0.7) - 0.55 * indoors + 2.5 * (along - 0.5) + 8 * (min(size, 0.35) - 0.15) - (rough - 1.2) - 1
    trust = float(sigmoid(np.asarray(2 * odds)))
    return np.where(sky | (share < 0.5), share, 0.3) * trust, sky & (trust > 0.5)


def horizon_row(pixels: NDArray[np.uint8], areas: Superpixels, sky: NDArray[np.bool_], ground: Numbers) -> float:
    """The horizon's row as a fraction of the height, also beyond the picture.

    Level lines meet on it, sky lies above it and reaches nearly down to it in the open, and what looks like the
    `ground` at the picture's bottom, share (n,), lies below.
    """
    score = 4 * np.minimum(meeting_rows(pixels, ROWS), 1.5) - 0.5 * ((ROWS - USUAL) / USUALLY_WITHIN) ** 2
    if areas.area[sky].sum() > 0.03 * areas.area.sum():
        seen = sky[areas.label]
        height = len(seen)
        ends = (height - seen[::-1].argmax(0))[seen.any(0)] / height
        lowest = float(np.percentile(ends, 92))
        open_ = float(np.mean(np.abs(ends - lowest) < 0.05))
        score -= 0.5 * (np.maximum(lowest - ROWS, 0) / 0.015) ** 2
        score -= 0.5 * (np.maximum(ROWS - lowest - 0.01, 0) / (0.18 - 0.15 * open_)) ** 2
    above = np.clip((ROWS[:, None] - areas.y) / 0.02, 0, 1) @ (areas.area * ground) / areas.area.sum()
    return float(ROWS[int(np.argmax(score - 25 * above))])
