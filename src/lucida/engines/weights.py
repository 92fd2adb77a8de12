"""Where models' weights are: in a folder, or in the cache of the Hugging Face hub (`HF_HOME`)."""

from __future__ import annotations

from pathlib import Path

from lucida.config import Settings

_INDEX = "model_index.json"  # what every pipeline on the hub begins with


def stated_licence(setting: str, source: str, licence: str) -> str:
    """The licence of weights: `licence` where `source` is what the setting names unless it is changed, else its own."""
    return licence if source == Settings.model_fields[setting].default else f"as {source} states"


def weights_here(model: str, file: str = _INDEX) -> bool:
    """Whether a model, a folder or a name on the hub, can be loaded without fetching it; needs the `models` extra.

    `file` is the one that tells.
    """
    if (Path(model) / file).is_file():
        return True
    from huggingface_hub import try_to_load_from_cache
    from huggingface_hub.errors import HFValidationError

    try:
        return isinstance(try_to_load_from_cache(model, file), str)
    except HFValidationError:  # a path, and there is nothing
        return False
