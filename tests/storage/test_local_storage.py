from __future__ import annotations

import hashlib
import resource
import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lucida.errors import NotFound, StorageFull
from lucida.storage.local import LocalStorage


@pytest.fixture
def storage(tmp_path: Path) -> LocalStorage:
    return LocalStorage(tmp_path)


def files(storage: LocalStorage) -> list[str]:
    return sorted(path.relative_to(storage.root).as_posix() for path in storage.root.rglob("*") if path.is_file())


@given(st.text(max_size=40))
def test_no_name_leads_out_of_the_buckets(name: str) -> None:
    storage = LocalStorage(Path("/nowhere/store"))
    try:
        path = storage.path(f"media/{name}")
    except NotFound:
        return
    assert ".." not in path.parts
    assert path.is_relative_to(storage.root / "media")


@pytest.mark.parametrize(
    "key", ["", "media", "secrets/a", "media/../x", "media//x", "/etc/passwd", "media/.hidden", "media/a\n"]
)
def test_a_key_that_we_did_not_make_names_nothing(storage: LocalStorage, key: str) -> None:
    with pytest.raises(NotFound):
        storage.path(key)


def test_an_upload_that_breaks_off_leaves_nothing(storage: LocalStorage) -> None:
    def broken() -> Iterator[bytes]:
        yield b"x" * 1000
        raise ConnectionError

    with pytest.raises(ConnectionError):
        storage.write("media/a/b", broken())
    assert files(storage) == []


def test_a_full_disk_is_said_in_a_sentence_and_leaves_nothing(storage: LocalStorage) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    ignored = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, hard))
    try:
        with pytest.raises(StorageFull, match="make room"):
            storage.write("media/a/b", [b"x" * 5000])
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, ignored)
    assert files(storage) == []


def test_a_finished_file_is_moved_not_copied(storage: LocalStorage) -> None:
    made = storage.workspace("job") / "out.exr"
    made.write_bytes(b"radiance")
    inode = made.stat().st_ino
    stored = storage.adopt("generations/j/out.exr", made)
    assert storage.path(stored.key).stat().st_ino == inode
    assert stored.sha256 == hashlib.sha256(b"radiance").hexdigest()
    assert not made.exists()


def test_deleting_takes_the_folder_with_its_last_file_and_forgives_what_is_gone(storage: LocalStorage) -> None:
    storage.write("generations/j/one", [b"1"])
    storage.write("generations/j/two", [b"2"])
    storage.delete("generations/j/one", "generations/j/never")
    assert files(storage) == ["generations/j/two"]
    storage.delete("generations/j/two")
    assert not (storage.root / "generations" / "j").exists()


def test_files_that_others_put_into_a_bucket_stay_and_stop_nobody(storage: LocalStorage) -> None:
    storage.write("media/a/orphan", [b"x"])
    foreign = [storage.root / "media" / name for name in (".DS_Store", "a/my notes.txt")]
    for path in foreign:
        path.write_text("x")
    assert list(storage.keys()) == ["media/a/orphan"]
    assert storage.sweep(set(), older_than=-60) == ["media/a/orphan"]
    assert all(path.exists() for path in foreign)


def test_a_folder_that_many_share_comes_and_goes_under_them(storage: LocalStorage) -> None:
    def write_and_delete(number: int) -> None:
        for turn in range(40):
            key = f"media/shared/2026/{number}-{turn}"
            storage.write(key, [b"x"])
            assert storage.path(key).read_bytes() == b"x"
            storage.delete(key)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(write_and_delete, range(8)))
    assert files(storage) == []
    assert not (storage.root / "media" / "shared").exists()
