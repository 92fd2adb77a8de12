"""Painters: what imagines the surroundings of a photo."""

from __future__ import annotations

from dataclasses import dataclass

from lucida.config import get_settings
from lucida.engines.devices import INSTALL_MODELS, has_cuda, models_installed
from lucida.engines.painter.painting import Light, Painter, Painting, View
from lucida.engines.painter.picture import PicturePainter
from lucida.engines.weights import weights_here
from lucida.errors import BadParameter, ModelUnavailable

__all__ = [
    "PAINTERS",
    "PICTURE_PAINTERS",
    "Choice",
    "Light",
    "Painter",
    "Painting",
    "PictureChoice",
    "View",
    "choose_local_painter",
    "choose_painter",
    "choose_picture_painter",
    "remote_name",
]

_LICENCES = {"draft": "Apache-2.0", "sdxl": "CreativeML Open RAIL++-M"}
PAINTERS = ("auto", *_LICENCES)
# What else paints pictures from words: models' names for people, and their licences.
_MODELS = {"sdxl-lightning": ("SDXL-Lightning", "CreativeML Open RAIL++-M"), "flux-schnell": ("FLUX.1", "Apache-2.0")}
# Who paints elsewhere: the name for people, the terms, and how the names of the settings begin.
_REMOTE = {
    "openai": ("OpenAI", "OpenAI's terms", "LUCIDA_OPENAI"),
    "flux-pro": ("Black Forest Labs", "Black Forest Labs' terms", "LUCIDA_BFL"),
}
INFERENCE = "inference"
PICTURE_PAINTERS = (*PAINTERS, *_MODELS, *_REMOTE)
_ALIASES = {"gpt-image-": "openai", "dall-e-": "openai", "flux-pro-": "flux-pro"}  # how names of remote models begin


@dataclass(frozen=True)
class Choice:
    """A painter by its name, its licence, and why it is this one."""

    name: str
    licence: str
    reason: str

    @property
    def painter(self) -> Painter:
        """The painter itself; what it computes with is imported and loaded only here.

        Raises `ModelUnavailable` where a model cannot be loaded.
        """
        if self.name == "draft":
            from lucida.engines.painter.draft import DraftPainter

            return DraftPainter()
        from lucida.engines.diffusion.loaded import WarmRepainter
        from lucida.engines.painter.repainted import Care, RepaintedPanoramas

        settings = get_settings()
        care = Care(
            settings.ai_face_res,
            settings.ai_steps,
            settings.ai_cfg_scale,
            settings.ai_strength_original,
            settings.ai_denoise_new,
        )
        return RepaintedPanoramas(WarmRepainter(self.name, self.licence), care, settings.ev_offsets)

    def load(self) -> None:
        """Load what it paints with, so that a model that cannot be had is known before the first job needs it."""
        _ = self.painter


def choose_painter(name: str = "auto") -> Choice:
    """The painter of that name; `auto` takes the model where packages, weights and a GPU are there, else the draft.

    Raises `BadParameter` for a name that is none, `ModelUnavailable` where the model's packages are missing.
    """
    if name not in PAINTERS:
        raise BadParameter(f"There is no painter {name!r}; choose {', '.join(PAINTERS)}.", param="engine")
    if name == "auto":
        lack = _lack()
        chosen = "sdxl" if lack is None else "draft"
        return Choice(chosen, _LICENCES[chosen], lack or "the model is installed and a GPU is there")
    if name == "sdxl" and not models_installed():
        raise ModelUnavailable(f"SDXL's packages are not installed; install them with {INSTALL_MODELS}.")
    return Choice(name, _LICENCES[name], "asked for by name")


