"""A camera's 8 bits: light clipped at white and written as sRGB code values, and the steps between the codes."""

from __future__ import annotations

import functools

import numpy as np
from numpy.typing import NDArray

from lucida.imaging.colour import srgb_to_linear
from lucida.imaging.kernels import in_bands, jit, warm_up

# Positive floats sort as their bits do: with 11 bits of mantissa a bucket is 2^-11 wide, relatively, at any exposure.
BUCKET_SHIFT = 12


@functools.cache
def thresholds() -> NDArray[np.float32]:
    """The light (255,) at which code k gives way to code k + 1: codes are rounded, so half-way between them."""
    steps = srgb_to_linear((np.arange(255) + 0.5) / 255)
    steps.setflags(write=False)
    return steps


@functools.cache
def buckets(*evs: float) -> tuple[NDArray[np.float32], NDArray[np.uint16]]:
    """Where light passes a step of any of the exposures, and where to begin looking.

    Returns the sorted steps (S,) and, for the upper bits of every positive float32, how many steps lie below it.
    """
    steps = np.sort(np.concatenate([thresholds() * np.float32(2.0**-ev) for ev in evs]))
    lower_ends = np.arange(0x7F800000 >> BUCKET_SHIFT, dtype=np.uint32) << BUCKET_SHIFT
    first = np.searchsorted(steps, lower_ends.view(np.float32), "right").astype(np.uint16)
    steps.setflags(write=False)
    first.setflags(write=False)
    return steps, first


def encode_reference(radiance: NDArray[np.floating], ev: float = 0.0) -> NDArray[np.uint8]:
    """As `encode`, slow and readable."""
    light = np.nan_to_num(np.asarray(radiance, np.float32), nan=0.0)
    return np.searchsorted(thresholds(), light * np.float32(2.0**ev), "right").astype(np.uint8)


def encode(radiance: NDArray[np.float32], ev: float = 0.0) -> NDArray[np.uint8]:
    """sRGB code values (H, W, C) of radiance × 2^ev, clipped at white: IEC 61966-2-1 section 5.2, rounded to 8 bits."""
    rows = np.ascontiguousarray(radiance, np.float32).reshape(len(radiance), -1)
    code = np.empty(rows.shape, np.uint8)
    in_bands(lambda band: encode_rows(rows[band], code[band], ev), len(rows))
    return code.reshape(radiance.shape)


def encode_rows(light: NDArray[np.float32], code: NDArray[np.uint8], ev: float = 0.0) -> None:
    """`encode` for contiguous rows (h, n), into `code`, in the caller's thread."""
    _encode(light, light.view(np.int32), *buckets(float(ev)), code)


@jit
def _encode(
    light: NDArray[np.float32],
    bits: NDArray[np.int32],
    steps: NDArray[np.float32],
    first: NDArray[np.uint16],
    code: NDArray[np.uint8],
) -> None:
    last, count = len(first) - 1, len(steps)
    for row in range(light.shape[0]):
        for i in range(light.shape[1]):
            value = light[row, i]
            passed = 0
            if value > 0:
                passed = int(first[min(bits[row, i] >> BUCKET_SHIFT, last)])
                while passed < count and value >= steps[passed]:
                    passed += 1
            code[row, i] = passed


@warm_up
def _compile() -> None:
    encode(np.zeros((2, 2, 3), np.float32))
