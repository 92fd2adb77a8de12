"""Jobs at once, kept bytes and time on cards: what each user may have, and what becomes of the request beyond it."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from django.db.models import F
from django.utils import timezone
from live_server import listening
from uploads import photo, upload

from lucida.accounts.models import GpuTime, User
from lucida.accounts.owner import local_user
from lucida.accounts.people import add_user
from lucida.accounts.quotas import Quota, quota
from lucida.database import closing_connections
from lucida.errors import LucidaError, QuotaExceeded, RateLimited
from lucida.jobs.execution import execute
from lucida.jobs.lease import claim, give_back, worker_died
from lucida.jobs.models import Artifact, Input, Job, Status
from lucida.jobs.quotas import usage_of
from lucida.jobs.running import RunningJob
from lucida.jobs.submission import IdempotencyKey, cancel, check_room, delete, submit
from lucida.jobs.sweeper import sweep
from lucida.server import create_app
from lucida.storage import get_storage
from lucida.storage.keys import make_key

Setting = Callable[[str, object], None]
MB = 1 << 20
HOUR = 3600


@pytest.fixture
def anna(database: Path) -> User:
    return add_user("anna")[0]


def make(user: User, *, inputs: dict[str, str] | None = None, paid: bool = False) -> Job:
    return submit("hashing", user, params={"seconds": 0.0}, inputs=inputs or {}, paid=paid)[0]


def refused(user: User, error: type[LucidaError], **how: object) -> LucidaError:
    count = Job.objects.count()
    with pytest.raises(error) as caught:
        make(user, **how)  # type: ignore[arg-type]
    assert Job.objects.count() == count
    return caught.value


def test_without_a_login_nothing_is_limited_and_with_one_everything_is(anna: User, setting: Setting) -> None:
    assert quota() == Quota(0, 0, 0, 0)
    setting("JOBS_AT_ONCE", 7)
    assert quota() == Quota(0, 7, 0, 0)
    setting("AUTH", "token")
    assert quota() == Quota(300, 7, 20_480 * MB, 28_800)
    for name in ("REQUESTS_PER_MINUTE", "JOBS_AT_ONCE", "STORAGE_MB_PER_USER", "GPU_SECONDS_PER_DAY"):
        setting(name, 0)
    assert quota() == Quota(0, 0, 0, 0)


def test_so_many_jobs_wait_or_run_at_once(anna: User, setting: Setting) -> None:
    setting("JOBS_AT_ONCE", 2)
    first, second = make(anna), make(anna)
    error = refused(anna, RateLimited)
    assert (error.message[:17], error.retry_after) == ("2 of your jobs wa", 5)  # type: ignore[attr-defined]
    with pytest.raises(RateLimited):
        check_room(anna)
    make(add_user("bob")[0])
    running = claim("w", ["tests"])
    assert running == first
    refused(anna, RateLimited)
    cancel(anna, second.id)
    make(anna)
    refused(anna, RateLimited)
    execute(running, RunningJob(running))
    make(anna)


def test_a_request_that_comes_again_hears_of_its_job_though_nothing_more_would_be_taken(
    anna: User, setting: Setting
) -> None:
    setting("JOBS_AT_ONCE", 1)
    key = IdempotencyKey("upload", "k", "hash")
    job, _ = submit("hashing", anna, params={}, inputs={}, idempotency=key)
    assert submit("hashing", anna, params={}, inputs={}, idempotency=key) == (job, False)
    refused(anna, RateLimited)


def test_what_was_paid_for_is_taken(anna: User, setting: Setting) -> None:
    setting("JOBS_AT_ONCE", 1)
    make(anna)
    make(anna, paid=True)


def test_the_last_place_is_given_once(anna: User, setting: Setting) -> None:
    setting("JOBS_AT_ONCE", 5)
    gate, outcomes = threading.Barrier(8), list[bool]()

    @closing_connections
    def ask() -> None:
        gate.wait()
        for _ in range(3):
            try:
                make(anna)
                outcomes.append(True)
            except RateLimited:
                outcomes.append(False)

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(outcomes), sum(outcomes), Job.objects.count()) == (24, 5, 5)


def stored(size: int, name: str = "photo") -> dict[str, str]:
    """An input of a job's, kept."""
    return {name: get_storage().write(make_key("project-uploads", "test", name), [b"x" * size]).key}


def result_of(job: Job, size: int) -> None:
    key = f"generations/{job.id}/result"
    Artifact.objects.create(job=job, name="result", key=key, sha256="0", size=size, content_type="x/y")


def end(job: Job) -> None:
    Job.objects.filter(id=job.id).update(status=Status.DONE)


