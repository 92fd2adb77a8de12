"""Which piece of a photo is laid next: the one that fits what stands there, is level, and has been shown least."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from lucida.engines.painter.band import PER_RADIAN, Band
from lucida.engines.painter.likeness import oddity

_NEARER = (1.0, 1.5)  # how much a piece may be enlarged
_FITS = 0.985  # share of a cell that must lie in the photo; less where none does
# What a piece costs besides the stops by which it differs from what it overlaps.
_SHOWN = 1.2  # for each time that it was shown, by its oddity in stops
_IN_MARGIN = 0.5  # as much of it counts in a cell's margins
_ANYWHERE, _AROUND, _BESIDE = 0.3, 0.5, 1.5  # shown anywhere, within some 50° and within some 30°
_MIRRORED = 5.0  # beside its mirror image: that is a kaleidoscope
_AROUND_ANGLE, _BESIDE_ANGLE = np.radians(50.0), np.radians(30.0)
_LEVEL = 8.0  # for each radian by which an upright piece's horizon is off
_HEIGHT = 1.0  # stops by which the photo's rows there differ from those where it is laid
_ENLARGED, _CHANCE = 0.1, 0.06  # for each doubling; as a share of the cost
_OFFERS, _APART = 2, 6  # of each scale and hand; pixels between them
_BINS = 36  # of longitude, in which is kept what was shown
_MARGIN = 0.7  # of a cell's margins that is cut away


@dataclass(frozen=True)
class Cell:
    """The size (rows, columns) of the cells that are filled, and the margins of it in which they overlap."""

    size: tuple[int, int]
    margin: tuple[int, int]

    @property
    def core(self) -> tuple[slice, slice]:
        """What is left within the margins."""
        (height, width), (down, across) = self.size, self.margin
        return slice(down, height - down), slice(across, width - across)


class Piece(NamedTuple):
    """A piece of the photo, enlarged and mirrored; its `x`, `y` on the band lie at the cell's anchor."""

    x: float
    y: float
    scale: float
    sign: int


class _Example(NamedTuple):
    """The photo at one scale, forwards or mirrored: features (h, w, 3), and how well a cell fits by its corner."""

    scale: float
    sign: int
    features: NDArray[np.float32]
    power: NDArray[np.float32]
    fits: NDArray[np.float32]


