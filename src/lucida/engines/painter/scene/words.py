"""A prompt's words as a scene: what there is, what there is not, in what light and colours."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace

from lucida.engines.painter.scene import vocabulary as known

Colour = tuple[float, float, float]
LONGEST = 4000  # characters of a prompt that are read
_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*|\d+", re.UNICODE)


@dataclass(frozen=True)
class SceneWords:
    """What a prompt says. `None` and empty mean that nothing was said; `absent` names what must not be there.

    `clouds`, `fog` and `storm` are 0-1; `trees` and `houses` count, -1 for as many as suit; `colours` and `sizes` go by
    the field's value they belong to (house, mountains, lake). `understood` and `unknown` are words in their order.
    """

    land: str = ""
    also: tuple[str, ...] = ()
    water: str = ""
    time: str = ""
    season: str = ""
    clouds: float | None = None
    fog: float = 0.0
    storm: float = 0.0
    falling: str = ""
    moon: bool = False
    stars: bool = False
    trees: int = 0
    tree: str = ""
    houses: int = 0
    flowers: bool = False
    furniture: tuple[str, ...] = ()
    absent: frozenset[str] = frozenset()
    colours: dict[str, Colour] = field(default_factory=dict)
    sizes: dict[str, float] = field(default_factory=dict)
    understood: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()


def _table() -> dict[str, list[tuple[str, object]]]:
    """What each word says, as pairs of field and value."""
    table: dict[str, list[tuple[str, object]]] = {}

    def enter(names: str, *says: tuple[str, object]) -> None:
        for name in names.split():
            table.setdefault(name, []).extend(says)

    for land, names in known.PLACES.items():
        enter(names, ("land", land))
    for name, fields in (("water", known.WATERS), ("time", known.TIMES), ("season", known.SEASONS)):
        for value, names in fields.items():
            enter(names, (name, value))
    for cover, names in known.CLOUDS.items():
        enter(names, ("clouds", cover))
    for falling, names in known.FALLING.items():
        enter(names, ("falling", falling))
    for kind, names in known.TREES.items():
        enter(names, ("trees", kind))
    for thing, names in known.FURNITURE.items():
        enter(names, ("furniture", thing))
    enter(known.HOUSES, ("houses", "house"))
    enter("blossom flower wildflower poppy daisy tulip flowery lavender", ("flowers", True))
    enter("fog foggy mist misty haze hazy", ("fog", 1.0))
    enter("storm stormy thunderstorm tempest rough", ("storm", 1.0))
    enter("moon moonlight moonlit", ("moon", True), ("time", "night"))
    enter("star starry starlit starlight milky-way galaxy", ("stars", True), ("time", "night"))
    enter("blizzard snowstorm", ("season", "winter"))
    enter("wave", ("water", "sea"))
    enter("water", ("water", "lake"))
    enter("rainy", ("clouds", 1.0))
    return table


TABLE = _table()


def singular(word: str) -> str:
    """The word in the form the vocabulary knows it by, or as it is."""
    if word in TABLE:
        return word
    irregular = {"leaves": "leaf", "foggier": "foggy", "sandy": "sand", "mountainous": "mountain", "hilly": "hill",
                 "forested": "forest", "wooded": "wood", "grassy": "grass", "snow-covered": "snow",
                 "snow-capped": "snowcap", "snowcapped": "snowcap", "skies": "sky"}  # fmt: skip
    if word in irregular:
        return irregular[word]
    for ending, instead in (("ies", "y"), ("ves", "f"), ("es", ""), ("s", ""), ("'s", ""), ("y", "")):
        if word.endswith(ending) and word[: -len(ending)] + instead in TABLE:
            return word[: -len(ending)] + instead
    return word


def read_words(prompt: str, negative: str = "") -> SceneWords:
    """The scene that a prompt asks for; what the negative prompt names, or a "no" in front of it, is left out.

    Any text will do; beyond `LONGEST` characters it is not read.
    """
    scene, absent = _read(prompt[:LONGEST])
    if negative.strip():
        unwanted, _ = _read(negative[:LONGEST])
        absent |= _named(unwanted)
    return replace(_without(scene, absent), absent=frozenset(absent))


def _named(scene: SceneWords) -> set[str]:
    """What a scene has, by the names that `absent` uses."""
    named = {scene.land, *scene.also, scene.water, scene.time, scene.season, scene.falling, *scene.furniture}
    told = {"clouds": scene.clouds, "fog": scene.fog, "storm": scene.storm, "moon": scene.moon, "stars": scene.stars}
    told |= {"trees": scene.trees, "house": scene.houses, "flowers": scene.flowers}
    return (named | {name for name, value in told.items() if value}) - {""}


def _without(scene: SceneWords, absent: set[str]) -> SceneWords:
    lands = [land for land in (scene.land, *scene.also) if land and land not in absent]
    changes: dict[str, object] = {"land": lands[0] if lands else "", "also": tuple(lands[1:])}
    for name in ("water", "time", "season", "falling"):
        if getattr(scene, name) in absent:
            changes[name] = ""
    empty = {"fog": 0.0, "storm": 0.0, "moon": False, "stars": False, "trees": 0, "flowers": False}
    changes |= {name: nothing for name, nothing in empty.items() if name in absent}
    if "clouds" in absent:
        changes["clouds"] = 0.0
    if "house" in absent:
        changes["houses"] = 0
    changes["furniture"] = tuple(thing for thing in scene.furniture if thing not in absent)
    return replace(scene, **changes)  # type: ignore[arg-type]  # fields by their names


class _Reading:
    """What has been read so far."""

    def __init__(self) -> None:
        self.values: dict[str, object] = {}
        self.lands: list[str] = []
        self.furniture: list[str] = []
        self.colours: dict[str, Colour] = {}
        self.sizes: dict[str, float] = {}
        self.absent: set[str] = set()
        self.colour: Colour | None = None
        self.size: float | None = None
        self.count: int | None = None
        self.many = -1  # 1 where the word is in the singular
        self.refused = False
        self.pending: list[str] = []  # colours and sizes whose noun is still to come

    def forget(self) -> None:
        """Begin a new noun."""
        self.colour, self.size, self.count, self.pending = None, None, None, []

    def say(self, name: str, value: object) -> None:
        """Take one thing a word says, with the colour, size and number that stood before it."""
        thing = str({"trees": "trees", "flowers": "flowers", "clouds": "clouds", "fog": "fog", "storm": "storm",
                     "moon": "moon", "stars": "stars"}.get(name, value))  # fmt: skip
        if self.refused:
            if not (name == "time" and value == "night" and ({"moon", "stars"} & self.absent)):
                self.absent.add(thing)
            return
        if name == "land":
            if value not in self.lands:
                self.lands.append(str(value))
        elif name == "furniture":
            if value not in self.furniture:
                self.furniture.append(str(value))
        elif name == "trees":
            before = self.values.get("trees")
            self.values["trees"] = self.count or (before if isinstance(before, int) and before > 0 else self.many)
            self.values["tree"] = value if value != "mixed" else self.values.get("tree", "mixed")
        elif name == "houses":
            self.values["houses"] = self.count or self.many
        elif name == "time" and self.values.get("time") not in (None, value) and value == "noon":
            pass  # "the setting sun", "a sunny morning": the sun itself tells no hour
        elif name == "clouds" and self.values.get("clouds") is not None:
            self.values["clouds"] = max(float(str(self.values["clouds"])), float(str(value)))
        else:
            self.values[name] = value
        if self.colour is not None:
            self.colours[thing] = self.colour
        if self.size is not None:
            self.sizes[thing] = self.size


def _read(text: str) -> tuple[SceneWords, set[str]]:
    reading, understood, unknown = _Reading(), [], []
    text = re.sub(r"\b(milky|golden) (way|hour)\b", lambda m: {"milky": "starry", "golden": "sunset"}[m[1].lower()],
                  text.lower())  # fmt: skip
    text = re.sub(r"\bbed ?room\b", "room bed", text)
    text = re.sub(r"\b(living|dining|class|bath) room\b", "room", text)
    text = re.sub(r"\bfree of\b|\bdevoid of\b", "without", text)
    for clause in re.split(r"[.,;:!?()\n]|\bbut\b|\band with\b", text):
        unknown.extend(reading.pending)
        reading.refused = False
        reading.forget()
        for word in _WORD.findall(clause.replace("’", "'")):
            name = singular(word)
            if word in known.NOT:
                reading.refused = True
            elif word == "with":
                reading.refused = False
            elif word in known.COLOURS:
                reading.colour = known.COLOURS[word]
                reading.pending.append(word)
            elif word in known.SIZES:
                reading.size = known.SIZES[word]
                reading.pending.append(word)
            elif word in known.NUMBERS or (word.isascii() and word.isdigit() and len(word) < 4):
                reading.count = known.NUMBERS.get(word) or int(word)
            elif name == "snowcap":
                understood.append(word)
                reading.sizes["snowcap"] = 1.0
            elif name in TABLE and not (name == "light" and "lamp" not in reading.furniture):
                reading.many = 1 if name == word else -1
                for field_name, value in TABLE[name]:
                    reading.say(field_name, value)
                understood.extend([*reading.pending, word])
                reading.forget()
            elif word not in known.STOP and word not in known.STYLE and name not in known.STYLE and len(word) > 1:
                if not reading.refused:
                    unknown.extend([*reading.pending, word])
                reading.forget()
    unknown.extend(reading.pending)
    scene = SceneWords(
        **reading.values,  # type: ignore[arg-type]  # fields by the vocabulary's names
        land=reading.lands[0] if reading.lands else "",
        also=tuple(reading.lands[1:]),
        furniture=tuple(reading.furniture),
        colours=reading.colours,
        sizes=reading.sizes,
        understood=tuple(dict.fromkeys(understood)),
        unknown=tuple(dict.fromkeys(unknown)),
    )
    return scene, reading.absent
