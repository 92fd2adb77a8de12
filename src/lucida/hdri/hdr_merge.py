"""Exposures → one radiance map: Debevec's merge, and the light that no exposure could hold put back.

Debevec and Malik, "Recovering High Dynamic Range Radiance Maps from Photographs", SIGGRAPH 1997, equation 6, with the
known response of sRGB and the hat-shaped weights of `cv2.createMergeDebevec`: min(z, 255 − z), averaged over channels.
That merge believes clipped readings: light above the shortest exposure's white comes out darker than its
surroundings. So the share of every result that clipped readings had in it is kept beside the merge, and
where it counts the light that is known in float takes over.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from lucida.engines.painter.painting import Painting, View
from lucida.engines.progress import Progress, silent
from lucida.errors import InternalError
from lucida.geometry.cubemap import CubeSampler
from lucida.hdri.detail import PhotoDetail
from lucida.hdri.exposures import ordered
from lucida.hdri.lights import LightDiscs
from lucida.imaging.colour import srgb_table
from lucida.imaging.exposure import BUCKET_SHIFT, buckets, thresholds
from lucida.imaging.halves import store_halves
from lucida.imaging.kernels import in_bands, jit, warm_up

HALF_MAX = 65504.0
# What clipped readings may add to a merge unnoticed, and the share from which the known light stands alone.
CLIPPED_FROM, CLIPPED_TO = 0.002, 0.01
_CHUNK = 512  # pixels that are merged together, so that they stay in the nearest cache
_FAINTEST = float(np.finfo(np.float32).eps)  # weight of code 0 and 255, so that something is left where all are


def response() -> NDArray[np.float32]:
    """The light (256,) of every code value at EV 0; code 0, whose logarithm is wanted too, is half of code 1."""
    light = srgb_table().copy()
    light[0] = light[1] / 2
    return light


def weights() -> NDArray[np.float32]:
    """How much a code value (256,) is believed."""
    code = np.arange(256)
    return np.asarray(np.minimum(code, 255 - code) + _FAINTEST, np.float32)


def merge_reference(
    stack: Sequence[NDArray[np.uint8]], evs: Sequence[float]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Radiance (H, W, 3) of pictures (H, W, 3) taken at `evs`, and each channel's share of clipped readings."""
    light, believed = np.log(response()), weights()
    weight = np.stack([believed[code].mean(-1, keepdims=True) for code in stack])
    reading = np.stack([light[code] - ev * np.log(2) for code, ev in zip(stack, evs, strict=True)])
    clipped = np.stack([code == 255 for code in stack])
    total = weight.sum(0)
    return np.exp((weight * reading).sum(0) / total), (weight * clipped).sum(0) / total


def put_light_back_reference(
    merged: NDArray[np.floating], clipped: NDArray[np.floating], known: NDArray[np.floating]
) -> NDArray[np.float64]:
    """The merge (H, W, 3), or the known radiance where clipped readings had a share in it; a ramp between."""
    t = np.clip((clipped - CLIPPED_FROM) / (CLIPPED_TO - CLIPPED_FROM), 0, 1)
    return np.asarray(merged + t * (known - merged))


@dataclass(frozen=True)
class Developed:
    """A panorama's radiance (H, W, 3), linear Rec.709: float16, or float32 where its peak is beyond float16."""

    radiance: NDArray[np.float16] | NDArray[np.float32]
    ev_offsets: tuple[float, ...]


class _Table(NamedTuple):
    """What light between two steps of any exposure comes to: a row for each of the steps + 1 intervals."""

    weight: NDArray[np.float32]  # (S + 1, E) of each exposure, the longest first
    reading: NDArray[np.float32]  # (S + 1, E) log2 of the light it tells of
    clipped: NDArray[np.int32]  # (S + 1,) how many exposures are clipped: the first so many


@functools.cache
def _table(*evs: float) -> _Table:
    steps, _ = buckets(*evs)
    lower = np.concatenate([np.zeros(1, np.float32), steps])
    longest_first = sorted(evs, reverse=True)
    code = np.stack([np.searchsorted(thresholds() * np.float32(2.0**-ev), lower, "right") for ev in longest_first], -1)
    log_light = np.log2(response().astype(np.float64))
    reading = (log_light[code] - longest_first).astype(np.float32)
    return _Table(weights()[code], reading, (code == 255).sum(-1).astype(np.int32))


@jit
def _exp2(x: np.float32) -> np.float32:
    """2^x to float32's precision; `math.exp2` is a call for each value and keeps the loop from vectorising."""
    whole = np.floor(x)
    f = x - whole
    p = np.float32(1.8775767e-3)
    p = p * f + np.float32(8.9893397e-3)
    p = p * f + np.float32(5.5826318e-2)
    p = p * f + np.float32(2.4015361e-1)
    p = p * f + np.float32(6.9315308e-1)
    p = p * f + np.float32(0.99999994)
    return np.float32(p * np.int32((int(whole) + 127) << 23).view(np.float32))


