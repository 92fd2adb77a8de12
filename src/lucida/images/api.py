"""Routes of the pictures that are kept: history, one picture, its files."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from lucida.accounts.models import User
from lucida.accounts.owner import Owner
from lucida.database import run_db
from lucida.errors import NotFound
from lucida.images.files import CONTENT_TYPES, THUMBNAIL_TYPE
from lucida.images.jobs import PREVIEW
from lucida.images.keeping import find_file, find_image, folded, remove
from lucida.images.models import GeneratedImage
from lucida.jobs.files import download_name, file_response, find_artifact, stored_file
from lucida.web.answers import file_answers

router = APIRouter(tags=["images"])

_FILE = file_answers(CONTENT_TYPES.values())
_NOT_IN_NAMES = re.compile(r"[\W_]+")


class _CamelCase(BaseModel):
    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True)


class HistoryImage(_CamelCase):
    """One picture of the history."""

    id: UUID
    prompt: str
    image_url: str
    thumbnail_url: str
    model_used: str
    created_at: datetime


class ImageView(HistoryImage):
    """One picture, with what it was made from."""

    negative_prompt: str
    width: int
    height: int
    parameters: dict[str, Any] = Field(description="steps, cfgScale, seed …, engineReason, licence; notes, if any.")
    generation_time: float = Field(description="Seconds.")
    file_size: int = Field(description="Bytes.")
    content_type: str
    job_id: UUID | None = Field(None, description="The job that made it, as long as there is one.")


class History(_CamelCase):
    """A page of the history, newest first."""

    images: list[HistoryImage]
    total: int = Field(description="How many there are on all pages.")
    page: int
    per_page: int


def _entry(image: GeneratedImage) -> dict[str, Any]:
    return {
        "id": image.id,
        "prompt": image.prompt,
        "image_url": f"/{image.image}",
        "thumbnail_url": f"/{image.thumbnail}",
        "model_used": image.model_used,
        "created_at": image.created_at,
    }


def view_image(image: GeneratedImage) -> ImageView:
    """The picture as the API shows it."""
    return ImageView(
        **_entry(image),
        negative_prompt=image.negative_prompt,
        width=image.width,
        height=image.height,
        parameters={to_camel(name): value for name, value in image.parameters.items()},
        generation_time=image.generation_time,
        file_size=image.file_size,
        content_type=image.content_type,
        job_id=image.job_id,
    )


def _history(owner: User, page: int, per_page: int, search: str, job: UUID | None) -> History:
    images = GeneratedImage.objects.filter(user=owner)
    if job is not None:
        images = images.filter(job=job)
    if words := folded(search.strip()):
        images = images.filter(searched__contains=words)
    first = (page - 1) * per_page
    shown = images.order_by("-created_at", "-id")[first : first + per_page]
    return History(
        images=[HistoryImage(**_entry(image)) for image in shown], total=images.count(), page=page, per_page=per_page
    )


@router.get("/api/images/history/")
async def image_history(
    owner: Owner,
    page: Annotated[int, Query(ge=1, le=1_000_000)] = 1,
    per_page: Annotated[int, Query(alias="perPage", ge=1, le=100)] = 20,
    search: Annotated[str, Query(max_length=500, description="What a prompt holds, in any case.")] = "",
    job: Annotated[UUID | None, Query(description="The job that made them.")] = None,
) -> History:
    """The pictures that are kept, newest first."""
    return await run_db(_history, owner, page, per_page, search, job)


@router.get("/api/images/{image_id}/")
async def get_image(owner: Owner, image_id: UUID) -> ImageView:
    """One picture, with what it was made from."""
    return await run_db(lambda: view_image(find_image(owner, image_id)))


@router.delete("/api/images/{image_id}/", status_code=204, response_class=Response)
async def delete_image(owner: Owner, image_id: UUID) -> Response:
    """Delete a picture with its files."""
    await run_db(lambda: remove(find_image(owner, image_id)))
    return Response(status_code=204)


@router.get("/api/images/previews/{job_id}", response_class=Response, responses=_FILE)
async def image_preview(request: Request, owner: Owner, job_id: UUID) -> Response:
    """The picture that a job is making, small, as it is now; its address carries a tag that changes with it."""
    job, artifact = await run_db(lambda: find_artifact(owner, job_id, PREVIEW))
    return file_response(request, artifact, download_name(job.title, "-preview.png"), attachment=False)


def _file_name(image: GeneratedImage, key: str) -> str:
    """`a-cat-on-a-roof-3f2a9c01.png`: how the prompt begins, and what tells it from others of the same prompt."""
    words = _NOT_IN_NAMES.sub("-", image.prompt[:200]).strip("-")[:60].strip("-")
    small = "-thumbnail" if key == image.thumbnail else ""
    return f"{words or 'picture'}-{image.id.hex[:8]}{small}.{key.rpartition('.')[2]}"


@router.get("/media/{path:path}", response_class=Response, responses=_FILE)
@router.head("/media/{path:path}", include_in_schema=False)
async def media(request: Request, owner: Owner, path: str) -> Response:
    """A picture's file or its thumbnail; an address never gets another one, so it may be kept for ever."""
    if not request.scope["path"].endswith(path):  # the router overlooks a line break at the end
        raise NotFound("There is no such file.")
    key = f"media/{path}"
    image = await run_db(find_file, owner, key)
    content_type = CONTENT_TYPES[THUMBNAIL_TYPE] if key == image.thumbnail else image.content_type
    etag = f"{image.id.hex}{'-thumbnail' if key == image.thumbnail else ''}"
    return stored_file(request, key, content_type, _file_name(image, key), etag=etag, for_ever=True)
