from __future__ import annotations

import json

import pytest
from uploads import photo

from lucida.accounts.owner import local_user
from lucida.jobs.execution import execute
from lucida.jobs.lease import claim
from lucida.jobs.models import Artifact, Job, Status
from lucida.jobs.running import RunningJob
from lucida.jobs.submission import submit
from lucida.storage import get_storage

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("database")]


@pytest.mark.parametrize(("width", "shrink", "made"), [(516, 1, 256), (300, 2, 256)])
def test_a_job_that_ran_out_of_memory_is_made_smaller_and_says_so(width: int, shrink: int, made: int) -> None:
    stored = get_storage().write("project-uploads/p/photo", [photo()])
    params = {"scene_type": "auto", "engine": "auto", "width": width}
    submit("hdri", local_user(), params=params, inputs={"photo": stored.key})
    Job.objects.update(shrink=shrink)
    job = claim("w", ["cpu"])
    assert job is not None
    execute(job, RunningJob(job))
    job.refresh_from_db()
    assert (job.status, job.error_message) == (Status.DONE, "")
    report = json.loads(get_storage().read(Artifact.objects.get(job=job, name="report.json").key))
    assert report["size"] == [made, made // 2]
    assert "too little memory" in report["notes"][-1]
