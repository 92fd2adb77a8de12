"""Worlds of boxes, balls and posts with what everything in them is: what the draft's classifier learns from.

They are no likeness of any place. Everything varies at random - light, colours, surfaces, the camera - so that what is
learnt is how things lie to each other and not how they are painted.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

SKY, TREE, GRASS, EARTH, MOUNTAIN, WATER, BUILDING, WALL, FLOOR, CEILING, WINDOW, FURNITURE, LIGHT, SUBJECT = range(14)
Colour = NDArray[np.float64]


@dataclass
class Thing:
    """A ball or a box about `at`, half as large as `size`, turned by `turn` about the upright axis."""

    shape: str
    at: NDArray[np.float64]
    size: NDArray[np.float64]
    turn: float
    kind: int
    colour: Colour
    surface: int
    glow: float = 0.0
    ragged: float = 0.0


def tile(rng: np.random.Generator, side: int = 256, steep: float = 1.3) -> NDArray[np.float32]:
    """Noise (side, side) that goes on beyond its edges, deviation 1; the steeper, the smoother."""
    frequency = np.hypot(*np.meshgrid(np.fft.fftfreq(side), np.fft.rfftfreq(side), indexing="ij"))
    frequency[0, 0] = 1
    noise = np.fft.irfft2(np.fft.rfft2(rng.normal(size=(side, side))) / frequency**steep)
    return np.asarray((noise - noise.mean()) / noise.std(), np.float32)


class World:
    """What is where, and the light on it."""

    def __init__(self, seed: int, width: int, height: int) -> None:
        rng = self.rng = np.random.default_rng(seed)
        self.width, self.height = width, height
        self.tiles = [tile(rng, steep=rng.uniform(0.4, 1.8)) for _ in range(4)]
        self.things: list[Thing] = []
        self.grain = float(rng.uniform(0.01, 0.12))
        self.focal = width / 2 / np.tan(rng.uniform(0.36, 0.68))
        self.eye = float(rng.uniform(0.9, 2.2))
        self.pitch, self.roll = float(rng.normal(-0.04, 0.1)), float(rng.normal(0, 0.02))
        self.sun = rng.normal(size=3) * [1, 0.3, 1] + [0, 1.0, 0.2]
        self.sun /= np.linalg.norm(self.sun)
        self.sunny, self.haze = float(rng.uniform(0, 1.6)), float(rng.choice([0, 0, 0.004, 0.015]))
        self.air = self.any_colour(0.45, 0.9, 0.15)

    def any_colour(self, low: float = 0.05, high: float = 0.9, chroma: float = 0.5) -> Colour:
        grey = self.rng.uniform(low, high)
        return np.clip(grey * (1 + chroma * self.rng.normal(0, 0.6, 3)), 0.01, 1)

    def near(self, colour: tuple[float, float, float], spread: float = 0.3) -> Colour:
        return np.clip(
            np.array(colour) * np.exp(self.rng.normal(0, spread) + self.rng.normal(0, spread / 2, 3)), 0.005, 1
        )

    def put(
        self, shape: str, at: tuple[float, ...], size: tuple[float, ...], kind: int, colour: Colour, **more: float
    ) -> None:
        turn, surface = more.pop("turn", 0.0), int(more.pop("surface", 0))
        self.things.append(
            Thing(shape, np.array(at, float), np.array(size, float) / 2, turn, kind, colour, surface, **more)
        )

    # --- what there is ---

    def tree(self, x: float, z: float, high: float) -> None:
        rng = self.rng
        leaf = self.near((0.13, 0.22, 0.05), 0.4) if rng.random() < 0.8 else self.near((0.5, 0.25, 0.08), 0.4)
        self.put(
            "box",
            (x, high * 0.2, z),
            (0.06 * high, 0.4 * high, 0.06 * high),
            TREE,
            self.near((0.16, 0.1, 0.06)),
            surface=2,
        )
        for _ in range(rng.integers(1, 6)):
            wide = high * rng.uniform(0.25, 0.55)
            at = (x + rng.normal(0, 0.12) * high, high * rng.uniform(0.5, 0.85), z + rng.normal(0, 0.1) * high)
            self.put(
                "ball",
                at,
                (wide, wide * rng.uniform(0.7, 1.6), wide),
                TREE,
                leaf * rng.uniform(0.8, 1.2),
                surface=5,
                ragged=0.35,
            )

    def bush(self, x: float, z: float, high: float) -> None:
        colour = self.near((0.14, 0.2, 0.06), 0.4)
        if self.rng.random() < 0.25:
            colour = self.any_colour(0.3, 0.9, 0.8)  # in flower
        wide = high * self.rng.uniform(1, 3)
        self.put("ball", (x, high / 2, z), (wide, high, wide), TREE, colour, surface=5, ragged=0.4)

    def house(self, x: float, z: float, wide: float, high: float, deep: float, turn: float) -> None:
        self.put("box", (x, high / 2, z), (wide, high, deep), BUILDING, self.any_colour(0.15, 0.8, 0.25), turn=turn,
                 surface=int(self.rng.choice([1, 1, 1, 3, 2])))  # fmt: skip
        if self.rng.random() < 0.5:
            self.put("box", (x, high + 0.06 * high, z), (wide * 1.08, 0.12 * high, deep * 1.08), BUILDING,
                     self.any_colour(0.05, 0.5, 0.4), turn=turn, surface=2)  # fmt: skip

    def car(self, x: float, z: float, turn: float) -> None:
        colour = self.any_colour(0.02, 0.8, 0.8)
        self.put("box", (x, 0.55, z), (4.2, 0.6, 1.7), FURNITURE, colour, turn=turn)
        self.put("box", (x, 1.1, z), (2.2, 0.6, 1.5), FURNITURE, colour * 0.5, turn=turn)
        for side in (-1.3, 1.3):
            at = (x + side * np.cos(turn), 0.32, z + side * np.sin(turn))
            self.put("ball", at, (0.66, 0.66, 1.8), FURNITURE, np.array([0.03, 0.03, 0.03]), turn=turn)

    def person(self, x: float, z: float, high: float, y: float = 0.0) -> None:
        rng = self.rng
        skin, shirt, legs = (
            self.near((0.5, 0.33, 0.25), 0.4),
            self.any_colour(0.03, 0.9, 0.9),
            self.any_colour(0.02, 0.6, 0.6),
        )
        unit, turn = high / 1.75, rng.uniform(0, 6)
        for side in (-0.1, 0.1):
            self.put(
                "box", (x + side * unit, y + 0.42 * unit, z), (0.17 * unit, 0.84 * unit, 0.2 * unit), SUBJECT, legs
            )
            arm = (x + 2.6 * side * unit, y + 1.1 * unit, z)
            self.put(
                "ball", arm, (0.14 * unit, 0.75 * unit, 0.16 * unit), SUBJECT, shirt if rng.random() < 0.7 else skin
            )
        self.put("ball", (x, y + 1.13 * unit, z), (0.48 * unit, 0.8 * unit, 0.3 * unit), SUBJECT, shirt, turn=turn)
        self.put("ball", (x, y + 1.62 * unit, z), (0.2 * unit, 0.26 * unit, 0.22 * unit), SUBJECT, skin)
        self.put(
            "ball",
            (x, y + 1.69 * unit, z - 0.03),
            (0.22 * unit, 0.2 * unit, 0.22 * unit),
            SUBJECT,
            self.near((0.05, 0.04, 0.03), 0.6),
        )

    def animal(self, x: float, z: float, high: float, y: float = 0.0) -> None:
        rng = self.rng
        coat, turn = (
            self.near(((0.35, 0.25, 0.16), (0.06, 0.05, 0.05), (0.7, 0.66, 0.6))[rng.integers(3)], 0.3),
            rng.uniform(0, 6.3),
        )
        long, along = high * rng.uniform(1.0, 1.6), np.array([np.cos(turn), np.sin(turn)])
        self.put("ball", (x, y + 0.62 * high, z), (long, 0.5 * high, 0.42 * high), SUBJECT, coat, turn=turn, surface=6)
        head = along * long * 0.55
        self.put(
            "ball",
            (x + head[0], y + 0.9 * high, z + head[1]),
            (0.42 * high, 0.36 * high, 0.34 * high),
            SUBJECT,
            coat * rng.uniform(0.5, 1.1),
            turn=turn,
        )
        for side in (-0.32, 0.32):
            for across in (-0.12, 0.12):
                foot = along * long * side + across * high * np.array([-along[1], along[0]])
                self.put(
                    "box",
                    (x + foot[0], y + 0.25 * high, z + foot[1]),
                    (0.12 * high, 0.5 * high, 0.12 * high),
                    SUBJECT,
                    coat * 0.8,
                )

    def furniture(self, x: float, z: float) -> None:
        rng = self.rng
        colour, turn = self.any_colour(0.05, 0.7, 0.5), float(rng.choice([0, np.pi / 2]) + rng.normal(0, 0.15))
        kind = rng.integers(4)
        if kind == 0:  # a table
            high, wide, deep = rng.uniform(0.4, 0.8), rng.uniform(0.8, 2), rng.uniform(0.6, 1.1)
            self.put("box", (x, high, z), (wide, 0.06, deep), FURNITURE, colour, turn=turn, surface=4)
            for a in (-0.44, 0.44):
                for b in (-0.42, 0.42):
                    leg = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]]) @ [a * wide, b * deep]
                    self.put("box", (x + leg[0], high / 2, z + leg[1]), (0.06, high, 0.06), FURNITURE, colour)
            if rng.random() < 0.4:
                self.put("ball", (x, high + 0.12, z), (0.2, 0.22, 0.2), WALL, self.any_colour(chroma=0.9))
        elif kind == 1:  # a sofa or a bed
            wide, deep = rng.uniform(1, 2.4), rng.uniform(0.8, 1.9)
            self.put("box", (x, 0.22, z), (wide, 0.44, deep), FURNITURE, colour, turn=turn, surface=6)
            back = np.array([-np.sin(turn), np.cos(turn)]) * -deep / 2
            self.put(
                "box", (x + back[0], 0.42, z + back[1]), (wide, 0.84, 0.2), FURNITURE, colour, turn=turn, surface=6
            )
        else:  # something to put things into
            wide, high = rng.uniform(0.5, 2), rng.uniform(0.7, 2.2)
            self.put("box", (x, high / 2, z), (wide, high, rng.uniform(0.3, 0.6)), FURNITURE, colour, turn=turn,
                     surface=int(rng.choice([3, 4, 7])))  # fmt: skip

    # --- places ---

    def outdoors(self) -> None:
        rng = self.rng
        self.room = None
        self.ground = int(rng.choice([GRASS, GRASS, EARTH, EARTH, EARTH]))
        self.soil = self.near((0.13, 0.2, 0.05), 0.35) if self.ground == GRASS else self.near((0.3, 0.26, 0.2), 0.5)
        if self.ground == EARTH and rng.random() < 0.2:
            self.soil = self.any_colour(0.1, 0.9, 0.1)
        self.road = (rng.uniform(-4, 4), rng.uniform(2, 6), rng.normal(0, 0.4)) if rng.random() < 0.4 else None
        self.shore = rng.uniform(8, 40) if rng.random() < 0.25 else None  # metres ahead at which water begins
        kind = rng.integers(4)
        for _ in range(rng.integers(0, 4) if rng.random() < 0.5 else 0):
            far, wide = rng.uniform(150, 400), rng.uniform(150, 500)
            green = rng.random() < 0.4
            colour = self.near((0.1, 0.14, 0.06)) if green else self.near((0.25, 0.2, 0.17), 0.4)
            self.put(
                "ball",
                (rng.uniform(-1, 1) * far, 0, -far),
                (wide, rng.uniform(0.15, 0.6) * wide, wide),
                MOUNTAIN,
                colour,
                surface=5,
            )
        if kind in (0, 3):  # a street
            gap = rng.uniform(5, 14)
            for side in (-1, 1):
                z = -rng.uniform(2, 20)
                while z > -140 and rng.random() < 0.95:
                    deep = rng.uniform(6, 22)
                    self.house(
                        side * (gap + rng.uniform(3, 10)),
                        z - deep / 2,
                        rng.uniform(8, 14),
                        rng.uniform(4, 40 if kind == 0 else 9),
                        deep,
                        0.0,
                    )
                    z -= deep + rng.choice([0.0, rng.uniform(1, 25)])
        for _ in range(rng.integers(0, 4)):
            far = np.exp(rng.uniform(2.3, 4.4))
            self.house(
                rng.uniform(-0.9, 0.9) * far,
                -far - 6,
                rng.uniform(5, 16),
                rng.uniform(3, 14),
                rng.uniform(5, 14),
                rng.uniform(0, 3),
            )
        for _ in range(rng.integers(0, 26) if rng.random() < 0.7 else 0):
            far = np.exp(rng.uniform(1.6, 4.8))
            self.tree(rng.uniform(-1, 1) * far, -far, rng.uniform(3, 14))
        for _ in range(rng.integers(0, 8) if rng.random() < 0.5 else 0):
            far = np.exp(rng.uniform(1.0, 3.5))
            self.bush(rng.uniform(-0.9, 0.9) * far, -far, rng.uniform(0.3, 1.6))
        for _ in range(rng.integers(0, 4) if rng.random() < 0.4 else 0):
            far = np.exp(rng.uniform(1.9, 3.5))
            self.car(rng.uniform(-0.7, 0.7) * far, -far, rng.uniform(0, 3.1))
        for _ in range(rng.integers(0, 3) if rng.random() < 0.3 else 0):
            far = np.exp(rng.uniform(1.8, 3.4))
            x, high = rng.uniform(-0.7, 0.7) * far, rng.uniform(3, 7)
            self.put("box", (x, high / 2, -far), (0.12, high, 0.12), LIGHT, self.any_colour(0.05, 0.4, 0.1))
            self.put(
                "ball", (x, high, -far), (0.5, 0.4, 0.5), LIGHT, np.array([1, 0.95, 0.8]), glow=rng.uniform(0.5, 2)
            )
        self.subjects(1.2, 3.3, 0.6)

    def subjects(self, low: float, high: float, often: float) -> None:
        rng = self.rng
        if rng.random() > often:
            return
        for _ in range(rng.integers(1, 4)):
            far = np.exp(rng.uniform(low, high)) * 0.6
            x = rng.normal(0, 0.35) * far * self.width / self.focal / 1.2
            if rng.random() < 0.5:
                self.person(x, -far, rng.uniform(1.4, 1.9))
            else:
                self.animal(x, -far, rng.uniform(0.3, 1.4))

    def indoors(self) -> None:
        rng = self.rng
        hall, fitted = rng.random() < 0.3, rng.random() < 0.35
        wide, deep, high = rng.uniform(2.5, 9), rng.uniform(3, 10), rng.uniform(2.3, 4)
        if hall:
            wide, deep, high = 2.2 * wide, 2.5 * deep, 1.6 * high
        turn = rng.normal(0, 0.35)
        self.eye = float(rng.uniform(1.0, 1.7))
        self.room = (wide * rng.uniform(0.3, 0.7), wide, deep, 1.2 + rng.uniform(0, 1.5), high, turn)
        self.walls = [self.any_colour(0.3, 0.9, 0.25) if rng.random() < 0.75 else self.any_colour(0.1, 0.8, 0.9)] * 4
        if rng.random() < 0.3:
            self.walls[rng.integers(4)] = self.any_colour(0.1, 0.8, 0.8)
        self.floor_colour = self.near((0.35, 0.24, 0.14), 0.5) if rng.random() < 0.6 else self.any_colour(0.1, 0.7, 0.3)
        self.ceiling_colour = self.any_colour(0.6, 0.95, 0.06) if rng.random() < 0.8 else self.any_colour(0.1, 0.8, 0.3)
        self.floor_surface, self.wall_surface = int(rng.choice([0, 4, 8, 4])), int(rng.choice([0, 0, 0, 3, 6]))
        self.sun = np.array([rng.normal(0, 0.5), 0.8, rng.uniform(0.1, 1)])
        self.sun /= np.linalg.norm(self.sun)
        self.sunny, self.haze = float(rng.uniform(0.1, 0.6)), 0.0
        left, back = self.room[0], self.room[3]
        c, s = np.cos(turn), np.sin(turn)

        def place(a: float, b: float) -> tuple[float, float]:
            """From shares of the room to where that is."""
            u, v = a * wide - left, back - b * (deep + back)
            return c * u - s * v, s * u + c * v

        if hall:
            self.hall(place, wide, deep + back, high, turn)
        if fitted:
            self.cupboards(place, wide, deep + back, turn)
        for _ in range(rng.integers(1, 9)):
            x, z = place(*((rng.uniform(0.05, 0.95), rng.choice([0.93, rng.uniform(0.45, 0.95)]))))
            if np.hypot(x, z) > 1.6:
                self.furniture(x, z)
        for _ in range(rng.integers(0, 3)):  # panes
            a, wide_, low, top = (
                rng.uniform(0.1, 0.9),
                rng.uniform(0.6, 2.4),
                rng.uniform(0.5, 1),
                rng.uniform(1.7, 2.25),
            )
            x, z = place(a, 0.995)
            self.put(
                "box",
                (x, (low + top) / 2, z),
                (wide_, top - low, 0.1),
                WINDOW,
                self.any_colour(0.5, 1, 0.3),
                turn=turn,
                surface=7,
                glow=rng.uniform(0.2, 1.5),
            )
        for _ in range(rng.integers(0, 3)):  # pictures
            x, z = (
                place(rng.choice([0.004, 0.996]), rng.uniform(0.5, 0.95))
                if rng.random() < 0.5
                else place(rng.uniform(0.1, 0.9), 0.997)
            )
            self.put(
                "box",
                (x, rng.uniform(1.3, 1.9), z),
                (rng.uniform(0.3, 1), rng.uniform(0.3, 0.8), rng.uniform(0.3, 1) if abs(x) > 1 else 0.06),
                WALL,
                self.any_colour(chroma=0.9),
                turn=turn,
                surface=5,
            )
        for _ in range(rng.integers(0, 5)):  # lamps
            x, z = place(rng.uniform(0.1, 0.9), rng.uniform(0.4, 0.95))
            kind = rng.integers(3)
            warm = np.array([1, rng.uniform(0.7, 1), rng.uniform(0.4, 1)])
            if kind == 0:
                self.put(
                    "box",
                    (x, high - 0.03, z),
                    (rng.uniform(0.2, 1.4), 0.06, rng.uniform(0.2, 0.5)),
                    LIGHT,
                    warm,
                    turn=turn,
                    glow=3.0,
                )
            elif kind == 1:
                self.put(
                    "ball", (x, high - rng.uniform(0.4, 1), z), (0.35, 0.3, 0.35), LIGHT, warm, glow=rng.uniform(0.3, 2)
                )
            else:
                self.put("box", (x, 0.7, z), (0.05, 1.4, 0.05), LIGHT, self.any_colour())
                self.put("ball", (x, 1.5, z), (0.4, 0.32, 0.4), LIGHT, warm, glow=rng.uniform(0.2, 2))
        for _ in range(rng.integers(0, 3)):
            x, z = place(rng.uniform(0.05, 0.95), rng.uniform(0.5, 0.95))
            self.put("box", (x, 0.15, z), (0.3, 0.3, 0.3), WALL, self.any_colour())
            self.put(
                "ball", (x, 0.7, z), (0.6, 0.9, 0.6), TREE, self.near((0.1, 0.2, 0.05), 0.4), surface=5, ragged=0.4
            )
        self.subjects(0.9, 2.0, 0.55)

    def hall(
        self, place: Callable[[float, float], tuple[float, float]], wide: float, deep: float, high: float, turn: float
    ) -> None:
        """Beams under the ceiling, posts, and rows of lamps."""
        rng = self.rng
        beam, post = self.any_colour(0.03, 0.5, 0.3), self.any_colour(0.2, 0.8, 0.2)
        for b in np.arange(0.25, 1.0, rng.uniform(0.06, 0.2)):
            x, z = place(0.5, b)
            self.put("box", (x, high - 0.2, z), (wide, 0.4, 0.3), CEILING, beam, turn=turn)
        if rng.random() < 0.6:
            for a in rng.choice([0.1, 0.25, 0.4, 0.6, 0.75, 0.9], 2, replace=False):
                for b in np.arange(0.35, 1.0, rng.uniform(0.15, 0.3)):
                    x, z = place(a, b)
                    self.put("box", (x, high / 2, z), (0.4, high, 0.4), FURNITURE, post, turn=turn)
        warm = np.array([1, rng.uniform(0.85, 1), rng.uniform(0.7, 1)])
        for a in (0.3, 0.7):
            for b in np.arange(0.3, 1.0, rng.uniform(0.1, 0.25)):
                x, z = place(a, b)
                self.put("box", (x, high - 0.5, z), (1.3, 0.08, 0.2), LIGHT, warm, turn=turn, glow=3.0)

    def cupboards(
        self, place: Callable[[float, float], tuple[float, float]], wide: float, deep: float, turn: float
    ) -> None:
        """Low and high ones along a wall, as in kitchens, and things that stand on them."""
        rng = self.rng
        colour = self.near((0.4, 0.22, 0.08), 0.5) if rng.random() < 0.6 else self.any_colour(0.1, 0.9, 0.2)
        top, surface = self.any_colour(0.05, 0.8, 0.2), int(rng.choice([3, 7, 7]))
        for side in rng.choice(3, rng.integers(1, 3), replace=False):
            at = {0: (0.5, 1.0), 1: (0.0, 0.75), 2: (1.0, 0.75)}[int(side)]
            long = 0.96 * wide if side == 0 else 0.48 * deep
            inward = {0: (0.0, -1.0), 1: (1.0, 0.0), 2: (-1.0, 0.0)}[int(side)]
            for thick, low, upto in ((0.6, 0.0, 0.88), (0.36, rng.uniform(1.35, 1.5), rng.uniform(2.0, 2.35))):
                x, z = place(at[0] + inward[0] * thick / 2 / wide, at[1] + inward[1] * thick / 2 / deep)
                size = (long, upto - low, thick) if side == 0 else (thick, upto - low, long)
                self.put("box", (x, (low + upto) / 2, z), size, FURNITURE, colour, turn=turn, surface=surface)
                if low == 0:
                    self.put("box", (x, 0.9, z), (size[0] + 0.03, 0.04, size[2] + 0.03), FURNITURE, top, turn=turn)
            for _ in range(rng.integers(0, 9)):
                share = rng.uniform(-0.46, 0.46)
                a = at[0] + inward[0] * 0.3 / wide + (share if side == 0 else 0)
                b = at[1] + inward[1] * 0.3 / deep + (share * 0.5 if side else 0)
                x, z = place(a, b)
                high = rng.uniform(0.1, 0.4)
                thing = self.any_colour(0.05, 0.9, 0.8)
                self.put("ball", (x, 0.92 + high / 2, z), (0.2, high, 0.2), rng.choice([WALL, FURNITURE]), thing)

    # --- the picture ---

    def rays(self) -> NDArray[np.float64]:
        x, y = np.meshgrid(np.arange(self.width) + 0.5 - self.width / 2, self.height / 2 - np.arange(self.height) - 0.5)
        c, s = np.cos(self.roll), np.sin(self.roll)
        ray = np.stack([c * x - s * y, s * x + c * y, np.full(x.shape, -self.focal)], -1)
        c, s = np.cos(self.pitch), np.sin(self.pitch)
        ray = np.stack([ray[..., 0], c * ray[..., 1] - s * ray[..., 2], s * ray[..., 1] + c * ray[..., 2]], -1)
        return ray / np.linalg.norm(ray, axis=-1, keepdims=True)

    def look(self, number: int, u: NDArray[np.floating], v: NDArray[np.floating]) -> NDArray[np.floating]:
        """How light a surface is at places on it, in metres: 1 on average."""

        def noise(n: int, scale: float) -> NDArray[np.float32]:
            grain = self.tiles[n % 4]
            return grain[(u * scale).astype(int) % 256, (v * scale).astype(int) % 256]

        base = np.exp(self.grain * noise(0, 40))
        if number == 1:  # rows of windows
            pane = ((u % 2.6) > 1.1) & ((v % 3.1) > 1.3)
            return np.where(pane, self._pane, base)
        if number == 2:  # boards or tiles
            return base * np.where((v * 4) % 1 < 0.12, 0.6, 1)
        if number == 3:  # bricks, panels
            row = np.floor(v * 3)
            return base * np.where(((v * 3) % 1 < 0.1) | ((u * 1.5 + 0.5 * (row % 2)) % 1 < 0.05), 1.3, 1)
        if number == 4:  # planks
            return base * np.exp(0.25 * noise(1, 8)) * np.where((u * 6) % 1 < 0.05, 0.5, 1)
        if number == 5:  # leaves
            return np.exp(0.55 * noise(2, 30) + 0.3 * noise(3, 90))
        if number == 6:  # cloth, fur
            return np.exp(0.22 * noise(3, 120))
        if number == 7:  # frames, shelves
            return np.where(
                ((u * 1.8) % 1 < 0.08) | ((v * 2.6) % 1 < 0.1), 0.45, np.exp(0.3 * np.sin(37 * np.floor(u * 14)))
            )
        if number == 8:  # a chequerboard
            return base * np.where((np.floor(u * 2.5) + np.floor(v * 2.5)) % 2 == 0, 0.55, 1.2)
        return base

    def draw(self) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
        """Pixels uint8 sRGB (H, W, 3) and kinds uint8 (H, W)."""
        rng = self.rng
        self._pane = rng.uniform(0.15, 0.5) if rng.random() < 0.8 else rng.uniform(1.3, 2)
        ray = self.rays()
        far = np.full(ray.shape[:2], np.inf)
        kind = np.full(ray.shape[:2], SKY, np.uint8)
        up = ray[..., 1]
        zenith, edge = self.near((0.16, 0.3, 0.65), 0.4), self.near((0.62, 0.7, 0.8), 0.25)
        if rng.random() < 0.25:
            zenith = edge = self.any_colour(0.3, 0.9, 0.08)
        elif rng.random() < 0.2:
            edge = self.near((0.9, 0.45, 0.2), 0.3)
        share = np.clip(up * 1.6, 0, 1)[..., None] ** 0.6
        light = zenith * share + edge * (1 - share)
        over = np.clip(ray / np.maximum(up, 0.06)[..., None], -20, 20) * 45
        cloud = self.tiles[0][over[..., 0].astype(int) % 256, over[..., 2].astype(int) % 256]
        if rng.random() < 0.6:
            light += (
                np.clip(cv2.GaussianBlur(cloud, (0, 0), 1.5) - rng.uniform(-0.6, 1.2), 0, 1) * rng.uniform(0.1, 0.6)
            )[..., None] * (0.95 - light)

        def fill(
            where: NDArray[np.bool_],
            distance: NDArray[np.floating],
            what: NDArray[np.integer] | int,
            colour: NDArray[np.floating],
            normal: NDArray[np.floating],
            glow: float = 0.0,
        ) -> None:
            lit = 0.55 + 0.15 * normal[..., 1] + self.sunny * np.clip(normal @ self.sun, 0, None) + glow
            shown = colour * lit[..., None]
            fog = np.exp(-self.haze * distance)[..., None]
            light[where] = (shown * fog + self.air * (1 - fog))[where]
            far[where] = distance[where]
            kind[where] = what[where] if isinstance(what, np.ndarray) else what

        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            if self.room is None:
                distance = np.where(up < -1e-4, -self.eye / up, np.inf)
                x, z = ray[..., 0] * distance, ray[..., 2] * distance
                ok = np.isfinite(distance) & (distance < 3000)
                x, z = np.where(ok, x, 0), np.where(ok, z, 0)
                what = np.full(far.shape, self.ground)
                colour = (
                    self.soil
                    * (
                        self.look(5 if self.ground == GRASS else 0, x * 0.6, z * 0.6)
                        * self.look(0, x * 0.05, z * 0.05) ** 3
                    )[..., None]
                )
                if self.road is not None:
                    on = np.abs(x - self.road[0] - self.road[2] * z) < self.road[1]
                    what = np.where(on, EARTH, what)
                    colour = np.where(
                        on[..., None], np.array([0.22, 0.22, 0.23]) * self.look(0, x, z)[..., None], colour
                    )
                if self.shore is not None:
                    on = -z + 3 * self.tiles[1][(x * 2).astype(int) % 256, 0] > self.shore
                    what = np.where(on, WATER, what)
                    wave = np.exp(0.15 * self.tiles[2][(x * 3).astype(int) % 256, (z * 9).astype(int) % 256])
                    colour = np.where(on[..., None], (0.7 * edge + 0.1 * zenith) * wave[..., None], colour)
                fill(ok, distance, what, colour, np.array([0.0, 1, 0]) + 0 * ray)
            else:
                self._room(ray, fill)
            for thing in self.things:
                self._thing(thing, ray, far, fill)
        shown = np.clip(light * rng.uniform(0.7, 1.3), 0, 1) ** (1 / 2.2)
        return (255 * shown + 0.5).astype(np.uint8), kind

    def _room(self, ray: NDArray[np.float64], fill: object) -> None:
        left, wide, deep, back, high, turn = self.room
        c, s = np.cos(turn), np.sin(turn)
        u, v, w = c * ray[..., 0] + s * ray[..., 2], ray[..., 1], -s * ray[..., 0] + c * ray[..., 2]
        across = np.where(u < 0, -left / u, (wide - left) / u)
        along = np.where(w < 0, -deep / w, back / w)
        upwards = np.where(v < 0, -self.eye / v, (high - self.eye) / v)
        distance = np.minimum(np.minimum(across, along), upwards)
        at = ray * distance[..., None]
        a, b, h = u * distance, w * distance, v * distance + self.eye
        flat = upwards <= distance
        sides = [(~flat & (across <= distance) & (u < 0), b), (~flat & (across <= distance) & (u >= 0), b),
                 (~flat & (across > distance) & (w < 0), a), (~flat & (across > distance) & (w >= 0), a)]  # fmt: skip
        normals = [(c, 0, s), (-c, 0, -s), (-s, 0, c), (s, 0, -c)]
        corner = np.minimum(
            np.minimum(np.abs(a + left), np.abs(wide - left - a)),
            np.minimum(np.abs(b + deep), np.minimum(h, high - h) + 0.2),
        )
        shade = (0.8 + 0.2 * np.clip(corner / 0.6, 0, 1))[..., None]
        for (where, along_), normal, colour in zip(sides, normals, self.walls, strict=True):
            fill(
                where,
                distance,
                WALL,
                shade * colour * self.look(self.wall_surface, along_, h)[..., None],
                np.array(normal) + 0 * ray,
            )
        fill(
            flat & (v < 0),
            distance,
            FLOOR,
            shade * self.floor_colour * self.look(self.floor_surface, a, b)[..., None],
            np.array([0.0, 1, 0]) + 0 * ray,
        )
        fill(
            flat & (v >= 0),
            distance,
            CEILING,
            shade * self.ceiling_colour * self.look(0, a, b)[..., None],
            np.array([0.0, -1, 0]) + 0 * ray,
            0.2,
        )
        del at

    def _thing(self, thing: Thing, ray: NDArray[np.float64], far: NDArray[np.float64], fill: object) -> None:
        c, s = np.cos(thing.turn), np.sin(thing.turn)
        turned = np.array([[c, 0, s], [0, 1, 0], [-s, 0, c]])
        d = ray @ turned.T / thing.size
        o = turned @ (np.array([0, self.eye, 0]) - thing.at) / thing.size
        if thing.shape == "ball":
            a, b, e = (d * d).sum(-1), (d * o).sum(-1), float(o @ o) - 1
            disc = b * b - a * e
            distance = (-b - np.sqrt(np.maximum(disc, 0))) / a
            local = o + d * distance[..., None]
            where = (disc > 0) & (distance > 0.1)
            if thing.ragged:
                grain = self.tiles[2][
                    (local[..., 0] * 60 + thing.at[0] * 99).astype(int) % 256, (local[..., 1] * 60).astype(int) % 256
                ]
                where &= disc / a > thing.ragged * np.clip(grain, 0, 2) * 0.5
            normal = local
        else:
            near, beyond = (-1 - o) / d, (1 - o) / d
            low, high = np.minimum(near, beyond), np.maximum(near, beyond)
            distance, last = low.max(-1), high.min(-1)
            where = (distance < last) & (distance > 0.1)
            local = o + d * distance[..., None]
            normal = np.where(np.arange(3) == low.argmax(-1)[..., None], -np.sign(d), 0)
        where &= distance < far
        if not where.any():
            return
        size = local * thing.size
        u = np.where(np.abs(normal[..., 0]) > 0.7, size[..., 2], size[..., 0])
        v = np.where(np.abs(normal[..., 1]) > 0.9, size[..., 2], size[..., 1])
        u, v = np.where(where, u, 0) + 50, np.where(where, v, 0) + 50
        normal = (normal / np.maximum(np.linalg.norm(normal, axis=-1, keepdims=True), 1e-9)) @ turned
        fill(
            where,
            np.where(where, distance, 0),
            thing.kind,
            thing.colour * self.look(thing.surface, u, v)[..., None],
            normal,
            thing.glow,
        )


def draw_world(seed: int, width: int, height: int) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """A picture, uint8 sRGB (H, W, 3), and its kinds, uint8 (H, W)."""
    world = World(seed, width, height)
    if seed % 2:
        world.indoors()
    else:
        world.outdoors()
    return world.draw()


def draw_thicket(seed: int, width: int, height: int) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Leaves and flowers near by, before a hedge, litter or the sky: pixels and kinds as `draw_world`."""
    rng = np.random.default_rng(seed)
    grain = cv2.resize(tile(rng, steep=1.0), (width, height))
    kinds = np.full((height, width), TREE, np.uint8)
    green = np.array([0.25, 0.36, 0.12]) * np.exp(rng.normal(0, 0.25, 3))
    light = green * rng.uniform(0.1, 0.7) * np.exp(0.5 * grain)[..., None]
    behind = rng.integers(4)

    def blades(
        count: int,
        sizes: tuple[float, float],
        colour: Colour,
        spread: float,
        kind: int,
        within: NDArray[np.floating] | None = None,
    ) -> None:
        for _ in range(count):
            x, y = (
                (rng.uniform(0, width), rng.uniform(0, height))
                if within is None
                else rng.normal(within[:2], within[2:])
            )
            long = np.exp(rng.uniform(*np.log(sizes)))
            axes = (max(1, round(long)), max(1, round(long * rng.uniform(0.25, 0.8))))
            shade = tuple(float(c) for c in colour * np.exp(rng.normal(0, spread) + rng.normal(0, spread / 4, 3)))
            angle = float(rng.uniform(0, 360))
            cv2.ellipse(light, (round(x), round(y)), axes, angle, 0, 360, shade, -1, cv2.LINE_AA)
            cv2.ellipse(kinds, (round(x), round(y)), axes, angle, 0, 360, int(kind), -1)

    if behind == 0:  # litter on the ground
        soil = np.array([0.3, 0.22, 0.16]) * np.exp(rng.normal(0, 0.3, 3))
        light[:] = soil * np.exp(0.4 * grain)[..., None]
        kinds[:] = EARTH
        blades(int(rng.integers(50, 500)), (3, 25), soil, 0.5, EARTH)
    elif behind == 1:  # the sky above
        edge = rng.uniform(0.05, 0.7) * height + 12 * tile(rng, steep=1.5)[np.arange(width) // 3 % 256, 0]
        above = np.arange(height)[:, None] < edge[None]
        light[above] = np.array([0.5, 0.65, 0.9]) * rng.uniform(0.6, 1.1) * np.exp(rng.normal(0, 0.15, 3))
        kinds[above] = SKY
    blades(int(rng.integers(0, 300)), (3, 40), green * rng.uniform(0.5, 1.5), 0.4, TREE)
    light = np.ascontiguousarray(cv2.GaussianBlur(light, (0, 0), rng.choice([0.3, 1.5, 4.0])))
    blades(int(rng.integers(0, 250)), (3, 45), green * rng.uniform(0.6, 2.0), 0.35, TREE)
    for _ in range(rng.integers(0, 7)):  # in flower
        colour = np.clip(rng.uniform(0.25, 1) * (1 + rng.uniform(0, 0.9) * rng.normal(0, 0.6, 3)), 0.03, 1)
        at = np.array([rng.uniform(0, width), rng.uniform(0, height), *(rng.uniform(0.02, 0.16, 2) * width)])
        blades(int(rng.integers(5, 250)), (2, float(rng.uniform(4, 22))), colour, 0.25, TREE, at)
    if rng.random() < 0.15:
        x, wide = int(rng.uniform(0, width)), int(rng.uniform(0.03, 0.12) * width)
        top = int(rng.uniform(0, 0.8) * height)
        light[top:, x : x + wide] = rng.uniform(0.1, 0.6) * np.exp(0.1 * grain[top:, x : x + wide, None])
        kinds[top:, x : x + wide] = FURNITURE
    fine = cv2.resize(tile(rng, steep=0.5), (width, height), interpolation=cv2.INTER_NEAREST)
    light = cv2.GaussianBlur(light, (0, 0), 0.6) * np.exp(0.12 * fine)[..., None]
    return (255 * np.clip(light, 0, 1) ** (1 / 2.2) + 0.5).astype(np.uint8), kinds
