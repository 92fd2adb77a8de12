"""Loading a model's parts, and saying in one sentence why they do not load."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from lucida.engines.devices import INSTALL_MODELS, models_installed
from lucida.errors import ModelUnavailable, OutOfMemory

_one_at_a_time = threading.RLock()  # transformers sets the whole process' usual precision meanwhile


def need_packages(title: str) -> None:
    """Raise `ModelUnavailable` where the models' packages are not installed."""
    if not models_installed():
        raise ModelUnavailable(f"{title}'s packages are not installed; install them with {INSTALL_MODELS}.")


@contextmanager
def loading(title: str, source: str) -> Iterator[None]:
    """Around what loads `title` from a folder or a name on the hub, one at a time.

    Raises `ModelUnavailable`, `OutOfMemory`.
    """
    import torch
    import transformers
    from diffusers.utils.logging import disable_progress_bar
    from safetensors import SafetensorError

    disable_progress_bar()
    transformers.utils.logging.disable_progress_bar()
    try:
        with _one_at_a_time:
            yield
    except torch.OutOfMemoryError as error:
        raise OutOfMemory(f"{title} does not fit into this machine's memory.") from error
    except (OSError, ValueError, KeyError, RuntimeError, SafetensorError) as error:
        where = "folder" if Path(source).exists() else "model"
        lines = str(error).strip().splitlines() or [type(error).__name__]
        raise ModelUnavailable(f"{title} could not be loaded from the {where} {source}: {lines[0]}") from error


def fetched(source: str, file: str) -> Path:
    """Where a file of a folder or of a repository on the hub is, once it is here. Raises `OSError`."""
    if not Path(source).is_dir():
        from huggingface_hub import hf_hub_download

        return Path(hf_hub_download(source, file))
    path = Path(source) / file
    if not path.is_file():
        raise FileNotFoundError(f"there is no {file} in it")
    return path
