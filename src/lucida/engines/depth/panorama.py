"""Depth all around: a panorama is shown to a depth engine in views, whose depths are brought to one scale.

No engine sees the panorama itself: what was taught on a camera's pictures fails on it. A view's depth, along its axis,
is along the ray when it is divided by the cosine of the angle between the two.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import cv2
import numpy as np
import scipy.ndimage
from numpy.typing import NDArray

from lucida.engines.depth.alignment import Line, Seen, align
from lucida.engines.depth.estimate import Depth, DepthEngine, Freedom, Sight
from lucida.engines.depth.views import TangentView, look_through, tangent_views
from lucida.engines.progress import Progress
from lucida.errors import BadParameter
from lucida.geometry.sphere import direction, longitudes

_POINTS = 20_000  # on the sphere, where views are compared
_ROWS = 128  # of the panorama, merged at a time
_LEAST = 0.05  # of a view's pixels that the panorama must reach
_FARTHEST = 1e-3  # of the nearest disparity: what comes out beyond, or behind infinity, is as far as that
_LOWEST_SKY = math.radians(-15)  # below it a view that takes something for the sky is not heard
_LOOKING = 0.9  # of the progress


class _Looked(NamedTuple):
    """What an engine said of a view: disparity (S, S), 1 where it is not the sky and the panorama reaches, else 0."""

    view: TangentView
    disparity: NDArray[np.float32]
    solid: NDArray[np.float32]
    reached: NDArray[np.float32]


class _Sampled(NamedTuple):
    """A view along directions, all (n,): disparity along its axis, cosine of the angle to it, weight, is it no sky."""

    here: NDArray[np.intp]
    disparity: NDArray[np.float32]
    cosine: NDArray[np.float32]
    weight: NDArray[np.float32]
    solid: NDArray[np.bool_]


def estimate_panorama(engine: DepthEngine, pixels: NDArray[np.uint8], progress: Progress) -> Depth:
    """The depth of an equirectangular picture, uint8 sRGB (H, W, 3): metres (H, W) along the rays, infinite in the sky.

    It is a whole turn wide; one that is less high than half its width reaches as far up as down. Raises `BadParameter`
    for one that is higher, what the engine raises, and what `progress` raises to stop the work.
    """
    height, width = pixels.shape[:2]
    if height > -(-width // 2):
        said = f"A panorama is half as high as it is wide, or less; {width}x{height} is not."
        raise BadParameter(said, param="image")
    looked, freedom, notes = _look_around(engine, pixels, progress)
    progress(_LOOKING, "fitting the views")
    scaled = freedom == "affine disparity"
    lines = _aligned(looked, width, height, scaled=scaled)
    metres = np.empty((height, width), np.float32)
    for begin in range(0, height, _ROWS):
        progress(_LOOKING + (1 - _LOOKING) * begin / height, "joining the views")
        rows = slice(begin, min(begin + _ROWS, height))
        merged = _merged(looked, lines, _directions(width, height, rows), scaled=scaled)
        metres[rows] = merged.reshape(-1, width)
    if scaled:
        _bound(metres)
    _fill_ground(metres)
    told = f"Depth was estimated in {len(looked)} views of {math.degrees(looked[0].view.camera.horizontal_fov):.0f}°."
    return Depth(metres, freedom, None, (told, *notes))


def _look_around(
    engine: DepthEngine, pixels: NDArray[np.uint8], progress: Progress
) -> tuple[list[_Looked], Freedom, tuple[str, ...]]:
    """All views, how far the least certain of them can be trusted, and the notes that all of them have."""
    shown = [(view, *look_through(pixels, view)) for view in tangent_views(pixels.shape[1])]
    shown = [each for each in shown if each[2].mean() >= _LEAST]
    if not shown:
        raise BadParameter("The panorama is too low for anything to be seen in it; send a higher one.", param="image")
    looked, freedoms, notes = [], set[Freedom](), list[tuple[str, ...]]()
    for number, (view, picture, reached) in enumerate(shown):

        def part(fraction: float, stage: str, number: int = number) -> None:
            progress(_LOOKING * (number + fraction) / len(shown), f"view {number + 1}/{len(shown)}: {stage}")

        part(0.0, "looking")
        depth = engine.estimate(Sight(picture, view.camera.focal, view.pitch, 0.0), part)
        solid = np.isfinite(depth.metres) & (depth.metres > 0)
        disparity = np.where(solid, 1 / np.where(solid, depth.metres, 1), 0).astype(np.float32)
        looked.append(_Looked(view, disparity, solid.astype(np.float32), reached.astype(np.float32)))
        freedoms.add(depth.freedom)
        notes.append(depth.notes)
    order: tuple[Freedom, ...] = ("affine disparity", "scale", "none")
    loosest = next(freedom for freedom in order if freedom in freedoms)
    return looked, loosest, tuple(note for note in notes[0] if all(note in others for others in notes))


def _directions(width: int, height: int, rows: slice) -> NDArray[np.float32]:
    """Unit directions (3, h * W) of some of a panorama's rows."""
    latitude = (height / 2 - np.arange(height)[rows] - 0.5) * 2 * math.pi / width
    return direction(longitudes(width)[None, :], latitude[:, None]).reshape(-1, 3).T.astype(np.float32)


