"""Which rasteriser trains: the CPU's own, or gsplat's on a card."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lucida.errors import BadParameter, ModelUnavailable
from lucida.gaussians import cuda
from lucida.gaussians.rasteriser import Draw, Drawing
from lucida.gaussians.scene import Gaussians
from lucida.geometry.cameras import orbit

RASTERISERS = ("auto", "cpu", "gsplat")
APART = 0.01
"""How far the same picture may be, at its mean, from the CPU's."""


@dataclass(frozen=True)
class Choice:
    """A rasteriser by its name, and why it is this one."""

    name: str
    reason: str
    draw: Draw


def choose_rasteriser(name: str = "auto") -> Choice:
    """The rasteriser of that name; `auto` takes gsplat where it is installed, has a card and draws as the CPU does.

    Raises `BadParameter` for a name that is none, `ModelUnavailable` where gsplat is asked for and cannot draw.
    """
    if name not in RASTERISERS:
        raise BadParameter(f"There is no rasteriser {name}; choose {', '.join(RASTERISERS)}.", param="rasteriser")
    if name == "cpu":
        return Choice("cpu", "asked for by name", Drawing)
    lack = cuda.missing() or _unlike()
    if lack is None:
        return Choice("gsplat", "it is installed and a card is there", cuda.Drawing)
    if name == "gsplat":
        raise ModelUnavailable(f"gsplat cannot draw here: {lack}.")
    return Choice("cpu", lack, Drawing)


def _unlike() -> str | None:
    """Why gsplat should not be taken although it is there: it does not start, or its picture is another one."""
    rng, camera = np.random.default_rng(0), orbit(1, 0.4, 1.5, 48, 60.0)[0]
    shapes = (200, 3), (200, 4), (200, 3), (200,), (200, 4, 3)
    means, quaternions, sizes, opacity_logits, harmonics = (rng.standard_normal(shape) for shape in shapes)
    arrays = 0.2 * means, quaternions, 0.3 * sizes - 3, opacity_logits, 0.3 * harmonics
    scene = Gaussians(*(array.astype(np.float32) for array in arrays))
    try:
        planes = cuda.Drawing(scene, camera).planes()
    except (RuntimeError, ImportError, OSError) as error:
        said = (str(error).strip() or type(error).__name__).splitlines()[0]
        return f"gsplat does not start ({said[:120]})"
    apart = float(np.abs(planes - Drawing(scene, camera).planes()).mean())
    return None if apart < APART else f"gsplat's picture of a known scene is {apart:.2g} away from the CPU's"
