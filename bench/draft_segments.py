"""How well the draft tells what is where: `python bench/draft_segments.py [--photos DIR --sheet OUT.jpg]`.

Scenes are those of `tests/block_scenes`, of which the truth is known and which the draft was not taught with. The table
has the overlap of what is found and what is there, over their union, by category, then how much of each category is
taken for which. The sheet shows photos beside what the draft sees in them.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from lucida.engines.progress import silent
from lucida.engines.segmentation.ade20k import CATEGORIES, CATEGORY_OF, COLOURS, detected, in_words
from lucida.engines.segmentation.draft import DraftSegments
from lucida.imaging.screen import read_picture

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))
HIGH, GAP = 300, 4  # pixels of the sheet's rows


def measure(count: int, first: int) -> None:
    from block_scenes import block_scene

    confusion, by_kind = np.zeros((6, 6)), {}
    for seed in range(first, first + count):
        scene = block_scene(seed)
        found = CATEGORY_OF[DraftSegments().segment(scene.pixels, silent).labels]
        at = scene.categories.astype(int) * 6 + found
        one = np.bincount(at.ravel(), minlength=36).reshape(6, 6).astype(float)
        confusion += one
        by_kind[scene.kind] = by_kind.get(scene.kind, 0) + one
    right = confusion.diagonal()
    ious = right / (confusion.sum(0) + confusion.sum(1) - right)
    print("| | IoU | share | " + " | ".join(f"as {name}" for name in CATEGORIES) + " |")
    print("|---" * 9 + "|")
    for n, name in enumerate(CATEGORIES):
        row = confusion[n] / max(confusion[n].sum(), 1)
        share = confusion[n].sum() / confusion.sum()
        print(f"| {name} | {ious[n]:.3f} | {share:.0%} | " + " | ".join(f"{value:.0%}" for value in row) + " |")
    print(f"\nmean of six: {ious.mean():.3f}; pixels right: {right.sum() / confusion.sum():.0%}")
    for kind, one in by_kind.items():
        print(f"{kind}: {one.diagonal().sum() / one.sum():.0%} right")


def sheet(photos: Path, out: Path) -> None:
    tiles: list[NDArray[np.uint8]] = []
    for path in sorted(photos.iterdir()):
        pixels = read_picture(path).pixels
        scale = 1792 / max(pixels.shape[:2])
        pixels = np.asarray(cv2.resize(pixels, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA), np.uint8)
        begin = time.perf_counter()
        segments = DraftSegments().segment(pixels, silent)
        took = time.perf_counter() - begin
        print(f"{path.name} {pixels.shape[1]}x{pixels.shape[0]} {took:.2f} s", *in_words(detected(segments.labels)))
        wide = round(HIGH * pixels.shape[1] / pixels.shape[0])
        for picture in (pixels, COLOURS[CATEGORY_OF[segments.labels]]):
            tiles.append(np.asarray(cv2.resize(picture, (wide, HIGH), interpolation=cv2.INTER_AREA), np.uint8))
    pairs = [
        np.concatenate([a, np.full((HIGH, GAP, 3), 255, np.uint8), b], 1)
        for a, b in zip(tiles[::2], tiles[1::2], strict=True)
    ]
    rows = [pairs[:3], pairs[3:]]
    width = max(sum(pair.shape[1] + 3 * GAP for pair in row) for row in rows)
    drawn = np.full((len(rows) * (HIGH + GAP), width, 3), 255, np.uint8)
    for n, row in enumerate(rows):
        x = 0
        for pair in row:
            drawn[n * (HIGH + GAP) : n * (HIGH + GAP) + HIGH, x : x + pair.shape[1]] = pair
            x += pair.shape[1] + 3 * GAP
    cv2.imwrite(str(out), drawn[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, 85])
    print(f"{out.name} {out.stat().st_size // 1000} kB")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--scenes", type=int, default=40)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--photos", type=Path)
    parser.add_argument("--sheet", type=Path)
    args = parser.parse_args()
    if args.scenes:
        measure(args.scenes, args.first)
    if args.photos and args.sheet:
        sheet(args.photos, args.sheet)


if __name__ == "__main__":
    main()