def _all_around(width: int, height: int) -> NDArray[np.float32]:
    """Points (3, n) that lie evenly on as much of the sphere as a panorama covers, in a spiral."""
    top = math.sin(math.pi * height / width)
    count = np.arange(_POINTS) + 0.5
    golden = math.pi * (3 - math.sqrt(5))
    spiral = direction((count * golden) % (2 * math.pi), np.arcsin(top * (1 - 2 * count / _POINTS)))
    return np.ascontiguousarray(spiral.T, np.float32)


def _sampled(looked: _Looked, around: NDArray[np.float32]) -> _Sampled:
    """A view along those of the directions (3, n) that it sees; disparity of the sky is not mixed in."""
    here, x, y, cosine = looked.view.project(around)
    if not len(here):
        return _Sampled(here, cosine, cosine, cosine, np.zeros(0, np.bool_))
    shape = -(-len(here) // 1024), 1024  # OpenCV maps no longer rows than 32,767
    at_x, at_y = (np.resize(each - np.float32(0.5), shape) for each in (x, y))

    def of(values: NDArray[np.float32]) -> NDArray[np.float32]:
        told = cv2.remap(values, at_x, at_y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        return np.asarray(told, np.float32).ravel()[: len(here)]

    solid = of(looked.solid)
    disparity = np.asarray(of(looked.disparity) / np.maximum(solid, 1e-6), np.float32)  # that of the sky is 0
    across, down = (np.sin(each * np.float32(np.pi / looked.view.size)) ** 2 for each in (x, y))
    weight = np.where(of(looked.reached) > 0.5, np.maximum(across * down, 1e-6), 0).astype(np.float32)
    return _Sampled(here, disparity, cosine, weight, solid > 0.5)


def _aligned(looked: Sequence[_Looked], width: int, height: int, *, scaled: bool) -> list[Line]:
    """A line for each view: of its disparity where that is known up to a scale and a shift, else of log disparity."""
    around = _all_around(width, height)
    parts, start = [], []
    for each in looked:
        sampled = _sampled(each, around)
        used = sampled.solid & (sampled.weight > 0)
        disparity, cosine = (values[used].astype(np.float64) for values in (sampled.disparity, sampled.cosine))
        values = disparity * cosine if scaled else np.log(disparity * cosine)
        parts.append(Seen(sampled.here[used], values, cosine if scaled else np.ones(len(values))))
        start.append(Line(1 / float(np.median(disparity)) if scaled and len(disparity) else 1.0, 0.0))
    if scaled:  # as near on the whole as the engine said
        whole = np.median([1 / line.scale for line in start])
        start = [Line(line.scale * float(whole), 0.0) for line in start]
    return align(parts, start, scaled=scaled)


def _merged(
    looked: Sequence[_Looked], lines: Sequence[Line], around: NDArray[np.float32], *, scaled: bool
) -> NDArray[np.float32]:
    """Metres along directions (3, n), the views' weighted mean; infinite where most of the weight is of sky, or
    where no view sees anything.

    Those of disparity may be infinite or negative too.
    """
    total, weight, above = (np.zeros(around.shape[1], np.float32) for _ in range(3))
    for each, line in zip(looked, lines, strict=True):
        sampled = _sampled(each, around)
        share = np.where(sampled.solid, sampled.weight, 0)
        scale, shift = np.float32(line.scale), np.float32(line.shift)
        if scaled:
            values = (scale * sampled.disparity + shift) * sampled.cosine
        else:
            values = np.log(np.where(sampled.solid, sampled.disparity * sampled.cosine, 1)) + shift
        total[sampled.here] += share * values
        weight[sampled.here] += share
        sky = ~sampled.solid & (around[1, sampled.here] > math.sin(_LOWEST_SKY))
        above[sampled.here] += np.where(sky, sampled.weight, 0)
    mean = total / np.maximum(weight, 1e-12)
    disparity = mean if scaled else np.exp(mean)
    nearest = np.where(np.abs(disparity) > 1e-20, disparity, 1e-20)
    return np.where(above >= weight, np.inf, 1 / nearest).astype(np.float32)


def _fill_ground(metres: NDArray[np.float32]) -> None:
    """Give what no view saw well below the horizon the distance of the nearest pixel that one did, in place."""
    height, width = metres.shape
    first = math.ceil(height / 2 - _LOWEST_SKY * width / (2 * math.pi))
    ground = metres[first:]
    holes = np.isinf(ground)
    if holes.any() and not holes.all():
        nearest = scipy.ndimage.distance_transform_edt(holes, return_distances=False, return_indices=True)
        ground[:] = ground[tuple(nearest)]


def _bound(metres: NDArray[np.float32]) -> None:
    """Keep what the fitted shifts put behind infinity, or nearly there, at a finite distance, in place."""
    solid = np.isfinite(metres)
    near = metres[solid & (metres > 0)]
    if len(near):
        far = float(np.percentile(near[::7], 0.5)) / _FARTHEST
        metres[solid & ((metres <= 0) | (metres > far))] = far
