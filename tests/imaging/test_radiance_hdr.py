from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lucida.imaging.radiance_hdr import from_rgbe, read_hdr, to_rgbe_reference, write_hdr


def scene(height: int = 40, width: int = 300) -> np.ndarray:
    rng = np.random.default_rng(0)
    light = (2.0 ** rng.uniform(-10, 17, (height, width, 3))).astype(np.float32)
    light[5:9] = light[5:9, :1]  # long runs
    light[12, 20:24] = 0.25  # a run just long enough
    light[20:22] = 0
    return light


def within_rgbe(ours: np.ndarray, truth: np.ndarray) -> bool:
    return bool((np.abs(ours - truth) <= truth.max(-1, keepdims=True) / 256).all())


@pytest.mark.parametrize("size", [(40, 300), (3, 7), (2, 8), (1, 1), (600, 64)])
def test_light_comes_back_within_one_percent_of_the_largest_channel(tmp_path: Path, size: tuple[int, int]) -> None:
    light = scene(*size) if min(size) > 30 else np.random.default_rng(1).uniform(0, 9, (*size, 3)).astype(np.float32)
    write_hdr(tmp_path / "a.hdr", light)
    assert within_rgbe(read_hdr(tmp_path / "a.hdr"), light)


def test_an_independent_reader_reads_the_same(tmp_path: Path) -> None:
    light = scene()
    write_hdr(tmp_path / "a.hdr", light)
    theirs = cv2.imread(str(tmp_path / "a.hdr"), cv2.IMREAD_UNCHANGED)[..., ::-1]
    assert np.array_equal(theirs, read_hdr(tmp_path / "a.hdr"))
    assert within_rgbe(theirs, light)


def test_what_an_independent_writer_wrote_is_read(tmp_path: Path) -> None:
    light = scene()
    cv2.imwrite(str(tmp_path / "b.hdr"), light[..., ::-1])
    theirs = cv2.imread(str(tmp_path / "b.hdr"), cv2.IMREAD_UNCHANGED)[..., ::-1]
    assert np.array_equal(read_hdr(tmp_path / "b.hdr"), theirs)


@settings(deadline=None, max_examples=40)
@given(st.integers(0, 2**32 - 1), st.integers(8, 400), st.floats(0, 1))
def test_any_mixture_of_runs_and_noise_survives(
    tmp_path_factory: pytest.TempPathFactory, seed: int, width: int, runs: float
) -> None:
    rng = np.random.default_rng(seed)
    light = (2.0 ** rng.uniform(-3, 3, (2, width, 3))).astype(np.float32)
    repeated = rng.random(width) < runs
    for column in range(1, width):
        if repeated[column]:
            light[:, column] = light[:, column - 1]
    path = tmp_path_factory.mktemp("runs") / "a.hdr"
    write_hdr(path, light)
    assert np.array_equal(read_hdr(path), from_rgbe(to_rgbe_reference(light)))


def test_a_mantissa_that_rounds_up_to_the_next_power_does_not_wrap(tmp_path: Path) -> None:
    light = np.full((1, 8, 3), 0.99999, np.float32)
    write_hdr(tmp_path / "a.hdr", light)
    assert np.allclose(read_hdr(tmp_path / "a.hdr"), 1, rtol=0.01)


def test_what_is_no_light_becomes_none(tmp_path: Path) -> None:
    odd = np.array([[[-1, 0.5, 0], [np.nan, 0.5, 0.5], [0, 0, 0], [1e-42, 0, 0]]], np.float32)
    write_hdr(tmp_path / "a.hdr", odd)
    read = read_hdr(tmp_path / "a.hdr")
    assert np.isfinite(read).all()
    assert read[0, 0].tolist() == [0, 0.5, 0]
    assert not read[0, 2:].any()


def test_exposure_in_the_header_is_undone(tmp_path: Path) -> None:
    write_hdr(tmp_path / "a.hdr", np.ones((2, 8, 3), np.float32))
    content = (tmp_path / "a.hdr").read_bytes().replace(b"\n\n", b"\nEXPOSURE=4\n\n", 1)
    (tmp_path / "b.hdr").write_bytes(content)
    assert np.allclose(read_hdr(tmp_path / "b.hdr"), 0.25)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"not a picture",
        b"#?RADIANCE\nFORMAT=32-bit_rle_xyze\n\n-Y 1 +X 1\n\0\0\0\0",
        b"#?RADIANCE\nFORMAT=32-bit_rle_rgbe\n\n+X 1 -Y 1\n\0\0\0\0",
        b"#?RADIANCE\nFORMAT=32-bit_rle_rgbe\n\n-Y 99999 +X 99999\n\0\0\0\0",
        b"#?RADIANCE\nFORMAT=32-bit_rle_rgbe\n\n-Y 1 +X 8\n\2\2\0\x08\xff\1",
    ],
)
def test_what_is_no_such_picture_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.hdr").write_bytes(content)
    with pytest.raises(ValueError, match=r"a\.hdr"):
        read_hdr(tmp_path / "a.hdr")


def test_every_truncation_is_refused(tmp_path: Path) -> None:
    write_hdr(tmp_path / "a.hdr", scene(40, 40)[5:9])
    content = (tmp_path / "a.hdr").read_bytes()
    for length in range(0, len(content) - 1, 7):
        (tmp_path / "b.hdr").write_bytes(content[:length])
        with pytest.raises(ValueError, match=r"b\.hdr"):
            read_hdr(tmp_path / "b.hdr")
