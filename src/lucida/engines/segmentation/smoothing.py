"""Pieces that look alike and lie near each other agree on what they are.

Mean field of a Potts model between pieces that touch and between alike pieces further off, as between pixels in
Krähenbühl and Koltun 2011, "Efficient Inference in Fully Connected CRFs with Gaussian Edge Potentials".
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from lucida.engines.segmentation.cues import Seen

_ROUNDS = 6
_TOUCHING, _ALIKE = 1.2, 1.2  # how much either counts beside what a piece itself shows
_CONTRAST, _TONE = 0.07, 0.09  # differences of colour that part what touches, and what does not


def agree(seen: Seen, likely: NDArray[np.float32]) -> NDArray[np.float32]:
    """Probabilities (N, K) of pieces after they have heard each other."""
    pull = _TOUCHING * _touching(seen) + _ALIKE * _alike(seen)
    own = np.log(np.maximum(likely, 1e-5))
    belief = likely.astype(np.float64)
    for _ in range(_ROUNDS):
        said = own + pull @ belief
        belief = np.exp(said - said.max(1, keepdims=True))
        belief /= belief.sum(1, keepdims=True)
    return belief.astype(np.float32)


def _touching(seen: Seen) -> csr_array:
    """How much each piece heeds those that it touches; rows sum to 1 where nothing parts them."""
    pieces = seen.pieces
    pairs, length = pieces.borders
    apart = np.linalg.norm(seen.colours[pairs[:, 0]] - seen.colours[pairs[:, 1]], axis=1)
    weight = length * np.exp(-0.5 * (apart / _CONTRAST) ** 2)
    graph = csr_array((weight, pairs.T), shape=(pieces.count, pieces.count))
    border = np.bincount(pairs.ravel(), np.repeat(length, 2).reshape(-1, 2).T.ravel(), pieces.count)
    return csr_array((graph + graph.T) / np.maximum(border, 1)[:, None])


def _alike(seen: Seen) -> csr_array:
    """How much each piece heeds those of its colour in its surroundings; rows sum to 1."""
    links = seen.links.tocoo()
    apart = np.linalg.norm(seen.colours[links.row] - seen.colours[links.col], axis=1)
    weight = links.data * np.exp(-0.5 * (apart / _TONE) ** 2)
    graph = csr_array((weight, (links.row, links.col)), shape=links.shape)
    return csr_array(graph / np.maximum(graph.sum(1), 1e-9)[:, None])
