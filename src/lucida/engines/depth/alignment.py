"""Depth maps of parts of one scene brought to one scale, by what several parts see in common.

Each part's values are right up to a factor and a shift. One least squares over all parts at once makes them agree
where they overlap, as the global alignment of 360MonoDepth (Rey-Area et al., CVPR 2022) does, here without its grid.
Residuals are weighted by Huber's loss, again and again: a depth edge that lies elsewhere in two maps counts little.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

_HUBER = 1.345  # deviations beyond which a residual counts less (Huber 1981: 95 % efficient where errors are normal)
_ROUNDS = 30
_PRECISE = 1e-5  # of the values' spread: residuals below it are all the same
_WEAK = 0.1  # what a point of the anchor counts beside one that two parts share
_LEAST = 0.02  # of the expected factor: what is below it is no fit
_FLAT = 0.003  # of the anchor's spread: a part with less contrast takes the factor that the others have
_SLIGHT = 1e-6  # how much start values count where nothing else decides


class Line(NamedTuple):
    """Aligned values are `scale` times the part's own plus `shift` times its unit."""

    scale: float
    shift: float


class Seen(NamedTuple):
    """What a part says at some of the scene's points: their numbers, ascending, and the `values` there, all (n,).

    `units` is what a shift of 1 adds there: 1 in a picture, less off the axis of a view of a panorama.
    """

    points: NDArray[np.intp]
    values: Array
    units: Array


class Anchored(NamedTuple):
    """Where a part should come to lie: its own `values` and the `targets`, both (n,)."""

    values: Array
    targets: Array


def fit_line(values: Array, targets: Array, *, scaled: bool, expected: Line | None = None) -> tuple[Line, Array]:
    """The line that takes values to targets, both (n,), and how much each of them counted, 0 to 1.

    Without `scaled` only the shift is sought. `expected` is the factor of a part without contrast, and the spread of
    the targets is taken for 1 then.
    """
    pull = len(values) * _FLAT**2 / max(expected.scale, 1e-6) ** 2 if expected and scaled else 0.0
    weights = np.ones(len(values))
    line = Line(1.0, 0.0)
    for _ in range(_ROUNDS):
        total = weights.sum()
        x, y = float(weights @ values) / total, float(weights @ targets) / total
        scale = 1.0
        if scaled:
            spread = float(weights @ (values - x) ** 2) + pull
            shared = float(weights @ ((values - x) * (targets - y))) + (pull * expected.scale if expected else 0.0)
            scale = shared / spread if spread > 0 else (expected.scale if expected else 1.0)
        before, line = line, Line(scale, y - scale * x)
        weights = _huber(line.scale * values + line.shift - targets, _PRECISE)
        if abs(line.scale - before.scale) + abs(line.shift - before.shift) < _PRECISE * abs(line.scale):
            break
    if expected and line.scale < _LEAST * expected.scale:
        line = Line(expected.scale, float(np.median(targets - expected.scale * values)))
    return line, weights


def align(
    parts: Sequence[Seen], start: Sequence[Line], *, scaled: bool, anchors: Sequence[Anchored] | None = None
) -> list[Line]:
    """A line for each part, so that all agree where they see the same points; the start's are the first guess.

    Anchors hold them weakly in place. Without any, only differences count and the mean of all values stays that of the
    start. Without `scaled` the factors stay the start's. A factor is never less than a fiftieth of the start's.
    """
    if not any(len(part.points) for part in parts):
        return list(start)
    begun = np.array(start, np.float64)
    shared = list(_shared(parts))
    free = np.ones(begun.shape, np.bool_)
    free[:, 0] = scaled
    while True:
        lines = _solved(parts, shared, begun, free, anchors)
        bad = free[:, 0] & (lines[:, 0] < _LEAST * begun[:, 0])
        if not bad.any():
            return [Line(float(scale), float(shift)) for scale, shift in lines]
        free[bad, 0] = False


