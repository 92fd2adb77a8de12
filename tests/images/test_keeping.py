"""Pictures with their rows and files, and what is left where something fails between two steps."""

from __future__ import annotations

import io
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import pytest
from django.db import DatabaseError, connection, transaction
from django.utils import timezone
from pictures import PARAMETERS, gradient, keep_one, noise
from PIL import Image

from lucida.accounts.models import User
from lucida.accounts.owner import local_user
from lucida.accounts.people import add_user
from lucida.database import closing_connections
from lucida.errors import Conflict, NotFound, PictureTooLarge, StorageFull
from lucida.images.cleaning import clean
from lucida.images.files import embedded_text
from lucida.images.infotext import read_infotext
from lucida.images.keeping import find_file, find_image, remove
from lucida.images.models import GeneratedImage
from lucida.jobs.models import Job
from lucida.jobs.owners import remove_user
from lucida.jobs.submission import submit
from lucida.jobs.sweeper import sweep
from lucida.storage import get_storage
from lucida.storage.local import LocalStorage

pytestmark = pytest.mark.usefixtures("database")


def keys() -> set[str]:
    return set(get_storage().keys())


def known_keys() -> set[str]:
    return {key for row in GeneratedImage.objects.values_list("image", "thumbnail") for key in row}


def sweep_later() -> None:
    """Sweep as if two hours had gone by for every file."""
    long_ago = time.time() - 7200
    for key in keys():
        os.utime(get_storage().path(key), (long_ago, long_ago))
    sweep()


def aged(image: GeneratedImage, days: float) -> None:
    GeneratedImage.objects.filter(id=image.id).update(created_at=timezone.now() - timedelta(days=days))


@pytest.mark.parametrize(("format", "suffix"), [("png", "png"), ("jpeg", "jpg"), ("webp", "webp")])
def test_a_picture_is_kept_with_its_thumbnail_and_what_it_was_made_from(format: str, suffix: str) -> None:
    kept = keep_one(local_user(), 'a cat, "sitting"\non a roof 🌅', format=format)
    image = GeneratedImage.objects.get()
    month = f"{image.created_at:%Y/%m}"
    assert (image, image.image) == (kept, f"media/generated_images/{month}/{image.id}.{suffix}")
    assert image.thumbnail == f"media/thumbnails/{month}/{image.id}.webp"
    assert keys() == {image.image, image.thumbnail}
    path = get_storage().path(image.image)
    assert (image.file_size, image.width, image.height) == (path.stat().st_size, 96, 64)
    assert (image.content_type, image.parameters, image.generation_time) == (f"image/{format}", PARAMETERS, 8.5)
    text = embedded_text(path)
    assert text is not None
    read = read_infotext(text)
    assert (read.prompt, read.negative_prompt) == (image.prompt, image.negative_prompt)
    assert read.settings["Size"] == "96x64"
    with Image.open(get_storage().path(image.thumbnail)) as small:
        assert small.format == "WEBP"


def test_a_picture_outlives_its_job() -> None:
    owner = local_user()
    job, _ = submit("hashing", owner, params={}, inputs={})
    image = keep_one(owner, job=job)
    assert image.job == job
    Job.objects.all().delete()
    image.refresh_from_db()
    assert image.job_id is None
    assert keys() == known_keys()


def test_a_picture_that_is_too_large_is_kept_smaller_with_a_note(setting: Callable[[str, object], None]) -> None:
    setting("MAX_IMAGE_FILE_SIZE", 100_000)
    given = {**PARAMETERS, "notes": ["The prompt was long."]}
    image = keep_one(local_user(), pixels=noise(256, 256), parameters=given)
    assert (image.content_type, image.file_size <= 100_000) == ("image/webp", True)
    assert image.image.endswith(".webp")
    assert image.parameters["notes"][0] == "The prompt was long."
    assert "WEBP of quality" in image.parameters["notes"][1]
    setting("MAX_IMAGE_FILE_SIZE", 4096)
    with pytest.raises(PictureTooLarge):
        keep_one(local_user(), pixels=noise(256, 256))
    assert keys() == known_keys() == {image.image, image.thumbnail}


def test_a_prompt_that_no_database_takes_is_kept_without_what_it_does_not_take() -> None:
    image = keep_one(local_user(), "a\0b\ud83d", model="\0m", parameters={"seed": 1, "sampler": "\ud83d\0"})
    assert (image.prompt, image.model_used, image.parameters) == ("ab?", "m", {"seed": 1, "sampler": "?"})


class Killed(BaseException):
    """The process ends here: what would clean up does not get to run."""


