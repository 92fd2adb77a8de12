"""The panorama as a job: runs the pipeline, tells of it, keeps what it makes."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Any

from lucida.errors import LucidaError
from lucida.jobs.kinds import register

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from lucida.jobs.models import Job
    from lucida.jobs.running import RunningJob

KIND = "hdri"
SMALLEST_WIDTH, LARGEST_WIDTH = 256, 16384  # of a panorama, in pixels
EXR, HDR, PREVIEW, REPORT = "panorama.exr", "panorama.hdr", "preview.jpg", "report.json"
BACKPLATE_JPEG, BACKPLATE_PNG, LIGHT = "backplate.jpg", "backplate.png", "light.hdr"
CONTENT_TYPES = {
    EXR: "image/x-exr",
    HDR: "image/vnd.radiance",
    PREVIEW: "image/jpeg",
    REPORT: "application/json",
    BACKPLATE_JPEG: "image/jpeg",
    BACKPLATE_PNG: "image/png",
    LIGHT: "image/vnd.radiance",
}


def preview_url(job_id: object, tag: str) -> str:
    """Where a version of the preview is."""
    return f"/api/result/{job_id}/preview?v={tag}"


def hdr_url(job_id: object) -> str:
    """Where the panorama is."""
    return f"/api/result/{job_id}/hdr"


def _links(job: Job, tags: Mapping[str, str]) -> dict[str, str | None]:
    return {
        "preview_url": preview_url(job.id, tags[PREVIEW]) if PREVIEW in tags else None,
        "hdr_url": hdr_url(job.id) if EXR in tags and job.status == "done" else None,
    }


def run(job: RunningJob) -> dict[str, Any]:
    """Photo in, panorama out; each better preview is told of as it comes."""
    from lucida.engines.painter import choose_painter
    from lucida.hdri.adjustment import Adjustment
    from lucida.hdri.pipeline import photo_to_panorama
    from lucida.storage.photo_check import decode_apart

    choice = choose_painter(job.params["engine"])
    job.describe(engine=choice.name, reason=choice.reason, licence=choice.licence)

    def show(preview: NDArray[np.uint8] | bytes) -> None:
        tag = job.artifact(PREVIEW, _jpeg(preview), CONTENT_TYPES[PREVIEW])
        job.event("preview", {"preview_url": preview_url(job.id, tag)})

    panorama = photo_to_panorama(
        job.input_path("photo"),
        width=max(SMALLEST_WIDTH, (job.params["width"] >> job.shrink) // 4 * 4),
        scene=job.params["scene_type"],
        engine=job.params["engine"],
        seed=job.seed,
        pitch=job.params.get("pitch"),
        roll=job.params.get("roll"),
        adjustment=Adjustment.parse(job.params.get("adjustment")),
        progress=job.progress,
        preview=show,
        decode=decode_apart,
    )
    for name, save in panorama.files().items():
        if name == BACKPLATE_PNG:  # large, slow and seldom wanted: made from the panorama when it is
            continue
        path = job.workspace / name
        save(path)
        job.artifact(name, path, CONTENT_TYPES[name])
    report = dict(panorama.report)
    if job.shrink:
        report["notes"] = [*report.get("notes", []), "The machine had too little memory for the size asked for."]
    job.artifact(REPORT, json.dumps(report, indent=1).encode(), CONTENT_TYPES[REPORT])
    tag = job.artifact(PREVIEW, _jpeg(panorama.preview), CONTENT_TYPES[PREVIEW])
    return {"hdr_url": hdr_url(job.id), "preview_url": preview_url(job.id, tag)}


def _jpeg(preview: NDArray[np.uint8] | bytes) -> bytes:
    if isinstance(preview, bytes):
        return preview
    import io

    from PIL import Image

    file = io.BytesIO()
    Image.fromarray(preview).save(file, "JPEG", quality=90)
    return file.getvalue()


def _queue(params: Mapping[str, Any], inputs: Collection[str]) -> str:
    from lucida.engines.painter import choose_painter
    from lucida.engines.resource import resource_of

    return resource_of(choose_painter(params.get("engine", "auto")).name)


def _warm(queues: Collection[str]) -> None:
    """Load the pipeline and the painter, and compile their kernels where set-up has not. Raises `ModelUnavailable`."""
    from lucida.config import get_settings
    from lucida.engines.painter import choose_painter
    from lucida.engines.resource import resource_of
    from lucida.imaging.kernels import compile_kernels

    compile_kernels("lucida.hdri.pipeline", "lucida.engines.painter.draft")
    choice = choose_painter(get_settings().painter)
    if resource_of(choice.name) in queues:
        choice.load()


def offer(name: str) -> dict[str, Any]:
    """A painter as `/health` lists it: whether it may be asked for and, where not, why not."""
    from lucida.engines.painter import choose_painter

    try:
        choice = choose_painter(name)
    except LucidaError as error:
        return {"name": name, "available": False, "reason": error.message, "licence": None}
    return {"name": name, "available": True, "reason": choice.reason, "licence": choice.licence}


def _engines() -> dict[str, Any]:
    from lucida.config import get_settings
    from lucida.engines.painter import PAINTERS, choose_painter

    choice = choose_painter(get_settings().painter)
    choices = [offer(name) for name in PAINTERS]
    painter = {"name": choice.name, "reason": choice.reason, "licence": choice.licence, "choices": choices}
    return {"painter": painter}


register(KIND, run, _queue, links=_links, warm=_warm, engines=_engines)
