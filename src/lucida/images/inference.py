"""`POST /inference/images/generations`: a picture as its bytes, for another Lucida that passes words on."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Body, Request
from starlette.responses import Response

from lucida.accounts.models import User
from lucida.accounts.owner import Owner
from lucida.database import run_db
from lucida.engines.painter import choose_local_painter
from lucida.engines.painter.inference import HEADER, PATH
from lucida.errors import BadParameter, Conflict
from lucida.images.answering import accept, finished
from lucida.images.asked import asked
from lucida.images.files import CONTENT_TYPES
from lucida.images.models import GeneratedImage
from lucida.jobs.hub import Hub
from lucida.jobs.submission import cancel, find_job
from lucida.storage import get_storage

router = APIRouter(tags=["images"])

_LISTENS_SECONDS = 1.0
_MOST_NOTES = 4000  # characters: proxies take headers of 8 KB
_EXAMPLE = {"prompt": "a lake in the mountains at dawn", "model": "auto", "width": 1024, "height": 1024, "seed": -1}


@router.post(
    PATH,
    response_class=Response,
    responses={
        200: {"content": {kind: {} for kind in CONTENT_TYPES.values()}, "description": "The picture itself."},
        204: {"description": "Nobody waits any more; the picture was cancelled."},
    },
)
async def infer(request: Request, owner: Owner, body: Annotated[dict[str, Any], Body(examples=[_EXAMPLE])]) -> Response:
    """One picture from words, as its bytes; the header `X-Lucida-Picture` tells who painted it, and its seed."""
    wanted = replace(asked(body), here=True)  # two that pass on to each other would never end
    if wanted.count != 1:
        raise BadParameter("One picture is painted at a time here; ask again for the next.", param="num_images")
    choose_local_painter(wanted.model)
    job, _ = await run_db(accept, owner, wanted, None, {})
    request.app.state.notify(job.queue)
    hub: Hub = request.app.state.hub
    async with hub.watch(job.id, 0) as watcher:
        async for _ in watcher.events(_LISTENS_SECONDS):
            if await request.is_disconnected():  # asked at each event, too: a painter may tell of itself all the time
                await run_db(_call_off, owner, job.id)
                return Response(status_code=204)
    image, told, content = await run_db(_made, owner, job.id)
    return Response(content, media_type=image.content_type, headers={HEADER: told})


def _call_off(owner: User, job_id: UUID) -> None:
    """Stop the job: who asked for it will ask anew."""
    try:
        cancel(owner, job_id)
    except Conflict:  # it has just ended
        return


def _made(owner: User, job_id: UUID) -> tuple[GeneratedImage, str, bytes]:
    image = finished(owner, job_id)[0]
    job = find_job(owner, job_id)
    parameters = {name: value for name, value in image.parameters.items() if name != "notes"}
    notes, room = [], _MOST_NOTES
    for note in image.parameters.get("notes", ()):
        room -= len(note)
        if room > 0:
            notes.append(note)
    told = {
        "model": image.model_used,
        "licence": job.engine_licence,
        "reason": job.engine_reason,
        "seed": image.parameters["seed"],
        "parameters": parameters,
        "notes": notes,
    }
    return image, json.dumps(told), get_storage().read(image.image)
