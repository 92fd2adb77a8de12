"""How good depth and segments are, and how good they are where nobody looks at the picture.

Depth is measured as Ranftl et al. 2020 do ("Towards Robust Monocular Depth Estimation: Mixing Datasets for Zero-shot
Cross-dataset Transfer", section 6): scale and shift of the disparity, 1 / metres, are fitted to the truth by least
squares, the disparity is kept above that of the farthest depth measured, and errors are of metres.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

FARTHEST = 80.0


def aligned(
    predicted: NDArray[np.floating], truth: NDArray[np.floating], farthest: float = FARTHEST
) -> NDArray[np.float64]:
    """The prediction's metres (H, W) after its disparity is fitted to the truth's; both metres (H, W).

    Infinite metres are a disparity of 0. The fit sees what is measured: finite truth up to `farthest` metres.
    Raises ValueError where a prediction is NaN or not positive, or where there is nothing to measure.
    """
    if predicted.shape != truth.shape:
        raise ValueError(f"a prediction of {predicted.shape} for a truth of {truth.shape}")
    if not (predicted > 0).all():
        raise ValueError("a prediction holds NaN or metres that are not positive")
    seen = measured(truth, farthest)
    if not seen.any():
        raise ValueError("the truth has no finite metres to measure")
    disparity = 1 / np.asarray(predicted, float)
    terms = np.column_stack([disparity[seen], np.ones(int(seen.sum()))])
    scale, shift = np.linalg.lstsq(terms, 1 / np.asarray(truth[seen], float), rcond=None)[0]
    return np.asarray(1 / np.maximum(scale * disparity + shift, 1 / farthest))


def measured(truth: NDArray[np.floating], farthest: float = FARTHEST) -> NDArray[np.bool_]:
    """Where (H, W) there is a truth to measure."""
    return np.asarray(np.isfinite(truth) & (truth > 0) & (truth <= farthest))


def abs_rel(predicted: NDArray[np.floating], truth: NDArray[np.floating], farthest: float = FARTHEST) -> float:
    """The mean of |prediction − truth| / truth, metres (H, W), after the alignment; 0 is right."""
    seen = measured(truth, farthest)
    fitted = aligned(predicted, truth, farthest)[seen]
    return float(np.mean(np.abs(fitted - truth[seen]) / truth[seen]))


def constant(height: int, width: int) -> NDArray[np.float32]:
    """Metres (H, W) of who says the same everywhere."""
    return np.ones((height, width), np.float32)


def vertical_gradient(height: int, width: int) -> NDArray[np.float32]:
    """Metres (H, W) of who says near below and far above: a disparity that falls evenly to the upper edge."""
    disparity = (np.arange(height, dtype=np.float32) + 0.5) / height
    return np.repeat(1 / disparity[:, None], width, axis=1)


def mean_iou(predicted: Iterable[NDArray[np.integer]], truth: Iterable[NDArray[np.integer]], classes: int = 6) -> float:
    """Mean over classes of intersection over union, counted over all pictures together, each (H, W) from 0.

    A class that neither the predictions nor the truths hold is left out; what is predicted outside of the classes
    is wrong. Raises ValueError where there are not as many predictions as truths, or of other sizes.
    """
    confusion = np.zeros((classes, classes + 1), np.int64)
    for said, true in zip(predicted, truth, strict=True):
        if said.shape != true.shape:
            raise ValueError(f"a prediction of {said.shape} for a truth of {true.shape}")
        inside = np.where((said >= 0) & (said < classes), said, classes).astype(np.int64)
        pairs = true.astype(np.int64).ravel() * (classes + 1) + inside.ravel()
        confusion += np.bincount(pairs, minlength=confusion.size).reshape(confusion.shape)
    both = np.diag(confusion).astype(float)
    either = confusion.sum(1) + confusion.sum(0)[:classes] - both
    return float((both[either > 0] / either[either > 0]).mean())
