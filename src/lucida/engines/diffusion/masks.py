"""Masks of what may change, and how a painting is laid into a picture without touching the rest."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

FEATHER = 8  # pixels, inwards from the mask's edge


def laid_in(
    picture: NDArray[np.uint8], painted: NDArray[np.uint8], mask: NDArray[np.uint8], feather: int = FEATHER
) -> NDArray[np.uint8]:
    """The painting within a picture (H, W, 3) where the mask (H, W) is white, crossing over softly inside its edge.

    Where the mask is black every byte is the picture's own.
    """
    inside = cv2.distanceTransform((mask > 127).astype(np.uint8), cv2.DIST_L2, 5)
    share = np.clip(inside / (feather + 1), 0, 1)[..., None]
    mixed = picture + share * (painted.astype(np.float32) - picture)
    return np.asarray(np.rint(mixed), np.uint8)
