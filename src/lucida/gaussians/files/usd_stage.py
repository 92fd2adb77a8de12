"""Scenes in OpenUSD's binary files, and in stages that are put together, by OpenUSD itself (the extra `usd`)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lucida.errors import BadSplats
from lucida.gaussians.files.placement import placed
from lucida.gaussians.files.usd import DEGREE, NAMES, PRIM, assembled, from_up_axis
from lucida.gaussians.scene import Gaussians, merged

MOST, ALWAYS = 16, 1 << 24
"""A file that shows its fields again and again may become `MOST` times as large, or `ALWAYS` bytes."""


def read_stage(path: Path) -> Gaussians:
    """All Gaussians of a .usdz. Raises `BadSplats`, also where OpenUSD is not installed."""
    try:
        from pxr import Sdf, Tf, Usd, UsdGeom
    except ImportError:
        raise BadSplats(
            f"{path.name} is a binary USD file or one of several parts; install usd-core (pip install 'lucida[usd]')."
        ) from None
    try:
        layer = Sdf.Layer.OpenAsAnonymous(str(path))  # not kept, since the file may change
        if layer.GetCompositionAssetDependencies():
            raise BadSplats(f"{path.name} is put together from several files; save it flattened.")
        stage = Usd.Stage.Open(layer)
        places = UsdGeom.XformCache()
        most, found = max(ALWAYS, MOST * path.stat().st_size), []
        for prim in stage.Traverse():
            if prim.GetTypeName() != PRIM:
                continue
            gaussians = _field(prim, path.name)
            most -= 4096 + 4 * len(gaussians) * (11 + 3 * gaussians.harmonics.shape[1])
            if most < 0:
                raise BadSplats(f"{path.name} shows the same numbers again and again; it would not fit into memory.")
            matrix = np.array(places.GetLocalToWorldTransform(prim), np.float64).T
            found.append(placed(gaussians, matrix, path.name))
        axis = str(UsdGeom.GetStageUpAxis(stage))
    except Tf.ErrorException:
        raise BadSplats(f"{path.name} is damaged: OpenUSD cannot read it.") from None
    if not found:
        raise BadSplats(f"{path.name} has no Gaussians: nothing in it is a {PRIM}.")
    return from_up_axis(merged(found) if len(found) > 1 else found[0], axis, path.name)


def _field(prim: Any, name: str) -> Gaussians:
    def numbers(attribute: str) -> NDArray[np.float32] | None:
        for kind in (attribute, f"{attribute}h"):  # in halves too
            value = prim.GetAttribute(kind).Get() if prim.HasAttribute(kind) else None
            if value is not None:
                found = np.array(value, np.float32)
                if attribute == "orientations":  # the real part is the last in memory
                    found = np.roll(found.reshape(-1, 4), 1, 1)
                return found.reshape(len(value), -1)
        return None

    degree = prim.GetAttribute(DEGREE).Get() if prim.HasAttribute(DEGREE) else 3
    return assembled({key: numbers(attribute) for key, attribute in NAMES.items()}, int(degree), name)
