"""From a file's code values to linear Rec.709: by name, or by the numbers of ITU-T H.273."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lucida.imaging.colour import DISPLAY_P3, REC2020, Primaries, srgb_to_linear, to_rec709

CURVE_STEPS = 4097  # samples of a curve given as a formula: interpolation is then off by less than 1e-7

# ITU-T H.273 (2021) table 2, of what is not taken as Rec.709: phones write 5 and 6 beside plain sRGB pictures.
PRIMARIES: dict[int, tuple[str, Primaries]] = {9: ("Rec.2020", REC2020), 12: ("Display P3", DISPLAY_P3)}
LINEAR, PQ, HLG = 8, 16, 18  # table 3

PQ_WHITE = 203.0  # cd/m² of diffuse white: ITU-R BT.2408-7 section 2
HLG_WHITE = 0.75  # its signal: the same


@dataclass(frozen=True)
class ColourTransform:
    """How code values become light: `matrix` (3, 3) @ each channel's `curve` (levels,), to linear Rec.709."""

    name: str
    red: NDArray[np.float64]
    green: NDArray[np.float64]
    blue: NDArray[np.float64]
    matrix: NDArray[np.float64]

    def curves(self, top: int, levels: int) -> NDArray[np.float32]:
        """Light (3, levels) of the integer code values 0 to levels - 1, of which `top` is full light."""
        code = np.minimum(np.arange(levels) / top, 1)
        return np.stack(
            [np.interp(code, np.linspace(0, 1, len(curve)), curve) for curve in (self.red, self.green, self.blue)]
        ).astype(np.float32)


def srgb_transform(name: str, matrix: NDArray[np.float64] | None = None) -> ColourTransform:
    """sRGB's curve with a matrix to Rec.709, the identity unless given."""
    return _alike(name, srgb_to_linear(np.linspace(0, 1, CURVE_STEPS)).astype(np.float64), matrix)


def coded_transform(primaries: int | None, transfer: int | None) -> ColourTransform | None:
    """The transform of H.273 numbers; None for those of sRGB and for those that phones write beside sRGB."""
    name, space = PRIMARIES.get(primaries or 0, ("Rec.709", None))
    matrix = to_rec709(space) if space is not None else None
    code = np.linspace(0, 1, CURVE_STEPS)
    if transfer == PQ:
        return _alike(f"{name} PQ", perceptual_quantiser(code) / PQ_WHITE, matrix)
    if transfer == HLG:
        return _alike(f"{name} HLG", hybrid_log_gamma(code) / hybrid_log_gamma(np.array(HLG_WHITE)), matrix)
    if transfer == LINEAR:
        return _alike(f"{name} linear", code, matrix)
    return srgb_transform(name, matrix) if matrix is not None else None


def perceptual_quantiser(code: NDArray[np.float64]) -> NDArray[np.float64]:
    """Light in cd/m², 0 to 10,000, of PQ code values 0 to 1: SMPTE ST 2084 section 5.1."""
    m1, m2 = 2610 / 16384, 2523 / 4096 * 128
    c1, c2, c3 = 3424 / 4096, 2413 / 4096 * 32, 2392 / 4096 * 32
    root = code ** (1 / m2)
    return np.asarray(10_000 * (np.maximum(root - c1, 0) / (c2 - c3 * root)) ** (1 / m1))


def hybrid_log_gamma(code: NDArray[np.float64]) -> NDArray[np.float64]:
    """Scene light, 0 to 1, of HLG code values 0 to 1: ITU-R BT.2100-2 table 5, the inverse of its OETF."""
    a, b, c = 0.17883277, 0.28466892, 0.55991073
    return np.asarray(np.where(code <= 0.5, code**2 / 3, (np.exp((code - c) / a) + b) / 12))


def _alike(name: str, curve: NDArray[np.float64], matrix: NDArray[np.float64] | None) -> ColourTransform:
    return ColourTransform(name, curve, curve, curve, np.eye(3) if matrix is None else matrix)
