"""Depth of a picture that is larger than a network sees, tile by tile.

One pass over the whole picture is the anchor: it knows what is near and what is far. Tiles see more, each on a scale of
its own, which is fitted to the anchor's and then to the neighbours', all at once. So do Miangoleh et al., "Boosting
Monocular Depth Estimation Models to High-Resolution" (CVPR 2021), tile by tile.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from lucida.engines.depth.alignment import Anchored, Line, Seen, align, fit_line
from lucida.engines.progress import Progress

# What a network says of pictures (H, W, 3): for each a disparity (h, w), of any size, the nearer the larger.
Look = Callable[[Sequence[NDArray[np.uint8]]], Sequence[NDArray[np.float32]]]

OVERLAP = 0.25  # of a tile's side
_MOST = 4  # tiles side by side, were there no overlap: a tile sees so much of the picture that it can tell what it is
_SAMPLES = 64  # along a tile's side
_FAINTEST = 1e-3  # weight at a tile's border
_SHRUNK = 1.3  # how much smaller a picture may be shown before tiles show more


class Tile(NamedTuple):
    """Part of a picture."""

    rows: slice
    columns: slice


def shrinks(height: int, width: int, seen: tuple[int, int]) -> bool:
    """Whether a network that sees a picture in the size `seen`, height and width, would see clearly more in tiles."""
    return height > _SHRUNK * seen[0] or width > _SHRUNK * seen[1]


def lay_tiles(height: int, width: int, side: int) -> list[Tile]:
    """Tiles of one size that cover a picture, with a quarter of their `side` in common; row by row."""
    side = max(side, -(-max(height, width) // _MOST))
    return [
        Tile(slice(top, top + min(side, height)), slice(left, left + min(side, width)))
        for top in _begins(height, side)
        for left in _begins(width, side)
    ]


def _begins(length: int, side: int) -> list[int]:
    if length <= side:
        return [0]
    count = int(np.ceil((length - side) / (side * (1 - OVERLAP)))) + 1
    return [int(begin) for begin in np.linspace(0, length - side, count).round()]


def window(height: int, width: int) -> NDArray[np.float32]:
    """Weight (H, W) of a tile's pixels: 1 in its middle, falling smoothly to all its borders, never 0."""
    rows, columns = (np.sin(np.pi * (np.arange(length) + 0.5) / length) ** 2 for length in (height, width))
    return np.maximum(np.outer(rows, columns), _FAINTEST).astype(np.float32)


def tiled(
    look: Look,
    pixels: NDArray[np.uint8],
    anchor: NDArray[np.float32],
    side: int,
    progress: Progress,
    *,
    scaled: bool,
    floor: float = 0.0,
    batch: int = 1,
) -> NDArray[np.float32]:
    """Disparity (H, W) of a picture on the scale of `anchor` (h, w), what `look` says of all of it.

    Tiles have at least `side` pixels and are shown `batch` at a time. Where a network is right up to a scale and a
    shift of disparity, `scaled`; else up to a factor, and then what is not above `floor` is the sky and comes out as 0.
    """
    height, width = pixels.shape[:2]
    tiles = lay_tiles(height, width, side)
    maps: list[NDArray[np.float32]] = []
    for begin in range(0, len(tiles), batch):
        some = tiles[begin : begin + batch]
        progress((begin + 1) / (len(tiles) + 1), f"depth of tile {begin + 1}/{len(tiles)}")  # the whole came first
        raw = look([np.ascontiguousarray(pixels[tile.rows, tile.columns]) for tile in some])
        maps += [_enlarged(each, tile) for each, tile in zip(raw, some, strict=True)]
    whole = cv2.resize(np.asarray(anchor, np.float32), (width, height), interpolation=cv2.INTER_LINEAR)
    coarse = max(height / anchor.shape[0], width / anchor.shape[1])
    progress(1.0, "fitting the tiles")
    return _joined(tiles, maps, np.asarray(whole, np.float32), coarse, scaled=scaled, floor=floor)


def _enlarged(raw: NDArray[np.float32], tile: Tile) -> NDArray[np.float32]:
    size = (tile.columns.stop - tile.columns.start, tile.rows.stop - tile.rows.start)
    return np.asarray(cv2.resize(np.asarray(raw, np.float32), size, interpolation=cv2.INTER_LINEAR), np.float32)


