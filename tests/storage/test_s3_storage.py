"""What is an object storage's own: signatures, links, and all the ways in which a network breaks."""

from __future__ import annotations

import os
import secrets
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
from s3_server import ACCESS_KEY, BINARY, MISSING, SECRET, S3Server, s3_server

import lucida.storage.s3
from lucida.errors import BadSetting, NotFound, StorageFull, StorageUnavailable
from lucida.storage.s3 import BucketSettings, S3Storage

pytestmark = pytest.mark.skipif(BINARY is None, reason=MISSING)

PNG, SAVED = "image/png", 'attachment; filename="a lake.png"'
LARGE = os.urandom((20 << 20) + 1)


@pytest.fixture(scope="module")
def started() -> Iterator[S3Server]:
    with s3_server() as server:
        yield server


@pytest.fixture
def server(started: S3Server) -> Iterator[S3Server]:
    yield started
    started.trouble = lambda method, target: None


@pytest.fixture
def storage(server: S3Server, tmp_path: Path) -> S3Storage:
    where = BucketSettings(
        server.address,
        access_key=ACCESS_KEY,
        secret_key=SECRET,
        prefix=f"t{secrets.token_hex(4)}-",
        public_endpoint=server.address,
    )
    made = S3Storage(tmp_path, where)
    made.make_buckets()
    server.asked.clear()
    return made


def times(count: int, what: int | str, method: str = "") -> Callable[[str, str], int | str | None]:
    """Trouble for so many requests of a method."""
    left = [count]

    def trouble(asked: str, target: str) -> int | str | None:
        if (method and asked != method) or not left[0]:
            return None
        left[0] -= 1
        return what

    return trouble


def test_missing_buckets_are_named_and_made(server: S3Server, tmp_path: Path) -> None:
    where = BucketSettings(server.address, access_key=ACCESS_KEY, secret_key=SECRET, prefix="new-")
    storage = S3Storage(tmp_path, where)
    with pytest.raises(BadSetting, match=r"no bucket new-project-uploads, .*lucida buckets makes them"):
        storage.check()
    with pytest.raises(StorageUnavailable, match="lacks a bucket"):
        storage.write("media/a/b", [b"x"])
    assert len(storage.make_buckets()) == 8
    assert storage.make_buckets() == []
    storage.check()


def test_a_wrong_secret_is_refused_and_said_so(storage: S3Storage, tmp_path: Path) -> None:
    stranger = S3Storage(tmp_path, replace(storage.settings, secret_key="wrong"))
    for ask in (stranger.check, lambda: stranger.write("media/a/b", [b"x"])):
        with pytest.raises(StorageUnavailable, match="LUCIDA_S3_ settings"):
            ask()


def test_a_link_opens_one_file_for_a_while_and_no_other(storage: S3Storage) -> None:
    storage.write("media/a/lake.png", [b"a lake"])
    storage.write("media/a/other.png", [b"a secret"])
    link = storage.link("media/a/lake.png", PNG, SAVED)
    answer = httpx.get(link)
    assert (answer.content, answer.headers["content-type"]) == (b"a lake", PNG)
    assert answer.headers["content-disposition"] == SAVED
    part = httpx.get(link, headers={"Range": "bytes=2-3"})
    assert (part.status_code, part.content) == (206, b"la")
    wrong = [link.replace("lake.png", "other.png"), link.replace("Expires=300", "Expires=999"), link[:-1] + "x"]
    wrong.append(link.replace("image%2Fpng", "text%2Fhtml"))
    assert all(address != link and httpx.get(address).status_code == 403 for address in wrong)
    assert httpx.delete(link).status_code == 403
    short = S3Storage(storage.temporary, replace(storage.settings, link_seconds=1))
    link = short.link("media/a/lake.png", PNG, SAVED)
    time.sleep(2.1)
    assert httpx.get(link).status_code == 403


@pytest.mark.parametrize("what", [500, 503, "reset", "lost"])
@pytest.mark.parametrize("content", [b"small", LARGE], ids=["small", "large"])
def test_what_fails_in_passing_is_asked_again(
    server: S3Server, storage: S3Storage, what: int | str, content: bytes
) -> None:
    server.trouble = times(2, what)
    storage.write("media/a/b", [content])
    server.trouble = times(2, what)
    assert storage.read("media/a/b") == content
    server.trouble = times(2, what)
    assert list(storage.keys()) == ["media/a/b"]
    server.trouble = times(2, what)
    storage.delete("media/a/b")
    assert list(storage.keys()) == []


