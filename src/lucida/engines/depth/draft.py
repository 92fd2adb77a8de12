"""Depth without weights: the scene's geometry, as far as one picture shows it."""

from __future__ import annotations

import math

import cv2
import numpy as np
from numpy.typing import NDArray

from lucida.engines.depth.edges import enlarged, shrunk
from lucida.engines.depth.estimate import Depth, Sight, focal_of
from lucida.engines.depth.focus import focus
from lucida.engines.depth.ground import ground_clues, ground_like, ground_of, look_clues
from lucida.engines.depth.kinds import kinds_of
from lucida.engines.depth.measured import depth_of_phone
from lucida.engines.depth.skyline import horizon_row, sky_clues, sky_of
from lucida.engines.depth.superpixels import superpixels
from lucida.engines.depth.upright import FARTHEST, nearness_of
from lucida.engines.progress import Progress
from lucida.imaging.colour import srgb_to_linear
from lucida.imaging.place import look

WORKING = 384  # pixels of the long side
EYE = 1.6  # metres above the ground; what a person who stands holds a camera at
NEAREST = 1.0  # metres; what is nearest where no ground tells
STRENGTH, CODES = 60.0, 6.0  # of the smoothing along the picture's edges


class DraftDepth:
    """Finds sky, horizon and ground, and puts what stands on the ground where it stands."""

    name = "draft"
    licence = "Apache-2.0"

    def estimate(self, sight: Sight, progress: Progress) -> Depth:
        """The depth of one picture, by the phone's own map where there is one; the same picture gives the same bytes.

        Metres are a guess from the height at which cameras are held; what is nearer than what is what it tells.
        """
        progress(0.0, "Reading the picture")
        phone = depth_of_phone(sight)
        if phone is not None:
            progress(1.0, "Done")
            return phone
        small = shrunk(sight.pixels, WORKING)
        lab = np.asarray(cv2.cvtColor(small.astype(np.float32) / 255, cv2.COLOR_RGB2LAB), np.float32)
        areas = superpixels(small, lab)
        progress(0.2, "Looking for sky and horizon")
        kinds = kinds_of(small, areas)
        indoors = look(srgb_to_linear(small)).indoors
        height, width = sight.pixels.shape[:2]
        focal, assumed = focal_of(sight)
        above = sight.pitch is not None and sight.pitch > math.atan(height / 2 / focal)
        clues = sky_clues(areas, lab[..., 0], indoors, above)
        sky_share, sky = sky_of(areas, clues, kinds.sky, indoors)
        if sight.pitch is None:
            looks = look_clues(areas, clues["from the bottom"], clues["from the top"])
            like = ground_like(areas, looks, kinds.ground)
            row = horizon_row(small, areas, sky, like)
            pitch, told = math.atan((row - 0.5) * height / focal), "by what the picture shows"
        else:
            pitch, told = sight.pitch, "by the camera's own reading"
        below = depression(small.shape[:2], focal / height, width / height, pitch, sight.roll or 0.0)
        progress(0.4, "Looking for the ground")
        level = areas.mean(below)
        standing = ground_clues(areas, clues["from the bottom"], level, sky)
        ground = ground_of(areas, standing, kinds.ground, level, sky_share)
        progress(0.5, "Standing things on the ground")
        nearness, bare = nearness_of(areas, below, ground, sky_share, focus(sight.pixels, areas, sky))
        progress(0.7, "Drawing the edges")
        share = ground[areas.label] * (1 - bare)
        mixed = share * (np.maximum(below, 0) + FARTHEST) + (1 - share) * nearness[areas.label]
        blurred = cv2.ximgproc.fastGlobalSmootherFilter(small, mixed.astype(np.float32), STRENGTH, CODES)
        even = np.asarray(blurred, np.float32)
        near = np.maximum(enlarged(even, small, sight.pixels), np.float32(FARTHEST))
        # By the ground, a nearness of one picture height is a distance of EYE * focal / height.
        by_nearest = NEAREST * max(float(np.percentile(even, 99.5)), FARTHEST)
        unit = (EYE * focal / height) ** (1 - bare) * by_nearest**bare
        metres = np.asarray(np.float32(unit) / near, np.float32)
        if sky.any():
            metres[enlarged(sky[areas.label].astype(np.float32), small, sight.pixels) > 0.5] = np.inf
        notes = _notes(0.5 + math.tan(pitch) * focal / height, told, float(sky[areas.label].mean()), bare)
        progress(1.0, "Done")
        return Depth(metres, "affine disparity", focal, (*notes, *assumed))


def depression(shape: tuple[int, int], focal: float, aspect: float, pitch: float, roll: float) -> NDArray[np.float32]:
    """How far below the horizon each pixel (h, w) lies, in picture heights, negative above; 1 / depth on level ground.

    `focal` is in picture heights, `aspect` width over height; `pitch` and `roll` as `PinholeCamera` has them.
    """
    y = ((np.arange(shape[0]) + 0.5) / shape[0] - 0.5)[:, None]
    x = ((np.arange(shape[1]) + 0.5) / shape[1] - 0.5) * aspect
    up = math.cos(pitch) * (math.sin(roll) * x + math.cos(roll) * y) - math.sin(pitch) * focal
    return np.asarray(up, np.float32)


def _notes(row: float, told: str, sky: float, bare: float) -> tuple[str, ...]:
    """What was found and assumed, in sentences."""
    where = f"at {100 * row:.0f} % of the height" if 0 <= row <= 1 else "beyond the picture"
    notes = [f"The horizon lies {where}, {told}."]
    if sky > 0:
        notes.append(f"{100 * sky:.0f} % of the picture is sky, infinitely far.")
    if bare < 0.5:
        notes.append(f"The ground is taken as level and {EYE:g} m below the camera; the metres are a guess.")
    else:
        notes.append(f"No ground shows how far things are; the nearest is taken as {NEAREST:g} m away.")
    return tuple(notes)
