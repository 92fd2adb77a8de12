"""Prompts as SDXL's two encoders get them: plain, or through compel where they are long or weighted.

A weight is written `(blue sky:1.3)`, as most programs do, or as compel has it, `(blue sky)1.3`, `sky++`, `sky--`.
"""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Callable
from typing import Any

from lucida.errors import BadParameter

MOST_TOKENS = 1500  # of a prompt: twenty times what the encoders take at once
_WEIGHT = re.compile(r"\(((?:[^()]|\([^()]*\))+):\s*(\d(?:\.\d+)?|\.\d+)\s*\)")  # below 10: 12:30 is a time
_MARKED = re.compile(r"\)\s*(?:\d+(?:\.\d+)?|\.\d+|\++|-+)(?=\W|$)|\w(?:\+\++|--+|\+)(?=\W|$)")
_ESCAPED = re.compile(r"(?<!\\)[()]")


def worded(pipeline: Any, prompt: str, negative_prompt: str, device: str) -> dict[str, Any]:
    """What a pipeline is called with for a prompt: the words themselves, or their embeddings.

    Raises `BadParameter` for a prompt that is too long or whose weights cannot be read.
    """
    texts = {"prompt": prompt, "negative_prompt": negative_prompt}
    counts = {name: _tokens(pipeline, text) for name, text in texts.items()}
    for name, count in counts.items():
        if count > MOST_TOKENS:
            raise BadParameter(f"{name} is too long: {count} tokens, {MOST_TOKENS} are read.", param=name)
    room = pipeline.tokenizer.model_max_length - 2
    if max(counts.values()) <= room and not any(map(has_weights, texts.values())):
        return texts
    return _embedded(pipeline, compel_words(prompt), compel_words(negative_prompt), device)


def encoded(pipeline: Any, prompt: str, negative_prompt: str, *, guided: bool, device: str) -> dict[str, Any]:
    """What SDXL is called with for a prompt: always embeddings; the negative prompt's only where it is `guided`.

    Raises `BadParameter` as `worded` does.
    """
    told = worded(pipeline, prompt, negative_prompt, device)
    if "prompt" not in told:
        return told
    embeds, negative, pooled, negative_pooled = pipeline.encode_prompt(
        **told, device=pipeline._execution_device, do_classifier_free_guidance=guided
    )
    found = {"prompt_embeds": embeds, "pooled_prompt_embeds": pooled}
    if guided:
        found |= {"negative_prompt_embeds": negative, "negative_pooled_prompt_embeds": negative_pooled}
    return found


class Encoded:
    """What the last prompts became: the faces of a panorama and the pictures of a request share theirs."""

    def __init__(self, most: int = 16) -> None:
        self._most = most
        self._kept: OrderedDict[tuple[Any, ...], dict[str, Any]] = OrderedDict()

    def get(self, key: tuple[Any, ...], encode: Callable[[], dict[str, Any]]) -> dict[str, Any]:
        """What is kept for this key, else what `encode` gives."""
        if key not in self._kept:
            self._kept[key] = encode()
            if len(self._kept) > self._most:
                self._kept.popitem(last=False)
        self._kept.move_to_end(key)
        return self._kept[key]


def has_weights(text: str) -> bool:
    """Whether some of the words are to count more or less."""
    return bool(_WEIGHT.search(text) or _MARKED.search(text))


def compel_words(text: str) -> str:
    """A prompt as compel reads it: its weights in compel's form; where it has none, brackets are only brackets."""
    if not has_weights(text):
        return _ESCAPED.sub(r"\\\g<0>", text)
    previous = None
    while previous != text:  # weights may stand within weights
        previous, text = text, _WEIGHT.sub(r"(\1)\2", text)
    return text


def _tokens(pipeline: Any, text: str) -> int:
    return len(pipeline.tokenizer(text, add_special_tokens=False, verbose=False).input_ids)


def _embedded(pipeline: Any, prompt: str, negative_prompt: str, device: str) -> dict[str, Any]:
    from compel import CompelForSDXL
    from compel.prompt_parser import PromptParser
    from pyparsing import ParseException

    try:
        told = CompelForSDXL(pipeline, device=device)(prompt, negative_prompt=negative_prompt)
    except (ParseException, PromptParser.ParsingException, PromptParser.UnrecognizedOperatorException) as error:
        raise BadParameter(
            "The prompt's weights cannot be read; write them (like this:1.3).", param="prompt"
        ) from error
    return {
        "prompt_embeds": told.embeds,
        "pooled_prompt_embeds": told.pooled_embeds,
        "negative_prompt_embeds": told.negative_embeds,
        "negative_pooled_prompt_embeds": told.negative_pooled_embeds,
    }