class _Overlap(NamedTuple):
    """What the parts `one` and `other` say of the points they share: values and units, (4, n), the other's negated."""

    one: int
    other: int
    features: Array

    @property
    def unknowns(self) -> list[int]:
        return [2 * self.one, 2 * self.one + 1, 2 * self.other, 2 * self.other + 1]


def _shared(parts: Sequence[Seen]) -> Iterator[_Overlap]:
    for i, one in enumerate(parts):
        for j in range(i + 1, len(parts)):
            other = parts[j]
            if not len(one.points) or not len(other.points) or one.points[-1] < other.points[0]:
                continue
            _, a, b = np.intersect1d(one.points, other.points, assume_unique=True, return_indices=True)
            if len(a):
                features = np.stack([one.values[a], one.units[a], -other.values[b], -other.units[b]])
                yield _Overlap(i, j, features)


def _solved(
    parts: Sequence[Seen],
    shared: Sequence[_Overlap],
    begun: Array,
    free: NDArray[np.bool_],
    anchors: Sequence[Anchored] | None,
) -> Array:
    """The lines (parts, 2), reweighted and repeated; what is not free stays as it was begun."""
    count = begun.size
    lines, unknown = begun.ravel().copy(), np.flatnonzero(free.ravel())
    size = np.array([(np.abs(part.values).mean(), part.units.mean()) if len(part.points) else (1, 1) for part in parts])
    size = np.maximum(size, 1e-3 * size.max(axis=0))  # a part that says 0 everywhere,
    size[size == 0] = 1  # or all of them
    slight = _SLIGHT * size.ravel() ** 2 * (1 + sum(overlap.features.shape[1] for overlap in shared) / len(parts))
    mean = np.array([(part.values.sum(), part.units.sum()) for part in parts]).ravel()
    spread = _PRECISE * float(np.abs(mean @ begun.ravel())) / max(1, sum(len(part.points) for part in parts))
    for _ in range(_ROUNDS):
        normal, right = np.diag(slight), slight * begun.ravel()
        residuals = [lines[overlap.unknowns] @ overlap.features for overlap in shared]
        weights = _huber(np.concatenate([*residuals, np.zeros(0)]), spread)
        begin = 0
        for overlap, residual in zip(shared, residuals, strict=True):
            counted = overlap.features * weights[begin : begin + len(residual)]
            normal[np.ix_(overlap.unknowns, overlap.unknowns)] += counted @ overlap.features.T
            begin += len(residual)
        for i, anchor in enumerate(anchors or ()):
            scale, shift = lines[2 * i : 2 * i + 2]
            weight = _WEAK * _huber(scale * anchor.values + shift - anchor.targets, _PRECISE)
            features = np.stack([anchor.values, np.ones(len(anchor.values))])
            normal[2 * i : 2 * i + 2, 2 * i : 2 * i + 2] += (features * weight) @ features.T
            right[2 * i : 2 * i + 2] += (features * weight) @ anchor.targets
        rest = right - normal @ np.where(free.ravel(), 0.0, lines)
        system, wanted = normal[np.ix_(unknown, unknown)], rest[unknown]
        if anchors is None:  # only differences were measured: the mean of all values stays what it was
            edge = mean[unknown] / np.abs(mean).max()
            system = np.block([[system, edge[:, None]], [edge[None, :], np.zeros((1, 1))]])
            kept = mean @ (begun.ravel() - np.where(free.ravel(), 0.0, lines)) / np.abs(mean).max()
            wanted = np.append(wanted, kept)
        before = lines[unknown]
        lines[unknown] = np.linalg.solve(system, wanted)[: len(unknown)]
        if np.abs(lines[unknown] - before).max(initial=0) < _PRECISE * np.abs(before).max(initial=0):
            break
    return lines.reshape(count // 2, 2)


def _huber(residuals: Array, precise: float) -> Array:
    """How much residuals count: all that are usual 1, those beyond ever less."""
    if not len(residuals):
        return residuals
    magnitude = np.abs(residuals)
    usual = _HUBER * max(1.4826 * float(np.median(magnitude)), precise)
    return np.asarray(np.minimum(1.0, usual / np.maximum(magnitude, 1e-300)))