def failing(function: Callable[..., Any], at: int, error: BaseException, *, after: bool = False) -> Callable[..., Any]:
    """The function, raising at its `at`-th call, before or after it has done its work."""
    calls = 0

    def called(*args: Any, **kwargs: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls == at and not after:
            raise error
        result = function(*args, **kwargs)
        if calls == at:
            raise error
        return result

    return called


@pytest.mark.parametrize("at", [1, 2])
@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("error", [StorageFull(), OSError("disk"), KeyboardInterrupt()])
def test_a_file_that_cannot_be_written_leaves_nothing(
    monkeypatch: pytest.MonkeyPatch, at: int, after: bool, error: BaseException
) -> None:
    monkeypatch.setattr(LocalStorage, "write", failing(LocalStorage.write, at, error, after=after))
    with pytest.raises(type(error)):
        keep_one(local_user())
    assert not GeneratedImage.objects.exists()
    assert keys() == set()


def test_a_row_that_cannot_be_written_leaves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(GeneratedImage, "save", failing(GeneratedImage.save, 1, DatabaseError("no"), after=True))
    with pytest.raises(DatabaseError):
        keep_one(local_user())
    assert not GeneratedImage.objects.exists()
    assert keys() == set()


def test_a_picture_of_somebody_who_has_just_gone_leaves_nothing() -> None:
    anna, *_ = add_user("anna")
    User.objects.all().delete()
    with pytest.raises(DatabaseError):
        keep_one(anna)
    assert keys() == set()


def test_a_row_that_is_there_although_an_error_says_otherwise_keeps_its_files(monkeypatch: pytest.MonkeyPatch) -> None:

    class LostAnswer:
        """A transaction whose commit is done, and the connection breaks before it says so."""

        def __enter__(self) -> None:
            self.inner = transaction.atomic()
            self.inner.__enter__()

        def __exit__(self, *error: Any) -> None:
            self.inner.__exit__(*error)
            raise DatabaseError("the connection was lost")

    owner = local_user()
    monkeypatch.setattr("lucida.images.keeping.transaction", SimpleNamespace(atomic=LostAnswer))
    with pytest.raises(DatabaseError):
        keep_one(owner)
    monkeypatch.undo()
    assert GeneratedImage.objects.count() == 1
    assert keys() == known_keys() != set()


@pytest.mark.parametrize("step", ["write 1", "write 2", "row"])
def test_what_a_kill_leaves_while_a_picture_is_kept_the_sweeper_takes(
    monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    other = keep_one(local_user())
    with monkeypatch.context() as patch:
        patch.setattr(
            "lucida.images.keeping._take_back", lambda *_: None
        )  # a process that is killed takes nothing back
        if step == "row":
            patch.setattr(GeneratedImage, "save", failing(GeneratedImage.save, 1, Killed()))
        else:
            patch.setattr(LocalStorage, "write", failing(LocalStorage.write, int(step[-1]), Killed(), after=True))
        with pytest.raises(Killed):
            keep_one(local_user())
    assert GeneratedImage.objects.get() == other
    assert keys() > known_keys()
    sweep()
    assert keys() > known_keys(), "what is young may be on its way to its row"
    sweep_later()
    assert keys() == known_keys() == {other.image, other.thumbnail}


@pytest.mark.parametrize("step", ["row", "between", "first file", "files"])
def test_a_kill_while_a_picture_is_removed_leaves_all_of_it_or_after_the_sweeper_nothing(
    monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    image, other = keep_one(local_user()), keep_one(local_user())
    with monkeypatch.context() as patch:
        if step == "row":
            patch.setattr("django.db.models.query.QuerySet.delete", failing(lambda _: None, 1, Killed()))
        elif step == "between":
            patch.setattr(LocalStorage, "discard", failing(lambda *_: None, 1, Killed()))
        elif step == "first file":
            real = LocalStorage.delete
            patch.setattr(LocalStorage, "delete", failing(lambda s, *k: real(s, k[0]), 1, Killed(), after=True))
        else:
            patch.setattr(LocalStorage, "delete", failing(LocalStorage.delete, 1, Killed(), after=True))
        with pytest.raises(Killed):
            remove(image)
    assert known_keys() <= keys(), "a row without files"
    there = GeneratedImage.objects.filter(id=image.id).exists()
    assert there == (step == "row")
    sweep_later()
    assert keys() == known_keys() == {k for i in (image, other) if there or i == other for k in (i.image, i.thumbnail)}


def test_a_file_that_cannot_be_deleted_now_is_the_sweepers(monkeypatch: pytest.MonkeyPatch) -> None:
    image = keep_one(local_user())
    with monkeypatch.context() as patch:
        patch.setattr(LocalStorage, "delete", failing(LocalStorage.delete, 1, PermissionError("open elsewhere")))
        remove(image)
    assert not GeneratedImage.objects.exists()
    assert keys() == {image.image, image.thumbnail}
    sweep_later()
    assert keys() == set()


def test_a_removal_that_is_rolled_back_has_removed_nothing() -> None:
    image = keep_one(local_user())
    with pytest.raises(Killed), transaction.atomic():
        remove(image)
        raise Killed
    assert GeneratedImage.objects.get() == image
    assert keys() == known_keys()


def test_of_two_who_remove_a_picture_one_wins() -> None:
    for _ in range(10):
        image = keep_one(local_user())
        connection.close()
        start = threading.Barrier(4)

        def once(image: GeneratedImage = image, start: threading.Barrier = start) -> bool:
            start.wait()
            try:
                remove(image)
            except NotFound:
                return False
            return True

        with ThreadPoolExecutor(4) as pool:
            futures = [pool.submit(closing_connections(once)) for _ in range(4)]
        assert sorted(future.result() for future in futures) == [False, False, False, True]
        assert keys() == set()


def test_many_who_keep_and_remove_at_once_share_the_months_folder() -> None:
    owner = local_user()
    connection.close()

    def turn(number: int) -> None:
        for _ in range(5):
            remove(keep_one(owner, f"number {number}"))

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(closing_connections(turn), range(4)))
    assert keys() == known_keys() == set()


def test_nobody_finds_what_is_not_theirs() -> None:
    (anna, *_), (bob, *_) = add_user("anna"), add_user("bob")
    image = keep_one(anna)
    assert find_image(anna, image.id) == find_file(anna, image.image) == find_file(anna, image.thumbnail) == image
    for look in (
        lambda: find_image(bob, image.id),
        lambda: find_file(bob, image.image),
        lambda: find_file(bob, image.thumbnail),
        lambda: find_image(anna, uuid4()),
        lambda: find_file(anna, image.image.replace("png", "webp")),
        lambda: find_file(anna, f"media/../{image.image}"),
    ):
        with pytest.raises(NotFound):
            look()


def test_pictures_go_when_they_are_too_old(setting: Callable[[str, object], None]) -> None:
    old, middle, new = (keep_one(local_user()) for _ in range(3))
    aged(old, 31)
    aged(middle, 29)
    sizes = old.file_size
    assert clean(dry_run=True).__dict__ == {"count": 1, "size": sizes}
    assert GeneratedImage.objects.count() == 3
    setting("IMAGES_KEEP_DAYS", 0)
    assert clean().count == 0
    sweep()
    assert GeneratedImage.objects.count() == 3
    setting("IMAGES_KEEP_DAYS", 30)
    sweep()
    assert set(GeneratedImage.objects.all()) == {middle, new}
    assert keys() == known_keys()
    assert clean(7).__dict__ == {"count": 1, "size": middle.file_size}
    assert list(GeneratedImage.objects.all()) == [new]
    assert keys() == known_keys() == {new.image, new.thumbnail}


def test_the_sweeper_leaves_the_files_of_pictures_however_old_they_are() -> None:
    image = keep_one(local_user())
    stray = get_storage().write("media/generated_images/2026/11/stray.png", [b"x"])
    sweep_later()
    assert keys() == {image.image, image.thumbnail}
    assert not get_storage().path(stray.key).exists()


def test_a_user_who_owns_pictures_goes_only_with_everything() -> None:
    (anna, *_), (bob, *_) = add_user("anna"), add_user("bob")
    for owner in (anna, anna, bob):
        keep_one(owner)
    with pytest.raises(Conflict, match=r"anna owns 2 pictures: --with-everything"):
        remove_user(anna, with_everything=False)
    submit("hashing", anna, params={}, inputs={})
    with pytest.raises(Conflict, match=r"anna owns 1 job and 2 pictures: --with-everything"):
        remove_user(anna, with_everything=False)
    remove_user(anna, with_everything=True)
    assert GeneratedImage.objects.get().user == bob
    assert keys() == known_keys()


def test_the_picture_is_the_one_that_was_given() -> None:
    image = keep_one(local_user(), pixels=gradient(33, 17))
    with Image.open(io.BytesIO(get_storage().read(image.image))) as picture:
        assert picture.tobytes() == gradient(33, 17).tobytes()


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="there is no fork and no SIGKILL on Windows")
@pytest.mark.parametrize(("action", "least"), [("keep", 12), ("remove", 5)])
def test_a_real_kill_at_any_step_leaves_no_orphan_and_no_row_without_files(
    action: str, least: int, tmp_path: Path
) -> None:
    environment = {**os.environ, "LUCIDA_DATA_DIR": str(tmp_path)}
    environment.pop("DJANGO_SETTINGS_MODULE", None)
    command = [sys.executable, str(Path(__file__).with_name("killed.py")), action]
    told = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=300, check=False)
    assert told.returncode == 0, told.stderr
    assert int(told.stdout) >= least
