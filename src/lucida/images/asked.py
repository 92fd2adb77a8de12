"""What a client asks of `/v1/images/generations` and `/v1/images/edits`, in either dialect.

The images specification and OpenAI's images API name the same things differently: `num_images` and `n`, `width` with
`height` and `size`, `cfgScale` and nothing. Both may stand in one body; where both say the same thing differently it is
refused.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, cast, get_args

from lucida.engines.diffusion.samplers import SAMPLERS
from lucida.engines.painter.prompt import checked_words
from lucida.errors import BadParameter
from lucida.images.files import QUALITY, PictureFormat

SMALLEST, LARGEST, STEP = 64, 2048, 8  # of a side, in pixels
MOST_IMAGES, MOST_STEPS, MOST_CFG, MOST_PARTIAL = 10, 150, 20.0, 3
RANDOM = -1
UINT32 = 1 << 32
ASPECTS = {"1:1": (1024, 1024), "3:2": (1216, 832), "2:3": (832, 1216), "4:3": (1152, 896), "16:9": (1344, 768)}
_SIZE = re.compile(r"(\d{1,5})x(\d{1,5})")
# OpenAI's words for how much trouble is taken, as steps of denoising.
_QUALITY = {"auto": 30, "standard": 30, "medium": 30, "low": 20, "high": 40, "hd": 40}
# What a form, where all is text, means as numbers and as truth values.
_NUMBERS = {"n", "num_images", "numImages", "steps", "cfg_scale", "cfgScale", "seed", "strength", "partial_images",
            "output_compression", "width", "height"}  # fmt: skip
_TRUTHS = {"stream", "hires_fix", "hiresFix"}
_FORMATS: tuple[PictureFormat, ...] = get_args(PictureFormat)


@dataclass(frozen=True)
class Asked:
    """Pictures from words as they were asked for, each default filled in; `seed` is None where chance decides.

    `strength`, 0 to 1, is how far an edit may change what it may change; None for as far as suits. What is painted
    `here` is not passed on to the inference service.
    """

    prompt: str
    negative_prompt: str = ""
    model: str = "sdxl"
    width: int = 1024
    height: int = 1024
    count: int = 1
    steps: int = 30
    cfg_scale: float = 7.5
    sampler: str = "Euler"
    seed: int | None = None
    hires_fix: bool = False
    response_format: str = "url"
    output_format: PictureFormat = "png"
    output_compression: int = QUALITY
    stream: bool = False
    partial_images: int = 0
    strength: float | None = None
    here: bool = False

    def of_size(self, width: int, height: int) -> Asked:
        """The same of another size, in pixels."""
        return replace(self, width=width, height=height)


def asked(body: Mapping[str, Any]) -> Asked:
    """The request in a JSON body. Raises `BadParameter`, which names the field."""
    width, height = _size(body)
    given = _Given(body)
    quality = given.one_of("quality", tuple(_QUALITY), "auto")
    seed = given.whole("seed", RANDOM, UINT32 - 1, default=RANDOM)
    return Asked(
        prompt=checked_words(given.text("prompt"), "prompt", needed=True),
        negative_prompt=checked_words(given.text("negative_prompt", "negativePrompt"), "negative_prompt"),
        model=given.text("model") or "sdxl",
        width=width,
        height=height,
        count=given.whole("n", 1, MOST_IMAGES, "num_images", "numImages", default=1),
        steps=given.whole("steps", 1, MOST_STEPS, default=_QUALITY[quality]),
        cfg_scale=given.number("cfg_scale", 1.0, MOST_CFG, "cfgScale", default=7.5),
        sampler=given.one_of("sampler", SAMPLERS, "Euler"),
        seed=None if seed == RANDOM else seed,
        hires_fix=given.yes_or_no("hires_fix", "hiresFix"),
        response_format=given.one_of("response_format", ("url", "b64_json"), "url"),
        output_format=cast(PictureFormat, given.one_of("output_format", _FORMATS, "png")),
        output_compression=given.whole("output_compression", 1, 100, default=QUALITY),
        stream=given.yes_or_no("stream"),
        partial_images=given.whole("partial_images", 0, MOST_PARTIAL, default=0),
        strength=given.fraction("strength"),
    )


def from_form(fields: Mapping[str, str]) -> dict[str, Any]:
    """The fields of a form as a JSON body would have them: numbers and truth values are no texts there."""
    body: dict[str, Any] = dict(fields)
    for name, value in fields.items():
        if name in _NUMBERS and value.strip():
            body[name] = _number(name, value.strip())
        elif name in _TRUTHS and value.strip().lower() in ("true", "false"):
            body[name] = value.strip().lower() == "true"
    return {name: value for name, value in body.items() if value != ""}


def says_size(fields: Mapping[str, Any]) -> bool:
    """Whether a request says how large its pictures are to be."""
    said = (fields.get(name) for name in ("size", "width", "height", "aspect_ratio", "aspectRatio"))
    return any(value not in (None, "", "auto") for value in said)


def _number(name: str, value: str) -> int | float:
    try:
        number = float(value)
    except ValueError:
        raise BadParameter(f"{name} is a number.", param=name) from None
    return int(number) if number.is_integer() else number


class _Given:
    """The fields of a body by their names; null is as good as nothing."""

    def __init__(self, body: Mapping[str, Any]) -> None:
        self._body = body

    def _value(self, *names: str) -> Any:
        said = {name: self._body[name] for name in names if self._body.get(name) is not None}
        values = list(said.values())
        if any(value != values[0] for value in values[1:]):
            raise BadParameter(f"{' and '.join(said)} say different things; send one of them.", param=names[0])
        return values[0] if values else None

    def text(self, *names: str) -> str:
        value = self._value(*names)
        if value is not None and not isinstance(value, str):
            raise BadParameter(f"{names[0]} is a text.", param=names[0])
        return value or ""

    def whole(self, name: str, least: int, most: int, *others: str, default: int) -> int:
        value = self._value(name, *others)
        if value is None:
            return default
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
            raise BadParameter(f"{name} is a whole number from {least} to {most}.", param=name)
        return value

    def number(self, name: str, least: float, most: float, *others: str, default: float) -> float:
        value = self._value(name, *others)
        if value is None:
            return default
        if isinstance(value, bool) or not isinstance(value, int | float) or not least <= value <= most:
            raise BadParameter(f"{name} is a number from {least:g} to {most:g}.", param=name)
        return float(value)

    def fraction(self, name: str) -> float | None:
        return None if self._value(name) is None else self.number(name, 0.0, 1.0, default=0.0)

    def one_of(self, name: str, choices: tuple[str, ...], default: str) -> str:
        value = self._value(name)
        if value is None:
            return default
        if value not in choices:
            raise BadParameter(f"{name} is one of {', '.join(choices)}.", param=name)
        return str(value)

    def yes_or_no(self, *names: str) -> bool:
        value = self._value(*names)
        if value is not None and not isinstance(value, bool):
            raise BadParameter(f"{names[0]} is true or false.", param=names[0])
        return bool(value)


def _size(body: Mapping[str, Any]) -> tuple[int, int]:
    """Width and height: so called, or as `size` "WxH", or by an aspect ratio; 1024 × 1024 where none is said."""
    given = _Given(body)
    size, aspect = given.text("size"), given.text("aspect_ratio", "aspectRatio")
    said: list[tuple[int, int]] = []
    if size and size != "auto":
        match = _SIZE.fullmatch(size)
        if match is None:
            raise BadParameter('size is "auto" or as in "1024x1024".', param="size")
        said.append((int(match[1]), int(match[2])))
    if aspect:
        if aspect not in ASPECTS:
            raise BadParameter(f"aspect_ratio is one of {', '.join(ASPECTS)}.", param="aspect_ratio")
        said.append(ASPECTS[aspect])
    if body.get("width") is not None or body.get("height") is not None:
        sides = [given.whole(name, SMALLEST, LARGEST, default=1024) for name in ("width", "height")]
        said.append((sides[0], sides[1]))
    if len(set(said)) > 1:
        raise BadParameter("size, aspect_ratio, width and height do not agree; send one of them.", param="size")
    width, height = said[0] if said else (1024, 1024)
    for name, side in (("width", width), ("height", height)):
        if not SMALLEST <= side <= LARGEST or side % STEP:
            raise BadParameter(f"A side is {SMALLEST} to {LARGEST} pixels and a multiple of {STEP}.", param=name)
    return width, height
