"""How tiles are best shown to a depth network: one after another, in a batch, or by threads of which each has one core.

`python bench/depth_models.py` builds Depth Anything V2 Small in its true size with random weights, as speed does not
depend on them, and shows it tiles of 518 pixels in the three ways, in turn. Then it times what fits the tiles together.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import torch
from numpy.typing import NDArray
from transformers import DepthAnythingConfig, DepthAnythingForDepthEstimation

from lucida.engines.depth.tiling import lay_tiles, tiled
from lucida.engines.progress import silent

SIDE = 518


def seconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def compare(tiles: int, rounds: int, device: str) -> None:
    """Print the best of some rounds of each way."""
    dtype = torch.float16 if device == "cuda" else torch.float32
    network = DepthAnythingForDepthEstimation(DepthAnythingConfig()).eval().to(device, dtype)
    shown = torch.rand(tiles, 3, SIDE, SIDE).to(device, dtype)
    cores = torch.get_num_threads()

    def run(some: torch.Tensor) -> torch.Tensor:
        with torch.no_grad():
            return network(pixel_values=some).predicted_depth.cpu()

    def threads() -> None:
        torch.set_num_threads(1)
        with ThreadPoolExecutor(cores) as pool:
            list(pool.map(run, shown.split(1)))
        torch.set_num_threads(cores)

    ways: dict[str, Callable[[], object]] = {
        "one after another": lambda: [run(each) for each in shown.split(1)],
        "in one batch": lambda: run(shown),
        f"by {cores} threads": threads,
    }
    run(shown[:1])
    best = {name: min(seconds(work) for _ in range(1)) for name, work in ways.items()}
    for _ in range(rounds - 1):
        for name, work in ways.items():
            best[name] = min(best[name], seconds(work))
    for name, took in best.items():
        print(f"{tiles} tiles of {SIDE}x{SIDE} {name}: {took:.2f} s")


def fit(height: int, width: int) -> None:
    """Print how long the tiles of a picture take to be fitted and blended."""
    rough = np.random.default_rng(0).uniform(1, 2, (height, width)).astype(np.float32)

    def look(pictures: Sequence[NDArray[np.uint8]]) -> list[NDArray[np.float32]]:
        return [rough[: min(SIDE, len(picture)), :SIDE] for picture in pictures]

    pixels = np.zeros((height, width, 3), np.uint8)
    took = seconds(lambda: tiled(look, pixels, rough[::4, ::4].copy(), SIDE, silent, scaled=True))
    print(f"{len(lay_tiles(height, width, SIDE))} tiles of {width}x{height} fitted and blended: {took:.2f} s")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tiles", type=int, default=4)
    parser.add_argument("--rounds", type=int, default=3)
    asked = parser.parse_args()
    compare(asked.tiles, asked.rounds, "cuda" if torch.cuda.is_available() else "cpu")
    for size in ((1024, 1792), (2048, 4096)):
        fit(*size)
