from __future__ import annotations

import cv2
import numpy as np

from lucida.hdri.masks import highlight_mask
from lucida.imaging.exif import Exif
from lucida.imaging.photo import Photo


def photo_with_a_highlight(width: int, height: int) -> Photo:
    clipped = np.zeros((height, width), bool)
    clipped[height // 2, width // 2] = True
    return Photo(np.ones((height, width, 3), np.float32), clipped, Exif(), "png", "sRGB (assumed)")


def test_a_highlight_grows_into_a_disc() -> None:
    mask = highlight_mask(photo_with_a_highlight(101, 81), dilation=10)
    y, x = np.nonzero(mask)
    distance = np.hypot(x - 50, y - 40)
    assert mask.dtype == bool and mask.shape == (81, 101)
    assert distance.max() <= 10.5
    assert abs(mask.sum() / (np.pi * 10**2) - 1) < 0.1


def test_without_dilation_it_is_what_is_clipped() -> None:
    photo = photo_with_a_highlight(101, 81)
    mask = highlight_mask(photo, dilation=0)
    assert np.array_equal(mask, photo.clipped)
    assert mask is not photo.clipped


def test_it_grows_with_the_photos_size_by_itself() -> None:
    small, large = (highlight_mask(photo_with_a_highlight(width, width)).sum() for width in (400, 4000))
    assert small == 5
    assert 250 < large < 350


def test_nothing_clipped_masks_nothing() -> None:
    dark = Photo(np.zeros((32, 32, 3), np.float32), np.zeros((32, 32), bool), Exif(), "png", "sRGB (assumed)")
    assert not highlight_mask(dark).any()


def test_a_large_photo_is_masked_as_if_in_one_piece() -> None:
    clipped = np.random.default_rng(0).random((1100, 300)) < 1e-4
    clipped[560:] = False
    photo = Photo(np.empty((1100, 300, 3), np.float32), clipped, Exif(), "png", "sRGB (assumed)")
    away = cv2.distanceTransform((~clipped).astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    assert np.array_equal(highlight_mask(photo, dilation=40), away <= 40)
