"""A cloud that has to start anew: what was bought is not bought again, what was too large is made smaller."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image
from played import OPENAI, b64, picture_file, playing

from lucida.accounts.owner import local_user
from lucida.errors import Cancelled, OutOfMemory
from lucida.jobs.execution import execute
from lucida.jobs.lease import claim, worker_died
from lucida.jobs.models import Artifact, Job, Status
from lucida.jobs.running import RunningJob
from lucida.jobs.submission import submit
from lucida.pointcloud.asked import Asked
from lucida.pointcloud.jobs import KIND
from lucida.pointcloud.wire import read_cloud
from lucida.storage import get_storage
from lucida.storage.keys import make_key

pytestmark = pytest.mark.usefixtures("database")


class Dying(RunningJob):
    """A job whose worker dies as soon as the picture is there."""

    def progress(self, fraction: float, stage: str) -> None:
        if Artifact.objects.filter(job_id=self.id, name="image.png").exists():
            raise Cancelled("The worker dies here.")
        super().progress(fraction, stage)


class Full(RunningJob):
    """A job whose memory is full as soon as the picture is there."""

    def progress(self, fraction: float, stage: str) -> None:
        if Artifact.objects.filter(job_id=self.id, name="image.png").exists():
            raise OutOfMemory("The machine ran out of memory.")
        super().progress(fraction, stage)


def claimed() -> Job:
    Job.objects.update(not_before=None)  # a job that is tried again waits for seconds
    job = claim("w", ["cpu"])
    assert job is not None
    return job


def kept_of(job: Job) -> dict[str, Path]:
    return {each.name: get_storage().path(each.key) for each in Artifact.objects.filter(job=job)}


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
        bought = get_storage().read(Artifact.objects.get(job=first, name="image.png").key)
        assert worker_died(Job.objects.get(id=first.id))
        again = claimed()
        assert again.id == first.id
        execute(again, RunningJob(again))
        again.refresh_from_db()
        assert (again.status, again.engine) == (Status.DONE, "openai")
        assert len(openai.asked) == 1
        kept = kept_of(again)
        assert kept["image.png"].read_bytes() == bought
        cloud = read_cloud(kept["cloud.bin"].read_bytes())
        assert cloud.header["engines"]["image"]["name"] == "openai"
        assert len(cloud.points) == 1248 * 832  # the size in which the provider paints


def test_what_was_bought_stays_whole_until_its_smaller_points_are_there(setting: Callable[[str, object], None]) -> None:
    with playing() as openai:
        setting("OPENAI_BASE_URL", openai.base)
        setting("OPENAI_API_KEY", "sk-ours-0123456789abcdef")
        openai.answer(OPENAI, b64(picture_file(1248, 832)))
        asked = Asked(prompt="a lake", image_model="openai", width=96, height=64)
        submit(KIND, local_user(), params={"asked": asked.model_dump(mode="json")}, inputs={}, title="a lake")
        for shrink in (0, 1):
            job = claimed()
            assert job.shrink == shrink
            execute(job, Full(job))
            with Image.open(kept_of(job)["image.png"]) as picture:
                assert picture.size == (1248, 832)
        last = claimed()
        execute(last, RunningJob(last))
        last.refresh_from_db()
        assert (last.status, last.shrink, len(openai.asked)) == (Status.DONE, 2, 1)
    kept = kept_of(last)
    with Image.open(kept["image.png"]) as picture:
        assert picture.size == (312, 208)
    assert len(read_cloud(kept["cloud.bin"].read_bytes()).points) == 312 * 208
    notes = json.loads(kept["metadata.json"].read_bytes())["notes"]
    assert "The machine had too little memory for 1248x832; the picture was made 312x208." in notes


@pytest.mark.parametrize("came", [True, False])
def test_a_cloud_that_memory_did_not_hold_is_made_of_a_smaller_picture(came: bool) -> None:
    asked = Asked(prompt="a lake", width=128, height=64)
    inputs = (
        {"image": get_storage().write(make_key("project-uploads", "a" * 32, "image"), [picture_file(128, 64)]).key}
        if came
        else {}
    )
    submit(KIND, local_user(), params={"asked": asked.model_dump(mode="json")}, inputs=inputs, title="a lake")
    first = claimed()
    execute(first, Full(first))
    again = claimed()
    execute(again, RunningJob(again))
    again.refresh_from_db()
    assert (again.status, again.shrink) == (Status.DONE, 1)
    kept = kept_of(again)
    for name in ("image.png", "depth.png", "segments.png"):
        with Image.open(kept[name]) as picture:
            assert picture.size == (64, 64 if not came else 32)
    notes = json.loads(kept["metadata.json"].read_bytes())["notes"]
    assert any(note.startswith("The machine had too little memory for 128x64") for note in notes)
