"""`POST /api/splats/convert`: a file of Gaussians in, the same scene turned, scaled and in another format out."""

from __future__ import annotations

import functools
import math
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Annotated, BinaryIO
from uuid import uuid4

import anyio
import anyio.to_thread
from fastapi import APIRouter, Depends, File, Form, UploadFile
from starlette.background import BackgroundTask
from starlette.responses import FileResponse, Response

from lucida.accounts.owner import request_owner
from lucida.errors import BadParameter, BadSplats, OutOfMemory
from lucida.jobs.files import download_name, plain_name
from lucida.storage import get_storage
from lucida.storage.base import storage_full_as_ours
from lucida.storage.uploads import need_room

router = APIRouter(tags=["splats"])

Quaternion = tuple[float, float, float, float]
"""A rotation as w, x, y, z."""

SMALLEST_SCALE, LARGEST_SCALE = 1e-6, 1e6
TYPES = {".glb": "model/gltf-binary", ".gltf": "model/gltf+json", ".usdz": "model/vnd.usdz+zip"}
"""Content types of formats that have one of their own."""
_AT_ONCE = 2  # each takes some hundred bytes for each Gaussian
_FILE = {
    "description": "The scene in the format that was asked for.",
    "content": {
        kind: {"schema": {"type": "string", "format": "binary"}}
        for kind in (*TYPES.values(), "application/octet-stream")
    },
}


@router.post(
    "/api/splats/convert",
    response_class=Response,
    responses={200: _FILE},
    dependencies=[Depends(request_owner)],
)
async def convert(
    file: Annotated[
        UploadFile, File(description="A scene: .ply, .compressed.ply, .splat, .spz, .glb, .gltf or .usdz.")
    ],
    format: Annotated[str, Form(description="What to write: one of the same ends of a name.")],
    rotation: Annotated[
        str, Form(description="A quaternion w,x,y,z in the axes of 3DGS, y down and z ahead, of the scene upright.")
    ] = "1,0,0,0",
    scale: Annotated[float, Form(description="How many times as large, 0.000001 to 1000000.")] = 1.0,
) -> Response:
    """A scene of Gaussians turned about its origin, scaled, and written in a format; nothing of it is kept."""
    from lucida.gaussians.files import FORMATS

    if format not in FORMATS:
        raise BadParameter(f"format is one of {', '.join(FORMATS)}.", param="format")
    name = plain_name(file.filename, "scene")
    stem = _stem_of(name)
    turn = _read_rotation(rotation)
    if not SMALLEST_SCALE <= scale <= LARGEST_SCALE:
        raise BadParameter("scale is 0.000001 to 1000000.", param="scale")
    need_room()
    folder = get_storage().workspace(f"splats-{uuid4().hex}")
    try:
        source = folder / "as-it-came" / name
        target = folder / f"scene{format}"
        await anyio.to_thread.run_sync(_keep, file.file, source)
        await anyio.to_thread.run_sync(_convert, source, turn, scale, target, limiter=_converting())
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    return FileResponse(
        target,
        media_type=TYPES.get(format, "application/octet-stream"),
        filename=download_name(f"{stem}.ply", format),
        headers={"Cache-Control": "private, no-store", "X-Content-Type-Options": "nosniff"},
        background=BackgroundTask(shutil.rmtree, folder, ignore_errors=True),
    )


def _stem_of(name: str) -> str:
    """A file's name without the end that tells its format. Raises `BadParameter`."""
    from lucida.gaussians.files import format_of

    try:
        return name[: -len(format_of(Path(name)))]
    except BadParameter as error:
        raise BadParameter(error.message, param="file") from None


def _read_rotation(text: str) -> Quaternion:
    """A quaternion of any length but 0. Raises `BadParameter`."""
    try:
        w, x, y, z = (float(part) for part in text.split(","))
    except ValueError:
        raise BadParameter("rotation is a quaternion: four numbers w,x,y,z.", param="rotation") from None
    length = math.hypot(w, x, y, z)
    if not 1e-6 < length < math.inf:
        raise BadParameter("rotation is a quaternion whose length is not 0.", param="rotation")
    return w / length, x / length, y / length, z / length


def _keep(file: BinaryIO, path: Path) -> None:
    """The upload under its own name, which errors tell. Raises `BadSplats`, `StorageFull`."""
    path.parent.mkdir()
    with storage_full_as_ours(), path.open("wb") as kept:
        shutil.copyfileobj(file, kept, 1 << 20)
    if not path.stat().st_size:
        raise BadSplats("The file is empty; send the scene itself.", param="file")


def _convert(source: Path, rotation: Quaternion, scale: float, target: Path) -> None:
    """The scene is turned upright first, and then by what is wanted: what is up after that, is up in the file.

    Raises what `lucida.gaussians.files` raises, `StorageFull` and `OutOfMemory`.
    """
    from scipy.spatial.transform import Rotation

    from lucida.gaussians.files import read, write
    from lucida.gaussians.scene import UP, transformed, upright

    try:
        scene = upright(read(source))
        if rotation != (1.0, 0.0, 0.0, 0.0) or scale != 1.0:
            w, x, y, z = rotation
            scene = replace(transformed(scene, Rotation.from_quat((x, y, z, w)).as_matrix(), scale), up=UP)
        with storage_full_as_ours():
            write(scene, target)
    except MemoryError:
        raise OutOfMemory("The machine has too little memory for this scene; make it smaller first.") from None


@functools.cache
def _converting() -> anyio.CapacityLimiter:
    """How many scenes are converted at once."""
    return anyio.CapacityLimiter(_AT_ONCE)
