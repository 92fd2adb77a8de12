"""Files that come with a request, kept before a job is made of it."""

from __future__ import annotations

from typing import BinaryIO

from lucida.errors import StorageFull
from lucida.storage.local import Stored, get_storage, make_key

# An upload, what is made of it and its previews must fit before the job is accepted.
_FREE_BYTES = 512 << 20
_CHUNK = 1 << 20


def need_room() -> None:
    """Raises `StorageFull` where there is no room for another job's files."""
    if get_storage().free_bytes() < _FREE_BYTES:
        raise StorageFull("The disk is nearly full: make room in the data folder, then try again.")


def keep_upload(file: BinaryIO, folder: str, name: str) -> Stored:
    """The file as it came, in a folder of the request's own. Raises `StorageFull`."""
    need_room()
    return get_storage().write(make_key("project-uploads", folder, name), iter(lambda: file.read(_CHUNK), b""))
