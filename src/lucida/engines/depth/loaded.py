"""The one depth model that this process has loaded: it stays for the next picture, until another takes its place."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from lucida.config import get_settings
from lucida.engines.depth.estimate import Depth, Sight
from lucida.engines.depth.models import MODELS
from lucida.engines.loaded import OneModel
from lucida.engines.progress import Progress

_one = OneModel("seeing")


@contextmanager
def loaded(name: str) -> Iterator[Any]:
    """The depth model of that name, as the settings have it, for as long as it is used.

    Raises `ModelUnavailable`, `OutOfMemory`.
    """
    model = MODELS[name]
    source = model.source(get_settings())
    with _one.using((name, source), lambda: model.load(source), model.needs) as there:
        yield there


def free_loaded() -> None:
    """Let the loaded model go, if there is one."""
    _one.free()


class WarmDepth:
    """An engine whose model is the loaded one whenever it looks."""

    def __init__(self, name: str, licence: str) -> None:
        self.name, self.licence = name, licence
        with loaded(name):  # what cannot be had is known now
            pass

    def estimate(self, sight: Sight, progress: Progress) -> Depth:
        """As the model estimates."""
        with loaded(self.name) as model:
            return model.estimate(sight, progress)  # type: ignore[no-any-return]  # what is loaded has this name
