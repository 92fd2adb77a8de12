"""What things in the scenes are called: ADE20K's ids, and the six categories they sound as."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

# Name: (id among ADE20K's 150 from 0, category 0-5).
NAMES: dict[str, tuple[int, int]] = {
    "wall": (0, 5),
    "building": (1, 4),
    "sky": (2, 2),
    "floor": (3, 3),
    "tree": (4, 1),
    "ceiling": (5, 5),
    "road": (6, 3),
    "bed": (7, 4),
    "windowpane": (8, 4),
    "grass": (9, 1),
    "cabinet": (10, 4),
    "sidewalk": (11, 3),
    "person": (12, 0),
    "earth": (13, 3),
    "door": (14, 4),
    "table": (15, 4),
    "mountain": (16, 3),
    "plant": (17, 1),
    "curtain": (18, 5),
    "chair": (19, 4),
    "car": (20, 4),
    "water": (21, 3),
    "painting": (22, 5),
    "sofa": (23, 4),
    "house": (25, 4),
    "sea": (26, 3),
    "rug": (28, 3),
    "field": (29, 1),
    "fence": (32, 4),
    "rock": (34, 3),
    "lamp": (36, 2),
    "railing": (38, 4),
    "cushion": (39, 5),
    "box": (41, 5),
    "column": (42, 4),
    "signboard": (43, 5),
    "sand": (46, 3),
    "path": (52, 3),
    "stairs": (53, 4),
    "bookcase": (62, 4),
    "book": (67, 5),
    "hill": (68, 3),
    "bench": (69, 4),
    "light": (82, 2),
    "truck": (83, 4),
    "boat": (76, 4),
    "streetlight": (87, 2),
    "television": (89, 5),
    "pole": (93, 4),
    "bottle": (98, 5),
    "ball": (119, 5),
    "food": (120, 5),
    "pot": (125, 5),
    "animal": (126, 0),
    "lake": (128, 3),
    "vase": (135, 5),
    "ashcan": (138, 5),
    "glass": (147, 5),
}


def label(name: str) -> int:
    """The id of what is called `name`."""
    return NAMES[name][0]


def categories_of(labels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Categories (H, W), 0-5, of ids (H, W)."""
    table = np.full(256, 255, np.uint8)
    for number, category in NAMES.values():
        table[number] = category
    return table[labels]
