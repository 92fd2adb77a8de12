from __future__ import annotations

import threading
import uuid
from collections.abc import Callable

import pytest

from lucida.accounts.models import User
from lucida.accounts.owner import local_user
from lucida.database import closing_connections
from lucida.errors import Conflict, KeyReused, NotFound, QueueFull
from lucida.jobs.events import events_after
from lucida.jobs.lease import claim, finish
from lucida.jobs.models import Artifact, Job, JobEvent, Status
from lucida.jobs.submission import IdempotencyKey, cancel, delete, find_job, seed_of, submit
from lucida.storage import get_storage

pytestmark = pytest.mark.usefixtures("database")


def test_an_accepted_job_has_its_seed_and_its_first_event() -> None:
    job, new = submit("hashing", local_user(), params={"a": 1}, inputs={}, title="IMG_1.HEIC")
    assert new
    assert job.seed == seed_of(job.id)
    assert 0 <= job.seed < 2**32
    assert events_after(job.id, 0) == [{"event": "status", "seq": 1, "stage": "Waiting", "progress": 0.0}]


def test_the_seed_follows_from_the_id_alone() -> None:
    assert seed_of(uuid.UUID(int=7)) == seed_of(uuid.UUID(int=7)) != seed_of(uuid.UUID(int=8))


def test_the_same_key_is_the_same_job_and_another_request_under_it_is_refused() -> None:
    owner = local_user()
    key = IdempotencyKey("upload", "k", "hash")
    first, new = submit("hashing", owner, params={}, inputs={}, idempotency=key)
    again, new_again = submit("hashing", owner, params={}, inputs={}, idempotency=key)
    assert (new, new_again, again.id) == (True, False, first.id)
    with pytest.raises(KeyReused):
        submit("hashing", owner, params={}, inputs={}, idempotency=IdempotencyKey("upload", "k", "other"))
    elsewhere, _ = submit("hashing", owner, params={}, inputs={}, idempotency=IdempotencyKey("adjust", "k", "hash"))
    of_another, _ = submit("hashing", User.objects.create(username="b"), params={}, inputs={}, idempotency=key)
    assert len({first.id, elsewhere.id, of_another.id}) == 3


def test_the_same_key_at_once_makes_one_job() -> None:
    owner = local_user()
    key = IdempotencyKey("upload", "k", "hash")
    made: list[tuple[uuid.UUID, bool]] = []
    start = threading.Barrier(6)

    @closing_connections
    def send() -> None:
        start.wait()
        job, new = submit("hashing", owner, params={}, inputs={}, idempotency=key)
        made.append((job.id, new))

    threads = [threading.Thread(target=send) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({job_id for job_id, _ in made}) == 1
    assert sorted(new for _, new in made) == [False] * 5 + [True]


def test_a_full_queue_says_so(setting: Callable[[str, object], None]) -> None:
    setting("MAX_QUEUED_JOBS", 2)
    for _ in range(2):
        submit("hashing", local_user(), params={}, inputs={})
    with pytest.raises(QueueFull, match="2 jobs are waiting"):
        submit("hashing", local_user(), params={}, inputs={})
    assert Job.objects.count() == 2


def test_cancelling_a_waiting_job_ends_it_at_once() -> None:
    owner = local_user()
    job, _ = submit("hashing", owner, params={}, inputs={})
    assert cancel(owner, job.id).status == Status.CANCELLED
    assert events_after(job.id, 1) == [
        {"event": "error", "seq": 2, "message": "The job was cancelled.", "code": "cancelled"}
    ]
    with pytest.raises(Conflict):
        cancel(owner, job.id)


def test_cancelling_a_running_job_asks_its_worker() -> None:
    owner = local_user()
    job, _ = submit("hashing", owner, params={}, inputs={})
    claim("w", ["tests"])
    row = cancel(owner, job.id)
    assert row.status == Status.PROCESSING
    asked_at = row.cancel_requested_at
    assert asked_at is not None
    assert cancel(owner, job.id).cancel_requested_at == asked_at


def test_a_deleted_job_takes_its_files_along_but_not_those_another_job_reads() -> None:
    owner = local_user()
    storage = get_storage()
    photo = storage.write("project-uploads/p/photo", [b"photo"])
    job, _ = submit("hashing", owner, params={}, inputs={"photo": photo.key})
    other, _ = submit("hashing", owner, params={}, inputs={"photo": photo.key})
    result = storage.write("generations/j/result", [b"result"])
    Artifact.objects.create(job=job, name="r", key=result.key, sha256=result.sha256, size=6, content_type="x/y")
    with pytest.raises(Conflict):
        delete(owner, job.id)
    for one in (job, other):
        claimed = claim("w", ["tests"])
        assert claimed is not None
        finish(claimed.id, claimed.fence, {})
        delete(owner, one.id)
        assert storage.path(photo.key).exists() is (one is job)
    assert not storage.path(result.key).exists()
    assert JobEvent.objects.count() == 0


def test_another_persons_job_is_not_there() -> None:
    job, _ = submit("hashing", User.objects.create(username="b"), params={}, inputs={})
    for ask in (find_job, cancel, delete):
        with pytest.raises(NotFound):
            ask(local_user(), job.id)
