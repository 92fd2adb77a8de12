"""A job's results over HTTP: ranges, validators, and a name a person recognises."""

from __future__ import annotations

import re
from pathlib import PurePosixPath, PureWindowsPath
from typing import Literal
from urllib.parse import quote
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response

from lucida.accounts.models import User
from lucida.errors import NotFound, NotReady
from lucida.jobs.models import Artifact, Job
from lucida.jobs.running import version_tag
from lucida.jobs.submission import find_job
from lucida.storage import get_storage

_YEAR = 31_536_000
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_SEPARATORS = re.compile(r'[\s/\\:*?"<>|]+')


def plain_name(name: str | None, otherwise: str = "photo") -> str:
    """The last part of an uploaded file's name, without what no file system takes; at most 200 characters."""
    last = PureWindowsPath(PurePosixPath(_CONTROL.sub("", name or "")).name).name
    return last.strip(" .")[-200:] or otherwise


def download_name(title: str, suffix: str) -> str:
    """`IMG_0042.HEIC` with `-panorama.exr` is `IMG_0042-panorama.exr`."""
    stem = PurePosixPath(plain_name(title, "lucida")).stem
    return f"{_SEPARATORS.sub('_', stem)[:100]}{suffix}"


def find_artifact(owner: User, job_id: UUID, *names: str) -> tuple[Job, Artifact]:
    """The owner's job and the first of its artifacts of these names.

    Errors: NotFound; NotReady while the job may still make it, and the job's own reason once it cannot.
    """
    job = find_job(owner, job_id)
    found = {artifact.name: artifact for artifact in Artifact.objects.filter(job=job, name__in=names)}
    for name in names:
        if name in found:
            return job, found[name]
    if job.status == "error":
        raise NotReady(f"The job made no such file, for it failed: {job.error_message}")
    if job.finished:
        raise NotFound("The job made no such file.")
    raise NotReady("The job has not made this yet; ask again when it is done.")


def file_response(request: Request, artifact: Artifact, filename: str, *, attachment: bool) -> Response:
    """Send an artifact; an address with its version tag may be kept for ever, any other is asked for anew.

    NotFound where the file has gone with its job since its row was read.
    """
    return stored_file(
        request,
        artifact.key,
        artifact.content_type,
        filename,
        etag=artifact.sha256[:32],
        for_ever=request.query_params.get("v") == version_tag(artifact.sha256),
        attachment=attachment,
    )


def has_copy(request: Request, etag: str) -> bool:
    """Whether the client says that it has what this quoted tag stands for (RFC 9110, 13.1.2)."""
    known = [tag.strip().removeprefix("W/") for tag in request.headers.get("if-none-match", "").split(",")]
    return request.method in ("GET", "HEAD") and (etag in known or "*" in known)


def disposition(kind: Literal["inline", "attachment"], filename: str) -> str:
    """A `Content-Disposition`, with the name under which a browser saves the file (RFC 6266)."""
    plain = quote(filename)
    return f'{kind}; filename="{filename}"' if plain == filename else f"{kind}; filename*=utf-8''{plain}"


def stored_file(
    request: Request, key: str, content_type: str, filename: str, *, etag: str, for_ever: bool, attachment: bool = False
) -> Response:
    """Send a stored file, or say that the client's copy is good; `for_ever` where the address never gets another one.

    NotFound where the file has gone since its row was read.
    """
    headers = {
        "ETag": f'"{etag}"',
        "Cache-Control": f"private, max-age={_YEAR}, immutable" if for_ever else "private, no-cache",
        "X-Content-Type-Options": "nosniff",
        "Content-Disposition": disposition("attachment" if attachment else "inline", filename),
    }
    if has_copy(request, headers["ETag"]):
        return Response(status_code=304, headers=headers)
    return get_storage().response(key, content_type, headers)
