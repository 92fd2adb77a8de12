"""Scenes of Gaussians in files: what a file is, is told by the end of its name, and a `.ply` by its header too."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np

from lucida.errors import BadInput, BadParameter, BadSplats
from lucida.gaussians.files import compressed_ply, gltf, ply, splat, spz, usd
from lucida.gaussians.files.ply_elements import read_header
from lucida.gaussians.files.soundness import check
from lucida.gaussians.scene import Gaussians
from lucida.imaging.files import whole_file

FORMATS = {
    ".ply": "3D Gaussian Splatting's own, every number as it is",
    ".compressed.ply": "PlayCanvas and SuperSplat, 16 bytes for each Gaussian and its harmonics",
    ".splat": "antimatter15's viewer, 32 bytes for each Gaussian, one colour",
    ".spz": "Niantic, the smallest",
    ".glb": "glTF with KHR_gaussian_splatting, in one file",
    ".gltf": "glTF with KHR_gaussian_splatting, as JSON",
    ".usdz": "OpenUSD with ParticleField3DGaussianSplat",
}
"""The end of a name and what it stands for."""


def _read_ply(path: Path) -> Gaussians:
    with path.open("rb") as file:
        header = read_header(file, path.name)
        if compressed_ply.is_compressed(header):
            return compressed_ply.read_chunks(file, header, path)
        return ply.read_vertices(file, header, path)


_READERS: dict[str, Callable[[Path], Gaussians]] = {
    ".ply": _read_ply,
    ".compressed.ply": _read_ply,
    ".splat": splat.read,
    ".spz": spz.read,
    ".glb": gltf.read,
    ".gltf": gltf.read,
    ".usdz": usd.read,
}
_WRITERS: dict[str, Callable[[Gaussians, Path], None]] = {
    ".ply": ply.write,
    ".compressed.ply": compressed_ply.write,
    ".splat": splat.write,
    ".spz": spz.write,
    ".glb": gltf.write_glb,
    ".gltf": gltf.write_gltf,
    ".usdz": usd.write,
}


def format_of(path: Path) -> str:
    """The key of `FORMATS` that a path's name ends with. Raises `BadParameter` for none."""
    name = path.name.lower()
    found = [suffix for suffix in FORMATS if name.endswith(suffix)]
    if not found:
        raise BadParameter(f"{path.name} is none of {', '.join(FORMATS)}; give it one of these ends.", param="format")
    return max(found, key=len)


def read(path: Path) -> Gaussians:
    """A scene from a file. Raises `BadParameter` for its name, `BadSplats` for its content, `BadInput` for no file."""
    form = format_of(path)
    try:
        with np.errstate(all="ignore"):  # what is no number is found, and told, at the end
            return _READERS[form](path)
    except OSError as error:
        raise BadInput(f"{path} cannot be read: {error.strerror or error}.") from error


def write(gaussians: Gaussians, path: Path) -> None:
    """A scene into a file, which is there whole or not at all.

    Raises `BadParameter` for its name, `BadSplats` for a scene that cannot be drawn or held, `BadInput` for no folder.
    """
    form = format_of(path)
    check(gaussians, "The scene")
    if not path.parent.is_dir():
        raise BadInput(f"There is no folder {path.parent} to write {path.name} to.")
    with whole_file(path) as temporary:
        _WRITERS[form](gaussians, temporary)


__all__ = ["FORMATS", "BadSplats", "format_of", "read", "write"]
