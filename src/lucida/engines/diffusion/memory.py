"""How a model is laid out on a card, by how much of it is free."""

from __future__ import annotations

from dataclasses import dataclass, replace

GIGABYTE = 2.0**30
# Half precision, in bytes: UNet 2.57 G parameters, CLIP-L, OpenCLIP-bigG, VAE. The decoder's working memory was
# measured by its users as some 2,200 values for each pixel, 1.25 times that of a tile where it works in tiles.
SDXL_UNET, SDXL_WEIGHTS = 5.13 * GIGABYTE, 6.94 * GIGABYTE
_ACTIVATIONS = 1.2e3  # bytes per pixel of the UNet's widest moment, with guidance
_DECODE, _TILE, _TILED = 2 * 2200.0, 512 * 512, 1.25
_SLACK = 0.4 * GIGABYTE


@dataclass(frozen=True)
class MemoryPlan:
    """`offload` keeps only the part that works on the card; `tiled` decodes the picture in tiles of 512².

    Largest first: whole, whole and tiled, offloaded and tiled.
    """

    offload: bool = False
    tiled: bool = False

    def smaller(self) -> MemoryPlan | None:
        """The next plan that takes less; None where there is none."""
        if not self.tiled:
            return replace(self, tiled=True)
        if not self.offload:
            return replace(self, offload=True)
        return None

    def needs(self, pixels: int) -> float:
        """Bytes that a run of so many pixels takes of the card."""
        decode = _DECODE * (_TILED * min(pixels, _TILE) if self.tiled else pixels)
        denoise = _ACTIVATIONS * pixels
        if self.offload:
            return max(SDXL_UNET + denoise, decode) + _SLACK
        return SDXL_WEIGHTS + max(denoise, decode) + _SLACK


def plan_memory(free: int | None, pixels: int) -> MemoryPlan:
    """The largest plan that fits into `free` bytes, else the smallest; on a CPU (None) everything stays whole."""
    plan = MemoryPlan()
    while free is not None and plan.needs(pixels) > free:
        smaller = plan.smaller()
        if smaller is None:
            break
        plan = smaller
    return plan
