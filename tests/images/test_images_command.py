"""`lucida images`, as it is typed."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

from django.db import connection
from django.utils import timezone
from pictures import keep_one

from lucida.accounts.owner import local_user
from lucida.images.models import GeneratedImage
from lucida.storage import get_storage


def told(data: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "lucida.cli", "images", "clean", *arguments]
    return subprocess.run(
        command, env={**os.environ, **environment}, capture_output=True, text=True, check=False, cwd=data
    )


def test_old_pictures_are_counted_then_removed(database: Path) -> None:
    images = [keep_one(local_user()) for _ in range(3)]
    for image, days in zip(images, (40, 10, 0), strict=True):
        GeneratedImage.objects.filter(id=image.id).update(created_at=timezone.now() - timedelta(days=days))
    connection.close()
    assert told(database, "--dry-run").stdout == "1 picture of more than 30 days would go: 0.0 MB.\n"
    assert GeneratedImage.objects.count() == 3
    connection.close()
    assert told(database, "--older-than", "7").stdout == "2 pictures of more than 7 days went: 0.0 MB.\n"
    assert GeneratedImage.objects.get() == images[2]
    assert set(get_storage().keys()) == {images[2].image, images[2].thumbnail}
    connection.close()
    assert told(database).stdout == "0 pictures of more than 30 days went: 0.0 MB.\n"


def test_where_pictures_are_kept_for_ever_only_a_number_of_days_removes_any(database: Path) -> None:
    image = keep_one(local_user())
    GeneratedImage.objects.filter(id=image.id).update(created_at=timezone.now() - timedelta(days=400))
    connection.close()
    answer = told(database, LUCIDA_IMAGES_KEEP_DAYS="0")
    assert (answer.returncode, answer.stdout.startswith("Pictures are kept for ever")) == (0, True)
    assert GeneratedImage.objects.exists()
    connection.close()
    assert told(database, "--older-than", "0").returncode == 2
    assert told(database, "--older-than", "399", LUCIDA_IMAGES_KEEP_DAYS="0").stdout.startswith("1 picture ")
    assert not GeneratedImage.objects.exists()


def test_every_process_that_reads_rows_knows_which_files_are_pictures(database: Path) -> None:
    code = "from lucida import database; database.setup(); from lucida.jobs.shelves import every_shelf as s; print(s())"
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert answer.stdout.startswith("(Shelf(noun='picture'")
