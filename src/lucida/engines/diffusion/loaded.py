"""The one diffusion model that this process has loaded: it stays for the next job, until another takes its place.

A card holds one such model. Whoever wants another waits until the first has done its picture; then that is let go
before the other is loaded.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from lucida.config import get_settings
from lucida.engines.devices import find_hardware
from lucida.engines.diffusion.memory import FLUX, SDXL, Footprint, MemoryPlan
from lucida.engines.diffusion.requests import RepaintRequest
from lucida.engines.loaded import Model, OneModel
from lucida.engines.painter.picture import Picture, PictureRequest, Preview
from lucida.engines.progress import Progress

_PIXELS = 1024 * 1024  # of a picture that a card should have room for
_one = OneModel("painting")


class _Source(NamedTuple):
    """What a model is loaded from, how, and what it takes of a card."""

    source: tuple[object, ...]
    load: Callable[[], Model]
    footprint: Footprint


@contextmanager
def loaded(name: str) -> Iterator[Any]:
    """The diffusion model of that name, as the settings have it, for as long as it is used.

    Raises `ModelUnavailable`.
    """
    source, load, footprint = _sources()[name]
    with _one.using((name, *map(str, source)), load, MemoryPlan().needs(footprint, _PIXELS)) as model:
        yield model


def free_loaded() -> None:
    """Let the loaded model go, if there is one."""
    _one.free()


class Warm:
    """A painter whose model is the loaded one whenever it paints."""

    def __init__(self, name: str, licence: str) -> None:
        self.name, self.licence = name, licence
        with loaded(name):  # what cannot be had is known now
            pass

    def draw(self, request: PictureRequest, progress: Progress, preview: Preview) -> Picture:
        """As the model draws."""
        with loaded(self.name) as model:
            return model.draw(request, progress, preview)  # type: ignore[no-any-return]  # what is loaded has this name


class WarmRepainter(Warm):
    """One that can also change part of a picture."""

    def repaint(self, request: RepaintRequest, progress: Progress, preview: Preview) -> NDArray[np.uint8]:
        """As the model repaints."""
        with loaded(self.name) as model:
            return model.repaint(request, progress, preview)  # type: ignore[no-any-return]  # as above

    def edit(self, request: RepaintRequest, progress: Progress, preview: Preview) -> Picture:
        """As the model edits."""
        with loaded(self.name) as model:
            return model.edit(request, progress, preview)  # type: ignore[no-any-return]  # as above

    def rest(self) -> None:
        """Give back what is not needed between two pictures."""
        find_hardware().give_back()


def _sources() -> dict[str, _Source]:
    """Every model, as the settings have it."""
    from lucida.engines.diffusion.flux import load_flux
    from lucida.engines.diffusion.sdxl import load_lightning, load_sdxl

    settings = get_settings()
    # On a GPU with the decoder that half precision does not overflow.
    vae = settings.sdxl_vae or None if find_hardware().kind == "cuda" else None
    base, flux = settings.sdxl_model, settings.flux_schnell_model
    lightning, steps = settings.sdxl_lightning_model, settings.sdxl_lightning_steps
    return {
        "sdxl": _Source((base, vae), lambda: load_sdxl(base, vae), SDXL),
        "sdxl-lightning": _Source(
            (lightning, steps, base, vae), lambda: load_lightning(lightning, steps, base, vae), SDXL
        ),
        "flux-schnell": _Source((flux,), lambda: load_flux(flux), FLUX),
    }
