"""Segmentation by models that were taught: loaded at the first picture, and kept for the next."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from lucida.config import get_settings
from lucida.engines.devices import Hardware, find_hardware
from lucida.engines.loaded import Model, OneModel
from lucida.engines.loading import need_packages
from lucida.engines.progress import Progress
from lucida.engines.segmentation.ade20k import THINGS
from lucida.engines.segmentation.masks import numbered, paint
from lucida.engines.segmentation.sam2 import load_sam2
from lucida.engines.segmentation.segments import Segments
from lucida.engines.segmentation.semantic import load_maskformer, load_segformer
from lucida.errors import OutOfMemory

_GIGABYTE = 2.0**30
_masks, _labels = OneModel("seeing"), OneModel("seeing")


class Weights(NamedTuple):
    """A model: where it is kept, from what and how it is loaded, and what it takes of a card, reckoned, in bytes."""

    place: OneModel
    name: str
    source: str
    load: Callable[[str, Hardware], Model]
    needs: float

    @contextmanager
    def using(self) -> Iterator[Any]:
        """The model itself, for a block. Raises `ModelUnavailable`, `OutOfMemory`."""
        import torch

        hardware = find_hardware()
        with self.place.using((self.name, self.source), lambda: self.load(self.source, hardware), self.needs) as model:
            try:
                yield model
            except torch.OutOfMemoryError as error:
                hardware.give_back()
                raise OutOfMemory("The graphics card has too little memory for this model: choose draft.") from error


class LearnedLabels:
    """Each pixel has the label that a model gives it; what touches and has one label is one object."""

    def __init__(self, name: str, licence: str, model: Weights) -> None:
        self.name, self.licence = name, licence
        self._model = model
        with model.using():  # what cannot be had is known now
            pass

    def segment(self, pixels: NDArray[np.uint8], progress: Progress) -> Segments:
        """The things in a picture, uint8 sRGB (H, W, 3). Raises what `progress` raises to stop the work."""
        progress(0.0, "Telling what is where")
        with self._model.using() as model:
            labels = model.label(pixels)
        progress(1.0, "Done")
        return Segments(labels, numbered(labels, THINGS))


class LabelledMasks:
    """SAM 2 finds the things and their borders, another model tells what each is, and what is where no thing is."""

    def __init__(self, name: str, licence: str, masks: Weights, model: Weights) -> None:
        self.name, self.licence = name, licence
        self._masks, self._model = masks, model
        for each in (masks, model):
            with each.using():
                pass

    def segment(self, pixels: NDArray[np.uint8], progress: Progress) -> Segments:
        """As `LearnedLabels.segment`; `objects` are SAM 2's masks."""
        progress(0.0, "Telling what is where")
        with self._model.using() as model:
            labels = model.label(pixels)
        with self._masks.using() as masks:
            proposals = masks.propose(pixels, lambda done, stage: progress(0.2 + 0.7 * done, stage))
        segments = paint(proposals, labels, lambda done: progress(0.9 + 0.1 * done, "Painting them"))
        progress(1.0, "Done")
        return Segments(segments.labels, segments.objects, (f"SAM 2 found {len(proposals)} things.",))


def load_engine(name: str, licence: str) -> LearnedLabels | LabelledMasks:
    """The engine of that name, loaded if it is not there yet. Raises `ModelUnavailable`, `OutOfMemory`."""
    need_packages("Segmentation")
    settings = get_settings()
    if name == "segformer":
        segformer = Weights(_labels, name, settings.segformer_model, load_segformer, 2 * _GIGABYTE)
        return LearnedLabels(name, licence, segformer)
    maskformer = Weights(_labels, "maskformer", settings.maskformer_model, load_maskformer, 3 * _GIGABYTE)
    if name == "maskformer":
        return LearnedLabels(name, licence, maskformer)
    masks = Weights(_masks, "sam2", settings.sam2_model, load_sam2, 2 * _GIGABYTE)
    return LabelledMasks(name, licence, masks, maskformer)


def free_engines() -> None:
    """Let all loaded models go, and give their memory back."""
    for place in (_masks, _labels):
        place.free()
