"""Other forms of a finished panorama, made when somebody first asks for them."""

from __future__ import annotations

import asyncio
import functools
import shutil
import subprocess
import sys
from pathlib import Path
from uuid import UUID

import anyio.to_thread

from lucida.database import run_db
from lucida.errors import InternalError, StorageFull
from lucida.hdri.jobs import CONTENT_TYPES
from lucida.jobs.models import Artifact, Job
from lucida.storage import get_storage
from lucida.storage.keys import make_key

_SECONDS = 300.0


@functools.lru_cache(maxsize=1024)
def _lock(job_id: UUID, name: str) -> asyncio.Lock:
    return asyncio.Lock()


async def converted(job: Job, source: Artifact, name: str) -> Artifact:
    """The artifact `name`, made from the panorama where it is not there yet; once, however many ask at once."""
    async with _lock(job.id, name):
        known = await run_db(Artifact.objects.filter(job=job, name=name).first)
        if known is not None:
            return known
        workspace = get_storage().workspace(f"{job.id}-{name}")
        try:
            made = workspace / name
            panorama = await anyio.to_thread.run_sync(get_storage().fetch, source.key, workspace)
            await anyio.to_thread.run_sync(_convert, panorama, made)
            return await run_db(_keep, job, made)
        finally:
            shutil.rmtree(workspace, ignore_errors=True)


def _convert(source: Path, target: Path) -> None:
    """In a child: an 8192×4096 panorama is 400 MB of floats, which the server need not hold."""
    command = [sys.executable, "-m", "lucida.hdri.convert", str(source), str(target)]
    told = subprocess.run(command, timeout=_SECONDS, check=False)
    if told.returncode == 0:
        return
    if get_storage().free_bytes() < 1 << 20:
        raise StorageFull
    raise InternalError("The file could not be converted; the log says why.")


def _keep(job: Job, made: Path) -> Artifact:
    stored = get_storage().adopt(make_key("generations", str(job.id), made.name), made)
    return Artifact.objects.create(
        job=job,
        name=made.name,
        key=stored.key,
        sha256=stored.sha256,
        size=stored.size,
        content_type=CONTENT_TYPES[made.name],
    )
