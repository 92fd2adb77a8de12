"""Where a model's parts lie while it works, and work that is tried once more in less memory.

Several pipelines may share their parts. One thread works at a time. accelerate's hooks are on one pipeline only, the
one that works: those of two would move the same parts.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any, TypeVar

from lucida.engines.devices import Hardware
from lucida.engines.diffusion.memory import Footprint, MemoryPlan, plan_memory
from lucida.engines.diffusion.tuning import channels_last, compile_blocks, forget_compiled
from lucida.errors import OutOfMemory

_TOO_LARGE = "The graphics card has too little memory for this size: ask for a smaller picture."

T = TypeVar("T")


class Placement:
    """The hardware, and what of a model is on it now."""

    def __init__(self, hardware: Hardware, *, compiled: bool = False) -> None:
        self.hardware = hardware
        self._compiled = compiled and hardware.kind == "cuda"
        self._lock = threading.Lock()
        self._pipeline: Any = None
        self._plan: MemoryPlan | None = None
        self._too_much: tuple[int, MemoryPlan] | None = None  # pixels that ran out of memory, and what to try then

    def run(self, pipeline: Any, model: Footprint, pixels: int, work: Callable[[], T]) -> T:
        """What `work` gives with a pipeline laid out as the free memory allows; out of memory, once more with less.

        `pixels` of the picture. Raises `OutOfMemory`, and whatever the work raises.
        """
        import torch

        with self._lock, torch.no_grad():
            known = self._too_much is not None and pixels >= self._too_much[0]
            largest = self._too_much[1] if self._too_much is not None and known else None
            plan = plan_memory(self.hardware.free_bytes(), model, pixels, largest)
            try:
                self._lay_out(pipeline, plan)
                return self._worked(work)
            except torch.OutOfMemoryError:
                smaller = plan.smaller()
            if smaller is None:
                raise OutOfMemory(_TOO_LARGE)
            self._too_much = pixels, smaller
            self.hardware.give_back()
            try:
                self._lay_out(pipeline, smaller)
                return self._worked(work)
            except torch.OutOfMemoryError as error:
                raise OutOfMemory(_TOO_LARGE) from error

    def clear(self) -> None:
        """Let go of the pipeline: no hook stays on its parts."""
        with self._lock:
            if self._pipeline is not None:
                self._pipeline.remove_all_hooks()
                if self._compiled:
                    forget_compiled(self._pipeline)
            self._pipeline = self._plan = None

    def _worked(self, work: Callable[[], T]) -> T:
        try:
            return work()
        finally:  # also where a step was stopped: what was moved to the card goes back
            self._pipeline.maybe_free_model_hooks()

    def _lay_out(self, pipeline: Any, plan: MemoryPlan) -> None:
        if pipeline is self._pipeline and plan == self._plan:
            return
        if self._pipeline is not None:
            self._pipeline.remove_all_hooks()
            if pipeline is not self._pipeline:
                _leave(self._pipeline, pipeline)
        self._pipeline, self._plan = pipeline, None  # placed once all is: moving may run out of memory
        if self.hardware.kind == "cuda":
            channels_last(pipeline)
        if self._compiled:  # hooks on layers are in a compiler's way
            compile_blocks(pipeline) if plan.on_card != "layer" else forget_compiled(pipeline)
        if plan.on_card == "all":
            pipeline.to(self.hardware.kind)
        elif plan.on_card == "part":
            pipeline.enable_model_cpu_offload(device=self.hardware.kind)
        else:
            _by_layers(pipeline, self.hardware.kind)
        pipeline.vae.enable_slicing()
        if plan.tiled:
            pipeline.vae.enable_tiling()
        else:
            pipeline.vae.disable_tiling()
        self._plan = plan


def _leave(before: Any, now: Any) -> None:
    """What the pipeline that works now does not have leaves the card."""
    import torch

    stays = {id(part) for part in now.components.values()}
    for part in before.components.values():
        if isinstance(part, torch.nn.Module) and id(part) not in stays:
            part.to("cpu")


def _by_layers(pipeline: Any, device: str) -> None:
    """Keep weights in memory, and move each layer's to the device while it works.

    The pipeline's own `enable_sequential_cpu_offload` does this too, but not for a device without a number.
    """
    import torch
    from accelerate import cpu_offload

    pipeline.to("cpu")
    for part in pipeline.components.values():
        if isinstance(part, torch.nn.Module):
            cpu_offload(
                part,
                torch.device(device),
                offload_buffers=len(part._parameters) > 0,
                preload_module_classes=["MultiheadAttention"],  # it reads its parts' weights without calling them
            )
