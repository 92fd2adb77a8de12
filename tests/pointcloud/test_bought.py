"""A picture that a provider painted is not bought again when its job has to start anew."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from played import OPENAI, b64, picture_file, playing

from lucida.accounts.owner import local_user
from lucida.errors import Cancelled
from lucida.jobs.execution import execute
from lucida.jobs.lease import claim, worker_died
from lucida.jobs.models import Artifact, Job, Status
from lucida.jobs.running import RunningJob
from lucida.jobs.submission import submit
from lucida.pointcloud.asked import Asked
from lucida.pointcloud.jobs import KIND
from lucida.pointcloud.wire import read_cloud
from lucida.storage.local import get_storage

pytestmark = pytest.mark.usefixtures("database")


class Dying(RunningJob):
    """A job whose worker dies as soon as the picture is there."""

    def progress(self, fraction: float, stage: str) -> None:
        if Artifact.objects.filter(job_id=self.id, name="image.png").exists():
            raise Cancelled("The worker dies here.")
        super().progress(fraction, stage)


def claimed() -> Job:
    job = claim("w", ["default"])
    assert job is not None
    return job


def test_a_provider_is_asked_once_though_the_job_begins_twice(setting: Callable[[str, object], None]) -> None:
    with playing() as openai:
        setting("OPENAI_BASE_URL", openai.base)
        setting("OPENAI_API_KEY", "sk-ours-0123456789abcdef")
        openai.answer(OPENAI, b64(picture_file(96, 64)))
        asked = Asked(prompt="a lake", image_model="openai", width=96, height=64)
        submit(KIND, local_user(), params={"asked": asked.model_dump(mode="json")}, inputs={}, title="a lake")
        first = claimed()
        with pytest.raises(Cancelled):
            from lucida.pointcloud.jobs import run

            run(Dying(first))
        bought = get_storage().path(Artifact.objects.get(job=first, name="image.png").key).read_bytes()
        assert worker_died(Job.objects.get(id=first.id))
        again = claimed()
        assert again.id == first.id
        execute(again, RunningJob(again))
        again.refresh_from_db()
        assert (again.status, again.engine) == (Status.DONE, "openai")
        assert len(openai.asked) == 1
        kept = {artifact.name: get_storage().path(artifact.key) for artifact in Artifact.objects.filter(job=again)}
        assert kept["image.png"].read_bytes() == bought
        cloud = read_cloud(kept["cloud.bin"].read_bytes())
        assert cloud.header["engines"]["image"]["name"] == "openai"
        assert len(cloud.points) == 1248 * 832  # the size in which the provider paints
