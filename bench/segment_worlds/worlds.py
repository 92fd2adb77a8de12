"""Streets, country and rooms."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .rays import EARTH, GRASS, LIGHT, MOUNTAIN, TREE, WALL, WINDOW
from .things import Things


class World(Things):
    """A place of one of the two kinds."""

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


def draw_world(seed: int, width: int, height: int) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """A picture, uint8 sRGB (H, W, 3), and its kinds, uint8 (H, W)."""
    world = World(seed, width, height)
    if seed % 2:
        world.indoors()
    else:
        world.outdoors()
    return world.draw()
