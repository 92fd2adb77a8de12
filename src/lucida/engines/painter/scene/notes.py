"""Sentences on what was understood of a prompt, and what was not."""

from __future__ import annotations

from lucida.engines.painter.scene.words import SceneWords

MOST = 12  # words that are listed


def _listed(words: tuple[str, ...]) -> str:
    more = len(words) - MOST
    quoted = [f"“{word[:40]}”" for word in words[:MOST]]
    if more > 0:
        return ", ".join(quoted) + f" and {more} more"
    return " and ".join(filter(None, [", ".join(quoted[:-1]), quoted[-1]]))


def notes_on(scene: SceneWords, shown: str) -> tuple[str, ...]:
    """The notes of a picture; `shown` is the scene in a few words, told where the prompt left it open."""
    notes = []
    if scene.understood:
        notes.append(f"Understood {_listed(scene.understood)}.")
    else:
        notes.append(f"No word of the prompt names a scene that the draft can draw, so it shows {shown}.")
    if scene.unknown:
        notes.append(f"Not understood, and not drawn: {_listed(scene.unknown)}.")
    if scene.absent:
        notes.append(f"Left out as asked: {_listed(tuple(sorted(scene.absent)))}.")
    return tuple(notes)
