"""What `lucida cloud` does: the studio's steps, with their progress on a terminal or as lines."""

from __future__ import annotations

import json
import secrets
import time
import uuid
from pathlib import Path
from typing import Any

import typer

from lucida.errors import BadParameter, StorageFull
from lucida.pointcloud.asked import Asked, Form
from lucida.terminal import shown

FORMATS = {".bin": "cloud", ".glb": "glb", ".ply": "ply"}


def make_cloud(asked: Asked, out: Path, *, image: Path | None = None, as_json: bool = False) -> None:
    """Make the point cloud of words or of a picture and write it in the form its suffix names."""
    if out.suffix.lower() not in FORMATS:
        raise BadParameter(f"{out.name} must end in .bin, .glb or .ply.", param="out")
    if not out.absolute().parent.is_dir():
        raise BadParameter(f"There is no folder {out.absolute().parent}; make it first.", param="out")
    if image is None and not asked.prompt.strip():
        raise BadParameter("Say what the cloud shows, or give a picture with --image.", param="prompt")
    if image is not None and not image.is_file():
        raise BadParameter(f"There is no file {image}; check the path.", param="image")
    from lucida.pointcloud.cloud import encoded
    from lucida.pointcloud.generation import generated

    began = time.monotonic()
    seed = secrets.randbits(32) if asked.seed is None else asked.seed
    with shown(as_json) as progress:
        generation = generated(asked, seed, str(uuid.uuid4()), progress, image=image)
        progress(0.98, f"Writing {out.name}")
        form = Form(**{**asked.form.model_dump(), "format": FORMATS[out.suffix.lower()]})
        points = encoded(generation.kept, form, generation.metadata)
        beside = out.with_name(f".{out.name}.part")
        try:
            beside.write_bytes(points.content)
            beside.replace(out)
        except OSError as error:
            beside.unlink(missing_ok=True)
            raise StorageFull(f"{out} cannot be written: {error.strerror or error}.") from error
    seconds = round(time.monotonic() - began, 2)
    told: dict[str, Any] = {
        **generation.metadata,
        "point_count": points.point_count,
        "projection": points.projection,
    }
    if as_json:
        typer.echo(json.dumps({"event": "done", "out": str(out), "seconds": seconds, "report": told}))
        return
    by = ", ".join(f"{what} {engine['name']}" for what, engine in told["engines"].items())
    typer.echo(f"cloud      {out}  {told['point_count']} points  {by}  seed {seed}  {seconds} s")
    for line in (*told["segments_detected"], *told["notes"]):
        typer.echo(f"           {line}")
