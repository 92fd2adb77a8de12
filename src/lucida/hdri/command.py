"""What `lucida hdri` does: the pipeline, with its progress on a terminal or as lines."""

from __future__ import annotations

import gc
import importlib
import json
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from lucida.errors import BadParameter, StorageFull
from lucida.terminal import shown

if TYPE_CHECKING:
    from lucida.imaging.photo import Photo

SUFFIXES = (".exr", ".hdr", ".jpg", ".jpeg", ".png")
_UINT32 = 1 << 32


def _check_out(out: Path) -> None:
    if out.suffix.lower() not in SUFFIXES:
        raise BadParameter(f"{out.name} must end in .exr, .hdr, .jpg or .png.", param="out")
    if not out.absolute().parent.is_dir():
        raise BadParameter(f"There is no folder {out.absolute().parent}; make it first.", param="out")


def _read(path: Path, max_megapixels: int) -> Photo:
    """The photo; while one core decodes it, another imports the pipeline and the compiler."""
    from lucida.imaging.decode import decode  # imports no compiler, so it starts at once

    with ThreadPoolExecutor(1) as beside:
        decoding = beside.submit(decode, path, max_megapixels)
        # What is imported stays: looking for garbage in it would take longer than many an import.
        gc.disable()
        from lucida.imaging.kernels import compile_kernels
        from lucida.imaging.read import read_photo

        compile_kernels("lucida.imaging.read")  # the first kernel takes long to load, the others do not
        importlib.import_module("lucida.hdri.pipeline")
        gc.freeze()
        gc.enable()
        return read_photo(decoding.result())


def make_panorama(
    photo: Path,
    out: Path,
    *,
    width: int | None = None,
    scene: str = "auto",
    engine: str | None = None,
    seed: int | None = None,
    pitch: float | None = None,
    roll: float | None = None,
    as_json: bool = False,
) -> None:
    """Make the panorama of a photo and write it in the form its suffix names; `pitch` and `roll` in degrees."""
    _check_out(out)
    if seed is not None and not 0 <= seed < _UINT32:
        raise BadParameter("--seed is 0 to 4294967295.", param="seed")
    from lucida.config import get_settings

    began = time.monotonic()
    settings = get_settings()
    taken = _read(photo, settings.max_photo_megapixels)
    from lucida.hdri.pipeline import photo_to_panorama

    with shown(as_json) as progress:
        panorama = photo_to_panorama(
            taken,
            width=settings.panorama_width if width is None else width,
            scene=scene,
            engine=settings.painter if engine is None else engine,
            seed=seed,
            pitch=pitch,
            roll=roll,
            progress=progress,
        )
        progress(0.98, f"Writing {out.name}")
        try:
            panorama.save(out)
        except OSError as error:
            raise StorageFull(f"{out} cannot be written: {error.strerror or error}.") from error
    seconds = round(time.monotonic() - began, 2)
    if as_json:
        typer.echo(json.dumps({"event": "done", "out": str(out), "seconds": seconds, "report": panorama.report}))
        return
    size = "x".join(map(str, panorama.report["size"]))
    typer.echo(f"panorama   {out}  {size}  {panorama.report['engine']}  seed {panorama.report['seed']}  {seconds} s")
    for note in panorama.report["notes"]:
        typer.echo(f"           {note}")
