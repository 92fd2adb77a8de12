"""What this process keeps loaded for the next job: one model at a time in each place, and places that make room.

A painter's model is large, what sees (depth, segments) is small and stays beside its like. Whoever is about to work
lets the idle models of the other kind go where they are in its way.
"""

from __future__ import annotations

import threading
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Literal, Protocol

from lucida.engines.devices import Hardware, find_hardware

Kind = Literal["painting", "seeing"]

_places: weakref.WeakSet[OneModel] = weakref.WeakSet()
_listing = threading.Lock()


class Model(Protocol):
    """What is loaded."""

    def close(self) -> None:
        """Let go of all parts."""
        ...


class OneModel:
    """Holds one model at a time. `key` says which it is: its name, and what it is loaded from."""

    def __init__(self, kind: Kind = "painting") -> None:
        self.kind: Kind = kind
        self._lock = threading.RLock()
        self._key: tuple[str, ...] | None = None
        self._model: Model | None = None
        self._users = 0
        with _listing:
            _places.add(self)

    @contextmanager
    def using(self, key: tuple[str, ...], load: Callable[[], Model], needs: float = 0.0) -> Iterator[Any]:
        """The model of this key, loaded if it is not the one that is there; nobody takes it away meanwhile.

        `needs` is what it takes of a card at work, in bytes.
        """
        with self._lock:
            if key != self._key:
                if self._users:  # by this very thread, or it would not have the lock
                    raise RuntimeError("a model cannot be loaded from within another's work")
                self.free()
                make_room(self.kind, needs, find_hardware())
                self._model = load()
                self._key = key
            elif not self._users:
                make_room(self.kind, needs, find_hardware())
            self._users += 1
            try:
                yield self._model
            finally:
                self._users -= 1

    @property
    def name(self) -> str:
        """What is loaded; empty where nothing is."""
        key = self._key
        return key[0] if key else ""

    def free(self) -> None:
        """Let the model go, and give its memory back."""
        with self._lock:
            model, self._model, self._key = self._model, None, None
            if model is not None:
                model.close()
                del model
                find_hardware().give_back()

    def free_if_idle(self) -> None:
        """Let the model go unless somebody uses or loads it; nobody is waited for."""
        if self._lock.acquire(blocking=False):
            try:
                if not self._users:
                    self.free()
            finally:
                self._lock.release()


def loaded_names() -> list[str]:
    """The names of the models that this process holds."""
    return sorted(place.name for place in _all_places() if place.name)


def _all_places() -> list[OneModel]:
    with _listing:
        return list(_places)


def make_room(kind: Kind, needs: float, hardware: Hardware) -> None:
    """Let the idle models of the other kind go: on a card that has fewer than `needs` bytes unused, on a CPU always."""
    for place in _all_places():
        unused = hardware.unused_bytes()
        if place.kind != kind and (unused is None or unused < needs):
            place.free_if_idle()
