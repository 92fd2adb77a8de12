"""`POST /v1/images/generations`, as the images specification has it and as OpenAI's clients call it."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Body, Header, Request
from starlette.responses import Response

from lucida.accounts.owner import Owner
from lucida.database import run_db
from lucida.engines.painter import choose_picture_painter
from lucida.images.answering import RESPONSES, accept, answered, key_of
from lucida.images.asked import asked
from lucida.jobs.accepted import Prefer

router = APIRouter(tags=["images"])

_ENDPOINT = "images"
_EXAMPLE = {"prompt": "a lake in the mountains at dawn", "model": "auto", "size": "1024x1024", "n": 1, "seed": -1}


@router.post("/v1/images/generations", responses=RESPONSES)
async def generate(
    request: Request,
    owner: Owner,
    body: Annotated[dict[str, Any], Body(examples=[_EXAMPLE])],
    idempotency_key: Annotated[str | None, Header(description="The same key again is the same pictures.")] = None,
    prefer: Prefer = None,
) -> Response:
    """Pictures from words; waits for them, streams them, or answers with the job."""
    wanted = asked(body)
    choose_picture_painter(wanted.model)
    job, _ = await run_db(accept, owner, wanted, key_of(_ENDPOINT, idempotency_key, body), {})
    request.app.state.notify(job.queue)
    return await answered(request, owner, job, wanted, prefer, "generation")
