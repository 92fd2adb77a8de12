"""Routes of the panorama studio: photos in, jobs made; results.py has the files that come out."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from typing import Annotated, Any, Literal, get_args
from uuid import UUID

from django.db import transaction
from fastapi import APIRouter, File, Form, Header, Request, UploadFile
from pydantic import BaseModel, Field

from lucida.accounts.models import User
from lucida.accounts.owner import Owner
from lucida.config import SceneType, get_settings
from lucida.database import run_db
from lucida.errors import BadParameter, KeyInFlight, NotReady, TruncatedPhoto
from lucida.hdri.adjustment import Adjustment
from lucida.hdri.jobs import KIND, LARGEST_WIDTH, SMALLEST_WIDTH
from lucida.hdri.readjustment import combined
from lucida.jobs.files import plain_name
from lucida.jobs.models import Job, Status
from lucida.jobs.submission import IdempotencyKey, check_room, earlier_job, find_job, submit
from lucida.jobs.view import artifact_tags, eta_seconds, links_of
from lucida.storage.uploads import Uploads

router = APIRouter(tags=["hdri"])

_UINT32 = 1 << 32
# What the fields of an upload may be, as the description says it; `_checked_params` sees to it, in words of its own.
_SCENES: dict[str, Any] = {"enum": list(get_args(SceneType))}
_WIDTHS: dict[str, Any] = {"minimum": SMALLEST_WIDTH, "maximum": LARGEST_WIDTH, "multipleOf": 4}
_SEEDS: dict[str, Any] = {"minimum": 0, "maximum": _UINT32 - 1}


class Accepted(BaseModel):
    """The job that was made."""

    job_id: UUID


class JobStatus(BaseModel):
    """Where a job is, in the words of the specification."""

    status: Literal["queued", "processing", "done", "error"]
    progress: float = Field(ge=0, le=1)
    current_stage: str
    preview_url: str | None = None
    error_message: str | None = None
    error_code: str | None = None
    eta_seconds: float | None = None
    engine: str | None = None
    engine_reason: str | None = None


# The job's own words, and the specification's; docs/api.md has the table of all studios.
_WORDS: dict[str, Literal["queued", "processing", "done", "error"]] = {
    Status.QUEUED: "queued",
    Status.PROCESSING: "processing",
    Status.DONE: "done",
    Status.ERROR: "error",
    Status.CANCELLED: "error",
}

_in_flight: set[tuple[UUID, str, str]] = set()


@contextmanager
def _answering(owner: User, endpoint: str, key: str | None) -> Iterator[None]:
    """Hold the owner's idempotency key while its request is being answered; KeyInFlight where another holds it."""
    if key is None:
        yield
        return
    if not 1 <= len(key) <= 255:
        raise BadParameter("An Idempotency-Key has 1 to 255 characters.", param="Idempotency-Key")
    held = (owner.id, endpoint, key)
    if held in _in_flight:
        raise KeyInFlight("The first request with this Idempotency-Key is still being answered; ask again.")
    _in_flight.add(held)
    try:
        yield
    finally:
        _in_flight.discard(held)


def _idempotency(endpoint: str, key: str | None, *said: Any) -> IdempotencyKey | None:
    """The key with the hash of all that the request said."""
    if key is None:
        return None
    request_hash = hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()
    return IdempotencyKey(endpoint, key, request_hash)


def _checked_params(scene_type: str, engine: str, width: int | None, seed: int | None) -> dict[str, Any]:
    """The parameters of a job; BadParameter names the field that has no such value."""
    from lucida.engines.painter import choose_painter

    if scene_type not in get_args(SceneType):
        raise BadParameter(f"scene_type is one of {', '.join(get_args(SceneType))}.", param="scene_type")
    width = get_settings().panorama_width if width is None else width
    if not SMALLEST_WIDTH <= width <= LARGEST_WIDTH or width % 4:
        raise BadParameter(f"width is {SMALLEST_WIDTH} to {LARGEST_WIDTH} and a multiple of 4.", param="width")
    if seed is not None and not 0 <= seed < _UINT32:
        raise BadParameter("seed is 0 to 4294967295.", param="seed")
    choose_painter(engine)
    return {"scene_type": scene_type, "engine": engine, "width": width}


