"""A scene as .splat, the form of antimatter15's viewer: 32 bytes for each Gaussian, without a header.

`float32` x, y, z and three standard deviations, `uint8` red, green, blue, opacity, and a rotation, w first, as
128 + 128 · q. There is room for one colour: harmonics above degree 0 are lost, and so are colours outside 0–1.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from lucida.errors import BadSplats
from lucida.gaussians.files.soundness import BLOCK, empty, logarithms, logits, opacities_of, sound, unit
from lucida.gaussians.harmonics import C0
from lucida.gaussians.scene import Gaussians, chosen, upright

RECORD = np.dtype([("mean", "<f4", 3), ("scale", "<f4", 3), ("rgba", "u1", 4), ("rotation", "u1", 4)])
COLOUR = 255
"""Steps of a colour and of an opacity between 0 and 1."""
ROTATION_DEGREES = 1.0
"""How far a rotation may be off: each of its numbers by 1/128."""


def write(gaussians: Gaussians, path: Path) -> None:
    """The most visible ones (largest and most opaque) first, as viewers show what has arrived.

    The scene is one that `check` let pass.
    """
    gaussians = upright(gaussians)
    opacities = opacities_of(gaussians.opacity_logits)
    order = np.argsort(-(gaussians.log_scales.sum(1, dtype=np.float64) + np.log(opacities + 1e-30)), kind="stable")
    with path.open("wb") as file:
        for first in range(0, len(order), BLOCK):
            which = order[first : first + BLOCK]
            some = chosen(gaussians, which)
            records = np.empty(len(which), RECORD)
            records["mean"] = some.means
            records["scale"] = np.exp(some.log_scales.astype(np.float64))
            rgba = np.hstack([0.5 + C0 * some.harmonics[:, 0], opacities[which, None]])
            records["rgba"] = np.rint(np.clip(rgba, 0, 1) * COLOUR)
            records["rotation"] = np.clip(np.rint(unit(some.quaternions) * 128 + 128), 0, 255)
            file.write(records.data)


def read(path: Path) -> Gaussians:
    """Raises `BadSplats`."""
    count, beyond = divmod(path.stat().st_size, RECORD.itemsize)
    if beyond or not count:
        raise BadSplats(f"{path.name} has {beyond + 32 * count} bytes, and a .splat file has 32 for each Gaussian.")
    gaussians = empty(count, 0)
    with path.open("rb") as file:
        for first in range(0, count, BLOCK):
            part = slice(first, min(first + BLOCK, count))
            records = np.fromfile(file, RECORD, part.stop - part.start)
            if len(records) < part.stop - part.start:
                raise BadSplats(f"{path.name} became shorter while it was read.")
            gaussians.means[part] = records["mean"]
            gaussians.log_scales[part] = logarithms(records["scale"])
            rgba = records["rgba"] / COLOUR
            gaussians.harmonics[part, 0] = (rgba[:, :3] - 0.5) / C0
            gaussians.opacity_logits[part] = logits(rgba[:, 3])
            gaussians.quaternions[part] = unit((records["rotation"].astype(np.float64) - 128) / 128)
    return sound(gaussians, path.name)
