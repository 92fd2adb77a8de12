"""A place with a camera in it, before its picture is taken."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from .sky import Sky
from .surfaces import Floats
from .tracing import World

Doubles = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Camera:
    """A camera at `eye` (3,) metres, with angles in radians.

    `pitch` looks up, `roll` leans clockwise, `fov` is the wide one. The frame is the house's: +x right, +y up, ahead
    along −z where `yaw` is 0; a positive yaw looks to the left.
    """

    eye: Doubles
    yaw: float
    pitch: float
    roll: float
    fov: float

    def focal(self, width: int, height: int) -> float:
        """Focal length in pixels."""
        return float(max(width, height) / 2 / np.tan(self.fov / 2))

    def rays(self, x: Doubles, y: Doubles, width: int, height: int) -> Doubles:
        """World directions (N, 3) of pixel positions, 1 long along the viewing axis."""
        focal = self.focal(width, height)
        ray = np.column_stack([(x - width / 2) / focal, (height / 2 - y) / focal, -np.ones(len(x))])
        cy, sy, cp, sp = np.cos(self.yaw), np.sin(self.yaw), np.cos(self.pitch), np.sin(self.pitch)
        cr, sr = np.cos(self.roll), np.sin(self.roll)
        about_y = np.array([[cy, 0, sy], [0, 1, 0], [-sy, 0, cy]])
        about_x = np.array([[1, 0, 0], [0, cp, -sp], [0, sp, cp]])
        about_z = np.array([[cr, sr, 0], [-sr, cr, 0], [0, 0, 1]])
        return np.asarray(ray @ (about_y @ about_x @ about_z).T)


@dataclass(frozen=True, eq=False)
class Lamp:
    """A light at `position` (3,): `power` (3,) is what falls on a surface that faces it a metre away.

    One with a direction it is `facing` (3,) shines as a flat pane does, the others all around. What is within `bulb`
    metres of it does not stand in its light.
    """

    position: Doubles
    power: Floats
    facing: Doubles | None = None
    bulb: float = 0.0


@dataclass(frozen=True, eq=False)
class Place:
    """What a picture is taken of, and how.

    `ambient` in place of the sky's: light (3,) on what looks up and on what looks down. `clear_air` is the distance in
    metres over which 63 % of the light is lost. `contact` in metres is how far corners darken. `focus` in metres, with
    `aperture` in pixels of blur per dioptre; None for sharp all through. `bias` in stops.
    """

    kind: str
    camera: Camera
    world: World
    sky: Sky
    lamps: tuple[Lamp, ...] = field(default=())
    ambient: tuple[Floats, Floats] | None = None
    clear_air: float = np.inf
    contact: float = 0.8
    focus: float | None = None
    aperture: float = 0.0
    bias: float = 0.0
    grain: float = 1.0
