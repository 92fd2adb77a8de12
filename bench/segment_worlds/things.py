"""What stands in a world."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from .rays import BUILDING, CEILING, FURNITURE, LIGHT, SUBJECT, TREE, WALL, Drawing


class Things(Drawing):
    """A world that things can be put into, at places in metres: x to the right, z towards the viewer."""

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
