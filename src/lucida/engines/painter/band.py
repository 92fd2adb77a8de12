"""The belt of the sphere around the viewer as a picture that is true to shapes: Mercator's map."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

WIDTH = 768  # columns all around
PER_RADIAN = WIDTH / (2 * np.pi)
STEEPEST = np.radians(66.0)  # latitude at which a belt ends at the latest: the map itself has no end


class Band(NamedTuple):
    """A belt of `rows`, its upper edge at the map's height `top`; a pixel is as high as it is wide.

    Positions x, y count pixels from the upper left corner, longitude −π; latitudes and longitudes are in radians.
    """

    top: float
    rows: int

    @staticmethod
    def between(low: float, high: float) -> Band:
        """The belt from latitude `low` to `high`."""
        bottom, top = (float(np.arcsinh(np.tan(np.clip(edge, -STEEPEST, STEEPEST)))) for edge in (low, high))
        return Band(top, max(1, int(np.ceil((top - bottom) * PER_RADIAN))))

    @property
    def level(self) -> float:
        """Where the horizon lies."""
        return self.top * PER_RADIAN

    def latitude(self, y: NDArray[np.floating] | float) -> NDArray[np.float64]:
        return np.asarray(np.arctan(np.sinh(self.top - np.asarray(y) / PER_RADIAN)))

    def longitude(self, x: NDArray[np.floating] | float) -> NDArray[np.float64]:
        return np.asarray(np.asarray(x) / PER_RADIAN - np.pi)

    def row(self, latitude: NDArray[np.floating]) -> NDArray[np.float64]:
        return np.asarray((self.top - np.arcsinh(np.tan(latitude))) * PER_RADIAN)

    def directions(self) -> NDArray[np.float64]:
        """Unit directions (rows, WIDTH, 3) of the pixels' centres."""
        longitude = self.longitude(np.arange(WIDTH) + 0.5)
        latitude = self.latitude(np.arange(self.rows) + 0.5)[:, None]
        level, up = np.cos(latitude), np.broadcast_to(np.sin(latitude), (self.rows, WIDTH))
        return np.stack([level * np.sin(longitude), up, -level * np.cos(longitude)], -1)
