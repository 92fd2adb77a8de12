"""How near things are that stand on the ground: as near as the place where they stand.

What Hoiem et al., "Automatic photo pop-up" (SIGGRAPH 2005), fold up is here the least squares of one sparse system:
nearness spreads upwards from where things meet the ground, further over what looks alike than across a border.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from lucida.engines.depth.superpixels import Numbers, Superpixels, settled
from lucida.engines.depth.walls import find_walls

# Nearness is counted in picture heights: that of the ground so far below the horizon.
FARTHEST = 0.004
FAR = 0.017  # where nothing else tells
# What a pixel, or a pixel of border, weighs against another's likeness.
GROUND, SKY, STANDING, AT_THE_BOTTOM, NOWHERE, WALLS = 2.5, 8.0, 6.0, 3.0, 0.006, 0.1
UPWARDS = 12.0  # times as much as sideways
ANYWAY = 0.05  # of likeness is left across any border
CONTACT = 0.2  # of a border has to be between ground and what stands on it
MISFIT = 0.06  # picture heights
# A close-up without ground: so much of the picture may be it; a slope from the bottom up instead.
BARE, SLOPE, FOOT, HEAD, IN_FOCUS = 0.05, 0.035, 0.7, 0.15, 0.12
LEAST_NEAR = 0.25

Opinion = tuple[Numbers, Numbers | float]  # weights (n,) and what they want


class Contacts:
    """Where areas stand on others: who, at which x (widths from the middle), how near, over how many pixels."""

    def __init__(self, areas: Superpixels, below: NDArray[np.float32], ground: Numbers, standing: Numbers) -> None:
        label = areas.label
        upper, lower = label[:-1].ravel(), label[1:].ravel()
        differ = upper != lower
        columns = np.broadcast_to((np.arange(label.shape[1]) + 0.5) / label.shape[1] - 0.5, label[1:].shape)
        pair, index = np.unique(upper[differ] * areas.count + lower[differ], return_inverse=True)
        pixels = np.bincount(index, minlength=len(pair)).astype(np.float64)
        self.who, on = pair // areas.count, pair % areas.count
        self.x = np.bincount(index, columns.ravel()[differ], len(pair)) / np.maximum(pixels, 1)
        middle = ((below[:-1] + below[1:]) / 2).ravel()[differ]
        self.nearness = np.maximum(np.bincount(index, middle, len(pair)) / np.maximum(pixels, 1), 0) + FARTHEST
        self.weight = pixels * standing[self.who] * ground[on]
        self.clear = self.weight > CONTACT * pixels


def nearness_of(
    areas: Superpixels,
    below: NDArray[np.float32],
    ground: Numbers,
    sky: Numbers,
    focused: tuple[Numbers, Numbers, float],
) -> tuple[Numbers, float]:
    """How near each area (n,) is, and how little the ground tells it, 0 to 1.

    `below` (h, w) is how far the horizon lies above each pixel, in picture heights; `ground` and `sky` are shares,
    `focused` what `focus` gives.
    """
    size, standing = np.sqrt(areas.area), np.clip(1 - ground - sky, 0, 1)
    level = areas.mean(below)
    seen = float((areas.area * ground * (level > 0)).sum() / areas.area.sum())
    sharp, told, shallow = focused
    shallow *= 1 - min(10 * float((areas.area * sky).sum() / areas.area.sum()), 1)
    bare = max(math.exp(-((seen / BARE) ** 2)), shallow)
    contacts = Contacts(areas, below, ground, standing)
    foot = np.bincount(areas.label[-1], below[-1].astype(np.float64), areas.count) / np.maximum(areas.bottom, 1)
    head = max(float(np.median(below[-1])), LEAST_NEAR)

    free, grounded = size * (1 - sky), 1 - bare
    near = _summed(contacts, contacts.weight * contacts.nearness, areas.count)
    total = _summed(contacts, contacts.weight, areas.count)
    opinions: list[Opinion] = [
        (NOWHERE * grounded * free, FAR),
        (GROUND * grounded * size * ground**2, np.maximum(level, 0) + FARTHEST),
        (SKY * size * sky**2, 0.0),
        (STANDING * grounded * total, near / np.maximum(total, 1e-12)),
        (AT_THE_BOTTOM * grounded * areas.bottom * standing, np.maximum(foot, 0.05)),
        (SLOPE * bare * free, head * areas.y**2),
        (FOOT * bare * areas.bottom, head),
        (HEAD * bare * areas.top, 0.0),
        (IN_FOCUS * bare * shallow * told * sharp * size, 0.75 * head),
    ]
    clear = contacts.clear
    walls = find_walls(contacts.x[clear], contacts.nearness[clear], contacts.weight[clear])
    if walls is not None:
        belief = WALLS * math.exp(-((walls.misfit / MISFIT) ** 2))
        opinions.append((belief * grounded * free, walls.nearness(areas.x - 0.5)))
    trust = sum((weight for weight, _ in opinions), np.zeros(areas.count))
    wanted = sum((weight * value for weight, value in opinions), np.zeros(areas.count)) / np.maximum(trust, 1e-12)

    apart = areas.apart * _clearness(areas, sharp, bare * shallow)
    alike = areas.border * (np.exp(-(apart**2)) + ANYWAY * np.exp(-apart)) * (1 + (UPWARDS - 1) * areas.upright)
    for share in (ground, sky):
        alike = alike * (1 - np.abs(share[areas.one] - share[areas.other])) ** 2
    return np.maximum(settled(areas, alike, trust, wanted), 0), bare


def _summed(contacts: Contacts, values: Numbers, count: int) -> Numbers:
    """The sum (n,) of values (k,) over each area's contacts."""
    return np.asarray(np.bincount(contacts.who, values, count), np.float64)


def _clearness(areas: Superpixels, sharp: Numbers, shallow: float) -> Numbers:
    """How much a border counts, 0 to 1: between two things out of focus it is rarely one of depth."""
    clear = np.maximum(sharp[areas.one], sharp[areas.other])
    return np.asarray(1 - 0.7 * shallow * (1 - clear))
