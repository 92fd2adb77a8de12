"""How a model is laid out on a card, by how much of it is free."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

GIGABYTE = 2.0**30
_TILE, _TILED = 512 * 512, 1.25  # pixels decoded at once where it works in tiles, and what the tiles' edges cost
_SLACK = 0.4 * GIGABYTE
_LAYERS = 1.5 * GIGABYTE  # the largest layers, and those on their way


@dataclass(frozen=True)
class Footprint:
    """What a model takes of a card, in bytes: all its `weights`, and those of the `largest` parts that work together.

    `activations` are the denoiser's at its widest moment, with guidance where it has any; `decode` is the decoder's
    working memory; both for each pixel.
    """

    weights: float
    largest: float
    activations: float
    decode: float

    def beside(self, bytes_more: float) -> Footprint:
        """With a part that works beside the largest one."""
        return replace(self, weights=self.weights + bytes_more, largest=self.largest + bytes_more)


# Two bytes a parameter. The decoders' working memory was measured by their users as some 2,200 values for each pixel.
# SDXL: UNet 2.57 G parameters, CLIP-L, OpenCLIP-bigG, VAE.
SDXL = Footprint(6.94 * GIGABYTE, 5.13 * GIGABYTE, 1.2e3, 2 * 2200.0)
SDXL_CONTROLNET = 2.4 * GIGABYTE  # the union of all kinds, 1.25 G parameters and some
# FLUX.1: transformer 11.9 G parameters, T5-XXL's encoder 4.76 G, CLIP-L, VAE.
FLUX = Footprint(31.5 * GIGABYTE, 22.2 * GIGABYTE, 0.9e3, 2 * 2200.0)


@dataclass(frozen=True)
class MemoryPlan:
    """`on_card`: all of the model, the part that works, or the layer that works; `tiled` decodes in tiles of 512².

    Largest first: all, all and tiled, parts and tiled, layers and tiled. Layers take several times as long.
    """

    on_card: Literal["all", "part", "layer"] = "all"
    tiled: bool = False

    def smaller(self) -> MemoryPlan | None:
        """The next plan that takes less; None where there is none."""
        if not self.tiled:
            return replace(self, tiled=True)
        if self.on_card == "all":
            return replace(self, on_card="part")
        if self.on_card == "part":
            return replace(self, on_card="layer")
        return None

    def needs(self, model: Footprint, pixels: int) -> float:
        """Bytes that a run of so many pixels takes of the card."""
        decode = model.decode * (_TILED * min(pixels, _TILE) if self.tiled else pixels)
        denoise = model.activations * pixels
        if self.on_card == "all":
            return model.weights + max(denoise, decode) + _SLACK
        return max((model.largest if self.on_card == "part" else _LAYERS) + denoise, decode) + _SLACK


def plan_memory(free: int | None, model: Footprint, pixels: int, largest: MemoryPlan | None = None) -> MemoryPlan:
    """The `largest` plan or the next that fits into `free` bytes, else the smallest; on a CPU (None) the largest."""
    plan = largest or MemoryPlan()
    while free is not None and plan.needs(model, pixels) > free:
        smaller = plan.smaller()
        if smaller is None:
            break
        plan = smaller
    return plan
