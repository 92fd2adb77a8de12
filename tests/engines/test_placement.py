from __future__ import annotations

from typing import Any

import pytest
import torch

from lucida.engines.devices import Hardware
from lucida.engines.diffusion.memory import SDXL
from lucida.engines.diffusion.placement import Placement
from lucida.errors import OutOfMemory


class Vae:
    def enable_slicing(self) -> None: ...

    def enable_tiling(self) -> None: ...

    def disable_tiling(self) -> None: ...


class Pipeline:
    """Stands for a pipeline on a card that is too full to move to, some times."""

    def __init__(self, fails: int) -> None:
        self.fails, self.moved, self.vae = fails, 0, Vae()

    def to(self, device: str) -> None:
        self.fails -= 1
        if self.fails >= 0:
            raise torch.OutOfMemoryError("full")
        self.moved += 1

    def remove_all_hooks(self) -> None: ...

    def maybe_free_model_hooks(self) -> None: ...

    @property
    def components(self) -> dict[str, Any]:
        return {}


def placement() -> Placement:
    return Placement(Hardware("cpu", "CPU", "a test"))


def test_a_model_that_does_not_fit_while_it_is_moved_is_tried_smaller_and_never_taken_for_placed() -> None:
    placed, pipeline = placement(), Pipeline(fails=1)
    assert placed.run(pipeline, SDXL, 64 * 64, lambda: "painted") == "painted"
    assert pipeline.moved == 1
    placed, pipeline = placement(), Pipeline(fails=2)
    with pytest.raises(OutOfMemory):
        placed.run(pipeline, SDXL, 64 * 64, lambda: "painted")
    assert pipeline.moved == 0
    assert placed.run(pipeline, SDXL, 64 * 64, lambda: "painted") == "painted"
    assert pipeline.moved == 1


def test_what_was_too_much_for_a_large_picture_is_not_for_a_small_one() -> None:
    placed, pipeline = placement(), Pipeline(fails=0)
    failing = iter([True, False])

    def paint() -> str:
        if next(failing, False):
            raise torch.OutOfMemoryError("full")
        return "painted"

    tiled: list[bool] = []
    pipeline.vae.enable_tiling = lambda: tiled.append(True)  # type: ignore[method-assign]  # heard
    pipeline.vae.disable_tiling = lambda: tiled.append(False)  # type: ignore[method-assign]  # heard
    assert placed.run(pipeline, SDXL, 2048 * 2048, paint) == "painted"
    assert placed.run(pipeline, SDXL, 2048 * 2048, paint) == "painted"
    assert placed.run(pipeline, SDXL, 64 * 64, paint) == "painted"
    assert tiled == [False, True, False]
