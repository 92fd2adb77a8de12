"""What a picture was made from, as the text that common tools write into pictures and read from them:

a cat, sitting
Negative prompt: blurry
Steps: 30, Sampler: Euler, CFG scale: 7.5, Seed: 1, Size: 1024x1024, Model: sdxl
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

NEGATIVE = "Negative prompt: "
# The names that are common, in their usual order; other parameters follow under their own.
_LABELS = {"steps": "Steps", "sampler": "Sampler", "cfg_scale": "CFG scale", "seed": "Seed"}
_SETTING = r'(\w[\w \-/.]*): ("(?:\\.|[^"\\])*"|[^,"\n]*)'
_SETTINGS = re.compile(rf"{_SETTING}(?:, {_SETTING})*")


@dataclass(frozen=True)
class Infotext:
    """The text's parts; `settings` by their labels in the text, in its order."""

    prompt: str
    negative_prompt: str = ""
    settings: Mapping[str, str] = field(default_factory=dict)


def plain_text(text: str) -> str:
    """The text without what no database and no file takes: NUL goes, half of a surrogate pair becomes `?`."""
    return text.replace("\0", "").encode(errors="replace").decode()


def write_infotext(
    prompt: str, negative_prompt: str, parameters: Mapping[str, Any], *, model: str, width: int, height: int
) -> str:
    """The text. Parameters that are no text, number or truth value are left out, and so are those that are None."""
    told = {label: parameters.get(name) for name, label in _LABELS.items()}
    others = {_label(name): value for name, value in parameters.items() if name not in _LABELS}
    told |= {"Size": f"{width}x{height}", "Model": model}
    told |= {label: value for label, value in others.items() if label and label not in told}
    lines = [prompt]
    # A prompt that holds such a line itself is told apart by a last one, though it be empty.
    if negative_prompt or f"\n{NEGATIVE}" in prompt:
        lines.append(f"{NEGATIVE}{negative_prompt}")
    lines.append(", ".join(f"{k}: {_quoted(str(v))}" for k, v in told.items() if isinstance(v, str | int | float)))
    return plain_text("\n".join(lines))


def read_infotext(text: str) -> Infotext:
    r"""The parts of a text of ours, or of another tool's.

    Prompts come back as they were, whatever they hold, line breaks and surrounding blanks included, with two
    exceptions. A negative prompt with a line that begins with `Negative prompt: ` cannot be told from a prompt that has
    such a line: what stands before its last one is taken for the prompt's. And a text without settings is taken to be
    all prompt unless its last line reads like settings (`Size: …` among them, or three and more).
    """
    body, _, last = text.rpartition("\n")
    settings = _settings(last)
    if not settings:
        body = text
    prompt, mark, negative = body.rpartition(f"\n{NEGATIVE}")
    return Infotext(prompt, negative, settings) if mark else Infotext(body, "", settings)


def _label(name: str) -> str:
    return re.sub(r"[^\w \-/.]", "", name.replace("_", " ")).strip(" -/.").capitalize()


def _quoted(value: str) -> str:
    """The value, as JSON where it would not end where it should."""
    plain = value.strip() == value and not re.search(r'[,:"\n\r]', value)
    return value if plain else json.dumps(value, ensure_ascii=False)


def _settings(line: str) -> dict[str, str]:
    if not _SETTINGS.fullmatch(line):
        return {}
    found = {label: _unquoted(value) for label, value in re.findall(_SETTING, line)}
    return found if len(found) > 2 or "Size" in found else {}


def _unquoted(value: str) -> str:
    if not value.startswith('"'):
        return value
    try:
        return str(json.loads(value))
    except ValueError:
        return value