def _joined(
    tiles: Sequence[Tile],
    maps: Sequence[NDArray[np.float32]],
    anchor: NDArray[np.float32],
    coarse: float,
    *,
    scaled: bool,
    floor: float,
) -> NDArray[np.float32]:
    """The maps on the anchor's scale, blended; `coarse` is how many pixels of the picture one of the anchor's was."""
    if scaled:
        skies = None
        base, own = _standard(anchor)
        anchor = (anchor - base) / own
        standard = [_standard(each) for each in maps]
        maps = [(each - middle) / spread for each, (middle, spread) in zip(maps, standard, strict=True)]
    else:
        skies = [each <= floor for each in maps]
        clear = anchor > floor
        anchor = np.log(np.maximum(anchor, floor or 1e-12))
        standard = [(0.0, 1.0)] * len(maps)
        base, own = 0.0, 1.0
        maps = [np.log(np.maximum(each, floor or 1e-12)) for each in maps]
    step = max(1, (tiles[0].rows.stop - tiles[0].rows.start) // _SAMPLES)
    smooth = np.asarray(cv2.GaussianBlur(anchor, (0, 0), coarse), np.float32)
    parts, anchored = [], []
    for number, (tile, each) in enumerate(zip(tiles, maps, strict=True)):
        counts = None if skies is None else ~skies[number] & clear[tile.rows, tile.columns]
        part, held = _sampled(tile, each, smooth, coarse, step, counts)
        parts.append(part)
        anchored.append(held)
    lines = align(parts, _first_lines(anchored, standard, scaled=scaled), scaled=scaled, anchors=anchored)
    return _blended(tiles, maps, lines, anchor.shape, Line(own, base), skies)


def _standard(values: NDArray[np.float32]) -> tuple[float, float]:
    """The middle of a map and the spread of most of it; 1 where it is flat."""
    low, middle, high = (float(value) for value in np.percentile(values[::4, ::4], (5, 50, 95)))
    spread = (high - low) / 2
    return middle, spread if spread > 1e-6 * max(1e-6, abs(middle)) else 1.0


def _sampled(
    tile: Tile,
    values: NDArray[np.float32],
    smooth: NDArray[np.float32],
    coarse: float,
    step: int,
    counts: NDArray[np.bool_] | None,
) -> tuple[Seen, Anchored]:
    """A tile on a grid that all tiles share; and blurred as the anchor is, away from its borders, beside the anchor."""
    rows, columns = (np.arange(-(-part.start // step) * step, part.stop, step) for part in tile)
    y, x = (grid.ravel() for grid in np.meshgrid(rows, columns, indexing="ij"))
    i, j = y - tile.rows.start, x - tile.columns.start
    used = np.ones(len(y), np.bool_) if counts is None else counts[i, j]
    seen = Seen((y * smooth.shape[1] + x)[used], values[i, j][used].astype(np.float64), np.ones(int(used.sum())))
    edge = min(2 * coarse, min(values.shape) / 4)
    inner = used & (np.minimum(i, values.shape[0] - 1 - i) >= edge) & (np.minimum(j, values.shape[1] - 1 - j) >= edge)
    if counts is not None:  # nor where the blur mixes the sky in
        inner &= cv2.GaussianBlur(counts.astype(np.float32), (0, 0), coarse)[i, j] > 1 - 1e-4
    blurred = cv2.GaussianBlur(values, (0, 0), coarse)
    held = Anchored(blurred[i, j][inner].astype(np.float64), smooth[y, x][inner].astype(np.float64))
    return seen, held


def _first_lines(anchored: Sequence[Anchored], standard: Sequence[tuple[float, float]], *, scaled: bool) -> list[Line]:
    """Each tile fitted to the anchor alone. One without contrast takes the factor that the others' raw values have."""
    fits = [fit_line(*held, scaled=scaled)[0] if len(held.values) > 2 else Line(1.0, 0.0) for held in anchored]
    if not scaled:
        return fits
    contrast = np.array([float(np.std(held.targets)) if len(held.values) > 2 else 0.0 for held in anchored])
    raw = np.array([fit.scale / spread for fit, (_, spread) in zip(fits, standard, strict=True)])
    good = (contrast > 0.1 * contrast.max()) & (raw > 0)
    usual = float(np.median(raw[good])) if good.any() else 1.0
    lines = []
    for held, (_, spread) in zip(anchored, standard, strict=True):
        expected = Line(usual * spread, 0.0)
        lines.append(fit_line(*held, scaled=True, expected=expected)[0] if len(held.values) > 2 else expected)
    return lines


def _blended(
    tiles: Sequence[Tile],
    maps: Sequence[NDArray[np.float32]],
    lines: Sequence[Line],
    shape: tuple[int, ...],
    scale: Line,
    skies: Sequence[NDArray[np.bool_]] | None,
) -> NDArray[np.float32]:
    """The tiles' weighted mean as disparity; where most of the weight is of tiles that see the sky, 0."""
    total, weight, above = (np.zeros(shape, np.float32) for _ in range(3))
    for number, (tile, each, line) in enumerate(zip(tiles, maps, lines, strict=True)):
        part = tile.rows, tile.columns
        share = window(*each.shape)
        if skies is not None:
            above[part] += np.where(skies[number], share, 0)
            share = np.where(skies[number], 0, share)
        total[part] += share * (np.float32(line.scale) * each + np.float32(line.shift))
        weight[part] += share
    mean = total / np.maximum(weight, 1e-12)
    if skies is None:
        return np.asarray(mean * np.float32(scale.scale) + np.float32(scale.shift))
    return np.where(above > weight, 0, np.exp(mean)).astype(np.float32)
