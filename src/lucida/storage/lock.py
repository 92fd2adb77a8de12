"""Locks between processes that the operating system lets go when their holder dies."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

if sys.platform == "win32":
    import msvcrt

    def _take(descriptor: int, wait: bool) -> None:
        msvcrt.locking(descriptor, msvcrt.LK_LOCK if wait else msvcrt.LK_NBLCK, 1)

else:
    import fcntl

    def _take(descriptor: int, wait: bool) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))


def take_lock(path: Path, *, wait: bool = True) -> int | None:
    """The descriptor that holds the lock for as long as it is open; None when `wait` is off and somebody has it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        _take(descriptor, wait)
    except OSError:
        os.close(descriptor)
        if wait:
            raise
        return None
    return descriptor


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold the lock for a block, waiting for whoever has it."""
    descriptor = take_lock(path)
    try:
        yield
    finally:
        if descriptor is not None:
            os.close(descriptor)


def lock_is_held(path: Path) -> bool | None:
    """Whether a living process holds the lock; None where there is no such lock on this machine."""
    if not path.exists():
        return None
    descriptor = take_lock(path, wait=False)
    if descriptor is None:
        return True
    os.close(descriptor)
    return False
