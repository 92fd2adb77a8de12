"""ADE20K's 150 labels, and the six categories that a visualiser hears them in.

Ids and names are those of the scene parsing challenge (Zhou et al. 2017, "Scene Parsing through ADE20K Dataset"),
counted from 0 as models on the Hugging Face hub count them. A label is found by its id or by its whole name, never by
part of one: a streetlight is no tree, and a seat no sea.
"""

from __future__ import annotations

import re
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from lucida.engines.segmentation.segments import UNLABELLED

CATEGORIES = ("BASS_SUBJECT", "MID_ORGANIC", "HIGH_SKY", "BEAT_GROUND", "MID_STRUCTURE", "LOW_AMBIENT")
COLOURS = np.array(
    [(220, 50, 50), (50, 180, 50), (100, 180, 255), (180, 140, 60), (160, 100, 200), (128, 128, 128)], np.uint8
)
AMBIENT = 5  # what nobody knows is heard with the walls

# One row a label, from id 0: the category, the name, what else it is called.
# 0 lives or has the figure of what does; 1 grows; 2 is sky or gives light; 3 lies flat as far as it goes; 4 was built
# or stands by itself; 5 is the shell of a room, hangs on it, or is carried in the hand.
_TABLE = """
5 wall
4 building, edifice
2 sky
3 floor, flooring
1 tree
5 ceiling
3 road, route
4 bed
4 windowpane, window
1 grass
4 cabinet
3 sidewalk, pavement
0 person, people, individual, human
3 earth, ground
4 door, double door
4 table
3 mountain, mount
1 plant, flora, plant life
5 curtain, drape, drapery
4 chair
4 car, auto, automobile, motorcar
3 water
5 painting, picture
4 sofa, couch, lounge
4 shelf
4 house
3 sea
5 mirror
3 rug, carpet, carpeting
1 field
4 armchair
4 seat
4 fence, fencing
4 desk
3 rock, stone
4 wardrobe, closet, press
2 lamp
4 bathtub, bath, bathing tub, tub
4 railing, rail
5 cushion
4 base, pedestal
5 box
4 column, pillar
5 signboard, sign
4 chest of drawers, chest, bureau, dresser
4 counter
3 sand
4 sink
4 skyscraper
4 fireplace, hearth, open fireplace
4 refrigerator, icebox
4 grandstand, covered stand
3 path
4 stairs, steps
3 runway
4 case, display case, showcase, vitrine
4 pool table, billiard table, snooker table
5 pillow
4 screen door, door screen
4 stairway, staircase
3 river
4 bridge, span
4 bookcase
5 blind, window blind
4 coffee table, cocktail table
4 toilet, commode
1 flower
5 book
3 hill
4 bench
4 countertop
4 stove, kitchen stove, range, kitchen range, cooking stove
1 palm, palm tree
4 kitchen island
5 computer, computing machine, data processor
4 swivel chair
4 boat
4 bar
4 arcade machine
4 hovel, hut, shack, shanty
4 bus, autobus, coach, motorbus, motorcoach, omnibus, double-decker
5 towel
2 light, light source
4 truck, motortruck
4 tower
2 chandelier, pendant
4 awning, sunshade, sunblind
2 streetlight, street lamp
4 booth, cubicle, stall, kiosk
5 television receiver, television, television set, tv, tv set, telly
4 airplane, aeroplane, plane
3 dirt track
0 apparel, wearing apparel, dress, clothes
4 pole
3 land, soil
4 bannister, banister, balustrade, balusters, handrail
4 escalator, moving staircase, moving stairway
4 ottoman, pouf, pouffe, puff, hassock
5 bottle
4 buffet, sideboard
5 poster, posting, placard, bill
4 stage
4 van
4 ship
3 fountain
4 conveyer belt, conveyor belt, conveyer, conveyor, transporter
4 canopy
4 washer, automatic washer, washing machine
5 plaything, toy
3 swimming pool, swimming bath, natatorium
4 stool
5 barrel, cask
5 basket, handbasket
3 waterfall, falls
4 tent, collapsible shelter
5 bag
4 minibike, motorbike
4 cradle
4 oven
5 ball
5 food, solid food
4 step, stair
4 tank, storage tank
5 trade name, brand name, brand, marque
4 microwave, microwave oven
5 pot, flowerpot
0 animal, animate being, beast, creature, fauna
4 bicycle, bike, cycle
3 lake
4 dishwasher, dish washer, dishwashing machine
5 screen, silver screen, projection screen
5 blanket, cover
0 sculpture
4 hood, exhaust hood
2 sconce
5 vase
2 traffic light, traffic signal, stoplight
5 tray
5 ashcan, trash can, garbage can, wastebin, ash bin, ash-bin, ashbin, dustbin, trash barrel, trash bin
5 fan
4 pier, wharf, wharfage, dock
5 crt screen
5 plate
5 monitor, monitoring device
5 bulletin board, notice board
4 shower
4 radiator
5 glass, drinking glass
5 clock
5 flag
"""


class Detected(NamedTuple):
    """A label that is in a picture: its name, its category, and its share of the pixels, 0 to 1."""

    label: str
    category: int
    share: float


def _rows() -> list[tuple[int, list[str]]]:
    parted = (row.split(" ", 1) for row in _TABLE.strip().splitlines())
    return [(int(category), names.split(", ")) for category, names in parted]


LABELS = tuple(names[0] for _, names in _rows())
_IDS = {name: number for number, (_, names) in enumerate(_rows()) for name in names}
# Category by label, uint8 (256,): `CATEGORY_OF[labels]` is a map of categories.
CATEGORY_OF = np.full(256, AMBIENT, np.uint8)
CATEGORY_OF[: len(LABELS)] = [category for category, _ in _rows()]
CATEGORY_OF.flags.writeable = COLOURS.flags.writeable = False

# Labels that are no things: they have no number of their own, and go as far as they go.
_STUFF = (
    "wall, sky, floor, ceiling, road, grass, sidewalk, earth, mountain, water, sea, rug, field, sand, path, runway, "
    "river, hill, dirt track, land, swimming pool, waterfall, lake"
)
THINGS = tuple(number for number, label in enumerate(LABELS) if label not in _STUFF.split(", "))


def label_id(label: int | str) -> int:
    """The id of a label, given by its id or by a whole name; `UNLABELLED` for what is none.

    Names are compared without regard to case and spaces; of several between commas or semicolons, as other spellings of
    the table have them, the first that is known counts.
    """
    if isinstance(label, int):
        return label if 0 <= label < len(LABELS) else UNLABELLED
    if label.strip().isdecimal():
        return label_id(int(label))
    names = (label, *re.split("[,;]", label))
    known = (_IDS.get(" ".join(name.casefold().split())) for name in names)
    return next((number for number in known if number is not None), UNLABELLED)


def detected(labels: NDArray[np.uint8]) -> list[Detected]:
    """What is in a map of labels, the largest first; pixels without a label count towards the whole."""
    counts = np.bincount(labels.reshape(-1), minlength=256)[: len(LABELS)]
    found = [number for number in np.argsort(-counts, kind="stable") if counts[number]]
    return [Detected(LABELS[n], int(CATEGORY_OF[n]), float(counts[n] / labels.size)) for n in found]


def in_words(found: list[Detected]) -> list[str]:
    """Labels as the packed cloud's header tells them, `tree→cat1(25%)`, without those below half a per cent."""
    return [
        f"{label}→cat{category}({max(1, round(100 * share))}%)" for label, category, share in found if share >= 0.005
    ]