def test_bytes_are_those_of_inputs_results_and_pictures_and_each_counts_once(anna: User) -> None:
    from lucida.images.models import GeneratedImage

    shared = stored(1000)
    first = make(anna, inputs=shared)
    second = make(anna, inputs={**shared, **stored(70, "mask")})
    result_of(first, 500_000)
    GeneratedImage.objects.create(
        user=anna, prompt="", model_used="draft", image="a", thumbnail="b", width=1, height=1, file_size=20_000,
        generation_time=1.0,
    )  # fmt: skip
    make(add_user("bob")[0], inputs=stored(7))
    assert usage_of(anna).storage_bytes == 521_070
    end(first)
    end(second)
    delete(anna, first.id)
    assert usage_of(anna).storage_bytes == 21_070  # the other still has it
    delete(anna, second.id)
    assert usage_of(anna).storage_bytes == 20_000
    assert [size for (size,) in Input.objects.values_list("size")] == [7]


def test_an_input_that_no_job_has_any_more_is_forgotten_by_the_sweeper(anna: User) -> None:
    job = make(anna, inputs=stored(1000))
    Input.objects.create(owner=anna, key="project-uploads/test/gone", size=5)
    sweep()
    assert usage_of(anna).storage_bytes == 1000
    assert list(Input.objects.values_list("key", flat=True)) == list(job.inputs.values())


def test_who_keeps_too_much_must_delete_first(anna: User, setting: Setting) -> None:
    setting("STORAGE_MB_PER_USER", 2)
    first = make(anna, inputs=stored(MB + 10))
    error = refused(anna, QuotaExceeded, inputs=stored(MB))
    assert error.message.startswith("You keep 1.0 MB of the 2.0 MB that you may, and this would be 1.0 MB more: delete")
    make(anna, inputs=first.inputs)  # takes no more room
    make(anna, inputs=stored(MB - 10))
    refused(anna, QuotaExceeded)
    with pytest.raises(QuotaExceeded):
        check_room(anna)
    make(add_user("bob")[0], inputs=stored(MB))
    with pytest.raises(QuotaExceeded, match=r"32 MB of the 2\.0 MB"):
        result_of(first, 30 * MB)  # what was accepted is kept, however large it has become
        make(anna)
    for job in Job.objects.filter(owner=anna):
        end(job)
        delete(anna, job.id)
    make(anna)


def test_the_last_bytes_are_given_once(anna: User, setting: Setting) -> None:
    setting("STORAGE_MB_PER_USER", 2)
    inputs = [stored(MB - 1000) for _ in range(6)]
    gate, outcomes = threading.Barrier(6), list[bool]()

    @closing_connections
    def ask(mine: dict[str, str]) -> None:
        gate.wait()
        try:
            make(anna, inputs=mine)
            outcomes.append(True)
        except QuotaExceeded:
            outcomes.append(False)

    threads = [threading.Thread(target=ask, args=(mine,)) for mine in inputs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(outcomes), sum(outcomes)) == (6, 2)


@pytest.fixture
def on_cards(monkeypatch: pytest.MonkeyPatch) -> None:
    """The tests' kind of work wants a card."""
    from lucida.jobs import kinds

    monkeypatch.setitem(kinds._kinds, "hashing", kinds.Kind("hashing", kinds._kinds["hashing"].run, "gpu"))
    monkeypatch.setitem(kinds._kinds, "faulty", kinds.Kind("faulty", kinds._kinds["faulty"].run, "gpu"))


def started(seconds_ago: float) -> Job:
    """The next job, which began so long ago."""
    job = claim("w", ["gpu"])
    assert job is not None
    Job.objects.filter(id=job.id).update(started_at=F("started_at") - timedelta(seconds=seconds_ago))
    job.refresh_from_db()
    return job


def on_cards_of(user: User) -> int:
    return round(usage_of(user).gpu_seconds)


@pytest.mark.usefixtures("on_cards")
def test_every_try_on_a_card_counts_while_it_runs_and_when_it_has_ended_however_it_did(anna: User) -> None:
    make(anna)
    assert on_cards_of(anna) == 0  # what waits uses nothing
    job = started(100)
    assert on_cards_of(anna) == 100
    give_back(job)
    assert on_cards_of(anna) == 100
    worker_died(started(20))
    assert on_cards_of(anna) == 120
    job = started(3)
    assert on_cards_of(anna) == 123
    execute(job, RunningJob(job))
    assert on_cards_of(anna) == 123
    submit("faulty", anna, params={"how": "bad_photo"}, inputs={})
    job = started(40)
    execute(job, RunningJob(job))
    assert on_cards_of(anna) == 163
    make(anna)
    cancel(anna, Job.objects.get(status=Status.QUEUED).id)  # it never ran
    assert on_cards_of(anna) == 163
    for ended in Job.objects.all():
        delete(anna, ended.id)
    assert on_cards_of(anna) == 163  # a job that is deleted has been had all the same
    assert on_cards_of(add_user("bob")[0]) == 0


