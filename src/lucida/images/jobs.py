"""Pictures from words, and changes to one, as a job: one after the other, each kept as soon as it is done."""

from __future__ import annotations

import io
import time
from collections.abc import Collection, Mapping
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any

from lucida.database import insistently
from lucida.images.asked import UINT32, Asked
from lucida.jobs.kinds import register

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from lucida.images.pipeline import Original
    from lucida.jobs.models import Job
    from lucida.jobs.running import RunningJob

KIND = "image"
PREVIEW = "preview.png"
PREVIEW_SECONDS = 0.25  # from one to the next, at least: each is a file


def params_of(asked: Asked) -> dict[str, Any]:
    """What a job keeps of a request."""
    return asdict(asked)


def preview_url(job_id: object, tag: str) -> str:
    """Where a version of the picture that is being made is."""
    return f"/api/images/previews/{job_id}?v={tag}"


def _links(job: Job, tags: Mapping[str, str]) -> dict[str, str | None]:
    return {"preview_url": preview_url(job.id, tags[PREVIEW]) if PREVIEW in tags else None}


def run(job: RunningJob) -> dict[str, Any]:
    """The pictures; what an earlier try has kept is not painted again."""
    from lucida.engines.painter.editing import choose_editor
    from lucida.images.keeping import keep
    from lucida.images.models import GeneratedImage
    from lucida.images.pipeline import edit, paint, painter_for

    asked = Asked(**job.params)
    edits = "image" in job.row.inputs
    choice = choose_editor(asked.model) if edits else painter_for(asked)
    job.describe(engine=choice.name, reason=choice.reason, licence=choice.licence)
    earlier = insistently(list, GeneratedImage.objects.filter(job_id=job.id))
    kept = {image.parameters["seed"]: image for image in earlier}
    owner = insistently(lambda: job.row.owner)

    original = _original(job, asked) if edits else None
    shown = -PREVIEW_SECONDS

    def show(picture: NDArray[np.uint8]) -> None:
        nonlocal shown
        if time.monotonic() - shown < PREVIEW_SECONDS:
            return
        shown = time.monotonic()
        tag = job.artifact(PREVIEW, _png(picture), "image/png")
        job.event("preview", {"preview_url": preview_url(job.id, tag)})

    for turn in range(asked.count):
        seed = (job.seed + turn) % UINT32
        if seed in kept:
            continue

        def tell(fraction: float, stage: str, turn: int = turn) -> None:
            job.progress((turn + fraction) / asked.count, stage)

        one = replace(asked, count=1)
        if original is not None:
            pictures = edit(one, original, seed, progress=tell, preview=show)
        else:
            pictures = paint(one, seed, progress=tell, preview=show)
        for painted in pictures:
            if painted.model != choice.name:  # it was passed on
                job.describe(engine=painted.model, reason=painted.reason, licence=painted.licence)
            kept[seed] = keep(
                owner,
                painted.picture.pixels,
                prompt=asked.prompt,
                negative_prompt=asked.negative_prompt,
                model=painted.model,
                parameters={
                    **painted.parameters,
                    "engine_reason": painted.reason,
                    "licence": painted.licence,
                    "notes": list(painted.picture.notes),
                },
                generation_time=painted.seconds,
                format=asked.output_format,
                quality=asked.output_compression,
                job=job.row,
                store=job.store,
                written=job.written,
            )
    return {"images": [str(kept[(job.seed + turn) % UINT32].id) for turn in range(asked.count)]}


def _original(job: RunningJob, asked: Asked) -> Original:
    """The picture that is to be changed."""
    from lucida.images.pipeline import prepare
    from lucida.imaging.screen import read_picture
    from lucida.storage.photo_check import decode_apart

    picture = read_picture(decode_apart(job.input_path("image")))
    mask = None
    if "mask" in job.row.inputs:
        mask = read_picture(decode_apart(job.input_path("mask"))).alpha
    return prepare(asked, picture, mask, job.seed, lambda fraction, stage: job.progress(0.0, stage))


def _png(picture: NDArray[np.uint8]) -> bytes:
    from PIL import Image

    file = io.BytesIO()
    Image.fromarray(picture).save(file, "PNG")
    return file.getvalue()


def _queue(params: Mapping[str, Any], inputs: Collection[str]) -> str:
    from lucida.engines.painter.editing import choose_editor
    from lucida.engines.resource import resource_of
    from lucida.images.pipeline import painter_for

    asked = Asked(**params)
    return resource_of((choose_editor(asked.model) if "image" in inputs else painter_for(asked)).name)


def _warm(queues: Collection[str]) -> None:
    """Compile what the draft's pictures are drawn and changed with, where set-up has not."""
    from lucida.imaging.kernels import compile_kernels

    compile_kernels("lucida.engines.painter.scene.draft", "lucida.engines.painter.completion")


register(KIND, run, _queue, links=_links, warm=_warm)
