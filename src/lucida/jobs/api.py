"""Routes of every kind of job: history, cancel, and events by WebSocket and server-sent events."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from typing import Annotated, Any
from uuid import UUID

import anyio
from fastapi import APIRouter, Query, Request, Response, WebSocket, WebSocketDisconnect
from pydantic import BaseModel, Field
from starlette.responses import StreamingResponse

from lucida.accounts import tickets
from lucida.accounts.models import Token, User
from lucida.accounts.owner import Owner
from lucida.database import run_db
from lucida.errors import NotFound
from lucida.jobs.cursor import NEWEST_FIRST, cursor_of, older_than
from lucida.jobs.hub import Hub, TooSlow
from lucida.jobs.models import Job
from lucida.jobs.submission import cancel, delete, find_job
from lucida.jobs.view import JobView, view_jobs

router = APIRouter(tags=["jobs"])

# Proxies close what is silent for a minute.
_KEEPALIVE_SECONDS = 15.0
_NOT_FOUND, _TOO_SLOW = 4404, 1013
# When a job ends its followers go on to the next, all at once; whoever asks something meanwhile is not behind them all.
_entering = anyio.CapacityLimiter(2)


class JobPage(BaseModel):
    """Some jobs, newest first."""

    jobs: list[JobView]
    next: str | None = None


def _history(owner: User, kind: str | None, limit: int, before: str | None) -> JobPage:
    jobs = Job.objects.filter(owner=owner)
    if kind:
        jobs = jobs.filter(kind=kind)
    if before:
        jobs = jobs.filter(older_than(before))
    page = list(jobs.order_by(*NEWEST_FIRST)[: limit + 1])
    more = len(page) > limit
    page = page[:limit]
    return JobPage(jobs=view_jobs(page), next=cursor_of(page[-1]) if more else None)


@router.get("/api/jobs")
async def list_jobs(
    owner: Owner,
    kind: str | None = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    before: Annotated[str | None, Query(description="The next of an earlier answer.")] = None,
) -> JobPage:
    """The history, newest first."""
    return await run_db(_history, owner, kind, limit, before)


@router.get("/api/jobs/{job_id}")
async def get_job(owner: Owner, job_id: UUID) -> JobView:
    """One job."""

    def read() -> JobView:
        return view_jobs([find_job(owner, job_id)])[0]

    return await run_db(read)


@router.delete(
    "/api/jobs/{job_id}",
    status_code=204,
    response_class=Response,
    responses={202: {"description": "It was waiting or running and is being cancelled."}},
)
async def delete_job(owner: Owner, job_id: UUID) -> Response:
    """Cancel a job that waits or runs; delete one that has ended, with its files."""

    def stop_or_forget() -> int:
        if find_job(owner, job_id).finished:
            delete(owner, job_id)
            return 204
        cancel(owner, job_id)
        return 202

    return Response(status_code=await run_db(stop_or_forget))


class TicketView(BaseModel):
    """What lets one WebSocket in."""

    ticket: str | None = Field(description="For `?ticket=`; null where nobody has to log in, and none is needed.")
    expires_in: int = Field(description="Seconds until it lets nobody in.")


@router.post("/api/jobs/{job_id}/ticket")
async def make_ticket(request: Request, owner: Owner, job_id: UUID) -> TicketView:
    """A ticket for one WebSocket that follows the job, of a client that can send neither headers nor cookies there."""
    token: Token | None = request.state.token

    def make() -> str | None:
        job = find_job(owner, job_id)
        return tickets.make_ticket(token, job.id) if token is not None else None

    return TicketView(ticket=await run_db(make), expires_in=int(tickets.LASTS.total_seconds()))


def _hub(connection: Request | WebSocket) -> Hub:
    hub: Hub = connection.app.state.hub
    return hub


@router.get(
    "/api/jobs/{job_id}/events",
    response_class=StreamingResponse,
    responses={
        200: {"content": {"text/event-stream": {}}, "description": "The WebSocket's messages, one per event."},
        204: {"description": "There is nothing after the event that was named, and nothing will come."},
    },
)
async def stream_events(request: Request, owner: Owner, job_id: UUID, after: int = 0) -> Response:
    """Follow a job by server-sent events; `Last-Event-ID` or `after` names the last one that was received."""
    given = request.headers.get("last-event-id", "")
    after = int(given) if given.isdecimal() and len(given) < 10 else after

    def over() -> bool:
        job = find_job(owner, job_id)
        return job.finished and job.last_seq <= after

    if await run_db(over):
        return Response(status_code=204)

    async def lines() -> AsyncIterator[str]:
        async with _hub(request).watch(job_id, after) as watcher:
            with contextlib.suppress(TooSlow):  # the browser comes back by itself and names its last event
                async for event in watcher.events(_KEEPALIVE_SECONDS):
                    yield f"id: {event['seq']}\ndata: {event.text}\n\n" if event else ": still here\n\n"

    return StreamingResponse(lines(), media_type="text/event-stream", headers={"Cache-Control": "no-cache"})


@router.websocket("/ws/jobs/{job_id}")
async def watch_job(socket: WebSocket, owner: Owner, job_id: str, after: int = 0) -> None:
    """Follow a job: what happened after `after`, then what happens, closed with 1000 when the job has ended.

    `Authentication` has let it in, by a token, a ticket in the address, or a session.
    """
    try:
        async with _entering:
            found = await run_db(_find, owner, job_id)
            await socket.accept()
    except NotFound as error:
        await socket.accept()
        answer: dict[str, Any] = {"event": "error", "seq": 0, "message": error.message, "code": error.code}
        await socket.send_json(answer)
        await socket.close(_NOT_FOUND)
        return
    async with _hub(socket).watch(found, after) as watcher, anyio.create_task_group() as tasks:
        tasks.start_soon(_until_gone, socket, tasks.cancel_scope)
        try:
            async for event in watcher.events():
                if event is not None:
                    await socket.send_text(event.text)
            await socket.close(1000)
        except TooSlow:
            await socket.close(_TOO_SLOW, "too slow; connect again")
        except WebSocketDisconnect:
            pass
        tasks.cancel_scope.cancel()


def _find(owner: User, job_id: str) -> UUID:
    with contextlib.suppress(ValueError):
        found = UUID(job_id)
        if Job.objects.filter(owner=owner, id=found).exists():  # many come at once, and the row is long
            return found
    raise NotFound("There is no such job.")


async def _until_gone(socket: WebSocket, scope: anyio.CancelScope) -> None:
    """Read, for that is how a closed connection shows, and leave when it is."""
    with contextlib.suppress(WebSocketDisconnect):
        while True:
            await socket.receive_text()
    scope.cancel()
