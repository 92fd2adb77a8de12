"""How a photo's own pieces are laid around it until they close behind the viewer.

Image quilting (Efros and Freeman 2001) on the sphere: cell by cell, outward from the photo, the piece of it is laid
that fits what already stands there, that stays at its height, and that has been shown least (`pieces.py`). How often a
thing may be shown depends on how odd it is: a wall, grass or leaves may go on for ever, a dog may not. Where pieces
overlap they are cut along the line where they differ least (`cutting.py`).

Pieces are turned, mirrored and brought nearer, so that what must be shown again is not the same again. In a scene that
stands upright they are as tall as the photo, so no thing is cut in two by its height, and keep the horizon; a narrow
photo out of doors is a close-up of leaves or of a wall, and its pieces may come from anywhere.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple, Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from lucida.engines.painter.band import PER_RADIAN, WIDTH, Band
from lucida.engines.painter.cutting import within_cut
from lucida.engines.painter.likeness import features
from lucida.engines.painter.pieces import Cell, Piece, Pieces
from lucida.geometry.cameras import PinholeCamera

_BEYOND = np.radians(8.0)  # the band goes on below and above the photo, where floor and ceiling take over
# The photo, mirrored, goes on so far around itself, so that nothing shows where it ends: hills and clouds bear that,
# while a cupboard becomes an obelisk.
_BORDER, _BORDER_INDOORS = np.radians(3.5), np.radians(1.0)
_CELL, _OVERLAP = 0.32, 0.3  # of the photo's lesser field of view; of a cell's core, to each side
_SMALLEST, _LARGEST = np.radians(10.0), np.radians(26.0)  # a core
_JITTERS = (0.15, 0.0, 0.0)  # of a core: the first round lays cells unevenly, the others fill what it left
_FADE, _UNCUT = 0.8, 0.4  # of an overlap: how deep it is looked into; of a core: how far in no cut goes
_FEWEST = 24  # rows and columns; of less there is nothing to choose from
_SOFT = 1.2 / 1024  # of the panorama's width: how softly pieces cross over


class Looks(Protocol):
    """Something that shows what lies along directions."""

    def look(self, direction: NDArray[np.floating]) -> NDArray[np.float32]: ...


@dataclass(frozen=True)
class Quilt:
    """The pieces, and where they lie on a panorama (h, w).

    `maps` (pieces, 3, 3) lead from a direction to the one where the photo shows what is seen there; the first is the
    photo itself, beyond its border mirrored. `piece` int16 (h, w, 2) are the piece that is seen most and the one that
    is seen through it, `share` float32 (h, w) says how much of the first.
    """

    maps: NDArray[np.float64]
    piece: NDArray[np.int16]
    share: NDArray[np.float32]


def quilt(
    source: Looks,
    camera: PinholeCamera,
    low: float,
    high: float,
    seed: int,
    *,
    upright: bool,
    indoors: bool = False,
    size: tuple[int, int],
) -> Quilt:
    """Lay pieces of `source` around it from latitude `low` to `high` (radians), as a panorama of `size` (h, w).

    Deterministic in `seed`. Where too little of the photo lies between the latitudes, it is mirrored all around.
    """
    band = Band.between(low - _BEYOND, high + _BEYOND)
    work = _Work(source, camera, band, _BORDER_INDOORS if indoors else _BORDER, upright=upright)
    work.lay_all(np.random.default_rng(seed))
    return _on_panorama(np.stack(work.maps), work.label, band, size)


class _Standing(NamedTuple):
    """What a cell shows before a piece is laid: labels (h, w), −1 for none, −2 outside the band; features (h, w, 3)."""

    label: NDArray[np.int64]
    canvas: NDArray[np.float32]

    def weight(self, fade: float) -> NDArray[np.float32]:
        """How much (h, w) of it a piece must fit, fading over so many pixels from where nothing stands."""
        away = cv2.distanceTransform((self.label != -1).astype(np.uint8), cv2.DIST_L2, 3)
        return np.where(self.label >= 0, np.exp(-((away / fade) ** 2)), 0).astype(np.float32)


class _Trial(NamedTuple):
    """A piece laid on trial: its cost, its map, its features (h, w, 3), and what it takes of the cell (h, w)."""

    cost: float
    piece: Piece
    turn: NDArray[np.float64]
    laid: NDArray[np.float32]
    taken: NDArray[np.bool_]


class _Work:
    """A quilt while it grows: which piece each pixel of the band belongs to, −1 for none yet, and what it shows."""

    def __init__(self, source: Looks, camera: PinholeCamera, band: Band, border: float, *, upright: bool) -> None:
        self.source, self.camera, self.band, self.upright = source, camera, band, upright
        self.direction = band.directions()
        self.inside = camera.project(self.direction)[2]
        self.canvas = features(source.look(self.direction))
        self.maps = [np.eye(3)]
        around = 2 * int(border * PER_RADIAN) + 1
        if upright:  # above and below, the photo goes on mirrored, and so do its pieces
            there = _wider(self.inside, np.ones((2 * int(_BEYOND * PER_RADIAN) + 3, 1), np.uint8))
            filled = _wider(there, np.ones((1, around), np.uint8))
        else:
            there = self.inside
            filled = _wider(there, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (around, around)))
        self.label = np.where(filled, 0, -1)
        core = int(np.clip(_CELL * min(camera.horizontal_fov, camera.vertical_fov), _SMALLEST, _LARGEST) * PER_RADIAN)
        margin = max(3, int(_OVERLAP * core))
        if upright:
            self.cell = Cell((band.rows, core + 2 * margin), (0, margin))
        else:
            self.cell = Cell((core + 2 * margin, core + 2 * margin), (margin, margin))
        self.pieces = self._pieces(there)

    def _pieces(self, there: NDArray[np.bool_]) -> Pieces | None:
        rows, columns = np.flatnonzero(there.any(1)), np.flatnonzero(there.any(0))
        if min(len(rows), len(columns)) < _FEWEST or len(columns) > WIDTH // 2:
            return None
        part = slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1)
        corner = int(rows[0]), int(columns[0])
        pieces = Pieces(self.canvas[part], there[part], corner, self.band, self.cell, upright=self.upright)
        pieces.mark_photo(self.inside[part])
        return pieces or None

    def lay_all(self, chance: np.random.Generator) -> None:
        """Lay pieces until nothing is empty; what none of them reaches belongs to the nearest."""
        if self.pieces is None:
            self.label[:] = 0
            return
        height, width = self.cell.size
        core = width - 2 * self.cell.margin[1]
        for jitter in _JITTERS:
            for x, y in self._cells():
                across, down = chance.uniform(-jitter, jitter, 2) * core
                self._lay(self.pieces, round(x + across - width / 2), round(y + down - height / 2), chance)
        self.label = _filled(self.label)

    def _cells(self) -> list[tuple[float, float]]:
        """Middles (x, y) of cells, outward from the photo, to both sides in turn."""
        size, margin = np.array(self.cell.size), np.array(self.cell.margin)
        down, across = np.ceil([self.band.rows, WIDTH] / (size - 2 * margin)).astype(int)
        rows, columns = np.nonzero(self.inside)
        found = []
        for i, j in np.ndindex(across, down):
            away = (i + 0.5) * WIDTH / across
            away = away if away <= WIDTH / 2 else away - WIDTH
            y = (j + 0.5) * self.band.rows / down
            found.append((abs(away), abs(y - rows.mean()), columns.mean() + away, y))
        return [(x, y) for _, _, x, y in sorted(found)]

    def _lay(self, pieces: Pieces, left: int, top: int, chance: np.random.Generator) -> None:
        """Lay the best piece into the cell whose corner is there, if some of its core is still empty."""
        (height, width), (margin, _) = self.cell.size, self.cell.margin
        top = min(max(top, -margin), self.band.rows - height + margin)
        rows = np.arange(max(0, top), min(self.band.rows, top + height))
        at, part = np.ix_(rows, np.arange(left, left + width) % WIDTH), slice(rows[0] - top, rows[-1] + 1 - top)
        stands = _Standing(np.full(self.cell.size, -2), np.zeros((height, width, 3), np.float32))
        stands.label[part], stands.canvas[part] = self.label[at], self.canvas[at]
        if (stands.label[self.cell.core] != -1).all():
            return
        longitude = float(self.band.longitude(left + width / 2))
        latitude = float(self.band.latitude(top + pieces.anchor(top)))
        weight = stands.weight(_FADE * self.cell.margin[1])
        trials = [
            self._tried(stands, at, part, price, piece, self._placed(piece, longitude, latitude))
            for price, piece in pieces.offers(stands.canvas, weight, longitude, top, chance)
        ]
        best = min(trials, key=lambda trial: trial.cost)
        pieces.mark(best.piece, longitude, top)
        self.label[at] = np.where(best.taken[part], len(self.maps), self.label[at])
        self.canvas[at] = np.where(best.taken[part][..., None], best.laid[part], self.canvas[at])
        self.maps.append(best.turn)

    def _tried(
        self,
        stands: _Standing,
        at: tuple[NDArray[np.intp], ...],
        part: slice,
        price: float,
        piece: Piece,
        turn: NDArray[np.float64],
    ) -> _Trial:
        """What a piece would take of a cell of which a part lies there in the band, and how well it would look."""
        seen = self.direction[at] @ turn.T
        x, _, allowed = self.camera.project(seen)
        if self.upright:  # above and below, it goes on mirrored
            allowed = (x > 0) & (x < self.camera.width) & (seen[..., 2] < 0)
        laid, free = np.zeros_like(stands.canvas), np.zeros(self.cell.size, np.bool_)
        laid[part], free[part] = features(self.source.look(seen)), allowed & ~self.inside[at]
        apart = cv2.blur(np.sqrt(((laid - stands.canvas) ** 2).sum(-1)), (3, 3))
        empty, uncut = stands.label == -1, _UNCUT * (self.cell.size[1] - 2 * self.cell.margin[1])
        within, shows = within_cut(np.asarray(apart, np.float32), empty, free, uncut, tall=self.upright)
        return _Trial(price + shows, piece, turn, laid, (within | empty) & free)

    def _placed(self, piece: Piece, longitude: float, latitude: float) -> NDArray[np.float64]:
        """From a direction to the one where the photo shows it (3, 3); as large as the map shows it."""
        from_longitude, from_latitude = float(self.band.longitude(piece.x)), float(self.band.latitude(piece.y))
        larger = piece.scale * np.cos(latitude) / np.cos(from_latitude)
        there, here = _axes(from_longitude, from_latitude), _axes(longitude, latitude)
        return np.asarray(there.T @ np.diag([piece.sign / larger, 1 / larger, 1]) @ here)


def _wider(mask: NDArray[np.bool_], by: cv2.typing.MatLike) -> NDArray[np.bool_]:
    return np.asarray(cv2.dilate(mask.astype(np.uint8), by) > 0)


def _axes(longitude: float, latitude: float) -> NDArray[np.float64]:
    """Right, up and ahead (3, 3) when one looks there."""
    level = np.cos(latitude)
    ahead = np.array([level * np.sin(longitude), np.sin(latitude), -level * np.cos(longitude)])
    right = np.array([np.cos(longitude), 0, np.sin(longitude)])
    return np.stack([right, np.cross(right, ahead), ahead])


def _filled(label: NDArray[np.int64]) -> NDArray[np.int64]:
    """Labels (h, w) that close around, with the nearest one wherever there was none."""
    around = np.concatenate([label] * 3, 1)
    nearest = cv2.distanceTransformWithLabels(
        (around < 0).astype(np.uint8), cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL
    )[1]
    value = np.zeros(int(nearest.max()) + 1, np.int64)
    value[nearest[around >= 0]] = around[around >= 0]
    return np.asarray(np.where(label < 0, value[nearest[:, WIDTH : 2 * WIDTH]], label))


def _on_panorama(maps: NDArray[np.float64], label: NDArray[np.int64], band: Band, size: tuple[int, int]) -> Quilt:
    """A band's pieces on a panorama, crossing over softly; below and above the band its last rows go on."""
    height, width = size
    latitude = np.clip((0.5 - (np.arange(height) + 0.5) / height) * np.pi, -1.5, 1.5)
    rows = np.clip(band.row(latitude).astype(int), 0, band.rows - 1)
    columns = ((np.arange(width) + 0.5) / width * WIDTH).astype(int)
    plan, soft = label[np.ix_(rows, columns)], _SOFT * width
    beyond = int(4 * soft) + 1
    around = np.concatenate([plan[:, -beyond:], plan, plan[:, :beyond]], 1)
    pieces, shares = np.zeros((2, *around.shape), np.int16), np.zeros((2, *around.shape), np.float32)
    for one in np.unique(around):
        where = around == one
        y, x = np.flatnonzero(where.any(1)), np.flatnonzero(where.any(0))
        part = slice(max(0, y[0] - beyond), y[-1] + 1 + beyond), slice(max(0, x[0] - beyond), x[-1] + 1 + beyond)
        share = cv2.GaussianBlur(where[part].astype(np.float32), (0, 0), soft)
        piece = np.full(share.shape, one, np.int16)
        for rank in range(2):  # what it is stronger than moves down
            of_rank, share_of_rank = pieces[(rank, *part)], shares[(rank, *part)]
            more = share > share_of_rank
            of_rank[more], piece[more] = piece[more], of_rank[more]
            share_of_rank[more], share[more] = share[more], share_of_rank[more]
    pieces, shares = pieces[..., beyond:-beyond], shares[..., beyond:-beyond]
    return Quilt(
        maps, np.ascontiguousarray(np.moveaxis(pieces, 0, -1)), np.asarray(shares[0] / shares.sum(0), np.float32)
    )
