"""What each piece of a picture shows: colour, texture, lines, place, and how it lies to the others."""

from __future__ import annotations

from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array, csr_array
from scipy.sparse.csgraph import connected_components, dijkstra

from lucida.engines.segmentation.superpixels import Superpixels, divide

AREA = 384 * 288  # pixels that are looked at, about
FINE_TEXTURE = 3  # the cue's column
_SCALES = (0.7, 2.0, 5.0)  # of texture, in pixels
_MERGED = (0.035, 0.07)  # difference of colour below which neighbours are one region
_NEAR = 0.14  # of the picture's longer edge


class Seen(NamedTuple):
    """A picture's pieces and their cues (N, C); `links` (N, N) weigh neighbours, rows sum to 1."""

    pieces: Superpixels
    cues: NDArray[np.float32]
    colours: NDArray[np.float64]
    links: csr_array


def working_size(height: int, width: int) -> tuple[int, int]:
    """Height and width at which a picture is looked at."""
    scale = float(np.sqrt(AREA / (height * width)))
    return max(24, round(height * scale)), max(24, round(width * scale))


def look(pixels: NDArray[np.uint8]) -> Seen:
    """The cues of a picture of working size, uint8 sRGB (h, w, 3)."""
    height, width = pixels.shape[:2]
    rgb = np.asarray(pixels / np.float32(255), np.float32)
    lab = np.asarray(cv2.cvtColor(rgb, cv2.COLOR_RGB2LAB) / np.float32(100), np.float32)
    soft = cv2.GaussianBlur(pixels, (0, 0), 0.8)
    pieces = divide(np.asarray(cv2.cvtColor(soft, cv2.COLOR_RGB2LAB), np.uint8))
    texture = _texture(lab[..., 0])
    lines = _lines(pixels)
    maps = np.concatenate([lab, texture, lines, _vertical(lab, texture[..., 1])], -1)
    seen = pieces.mean(maps)
    colours, rough = seen[:, :3], seen[:, 3]
    spread = np.sqrt(np.maximum(pieces.mean(lab * lab) - colours**2, 0))
    y, x = np.mgrid[:height, :width].astype(np.float32)
    place = pieces.mean(np.stack([(x + 0.5) / width, (y + 0.5) / height], -1))
    own = np.concatenate([seen, spread, _tints(pieces, rgb)], 1)
    middle = np.median(lab.reshape(-1, 3)[::7], axis=0)
    rank = (np.argsort(np.argsort(colours[:, 0])) / max(pieces.count - 1, 1))[:, None]
    at = place * [width, height] / max(width, height)
    links = _links(at, pieces)
    table = [
        own,
        np.stack([2 * np.abs(place[:, 0] - 0.5), place[:, 1], place[:, 1] ** 2], 1),
        colours - middle,
        rank,
        links @ own[:, :12],
        own[:, :6] - links @ own[:, :6],
        _ways(pieces, colours),
        *(_regions(pieces, colours, rough, place, limit) for limit in _MERGED),
        np.broadcast_to(_whole(maps[..., :9]), (pieces.count, 6 * 9 + 2)),
    ]
    return Seen(pieces, np.concatenate(table, 1).astype(np.float32), colours, links)


def _texture(light: NDArray[np.float32]) -> NDArray[np.float32]:
    """Strength of edges at three scales, and which way the finest run (h, w, 5), the first three as logarithms."""
    found = []
    for scale in _SCALES:
        smooth = cv2.GaussianBlur(light, (0, 0), scale)
        gx, gy = cv2.Sobel(smooth, cv2.CV_32F, 1, 0, scale=1 / 8), cv2.Sobel(smooth, cv2.CV_32F, 0, 1, scale=1 / 8)
        strength = cv2.GaussianBlur(cv2.magnitude(gx, gy), (0, 0), 1 + scale)
        found.append(np.log(0.002 + strength) / 3)
        if scale == _SCALES[0]:
            xx, yy, xy = (cv2.GaussianBlur(product, (0, 0), 4.0) for product in (gx * gx, gy * gy, gx * gy))
            total = xx + yy + 1e-7
            found += [(xx - yy) / total, np.sqrt((xx - yy) ** 2 + 4 * xy * xy) / total]
    return np.asarray(np.stack([found[0], *found[3:], found[1], found[2]], -1), np.float32)


def _lines(pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
    """How much straight line there is about each pixel: upright, level and slanting (h, w, 3)."""
    height, width = pixels.shape[:2]
    found = cv2.createLineSegmentDetector(0).detect(cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY))[0]
    drawn = np.zeros((3, height, width), np.uint8)
    for x0, y0, x1, y1 in () if found is None else found.reshape(-1, 4):
        across, down = abs(x1 - x0), abs(y1 - y0)
        if across + down >= 12:
            which = 0 if across < 0.15 * down else 1 if down < 0.15 * across else 2
            cv2.line(drawn[which], (round(float(x0)), round(float(y0))), (round(float(x1)), round(float(y1))), 255)
    blurred = np.stack([cv2.GaussianBlur(each, (0, 0), 9.0) for each in drawn], -1)
    return np.asarray(blurred / np.float32(32), np.float32)


