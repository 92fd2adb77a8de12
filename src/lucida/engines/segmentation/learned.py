"""Segmentation by models that were taught: loaded at the first picture, and kept for the next."""

from __future__ import annotations

import functools
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
from numpy.typing import NDArray

from lucida.config import get_settings
from lucida.engines.devices import find_hardware
from lucida.engines.diffusion.loading import need_packages
from lucida.engines.progress import Progress
from lucida.engines.segmentation.ade20k import THINGS
from lucida.engines.segmentation.masks import numbered, paint
from lucida.engines.segmentation.sam2 import Sam2, load_sam2
from lucida.engines.segmentation.segments import Segments
from lucida.engines.segmentation.semantic import PixelLabels, load_maskformer, load_segformer
from lucida.errors import OutOfMemory

_one_at_a_time = threading.RLock()  # to load them, and to work with them


@contextmanager
def _at_work() -> Iterator[None]:
    """Around what a model computes. Raises `OutOfMemory`."""
    import torch

    with _one_at_a_time:
        try:
            yield
        except torch.OutOfMemoryError as error:
            find_hardware().give_back()
            raise OutOfMemory("The graphics card has too little memory for this model: choose draft.") from error


class LearnedLabels:
    """Each pixel has the label that a model gives it; what touches and has one label is one object."""

    def __init__(self, name: str, licence: str, model: PixelLabels) -> None:
        self.name, self.licence = name, licence
        self._model = model

    def segment(self, pixels: NDArray[np.uint8], progress: Progress) -> Segments:
        """The things in a picture, uint8 sRGB (H, W, 3). Raises what `progress` raises to stop the work."""
        with _at_work():
            progress(0.0, "Telling what is where")
            labels = self._model.label(pixels)
        progress(1.0, "Done")
        return Segments(labels, numbered(labels, THINGS))


class LabelledMasks:
    """SAM 2 finds the things and their borders, another model tells what each is, and what is where no thing is."""

    def __init__(self, name: str, licence: str, masks: Sam2, model: PixelLabels) -> None:
        self.name, self.licence = name, licence
        self._masks, self._model = masks, model

    def segment(self, pixels: NDArray[np.uint8], progress: Progress) -> Segments:
        """As `LearnedLabels.segment`; `objects` are SAM 2's masks."""
        with _at_work():
            progress(0.0, "Telling what is where")
            labels = self._model.label(pixels)
            proposals = self._masks.propose(pixels, lambda done, stage: progress(0.2 + 0.7 * done, stage))
        segments = paint(proposals, labels, lambda done: progress(0.9 + 0.1 * done, "Painting them"))
        progress(1.0, "Done")
        return Segments(segments.labels, segments.objects, (f"SAM 2 found {len(proposals)} things.",))


def load_engine(name: str, licence: str) -> LearnedLabels | LabelledMasks:
    """The engine of that name, loaded if it is not there yet. Raises `ModelUnavailable`, `OutOfMemory`."""
    need_packages("Segmentation")
    settings = get_settings()
    with _one_at_a_time:
        if name == "segformer":
            return LearnedLabels(name, licence, _segformer(settings.segformer_model))
        model = _maskformer(settings.maskformer_model)
        if name == "maskformer":
            return LearnedLabels(name, licence, model)
        return LabelledMasks(name, licence, _sam2(settings.sam2_model), model)


@functools.cache
def _sam2(source: str) -> Sam2:
    return load_sam2(source, find_hardware())


@functools.cache
def _maskformer(source: str) -> PixelLabels:
    return load_maskformer(source, find_hardware())


@functools.cache
def _segformer(source: str) -> PixelLabels:
    return load_segformer(source, find_hardware())


def free_engines() -> None:
    """Let all loaded models go, and give their memory back."""
    with _one_at_a_time:
        held = any(loader.cache_info().currsize for loader in (_sam2, _maskformer, _segformer))
        for loader in (_sam2, _maskformer, _segformer):
            loader.cache_clear()
        if held:
            find_hardware().give_back()