@jit
def _merge_light(
    light: NDArray[np.float32],
    bits: NDArray[np.int32],
    steps: NDArray[np.float32],
    first: NDArray[np.uint16],
    weight: NDArray[np.float32],
    reading: NDArray[np.float32],
    clipped: NDArray[np.int32],
    clipped_from: np.float32,
    clipped_slope: np.float32,
) -> None:
    """Expose light (n, 3), merge the exposures and put the light back where they clipped, all in place."""
    last, count, exposures = len(first) - 1, len(steps), weight.shape[1]
    zero, one = np.float32(0), np.float32(1)
    merged, share = np.empty((_CHUNK, 3), np.float32), np.empty((_CHUNK, 3), np.float32)
    between = np.empty((_CHUNK, 3), np.int32)
    # Three loops over a chunk rather than one, since the last vectorises and the first two run ahead of their loads.
    for begin in range(0, light.shape[0], _CHUNK):
        length = min(_CHUNK, light.shape[0] - begin)
        for i in range(length):
            for channel in range(3):
                value, passed = light[begin + i, channel], 0
                if value > 0:
                    passed = int(first[min(bits[begin + i, channel] >> BUCKET_SHIFT, last)])
                    while passed < count and value >= steps[passed]:
                        passed += 1
                between[i, channel] = passed
        for i in range(length):
            red, green, blue = between[i, 0], between[i, 1], between[i, 2]
            red_clipped, green_clipped, blue_clipped = clipped[red], clipped[green], clipped[blue]
            total = r = g = b = r_share = g_share = b_share = zero
            for e in range(exposures):
                w = weight[red, e] + weight[green, e] + weight[blue, e]
                total += w
                r += w * reading[red, e]
                g += w * reading[green, e]
                b += w * reading[blue, e]
                r_share += w if e < red_clipped else zero
                g_share += w if e < green_clipped else zero
                b_share += w if e < blue_clipped else zero
            part = one / total
            merged[i, 0], merged[i, 1], merged[i, 2] = r * part, g * part, b * part
            share[i, 0], share[i, 1], share[i, 2] = r_share * part, g_share * part, b_share * part
        flat, log_merged, shares = light[begin : begin + length].reshape(-1), merged.reshape(-1), share.reshape(-1)
        for i in range(3 * length):
            value = _exp2(log_merged[i])
            t = min(one, max(zero, (shares[i] - clipped_from) * clipped_slope))
            flat[i] = value + t * (flat[i] - value)


@jit
def _merge_stack(
    stack: NDArray[np.uint8],
    evs: NDArray[np.float32],
    believed: NDArray[np.float32],
    log_light: NDArray[np.float32],
    merged: NDArray[np.float32],
    clipped: NDArray[np.float32],
    own: NDArray[np.float32],
) -> None:
    """Merge pictures (E, n, 3); `own` is the merge without clipped readings, 0 where nothing else was read."""
    for n in range(stack.shape[1]):
        total = np.float32(0)
        for e in range(stack.shape[0]):
            total += believed[stack[e, n, 0]] + believed[stack[e, n, 1]] + believed[stack[e, n, 2]]
        for channel in range(3):
            reading = share = own_reading = own_weight = np.float32(0)
            for e in range(stack.shape[0]):
                code = stack[e, n, channel]
                weight = believed[stack[e, n, 0]] + believed[stack[e, n, 1]] + believed[stack[e, n, 2]]
                value = log_light[code] - evs[e]
                reading += weight * value
                if code == 255:
                    share += weight
                elif code > 0:
                    own_reading += believed[code] * value
                    own_weight += believed[code]
            merged[n, channel] = _exp2(reading / total)
            clipped[n, channel] = share / total
            own[n, channel] = _exp2(own_reading / own_weight) if own_weight > 0 else np.float32(0)


def _merge(
    stack: NDArray[np.uint8], evs: Sequence[float]
) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32]]:
    shape = stack.shape[1:]
    pictures = np.ascontiguousarray(stack).reshape(len(stack), -1, 3)
    merged, clipped, own = (np.empty((pictures.shape[1], 3), np.float32) for _ in range(3))
    log_light = np.log2(response().astype(np.float64)).astype(np.float32)
    offsets = np.asarray(evs, np.float32)

    def work(part: slice) -> None:
        _merge_stack(pictures[:, part], offsets, weights(), log_light, merged[part], clipped[part], own[part])

    in_bands(work, pictures.shape[1], 1 << 16)
    return merged.reshape(shape), clipped.reshape(shape), own.reshape(shape)


def merge_debevec(stack: Sequence[NDArray[np.uint8]] | NDArray[np.uint8], evs: Sequence[float]) -> NDArray[np.float32]:
    """Radiance (H, W, 3) of uint8 sRGB pictures (E, H, W, 3) taken at `evs`; 1.0 is white at EV 0.

    Equal to `cv2.createMergeDebevec().process(stack, 2^evs, response)`, its failure above the shortest exposure's
    white included; `merge_with_light` is what mends it.
    """
    return _merge(np.asarray(stack), evs)[0]


