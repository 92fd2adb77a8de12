"""A point cloud as a job: the picture first, then what is seen in it, then the points."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lucida.database import insistently
from lucida.errors import LucidaError
from lucida.jobs.kinds import register
from lucida.pointcloud.asked import Asked

if TYPE_CHECKING:
    from lucida.engines.depth import DepthChoice
    from lucida.engines.segmentation import SegmentationChoice
    from lucida.jobs.models import Job
    from lucida.jobs.running import RunningJob
    from lucida.pointcloud.picture import Source

KIND = "cloud"
PICTURE = "image"  # of the request, or painted with the client's key before the job was made


def asset_url(job_id: object, name: str, tag: str = "") -> str:
    """Where a file of a generation is."""
    return f"/generations/{job_id}/{name}{f'?v={tag}' if tag else ''}"


def _links(job: Job, tags: Mapping[str, str]) -> dict[str, str | None]:
    from lucida.pointcloud.files import IMAGE

    return {"preview_url": asset_url(job.id, IMAGE, tags[IMAGE]) if IMAGE in tags else None}


def run(job: RunningJob) -> dict[str, Any]:
    """Picture, depth and things, points; the picture is kept and shown as soon as it is there, the metadata last."""
    from lucida.pointcloud.files import CLOUD, CONTENT_TYPES, IMAGE, METADATA, metadata_json, pictures_of, png
    from lucida.pointcloud.generation import generated
    from lucida.storage.photo_check import decode_apart

    def show(source: Source) -> None:
        job.describe(engine=source.engine, reason=source.reason, licence=source.licence)
        tag = job.artifact(IMAGE, png(source.pixels), CONTENT_TYPES[IMAGE])
        job.event("preview", {"preview_url": asset_url(job.id, IMAGE, tag)})

    image = job.input_path(PICTURE) if PICTURE in job.row.inputs else None
    painted = job.params.get("painted")
    if image is None and (earlier := _bought(job)) is not None:
        image, painted = earlier
    generation = generated(
        Asked(**job.params["asked"]),
        job.seed,
        str(job.id),
        job.progress,
        image=image,
        painted=painted,
        pictured=show,
        shrink=job.shrink,
        decode=decode_apart,
    )
    for name, content in pictures_of(generation.kept).items():
        if name != IMAGE or job.shrink:  # else it is there
            job.artifact(name, content, CONTENT_TYPES[name])
    job.artifact(CLOUD, bytes(generation.cloud), CONTENT_TYPES[CLOUD])
    job.artifact(METADATA, metadata_json(generation.metadata), CONTENT_TYPES[METADATA])
    return {"generation_url": f"/generations/{job.id}"}


def _bought(job: RunningJob) -> tuple[Path, dict[str, Any]] | None:
    """The picture that a provider painted for an earlier try: again it would cost again, and be another one."""
    from lucida.jobs.models import Artifact
    from lucida.pointcloud.files import IMAGE
    from lucida.pointcloud.picture import REMOTE_PAINTERS

    kept = insistently(Artifact.objects.filter(job_id=job.id, name=IMAGE).first)
    if kept is None or job.row.engine not in REMOTE_PAINTERS:
        return None
    by = {"engine": job.row.engine, "licence": job.row.engine_licence, "reason": job.row.engine_reason}
    return job.fetch(kept.key), {**by, "notes": ["It was painted in an earlier try."], "ms": 0}


def _queue(params: Mapping[str, Any], inputs: Collection[str]) -> str:
    """Depth and things are told here, whoever paints."""
    from lucida.engines.depth import choose_depth
    from lucida.engines.painter import choose_picture_painter
    from lucida.engines.resource import resource_of
    from lucida.engines.segmentation import choose_segmentation

    asked = Asked(**params.get("asked", {}))
    engines = [choose_depth(asked.depth_model or "auto").name, choose_segmentation(asked.seg_model or "auto").name]
    if PICTURE not in inputs:
        engines.append(choose_picture_painter(asked.image_model).name)
    return resource_of(*engines)


def _warm(queues: Collection[str]) -> None:
    """Compile what clouds are made with, where set-up has not."""
    from lucida.imaging.kernels import compile_kernels

    compile_kernels("lucida.pointcloud.pipeline", "lucida.pointcloud.cloud", "lucida.engines.depth.draft")


def _offered(name: str, choose: Callable[[str], DepthChoice | SegmentationChoice]) -> dict[str, Any]:
    """An engine as `/health` lists it: what it is, whether it may be asked for and, where not, why not."""
    try:
        choice = choose(name)
    except LucidaError as error:
        return {"name": name, "available": False, "reason": error.message, "licence": None, "engine": None}
    told = {"reason": choice.reason, "licence": choice.licence, "engine": choice.name}
    return {"name": name, "available": True, **told}


def _engines() -> dict[str, Any]:
    from lucida.config import get_settings
    from lucida.engines.depth import DEPTH_ENGINES, choose_depth
    from lucida.engines.loaded import loaded_names
    from lucida.engines.segmentation import SEGMENTATION_ENGINES, choose_segmentation

    settings = get_settings()
    known = (
        ("depth", settings.depth_model, DEPTH_ENGINES, choose_depth),
        ("segmentation", settings.seg_model, SEGMENTATION_ENGINES, choose_segmentation),
    )
    engines: dict[str, Any] = {"loaded": loaded_names()}
    for engine, usual, names, choose in known:
        chosen = _offered(usual, choose)
        choices = [_offered(name, choose) for name in names]
        engines[engine] = {**chosen, "name": chosen["engine"] or usual, "choices": choices}
    return engines


register(KIND, run, _queue, links=_links, warm=_warm, engines=_engines)