def test_time_on_processors_is_not_counted(anna: User) -> None:
    make(anna)
    job = claim("w", ["tests"])
    assert job is not None
    Job.objects.filter(id=job.id).update(started_at=F("started_at") - timedelta(hours=1))
    execute(job, RunningJob(job))
    assert on_cards_of(anna) == 0
    assert not GpuTime.objects.exists()


@pytest.mark.usefixtures("on_cards")
def test_who_had_their_day_of_cards_waits_until_enough_of_it_is_a_day_old(anna: User, setting: Setting) -> None:
    setting("GPU_SECONDS_PER_DAY", 100)
    for hours_ago, seconds in ((25, 500), (23, 30), (20, 50), (1, 60)):
        GpuTime.objects.create(
            user=anna,
            job_id="00000000-0000-0000-0000-000000000000",
            seconds=seconds,
            ended_at=timezone.now() - timedelta(hours=hours_ago),
        )
    error = refused(anna, RateLimited)  # 140 of 100: not before the second of them is a day old
    assert 4 * HOUR - 60 < error.retry_after <= 4 * HOUR  # type: ignore[attr-defined]
    assert "100 s on a card" in error.message
    Job.objects.all().delete()
    check_room(anna)  # what waits for no card may be had
    GpuTime.objects.filter(seconds=50).delete()
    make(anna)
    job = started(10)
    error = refused(anna, RateLimited)  # 90 and 10 that are running: until the oldest goes
    assert HOUR - 60 < error.retry_after <= HOUR  # type: ignore[attr-defined]
    execute(job, RunningJob(job))
    assert not GpuTime.objects.filter(seconds=500).exists()  # cleared away with the next that ended
    refused(anna, RateLimited)


def test_an_upload_that_is_too_much_leaves_nothing_and_usage_tells_why(database: Path, setting: Setting) -> None:
    setting("AUTH", "token")
    setting("JOBS_AT_ONCE", 2)
    setting("STORAGE_MB_PER_USER", 1)
    headers = {"Authorization": f"Bearer {add_user('anna')[2]}"}
    with listening(create_app()) as address, httpx.Client(base_url=address, headers=headers, timeout=60) as client:
        upload(client).raise_for_status()
        upload(client, seed="4").raise_for_status()
        kept = sorted(get_storage().keys())
        assert len(kept) == 2
        answer = upload(client, seed="5")
        assert (answer.status_code, answer.json()["code"], answer.headers["retry-after"]) == (
            429,
            "rate_limit_exceeded",
            "5",
        )
        for job in Job.objects.all():
            end(job)
        result_of(Job.objects.all()[0], MB)
        for answer in (
            upload(client, seed="6"),
            client.post("/generate", json={"prompt": "a lake"}),
            client.post("/generate", files={"image": ("a.jpg", photo())}),
        ):
            assert (answer.status_code, answer.json()["code"]) == (403, "quota_exceeded")
            assert "retry-after" not in answer.headers
        edit = client.post(
            "/v1/images/edits", files={"image": ("a.jpg", photo())}, data={"prompt": "a lake", "model": "draft"}
        )
        for answer in (edit, client.post("/v1/images/generations", json={"prompt": "a lake", "model": "draft"})):
            assert (answer.status_code, answer.json()["error"]["code"]) == (403, "quota_exceeded")
            assert answer.headers["x-should-retry"] == "false"
        assert sorted(get_storage().keys()) == kept
        assert Job.objects.count() == 2
        usage = client.get("/api/usage").json()
    size = sum(get_storage().size(key) for key in kept)
    assert usage == {
        "requests_per_minute": {"used": 8, "limit": 300},
        "jobs_at_once": {"used": 0, "limit": 2},
        "storage_bytes": {"used": MB + size, "limit": MB},
        "gpu_seconds_per_day": {"used": 0, "limit": 28_800},
        "images_per_hour": {"used": 0, "limit": 50},
        "images_at_once": {"used": 0, "limit": 2},
    }


def test_one_person_at_home_has_all_they_want(client: httpx.Client) -> None:
    for seed in range(60):
        make(local_user(), inputs=stored(seed))
    usage = client.get("/api/usage").json()
    assert usage["jobs_at_once"] == {"used": 60, "limit": None}
    assert usage["storage_bytes"] == {"used": sum(range(60)), "limit": None}
    assert json.dumps(usage).count("null") == 4
