"""The words that a draft picture understands, each with what it says about the scene."""

from __future__ import annotations


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# What a word says: the field of `SceneWords` and its value. Words are singular and in lower case.
PLACES: dict[str, str] = {
    "plain": "plain prairie savanna savannah steppe tundra countryside landscape nature scenery outdoors",
    "meadow": "meadow grassland pasture lawn grass clearing park garden",
    "field": "field farmland crop wheat cornfield vineyard farm acre barley lavender",
    "hills": "hill hillside highland dale valley knoll",
    "mountains": "mountain peak alp ridge summit cliff range massif alpine fjord canyon",
    "dunes": "desert dune sand sahara",
    "forest": "forest wood woodland grove jungle taiga thicket",
    "city": "city street skyscraper skyline downtown building tower avenue metropolis town cityscape urban block",
    "village": "village hamlet settlement",
    "room": "room interior indoor indoors bedroom livingroom lounge kitchen study office attic parlour apartment",
}
WATERS = {
    "lake": "lake pond tarn reservoir",
    "sea": "sea ocean coast beach shore seaside bay harbour harbor seascape surf",
    "river": "river stream brook creek canal",
}
TIMES = {
    "dawn": "dawn daybreak twilight",
    "sunrise": "sunrise",
    "morning": "morning",
    "noon": "noon midday day daylight daytime sunny sun sunshine sunlight",
    "afternoon": "afternoon",
    "evening": "evening",
    "sunset": "sunset sundown",
    "dusk": "dusk nightfall gloaming",
    "night": "night midnight nighttime nocturnal night-time",
}
CLOUDS = {0.0: "clear cloudless", 0.42: "cloud", 0.55: "cloudy", 1.0: "overcast grey-sky gloomy dull"}
FALLING = {"rain": "rain rainy drizzle downpour wet", "snow": "snowfall snowing blizzard snowstorm snowflake"}
SEASONS = {
    "spring": "spring springtime blossom",
    "summer": "summer summertime",
    "autumn": "autumn autumnal fall",
    "winter": "winter wintry snow snowy icy frozen frosty frost",
}
TREES = {
    "mixed": "tree copse orchard",
    "conifer": "pine fir spruce conifer evergreen larch cedar",
    "broadleaf": "oak birch maple beech willow elm ash linden",
}
HOUSES = "house cottage cabin hut barn farmhouse home chalet lodge"
FURNITURE = {
    "lamp": "lamp light lantern",
    "sofa": "sofa couch armchair settee",
    "table": "table desk",
    "chair": "chair stool",
    "bed": "bed",
    "shelf": "shelf bookshelf bookcase book library",
    "rug": "rug carpet",
    "window": "window",
    "plant": "plant houseplant",
    "painting": "painting picture-frame artwork",
}
COLOURS: dict[str, tuple[float, float, float]] = {  # albedo, linear
    "red": (0.52, 0.045, 0.035),
    "orange": (0.70, 0.23, 0.03),
    "yellow": (0.75, 0.55, 0.06),
    "golden": (0.62, 0.40, 0.07),
    "gold": (0.62, 0.40, 0.07),
    "green": (0.08, 0.26, 0.05),
    "emerald": (0.02, 0.28, 0.11),
    "turquoise": (0.06, 0.42, 0.40),
    "teal": (0.02, 0.20, 0.22),
    "blue": (0.05, 0.13, 0.42),
    "purple": (0.22, 0.08, 0.38),
    "violet": (0.26, 0.12, 0.45),
    "pink": (0.72, 0.28, 0.38),
    "brown": (0.20, 0.10, 0.045),
    "white": (0.80, 0.80, 0.78),
    "black": (0.02, 0.02, 0.022),
    "grey": (0.28, 0.28, 0.29),
    "gray": (0.28, 0.28, 0.29),
    "silver": (0.50, 0.51, 0.53),
    "beige": (0.55, 0.46, 0.33),
    "cream": (0.72, 0.65, 0.50),
}
NUMBERS = {
    "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10,
    "single": 1, "lone": 1, "lonely": 1, "solitary": 1, "couple": 2, "few": 3, "several": 5, "many": 12,
    "dozen": 12, "some": 4,
}  # fmt: skip
SIZES = {"big": 1.35, "large": 1.35, "huge": 1.8, "giant": 1.8, "tall": 1.5, "high": 1.4, "towering": 1.7, "small": 0.7,
         "little": 0.7, "tiny": 0.5, "low": 0.7}  # fmt: skip
NOT = _words("no without not never none except minus lacking n't dont don't")
# Words that carry no picture by themselves.
STOP = _words(
    """a an the and or of in on at by with over under above below behind before between beside near next to from into
    onto across along through around against upon for as is are was were be being been there it its this that these
    those his her their our my your he she they we you i some any all very quite rather really so too just only more
    most much lot lots where while when which who whose what than then out up down off far close front back left right
    middle centre center top bottom side foreground background distance distant horizon scene view set sits stands
    standing lies lying seen looking full covered filled surrounded made but like edge end inside outside
    """
)
STYLE = _words(
    """beautiful photo photograph photography photorealistic picture image painting-of shot realistic stunning
    gorgeous lovely pretty nice amazing breathtaking majestic epic dramatic scenic serene peaceful calm quiet cosy cozy
    warm cold cool hot fresh soft light lit bright dark vivid colourful colorful detailed highly ultra hd 4k 8k hdr
    high-quality quality masterpiece best award-winning wide angle wide-angle panorama panoramic cinematic artistic art
    style render rendering illustration drawing draft simple great wonderful magical mystical idyllic rolling gentle
    old new modern ancient rustic traditional rural wild lush natural pristine ambient atmospheric atmosphere mood
    moody sharp focus professional camera lens dslr time hour early late sky air ground land world earth season weather
    deep shallow vast endless open tranquil dreamy please draw paint show make create generate me
    heavy winding steep snug modern-day
    picturesque spectacular sparkling glowing shining reflection reflecting reflected lighting
    """
)
