"""The light out of doors, as the shading kernels read it."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray


class Light(NamedTuple):
    """Irradiance of sun (or moon) and even sky radiance, (3,); `dome` as `air.sky_dome` gives it.

    `thinning` (3,) is what a metre of air takes; `fog` (3,) the fog's radiance and `foggy` its share, 0-1, of the light
    that the air adds. `snow` is the ground's cover, 0-1, and `lamps` the share of windows that are lit.
    """

    sun: NDArray[np.float64]
    sunlight: NDArray[np.float64]
    even: NDArray[np.float64]
    dome: NDArray[np.float64]
    thinning: NDArray[np.float64]
    fog: NDArray[np.float64]
    foggy: float
    snow: float
    lamps: float
    lamp_light: float


class Ground(NamedTuple):
    """Colours (3,) of level ground, dry patches, steep rock, shore and woods far away; snow lies above `snow_line`.

    `woods` is how much of the far ground is wooded, `rows` the spacing of a field's furrows in metres or 0, `paved`
    whether it is a street.
    """

    low: NDArray[np.float64]
    dry: NDArray[np.float64]
    rock: NDArray[np.float64]
    shore: NDArray[np.float64]
    wood: NDArray[np.float64]
    water: NDArray[np.float64]
    snow_line: float
    woods: float
    rows: float
    paved: float
    dunes: float
