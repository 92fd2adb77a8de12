from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from lucida.engines.depth.estimate import Sight
from lucida.engines.segmentation.ade20k import CATEGORY_OF
from lucida.errors import Cancelled, ModelUnavailable, PhotoTooLarge
from lucida.pointcloud.asked import Asked
from lucida.pointcloud.picture import LONGEST, Source, all_around, came, halved, paint, size_of
from lucida.pointcloud.seam import GOOD, seam_score

BOUGHT = {"engine": "openai", "licence": "OpenAI's terms", "reason": "a key", "notes": ["It was dear."], "ms": 9}


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
    assert came(saved(tmp_path, 64, 2560), Asked(width=64), None).pixels.shape == (LONGEST, 51, 3)
    assert came(saved(tmp_path, 64, 48), Asked(width=640), None).pixels.shape == (48, 64, 3)
    assert came(saved(tmp_path, 640, 320), Asked(width=320), None).pixels.shape == (160, 320, 3)


def test_as_many_megapixels_are_read_as_the_setting_says(
    tmp_path: Path, setting: Callable[[str, object], None]
) -> None:
    path = saved(tmp_path, 1200, 900)
    setting("MAX_PHOTO_MEGAPIXELS", 1)
    with pytest.raises(PhotoTooLarge, match="at most 1"):
        came(path, Asked(), None)
    assert came(path, Asked(), BOUGHT).pixels.shape == (900, 1200, 3)  # nobody pays for nothing


def test_a_picture_that_was_paid_for_keeps_its_size(tmp_path: Path) -> None:
    whole = came(saved(tmp_path, 3840, 96), Asked(width=640), BOUGHT)
    assert whole.pixels.shape == (96, 3840, 3)
    assert (whole.engine, whole.licence, whole.notes) == ("openai", "OpenAI's terms", ("It was dear.",))


def test_a_picture_that_memory_does_not_hold_is_halved(tmp_path: Path) -> None:
    source = Source(replace(came(saved(tmp_path, 64, 48), Asked(), None).sight, focal=50.0), "picture", "", "")
    assert halved(source, 0) is source
    smaller = halved(source, 2)
    assert (smaller.pixels.shape, smaller.sight.focal) == ((12, 16, 3), 12.5)
    assert smaller.notes == ("The machine had too little memory for 64x48; the picture was made 16x12.",)


def test_a_painting_that_memory_does_not_hold_is_painted_smaller() -> None:
    lake = paint(Asked(prompt="a lake", width=256, height=160), 3, silent, 1)
    assert lake.pixels.shape == (80, 128, 3)
    assert "The machine had too little memory for 256x160; the picture was made 128x80." in lake.notes
    meadow = paint(Asked(prompt="a meadow", mode="panorama", width=512), 3, silent, 2)
    assert meadow.pixels.shape == (64, 128, 3)
    assert "The machine had too little memory for 512x256; the picture was made 128x64." in meadow.notes


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
    assert source.surroundings is not None
    assert (source.surroundings.name, source.surroundings.licence) == ("draft", "Apache-2.0")
    assert not any("half as high" in note for note in source.notes)
    assert source.seam is not None
    assert source.seam < GOOD
    assert source.depth is None  # it is known of a part only


def test_a_panorama_says_where_its_height_is_not_the_one_asked_for() -> None:
    source = paint(Asked(prompt="a meadow", mode="panorama", width=256, height=256), 3, silent)
    assert source.pixels.shape == (128, 256, 3)
    assert "A panorama that is painted here is half as high as wide: 256x128." in source.notes


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
