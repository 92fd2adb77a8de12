"""Keeps pictures and lets them go: files first and the row last, and the other way round."""

from __future__ import annotations

import logging
import unicodedata
import uuid
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any
from uuid import UUID

import numpy as np
from django.db import Error, transaction
from django.utils import timezone
from numpy.typing import NDArray

from lucida.accounts.models import User
from lucida.config import get_settings
from lucida.errors import NotFound
from lucida.images.files import QUALITY, THUMBNAIL_TYPE, PictureFormat, encode, thumbnail
from lucida.images.infotext import plain_text, write_infotext
from lucida.images.models import GeneratedImage
from lucida.jobs.models import Job
from lucida.storage import get_storage
from lucida.storage.base import Stored
from lucida.storage.keys import checked_key, own_key

log = logging.getLogger("lucida.images")


def folded(text: str) -> str:
    """The text as it is searched: without case, and letters with accents in one form."""
    return unicodedata.normalize("NFC", plain_text(text).casefold())


def _written(write: Callable[[], GeneratedImage]) -> GeneratedImage:
    with transaction.atomic():
        return write()


def keep(
    owner: User,
    pixels: NDArray[np.uint8],
    *,
    prompt: str,
    negative_prompt: str,
    model: str,
    parameters: Mapping[str, Any],
    generation_time: float,
    format: PictureFormat = "png",
    quality: int = QUALITY,
    job: Job | None = None,
    store: Callable[[str, Sequence[bytes]], Stored] | None = None,
    written: Callable[[Callable[[], GeneratedImage]], GeneratedImage] = _written,
) -> GeneratedImage:
    """Keep a picture, uint8 sRGB (H, W, 3), its thumbnail and what it was made from; `generation_time` in seconds.

    `parameters` are in snake case, the seed among them, and get the encoder's `notes` where it has any. `store` writes
    a file and `written` calls what writes the row, as a `RunningJob` does them. What a fault or a kill leaves without a
    row is taken by the sweeper.

    Errors: PictureTooLarge, StorageFull, StorageUnavailable.
    """
    image_id = uuid.uuid4()
    prompt, negative_prompt, model = plain_text(prompt), plain_text(negative_prompt), plain_text(model)
    parameters = {name: plain_text(value) if isinstance(value, str) else value for name, value in parameters.items()}
    height, width = pixels.shape[:2]
    text = write_infotext(prompt, negative_prompt, parameters, model=model, width=width, height=height)
    encoded = encode(pixels, text, format=format, quality=quality, limit=get_settings().max_image_file_size)
    notes = [*parameters.get("notes", ()), *encoded.notes]
    month = f"{timezone.now():%Y/%m}"
    image_key = own_key("media", f"generated_images/{month}", image_id, encoded.suffix)
    thumbnail_key = own_key("media", f"thumbnails/{month}", image_id, THUMBNAIL_TYPE)
    store = store or get_storage().write
    kept = False
    try:
        stored = store(image_key, [encoded.content])
        store(thumbnail_key, [thumbnail(pixels)])
        columns = {
            "user": owner,
            "job": job,
            "prompt": prompt,
            "negative_prompt": negative_prompt,
            "searched": folded(f"{prompt}\n{negative_prompt}"),
            "model_used": model,
            "parameters": {**parameters, "notes": notes} if notes else parameters,
            "image": image_key,
            "thumbnail": thumbnail_key,
            "content_type": encoded.content_type,
            "width": width,
            "height": height,
            "file_size": stored.size,
            "generation_time": generation_time,
        }
        image = written(lambda: GeneratedImage.objects.get_or_create(id=image_id, defaults=columns)[0])
        kept = True
        return image
    finally:
        if not kept:
            _take_back(image_id, image_key, thumbnail_key)


def _take_back(image_id: UUID, *keys: str) -> None:
    """Delete the files of a picture that has no row. One that cannot be looked for may be there: its files stay."""
    try:
        there = GeneratedImage.objects.filter(id=image_id).exists()
    except Error as error:
        log.warning("picture %s: whether it was kept is not known, its files stay: %s", image_id, error)
        return
    if not there:
        get_storage().discard(*keys)


def find_image(owner: User, image_id: UUID) -> GeneratedImage:
    """The owner's picture; NotFound where it is somebody else's, too."""
    image = GeneratedImage.objects.filter(user=owner, id=image_id).first()
    if image is None:
        raise NotFound("There is no such picture.")
    return image


def find_file(owner: User, key: str) -> GeneratedImage:
    """The owner's picture that has this file; NotFound for any other key, and for what is none."""
    checked_key(key)
    # One look-up for each index, for few databases use two at once.
    mine = GeneratedImage.objects.filter(user=owner)
    image = mine.filter(image=key).first() or mine.filter(thumbnail=key).first()
    if image is None:
        raise NotFound("There is no such file.")
    return image


def remove(image: GeneratedImage) -> None:
    """Delete the row, and the files once that is certain: what a kill leaves between the two, the sweeper takes.

    Errors: NotFound where somebody else has removed it first.
    """
    deleted, _ = GeneratedImage.objects.filter(id=image.id).delete()
    if not deleted:
        raise NotFound("There is no such picture.")
    transaction.on_commit(partial(get_storage().discard, image.image, image.thumbnail))
