"""Bytes in a folder: a file is there whole or not at all, and still there after a power cut."""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

from starlette.responses import FileResponse, Response

from lucida.errors import NotFound
from lucida.storage.base import CHUNK, Storage
from lucida.storage.keys import BUCKETS, checked_key, is_key

_NOT_EMPTY_OR_GONE = {errno.ENOTEMPTY, errno.EEXIST, errno.ENOENT}
# A folder that is made may go with somebody else's last file before ours is in it; not often in a row.
_PLACINGS = 10


class LocalStorage(Storage):
    """The buckets under one folder."""

    def __init__(self, root: Path) -> None:
        super().__init__(root / "tmp")
        self.root = root

    def path(self, key: str) -> Path:
        """Where the key's file is, or would be."""
        return self.root / checked_key(key)

    def place(self, path: Path, key: str) -> None:
        """Move the file, and have it on the disk under its new name."""
        target = self.path(key)
        os.utime(path)  # the sweeper counts from here, however long it was on its way
        with path.open("rb+") as file:
            os.fsync(file.fileno())
        above = [folder for folder in target.parents if folder.is_relative_to(self.root)]
        known = [folder for folder in above if folder.exists()]
        for left in reversed(range(_PLACINGS)):
            try:
                target.parent.mkdir(parents=True, exist_ok=True)
                path.replace(target)
                break
            except (FileNotFoundError, FileExistsError):  # a folder went between two steps, in mkdir's own too
                if not left or not path.exists():
                    raise
                known = [self.root]
        new = [folder for folder in above if folder not in known]
        for folder in {target.parent, *new, *(folder.parent for folder in new)}:
            _sync_folder(folder)

    def fetch(self, key: str, folder: Path) -> Path:
        """The stored file itself."""
        return self._there(key)

    def chunks(self, key: str) -> Iterator[bytes]:
        """What the file holds, a part at a time."""
        try:
            file = self.path(key).open("rb")
        except FileNotFoundError:
            raise _gone() from None
        with file:
            while chunk := file.read(CHUNK):
                yield chunk

    def size(self, key: str) -> int:
        """Bytes of the file."""
        return self._there(key).stat().st_size

    def response(self, key: str, media_type: str, headers: Mapping[str, str]) -> Response:
        """The file from the disk, with ranges."""
        return FileResponse(self._there(key), media_type=media_type, headers=headers)

    def delete(self, *keys: str) -> None:
        """Remove files, and their folders with the last of them."""
        for key in keys:
            path = self.path(key)
            path.unlink(missing_ok=True)
            folder = path.parent
            while folder.parent != self.root and _removed_if_empty(folder):
                folder = folder.parent

    def inside(self, folder: str) -> list[str]:
        """The files right inside a folder."""
        found = ((path, f"{folder}/{path.name}") for path in (self.root / folder).glob("*"))
        return [key for path, key in found if is_key(key) and path.is_file()]

    def written_at(self) -> Iterator[tuple[str, float]]:
        """Every file, but for what a file manager or a person has put there under names not ours."""
        for bucket in BUCKETS:
            for path in (self.root / bucket).rglob("*"):
                key = path.relative_to(self.root).as_posix()
                if not is_key(key) or not path.is_file():
                    continue
                try:
                    yield key, path.stat().st_mtime
                except FileNotFoundError:  # it has just gone
                    continue

    def check(self) -> None:
        """What the folder for files on their way cannot do, this cannot either."""

    def _there(self, key: str) -> Path:
        path = self.path(key)
        if not path.is_file():
            raise _gone()
        return path


def _gone() -> NotFound:
    return NotFound("This file has just been replaced or deleted; ask again.")


def _sync_folder(folder: Path) -> None:
    if sys.platform == "win32":  # folders cannot be opened there; NTFS journals its names
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _removed_if_empty(folder: Path) -> bool:
    try:
        folder.rmdir()
    except OSError as error:
        if error.errno not in _NOT_EMPTY_OR_GONE:
            raise
        return False
    return True
