"""Depth engines: how far away everything in a picture is."""

from __future__ import annotations

from dataclasses import dataclass

from lucida.config import get_settings
from lucida.engines.depth.estimate import Depth, DepthEngine, Sight
from lucida.engines.depth.models import MODELS
from lucida.engines.devices import INSTALL_MODELS, has_cuda, models_installed
from lucida.engines.weights import weights_here
from lucida.errors import BadParameter, ModelUnavailable

__all__ = ["DEPTH_ENGINES", "Depth", "DepthChoice", "DepthEngine", "Sight", "choose_depth"]

DEPTH_ENGINES = ("auto", "draft", *MODELS)
_AUTOMATIC = ("depthpro", "dav2large")  # the sharper first
_WEIGHTS = "model.safetensors"


@dataclass(frozen=True)
class DepthChoice:
    """A depth engine by its name, its licence, and why it is this one."""

    name: str
    licence: str
    reason: str

    @property
    def engine(self) -> DepthEngine:
        """The engine itself; a model is loaded once, and only here.

        Raises `ModelUnavailable` where a model cannot be loaded, `OutOfMemory`.
        """
        if self.name == "draft":
            from lucida.engines.depth.draft import DraftDepth

            return DraftDepth()
        from lucida.engines.depth.loaded import WarmDepth

        return WarmDepth(self.name, self.licence)


def choose_depth(name: str = "auto") -> DepthChoice:
    """The depth engine of that name; `auto` takes a model where packages, weights and a GPU are there, else the draft.

    Raises `BadParameter` for a name that is none, `ModelUnavailable` where the model's packages are missing.
    """
    if name not in DEPTH_ENGINES:
        raise BadParameter(f"There is no depth model {name!r}; choose {', '.join(DEPTH_ENGINES)}.", param="depth_model")
    if name == "auto":
        chosen, reason = _automatic()
        return DepthChoice(chosen, _licence(chosen), reason)
    if name in MODELS and not models_installed():
        raise ModelUnavailable(
            f"{MODELS[name].title}'s packages are not installed; install them with {INSTALL_MODELS}."
        )
    return DepthChoice(name, _licence(name), "asked for by name")


def _licence(name: str) -> str:
    """The licence of an engine, a model's with the weights that the settings name."""
    return MODELS[name].licence_of(MODELS[name].source(get_settings())) if name in MODELS else "Apache-2.0"


def _automatic() -> tuple[str, str]:
    """What `auto` takes, and why."""
    if not models_installed():
        return "draft", f"the models' packages are not installed ({INSTALL_MODELS})"
    if not has_cuda():
        return "draft", "there is no GPU to run a model on"
    first = MODELS[_AUTOMATIC[0]]
    for name in _AUTOMATIC:
        if weights_here(MODELS[name].source(get_settings()), _WEIGHTS):
            lack = "" if MODELS[name] is first else f", and {first.title}'s weights are not here"
            return name, f"the model is installed and a GPU is there{lack}"
    return "draft", f"no depth model's weights are here yet; depth model {first.name} fetches them ({first.download})"
