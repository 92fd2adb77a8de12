"""What the patches over a hole say of its pixels, and their gradients as a picture."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from lucida.engines.painter.patch_search import RADIUS, Likenesses
from lucida.imaging.kernels import jit

ANCHOR = 1e-3  # how firmly colours hold against gradients


def vote_reference(
    source: NDArray[np.float32],
    pixels: NDArray[np.int32],
    likeness: Likenesses,
    trust: NDArray[np.float32],
    beside: tuple[int, int],
) -> NDArray[np.float64]:
    """As `vote`, slow and readable: a row (N, 3) for each pixel; NaN where no patch says anything."""
    height, width = trust.shape
    told = np.full((len(pixels), 3), np.nan)
    for n, (row, column) in enumerate(pixels):
        said, shares = [], []
        for down in range(-RADIUS, RADIUS + 1 - beside[0]):
            for across in range(-RADIUS, RADIUS + 1 - beside[1]):
                patch = row - down, column - across
                if not (0 <= patch[0] < height and 0 <= patch[1] < width and trust[patch] > 0):
                    continue
                there = likeness[patch] + (down, across)
                colour = source[tuple(there)].astype(np.float64)
                said.append(source[tuple(there + beside)] - colour if any(beside) else colour)
                shares.append(float(trust[patch]))
        if said:
            told[n] = np.average(said, axis=0, weights=shares)
    return told


@jit
def vote(
    source: NDArray[np.float32],
    pixels: NDArray[np.int32],
    likeness: Likenesses,
    trust: NDArray[np.float32],
    beside_row: int,
    beside_column: int,
    out: NDArray[np.float32],
) -> None:
    """The patches' mean colour at `pixels` (N, 2), or how it changes towards the pixel beside, into `out` (H, W, 3).

    `trust` (H, W) is how much the patch around each place counts; 0 for none. Beside is the row below or the column to
    the right: (1, 0), (0, 1), or (0, 0) for the colour itself.
    """
    height, width = trust.shape
    gradient = beside_row + beside_column > 0
    mean = np.zeros(3)
    for n in range(len(pixels)):
        row, column = pixels[n, 0], pixels[n, 1]
        mean[:] = 0.0
        total = 0.0
        for down in range(-RADIUS, RADIUS + 1 - beside_row):
            for across in range(-RADIUS, RADIUS + 1 - beside_column):
                at_row, at_column = row - down, column - across
                if 0 <= at_row < height and 0 <= at_column < width and trust[at_row, at_column] > 0:
                    share = trust[at_row, at_column]
                    there_row = likeness[at_row, at_column, 0] + down
                    there_column = likeness[at_row, at_column, 1] + across
                    for channel in range(3):
                        told = source[there_row, there_column, channel]
                        if gradient:
                            told = source[there_row + beside_row, there_column + beside_column, channel] - told
                        mean[channel] += share * told
                    total += share
        if total > 0:
            for channel in range(3):
                out[row, column, channel] = mean[channel] / total


def relax_reference(
    hole: NDArray[np.bool_],
    down: NDArray[np.float32],
    across: NDArray[np.float32],
    anchor: NDArray[np.float32],
    picture: NDArray[np.float32],
) -> NDArray[np.float64]:
    """What `relax` comes to in the end, by solving the equations at once: the hole's pixels (N, 3), row by row."""
    from scipy.sparse import lil_matrix
    from scipy.sparse.linalg import spsolve

    height, width = hole.shape
    pixels = [(int(row), int(column)) for row, column in np.argwhere(hole)]
    number = {pixel: n for n, pixel in enumerate(pixels)}
    equations, right = lil_matrix((len(pixels), len(pixels))), np.zeros((len(pixels), 3))
    for n, (row, column) in enumerate(pixels):
        equations[n, n] += ANCHOR
        right[n] += ANCHOR * anchor[row, column]
        for gradient, (step_down, step_right) in ((down, (1, 0)), (across, (0, 1))):
            for way in (-1, 1):
                other = row + way * step_down, column + way * step_right
                if not (0 <= other[0] < height and 0 <= other[1] < width):
                    continue
                equations[n, n] += 1
                right[n] += gradient[other] if way < 0 else -gradient[row, column]
                if other in number:
                    equations[n, number[other]] -= 1
                else:
                    right[n] += picture[other]
    return np.asarray(spsolve(equations.tocsr(), right)).reshape(len(pixels), 3)


@jit
def relax(
    pixels: NDArray[np.int32],
    hole: NDArray[np.bool_],
    down: NDArray[np.float32],
    across: NDArray[np.float32],
    anchor: NDArray[np.float32],
    over: float,
    passes: int,
    picture: NDArray[np.float32],
) -> None:
    """Give `pixels` (N, 2) of a hole the gradients `down` and `across` (H, W, 3), in `picture` (H, W, 3), in place.

    Poisson's equation between what is around the hole, by successive over-relaxation with the factor `over` (Young
    1954). The colours of `anchor` (H, W, 3) hold weakly against it.
    """
    height, width = hole.shape
    for _ in range(passes):
        for n in range(len(pixels)):
            row, column = pixels[n, 0], pixels[n, 1]
            for channel in range(3):
                total, count = ANCHOR * anchor[row, column, channel], ANCHOR
                if row > 0:
                    total += picture[row - 1, column, channel] + down[row - 1, column, channel]
                    count += 1
                if row < height - 1:
                    total += picture[row + 1, column, channel] - down[row, column, channel]
                    count += 1
                if column > 0:
                    total += picture[row, column - 1, channel] + across[row, column - 1, channel]
                    count += 1
                if column < width - 1:
                    total += picture[row, column + 1, channel] - across[row, column, channel]
                    count += 1
                here = picture[row, column, channel]
                picture[row, column, channel] = here + over * (total / count - here)
