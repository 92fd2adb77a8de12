from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from lucida.engines.depth.estimate import Sight
from lucida.engines.segmentation.ade20k import CATEGORY_OF
from lucida.errors import Cancelled, ModelUnavailable
from lucida.pointcloud.asked import Asked
from lucida.pointcloud.picture import LONGEST, Source, all_around, came, paint, size_of
from lucida.pointcloud.seam import GOOD, seam_score


def silent(fraction: float, stage: str) -> None:
    pass


def saved(folder: Path, width: int, height: int) -> Path:
    path = folder / "picture.png"
    Image.fromarray(np.random.default_rng(1).integers(0, 255, (height, width, 3), np.uint8)).save(path)
    return path


def test_a_picture_that_came_keeps_its_size_and_says_so_where_it_cannot(tmp_path: Path) -> None:
    small = came(saved(tmp_path, 64, 48), Asked(), None)
    assert small.pixels.shape == (48, 64, 3)
    assert (small.engine, small.notes) == ("picture", ())
    large = came(saved(tmp_path, 2500, 1250), Asked(), None)
    assert large.pixels.shape == (LONGEST // 2, LONGEST, 3)
    assert large.notes == ("The picture came as 2500x1250; 2048x1024 of it became points.",)
    assert came(saved(tmp_path, 2500, 1250), Asked(mode="panorama"), None).pixels.shape == (1250, 2500, 3)
    pressed = came(saved(tmp_path, 160, 100), Asked(mode="panorama"), None)
    assert (pressed.pixels.shape, pressed.notes) == (
        (80, 160, 3),
        ("The panorama came as 160x100; it was pressed to 160x80.",),
    )
    assert came(saved(tmp_path, 64, 4000), Asked(width=64), None).pixels.shape == (LONGEST, 33, 3)
    assert came(saved(tmp_path, 64, 48), Asked(width=640), None).pixels.shape == (48, 64, 3)
    assert came(saved(tmp_path, 640, 320), Asked(width=320), None).pixels.shape == (160, 320, 3)


def test_a_draft_s_picture_brings_what_is_in_it() -> None:
    source = paint(Asked(prompt="a lake with trees", width=96, height=64), 3, silent)
    assert source.depth is not None
    assert source.labels is not None
    sky = np.isinf(source.depth)
    np.testing.assert_array_equal(CATEGORY_OF[source.labels] == 2, sky)
    assert sky.any()
    room = paint(Asked(prompt="a living room with a sofa", width=96, height=64), 3, silent)
    assert room.labels is not None
    assert 23 in room.labels  # a sofa
    assert (room.labels < 150).all()


def test_a_draft_s_panorama_goes_on_all_around() -> None:
    source = paint(Asked(prompt="a meadow", mode="panorama", width=256, height=128), 3, silent)
    assert source.pixels.shape == (128, 256, 3)
    assert source.seam is not None
    assert source.seam < GOOD
    assert source.depth is None  # it is known of a part only


def test_progress_can_stop_the_painting() -> None:
    def stop(fraction: float, stage: str) -> None:
        raise Cancelled("Enough.")

    with pytest.raises(Cancelled):
        paint(Asked(prompt="a meadow", width=96, height=64), 3, stop)


def test_a_painter_that_is_not_there_is_said() -> None:
    with pytest.raises(ModelUnavailable, match="LUCIDA_BFL_API_KEY"):
        paint(Asked(prompt="a meadow", image_model="flux-pro"), 3, silent)


def test_a_remote_panorama_is_made_whole() -> None:
    ramp = np.linspace(60, 200, 180, dtype=np.float32)[None, :, None] * np.ones((100, 1, 3), np.float32)
    grain = np.random.default_rng(1).normal(0, 3, ramp.shape)
    pixels = np.asarray(np.clip(ramp + grain, 0, 255), np.uint8)
    source = all_around(Source(Sight(pixels), "openai", "", ""))
    assert source.pixels.shape == (90, 180, 3)
    assert source.seam is not None
    assert source.seam > GOOD  # as it came
    assert seam_score(source.pixels) < GOOD
    stretched, mended = source.notes
    assert stretched == "The panorama came as 180x100; it was pressed to 180x90."
    assert "brought together" in mended


def test_sizes_are_those_that_suit_who_paints() -> None:
    assert size_of(Asked(prompt="a")) == (1344, 768)
    assert size_of(Asked(prompt="a"), "gpt-image-2") == (1792, 1024)
    assert size_of(Asked(prompt="a"), "dall-e-3") == (1792, 1024)
    assert size_of(Asked(prompt="a", mode="panorama"), "gpt-image-2.5-flare") == (2048, 1024)
    assert size_of(Asked(prompt="a", width=512, height=256)) == (512, 256)
