"""How well the draft tells depth: `python bench/draft_depth.py [--photos DIR --sheet OUT.jpg] [--scenes 40]`.

Scenes are those of `tests/block_scenes`, of which the truth is known and to which nothing of the draft was fitted. The
table has the mean of |depth - truth| / truth over pixels up to 80 m, after scale and shift of 1 / depth are fitted to
the truth by least squares, for the draft, a constant and a vertical gradient. A photo that carries its phone's own
depth map is measured against it, without using it. The sheet shows photos beside their depth, near things bright.
"""

from __future__ import annotations

import argparse
import sys
import time
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from lucida.engines.depth.draft import DraftDepth
from lucida.engines.depth.estimate import Sight
from lucida.engines.depth.nearness import nearness
from lucida.engines.depth.sight import sight_of
from lucida.engines.progress import silent
from lucida.imaging.screen import read_picture

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))
HIGH, GAP, WIDE = 260, 4, 1512  # pixels: the sheet's rows, between them, its width


def errors(metres: NDArray[np.float32], truth: NDArray[np.float32]) -> tuple[float, float, float]:
    from depth_measures import abs_rel, constant, vertical_gradient

    flat, gradient = constant(*truth.shape), vertical_gradient(*truth.shape)
    return abs_rel(metres, truth), abs_rel(flat, truth), abs_rel(gradient, truth)


def line(name: str, measured: list[tuple[float, float, float]]) -> None:
    draft, flat, gradient = np.mean(measured, 0)
    print(f"| {name} | {draft:.3f} | {flat:.3f} | {gradient:.3f} | {draft / min(flat, gradient):.2f} |")


def measure(count: int, first: int) -> None:
    from block_scenes import block_scene

    by_kind: dict[str, list[tuple[float, float, float]]] = {}
    for seed in range(first, first + count):
        scene = block_scene(seed)
        found = DraftDepth().estimate(Sight(scene.pixels), silent)
        by_kind.setdefault(scene.kind, []).append(errors(found.metres, scene.metres))
    print("| | draft | constant | vertical gradient | draft / better |\n|---|---|---|---|---|")
    for kind, measured in by_kind.items():
        line(kind, measured)
    line(f"all {count}", [each for measured in by_kind.values() for each in measured])


def coloured(near: NDArray[np.float32]) -> NDArray[np.uint8]:
    return np.asarray(cv2.applyColorMap((255 * near**0.7).astype(np.uint8), cv2.COLORMAP_INFERNO)[..., ::-1], np.uint8)


def look(photos: Path, out: Path | None) -> None:
    tiles: list[NDArray[np.uint8]] = []
    for path in sorted(photos.iterdir()):
        picture = read_picture(path)
        begin = time.perf_counter()
        found = DraftDepth().estimate(replace(sight_of(picture), measured=None), silent)
        took = time.perf_counter() - begin
        print(f"{path.name}: {took:.1f} s. {' '.join(found.notes)}", file=sys.stderr)
        if picture.depth is not None:
            truth = picture.depth.metres
            disparity = cv2.resize(1 / found.metres, truth.shape[::-1], interpolation=cv2.INTER_AREA)
            line(path.name, [errors(np.asarray(1 / np.maximum(disparity, 1e-6), np.float32), truth)])
        width = round(HIGH * picture.pixels.shape[1] / picture.pixels.shape[0])
        pair = [
            cv2.resize(each, (width, HIGH), interpolation=cv2.INTER_AREA)
            for each in (picture.pixels, coloured(nearness(found)))
        ]
        tiles.append(np.concatenate(pair, 1))
    if out is None:
        return
    rows: list[list[NDArray[np.uint8]]] = [[]]
    for tile in tiles:
        if sum(each.shape[1] + GAP for each in rows[-1]) + tile.shape[1] > WIDE:
            rows.append([])
        rows[-1].append(tile)
    drawn = np.full((len(rows) * (HIGH + GAP) - GAP, WIDE, 3), 255, np.uint8)
    for row, each in enumerate(rows):
        x, y = 0, row * (HIGH + GAP)
        for tile in each:
            drawn[y : y + HIGH, x : x + tile.shape[1]] = tile
            x += tile.shape[1] + 3 * GAP
    cv2.imwrite(str(out), drawn[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, 85])
    print(f"{out.name} {out.stat().st_size // 1000} kB", file=sys.stderr)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--photos", type=Path, help="a folder of photos")
    parser.add_argument("--sheet", type=Path, help="where their depth is drawn")
    parser.add_argument("--scenes", type=int, default=40)
    parser.add_argument("--first", type=int, default=0, help="seed of the first scene")
    args = parser.parse_args()
    if args.scenes:
        measure(args.scenes, args.first)
    if args.photos:
        look(args.photos, args.sheet)


if __name__ == "__main__":
    main()
