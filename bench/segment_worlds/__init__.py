"""Worlds of boxes, balls and posts with what everything in them is: what the draft's classifier learns from.

They are no likeness of any place. Everything varies at random - light, colours, surfaces, the camera - so that what is
learnt is how things lie to each other and not how they are painted.
"""

from .rays import EARTH, FLOOR, FURNITURE, GRASS, LIGHT, MOUNTAIN, SKY, SUBJECT, TREE, WALL
from .thickets import draw_thicket
from .worlds import draw_world

__all__ = [
    "EARTH",
    "FLOOR",
    "FURNITURE",
    "GRASS",
    "LIGHT",
    "MOUNTAIN",
    "SKY",
    "SUBJECT",
    "TREE",
    "WALL",
    "draw_thicket",
    "draw_world",
]