@router.post("/api/upload")
async def upload(
    request: Request,
    owner: Owner,
    file: Annotated[UploadFile, File(description="A photo: HEIC, HEIF, AVIF, JPEG, PNG or WebP.")],
    scene_type: Annotated[str, Form(description="auto, outdoor, indoor or night.", json_schema_extra=_SCENES)] = "auto",
    engine: Annotated[str | None, Form(description="A painter's name, or auto.")] = None,
    width: Annotated[
        int | None, Form(description="Width of the panorama in pixels; its height is half.", json_schema_extra=_WIDTHS)
    ] = None,
    seed: Annotated[
        int | None,
        Form(description="0 to 4294967295; made from the job's id where not given.", json_schema_extra=_SEEDS),
    ] = None,
    idempotency_key: Annotated[str | None, Header(description="The same key again is the same job.")] = None,
) -> Accepted:
    """Take a photo and make its panorama."""
    params = _checked_params(scene_type, engine or get_settings().painter, width, seed)
    with _answering(owner, "upload", idempotency_key):
        async with Uploads() as uploads:
            photo = await uploads.receive(file.file, "photo")
            if not photo.size:
                raise TruncatedPhoto("The file is empty; send the photo itself.", param="file")
            key = _idempotency("upload", idempotency_key, photo.sha256, params, seed)

            def known_or_room() -> Job | None:
                known = earlier_job(owner, key) if key else None
                if known is None:
                    check_room(owner)
                return known

            known = await run_db(known_or_room)
            if known is not None:
                return Accepted(job_id=known.id)
            checked = await request.app.state.photo_check.in_turn(photo.path)
            params["photo"] = {"format": checked.format, "width": checked.width, "height": checked.height}
            inputs = await uploads.store()

            def accept() -> tuple[Job, bool]:
                return submit(
                    KIND,
                    owner,
                    params=params,
                    inputs=inputs,
                    title=plain_name(file.filename),
                    seed=seed,
                    idempotency=key,
                )

            job, new = await run_db(accept)
            if new:
                uploads.keep()
            request.app.state.notify(job.queue)
            return Accepted(job_id=job.id)


def _status(owner: User, job_id: UUID) -> JobStatus:
    job = find_job(owner, job_id)
    links = links_of(job, artifact_tags([job.id])[job.id])
    return JobStatus(
        status=_WORDS[job.status],
        progress=job.progress,
        current_stage=job.stage,
        preview_url=links.get("preview_url"),
        error_message=job.error_message or None,
        error_code=job.error_code or None,
        eta_seconds=eta_seconds(job),
        engine=job.engine or None,
        engine_reason=job.engine_reason or None,
    )


@router.get("/api/status/{job_id}")
async def status(owner: Owner, job_id: UUID) -> JobStatus:
    """Where the job is; a cancelled job has status `error` and code `cancelled`."""
    return await run_db(_status, owner, job_id)


class AdjustSun(BaseModel):
    """The main light: where it goes, in degrees before the panorama is turned, and by how many stops it changes."""

    azimuth: float
    altitude: float
    stops: float = 0.0
    remove: bool = False


class Adjust(BaseModel):
    """What is changed: degrees, and stops of exposure; `sun` null leaves the sun as it is."""

    yaw: float = 0.0
    pitch: float = 0.0
    roll: float = 0.0
    exposure: float = 0.0
    sun: AdjustSun | None = None


def _adjusted(owner: User, job_id: UUID, adjust: Adjust, key: str | None) -> Job:
    """A new job from the same photo and seed, with the changes on top of those the panorama had already."""
    with transaction.atomic():  # the photo must not be deleted between finding and keeping it
        before = find_job(owner, job_id)
        if before.status != Status.DONE:
            raise NotReady("Only a finished panorama can be adjusted.")
        earlier = Adjustment.parse(before.params.get("adjustment")) or Adjustment()
        change = Adjustment.parse(adjust.model_dump()) or Adjustment()
        changes = asdict(combined(earlier, change))
        Adjustment.parse(changes)  # two changes that each are within the limits may together be beyond
        job, _ = submit(
            KIND,
            owner,
            params={**before.params, "engine": before.engine, "adjustment": changes, "adjusted_from": str(job_id)},
            inputs=before.inputs,
            title=before.title,
            seed=before.seed,
            idempotency=_idempotency("adjust", key, str(job_id), adjust.model_dump()),
        )
        return job


@router.post("/api/result/{job_id}/adjust")
async def adjust(
    request: Request,
    owner: Owner,
    job_id: UUID,
    changes: Adjust,
    idempotency_key: Annotated[str | None, Header(description="The same key again is the same job.")] = None,
) -> Accepted:
    """Level and turn a finished panorama, expose it, move or dim its sun: a new job, the first result stays."""
    with _answering(owner, "adjust", idempotency_key):
        job = await run_db(_adjusted, owner, job_id, changes, idempotency_key)
    request.app.state.notify(job.queue)
    return Accepted(job_id=job.id)
