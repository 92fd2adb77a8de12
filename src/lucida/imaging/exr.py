"""OpenEXR panoramas: ZIP, half where that holds the peak, Rec.709 chromaticities, envmap=latlong, provenance."""

from __future__ import annotations

import contextlib
import ctypes
import functools
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import OpenEXR
from numpy.typing import NDArray

from lucida.imaging.colour import REC709
from lucida.imaging.files import whole_file
from lucida.imaging.kernels import cores

HALF_MAX = 65504.0


def write_exr(
    path: Path,
    radiance: NDArray[np.floating],
    *,
    envmap: bool = True,
    attributes: Mapping[str, str | float | int] | None = None,
) -> None:
    """Write scene-linear Rec.709 radiance (H, W, 3) as channels R, G, B; the file appears whole or not at all.

    float16 stays half; float32 is written as half where its peak is at most 65504, else as float. `attributes` are
    stored under their names: strings as they are, numbers as floats. Raises `OSError` where the folder cannot be
    written. OpenEXR technical introduction, "Standard optional attributes".
    """
    pixels = np.ascontiguousarray(radiance)
    if pixels.dtype != np.float16:
        pixels = pixels.astype(np.float16 if float(np.max(pixels)) <= HALF_MAX else np.float32, copy=False)
    header: dict[str, Any] = {
        "compression": OpenEXR.ZIP_COMPRESSION,
        "type": OpenEXR.scanlineimage,
        "chromaticities": (*REC709.red, *REC709.green, *REC709.blue, *REC709.white),
    }
    if envmap:
        header["envmap"] = OpenEXR.ENVMAP_LATLONG
    for name, value in (attributes or {}).items():
        header[name] = value if isinstance(value, str) else float(value)
    # Chunks are written in their order, so twice as many are in work as there are cores: some wait for their turn.
    OpenEXR.set_global_thread_count(2 * cores())
    _compress_fast()
    with whole_file(path) as temporary:
        try:
            # One interleaved array: separate channels would be copied out of it.
            with OpenEXR.File(header, {"RGB": pixels}) as file:
                file.write(str(temporary))
        except RuntimeError as error:
            raise OSError(f"{path} cannot be written: {error}") from error


@functools.cache
def _compress_fast() -> None:
    """ZIP at level 1, a third faster than the default 4 and 1 % larger; the Python binding has no word for it.

    The C function (openexr_base.h) lies in the same library. Where a wheel hides it, the default stays.
    """
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(OpenEXR.__file__).exr_set_default_zip_compression_level(1)


def read_exr(path: Path) -> tuple[NDArray[np.float32], dict[str, Any]]:
    """Radiance float32 (H, W, 3) of an OpenEXR file's R, G, B, and its header's attributes by name.

    Raises `OSError` where there is no such file and `ValueError` where it holds no R, G and B.
    """
    if not path.is_file():
        raise FileNotFoundError(path)
    with OpenEXR.File(str(path)) as file:
        header = dict(file.header())  # both are emptied when the file closes
        channels = file.channels()
        if "RGB" not in channels:
            raise ValueError(f"{path.name} has no channels R, G and B.")
        return np.asarray(channels["RGB"].pixels, np.float32), header
