"""How alike two pictures are, and two shapes.

PSNR; SSIM (Wang et al. 2004, §III.B); LPIPS is in `lpips.py`. Chamfer distance and volume IoU as SyncDreamer's
authors measure them (Liu et al. 2023, §4.1): the object is brought to the unit cube first, by whoever asks.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import correlate1d
from scipy.spatial import cKDTree

from lucida.errors import BadInput
from lucida.imaging.kernels import jit

Picture = NDArray[np.floating]

_SIGMA, _RADIUS = 1.5, 5  # a window of 11×11
_K1, _K2 = 0.01, 0.03
_BESIDE = 2.0**-20  # lines of the grid stand this much of a cell beside the middle, so that none runs along an edge


def _alike(one: Picture, other: Picture) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    if one.shape != other.shape or one.ndim not in (2, 3) or not one.size:
        raise BadInput(f"Pictures of {one.shape} and {other.shape} cannot be compared; give two of one size.")
    return np.asarray(one, np.float64), np.asarray(other, np.float64)


def psnr(one: Picture, other: Picture) -> float:
    """Peak signal-to-noise ratio in dB of pictures (H, W) or (H, W, 3) of range 0–1; infinite where they are equal.

    Raises `BadInput` for pictures of two sizes.
    """
    first, second = _alike(one, other)
    error = float(np.mean((first - second) ** 2))
    return -10 * float(np.log10(error)) if error else float("inf")


def ssim(one: Picture, other: Picture) -> float:
    """Structural similarity of pictures (H, W) or (H, W, 3) of range 0–1, by Gaussian windows of 11×11, σ 1.5.

    The mean over the pixels whose window lies inside the picture, and over the channels. Raises `BadInput` for
    pictures of two sizes, or smaller than the window.
    """
    first, second = _alike(one, other)
    height, width = first.shape[:2]
    if min(height, width) <= 2 * _RADIUS:
        raise BadInput(f"A picture of {width}×{height} is too small for SSIM; it needs 11 pixels each way.")
    window = np.exp(-0.5 * (np.arange(-_RADIUS, _RADIUS + 1) / _SIGMA) ** 2)
    window /= window.sum()

    def blurred(picture: NDArray[np.float64]) -> NDArray[np.float64]:
        across = correlate1d(picture, window, axis=1)[:, _RADIUS : width - _RADIUS]
        return np.asarray(correlate1d(across, window, axis=0)[_RADIUS : height - _RADIUS])

    mean, other_mean = blurred(first), blurred(second)
    variance, other_variance = blurred(first**2) - mean**2, blurred(second**2) - other_mean**2
    covariance = blurred(first * second) - mean * other_mean
    c1, c2 = _K1**2, _K2**2
    luminance = (2 * mean * other_mean + c1) / (mean**2 + other_mean**2 + c1)
    structure = (2 * covariance + c2) / (variance + other_variance + c2)
    return float(np.mean(luminance * structure))


def chamfer(one: NDArray[np.floating], other: NDArray[np.floating]) -> float:
    """Mean distance of points (N, 3) to the nearest of points (M, 3) and back, halved; not squared.

    Raises `BadInput` where there are no points.
    """
    if not len(one) or not len(other):
        raise BadInput("There are no points to measure a distance between; give two shapes that have some.")
    there, _ = cKDTree(other).query(one, workers=-1)
    back, _ = cKDTree(one).query(other, workers=-1)
    return float((there.mean() + back.mean()) / 2)


@jit
def _crossings(corners: NDArray[np.float64], cells: int, winding: NDArray[np.int32]) -> None:
    """Where lines along z through the grid's middles pass a triangle: +1 above it or −1, by the way it faces.

    `corners` (F, 3, 3) in cells; `winding` (cells, cells, cells + 1).
    """
    for face in range(len(corners)):
        ax, ay, az = corners[face, 0]
        bx, by, bz = corners[face, 1]
        cx, cy, cz = corners[face, 2]
        area = (bx - ax) * (cy - ay) - (by - ay) * (cx - ax)
        if area == 0:
            continue
        first_x, last_x = int(np.ceil(min(ax, bx, cx) - 0.5)), int(np.floor(max(ax, bx, cx) - 0.5))
        first_y, last_y = int(np.ceil(min(ay, by, cy) - 0.5)), int(np.floor(max(ay, by, cy) - 0.5))
        for column in range(max(first_x, 0), min(last_x, cells - 1) + 1):
            for row in range(max(first_y, 0), min(last_y, cells - 1) + 1):
                x, y = column + 0.5, row + 0.5
                a = ((bx - x) * (cy - y) - (by - y) * (cx - x)) / area
                b = ((cx - x) * (ay - y) - (cy - y) * (ax - x)) / area
                c = 1 - a - b
                if a < 0 or b < 0 or c < 0:
                    continue
                above = int(np.ceil(a * az + b * bz + c * cz - 0.5))  # the first middle that lies above
                winding[column, row, min(max(above, 0), cells)] += -1 if area > 0 else 1


def occupancy(
    vertices: NDArray[np.floating], faces: NDArray[np.integer], low: NDArray[np.floating], size: float, cells: int = 64
) -> NDArray[np.bool_]:
    """Which middles of the cells of a cube lie inside a watertight mesh, whose faces (F, 3) turn outwards.

    The cube begins at `low` (3,), is `size` wide and has `cells` each way; the answer is (cells, cells, cells).
    """
    beside = _BESIDE * np.array([1.0, np.sqrt(2.0), 0.0])
    corners = (np.asarray(vertices, np.float64)[faces] - low) / size * cells + beside
    winding = np.zeros((cells, cells, cells + 1), np.int32)
    _crossings(np.ascontiguousarray(corners), cells, winding)
    return np.asarray(np.cumsum(winding, axis=2)[:, :, :cells] != 0)


def volume_iou(
    one: tuple[NDArray[np.floating], NDArray[np.integer]],
    other: tuple[NDArray[np.floating], NDArray[np.integer]],
    cells: int = 64,
) -> float:
    """Shared volume over joint volume of two watertight meshes, each vertices (V, 3) and faces (F, 3).

    Counted on a grid of `cells` each way around both. Raises `BadInput` where a mesh is empty.
    """
    if not all(len(faces) for _, faces in (one, other)):
        raise BadInput("A mesh without faces has no volume; give two closed ones.")
    points = np.concatenate([one[0], other[0]])
    low, high = points.min(axis=0), points.max(axis=0)
    size = float((high - low).max())
    first, second = (occupancy(vertices, faces, low, size, cells) for vertices, faces in (one, other))
    either = np.count_nonzero(first | second)
    return np.count_nonzero(first & second) / either if either else 0.0
