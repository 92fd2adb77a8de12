"""Routes of what the point cloud studio has made: the list, each with its files, and its points in another form."""

from __future__ import annotations

import functools
import json
import logging
import zlib
from collections.abc import Iterator
from hashlib import sha256
from typing import Annotated, Any, Literal
from uuid import UUID

import anyio
import anyio.to_thread
from fastapi import APIRouter, Query
from pydantic import BaseModel, Field, ValidationError
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from lucida import __version__
from lucida.accounts.models import User
from lucida.accounts.owner import Owner
from lucida.database import run_db
from lucida.errors import NotFound
from lucida.jobs.cursor import NEWEST_FIRST, cursor_of, older_than
from lucida.jobs.files import disposition, file_response, find_artifact, has_copy, plain_name
from lucida.jobs.models import Artifact, Job, Status
from lucida.pointcloud.asked import Form
from lucida.pointcloud.files import CLOUD, CONTENT_TYPES, DEPTH, IMAGE, METADATA, OBJECTS, SEGMENTS, read_kept
from lucida.pointcloud.jobs import KIND, asset_url
from lucida.storage import get_storage
from lucida.web.answers import file_answers

log = logging.getLogger("lucida.server")
router = APIRouter(tags=["pointcloud"])

_PART = 1 << 20  # bytes that are compressed at a time
TYPES = {"cloud": "application/octet-stream", "glb": "model/gltf-binary", "ply": "application/ply"}
SUFFIXES = {"cloud": ".bin", "glb": ".glb", "ply": ".ply"}
CLOUD_ANSWER: dict[int | str, dict[str, Any]] = {
    200: {"content": {kind: {} for kind in TYPES.values()}, "description": "The points; docs/formats.md has the form."},
}
_FILE = file_answers([*TYPES.values(), *CONTENT_TYPES.values()])


class Urls(BaseModel):
    """Where a generation's files are."""

    image: str
    depth: str
    segments: str
    metadata: str
    cloud: str


class Generation(BaseModel):
    """One point cloud of the history; `metadata.json` has all that is known of it."""

    id: UUID
    title: str = Field(description="Its words; without any, the name of the picture it was made from.")
    prompt: str
    vibe: str
    mode: Literal["standard", "panorama"]
    created_at: str
    width: int
    height: int
    projection: str
    point_count: int
    segments_detected: list[str]
    engines: dict[str, dict[str, str]]
    timing: dict[str, float]
    urls: Urls


class Generations(BaseModel):
    """Some generations, newest first; `next` goes into `before` for those that follow."""

    generations: list[Generation]
    next: str | None = None


def _metadata(artifact: Artifact) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(get_storage().read(artifact.key))
    return found


def _told(job: Job, metadata: Artifact) -> dict[str, Any]:
    """What a generation's metadata.json has, with what its job knows better, and where its files are."""
    names = (("image", IMAGE), ("depth", DEPTH), ("segments", SEGMENTS), ("metadata", METADATA), ("cloud", CLOUD))
    urls = {field: asset_url(job.id, name) for field, name in names}
    return {**_metadata(metadata), "title": job.title, "created_at": job.created_at.isoformat(), "urls": urls}


def _listed(owner: User, limit: int, before: str | None) -> Generations:
    jobs = Job.objects.filter(owner=owner, kind=KIND, status=Status.DONE).order_by(*NEWEST_FIRST)
    if before:
        jobs = jobs.filter(older_than(before))
    page = list(jobs[: limit + 1])
    found = {each.job_id: each for each in Artifact.objects.filter(job__in=page[:limit], name=METADATA)}
    shown = []
    for job in page[:limit]:
        if job.id not in found:
            continue
        try:
            told = _told(job, found[job.id])
        except (NotFound, ValueError) as error:  # it is just being deleted, or was damaged
            log.warning("generation %s is not listed: %s", job.id, error)
            continue
        try:
            shown.append(Generation(**told))
        except ValidationError as error:
            log.warning("the metadata of generation %s lack what is listed: %s", job.id, error)
    return Generations(generations=shown, next=cursor_of(page[limit - 1]) if len(page) > limit else None)


@router.get("/generations")
async def list_generations(
    owner: Owner,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    before: Annotated[str | None, Query(description="The next of an earlier answer.")] = None,
) -> Generations:
    """The point clouds that were made, newest first."""
    return await run_db(_listed, owner, limit, before)


def _found(owner: User, generation_id: UUID, name: str) -> tuple[Job, Artifact]:
    job, artifact = find_artifact(owner, generation_id, name)
    if job.kind != KIND:
        raise NotFound("There is no such generation.")
    return job, artifact


