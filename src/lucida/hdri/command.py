"""What `lucida hdri` does: the pipeline, with its progress on a terminal or as lines."""

from __future__ import annotations

import gc
import importlib
import json
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from lucida.engines.progress import Progress
from lucida.errors import BadParameter, StorageFull

if TYPE_CHECKING:
    from lucida.imaging.photo import Photo

SUFFIXES = (".exr", ".hdr", ".jpg", ".jpeg", ".png")
_UINT32 = 1 << 32


def _check_out(out: Path) -> None:
    if out.suffix.lower() not in SUFFIXES:
        raise BadParameter(f"{out.name} must end in .exr, .hdr, .jpg or .png.", param="out")
    if not out.absolute().parent.is_dir():
        raise BadParameter(f"There is no folder {out.absolute().parent}; make it first.", param="out")


def _as_json(fraction: float, stage: str) -> None:
    typer.echo(json.dumps({"event": "status", "stage": stage, "progress": round(fraction, 4)}))


@contextmanager
def _shown(as_json: bool) -> Iterator[Progress]:
    """Progress as lines of JSON, as a bar on a terminal, or as one plain line per stage."""
    if as_json:
        yield _as_json
        return
    if not sys.stderr.isatty():
        said: set[str] = set()

        def say(fraction: float, stage: str) -> None:
            # "Painting nz: step 10/25 (40%)" is one stage with many steps.
            name = stage.partition(":")[0]
            if name not in said and not name.startswith("step "):
                said.add(name)
                typer.echo(f"{100 * fraction:3.0f} %  {name}", err=True)

        yield say
        return
    from rich.console import Console
    from rich.progress import BarColumn, TextColumn, TimeElapsedColumn, TimeRemainingColumn
    from rich.progress import Progress as Bars

    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn(), TimeRemainingColumn())
    with Bars(*columns, console=Console(stderr=True), transient=True) as bars:
        task = bars.add_task("Starting", total=1.0)

        def draw(fraction: float, stage: str) -> None:
            bars.update(task, completed=fraction, description=f"{stage:<44.44}")

        yield draw


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

    with _shown(as_json) as progress:
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