@dataclass(frozen=True)
class PictureChoice:
    """A painter of pictures from words by its name, its licence, and why it is this one.

    `passed_on` is the model that the inference service is asked for.
    """

    name: str
    licence: str
    reason: str
    passed_on: str | None = None

    @property
    def painter(self) -> PicturePainter:
        """The painter itself; loaded only here. Raises `ModelUnavailable` where a model cannot be loaded."""
        if self.passed_on is not None:
            return _inference(self.passed_on)
        if self.name == "draft":
            from lucida.engines.painter.scene.draft import DraftPictures

            return DraftPictures()
        if self.name in _REMOTE:
            return _remote_painter(self.name)
        from lucida.engines.diffusion.loaded import Warm, WarmRepainter

        kind = Warm if self.name == "flux-schnell" else WarmRepainter
        return kind(self.name, self.licence)


def choose_picture_painter(name: str = "auto") -> PictureChoice:
    """The painter of pictures from words of that name, chosen as `choose_painter` does.

    Where `INFERENCE_SERVICE_URL` is set it paints for every name but `draft` and those of remote providers. Raises what
    `choose_local_painter` does.
    """
    service = get_settings().inference_service_url
    if service and name in ("auto", "sdxl", *_MODELS):
        from lucida.engines.painter.inference import service_host

        reason = f"the inference service at {service_host(service)} paints {name}"
        return PictureChoice(INFERENCE, "", reason, passed_on=name)
    return choose_local_painter(name)


def choose_local_painter(name: str = "auto") -> PictureChoice:
    """The painter of pictures from words of that name, without the inference service.

    Raises `BadParameter` for a name that is none, `ModelUnavailable` for one that this installation lacks.
    """
    if name in PAINTERS:
        choice = choose_painter(name)
        return PictureChoice(choice.name, choice.licence, choice.reason)
    remote = remote_name(name)
    if remote in _REMOTE:
        title, licence, setting = _REMOTE[remote]
        model, _, key = _remote_settings(remote)
        if not key:
            raise ModelUnavailable(f"{title} is not configured: set {setting}_API_KEY, or choose auto.")
        return PictureChoice(remote, licence, f"asked for by name; {model} paints it at {title}")
    if name in _MODELS:
        title, licence = _MODELS[name]
        if not models_installed():
            raise ModelUnavailable(f"{title}'s packages are not installed; install them with {INSTALL_MODELS}.")
        return PictureChoice(name, licence, "asked for by name")
    raise BadParameter(f"There is no model {name!r}; choose {', '.join(PICTURE_PAINTERS)}.", param="model")


def remote_name(name: str) -> str:
    """Under which name a provider is known here: `gpt-image-…` is openai; any other name is its own."""
    return next((whose for begin, whose in _ALIASES.items() if name.startswith(begin)), name)


def _inference(model: str) -> PicturePainter:
    from lucida.engines.painter.inference import InferencePictures

    settings = get_settings()
    key = settings.inference_service_api_key
    return InferencePictures(model, settings.inference_service_url, key.get_secret_value() if key else "")


def _remote_settings(name: str) -> tuple[str, str, str]:
    """The model, the address and the key of a remote painter; no key where none is set."""
    settings = get_settings()
    model, address, key = (
        (settings.openai_model, settings.openai_base_url, settings.openai_api_key)
        if name == "openai"
        else (settings.bfl_model, settings.bfl_base_url, settings.bfl_api_key)
    )
    return model, address, key.get_secret_value() if key else ""


def _remote_painter(name: str) -> PicturePainter:
    from lucida.engines.painter.flux_pro import FluxProPictures
    from lucida.engines.painter.openai import OpenAIPictures
    from lucida.engines.painter.remote import Provider

    title, _, setting = _REMOTE[name]
    model, address, key = _remote_settings(name)
    if name == "openai":
        seconds = get_settings().openai_seconds
        return OpenAIPictures(Provider(title, model, address, setting, ("Authorization", f"Bearer {key}"), seconds))
    return FluxProPictures(Provider(title, model, address, setting, ("x-key", key)))


def _lack() -> str | None:
    """What keeps `auto` from taking a model."""
    if not models_installed():
        return f"the models' packages are not installed ({INSTALL_MODELS})"
    if not has_cuda():
        return "there is no GPU to run a model on"
    if not weights_here(get_settings().sdxl_model):
        return "SDXL's weights are not here yet; engine sdxl fetches them (7 GB)"
    return None
