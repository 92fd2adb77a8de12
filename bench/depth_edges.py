#!/usr/bin/env python3
"""What of a smeared depth `drop_edges` takes away: `python bench/depth_edges.py`.

Made-up places of which the depth is known exactly, as a model that sees them 3.5 times smaller and bilinear up-sampling
would give it. A pixel hangs in the air where nothing within four pixels really is within 5 % of its depth. Beside ours
a window of 3 × 3 whose depths span more than a share of the depth; both on the exact depth, too, which should stay.
"""

from __future__ import annotations

import argparse
import sys
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np

from lucida.geometry.depth_edges import STEP, flying

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
from block_scenes import block_scene

SIZE, SMALLER = (896, 600), 3.5
STEPS, SPANS = (0.005, 0.01, STEP, 0.04, 0.08), (0.01, 0.02, 0.04, 0.08)


def smeared(metres: np.ndarray) -> np.ndarray:
    coarse = cv2.resize(1 / metres, None, fx=1 / SMALLER, fy=1 / SMALLER, interpolation=cv2.INTER_AREA)
    return 1 / cv2.resize(coarse, metres.shape[::-1], interpolation=cv2.INTER_LINEAR)


def in_the_air(found: np.ndarray, truth: np.ndarray) -> np.ndarray:
    height, width = truth.shape
    around = cv2.copyMakeBorder(np.log(truth), 4, 4, 4, 4, cv2.BORDER_REPLICATE)
    nearest = np.full(truth.shape, np.inf, np.float32)
    for down in range(9):
        for across in range(9):
            near = around[down : down + height, across : across + width]
            np.minimum(nearest, np.abs(np.log(found) - near), out=nearest)
    return nearest > 0.05


def masks(metres: np.ndarray) -> Iterator[tuple[str, np.ndarray]]:
    for step in STEPS:
        yield f"both sides by {step:g}" + (" (ours)" if step == STEP else ""), flying(metres, step)
    window = np.ones((3, 3), np.uint8)
    span = cv2.dilate(metres, window) - cv2.erode(metres, window)
    for share in SPANS:
        yield f"span of {share:g}", span > share * metres


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--places", type=int, default=22)
    counts: dict[str, np.ndarray] = defaultdict(lambda: np.zeros(6))
    for seed in range(parser.parse_args().places):
        metres = block_scene(seed, SIZE).metres
        truth = np.minimum(metres, 1.2 * metres[np.isfinite(metres)].max())
        found = smeared(truth)
        air = in_the_air(found, truth)
        for (name, gone), (_, exact) in zip(masks(found), masks(truth), strict=True):
            counts[name] += [(gone & air).sum(), air.sum(), (gone & ~air).sum(), (~air).sum(), exact.sum(), air.size]
    print("| dropped where | of what hangs in the air | of the rest | of the exact depth |\n|---|---|---|---|")
    for name, (gone, air, lost, rest, exact, every) in counts.items():
        print(f"| {name} | {gone / air:.1%} | {lost / rest:.1%} | {exact / every:.1%} |")


if __name__ == "__main__":
    main()
