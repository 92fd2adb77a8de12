"""Which thing a ray meets first, and what stands between a point and a light."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .grounds import Ground
from .kernels import LATTICE, nearest
from .solids import Solid

Doubles = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Thing:
    """Solids that belong together, found faster together."""

    solids: tuple[Solid, ...]

    @cached_property
    def centre(self) -> Doubles:
        corners = np.array([[s.centre - s.radius, s.centre + s.radius] for s in self.solids])
        return np.asarray((corners[:, 0].min(0) + corners[:, 1].max(0)) / 2)

    @cached_property
    def radius(self) -> float:
        return max(float(np.linalg.norm(s.centre - self.centre)) + s.radius for s in self.solids)


@dataclass(frozen=True, eq=False)
class Rays:
    """Rays from `origin`, (1, 3) for all or (N, 3), along `direction` (N, 3) of any length."""

    origin: Doubles
    direction: Doubles

    @cached_property
    def speed(self) -> Doubles:
        """Metres (N,) in one length of `direction`."""
        return np.asarray(np.linalg.norm(self.direction, axis=1))


@dataclass(frozen=True, eq=False)
class World:
    """All that can be met: grounds, numbered first, then the things' solids."""

    grounds: tuple[Ground, ...]
    all_things: tuple[Thing, ...]

    @cached_property
    def things(self) -> list[Thing]:
        """Near ones first, as cameras stand close to the origin: what they hide is then soon passed over."""
        return sorted(self.all_things, key=lambda thing: float(np.linalg.norm(thing.centre)) - thing.radius)

    @cached_property
    def solids(self) -> list[Solid]:
        return [solid for thing in self.things for solid in thing.solids]

    @cached_property
    def tables(self) -> tuple[Any, ...]:
        """Everything of the solids as `kernels.nearest` reads it."""
        ends = np.cumsum([len(thing.solids) for thing in self.things], dtype=np.int64)
        groups = np.array([[*thing.centre, thing.radius] for thing in self.things])
        spans = np.column_stack([np.r_[0, ends[:-1]], ends])
        planes, shapes = [], []
        count = 0
        for solid in self.solids:
            shapes.append((solid.number, count, count + len(solid.faces)))
            planes.append(solid.faces)
            count += len(solid.faces)
        inverses = np.array([np.column_stack([solid.inverse, solid.lengths]) for solid in self.solids])
        return (
            LATTICE, groups, spans,
            np.array([[*solid.centre, solid.radius] for solid in self.solids]),
            np.array(shapes, np.int64), inverses, np.array([solid.taper for solid in self.solids]),
            np.vstack([*planes, np.zeros((1, 4))]), np.array([solid.cut for solid in self.solids]),
        )  # fmt: skip

    def nearest(self, rays: Rays) -> tuple[Doubles, NDArray[np.int32]]:
        """How far (N,), in lengths of `direction`, and the number (N,) of what is met; infinite and −1 for nothing."""
        length, number = np.full(len(rays.direction), np.inf), np.full(len(rays.direction), -1, np.int32)
        nearest(*self.tables, rays.origin, np.ascontiguousarray(rays.direction), False, length, number)
        number[number >= 0] += len(self.grounds)
        for which, ground in enumerate(self.grounds):
            before = length.copy()
            ground.meets(rays.origin, rays.direction, length)
            number[length < before] = which
        return length, number

    def hidden(self, rays: Rays, limit: float = np.inf) -> NDArray[np.bool_]:
        """Whether (N,) a solid is met on the way before `limit` lengths; grounds hide nothing."""
        length, number = np.full(len(rays.direction), float(limit)), np.full(len(rays.direction), -1, np.int32)
        nearest(*self.tables, rays.origin, np.ascontiguousarray(rays.direction), True, length, number)
        return number >= 0


def thing(*solids: Solid | Sequence[Solid]) -> Thing:
    """A thing of solids and lists of solids."""
    flat: list[Solid] = []
    for solid in solids:
        flat.extend([solid] if isinstance(solid, Solid) else solid)
    return Thing(tuple(flat))
