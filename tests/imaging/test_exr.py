from __future__ import annotations

from pathlib import Path

import numpy as np
import OpenEXR
import pytest

from lucida.imaging.exr import read_exr, write_exr


@pytest.fixture
def radiance() -> np.ndarray:
    return (2.0 ** np.random.default_rng(0).uniform(-10, 12, (64, 128, 3))).astype(np.float32)


def test_radiance_comes_back_as_half(tmp_path: Path, radiance: np.ndarray) -> None:
    write_exr(tmp_path / "a.exr", radiance)
    read, _ = read_exr(tmp_path / "a.exr")
    assert np.array_equal(read, radiance.astype(np.float16).astype(np.float32))


def test_half_stays_half_to_the_bit(tmp_path: Path, radiance: np.ndarray) -> None:
    half = radiance.astype(np.float16)
    write_exr(tmp_path / "a.exr", half)
    with OpenEXR.File(str(tmp_path / "a.exr"), separate_channels=True) as file:
        channels = {name: channel.pixels.copy() for name, channel in file.channels().items()}
    assert sorted(channels) == ["B", "G", "R"]
    assert all(pixels.dtype == np.float16 for pixels in channels.values())
    assert np.array_equal(np.stack([channels[name] for name in "RGB"], -1), half)


def test_a_peak_beyond_half_is_written_as_float(tmp_path: Path, radiance: np.ndarray) -> None:
    radiance[3, 4] = 222_208
    write_exr(tmp_path / "a.exr", radiance)
    read, _ = read_exr(tmp_path / "a.exr")
    assert np.array_equal(read, radiance)
    radiance[3, 4] = 65_504
    write_exr(tmp_path / "b.exr", radiance)
    assert np.isfinite(read_exr(tmp_path / "b.exr")[0]).all()
    assert (tmp_path / "b.exr").stat().st_size < (tmp_path / "a.exr").stat().st_size


def test_the_header_says_what_the_numbers_mean(tmp_path: Path, radiance: np.ndarray) -> None:
    attributes = {"source": "küche.heic", "evOffsets": "0 -3 -1 1 3", "seed": 7, "exposureScale": 0.5}
    write_exr(tmp_path / "a.exr", radiance, attributes=attributes)
    with OpenEXR.File(str(tmp_path / "a.exr"), header_only=True) as file:
        header = dict(file.header())
    assert header["compression"] == OpenEXR.ZIP_COMPRESSION
    assert header["envmap"] == OpenEXR.ENVMAP_LATLONG
    assert np.allclose(header["chromaticities"], [0.64, 0.33, 0.3, 0.6, 0.15, 0.06, 0.3127, 0.329])
    assert header["source"] == "küche.heic"
    assert header["evOffsets"] == "0 -3 -1 1 3"
    assert header["seed"] == 7
    assert header["exposureScale"] == 0.5


def test_a_picture_that_is_no_environment_says_nothing_of_one(tmp_path: Path, radiance: np.ndarray) -> None:
    write_exr(tmp_path / "a.exr", radiance, envmap=False)
    assert "envmap" not in read_exr(tmp_path / "a.exr")[1]


def test_a_failed_write_leaves_the_old_file_and_nothing_else(tmp_path: Path, radiance: np.ndarray) -> None:
    path = tmp_path / "a.exr"
    path.write_bytes(b"before")
    with pytest.raises((TypeError, ValueError, OSError)):
        write_exr(path, radiance, attributes={"channels": "not a list of channels"})
    assert path.read_bytes() == b"before"
    assert list(tmp_path.iterdir()) == [path]


def test_a_folder_that_is_not_there_is_an_os_error(tmp_path: Path, radiance: np.ndarray) -> None:
    with pytest.raises(OSError, match="cannot be written"):
        write_exr(tmp_path / "nowhere" / "a.exr", radiance)
    with pytest.raises(FileNotFoundError):
        read_exr(tmp_path / "nowhere.exr")
