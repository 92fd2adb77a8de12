"""What everything stands in: things in a light, and the picture that rays find of them."""

from __future__ import annotations

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


class Drawing:
    """Things, the ground or the room that they stand in, and the light on them."""

    room: tuple[float, ...] | None = None

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
