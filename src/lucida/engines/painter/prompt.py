"""Words that a picture is painted from, as a client sends them."""

from __future__ import annotations

import unicodedata

from lucida.errors import BadParameter

MOST_LETTERS = 4000  # of a prompt


def checked_words(text: str, name: str, *, needed: bool = False) -> str:
    """The words of the field `name`, as they came.

    Raises `BadParameter` for none where they are `needed`, for too many, and for control characters.
    """
    if needed and not text.strip():
        raise BadParameter(f"{name} is empty; say what the picture shows.", param=name)
    if len(text) > MOST_LETTERS:
        raise BadParameter(f"{name} has {len(text)} letters; {MOST_LETTERS} are read.", param=name)
    if any(unicodedata.category(letter) in ("Cc", "Cs") and letter not in "\n\r\t" for letter in text):
        raise BadParameter(f"{name} holds control characters; send it without them.", param=name)
    return text
