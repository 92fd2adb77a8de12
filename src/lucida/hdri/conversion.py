"""Other forms of a finished panorama, made when somebody first asks for them.

`python -m lucida.hdri.conversion IN.exr OUT.hdr` is the child: an 8192×4096 panorama is 400 MB of floats, which the
server need not hold.
"""

from __future__ import annotations

import asyncio
import functools
import sys
from pathlib import Path
from uuid import UUID

from lucida.database import run_db
from lucida.errors import InternalError
from lucida.hdri.jobs import CONTENT_TYPES
from lucida.jobs.models import Artifact, Job
from lucida.storage.local import get_storage, make_key


@functools.lru_cache(maxsize=1024)
def _lock(job_id: UUID, name: str) -> asyncio.Lock:
    return asyncio.Lock()


async def converted(job: Job, source: Artifact, name: str) -> Artifact:
    """The artifact `name`, made from the panorama where it is not there yet; once, however many ask at once."""
    async with _lock(job.id, name):
        known = await run_db(Artifact.objects.filter(job=job, name=name).first)
        if known is not None:
            return known
        storage = get_storage()
        workspace = storage.workspace(f"{job.id}-{name}")
        made = workspace / name
        command = [sys.executable, "-m", "lucida.hdri.conversion", str(storage.path(source.key)), str(made)]
        child = await asyncio.create_subprocess_exec(*command)
        try:
            if await child.wait() != 0:
                raise InternalError("The file could not be converted; the log says why.")
        finally:
            if child.returncode is None:
                child.kill()
                await child.wait()

        def keep() -> Artifact:
            stored = storage.adopt(make_key("generations", str(job.id), name), made)
            workspace.rmdir()
            return Artifact.objects.create(
                job=job,
                name=name,
                key=stored.key,
                sha256=stored.sha256,
                size=stored.size,
                content_type=CONTENT_TYPES[name],
            )

        return await run_db(keep)


def main(source: Path, target: Path) -> None:
    """Convert by the target's suffix."""
    from lucida.imaging.exr import read_exr

    radiance, _ = read_exr(source)
    if target.suffix == ".hdr":
        from lucida.imaging.radiance_hdr import write_hdr

        write_hdr(target, radiance)
    else:
        from lucida.hdri.preview import write_backplate

        write_backplate(target, radiance)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
