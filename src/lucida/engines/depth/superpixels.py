"""A picture as a few hundred small areas of one colour each, and how strongly neighbours belong together."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import scipy.sparse
import scipy.sparse.csgraph
import scipy.sparse.linalg
from numpy.typing import NDArray

Numbers = NDArray[np.float64]

SIZE, RULER, ROUNDS, SMALLEST = 12, 14.0, 6, 25  # pixels, compactness, iterations, percent of SIZE²
COLOUR, EDGE, TEXTURE = 9.0, 5.0, 3.0  # CIELAB units that set two areas apart


@dataclass(frozen=True)
class Superpixels:
    """`label` int64 (h, w) numbers the areas from 0; all else is one number for each, or for each pair of neighbours.

    `colour` (n, 3) is CIELAB, `rough` how much its lightness varies within two pixels, `x` and `y` the middle as
    fractions of width and height, `area` in pixels; `top` and `bottom` are the pixels on the picture's border. Pairs:
    `one` and `other`, `border` their common pixel edges, `upright` the share of those that lie one above the other,
    `apart` how different the two are, 0 the same.
    """

    label: NDArray[np.int64]
    colour: Numbers
    rough: Numbers
    x: Numbers
    y: Numbers
    area: Numbers
    top: Numbers
    bottom: Numbers
    one: NDArray[np.int64]
    other: NDArray[np.int64]
    border: Numbers
    upright: Numbers
    apart: Numbers
    step: Numbers

    @property
    def count(self) -> int:
        """How many areas there are."""
        return len(self.area)

    def mean(self, picture: NDArray[np.floating]) -> Numbers:
        """The mean (n,) of a picture (h, w) over each area."""
        return np.bincount(self.label.ravel(), picture.ravel().astype(np.float64), self.count) / self.area


def superpixels(pixels: NDArray[np.uint8], lab: NDArray[np.float32]) -> Superpixels:
    """The areas of a picture, uint8 sRGB (h, w, 3), `lab` its CIELAB: SLIC of Achanta et al. 2012."""
    soft = cv2.cvtColor(cv2.GaussianBlur(pixels, (0, 0), 0.7), cv2.COLOR_RGB2LAB)
    slic = cv2.ximgproc.createSuperpixelSLIC(soft, cv2.ximgproc.SLIC, SIZE, RULER)
    slic.iterate(ROUNDS)
    slic.enforceLabelConnectivity(SMALLEST)
    # Numbers without a pixel would be areas without a mean.
    label = np.unique(slic.getLabels(), return_inverse=True)[1].reshape(pixels.shape[:2])
    count = int(label.max()) + 1
    area = np.bincount(label.ravel(), minlength=count).astype(np.float64)

    def mean(picture: NDArray[np.floating]) -> Numbers:
        return np.bincount(label.ravel(), picture.ravel().astype(np.float64), count) / area

    height, width = pixels.shape[:2]
    rows, columns = (each.astype(np.float64) for each in np.indices((height, width)))
    colour = np.stack([mean(lab[..., channel]) for channel in range(3)], 1)
    rough = mean(_roughness(lab[..., 0]))
    one, other, border, upright, edge = _neighbours(label, _slope(lab), count)
    step = np.linalg.norm(colour[one] - colour[other], axis=1)
    texture = np.abs(rough[one] - rough[other])
    apart = np.sqrt((step / COLOUR) ** 2 + 0.5 * (edge / EDGE) ** 2 + 0.3 * (texture / TEXTURE) ** 2)
    return Superpixels(
        label, colour, rough, mean((columns + 0.5) / width), mean((rows + 0.5) / height), area,
        np.bincount(label[0], minlength=count).astype(np.float64),
        np.bincount(label[-1], minlength=count).astype(np.float64),
        one, other, border, upright, apart, 0.6 * edge + 0.5 * step + 2 * texture,
    )  # fmt: skip


def _roughness(light: NDArray[np.float32]) -> NDArray[np.float32]:
    difference = np.abs(light - cv2.GaussianBlur(light, (0, 0), 2))
    return np.asarray(cv2.GaussianBlur(difference, (0, 0), 2.5), np.float32)


def _slope(lab: NDArray[np.float32]) -> NDArray[np.float32]:
    """CIELAB units per pixel."""
    squares = np.zeros(lab.shape[:2], np.float32)
    for channel in range(3):
        for dx in (0, 1):
            squares += (cv2.Scharr(lab[..., channel], cv2.CV_32F, dx, 1 - dx) / 32) ** 2
    return np.sqrt(squares)


def _neighbours(
    label: NDArray[np.int64], slope: NDArray[np.float32], count: int
) -> tuple[NDArray[np.int64], NDArray[np.int64], Numbers, Numbers, Numbers]:
    """Pairs of areas that touch: the two, the length of their border, its share of steps down, the slope across it."""
    first = np.concatenate([label[:, :-1].ravel(), label[:-1].ravel()])
    second = np.concatenate([label[:, 1:].ravel(), label[1:].ravel()])
    across = np.maximum(slope[:, :-1], slope[:, 1:]).ravel(), np.maximum(slope[:-1], slope[1:]).ravel()
    edge = np.concatenate(across).astype(np.float64)
    down = np.concatenate([np.zeros(len(across[0])), np.ones(len(across[1]))])
    differ = first != second
    first, second, edge, down = first[differ], second[differ], edge[differ], down[differ]
    pair, index = np.unique(np.minimum(first, second) * count + np.maximum(first, second), return_inverse=True)
    border = np.bincount(index, minlength=len(pair)).astype(np.float64)
    sums = (np.bincount(index, values, len(pair)) for values in (down, edge))
    upright, slopes = (each / np.maximum(border, 1) for each in sums)
    return pair // count, pair % count, border, upright, slopes


def links(areas: Superpixels, weight: Numbers) -> scipy.sparse.csr_array:
    """A symmetric matrix (n, n) of one weight for each pair."""
    both = np.concatenate([areas.one, areas.other]), np.concatenate([areas.other, areas.one])
    return scipy.sparse.csr_array((np.concatenate([weight, weight]), both), (areas.count, areas.count))


def settled(areas: Superpixels, weight: Numbers, trust: Numbers, wanted: Numbers) -> Numbers:
    """The values (n,) between what is `wanted` and what neighbours are: least squares of both, by their weights.

    Grady, "Multilabel random walker image segmentation using prior models" (CVPR 2005).
    """
    between = links(areas, weight)
    matrix = scipy.sparse.diags_array(between.sum(axis=1) + trust + 1e-6) - between
    return np.asarray(scipy.sparse.linalg.spsolve(matrix.tocsc(), trust * wanted), np.float64).reshape(-1)


def smoothed(areas: Superpixels, share: Numbers) -> Numbers:
    """Shares (n,) of 0 to 1, evened out over areas that look alike."""
    weight = areas.border * (np.exp(-(areas.apart**2)) + 0.02 * np.exp(-areas.apart))
    return np.clip(settled(areas, weight, 0.15 * np.sqrt(areas.area), share), 0, 1)


def steps_from(areas: Superpixels, begin: NDArray[np.bool_]) -> Numbers:
    """How much change lies between each area and the nearest of those to `begin` at, along the smoothest way."""
    if not begin.any():
        return np.full(areas.count, 1e3)
    graph = links(areas, np.maximum(areas.step, 0) + 1e-6)
    return np.asarray(scipy.sparse.csgraph.dijkstra(graph, indices=np.flatnonzero(begin), min_only=True))


def hanging_together(areas: Superpixels, chosen: NDArray[np.bool_], begin: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Those of the chosen areas from which a way through chosen ones leads to where it is to `begin`."""
    inside = chosen[areas.one] & chosen[areas.other]
    parts = scipy.sparse.csgraph.connected_components(links(areas, inside.astype(np.float64)), directed=False)[1]
    return np.asarray(chosen & np.isin(parts, np.unique(parts[chosen & begin])))
