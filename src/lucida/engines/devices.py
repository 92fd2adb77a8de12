"""What models run on: found out without importing torch until somebody asks."""

from __future__ import annotations

import functools
import gc
import importlib.util
import os
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from lucida.config import get_settings
from lucida.errors import BadSetting

if TYPE_CHECKING:
    import torch

INSTALL_MODELS = "./start.sh --models"
# Read by torch when it is imported, which nothing here does at once: freed memory stays usable for other sizes.
os.environ.setdefault("PYTORCH_ALLOC_CONF", "expandable_segments:True")
# The older name for the hub's cache, which its library no longer reads, where neither newer one is said.
if not {"HF_HOME", "HF_HUB_CACHE"} & os.environ.keys() and (_older := os.environ.get("TRANSFORMERS_CACHE")):
    os.environ["HF_HUB_CACHE"] = _older


@dataclass(frozen=True)
class Hardware:
    """The device that models run on, its name, and why it was chosen."""

    kind: Literal["cuda", "cpu"]
    name: str
    reason: str

    @property
    def dtype(self) -> torch.dtype:
        """The precision models have there: half on a GPU, float32 on a CPU."""
        import torch

        return torch.float16 if self.kind == "cuda" else torch.float32

    def free_bytes(self) -> int | None:
        """What a model may take of the card, what this process holds of it included; None on a CPU, which swaps."""
        import torch

        if self.kind == "cpu":
            return None
        return int(torch.cuda.mem_get_info()[0] + torch.cuda.memory_reserved())

    def unused_bytes(self) -> int | None:
        """What is left of the card beside all that this process and others hold; None on a CPU."""
        import torch

        if self.kind == "cpu":
            return None
        kept_for_later = torch.cuda.memory_reserved() - torch.cuda.memory_allocated()
        return int(torch.cuda.mem_get_info()[0] + kept_for_later)

    def give_back(self) -> None:
        """Let go of what nobody refers to, and give the card's unused memory back."""
        import torch

        gc.collect()
        if self.kind == "cuda":
            torch.cuda.empty_cache()


def card_memory() -> dict[str, int]:
    """Bytes of the card in use, by whomever, and in all; nothing where this process runs no model on one."""
    # Never imported for this; while another thread imports it, torch is there without what it will have.
    cuda = getattr(sys.modules.get("torch"), "cuda", None)
    if cuda is None or not cuda.is_initialized():
        return {}
    free, total = cuda.mem_get_info()
    return {"used": int(total - free), "total": int(total)}


def models_installed() -> bool:
    """Whether the `models` extra is there; imports none of it."""
    return all(importlib.util.find_spec(name) is not None for name in ("torch", "diffusers", "transformers"))


def has_cuda() -> bool:
    """Whether torch would use a GPU; where there is no driver, without importing torch."""
    driver = Path("/proc/driver/nvidia").exists() or shutil.which("nvidia-smi") is not None
    return driver and get_settings().device != "cpu" and find_hardware().kind == "cuda"


@functools.cache
def find_hardware() -> Hardware:
    """CUDA where torch sees a GPU, else the CPU; `LUCIDA_DEVICE` decides otherwise. Raises `BadSetting`."""
    import torch

    wanted = get_settings().device
    there = torch.cuda.is_available()
    if wanted == "cuda" and not there:
        raise BadSetting("LUCIDA_DEVICE=cuda, but torch finds no GPU: install its CUDA build, or say cpu or auto.")
    if wanted == "cpu" or not there:
        reason = "LUCIDA_DEVICE=cpu" if wanted == "cpu" else "torch finds no GPU"
        return Hardware("cpu", "CPU", reason)
    reason = "LUCIDA_DEVICE=cuda" if wanted == "cuda" else "a GPU is there"
    return Hardware("cuda", torch.cuda.get_device_name(), reason)
