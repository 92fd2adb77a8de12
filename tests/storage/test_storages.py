"""What holds for every storage: a folder, and an object storage."""

from __future__ import annotations

import hashlib
import itertools
import os
import secrets
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from s3_server import ACCESS_KEY, BINARY, MISSING, SECRET, S3Server, s3_server

from lucida.errors import NotFound
from lucida.storage.base import Storage
from lucida.storage.keys import BUCKETS, make_key, own_key
from lucida.storage.local import LocalStorage
from lucida.storage.s3 import BucketSettings, S3Storage

_numbers = itertools.count()


@pytest.fixture(scope="module")
def server() -> Iterator[S3Server]:
    with s3_server() as started:
        yield started


@pytest.fixture(params=["local", "s3"])
def new_storage(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[], Storage]:
    """Makes empty ones."""
    if request.param == "local":
        return lambda: LocalStorage(tmp_path / str(next(_numbers)))
    if BINARY is None:
        pytest.skip(MISSING)
    server: S3Server = request.getfixturevalue("server")

    def made() -> Storage:
        prefix = f"t{secrets.token_hex(4)}-"
        where = BucketSettings(server.address, access_key=ACCESS_KEY, secret_key=SECRET, prefix=prefix)
        storage = S3Storage(tmp_path / prefix, where)
        storage.make_buckets()
        return storage

    return made


@pytest.fixture
def storage(new_storage: Callable[[], Storage]) -> Storage:
    return new_storage()


def test_what_is_written_is_read_with_its_hash_and_size(new_storage: Callable[[], Storage]) -> None:
    storage = new_storage()

    @settings(max_examples=20)
    @given(st.lists(st.binary(max_size=300), max_size=8))
    def check(chunks: list[bytes]) -> None:
        stored = storage.write(make_key("media", "a", "b.bin"), chunks)
        whole = b"".join(chunks)
        assert storage.read(stored.key) == whole
        assert (stored.sha256, stored.size) == (hashlib.sha256(whole).hexdigest(), len(whole))
        storage.delete(stored.key)

    check()
    assert list(storage.keys()) == list(storage.temporary.iterdir()) == []


def test_a_large_file_comes_back_whole_part_by_part(storage: Storage) -> None:
    content = os.urandom((17 << 20) + 5)
    storage.write("generations/j/large.exr", [content])
    parts = list(storage.chunks("generations/j/large.exr"))
    assert b"".join(parts) == content
    assert max(map(len, parts)) <= 1 << 20


def test_a_finished_file_is_taken_and_fetched(storage: Storage) -> None:
    made = storage.workspace("job") / "out.exr"
    made.write_bytes(b"radiance")
    stored = storage.adopt("generations/j/out.exr", made)
    assert stored.sha256 == hashlib.sha256(b"radiance").hexdigest()
    assert not made.exists()
    folder = storage.workspace("another")
    assert storage.fetch(stored.key, folder).read_bytes() == b"radiance"
    assert storage.fetch(stored.key, folder).read_bytes() == b"radiance"
    assert storage.read(stored.key) == b"radiance"


def test_what_is_kept_twice_is_there_once(storage: Storage) -> None:
    for _ in range(2):
        storage.write("generations/j/same", [b"same"])
    assert list(storage.keys()) == ["generations/j/same"]


@pytest.mark.parametrize(
    "ask", [lambda s, k: s.read(k), lambda s, k: s.fetch(k, s.workspace("w")), lambda s, k: next(s.chunks(k))]
)
def test_what_is_gone_is_not_found(storage: Storage, ask: Callable[[Storage, str], object]) -> None:
    with pytest.raises(NotFound, match="ask again"):
        ask(storage, "media/a/never")


def test_a_file_whose_making_breaks_off_leaves_nothing(storage: Storage) -> None:
    def broken() -> Iterator[bytes]:
        yield b"x" * 1000
        raise ConnectionError

    with pytest.raises(ConnectionError):
        storage.write("media/a/b", broken())
    assert list(storage.keys()) == list(storage.temporary.iterdir()) == []


def test_deleting_forgives_what_is_gone(storage: Storage) -> None:
    for name in ("one", "two"):
        storage.write(f"generations/j/{name}", [b"1"])
    storage.delete("generations/j/one", "generations/j/never", "media/a/never")
    assert list(storage.keys()) == ["generations/j/two"]
    storage.delete()
    storage.discard("generations/j/two", "generations/j/two")
    assert list(storage.keys()) == []


def test_a_folder_tells_what_is_right_inside_it(storage: Storage) -> None:
    for name in ("j/one", "j/two", "j/below/three", "jj/four"):
        storage.write(f"generations/{name}", [b"1"])
    assert sorted(storage.inside("generations/j")) == ["generations/j/one", "generations/j/two"]
    assert storage.inside("generations/never") == []


def test_the_sweeper_takes_orphans_and_leaves_the_known_and_the_young(storage: Storage) -> None:
    for bucket in BUCKETS:
        storage.write(f"{bucket}/a/known", [b"x"])
        storage.write(f"{bucket}/a/orphan", [b"x"])
    known = {f"{bucket}/a/known" for bucket in BUCKETS}
    assert storage.sweep(known, older_than=3600) == []
    assert sorted(storage.sweep(known, older_than=-60)) == sorted(f"{bucket}/a/orphan" for bucket in BUCKETS)
    assert set(storage.keys()) == known


def test_a_file_that_was_long_on_its_way_is_young(storage: Storage) -> None:
    made = storage.workspace("job") / "out.exr"
    made.write_bytes(b"radiance")
    os.utime(made, (time.time() - 7200,) * 2)
    storage.adopt("generations/j/out.exr", made)
    assert storage.sweep(set(), older_than=3600) == []


def test_what_dead_processes_left_half_written_goes(storage: Storage) -> None:
    old, alive = storage.workspace("dead-job"), storage.workspace("living-job")
    stray = storage.temporary / "stray"
    for path in (old / "half.exr", alive / "half.exr", stray):
        path.write_bytes(b"x")
    long_ago = time.time() - 7200
    for path in (old / "half.exr", old, alive / "half.exr", alive, stray):
        os.utime(path, (long_ago, long_ago))
    (alive / "newest.exr").write_bytes(b"x")
    storage.sweep_temporary(older_than=3600)
    assert list(storage.temporary.iterdir()) == [alive]


@pytest.mark.parametrize(
    "key", ["", "media", "secrets/a", "media/../x", "media//x", "/etc/passwd", "media/.hidden", "media/a\n"]
)
def test_a_key_that_we_did_not_make_names_nothing(storage: Storage, key: str) -> None:
    for ask in (storage.read, storage.delete, lambda k: storage.write(k, [b"x"])):
        with pytest.raises(NotFound):
            ask(key)


def test_a_name_is_never_given_twice() -> None:
    assert len({make_key("media", "j", "x") for _ in range(100)}) == 100
    with pytest.raises(ValueError, match="no such bucket"):
        make_key("attic", "j", "x")


def test_what_has_a_uuid_is_stored_under_it() -> None:
    unique = UUID("3f2a9c01-0000-4000-8000-000000000000")
    assert own_key("media", "thumbnails/2026/11", unique, "webp") == f"media/thumbnails/2026/11/{unique}.webp"
    with pytest.raises(ValueError, match="no such bucket"):
        own_key("attic", "j", unique, "png")
