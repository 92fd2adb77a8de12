"""What every storage can do, wherever it keeps the bytes; and the folder where files are on their way to it."""

from __future__ import annotations

import errno
import hashlib
import logging
import secrets
import shutil
import time
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from lucida.errors import StorageFull, StorageUnavailable
from lucida.storage.keys import checked_key

if TYPE_CHECKING:
    from starlette.responses import Response

log = logging.getLogger("lucida.storage")

CHUNK = 1 << 20
NO_ROOM = {errno.ENOSPC, errno.EFBIG, getattr(errno, "EDQUOT", errno.ENOSPC)}


@dataclass(frozen=True)
class Stored:
    """What was written where; `sha256` in hex, `size` in bytes."""

    key: str
    sha256: str
    size: int


@dataclass(frozen=True)
class Spooled:
    """A file of this machine, on its way."""

    path: Path
    sha256: str
    size: int


@contextmanager
def storage_full_as_ours() -> Iterator[None]:
    """Turn the operating system's "no room" into `StorageFull`."""
    try:
        yield
    except OSError as error:
        if error.errno not in NO_ROOM:
            raise
        raise StorageFull from error


class Storage(ABC):
    """Files under keys: each is there whole or not at all.

    `temporary` is a folder of this machine for files on their way; every error is `NotFound`, `StorageFull`,
    `StorageUnavailable` or an `OSError` of that folder's.
    """

    def __init__(self, temporary: Path) -> None:
        self.temporary = temporary

    # What each kind of storage does its own way

    @abstractmethod
    def place(self, path: Path, key: str) -> None:
        """Take a finished file of this machine, which is gone from there afterwards."""

    @abstractmethod
    def fetch(self, key: str, folder: Path) -> Path:
        """A file of this machine to read: the stored one itself where it is here, else a copy in the folder."""

    @abstractmethod
    def chunks(self, key: str) -> Iterator[bytes]:
        """What the file holds, a part at a time; NotFound comes before the first."""

    @abstractmethod
    def size(self, key: str) -> int:
        """Bytes of a file; NotFound where it is gone."""

    @abstractmethod
    def response(self, key: str, media_type: str, headers: Mapping[str, str]) -> Response:
        """The answer that sends the file, or the part of it that is asked for.

        NotFound, from here or when it is sent, where the file is gone.
        """

    @abstractmethod
    def delete(self, *keys: str) -> None:
        """Remove files; one that is gone already is fine."""

    @abstractmethod
    def inside(self, folder: str) -> list[str]:
        """The files right inside a folder, none where there is no such folder."""

    @abstractmethod
    def written_at(self) -> Iterator[tuple[str, float]]:
        """Every file of ours in every bucket, with the seconds since 1970 at which it was placed."""

    @abstractmethod
    def check(self) -> None:
        """Raise what keeps files from being stored now: `StorageUnavailable`, or `BadSetting` for what never will."""

    def make_buckets(self) -> list[str]:
        """Make what buckets are missing; their names. A folder needs none."""
        return []

    # What follows from that

    def write(self, key: str, chunks: Iterable[bytes]) -> Stored:
        """Store a stream under a key."""
        checked_key(key)
        with self.spool(chunks) as spooled:
            return self.keep(spooled, key)

    def adopt(self, key: str, path: Path) -> Stored:
        """Store a finished file of this machine; where the storage is here too, by moving it."""
        checked_key(key)
        digest, size = hashlib.sha256(), 0
        with path.open("rb") as file:
            while chunk := file.read(CHUNK):
                digest.update(chunk)
                size += len(chunk)
        return self.keep(Spooled(path, digest.hexdigest(), size), key)

    def keep(self, spooled: Spooled, key: str) -> Stored:
        """Store what is on its way."""
        with storage_full_as_ours():
            self.place(spooled.path, checked_key(key))
        return Stored(key, spooled.sha256, spooled.size)

    def read(self, key: str) -> bytes:
        """All that a small file holds; NotFound where it is gone."""
        return b"".join(self.chunks(key))

    def keys(self) -> Iterator[str]:
        """Every file of ours in every bucket."""
        return (key for key, _ in self.written_at())

    def discard(self, *keys: str) -> None:
        """Remove files that no row knows any more; what cannot be removed now, the sweeper takes."""
        try:
            self.delete(*keys)
        except (OSError, StorageUnavailable) as error:
            log.warning("files that are not needed any more stay until the sweeper comes: %s", error)

    def sweep(self, known: set[str], *, older_than: float) -> list[str]:
        """Remove what no row knows and is older than some seconds; returns what that was."""
        horizon = time.time() - older_than
        orphans = [key for key, written_at in self.written_at() if key not in known and written_at < horizon]
        self.delete(*orphans)
        return orphans

    # Files on their way

    @contextmanager
    def spool(self, chunks: Iterable[bytes]) -> Iterator[Spooled]:
        """Write a stream to a file of this machine, which is removed afterwards unless it was kept."""
        path = self.temporary / secrets.token_hex(8)
        digest, size = hashlib.sha256(), 0
        try:
            with storage_full_as_ours():
                self.temporary.mkdir(parents=True, exist_ok=True)
                with path.open("wb") as file:
                    for chunk in chunks:
                        file.write(chunk)
                        digest.update(chunk)
                        size += len(chunk)
            yield Spooled(path, digest.hexdigest(), size)
        finally:
            self.clear(path)

    def clear(self, path: Path) -> None:
        """Remove a file or a folder that was on its way; what cannot be removed now goes when it is old."""
        try:
            if path.is_dir():
                shutil.rmtree(path)
            else:
                path.unlink(missing_ok=True)
        except OSError as error:
            log.warning("%s stays for now: %s", path, error)

    def workspace(self, name: str) -> Path:
        """An empty folder for files on their way here."""
        folder = self.temporary / name
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        return folder

    def free_bytes(self) -> int:
        """Room left for files on their way."""
        self.temporary.mkdir(parents=True, exist_ok=True)
        return shutil.disk_usage(self.temporary).free

    def sweep_temporary(self, *, older_than: float) -> None:
        """Remove what a dead process left half-written on this machine, older than some seconds."""
        if not self.temporary.exists():
            return
        horizon = time.time() - older_than
        for path in self.temporary.iterdir():
            if _changed_at(path) < horizon:
                self.clear(path)


def _changed_at(path: Path) -> float:
    """When the file, or the newest file of the folder, was written; now where it has just gone."""
    try:
        return max([path.stat().st_mtime, *(inner.stat().st_mtime for inner in path.rglob("*"))])
    except FileNotFoundError:
        return time.time()
