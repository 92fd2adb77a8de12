"""Bytes in a folder: names made by us, a file is there whole or not at all, and still there after a power cut."""

from __future__ import annotations

import errno
import functools
import hashlib
import os
import re
import secrets
import shutil
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO
from uuid import UUID

from lucida.errors import NotFound, StorageFull

BUCKETS = (
    "project-uploads",
    "processed-images",
    "multiview-images",
    "depth-maps",
    "enhanced-views",
    "3d-models",
    "generations",
    "media",
)
_KEY = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*(/[A-Za-z0-9][A-Za-z0-9._-]*)+")
_CHUNK = 1 << 20
_NOT_EMPTY_OR_GONE = {errno.ENOTEMPTY, errno.EEXIST, errno.ENOENT}
# A folder that is made may go with somebody else's last file before ours is in it; not often in a row.
_PLACINGS = 10
NO_ROOM = {errno.ENOSPC, errno.EFBIG, getattr(errno, "EDQUOT", errno.ENOSPC)}


@dataclass(frozen=True)
class Stored:
    """What was written where; `sha256` in hex, `size` in bytes."""

    key: str
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


def make_key(bucket: str, folder: str, name: str) -> str:
    """A name nobody else has: `bucket/folder/<random>-name`."""
    if bucket not in BUCKETS:
        raise ValueError(f"no such bucket: {bucket}")
    return f"{bucket}/{folder}/{secrets.token_hex(6)}-{name}"


def own_key(bucket: str, folder: str, unique: UUID, suffix: str) -> str:
    """A name nobody else has, for what has a random UUID of its own: `bucket/folder/<uuid>.suffix`."""
    if bucket not in BUCKETS:
        raise ValueError(f"no such bucket: {bucket}")
    return f"{bucket}/{folder}/{unique}.{suffix}"


def _sync_folder(folder: Path) -> None:
    if sys.platform == "win32":  # folders cannot be opened there; NTFS journals its names
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _sha256(file: BinaryIO) -> tuple[str, int]:
    digest, size = hashlib.sha256(), 0
    while chunk := file.read(_CHUNK):
        digest.update(chunk)
        size += len(chunk)
    return digest.hexdigest(), size


class LocalStorage:
    """The buckets under one folder."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.temporary = root / "tmp"

    def path(self, key: str) -> Path:
        """Where the key's file is, or would be."""
        if not _KEY.fullmatch(key) or key.split("/")[0] not in BUCKETS:
            raise NotFound("There is no such file.")
        return self.root / key

    def write(self, key: str, chunks: Iterable[bytes]) -> Stored:
        """Store a stream under a key; StorageFull where there is no room."""
        target = self.path(key)
        digest, size = hashlib.sha256(), 0
        with self._temporary_file() as temporary, storage_full_as_ours():
            with temporary.open("wb") as file:
                for chunk in chunks:
                    file.write(chunk)
                    digest.update(chunk)
                    size += len(chunk)
                file.flush()
                os.fsync(file.fileno())
            self._place(temporary, target)
        return Stored(key, digest.hexdigest(), size)

    def adopt(self, key: str, path: Path) -> Stored:
        """Store a finished file of the same file system by moving it."""
        target = self.path(key)
        with storage_full_as_ours():
            with path.open("rb+") as file:
                sha256, size = _sha256(file)
                os.fsync(file.fileno())
            self._place(path, target)
        return Stored(key, sha256, size)

    def delete(self, *keys: str) -> None:
        """Remove files, and their folders with the last of them; one that is gone already is fine."""
        for key in keys:
            path = self.path(key)
            path.unlink(missing_ok=True)
            folder = path.parent
            while folder.parent != self.root and _removed_if_empty(folder):
                folder = folder.parent

    def inside(self, folder: str) -> list[str]:
        """The files right inside a folder, none where there is no such folder."""
        return [key for path in (self.root / folder).glob("*") if _KEY.fullmatch(key := f"{folder}/{path.name}")]

    def keys(self) -> Iterator[str]:
        """Every file in every bucket, but for what a file manager or a person has put there under names not ours."""
        for bucket in BUCKETS:
            for path in (self.root / bucket).rglob("*"):
                key = path.relative_to(self.root).as_posix()
                if _KEY.fullmatch(key) and path.is_file():
                    yield key

    def free_bytes(self) -> int:
        """Room left on the disk."""
        self.root.mkdir(parents=True, exist_ok=True)
        return shutil.disk_usage(self.root).free

    def workspace(self, name: str) -> Path:
        """An empty folder for files on their way here."""
        folder = self.temporary / name
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        return folder

    def sweep(self, known: set[str], *, older_than: float) -> list[str]:
        """Remove what no row knows and what a dead process left half-written, older than some seconds."""
        horizon = time.time() - older_than
        orphans = [key for key in self.keys() if key not in known and _changed_at(self.path(key)) < horizon]
        self.delete(*orphans)
        if self.temporary.exists():
            for path in self.temporary.iterdir():
                if _changed_at(path) < horizon:
                    shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
        return orphans

    @contextmanager
    def _temporary_file(self) -> Iterator[Path]:
        self.temporary.mkdir(parents=True, exist_ok=True)
        path = self.temporary / secrets.token_hex(8)
        try:
            yield path
        finally:
            path.unlink(missing_ok=True)

    def _place(self, temporary: Path, target: Path) -> None:
        above = [folder for folder in target.parents if folder.is_relative_to(self.root)]
        known = [folder for folder in above if folder.exists()]
        for left in reversed(range(_PLACINGS)):
            try:
                target.parent.mkdir(parents=True, exist_ok=True)
                temporary.replace(target)
                break
            except (FileNotFoundError, FileExistsError):  # a folder went between two steps, in mkdir's own too
                if not left or not temporary.exists():
                    raise
                known = [self.root]
        new = [folder for folder in above if folder not in known]
        for folder in {target.parent, *new, *(folder.parent for folder in new)}:
            _sync_folder(folder)


def _removed_if_empty(folder: Path) -> bool:
    try:
        folder.rmdir()
    except OSError as error:
        if error.errno not in _NOT_EMPTY_OR_GONE:
            raise
        return False
    return True


def _changed_at(path: Path) -> float:
    """When the file, or the newest file of the folder, was written; now where it has just gone."""
    try:
        times = [path.stat().st_mtime, *(inner.stat().st_mtime for inner in path.rglob("*"))]
    except FileNotFoundError:
        return time.time()
    return max(times)


@functools.cache
def get_storage() -> LocalStorage:
    """The store of this process."""
    from lucida.config import get_settings

    return LocalStorage(get_settings().data_dir.expanduser().resolve())
