"""Where models' weights are: in a folder, or in the cache of the Hugging Face hub (`HF_HOME`)."""

from __future__ import annotations

from pathlib import Path

_INDEX = "model_index.json"  # what every pipeline on the hub begins with


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
