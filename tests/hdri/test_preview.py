from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from lucida.hdri.preview import preview_jpeg, preview_picture, shrink, tone_map, write_backplate, write_preview


def panorama(width: int = 512) -> np.ndarray:
    return np.random.default_rng(0).uniform(0, 3, (width // 2, width, 3)).astype(np.float16)


def test_a_smaller_preview_shows_the_mean_of_the_light_not_of_the_codes() -> None:
    board = np.zeros((64, 128, 3), np.float16)
    board[::2] = 1.0
    assert np.abs(preview_picture(board, width=32).astype(int) - 188).max() <= 1  # sRGB of half the light


def test_the_preview_in_bands_equals_the_preview_at_once() -> None:
    whole = panorama()
    means = whole.astype(np.float32).reshape(128, 2, 256, 2, 3).mean((1, 3))
    assert np.abs(preview_picture(whole, width=256).astype(int) - tone_map(means)).max() <= 1
    assert np.allclose(shrink(whole, 256), means, rtol=1e-5)


def test_shrinking_keeps_the_light_of_a_single_pixel() -> None:
    dark = np.zeros((128, 256, 3), np.float16)
    dark[40, 77] = 60_000
    for width in (64, 100):
        small = shrink(dark, width)
        assert small.shape == (width // 2, width, 3)
        assert np.isclose(small.mean(), dark.astype(np.float64).mean(), rtol=0.01)
        assert small.min() >= 0


def test_a_preview_is_never_enlarged() -> None:
    assert preview_picture(panorama(64), width=4096).shape == (32, 64, 3)


def test_viewers_recognise_the_jpeg_as_a_panorama() -> None:
    with Image.open(io.BytesIO(preview_jpeg(panorama(), width=256))) as picture:
        assert picture.format == "JPEG"
        assert picture.size == (256, 128)
        xmp = picture.info["xmp"].decode()
    for field in ('ProjectionType="equirectangular"', 'FullPanoWidthPixels="256"', 'FullPanoHeightPixels="128"'):
        assert field in xmp


def test_the_preview_appears_whole(tmp_path: Path) -> None:
    write_preview(tmp_path / "p.jpg", panorama(64), exposure=1.0)
    with Image.open(tmp_path / "p.jpg") as picture:
        picture.load()
    assert [path.name for path in tmp_path.iterdir()] == ["p.jpg"]


def test_a_backplate_has_the_full_size_and_the_format_of_its_name(tmp_path: Path) -> None:
    whole = panorama(256)
    write_backplate(tmp_path / "b.png", whole)
    write_backplate(tmp_path / "b.jpg", whole)
    with Image.open(tmp_path / "b.png") as png, Image.open(tmp_path / "b.jpg") as jpeg:
        assert (png.format, jpeg.format) == ("PNG", "JPEG")
        assert np.array_equal(np.asarray(png), tone_map(whole))
        assert jpeg.size == (256, 128)
    with pytest.raises(ValueError, match=r"b\.gif"):
        write_backplate(tmp_path / "b.gif", whole)
