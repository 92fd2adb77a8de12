"""Leaves and flowers near by."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from .rays import EARTH, FURNITURE, SKY, TREE, Colour, tile


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
        at = np.array([rng.uniform(0, width), rng.uniform(0, height), *(np.exp(rng.uniform(-4, -1.2, 2)) * width)])
        blades(int(np.exp(rng.uniform(2, 6.8))), (2, float(rng.uniform(4, 22))), colour, 0.25, TREE, at)
    if rng.random() < 0.15:
        x, wide = int(rng.uniform(0, width)), int(rng.uniform(0.03, 0.12) * width)
        top = int(rng.uniform(0, 0.8) * height)
        light[top:, x : x + wide] = rng.uniform(0.1, 0.6) * np.exp(0.1 * grain[top:, x : x + wide, None])
        kinds[top:, x : x + wide] = FURNITURE
    fine = cv2.resize(tile(rng, steep=0.5), (width, height), interpolation=cv2.INTER_NEAREST)
    light = cv2.GaussianBlur(light, (0, 0), 0.6) * np.exp(0.12 * fine)[..., None]
    return (255 * np.clip(light, 0, 1) ** (1 / 2.2) + 0.5).astype(np.uint8), kinds
