"""Rows with files that outlive their job: what the sweeper and an owner's leaving must know of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from lucida.accounts.models import User


@dataclass(frozen=True)
class Shelf:
    """What a studio keeps; `noun` names one of it.

    `keys` are those of all files that a row knows, `clean` removes what is too old; `count`, `size` (in bytes) and
    `clear` are for all that one user has.
    """

    noun: str
    keys: Callable[[], Iterable[str]]
    clean: Callable[[], object]
    count: Callable[[User], int]
    size: Callable[[User], int]
    clear: Callable[[User], object]


_shelves: dict[str, Shelf] = {}


def register_shelf(shelf: Shelf) -> None:
    """Make a shelf known, in its app's `ready`: no process that sweeps may lack one whose rows it can read."""
    _shelves[shelf.noun] = shelf


def every_shelf() -> tuple[Shelf, ...]:
    """All that are registered."""
    return tuple(_shelves.values())