@router.get("/generations/{generation_id}", responses={409: _FILE[409]})
async def get_generation(owner: Owner, generation_id: UUID) -> dict[str, Any]:
    """All that is known of a generation: what the list has, and its metadata.json."""

    def read() -> dict[str, Any]:
        return _told(*_found(owner, generation_id, METADATA))

    return await run_db(read)


@router.get("/generations/{generation_id}/{asset}", response_class=Response, responses=_FILE)
@router.head("/generations/{generation_id}/{asset}", include_in_schema=False)
async def get_asset(
    request: Request, owner: Owner, generation_id: UUID, asset: str, form: Annotated[Form, Query()]
) -> Response:
    """`image.png`, `depth.png`, `segments.png`, `objects.png`, `metadata.json`, or `cloud.bin` in any form."""
    if asset not in CONTENT_TYPES:
        raise NotFound(f"There is no such file; there are {', '.join(CONTENT_TYPES)}.")
    if asset == CLOUD:
        return await cloud_response(request, owner, generation_id, form, {})
    job, artifact = await run_db(_found, owner, generation_id, asset)
    return file_response(request, artifact, _name(job, f"-{asset}"), attachment=False)


def _name(job: Job, suffix: str) -> str:
    return plain_name(job.title, "cloud")[:60].strip(" .") + suffix


async def cloud_response(
    request: Request, owner: User, generation_id: UUID, form: Form, headers: dict[str, str]
) -> Response:
    """The points of a generation in a form: the kept file where it is the usual one, else placed anew.

    Compressed for clients that accept it, which all but halves them. Nothing is read for who has them already, or asks
    for the headers alone.
    """
    form.check()
    job, artifact = await run_db(_found, owner, generation_id, CLOUD)
    headers = {**headers, "X-Content-Type": "shader-visuals/pointcloud"} if form.format == "cloud" else headers
    compressed = _accepts_gzip(request)
    if form == Form() and not compressed:
        response = file_response(request, artifact, _name(job, ".bin"), attachment=True)
        response.headers.update({**headers, "Vary": "Accept-Encoding"})
        return response
    headers = {
        **headers,
        "Content-Disposition": disposition("attachment", _name(job, SUFFIXES[form.format])),
        "Cache-Control": "private, no-cache",
        "ETag": _tag(artifact, form, compressed),
        "Vary": "Accept-Encoding",
    }
    if has_copy(request, headers["ETag"]):
        return Response(status_code=304, headers=headers)
    headers |= {"Content-Encoding": "gzip"} if compressed else {}
    if request.method == "HEAD":  # a Response would say that the file is empty
        return StreamingResponse(iter(()), media_type=TYPES[form.format], headers=headers)
    if form == Form():
        content = memoryview(await anyio.to_thread.run_sync(get_storage().read, artifact.key))
    else:
        parts = [(await run_db(_found, owner, generation_id, name))[1] for name in (IMAGE, DEPTH, SEGMENTS, OBJECTS)]
        metadata = await run_db(lambda: _metadata(_found(owner, generation_id, METADATA)[1]))
        content = await anyio.to_thread.run_sync(_placed, parts, form, metadata, limiter=_placing())
    if not compressed:
        return Response(content, media_type=TYPES[form.format], headers=headers)
    return StreamingResponse(_gzipped(content), media_type=TYPES[form.format], headers=headers)


def _tag(cloud: Artifact, form: Form, compressed: bool) -> str:
    """What tells the points in this form from all others; another version of Lucida may place them differently."""
    told = sha256(f"{__version__} {cloud.sha256} {form.model_dump_json()} {compressed}".encode())
    return f'"{told.hexdigest()[:32]}"'


@functools.cache
def _placing() -> anyio.CapacityLimiter:
    """How many clouds are placed at once: each takes up to a gigabyte."""
    return anyio.CapacityLimiter(2)


def _placed(parts: list[Artifact], form: Form, metadata: dict[str, Any]) -> memoryview:
    from lucida.pointcloud.cloud import encoded

    image, depth, segments, objects = (get_storage().read(part.key) for part in parts)
    return encoded(read_kept(image, depth, segments, objects), form, metadata).content


def _accepts_gzip(request: Request) -> bool:
    """Whether the client takes gzip; a range is of the file itself."""
    offers = (offer.strip().replace(" ", "").lower() for offer in request.headers.get("accept-encoding", "").split(","))
    return "range" not in request.headers and any(
        offer == "gzip" or (offer.startswith("gzip;q=") and offer[7:].strip("0.") != "") for offer in offers
    )


def _gzipped(content: memoryview) -> Iterator[bytes]:
    """The content compressed as fast as that goes, in parts (RFC 1952)."""
    squeeze = zlib.compressobj(1, zlib.DEFLATED, 16 + zlib.MAX_WBITS)
    for begin in range(0, len(content), _PART):
        if part := squeeze.compress(content[begin : begin + _PART]):
            yield part
    yield squeeze.flush()
