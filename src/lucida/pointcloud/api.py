"""`POST /generate`: a sentence or a picture in, a packed point cloud out; results.py has what is kept."""

from __future__ import annotations

import asyncio
import functools
import json
import time
from contextlib import nullcontext
from io import BytesIO
from typing import Any
from uuid import UUID

import anyio
import anyio.to_thread
from django.db import transaction
from fastapi import APIRouter
from starlette.datastructures import FormData, UploadFile
from starlette.requests import Request
from starlette.responses import Response

from lucida.accounts.limits import images_allowance, take
from lucida.accounts.models import User
from lucida.accounts.owner import Owner
from lucida.database import run_db
from lucida.engines.depth import choose_depth
from lucida.engines.painter import choose_picture_painter, remote_name
from lucida.engines.segmentation import choose_segmentation
from lucida.errors import (
    BadInput,
    BadParameter,
    Cancelled,
    Conflict,
    LucidaError,
    RateLimited,
    TruncatedPhoto,
    UpstreamFailed,
    error_of,
)
from lucida.jobs.accepted import AcceptedJob, Prefer, accepted, wants_job
from lucida.jobs.files import plain_name
from lucida.jobs.hub import Hub
from lucida.jobs.models import Job, Status
from lucida.jobs.submission import cancel, check_room, find_job, submit
from lucida.pointcloud.asked import Asked, Wanted, read_wanted
from lucida.pointcloud.jobs import KIND, PICTURE
from lucida.pointcloud.results import CLOUD_ANSWER, cloud_response
from lucida.storage.base import Stored
from lucida.storage.uploads import Uploads, need_room
from lucida.web.answers import error_response

router = APIRouter(tags=["pointcloud"])

_LISTENS_SECONDS = 1.0
_CALLS = 16  # with clients' keys at once
_PANORAMIC = 1.5  # as wide over as high a panorama is at least: less is no panorama that somebody cut
_SCHEMA = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {"schema": Wanted.model_json_schema()},
            "multipart/form-data": {
                "schema": {
                    **Wanted.model_json_schema(),
                    "properties": {
                        "image": {"type": "string", "format": "binary", "description": "A picture, instead of words."},
                        **Wanted.model_json_schema()["properties"],
                    },
                }
            },
        },
    }
}


class AcceptedCloud(AcceptedJob):
    """The job that makes the cloud, where it tells of itself, and where the cloud will be."""

    generation_url: str


@router.post(
    "/generate",
    response_class=Response,
    openapi_extra=_SCHEMA,
    responses={
        **CLOUD_ANSWER,
        202: {"model": AcceptedCloud, "description": "With `Prefer: respond-async`: the job."},
        204: {"description": "Nobody waits any more; the job was cancelled."},
    },
)
async def generate(
    request: Request,
    owner: Owner,
    prefer: Prefer = None,
) -> Response:
    """A sentence, or a picture, becomes a point cloud; waits for it, or answers with the job."""
    async with request.form() if _is_form(request) else nullcontext() as form:
        wanted, file = _of_form(form) if form is not None else (_of_json(await request.body()), None)
        asked = _checked(wanted, file is not None)
        await run_db(check_room, owner)
        job = await _accepted(request, owner, wanted, asked, file)
    request.app.state.notify(job.queue)
    headers = {"x-lucida-job": str(job.id)}
    if wants_job(prefer):
        return accepted(AcceptedCloud.of(job.id, generation_url=f"/generations/{job.id}"), headers)
    hub: Hub = request.app.state.hub
    async with hub.watch(job.id, 0) as watcher:
        async for _ in watcher.events(_LISTENS_SECONDS):
            if await request.is_disconnected():  # asked at each event, too: an engine may tell of itself all the time
                await run_db(_call_off, owner, job.id)
                return Response(status_code=204, headers=headers)
    try:
        ended = await run_db(find_job, owner, job.id)
        if ended.status != Status.DONE:
            raise error_of(ended.error_code, ended.error_message)
        return await cloud_response(request, owner, job.id, asked.form, headers)
    except LucidaError as error:
        return error_response(error, request.url.path, headers)


def _is_form(request: Request) -> bool:
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    return kind in ("multipart/form-data", "application/x-www-form-urlencoded")


def _of_form(form: FormData) -> tuple[Wanted, UploadFile | None]:
    """The fields of a form, and its picture. Raises `BadParameter`."""
    fields = {name: value for name, value in form.items() if isinstance(value, str) and value != ""}
    files = [value for name, value in form.multi_items() if name == PICTURE and isinstance(value, UploadFile)]
    files = [file for file in files if file.filename or file.size]  # a form whose file was not chosen sends neither
    if len(files) > 1:
        raise BadParameter(f"{len(files)} pictures came; send one.", param=PICTURE)
    if PICTURE in fields:
        raise BadParameter("The field image holds text; send the file itself.", param=PICTURE)
    return read_wanted(fields), files[0] if files else None