class Pieces:
    """What a photo has to offer, and what of it was shown where.

    `shown` float32 (h, w, 3) are its features on a band from `corner` (row, column) on, `there` where it has any. The
    pieces of an `upright` scene keep its horizon; others keep near the height they come from.
    """

    def __init__(
        self,
        shown: NDArray[np.float32],
        there: NDArray[np.bool_],
        corner: tuple[int, int],
        band: Band,
        cell: Cell,
        *,
        upright: bool,
    ) -> None:
        self._corner, self._band, self._cell, self._upright = corner, band, cell, upright
        self._odd = oddity(shown, there)
        self._used = np.zeros((2, _BINS, *there.shape), np.float32)  # forwards and mirrored
        mean = (shown * there[..., None]).sum(1) / np.maximum(there.sum(1), 1)[:, None]
        self._rows = cv2.blur(np.asarray(mean[:, None], np.float32), (1, max(3, cell.size[1] // 3)))[:, 0]
        known = there.astype(np.float32)
        examples = [self._example(shown, known, scale, sign) for scale in _NEARER for sign in (1, -1)]
        self._examples = [example for example in examples if example is not None]
        self._least = min(_FITS, 0.98 * max((float(example.fits.max()) for example in self._examples), default=0))

    def __bool__(self) -> bool:
        """Whether the photo is large enough to fill a cell."""
        return bool(self._examples)

    def _example(
        self, shown: NDArray[np.float32], known: NDArray[np.float32], scale: float, sign: int
    ) -> _Example | None:
        width, height = round(shown.shape[1] * scale), round(shown.shape[0] * scale)
        if height < self._cell.size[0] or width < self._cell.size[1]:
            return None
        shown, known = (_resized(picture[:, ::sign], (width, height)) for picture in (shown, known))
        whole = np.full(self._cell.size, 1 / np.prod(self._cell.size), np.float32)
        power = np.asarray((shown * shown).sum(-1), np.float32)
        return _Example(scale, sign, shown, power, _correlated(known, whole))

    def anchor(self, top: int) -> float:
        """The row by which a piece is held in a cell whose upper edge is at `top` in the band: horizon or middle."""
        return self._band.level - top if self._upright else self._cell.size[0] / 2

    def offers(
        self,
        canvas: NDArray[np.float32],
        weight: NDArray[np.float32],
        longitude: float,
        top: int,
        chance: np.random.Generator,
    ) -> list[tuple[float, Piece]]:
        """The cheapest pieces, and what each costs besides its misfit, for a cell that shows `canvas` (h, w, 3).

        The canvas counts by its `weight` (h, w). Of small pieces, which are many, there is one offer.
        """
        total = max(float(weight.sum()), 1e-3)
        weighted = np.asarray(weight[..., None] * canvas, np.float32)
        own = float((weighted * canvas).sum())
        again = self._again(longitude)
        found = []
        for example in self._examples:
            height, width = example.power.shape
            squares = _correlated(example.power, weight) - 2 * _correlated(example.features, weighted) + own
            price = self._counted(_resized(again[example.sign][:, :: example.sign], (width, height)))
            price += self._out_of_height(example, top, len(price))[:, None] + _ENLARGED * np.log2(example.scale)
            cost = (np.sqrt(np.maximum(squares, 0) / total) + price) * chance.uniform(1, 1 + _CHANCE, price.shape)
            cost[example.fits < self._least] = np.inf
            for _ in range(_OFFERS):
                y, x = (int(i) for i in np.unravel_index(int(cost.argmin()), cost.shape))
                found.append((float(cost[y, x]), float(price[y, x]), self._piece(example, x, y, top)))
                cost[:, max(0, x - _APART) : x + _APART + 1] = np.inf
        found = sorted(offer for offer in found if np.isfinite(offer[0]))
        return [offer[1:] for offer in (found if self._upright else found[:1])]

    def _counted(self, cost: NDArray[np.float32]) -> NDArray[np.float32]:
        """The mean of a cost (h, w) over a cell, by its corner; what lies in its margins counts less."""
        (height, width), (down, across) = self._cell.size, self._cell.margin
        total = np.asarray(cv2.integral(cost), np.float64)
        whole, core = _sums(total, height, width), _sums(total, height - 2 * down, width - 2 * across)
        core = core[down : down + len(whole), across : across + whole.shape[1]]
        weight = _IN_MARGIN * height * width + (1 - _IN_MARGIN) * (height - 2 * down) * (width - 2 * across)
        return np.asarray((_IN_MARGIN * whole + (1 - _IN_MARGIN) * core) / weight, np.float32)

    def _piece(self, example: _Example, x: int, y: int, top: int) -> Piece:
        across = (x + self._cell.size[1] / 2) / example.scale
        across = across if example.sign > 0 else self._odd.shape[1] - across
        down = (y + self.anchor(top)) / example.scale
        return Piece(self._corner[1] + across, self._corner[0] + down, example.scale, example.sign)

    def _out_of_height(self, example: _Example, top: int, count: int) -> NDArray[np.float32]:
        """What it costs by the row of the example (count,) where a cell's upper edge lies."""
        if self._upright:  # the eye stays at its height: what is larger is nearer
            level = example.scale * (self._band.level - self._corner[0]) - self.anchor(top)
            return np.asarray(_LEVEL * np.abs(np.arange(count) - level) / PER_RADIAN, np.float32)
        row = int(np.clip(top + self.anchor(top) - self._corner[0], 0, len(self._rows) - 1))
        unlike = np.abs(self._rows - self._rows[row]).mean(1, keepdims=True)
        rows = _resized(unlike, (1, len(example.power)))
        return np.asarray(_HEIGHT * rows[self._cell.size[0] // 2 :, 0][:count], np.float32)

    def _again(self, longitude: float) -> dict[int, NDArray[np.float32]]:
        """What it costs to show each place of the photo once more there, forwards (1) and mirrored (−1)."""
        away = np.abs((np.arange(_BINS) + 0.5) / _BINS * 2 * np.pi - np.pi - longitude) % (2 * np.pi)
        away = np.minimum(away, 2 * np.pi - away)
        around, beside = np.exp(-((away / _AROUND_ANGLE) ** 2)), np.exp(-((away / _BESIDE_ANGLE) ** 2))
        costs = np.stack([_ANYWHERE + _AROUND * around + more * beside for more in (_BESIDE, _MIRRORED)])
        used = self._used.reshape(2, _BINS, -1)
        forwards, mirrored = (_SHOWN * (costs.astype(np.float32) @ used)).reshape(2, 2, *self._odd.shape) * self._odd
        return {1: forwards[0] + mirrored[1], -1: mirrored[0] + forwards[1]}

    def mark_photo(self, inside: NDArray[np.bool_]) -> None:
        """The photo itself shows everything once, straight ahead; `inside` as `there`."""
        self._used[0, _BINS // 2] += inside

    def mark(self, piece: Piece, longitude: float, top: int) -> None:
        """A piece is shown around a longitude (radians) in a cell whose upper edge is at a row of the band."""
        (height, width), (less_down, less_across) = self._cell.size, (_MARGIN * m for m in self._cell.margin)
        up, anchor = piece.y - self._corner[0], self.anchor(top)
        left = piece.x - self._corner[1] - (width / 2 - less_across) / piece.scale
        right = piece.x - self._corner[1] + (width / 2 - less_across) / piece.scale
        upper, lower = up - (anchor - less_down) / piece.scale, up + (height - less_down - anchor) / piece.scale
        rows, columns = (slice(max(0, round(a)), max(0, round(b))) for a, b in ((upper, lower), (left, right)))
        place = int((longitude / (2 * np.pi) + 0.5) * _BINS) % _BINS
        self._used[0 if piece.sign > 0 else 1, place, rows, columns] += 1


def _resized(picture: NDArray[np.float32], size: tuple[int, int]) -> NDArray[np.float32]:
    return np.asarray(cv2.resize(np.ascontiguousarray(picture), size, interpolation=cv2.INTER_LINEAR), np.float32)


def _correlated(picture: NDArray[np.float32], cell: NDArray[np.float32]) -> NDArray[np.float32]:
    return np.asarray(cv2.matchTemplate(picture, cell, cv2.TM_CCORR), np.float32)


def _sums(integral: NDArray[np.float64], height: int, width: int) -> NDArray[np.float64]:
    """The sums over all rectangles of a size that lie inside, by their corners."""
    tall = integral[height:] - integral[:-height]
    return np.asarray(tall[:, width:] - tall[:, :-width])
