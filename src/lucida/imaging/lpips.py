"""LPIPS (Zhang et al. 2018, version 0.1, VGG16): how far apart two pictures look to a network.

Only where its weights are on this disk; nothing is fetched, and without them there is no number.
"""

from __future__ import annotations

import importlib.util
import os
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lucida.errors import BadInput

BACKBONE, HEADS = "vgg16-397923af.pth", "lpips_vgg.pth"
# VGG16's convolutions by their place among its features (Simonyan and Zisserman 2015, table 1, D); 0 halves the size.
_LAYERS = (0, 2, -1, 5, 7, -1, 10, 12, 14, -1, 17, 19, 21, -1, 24, 26, 28)
_TAPS = (2, 7, 14, 21, 28)
_SHIFT, _SCALE = (-0.030, -0.088, -0.188), (0.458, 0.448, 0.450)
SMALLEST = 16
"""Pixels a side that a picture needs: it is halved four times."""


def weights() -> tuple[Path, Path] | None:
    """The files of the network and of its five heads, or None where one is missing.

    They lie in `hub/checkpoints` of `TORCH_HOME`, as torch keeps them; the heads may come with the package `lpips` too.
    """
    cache_home = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    home = Path(os.environ.get("TORCH_HOME") or cache_home / "torch")
    folders = [home / "hub" / "checkpoints", home]
    heads = [folder / HEADS for folder in folders]
    package = importlib.util.find_spec("lpips")
    if package is not None and package.origin is not None:
        heads.append(Path(package.origin).parent / "weights" / "v0.1" / "vgg.pth")
    backbone = next((path for folder in folders if (path := folder / BACKBONE).is_file()), None)
    head = next((path for path in heads if path.is_file()), None)
    return None if backbone is None or head is None else (backbone, head)


@cache
def _read(backbone: Path, heads: Path) -> tuple[dict[str, Any], list[Any]]:
    import torch

    network = torch.load(backbone, map_location="cpu", weights_only=True)
    told = torch.load(heads, map_location="cpu", weights_only=True)
    return network, [told[f"lin{number}.model.1.weight"].float() for number in range(len(_TAPS))]


def _features(network: dict[str, Any], picture: Any) -> list[Any]:
    from torch.nn.functional import conv2d, max_pool2d, relu

    found = []
    for layer in _LAYERS:
        if layer < 0:
            picture = max_pool2d(picture, 2)
            continue
        kernel, bias = network[f"features.{layer}.weight"], network[f"features.{layer}.bias"]
        picture = relu(conv2d(picture, kernel, bias, padding=1))
        if layer in _TAPS:
            found.append(picture / (picture.square().sum(1, keepdim=True).sqrt() + 1e-10))
    return found


def lpips_or_none(one: NDArray[np.floating], other: NDArray[np.floating]) -> float | None:
    """The distance of two pictures (H, W, 3) of range 0–1; None, to be shown as n/a, without torch or the weights.

    Raises `BadInput` for pictures of two sizes, or smaller than 16 pixels.
    """
    if one.shape != other.shape or one.ndim != 3 or one.shape[2] != 3 or min(one.shape[:2]) < SMALLEST:
        raise BadInput(
            f"Pictures of {one.shape} and {other.shape} cannot be compared; give two of one size, in colour."
        )
    files = weights()
    if files is None or importlib.util.find_spec("torch") is None:
        return None
    import torch

    network, heads = _read(*files)
    shift, scale = (torch.tensor(numbers).reshape(1, 3, 1, 1) for numbers in (_SHIFT, _SCALE))

    def seen(picture: NDArray[np.floating]) -> list[Any]:
        planes = torch.from_numpy(np.moveaxis(picture, -1, 0)[None].astype(np.float32))
        return _features(network, (2 * planes - 1 - shift) / scale)

    with torch.no_grad():
        pair = seen(one), seen(other)
        distances = [(head * (a - b).square()).sum(1).mean() for head, a, b in zip(heads, *pair, strict=True)]
    return float(sum(distances))