def merge_with_light(
    stack: Sequence[NDArray[np.uint8]] | NDArray[np.uint8], evs: Sequence[float], known: NDArray[np.floating]
) -> NDArray[np.float32]:
    """As `merge_debevec`, with the light put back that the exposures could not hold.

    Where clipped readings had a share, the readings that were not clipped stand alone; where all were, or where
    `known` (H, W, 3) lies beyond the shortest exposure's white, the larger of `known` and that white. Near the white
    the one hands over to the other.
    """
    pictures = np.asarray(stack)
    merged, clipped, own = _merge(pictures, evs)
    shortest = int(np.argmin(evs))
    white = np.float32(2.0 ** -evs[shortest])
    beyond = np.maximum(known, np.where(own > 0, own, white * (pictures[shortest] == 255)))
    nearly_clipped = (pictures[shortest].astype(np.float32) - 235) / 20
    nearly_white = np.log2(np.maximum(known, _FAINTEST) / white) + 1  # over the last stop
    handed_over = np.clip(np.maximum(nearly_clipped, nearly_white), 0, 1)
    reading = np.where(own > 0, own + handed_over * (beyond - own), beyond)
    return put_light_back_reference(merged, np.maximum(clipped, handed_over), reading).astype(np.float32)


def develop(
    painting: Painting,
    width: int,
    ev_offsets: Sequence[float],
    *,
    view: View | None = None,
    lights: bool = True,
    rotation: NDArray[np.floating] | None = None,
    exposure: float = 0.0,
    progress: Progress = silent,
) -> Developed:
    """A painting as a panorama (W/2, W, 3): exposed at `ev_offsets`, merged, its light put back.

    Works in bands of rows: beside the faces and the result nothing grows with the panorama. With the `view` the
    painter was given, the photo's own detail is kept; `lights=False` leaves the painting's lights out, `rotation`
    (3, 3) turns the surrounding and `exposure`, in stops, scales the result. Raises `BadParameter` for EV offsets
    without 0.
    """
    evs = ordered(ev_offsets)
    discs = LightDiscs(painting.lights if lights else (), width, rotation)
    sampler = CubeSampler(painting.faces, width, rotation)
    detail = None if view is None else PhotoDetail(view, width, rotation)
    brightest = float(sampler.faces.max()) + (0.0 if view is None else float(view.radiance.max()))
    gain = np.float32(2.0**exposure)
    peak = (max(brightest, 2.0 ** -min(evs)) + discs.peak) * gain
    if not np.isfinite(peak):
        raise InternalError("The painting holds values that are no light; please report the photo.")
    dtype = np.float16 if peak <= HALF_MAX else np.float32
    radiance: NDArray[Any] = np.empty((sampler.height, width, 3), dtype)
    exposures = painting.exposures
    if exposures is not None:
        brackets = {ev: CubeSampler(exposures[ev], width, rotation) for ev in evs if ev in exposures}

    def expose_and_merge(rows: slice) -> None:
        light = np.empty((rows.stop - rows.start, width, 3), np.float32)
        sampler.rows(rows, light)
        if exposures is None:
            if detail is not None:
                detail.add(rows, light)
            _expose_and_merge(light.reshape(-1, 3), evs)
        else:
            stack = np.empty((len(brackets), *light.shape), np.uint8)
            codes = np.empty_like(light)
            for picture, bracket in zip(stack, brackets.values(), strict=True):
                bracket.rows(rows, codes)
                np.rint(codes, out=codes)
                picture[:] = codes
            light = merge_with_light(stack, list(brackets), light)
            if detail is not None:
                detail.add(rows, light)
        discs.add(rows, light)
        if gain != 1:
            light *= gain
        if dtype is np.float16:
            store_halves(light.reshape(len(light), -1), radiance[rows].reshape(len(light), -1))
        else:
            radiance[rows] = light

    in_bands(expose_and_merge, sampler.height, 16, lambda done: progress(done, "Merging HDR stack"))
    return Developed(radiance, tuple(evs))


def _expose_and_merge(light: NDArray[np.float32], evs: Sequence[float]) -> None:
    """Expose light (n, 3) at `evs`, merge the exposures and put back what they could not hold, in place."""
    steps, first = buckets(*evs)
    ramp = np.float32(CLIPPED_FROM), np.float32(1 / (CLIPPED_TO - CLIPPED_FROM))
    _merge_light(light, light.view(np.int32), steps, first, *_table(*evs), *ramp)


@warm_up
def _compile() -> None:
    faces = np.ones((6, 4, 4, 3), np.float32)
    develop(Painting(faces), 16, [0, -2])
    develop(Painting(faces, exposures={0.0: faces.astype(np.uint8), -2.0: faces.astype(np.uint8)}), 16, [0, -2])