def _vertical(lab: NDArray[np.float32], rough: NDArray[np.float32]) -> NDArray[np.float32]:
    """Above and below each pixel: mean colour, and the strongest edge and colour change on the way (h, w, 10)."""
    small = cv2.GaussianBlur(lab, (0, 0), 3.0)
    edge = np.exp(3 * np.minimum(cv2.GaussianBlur(rough, (0, 0), 1.5), 1))
    count = np.arange(1, len(lab) + 1, dtype=np.float32)[:, None, None]
    found = []
    for flip in (1, -1):
        column, worst = small[::flip], np.maximum.accumulate(edge[::flip], axis=0)
        mean = np.cumsum(column, 0) / count
        change = np.linalg.norm(column - column[:1], axis=-1)
        found += [mean[::flip], worst[::flip, :, None], change[::flip, :, None]]
    return np.concatenate(found, -1).astype(np.float32)


def _tints(pieces: Superpixels, rgb: NDArray[np.float32]) -> NDArray[np.float64]:
    """Greenness, blueness, saturation, and how much is burnt out or black (N, 5)."""
    mean = pieces.mean(rgb)
    total = mean.sum(1, keepdims=True) + 0.03
    share = mean / total
    saturation = (mean.max(1) - mean.min(1)) / (mean.max(1) + 0.03)
    extremes = pieces.mean(np.stack([rgb.max(-1) > 0.98, rgb.max(-1) < 0.06], -1).astype(np.float32))
    green, blue = 3 * share[:, 1] - 1, 3 * share[:, 2] - 1
    return np.concatenate([np.stack([green, blue, saturation], 1), extremes], 1)


def _links(at: NDArray[np.float64], pieces: Superpixels) -> csr_array:
    """How much each piece's surroundings count, by nearness and size."""
    far = ((at[:, None] - at[None]) ** 2).sum(-1) / (_NEAR / 2) ** 2
    near = np.exp(-0.5 * far) * pieces.sizes
    near[near < 0.02 * near.max(1, keepdims=True)] = 0
    return csr_array(near / near.sum(1, keepdims=True))


def _ways(pieces: Superpixels, colours: NDArray[np.float64]) -> NDArray[np.float64]:
    """How much colour changes on the easiest way to the top, the bottom, the sides and any border (N, 4).

    Wei et al. 2012, "Geodesic Saliency Using Background Priors".
    """
    pairs, _ = pieces.borders
    steps = np.linalg.norm(colours[pairs[:, 0]] - colours[pairs[:, 1]], axis=1)
    cost = np.maximum(steps - np.quantile(steps, 0.3), 0) + 1e-4
    graph = coo_array((cost, pairs.T), shape=(pieces.count, pieces.count)).tocsr()
    top, bottom, left, right = pieces.sides.T
    ways = []
    for start in (top, bottom, left | right):
        ways.append(dijkstra(graph, directed=False, indices=np.flatnonzero(start), min_only=True))
    ways.append(np.min(ways, 0))
    return np.asarray(np.minimum(np.stack(ways, 1), 3), np.float64)


def _regions(
    pieces: Superpixels,
    colours: NDArray[np.float64],
    rough: NDArray[np.float64],
    place: NDArray[np.float64],
    limit: float,
) -> NDArray[np.float64]:
    """Of the region that a piece belongs to where neighbours of nearly one colour are joined (N, 15)."""
    pairs, _ = pieces.borders
    alike = np.linalg.norm(colours[pairs[:, 0]] - colours[pairs[:, 1]], axis=1)
    alike += 0.25 * np.abs(rough[pairs[:, 0]] - rough[pairs[:, 1]])
    joined = pairs[alike < limit]
    graph = coo_array((np.ones(len(joined)), joined.T), shape=(pieces.count, pieces.count))
    count, of = connected_components(graph, directed=False)
    area = np.bincount(of, pieces.sizes, count)
    weights = pieces.sizes / area[of]

    def mean(values: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.asarray(np.bincount(of, values * weights, count))

    middle = [mean(place[:, n]) for n in (0, 1)]
    wide = [np.sqrt(np.maximum(mean(place[:, n] ** 2) - middle[n] ** 2, 0)) for n in (0, 1)]
    touches = np.zeros((count, 4))
    for side in range(4):
        touches[of[pieces.sides[:, side]], side] = 1
    table = np.stack(
        [
            np.sqrt(area / area.sum()),
            *middle,
            *wide,
            *(mean(colours[:, n]) for n in range(3)),
            mean(rough),
            area / area.sum() / (12 * wide[0] * wide[1] + 0.01),  # how much of its rectangle it fills
            *touches.T,
            touches.sum(1),
        ],
        1,
    )
    return np.asarray(table[of])


def _whole(maps: NDArray[np.float32]) -> NDArray[np.float32]:
    """The picture in six parts, one above the other and in the middle or at the sides, and its form."""
    height, width = maps.shape[:2]
    parts = []
    for band in np.array_split(np.arange(height), 3):
        rows = maps[band[0] : band[-1] + 1]
        inner = rows[:, width // 4 : width - width // 4].reshape(-1, maps.shape[-1]).mean(0)
        whole = rows.reshape(-1, maps.shape[-1]).mean(0)
        parts += [inner, 2 * whole - inner]
    return np.concatenate([*parts, [np.log(width / height), maps[..., 0].std()]]).astype(np.float32)
