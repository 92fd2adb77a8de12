"""Segmentation engines: what is where in a picture."""

from __future__ import annotations

from dataclasses import dataclass

from lucida.config import get_settings
from lucida.engines.devices import INSTALL_MODELS, has_cuda, models_installed
from lucida.engines.segmentation.segments import SegmentationEngine, Segments
from lucida.engines.weights import stated_licence, weights_here
from lucida.errors import BadParameter, ModelUnavailable

__all__ = ["SEGMENTATION_ENGINES", "SegmentationChoice", "SegmentationEngine", "Segments", "choose_segmentation"]

# The licences of the weights that the settings name unless they are changed.
_SAM2, _MASKFORMER = "Apache-2.0", "CC BY-NC 4.0, not for commercial use"
_SEGFORMER = "NVIDIA Source Code License, not for commercial use"
SEGMENTATION_ENGINES = ("auto", "draft", "sam2+maskformer", "maskformer", "segformer")
_TITLES = {"sam2+maskformer": "SAM 2 and MaskFormer", "maskformer": "MaskFormer", "segformer": "SegFormer"}
_BEST = "sam2+maskformer"
_WEIGHTS = ("model.safetensors", "pytorch_model.bin")


@dataclass(frozen=True)
class SegmentationChoice:
    """A segmentation engine by its name, its licence, and why it is this one."""

    name: str
    licence: str
    reason: str

    @property
    def engine(self) -> SegmentationEngine:
        """The engine itself; what it computes with is imported only here, and loaded once.

        Raises `ModelUnavailable`, `OutOfMemory` where a model cannot be loaded.
        """
        if self.name == "draft":
            from lucida.engines.segmentation.draft import DraftSegments

            return DraftSegments()
        from lucida.engines.segmentation.learned import load_engine

        return load_engine(self.name, self.licence)


def choose_segmentation(name: str = "auto") -> SegmentationChoice:
    """The engine of that name; `auto` takes the models where packages, weights and a GPU are there, else the draft.

    Raises `BadParameter` for a name that is none, `ModelUnavailable` where the models' packages are missing.
    """
    if name not in SEGMENTATION_ENGINES:
        choices = ", ".join(SEGMENTATION_ENGINES)
        raise BadParameter(f"There is no segmentation engine {name!r}; choose {choices}.", param="seg_model")
    if name == "auto":
        lack = _lack()
        chosen = _BEST if lack is None else "draft"
        return SegmentationChoice(chosen, _licence(chosen), lack or "the models are installed and a GPU is there")
    if name != "draft" and not models_installed():
        raise ModelUnavailable(f"{_TITLES[name]}'s packages are not installed; install them with {INSTALL_MODELS}.")
    return SegmentationChoice(name, _licence(name), "asked for by name")


def _licence(name: str) -> str:
    """The licence of an engine, models' with the weights that the settings name."""
    settings = get_settings()
    if name == "draft":
        return "Apache-2.0"
    if name == "segformer":
        return stated_licence("segformer_model", settings.segformer_model, _SEGFORMER)
    maskformer = stated_licence("maskformer_model", settings.maskformer_model, _MASKFORMER)
    if name == "maskformer":
        return maskformer
    return f"SAM 2: {stated_licence('sam2_model', settings.sam2_model, _SAM2)}; MaskFormer: {maskformer}"


def _lack() -> str | None:
    """What keeps `auto` from taking models."""
    if not models_installed():
        return f"the models' packages are not installed ({INSTALL_MODELS})"
    if not has_cuda():
        return "there is no GPU to run a model on"
    settings = get_settings()
    if not all(
        any(weights_here(model, file) for file in _WEIGHTS)
        for model in (settings.sam2_model, settings.maskformer_model)
    ):
        return f"the weights of SAM 2 and MaskFormer are not here yet; engine {_BEST} fetches them (1 GB)"
    return None
