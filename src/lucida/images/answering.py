"""How a request for pictures is answered: waiting for them, as they are made, or with the job."""

from __future__ import annotations

import base64
import hashlib
import json
import time
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

from django.db import transaction
from fastapi import Request
from starlette.responses import JSONResponse, Response, StreamingResponse

from lucida.accounts.limits import images_allowance, take
from lucida.accounts.models import User
from lucida.database import run_db
from lucida.errors import BadParameter, LucidaError, NotFound, error_of
from lucida.images.api import view_image
from lucida.images.asked import Asked
from lucida.images.jobs import KIND, PREVIEW, params_of
from lucida.images.models import GeneratedImage
from lucida.jobs.accepted import AcceptedJob, accepted, wants_job
from lucida.jobs.hub import Hub
from lucida.jobs.models import Artifact, Job, Status
from lucida.jobs.submission import IdempotencyKey, find_job, submit
from lucida.storage import get_storage
from lucida.storage.base import Stored
from lucida.web.answers import OpenAIErrorAnswer, openai_body

_KEEPALIVE_SECONDS = 15.0
_LISTENS_SECONDS = 2.0  # after so much silence it is asked whether the client still waits
_NO_TOKENS = {"image_tokens": 0, "text_tokens": 0}
_USAGE = {"input_tokens": 0, "output_tokens": 0, "total_tokens": 0, "input_tokens_details": _NO_TOKENS}


def key_of(endpoint: str, key: str | None, said: Any) -> IdempotencyKey | None:
    """The key of a request that said all this. Raises `BadParameter` for one that is empty or too long."""
    if key is None:
        return None
    if not 1 <= len(key) <= 255:
        raise BadParameter("An Idempotency-Key has 1 to 255 characters.", param="Idempotency-Key")
    text = json.dumps(said, sort_keys=True, separators=(",", ":")).encode()
    return IdempotencyKey(endpoint, key, hashlib.sha256(text).hexdigest())


RESPONSES: dict[int | str, dict[str, Any]] = {
    200: {
        "content": {"application/json": {}, "text/event-stream": {}},
        "description": "The pictures; with `stream`, as they are made.",
    },
    202: {"model": AcceptedJob, "description": "The job, for who does not wait."},
    400: {"model": OpenAIErrorAnswer, "description": "A field has a value that does not exist."},
    "default": {"model": OpenAIErrorAnswer, "description": "Any other error."},
}


def accept(owner: User, wanted: Asked, key: IdempotencyKey | None, inputs: dict[str, Stored]) -> tuple[Job, bool]:
    """The job, counted against what the owner may have; an earlier request with the same key is not counted twice.

    False beside a job that such an earlier request made.
    """
    with transaction.atomic():
        job, new = submit(
            KIND,
            owner,
            params=params_of(wanted),
            inputs=inputs,
            title=wanted.prompt[:255],
            seed=wanted.seed,
            idempotency=key,
        )
        if new:
            take(owner, images_allowance(), job_id=job.id)
    return job, new


async def answered(request: Request, owner: User, job: Job, wanted: Asked, prefer: str | None, verb: str) -> Response:
    """The answer to a request whose job was made; streamed events are named `image_<verb>`."""
    headers = {"x-lucida-job": str(job.id)}
    if wants_job(prefer):
        return accepted(AcceptedJob.of(job.id), headers)
    hub: Hub = request.app.state.hub
    base = str(request.base_url).rstrip("/")
    if wanted.stream:
        stream = _streamed(hub, owner, job.id, wanted, f"image_{verb}")
        headers["Cache-Control"] = "no-store"
        return StreamingResponse(stream, media_type="text/event-stream", headers=headers)
    async with hub.watch(job.id, 0) as watcher:
        async for event in watcher.events(_LISTENS_SECONDS):
            if event is None and await request.is_disconnected():
                return Response(status_code=204, headers=headers)  # to nobody; the job goes on
    return JSONResponse(await run_db(_answer, owner, job.id, wanted, base), headers=headers)


def finished(owner: User, job_id: UUID) -> list[GeneratedImage]:
    """The pictures of a job that has ended, in the order of their seeds; its own error where it failed."""
    job = find_job(owner, job_id)
    if job.status != Status.DONE:
        raise error_of(job.error_code, job.error_message)
    made = {str(image.id): image for image in GeneratedImage.objects.filter(user=owner, id__in=job.result["images"])}
    found = [made[image_id] for image_id in job.result["images"] if image_id in made]
    if not found:
        raise NotFound("The pictures of this request have been deleted.")
    return found


def _answer(owner: User, job_id: UUID, wanted: Asked, base: str) -> dict[str, Any]:
    """OpenAI's answer, and in the same body the specification's for the first picture."""
    images = finished(owner, job_id)
    return {
        "created": int(images[0].created_at.timestamp()),
        "data": [_item(image, wanted, base) for image in images],
        "output_format": wanted.output_format,
        "size": f"{wanted.width}x{wanted.height}",
        "usage": _USAGE,
        **view_image(images[0]).model_dump(mode="json", by_alias=True),
    }


def _item(image: GeneratedImage, wanted: Asked, base: str) -> dict[str, Any]:
    item: dict[str, Any] = {
        "id": str(image.id),
        "seed": image.parameters["seed"],
        "thumbnail_url": f"{base}/{image.thumbnail}",
        "revised_prompt": None,
    }
    if wanted.response_format == "b64_json":
        return {**item, "b64_json": _bytes(image)}
    return {**item, "url": f"{base}/{image.image}"}


def _bytes(image: GeneratedImage) -> str:
    return base64.b64encode(get_storage().read(image.image)).decode()


async def _streamed(hub: Hub, owner: User, job_id: UUID, wanted: Asked, name: str) -> AsyncIterator[str]:
    """Server-sent events as OpenAI's client reads them: pictures half done, then each that is done."""
    shown = 0
    try:
        async with hub.watch(job_id, 0) as watcher:
            async for event in watcher.events(_KEEPALIVE_SECONDS):
                if event is None:
                    yield ": keepalive\n\n"
                elif event["event"] == "preview" and shown < wanted.partial_images:
                    partial = await run_db(_partial, job_id)
                    if partial is not None:
                        yield _event(f"{name}.partial_image", wanted, partial, partial_image_index=shown)
                        shown += 1
        for image in await run_db(finished, owner, job_id):
            yield _event(f"{name}.completed", wanted, await run_db(_bytes, image), usage=_USAGE)
    except LucidaError as error:
        yield f"event: error\ndata: {json.dumps(openai_body(error))}\n\n"
    yield "data: [DONE]\n\n"


def _partial(job_id: UUID) -> str | None:
    artifact = Artifact.objects.filter(job_id=job_id, name=PREVIEW).first()
    if artifact is None:
        return None
    try:
        return base64.b64encode(get_storage().read(artifact.key)).decode()
    except NotFound:  # a better one has replaced it
        return None


def _event(name: str, wanted: Asked, picture: str, **more: Any) -> str:
    told = {
        "type": name,
        "b64_json": picture,
        "created_at": int(time.time()),
        "size": f"{wanted.width}x{wanted.height}",
        "quality": "auto",
        "background": "opaque",
        "output_format": wanted.output_format,
        **more,
    }
    return f"event: {name}\ndata: {json.dumps(told)}\n\n"
