from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import anyio
import anyio.to_thread
import numpy as np
import psutil
import pytest
from hostile_images import exif_garbage
from photos import chart, encode
from PIL import Image

from lucida.errors import BadPhoto, PhotoTooLarge, TruncatedPhoto, UnsupportedFormat
from lucida.imaging.decode import decode
from lucida.storage.photo_check import CheckedPhoto, PhotoCheck


@pytest.fixture(scope="module")
def check() -> Iterator[PhotoCheck]:
    check = PhotoCheck()
    yield check
    check.close()


def write_photo(path: Path, size: tuple[int, int] = (64, 48)) -> Path:
    noise = np.random.default_rng(1).integers(0, 255, (size[1], size[0], 3), np.uint8)
    Image.fromarray(noise).save(path, format="JPEG")
    return path


def test_a_photo_passes_with_its_size(check: PhotoCheck, tmp_path: Path) -> None:
    assert check(write_photo(tmp_path / "a.heic")) == CheckedPhoto("jpeg", 64, 48)


def test_bad_photos_are_refused_for_their_reason_and_the_next_still_passes(check: PhotoCheck, tmp_path: Path) -> None:
    whole = write_photo(tmp_path / "a.jpg").read_bytes()
    cut = tmp_path / "cut.jpg"
    cut.write_bytes(whole[: len(whole) // 2])
    text = tmp_path / "text.heic"
    text.write_text("This is no photo, whatever its name says." * 9)
    with pytest.raises(TruncatedPhoto):
        check(cut)
    with pytest.raises(UnsupportedFormat):
        check(text)
    assert check(tmp_path / "a.jpg").width == 64


def test_a_photo_that_kills_the_decoder_is_refused_and_the_decoder_replaced(tmp_path: Path) -> None:
    photo = write_photo(tmp_path / "a.jpg")
    check = PhotoCheck()
    try:
        check.start()
        assert check._child is not None
        check._child.kill()
        check._child.wait()
        assert check(photo).format == "jpeg"
        impatient = PhotoCheck(seconds=0.001)
        with pytest.raises(BadPhoto, match="more than its share"):
            impatient(write_photo(tmp_path / "b.jpg", (3000, 3000)))
        impatient.close()
    finally:
        check.close()


def test_a_ctrl_c_on_the_terminal_is_left_to_the_server(tmp_path: Path) -> None:
    photo = write_photo(tmp_path / "a.jpg")
    check = PhotoCheck()
    try:
        check(photo)
        child = check._child
        assert child is not None
        child.send_signal(signal.SIGINT)
        assert check(photo).format == "jpeg"
        assert check._child is child
    finally:
        check.close()


def test_the_decoder_may_write_no_file_and_sees_no_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DJANGO_SECRET_KEY", "hush")
    check = PhotoCheck()
    try:
        check(write_photo(tmp_path / "a.jpg"))  # once it has answered its limits are in force
        assert check._child is not None
        process = Path("/proc") / str(check._child.pid)
        if not process.exists():
            pytest.skip("this system has no /proc to look at the limits")
        limits = {line[:25].strip(): line[25:].split()[0] for line in (process / "limits").read_text().splitlines()}
        assert (limits["Max file size"], limits["Max open files"]) == ("0", "64")
        assert limits["Max address space"].isdecimal()
        assert b"hush" not in (process / "environ").read_bytes()
    finally:
        check.close()


def test_photos_that_wait_for_the_decoder_keep_no_thread_from_others(check: PhotoCheck, tmp_path: Path) -> None:
    photo = write_photo(tmp_path / "a.jpg", (2000, 1500))

    async def ask() -> float:
        async with anyio.create_task_group() as tasks:
            for _ in range(20):
                tasks.start_soon(check.in_turn, photo)
            await anyio.wait_all_tasks_blocked()
            return anyio.to_thread.current_default_thread_limiter().borrowed_tokens

    assert anyio.run(ask) == 0


def test_the_decoder_makes_way_for_the_server(check: PhotoCheck, tmp_path: Path) -> None:
    check(write_photo(tmp_path / "a.jpg"))
    assert check._child is not None
    assert psutil.Process(check._child.pid).nice() == min(os.nice(0) + 5, 19)


def test_pixels_decoded_apart_are_those_of_the_decoder(check: PhotoCheck, tmp_path: Path) -> None:
    photo = write_photo(tmp_path / "a.jpg", (300, 200))
    apart, here = check.decode(photo), decode(photo, 120)
    assert np.array_equal(apart.code, here.code)
    assert (apart.format, apart.source_sha256) == (here.format, here.source_sha256)
    with pytest.raises(PhotoTooLarge):
        check.decode(photo, 0.01)


@pytest.mark.parametrize(
    "answer",
    [
        "nothing like JSON",
        "[1, 2]",
        '{"refused": "bad_photo"}',
        '{"width": "wide", "height": 1, "format": "png", "transparent": false}',
        "x" * 100_000,
        '{"format": "png", "arrays": {"code": ["uint8", [60000, 60000, 3]]}, "blocks": {}}',
    ],
)
def test_a_decoder_that_was_taken_over_is_not_believed(answer: str, tmp_path: Path) -> None:
    photo = write_photo(tmp_path / "a.jpg")
    for ask in (PhotoCheck.__call__, PhotoCheck.decode):
        check = PhotoCheck(seconds=20)
        talking = "import sys; sys.stdin.readline(); print(sys.argv[1], flush=True); sys.stdin.read()"
        arguments = [sys.executable, "-c", talking, answer]
        check._child = subprocess.Popen(arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        with pytest.raises(BadPhoto, match="more than its share"):
            ask(check, photo)
        assert check(photo).width == 64  # by another
        check.close()


def test_a_photo_of_odd_tags_says_nothing_in_the_log(tmp_path: Path) -> None:
    exif = exif_garbage()["counts of four billion"]
    (tmp_path / "a.jpg").write_bytes(encode(chart(), "JPEG", exif=exif))
    checks = (
        "import sys; from pathlib import Path; from lucida.storage.photo_check import PhotoCheck; "
        "check = PhotoCheck(); print(check(Path(sys.argv[1])).width); check.close()"
    )
    command = [sys.executable, "-c", checks, str(tmp_path / "a.jpg")]
    told = subprocess.run(command, capture_output=True, text=True, timeout=60)  # a pipe: the decoder may write no file
    assert (told.stdout, told.stderr) == ("96\n", "")
