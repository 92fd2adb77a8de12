"""What pieces of a picture probably are, by pairs of small networks.

The second of a pair also hears what the first says all around: Tu and Bai 2010, "Auto-Context and Its Application to
High-Level Vision Tasks". Several pairs are asked, and their mean is taken. `bench/fit_draft_segments.py` taught them.
"""

from __future__ import annotations

import functools
from importlib import resources

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from lucida.engines.segmentation.cues import FINE_TEXTURE, Seen
from lucida.engines.segmentation.superpixels import Superpixels

# What is told apart: sky, tree, grass, earth, mountain, water, building, wall, floor, ceiling, windowpane, cabinet (any
# furniture or vehicle), light, animal (any subject); ids of ADE20K.
KINDS = (2, 4, 9, 13, 16, 21, 1, 0, 3, 5, 8, 10, 82, 126)

ROOM, OPEN = (0, 3, 5), (2, 4, 9, 13, 16, 21, 1)  # of them those that are hardly seen together
SUBJECT = 126
ROUGHEST = -1.05  # logarithm of the strength of fine edges, a third of it, that a subject has
FURNISHED = (8, 10)  # mostly in rooms too
_ONE_SETTING = 0.4  # how much the whole picture decides between the two

Layers = list[tuple[NDArray[np.float32], NDArray[np.float32]]]


@functools.cache
def load_pairs() -> list[tuple[Layers, Layers]]:
    """The weights and biases of both networks of each pair."""
    with resources.as_file(resources.files(__package__) / "draft_weights.npz") as path, np.load(path) as table:
        held = {name: table[name].astype(np.float32) for name in table.files}

    def layers(network: str) -> Layers:
        count = sum(name.startswith(f"{network}_weights") for name in held)
        return [(held[f"{network}_weights{n}"], held[f"{network}_bias{n}"]) for n in range(count)]

    pairs = sum(name.endswith("_second_bias0") for name in held)
    return [(layers(f"{n}_first"), layers(f"{n}_second")) for n in range(pairs)]


def answers(layers: Layers, cues: NDArray[np.float32]) -> NDArray[np.float32]:
    """Probabilities (N, K) that a network gives for cues (N, C)."""
    for n, (weights, bias) in enumerate(layers):
        cues = cues @ weights + bias
        if n < len(layers) - 1:
            cues = np.maximum(cues, 0)
    likely = np.exp(cues - cues.max(1, keepdims=True))
    return np.asarray(likely / likely.sum(1, keepdims=True))


def in_context(seen: Seen, said: NDArray[np.float32]) -> NDArray[np.float32]:
    """The cues, and what is `said` (N, K) of a piece, its neighbours, those above and below, and the whole picture."""
    pieces = seen.pieces
    whole = (said * pieces.sizes[:, None]).sum(0) / pieces.sizes.sum()
    around = seen.links @ said
    above, below = _above_and_below(pieces, said)
    parts = [seen.cues, said, around, above, below, np.broadcast_to(whole, said.shape)]
    return np.concatenate(parts, 1).astype(np.float32)


def _above_and_below(pieces: Superpixels, said: NDArray[np.float32]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The mean of what is said of everything above each piece, and below it; of itself at the border."""
    rows = said[pieces.labels[::4, ::4]].astype(np.float32)
    before = np.cumsum(rows, 0) / np.arange(1, len(rows) + 1, dtype=np.float32)[:, None, None]
    after = np.cumsum(rows[::-1], 0)[::-1] / np.arange(len(rows), 0, -1, dtype=np.float32)[:, None, None]
    coarse = Superpixels(pieces.labels[::4, ::4], pieces.count)
    seen = (coarse.sizes > 0)[:, None]
    return np.where(seen, coarse.mean(before), said), np.where(seen, coarse.mean(after), said)


def classify(seen: Seen) -> NDArray[np.float32]:
    """Probabilities (N, K) of the `KINDS` for each piece."""
    return without_rough_subjects(seen, mean_of(load_pairs(), seen))


def without_rough_subjects(seen: Seen, likely: NDArray[np.float32]) -> NDArray[np.float32]:
    """Probabilities (N, K) where what is rougher than skin, coats and cloth is hardly a subject: flowers stand out too.

    Drawn figures are smooth, so this could not be learnt from them.
    """
    doubt = expit((seen.cues[:, FINE_TEXTURE] - ROUGHEST) / 0.04)
    held = likely.copy()
    held[:, KINDS.index(SUBJECT)] *= 1 - doubt
    return np.asarray(held / held.sum(1, keepdims=True), np.float32)


def mean_of(pairs: list[tuple[Layers, Layers]], seen: Seen) -> NDArray[np.float32]:
    """What several pairs of networks say together."""
    said = [answers(second, in_context(seen, answers(first, seen.cues))) for first, second in pairs]
    return in_one_setting(seen.pieces, np.asarray(np.mean(said, 0), np.float32))


def in_one_setting(pieces: Superpixels, likely: NDArray[np.float32]) -> NDArray[np.float32]:
    """Probabilities (N, K) where a picture that is rather of a room has less of the open in it, or the other way."""
    whole = pieces.sizes / pieces.sizes.sum() @ likely
    room, open_ = np.isin(KINDS, ROOM), np.isin(KINDS, OPEN)
    inside = whole[room | np.isin(KINDS, FURNISHED)].sum()
    odds = np.log((inside + 0.03) / (whole[open_].sum() + 0.03))
    turned = likely * np.exp(0.5 * _ONE_SETTING * np.clip(odds, -3, 3) * (room * 1.0 - open_))
    return np.asarray(turned / turned.sum(1, keepdims=True), np.float32)
