"""How long work tells where it is, and hears that it should stop."""

from __future__ import annotations

from typing import Protocol


class Progress(Protocol):
    """Called with the fraction done, 0 to 1, and the stage in words; raises `Cancelled` or `LeaseLost`."""

    def __call__(self, fraction: float, stage: str) -> None: ...


def silent(fraction: float, stage: str) -> None:
    """Progress nobody watches."""
