"""Models that were taught to paint in few steps: they decide steps, guidance and sampler themselves."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from lucida.engines.diffusion.requests import RepaintRequest
from lucida.engines.painter.picture import PictureRequest

NO_GUIDANCE = 1.0  # the CFG scale at which the negative prompt has no part


@dataclass(frozen=True)
class Distilled:
    """A model's name for people, the steps it was made for, and its sampler."""

    title: str
    steps: int
    sampler: str

    def used(self) -> dict[str, Any]:
        """The parameters that a picture is painted with, whatever was asked for."""
        return {"steps": self.steps, "cfg_scale": NO_GUIDANCE, "sampler": self.sampler}

    def notes(self, request: PictureRequest | RepaintRequest) -> tuple[str, ...]:
        """What is not as it was asked for, in sentences."""
        asked = (request.steps, request.cfg_scale, request.sampler)
        found = []
        if asked != (self.steps, NO_GUIDANCE, self.sampler):
            how = f"{self.steps} steps of {self.sampler} without guidance"
            found.append(f"{self.title} is made for {how}, and painted so; steps, CFG scale and sampler do not apply.")
        if request.negative_prompt:
            found.append(f"{self.title} paints without guidance, so the negative prompt had no part in it.")
        return tuple(found)
