"""Scenes of Gaussians and the files they stand in, written by the letter of the format and by nothing of ours."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

C0 = 0.28209479177387814  # the first spherical harmonic
_FIELDS = ["x", "y", "z", "nx", "ny", "nz", "f_dc_0", "f_dc_1", "f_dc_2", "opacity"]
_FIELDS += ["scale_0", "scale_1", "scale_2", "rot_0", "rot_1", "rot_2", "rot_3"]


def write_ply(
    path: Path,
    means: NDArray[np.float64],
    colours: NDArray[np.float64],
    scale: float | NDArray[np.float64] = 0.05,
    opacity: float = 0.999,
    comment: str | None = None,
) -> Path:
    """Gaussians of these places (N, 3) and sRGB colours 0 to 255 (N, 3), unturned, as 3DGS keeps them."""
    rows = np.zeros((len(means), len(_FIELDS)), "<f4")
    rows[:, 0:3] = means
    rows[:, 6:9] = (np.asarray(colours) / 255 - 0.5) / C0
    rows[:, 9] = np.log(opacity / (1 - opacity))
    rows[:, 10:13] = np.log(scale)
    rows[:, 13] = 1
    header = ["ply", "format binary_little_endian 1.0", *([f"comment {comment}"] if comment else [])]
    header += [f"element vertex {len(rows)}"]
    header += [f"property float {name}" for name in _FIELDS] + ["end_header", ""]
    path.write_bytes("\n".join(header).encode() + rows.tobytes())
    return path


def read_ply(path: Path) -> dict[str, NDArray[np.float32]]:
    """The columns of a little-endian PLY of floats."""
    header, _, body = path.read_bytes().partition(b"end_header\n")
    lines = header.decode().splitlines()
    assert lines[:2] == ["ply", "format binary_little_endian 1.0"]
    names = [line.split()[2] for line in lines if line.startswith("property float ")]
    (count,) = [int(line.split()[2]) for line in lines if line.startswith("element vertex ")]
    rows = np.frombuffer(body, "<f4", count * len(names)).reshape(count, len(names))
    return {name: rows[:, column] for column, name in enumerate(names)}


def wall(colour: tuple[int, int, int], step: float = 0.05) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Means and colours of a wall from −1 to 1 across z = 0 that nothing is seen through."""
    side = np.arange(-1, 1 + step / 2, step)
    x, y = np.meshgrid(side, side)
    means = np.stack([x.ravel(), y.ravel(), np.zeros(x.size)], -1)
    return means, np.tile(np.array(colour, np.float64), (len(means), 1))
