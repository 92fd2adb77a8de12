"""The picture that a client's key pays for, painted before there is a job: the key is in no row, file or log."""

from __future__ import annotations

from typing import Any

from lucida.config import get_settings
from lucida.engines.painter.client_key import pictures_with
from lucida.engines.painter.picture import PictureRequest
from lucida.engines.progress import Progress
from lucida.pointcloud.asked import Asked
from lucida.pointcloud.files import png
from lucida.pointcloud.picture import size_of
from lucida.pointcloud.prompting import worded


def paint_with_key(key: str, asked: Asked, progress: Progress) -> tuple[bytes, dict[str, Any]]:
    """The picture as a PNG, and what the job is told of who painted it. Raises what the provider's refusal means."""
    model = get_settings().openai_model
    painter = pictures_with(key)
    width, height = size_of(asked, model)
    request = PictureRequest(worded(asked.prompt, asked.vibe, asked.mode), width=width, height=height)
    picture = painter.draw(request, progress, lambda preview: None)
    told = {
        "engine": painter.name,
        "licence": painter.licence,
        "reason": f"the key in the request; {model} painted it",
        "notes": list(picture.notes),
    }
    return png(picture.pixels), told
