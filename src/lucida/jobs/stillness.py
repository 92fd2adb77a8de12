"""How long things have stood still, by a clock that cannot jump."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any, Generic, TypeVar

Key = TypeVar("Key")


class Stillness(Generic[Key]):
    """Watches values; what it has not seen change, it has only seen stand still for as long as it has looked."""

    def __init__(self) -> None:
        self._seen: dict[Key, tuple[Any, float]] = {}

    def look(self, values: Mapping[Key, Any]) -> dict[Key, float]:
        """The seconds since each of these was first seen with its present value; what is not here is forgotten."""
        now = time.monotonic()
        before, self._seen = self._seen, {}
        for key, value in values.items():
            earlier, since = before.get(key, (None, now))
            self._seen[key] = (value, since if earlier == value else now)
        return {key: now - since for key, (_, since) in self._seen.items()}

    def forget(self) -> None:
        """Begin anew: one could not look for a while."""
        self._seen.clear()
