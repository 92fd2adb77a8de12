"""Where a photo's highlights hide how bright they are."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from lucida.imaging.kernels import in_bands
from lucida.imaging.photo import Photo

DILATION = 1 / 400  # of the picture's long side: how far lens flare and compression carry a clipped highlight


def highlight_mask(photo: Photo, dilation: int | None = None) -> NDArray[np.bool_]:
    """The clipped pixels, bool (H, W), grown by a disc of radius `dilation` pixels.

    Without `dilation`, 1/400 of the long side, which is what a phone's glare and compression smear.
    """
    radius = round(DILATION * max(photo.clipped.shape)) if dilation is None else dilation
    if radius <= 0:
        return photo.clipped.copy()
    mask = np.zeros_like(photo.clipped)

    def work(rows: slice) -> None:
        near = slice(max(0, rows.start - radius), rows.stop + radius)
        clear = ~photo.clipped[near]
        if clear.all():
            return
        # A distance transform's time does not grow with the radius, as that of a dilation by a disc does.
        away = cv2.distanceTransform(clear.view(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
        mask[rows] = away[rows.start - near.start :][: rows.stop - rows.start] <= radius

    in_bands(work, len(mask), 256)
    return mask
