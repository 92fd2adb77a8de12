"""Files that come with a request: on this machine while they are looked at, stored once a job is to be made of them."""

from __future__ import annotations

import asyncio
import functools
from contextlib import ExitStack
from types import TracebackType
from typing import BinaryIO
from uuid import uuid4

import anyio
import anyio.to_thread

from lucida.errors import StorageFull
from lucida.storage import get_storage
from lucida.storage.base import CHUNK, Spooled, Stored
from lucida.storage.keys import make_key

# An upload, what is made of it and its previews must fit before the job is accepted.
_FREE_BYTES = 512 << 20


@functools.cache
def _copying() -> anyio.CapacityLimiter:
    """Two at a time: a disk is not faster with fifty, and those who ask for little would wait for all of them."""
    return anyio.CapacityLimiter(2)


def need_room() -> None:
    """Raises `StorageFull` where there is no room for another job's files."""
    if get_storage().free_bytes() < _FREE_BYTES:
        raise StorageFull("The disk is nearly full: make room in the data folder, then try again.")


class Uploads:
    """The files of one request: what is not kept for a job by the end of the block is gone after it.

    Errors of every call: `StorageFull`, `StorageUnavailable`.
    """

    def __init__(self) -> None:
        self._spooled: dict[str, Spooled] = {}
        self._keys: list[str] = []
        self._folder = uuid4().hex
        self._on_their_way = ExitStack()
        self._kept = False

    async def receive(self, file: BinaryIO, name: str) -> Spooled:
        """Take a file as it came, to be looked at."""
        need_room()
        spool = get_storage().spool(iter(lambda: file.read(CHUNK), b""))
        received = await anyio.to_thread.run_sync(self._on_their_way.enter_context, spool, limiter=_copying())
        self._spooled[name] = received
        return received

    async def store(self) -> dict[str, Stored]:
        """Store what was received, by its names."""
        stored = {}
        for name, spooled in self._spooled.items():
            key = make_key("project-uploads", self._folder, name)
            self._keys.append(key)  # from here on it may be there, whatever the storage says
            stored[name] = await anyio.to_thread.run_sync(get_storage().keep, spooled, key)
        return stored

    def keep(self) -> None:
        """A job knows the files now."""
        self._kept = True

    async def __aenter__(self) -> Uploads:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        await asyncio.shield(anyio.to_thread.run_sync(self._clear_away))

    def _clear_away(self) -> None:
        self._on_their_way.close()
        if not self._kept and self._keys:
            get_storage().discard(*self._keys)
