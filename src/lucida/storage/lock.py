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


def take_lock(path: Path) -> int:
    """The descriptor that holds the lock for as long as it is open, waiting for whoever has it."""
    return _taken(path, wait=True)


def try_lock(path: Path) -> int | None:
    """The same without waiting: None where somebody has it."""
    try:
        return _taken(path, wait=False)
    except OSError:
        return None


def _taken(path: Path, *, wait: bool) -> int:
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        _take(descriptor, wait)
    except OSError:
        os.close(descriptor)
        raise
    return descriptor


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold the lock for a block, waiting for whoever has it."""
    descriptor = take_lock(path)
    try:
        yield
    finally:
        os.close(descriptor)


def lock_is_held(path: Path) -> bool | None:
    """Whether a living process holds the lock; None where there is no such lock on this machine."""
    if not path.exists():
        return None
    descriptor = try_lock(path)
    if descriptor is None:
        return True
    os.close(descriptor)
    return False
