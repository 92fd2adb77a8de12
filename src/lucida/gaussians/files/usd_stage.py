"""Scenes in OpenUSD's binary files, and in stages that are put together, by OpenUSD itself (the extra `usd`).

OpenUSD ends its process on some damaged files and does not come back from others, so it works in one of its own, which
hands back a .ply.
"""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lucida.errors import BadSplats
from lucida.gaussians.files import ply
from lucida.gaussians.files.placement import placed
from lucida.gaussians.files.soundness import check
from lucida.gaussians.files.usd import DEGREE, NAMES, PRIM, assembled, from_up_axis
from lucida.gaussians.scene import Gaussians, merged

MOST, ALWAYS = 16, 1 << 24
"""A file that shows its fields again and again may become `MOST` times as large, or `ALWAYS` bytes."""


SECONDS, MEMORY = 120, 4 << 30
"""How long OpenUSD may work on a file, and with how many bytes beside `MOST` times the file (not on Windows)."""
_REFUSED = 3


def read_stage(path: Path) -> Gaussians:
    """All Gaussians of a .usdz. Raises `BadSplats`, also where OpenUSD is not installed."""
    if importlib.util.find_spec("pxr") is None:
        raise BadSplats(
            f"{path.name} is a binary USD file or one of several parts; install usd-core (pip install 'lucida[usd]')."
        )
    with tempfile.TemporaryDirectory(prefix="lucida-usd-") as folder:
        found = Path(folder) / "scene.ply"
        command = [sys.executable, "-m", __spec__.name, str(path), str(found)]
        package = str(Path(__file__).parents[3])
        paths = os.pathsep.join(filter(None, (package, os.environ.get("PYTHONPATH"))))
        threads = {"OPENBLAS_NUM_THREADS": "1", "NUMBA_NUM_THREADS": "1", "PXR_WORK_THREAD_LIMIT": "1"}
        try:
            child = subprocess.run(
                command,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                timeout=SECONDS,
                env=os.environ | threads | {"PYTHONPATH": paths, "TMPDIR": folder},  # for the report of its end
            )
        except subprocess.TimeoutExpired:
            raise BadSplats(f"{path.name} is damaged: OpenUSD did not read it in {SECONDS} seconds.") from None
        if child.returncode == _REFUSED:
            raise BadSplats(child.stdout.decode("utf-8", "replace"))
        if child.returncode or not found.is_file():
            raise BadSplats(f"{path.name} is damaged: OpenUSD cannot read it.")
        return ply.read(found)


def _limit(size: int) -> None:
    """This process's memory, where the system knows limits."""
    try:
        import resource  # not on Windows
    except ImportError:
        return
    most = MEMORY + MOST * size
    resource.setrlimit(resource.RLIMIT_AS, (most, most))


def _read(path: Path) -> Gaussians:
    from pxr import Sdf, Tf, Usd, UsdGeom

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
    except (Tf.ErrorException, ValueError, TypeError, RuntimeError, MemoryError):  # damaged names and numbers
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
                return found.reshape(len(value), -1) if len(value) else None
        return None

    degree = prim.GetAttribute(DEGREE).Get() if prim.HasAttribute(DEGREE) else 3
    return assembled({key: numbers(attribute) for key, attribute in NAMES.items()}, int(degree), name)


if __name__ == "__main__":
    source, target = map(Path, sys.argv[1:])
    _limit(source.stat().st_size)
    try:
        scene = _read(source)
        check(scene, source.name)
    except BadSplats as error:
        sys.stdout.buffer.write(str(error).encode())
        sys.exit(_REFUSED)
    ply.write(scene, target)
