from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from lucida.engines.progress import Progress, silent
from lucida.engines.segmentation.ade20k import THINGS
from lucida.engines.segmentation.masks import numbered
from lucida.engines.segmentation.panorama import segment_panorama
from lucida.engines.segmentation.segments import Segments
from lucida.errors import Cancelled

HEIGHT, WIDTH = 64, 128
SKY, TREE, CAR = 2, 4, 20


class ByColour:
    """An engine for which the red of a pixel is its label."""

    name, licence = "by colour", "none"

    def segment(self, pixels: NDArray[np.uint8], progress: Progress) -> Segments:
        progress(0.5, "Looking")
        self.seen = pixels.shape
        labels = pixels[..., 0].copy()
        return Segments(labels, numbered(labels, THINGS), ("a note",))


class ByPlace(ByColour):
    """One that takes what is near the picture's left or right edge for a car."""

    def segment(self, pixels: NDArray[np.uint8], progress: Progress) -> Segments:
        changed = pixels.copy()
        changed[:, :5] = changed[:, -5:] = CAR
        return super().segment(changed, progress)


def panorama() -> NDArray[np.uint8]:
    """A tree, a car and another car under a sky."""
    picture = np.full((HEIGHT, WIDTH, 3), SKY, np.uint8)
    picture[30:60, 20:34] = TREE
    picture[40:50, 60:90] = CAR
    picture[40:50, 100:104] = CAR
    return picture


@pytest.mark.parametrize("yaw", range(0, WIDTH, 7))
def test_turning_a_panorama_turns_what_is_found_in_it(yaw: int) -> None:
    found = segment_panorama(ByColour(), panorama(), silent)
    turned = segment_panorama(ByColour(), np.roll(panorama(), yaw, 1), silent)
    assert np.array_equal(turned.labels, np.roll(found.labels, yaw, 1))
    assert len(np.unique(turned.objects)) == 4  # the three and what is none, wherever the seam is
    for number in np.unique(found.objects):
        assert len(np.unique(turned.objects[np.roll(found.objects, yaw, 1) == number])) == 1


def test_the_seam_is_far_from_the_edges_of_what_the_engine_sees() -> None:
    engine = ByPlace()
    segments = segment_panorama(engine, panorama(), silent)
    assert engine.seen == (HEIGHT, WIDTH + 2 * WIDTH // 8, 3)
    assert np.array_equal(segments.labels, panorama()[..., 0])
    assert segments.notes == ("a note",)


def test_two_things_beside_the_seam_stay_two() -> None:
    picture = np.full((HEIGHT, WIDTH, 3), SKY, np.uint8)
    picture[10:20, :6] = CAR
    picture[40:50, -6:] = CAR
    objects = segment_panorama(ByColour(), picture, silent).objects
    assert objects[15, 2] != objects[45, -2]
    assert objects.max() == 2


def test_a_panorama_is_given_up_when_its_job_is() -> None:
    def stop(fraction: float, stage: str) -> None:
        raise Cancelled("stopped")

    with pytest.raises(Cancelled):
        segment_panorama(ByColour(), panorama(), stop)