def _of_json(body: bytes) -> Wanted:
    """The fields of a JSON body. Raises `BadInput`, `BadParameter`."""
    try:
        fields = json.loads(body)
    except (ValueError, RecursionError):
        raise BadInput("The request's body is no JSON.") from None
    if not isinstance(fields, dict):
        raise BadInput("The request's body is no JSON object.")
    return read_wanted(fields)


def _checked(wanted: Wanted, has_picture: bool) -> Asked:
    """What is asked, without the key, and with every engine known. Raises `BadParameter`, `ModelUnavailable`."""
    asked = Asked(**wanted.model_dump(exclude={"api_key"})).settled()
    if not asked.prompt.strip() and not has_picture:
        raise BadParameter("prompt is empty; say what the picture shows, or send one as image.", param="prompt")
    if _with_key(wanted) and asked.image_model != "auto" and remote_name(asked.image_model) != "openai":
        raise BadParameter(f"api_key is for OpenAI; {asked.image_model} takes none.", param="api_key")
    if not has_picture and not _with_key(wanted):
        try:
            choose_picture_painter(asked.image_model)
        except BadParameter as error:  # elsewhere the field is called model
            raise BadParameter(error.message, param="image_model") from None
    choose_depth(asked.depth_model or "auto")
    choose_segmentation(asked.seg_model or "auto")
    return asked


def _with_key(wanted: Wanted) -> bool:
    """Whether the client's own key pays for the picture, wherever none came."""
    return bool(wanted.api_key.get_secret_value().strip())


async def _accepted(request: Request, owner: User, wanted: Wanted, asked: Asked, file: UploadFile | None) -> Job:
    """The job; a picture that came, or that the client's key pays for, is kept before it and goes if it is refused."""
    params: dict[str, Any] = {"asked": asked.model_dump(mode="json")}
    async with Uploads() as uploads:
        if file is not None:
            received = await uploads.receive(file.file, PICTURE)
            if not received.size:
                raise TruncatedPhoto("The image is empty; send the picture itself.", param="image")
            checked = await request.app.state.photo_check.in_turn(received.path, PICTURE)
            shape = checked.width / checked.height
            if asked.mode == "panorama" and shape < _PANORAMIC:
                raise BadParameter(
                    f"The picture is {checked.width} × {checked.height} pixels and a panorama about twice as wide as "
                    "high; send one that is, or mode standard.",
                    param="mode",
                )
        elif _with_key(wanted):
            need_room()
            picture, params["painted"] = await _painted(request, wanted, asked)
            await uploads.receive(BytesIO(picture), PICTURE)
        inputs = await uploads.store()
        title = asked.prompt[:255] or plain_name(file.filename if file else None, "picture")
        job, new = await run_db(_submit, owner, asked, title, params, inputs)
        if new:
            uploads.keep()
        return job


def _submit(
    owner: User, asked: Asked, title: str, params: dict[str, Any], inputs: dict[str, Stored]
) -> tuple[Job, bool]:
    """The job; one whose picture is painted here counts as a picture from words, one that is paid for always fits."""
    with transaction.atomic():
        job, new = submit(
            KIND, owner, params=params, inputs=inputs, title=title, seed=asked.seed, paid="painted" in params
        )
        if new and not inputs:
            take(owner, images_allowance(), job_id=job.id)
    return job, new


async def _painted(request: Request, wanted: Wanted, asked: Asked) -> tuple[bytes, dict[str, Any]]:
    """The picture that OpenAI paints for the client's key, and what is known of it; the key goes no further."""
    from lucida.pointcloud.painted import paint_with_key

    gone = False

    def tell(fraction: float, stage: str) -> None:
        if gone:
            raise Cancelled("Nobody waits for this picture any more.")

    limiter = _calls()
    if not limiter.available_tokens:
        raise RateLimited("Too many pictures are being painted with keys at once; ask again soon.", retry_after=10)
    began = time.perf_counter()
    key = wanted.api_key.get_secret_value().strip()
    call = anyio.to_thread.run_sync(paint_with_key, key, asked, tell, limiter=limiter)
    painting = asyncio.ensure_future(call)
    try:
        while not (await asyncio.wait({painting}, timeout=_LISTENS_SECONDS))[0]:
            gone = await request.is_disconnected()
        picture, painted = painting.result()
    except asyncio.CancelledError:  # the server stops
        gone = True
        await asyncio.wait({painting}, timeout=_LISTENS_SECONDS)
        raise UpstreamFailed("The call to OpenAI was cut off; send the request with the key again.") from None
    return picture, {**painted, "ms": round(1000 * (time.perf_counter() - began))}


@functools.cache
def _calls() -> anyio.CapacityLimiter:
    """Calls with clients' keys have threads of their own: they wait for minutes, and files must not wait for them."""
    return anyio.CapacityLimiter(_CALLS)


def _call_off(owner: User, job_id: UUID) -> None:
    """Stop the job: who asked for it has gone."""
    try:
        cancel(owner, job_id)
    except Conflict:  # it has just ended
        return
