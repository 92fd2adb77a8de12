"""A storage that fails at each of its steps in turn: afterwards rows and files agree, and the sweeper takes no more."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import io
import os
import secrets
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import pytest
from live_server import listening
from PIL import Image
from played import picture_file
from s3_server import BINARY, MISSING, S3Server, s3_server

import lucida.jobs.running
import lucida.jobs.sweeper
import lucida.storage.s3
from lucida.errors import every_error
from lucida.images.models import GeneratedImage
from lucida.jobs.execution import execute
from lucida.jobs.lease import claim
from lucida.jobs.models import Artifact, Job, Status
from lucida.jobs.running import RunningJob
from lucida.jobs.shelves import every_shelf
from lucida.jobs.sweeper import sweep
from lucida.server import create_app
from lucida.storage import get_storage
from lucida.storage.keys import BUCKETS
from lucida.storage.local import LocalStorage

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("database")]


def _mask() -> bytes:
    file = io.BytesIO()
    Image.new("RGBA", (64, 64), (0, 0, 0, 0)).save(file, "PNG")
    return file.getvalue()


MASK = _mask()
FIELDS = {"prompt": "the sea", "model": "draft", "n": "1"}
CODES = {error.code: error.status for error in every_error()}
_STEPS = {"open", "os.mkdir", "os.rename", "os.remove", "os.rmdir", "os.utime", "os.scandir", "os.listdir"}


class Faults:
    """Counts the steps of a storage, and says which of them fails."""

    def __init__(self) -> None:
        self.steps = 0
        self.fail_at: int | None = None
        self.listening = False

    def begin(self, fail_at: int | None = None) -> None:
        """Count from the beginning."""
        self.steps, self.fail_at = 0, fail_at

    def step(self) -> bool:
        """One more; whether it fails."""
        self.steps += 1
        return self.steps == self.fail_at

    @contextmanager
    def unheard(self) -> Iterator[None]:
        """What is done in the block is none of the steps."""
        before, self.listening = self.listening, False
        try:
            yield
        finally:
            self.listening = before


FAULTS = Faults()
_disk: dict[str, Any] = {"folders": (), "number": errno.EIO}


def _hear(event: str, arguments: tuple[Any, ...]) -> None:
    """An audit hook, which is told of each step that touches a file; it cannot be taken back."""
    if event in _STEPS and FAULTS.listening and str(arguments[0]).startswith(_disk["folders"]) and FAULTS.step():
        raise OSError(_disk["number"], os.strerror(_disk["number"]), str(arguments[0]))


sys.addaudithook(_hear)


@contextmanager
def failing_disk(number: int) -> Iterator[None]:
    """Steps of the disk fail with this number."""
    storage = get_storage()
    assert isinstance(storage, LocalStorage)
    _disk.update(folders=tuple(str(storage.root / name) for name in ("tmp", *BUCKETS)), number=number)
    FAULTS.listening = True
    try:
        yield
    finally:
        FAULTS.listening = False
        _disk["folders"] = ()


@contextmanager
def failing_requests(server: S3Server, how: int | str) -> Iterator[None]:
    """Requests to an object storage fail, each as often as it is tried again."""
    last: list[tuple[str, str]] = []

    def trouble(method: str, target: str) -> int | str | None:
        if not FAULTS.listening:
            return None
        if last != [(method, target)]:
            last[:] = [(method, target)]
            FAULTS.step()
        return how if FAULTS.steps == FAULTS.fail_at else None

    server.trouble = trouble
    FAULTS.listening = True
    try:
        yield
    finally:
        FAULTS.listening = False
        server.trouble = lambda method, target: None


@pytest.fixture(scope="module")
def server() -> Iterator[S3Server]:
    with s3_server() as started:
        yield started


@pytest.fixture
def in_s3(server: S3Server, setting: Callable[[str, object], None]) -> Iterator[S3Server]:
    for name, value in server.variables(f"t{secrets.token_hex(4)}-").items():
        setting(name.removeprefix("LUCIDA_"), value)
    get_storage.cache_clear()
    get_storage().make_buckets()
    yield server
    get_storage.cache_clear()


@pytest.fixture
def client(setting: Callable[[str, object], None]) -> Iterator[httpx.Client]:
    setting("IMAGES_PER_HOUR", 0)
    with listening(create_app()) as address, httpx.Client(base_url=address, timeout=60) as client:
        yield client


def told(answer: httpx.Response) -> bool:
    """Whether it went well; where not, a person was told so in a sentence."""
    if answer.is_success:
        return True
    error = answer.json().get("error") or answer.json()
    sentence = error.get("message") or error.get("detail")
    assert answer.status_code in (500, 503, 507, 404), answer.text
    assert CODES[error["code"]] == answer.status_code
    assert sentence.endswith((".", ".)")), sentence
    assert "Errno" not in sentence
    return False


def work_all() -> None:
    """Do every job there is, again where it failed in passing."""
    while True:
        Job.objects.update(not_before=None)
        job = claim("w", ["cpu"])
        if job is None:
            return
        execute(job, RunningJob(job))
        with FAULTS.unheard():
            agree()  # after a try that failed, too, before the next puts it right


def live(client: httpx.Client) -> None:
    """A picture is changed by words, looked at and deleted, and so is its job; each may fail."""
    before = Job.objects.count()
    files = {"image": ("a.png", picture_file(64, 64)), "mask": ("m.png", MASK)}
    accepted = told(client.post("/v1/images/edits", data=FIELDS, files=files, headers={"Prefer": "respond-async"}))
    assert Job.objects.count() == before + accepted  # what is refused is not done, and what is taken is
    work_all()
    if not accepted:
        return
    job = Job.objects.latest("created_at")
    assert job.status in (Status.DONE, Status.ERROR)
    if job.status == Status.DONE:
        (image_id,) = job.result["images"]
        with FAULTS.unheard():
            agree()
        address = "/" + GeneratedImage.objects.get(id=image_id).image
        with contextlib.suppress(httpx.RemoteProtocolError):  # it broke off: nobody takes that for the whole file
            told(client.get(address))
        told(client.delete(f"/api/images/{image_id}/"))
    told(client.delete(f"/api/jobs/{job.id}"))


def known() -> set[str]:
    """The files that rows know."""
    keys = set(Artifact.objects.values_list("key", flat=True))
    for job in Job.objects.all():
        keys.update(job.inputs.values())
    return keys.union(*(shelf.keys() for shelf in every_shelf()))


def agree() -> None:
    """Every row has its files, byte for byte."""
    for artifact in Artifact.objects.all():
        assert hashlib.sha256(get_storage().read(artifact.key)).hexdigest() == artifact.sha256
    for image in GeneratedImage.objects.all():
        assert len(get_storage().read(image.image)) == image.file_size
    assert known() <= set(get_storage().keys())


def fail_at_each_step(client: httpx.Client, monkeypatch: pytest.MonkeyPatch) -> tuple[int, int]:
    """A life for every step there is, with that step failing; the number of steps, and of files that were swept."""
    monkeypatch.setattr(lucida.jobs.running, "_STORAGE_SECONDS", 0.0)
    monkeypatch.setattr(lucida.jobs.sweeper, "_ORPHAN_SECONDS", -60.0)
    with FAULTS.unheard():
        live(client)  # what is made once is made
    FAULTS.begin()
    live(client)
    steps, step, swept = FAULTS.steps, 1, 0
    while step <= steps:
        FAULTS.begin(fail_at=step)
        live(client)
        steps = max(steps, FAULTS.steps)  # what failed is tried again, at more steps
        step += 1
        with FAULTS.unheard():
            agree()
            rows = known()
            swept += len(sweep())
            assert set(get_storage().keys()) == rows == known()
            agree()
    return steps, swept


@pytest.mark.parametrize("number", [errno.EIO, errno.ENOSPC], ids=["broken", "full"])
def test_a_disk_that_fails_at_any_step_leaves_rows_and_files_agreed(
    client: httpx.Client, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    with failing_disk(number):
        steps, swept = fail_at_each_step(client, monkeypatch)
    assert steps > 30
    assert swept


@pytest.mark.skipif(BINARY is None, reason=MISSING)
@pytest.mark.parametrize("how", [503, "lost", "silent"])
def test_an_object_storage_that_fails_at_any_request_leaves_rows_and_files_agreed(
    in_s3: S3Server, client: httpx.Client, monkeypatch: pytest.MonkeyPatch, how: int | str
) -> None:
    if how == "silent":
        monkeypatch.setattr(lucida.storage.s3, "_READ_SECONDS", 1.0)  # nobody waits long for what never comes
        in_s3.hang_seconds = 1.5
        get_storage.cache_clear()
    with failing_requests(in_s3, how):
        steps, swept = fail_at_each_step(client, monkeypatch)
    assert steps > 10
    assert swept
