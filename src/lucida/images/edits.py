"""`POST /v1/images/edits`: a picture, perhaps a mask, and words; as OpenAI's clients send them."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, File, Form, Header, Request, UploadFile
from starlette.responses import Response

from lucida.accounts.limits import check, images_allowance
from lucida.accounts.models import User
from lucida.accounts.owner import Owner
from lucida.database import run_db
from lucida.engines.painter.editing import choose_editor
from lucida.errors import BadParameter, TruncatedPhoto
from lucida.images.answering import RESPONSES, accept, answered, key_of
from lucida.images.asked import LARGEST, SMALLEST, Asked, asked, from_form, says_size
from lucida.jobs.accepted import Prefer
from lucida.jobs.models import Job
from lucida.jobs.submission import IdempotencyKey, check_room, earlier_job
from lucida.storage.base import Spooled
from lucida.storage.photo_check import CheckedPhoto, PhotoCheck
from lucida.storage.uploads import Uploads

router = APIRouter(tags=["images"])

_ENDPOINT = "image-edits"
_MEGAPIXELS = LARGEST**2 / 1e6
_ALIKE = 0.01  # how far the shapes of a picture and of the size asked for may differ


@router.post("/v1/images/edits", responses=RESPONSES)
async def edit(
    request: Request,
    owner: Owner,
    prompt: Annotated[str, Form(description="What the picture is to show.")],
    image: Annotated[list[UploadFile] | None, File(description="The picture.")] = None,
    images: Annotated[list[UploadFile] | None, File(alias="image[]", description="The same, as a list of one.")] = None,
    mask: Annotated[UploadFile | None, File(description="As large; what is transparent in it is changed.")] = None,
    model: Annotated[str | None, Form()] = None,
    n: Annotated[str | None, Form()] = None,
    size: Annotated[str | None, Form(description="auto, or another size of the same shape.")] = None,
    strength: Annotated[str | None, Form(description="0 to 1: how far what may change may change.")] = None,
    idempotency_key: Annotated[str | None, Header(description="The same key again is the same pictures.")] = None,
    prefer: Prefer = None,
) -> Response:
    """Change a picture by words, all of it or what a mask leaves open. Takes every field of generations, too."""
    form = await request.form()
    fields = {name: value for name, value in form.items() if isinstance(value, str)}
    wanted = asked(from_form(fields))
    choose_editor(wanted.model)
    pictures = [*(image or []), *(images or [])]
    if len(pictures) != 1:
        raise BadParameter(f"{len(pictures) or 'No'} pictures came; send one as image.", param="image")
    await run_db(check, owner, images_allowance())
    async with Uploads() as uploads:
        files = (("image", pictures[0]), ("mask", mask))
        received = {name: await uploads.receive(file.file, name) for name, file in files if file is not None}
        said = [fields, {name: each.sha256 for name, each in received.items()}]
        key = key_of(_ENDPOINT, idempotency_key, said)
        known = await run_db(_known_or_room, owner, key)
        if known is not None:
            job = known
        else:
            checked = {name: await _checked(request, name, each) for name, each in received.items()}
            wanted = _sized(wanted, says_size(fields), checked)
            job, new = await run_db(accept, owner, wanted, key, await uploads.store())
            if new:
                uploads.keep()
        wanted = Asked(**job.params)
    request.app.state.notify(job.queue)
    return await answered(request, owner, job, wanted, prefer, "edit")


def _known_or_room(owner: User, key: IdempotencyKey | None) -> Job | None:
    """The job that the same request made before; where there is none, QueueFull where no more may wait."""
    known = earlier_job(owner, key) if key else None
    if known is None:
        check_room(owner)
    return known


async def _checked(request: Request, name: str, received: Spooled) -> CheckedPhoto:
    """What came, decoded once in a child process; raises `BadPhoto` or `TruncatedPhoto`, which name the field."""
    if not received.size:
        raise TruncatedPhoto(f"The {name} is empty; send the picture itself.", param=name)
    check: PhotoCheck = request.app.state.photo_check
    return await check.in_turn(received.path, name, _MEGAPIXELS)


def _sized(wanted: Asked, other_size: bool, checked: dict[str, CheckedPhoto]) -> Asked:
    """The request with the size of its picture, unless another of the same shape was asked for."""
    picture, mask = checked["image"], checked.get("mask")
    if not all(SMALLEST <= side <= LARGEST for side in (picture.width, picture.height)):
        raise BadParameter(
            f"The picture is {picture.width} × {picture.height} pixels; a side may have {SMALLEST} to {LARGEST}.",
            param="image",
        )
    if mask is not None and (mask.width, mask.height) != (picture.width, picture.height):
        raise BadParameter(
            f"The mask is {mask.width} × {mask.height} pixels and the picture {picture.width} × {picture.height}; "
            "send a mask of the picture's size.",
            param="mask",
        )
    if mask is not None and not mask.transparent:
        raise BadParameter(
            "The mask is transparent nowhere; make it a PNG that is transparent where the picture is to change.",
            param="mask",
        )
    if not other_size:
        return wanted.of_size(picture.width, picture.height)
    shape, asked_for = picture.width / picture.height, wanted.width / wanted.height
    if abs(shape / asked_for - 1) > _ALIKE:
        raise BadParameter(
            f"The picture is {picture.width} × {picture.height} pixels; send size auto, or one of the same shape.",
            param="size",
        )
    return wanted