def test_a_download_that_breaks_goes_on_where_it_broke(server: S3Server, storage: S3Storage) -> None:
    storage.write("media/a/b", [LARGE])
    server.trouble = times(3, "cut")
    assert storage.read("media/a/b") == LARGE
    server.trouble = times(3, "cut")
    assert b"".join(storage.open("media/a/b", "bytes=1000-9000000").chunks()) == LARGE[1000:9000001]
    server.trouble = times(4, "cut")
    with pytest.raises(StorageUnavailable):
        storage.read("media/a/b")


def test_a_copy_that_breaks_off_is_not_taken_for_the_file(server: S3Server, storage: S3Storage) -> None:
    storage.write("media/a/b", [LARGE])
    folder = storage.workspace("job")
    server.trouble = times(99, "cut")
    with pytest.raises(StorageUnavailable):
        storage.fetch("media/a/b", folder)
    assert list(folder.iterdir()) == []
    server.trouble = times(0, "cut")
    assert storage.fetch("media/a/b", folder).read_bytes() == LARGE


@pytest.mark.parametrize(("what", "error"), [(500, StorageUnavailable), ("reset", StorageUnavailable)])
def test_what_fails_for_good_is_one_sentence_and_leaves_nothing(
    server: S3Server, storage: S3Storage, what: int | str, error: type[Exception]
) -> None:
    storage.write("media/a/there", [b"x"])
    server.trouble = times(10**6, what)
    asks: list[Callable[[], object]] = [
        lambda: storage.write("media/a/b", [LARGE]),
        lambda: storage.read("media/a/there"),
        lambda: list(storage.keys()),
        lambda: storage.delete("media/a/there"),
        lambda: storage.sweep(set(), older_than=0),
        storage.check,
    ]
    for ask in asks:
        with pytest.raises(error, match="did not answer; try again"):
            ask()
    storage.discard("media/a/there")  # says so in the log and goes on
    server.trouble = times(0, what)
    assert list(storage.keys()) == ["media/a/there"]
    assert not list(storage.temporary.iterdir())


def test_a_storage_that_hangs_is_given_up(
    server: S3Server, storage: S3Storage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lucida.storage.s3, "_READ_SECONDS", 0.3)
    impatient = S3Storage(storage.temporary, storage.settings)
    server.trouble, server.hang_seconds = times(10**6, "hang"), 1.0
    began = time.monotonic()
    with pytest.raises(StorageUnavailable):
        impatient.write("media/a/b", [b"x"])
    assert len([1 for method, _ in server.asked if method == "PUT"]) == 3
    assert time.monotonic() - began < 20


def test_a_full_storage_is_said_in_a_sentence(server: S3Server, storage: S3Storage) -> None:
    server.trouble = times(10**6, 507, "PUT")
    with pytest.raises(StorageFull, match="object storage is full"):
        storage.write("media/a/b", [b"x"])


def test_parts_of_a_dead_sender_are_swept(server: S3Server, storage: S3Storage) -> None:
    client = storage._client
    begun = client.create_multipart_upload(Bucket=storage.settings.prefix + "media", Key="a/b")
    part = {"Bucket": begun["Bucket"], "Key": begun["Key"], "UploadId": begun["UploadId"]}
    client.upload_part(**part, PartNumber=1, Body=LARGE[: 8 << 20])
    storage.sweep(set(), older_than=10**10)  # moto tells of 2010, whenever it was begun
    assert client.list_multipart_uploads(Bucket=begun["Bucket"]).get("Uploads")
    storage.sweep(set(), older_than=3600)
    assert not client.list_multipart_uploads(Bucket=begun["Bucket"]).get("Uploads")


def test_a_failed_upload_leaves_no_parts(server: S3Server, storage: S3Storage) -> None:
    server.trouble = lambda method, target: 500 if "partNumber=2" in target else None
    with pytest.raises(StorageUnavailable):
        storage.write("media/a/b", [LARGE])
    assert not storage._client.list_multipart_uploads(Bucket=storage.settings.prefix + "media").get("Uploads")
    assert list(storage.keys()) == []


def test_what_was_not_made_by_us_is_neither_listed_nor_swept(storage: S3Storage) -> None:
    storage._client.put_object(Bucket=storage.settings.prefix + "media", Key="my notes.txt", Body=b"x")
    assert list(storage.keys()) == []
    time.sleep(1.1)
    assert storage.sweep(set(), older_than=0) == []


def test_what_is_gone_between_two_reads_is_not_found(storage: S3Storage) -> None:
    storage.write("media/a/b", [b"x"])
    storage.delete("media/a/b")
    with pytest.raises(NotFound):
        storage.open("media/a/b")
