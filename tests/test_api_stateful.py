"""Requests that follow from each other's answers, in any order: what was made is there, what was deleted is gone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from live_server import listening
from schemathesis.checks import CHECKS
from uploads import photo, upload

from lucida.jobs.lease import claim, finish
from lucida.jobs.models import Artifact, Job
from lucida.server import create_app
from lucida.storage import get_storage

pytestmark = pytest.mark.slow

# No worker runs here, so what answers only when a job ends would never answer.
WAIT = r"/events$|^/inference/"
# All checks that schemathesis has, but
LEFT_OUT = {
    # The description cannot say that a field of a form has to be a picture, nor all that a prompt may be.
    "positive_data_acceptance",
    # Numbers in a form are text, and a field that nobody knows or that is there twice is overlooked on purpose.
    "negative_data_rejection",
}
PHOTO = photo()


def finished_panorama(client: httpx.Client) -> None:
    """A job that is done, with a preview and no other file."""
    job_id = upload(client).json()["job_id"]
    stored = get_storage().write(f"generations/{job_id}/preview.jpg", [PHOTO])
    named = {"name": "preview.jpg", "key": stored.key, "sha256": stored.sha256, "content_type": "image/jpeg"}
    Artifact.objects.create(job_id=job_id, size=stored.size, **named)
    job = claim("w", ["cpu"])
    assert job is not None and str(job.id) == job_id
    assert finish(job.id, job.fence, {})


def test_requests_that_follow_from_each_other_find_no_fault(
    database: Path, setting: Callable[[str, object], None]
) -> None:
    setting("IMAGES_PER_HOUR", 0)
    setting("IMAGES_AT_ONCE", 0)
    setting("MAX_QUEUED_JOBS", 1_000_000)
    followed: Counter[tuple[str, int]] = Counter()
    with listening(create_app()) as address, httpx.Client(base_url=address, timeout=60) as client:
        described = schemathesis.openapi.from_url(f"{address}/openapi.json").exclude(path_regex=WAIT)
        checks = [CHECKS.get_one(name) for name in CHECKS.get_all_names() if name not in LEFT_OUT]

        class Client(described.as_state_machine()):  # type: ignore[misc]
            def setup(self) -> None:
                Job.objects.all().delete()
                finished_panorama(client)

            def before_call(self, case: schemathesis.Case) -> None:
                if case.path.startswith(("/v1/", "/generate")):  # nobody shall wait for pictures
                    case.headers["Prefer"] = "respond-async"
                if not isinstance(case.body, dict):
                    return
                if case.path in ("/api/upload", "/v1/images/edits", "/generate"):
                    case.body.update({field: PHOTO for field in ("file", "image") if field in case.body})
                if case.path in ("/v1/images/generations", "/generate") and len(case.body) % 2:
                    case.body = {"prompt": "a lake", **({"model": "draft"} if case.path.startswith("/v1/") else {})}

            def after_call(self, response: schemathesis.Response, case: schemathesis.Case) -> None:
                super().after_call(response, case)
                followed[case.operation.label, response.status_code] += 1
                if case.method == "DELETE" and response.status_code == 202:  # it has been cancelled
                    assert client.delete(case.formatted_path).status_code == 204

            def validate_response(self, response: schemathesis.Response, case: schemathesis.Case, **sent: Any) -> None:
                case.validate_response(response, checks=checks, transport_kwargs=sent, recorder=self.recorder)

        Client.run(
            settings=settings(
                max_examples=60,
                stateful_step_count=12,
                deadline=None,
                derandomize=True,
                suppress_health_check=list(HealthCheck),
                database=None,
            )
        )
    done = {"POST /api/upload": 200, "GET /api/result/{job_id}/preview": 200, "DELETE /api/jobs/{job_id}": 204}
    done |= {"POST /generate": 202, "POST /v1/images/generations": 202, "GET /api/jobs/{job_id}": 404}
    assert all(followed[step] for step in done.items()), followed
