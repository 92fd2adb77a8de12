"""Waits for what other threads and processes do."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

Found = TypeVar("Found")

PATIENCE_SECONDS = 480.0  # a test that waits this long has failed: workers make way for the tests, too


def wait_until(condition: Callable[[], Found], what: str) -> Found:
    """What the condition gives once it is true."""
    deadline, pause = time.monotonic() + PATIENCE_SECONDS, 0.01
    while not (found := condition()):
        assert time.monotonic() < deadline, f"waited {PATIENCE_SECONDS:.0f} s in vain: {what}"
        time.sleep(pause)
        pause = min(1.1 * pause, 0.2)  # who asks all the time takes the machine from what is waited for
    return found
