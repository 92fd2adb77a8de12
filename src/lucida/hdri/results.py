"""Routes of the panorama studio's files."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response

from lucida.accounts.owner import Owner
from lucida.database import run_db
from lucida.errors import NotFound
from lucida.hdri.conversion import converted
from lucida.hdri.jobs import BACKPLATE_JPEG, BACKPLATE_PNG, CONTENT_TYPES, EXR, HDR, LIGHT, PREVIEW, REPORT
from lucida.jobs.files import download_name, file_response, find_artifact
from lucida.web.answers import file_answers

router = APIRouter(tags=["hdri"])

_NAMES = {
    BACKPLATE_JPEG: "-backplate.jpg",
    BACKPLATE_PNG: "-backplate.png",
    LIGHT: "-light.hdr",
    REPORT: "-report.json",
}
_FILE = file_answers(CONTENT_TYPES.values())
_Answer = Callable[..., Coroutine[Any, Any, Response]]


def _file(path: str) -> Callable[[_Answer], _Answer]:
    """A route that sends a file, and to HEAD, by which download managers ask how large it is, all but the file."""

    def add(answer: _Answer) -> _Answer:
        router.add_api_route(path, answer, methods=["GET"], response_class=Response, responses=_FILE)
        router.add_api_route(path, answer, methods=["HEAD"], include_in_schema=False)
        return answer

    return add


@_file("/api/result/{job_id}/hdr")
async def result_hdr(
    request: Request, owner: Owner, job_id: UUID, format: Annotated[Literal["exr", "hdr"], Query()] = "exr"
) -> Response:
    """The panorama: OpenEXR, or Radiance, which is made from it at the first request."""
    job, artifact = await run_db(lambda: find_artifact(owner, job_id, EXR))
    if format == "hdr":
        artifact = await converted(job, artifact, HDR)
    return file_response(request, artifact, download_name(job.title, f"-panorama.{format}"), attachment=True)


@_file("/api/result/{job_id}/preview")
async def result_preview(request: Request, owner: Owner, job_id: UUID) -> Response:
    """The tone-mapped preview as it is now; its address carries a tag that changes with it."""
    job, artifact = await run_db(lambda: find_artifact(owner, job_id, PREVIEW))
    return file_response(request, artifact, download_name(job.title, "-preview.jpg"), attachment=False)


@_file("/api/result/{job_id}/{asset}")
async def result_asset(request: Request, owner: Owner, job_id: UUID, asset: str) -> Response:
    """`backplate.jpg`, `backplate.png`, `light.hdr` or `report.json`."""
    if asset not in _NAMES:
        raise NotFound(f"There is no such file; there are {', '.join(_NAMES)}.")
    wanted = EXR if asset == BACKPLATE_PNG else asset
    job, artifact = await run_db(lambda: find_artifact(owner, job_id, wanted))
    if asset == BACKPLATE_PNG:
        artifact = await converted(job, artifact, BACKPLATE_PNG)
    attachment = asset in (BACKPLATE_JPEG, BACKPLATE_PNG)
    return file_response(request, artifact, download_name(job.title, _NAMES[asset]), attachment=attachment)
