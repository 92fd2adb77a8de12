"""How well and how fast holes in photos are filled: `python bench/completion.py PHOTO...`.

Five holes in each photo, made 1,024 pixels wide, one after the other: an ellipse a fifth of the picture wide, at the
middle and towards the corners. Beside ours OpenCV's two (Telea 2004; Bertalmío et al. 2001, by Navier-Stokes).

Texture is the mean gradient inside the hole over the photo's own there, in the middle of the hole: 1 is as rich as the
photo, 0 is flat. Step is the mean gradient across the hole's border over the photo's own there. Noise is the root mean
square difference from what the photo showed, in codes of 255: nobody can know that, so less is not always better.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from lucida.engines.painter.completion import complete
from lucida.imaging.screen import read_picture

WIDTH = 1024
PLACES = ((0.5, 0.5), (0.3, 0.3), (0.7, 0.3), (0.3, 0.7), (0.7, 0.7))  # of the holes, of the height and of the width

Fill = Callable[[NDArray[np.uint8], NDArray[np.bool_]], NDArray[np.uint8]]
FILLS: dict[str, Fill] = {
    "Lucida": complete,
    "Telea": lambda picture, hole: np.asarray(cv2.inpaint(picture, hole.astype(np.uint8), 5, cv2.INPAINT_TELEA)),
    "Navier-Stokes": lambda picture, hole: np.asarray(cv2.inpaint(picture, hole.astype(np.uint8), 5, cv2.INPAINT_NS)),
}


def photo(path: Path) -> NDArray[np.uint8]:
    pixels = read_picture(path).pixels
    scale = WIDTH / pixels.shape[1]
    return np.asarray(cv2.resize(pixels, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA), np.uint8)


def holes(height: int, width: int) -> Iterator[NDArray[np.bool_]]:
    row, column = np.mgrid[:height, :width]
    for down, across in PLACES:
        radius = width / 10
        yield (row - down * height) ** 2 + (0.8 * (column - across * width)) ** 2 < (0.8 * radius) ** 2


def steepness(picture: NDArray[np.uint8]) -> NDArray[np.float32]:
    light = picture.astype(np.float32).mean(-1)
    down, across = np.gradient(light)
    return np.asarray(np.hypot(down, across), np.float32)


def measured(truth: NDArray[np.uint8], filled: NDArray[np.uint8], hole: NDArray[np.bool_]) -> tuple[float, ...]:
    inside = cv2.erode(hole.astype(np.uint8), np.ones((9, 9), np.uint8)) > 0
    border = (cv2.dilate(hole.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0) & ~(
        cv2.erode(hole.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
    )
    ours, theirs = steepness(filled), steepness(truth)
    off = (filled[hole].astype(np.float64) - truth[hole]) ** 2
    return (
        float(ours[inside].mean() / theirs[inside].mean()),
        float(ours[border].mean() / theirs[border].mean()),
        float(np.sqrt(off.mean())),
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("photos", nargs="+", type=Path, metavar="PHOTO")
    photos = [photo(path) for path in parser.parse_args().photos]
    complete(photos[0][:96, :96], next(holes(96, 96)))  # compiles
    print("| | texture | step at the border | noise | seconds |\n|---|---|---|---|---|")
    for name, fill in FILLS.items():
        rows, seconds = [], []
        for truth in photos:
            for hole in holes(*truth.shape[:2]):
                began = time.perf_counter()
                filled = fill(np.where(hole[..., None], 0, truth).astype(np.uint8), hole)
                seconds.append(time.perf_counter() - began)
                rows.append(measured(truth, filled, hole))
        texture, step, noise = np.median(rows, 0)
        print(f"| {name} | {texture:.2f} | {step:.2f} | {noise:.0f} | {np.median(seconds):.2f} |")


if __name__ == "__main__":
    main()
