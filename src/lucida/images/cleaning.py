"""Removes pictures that are too old, and tells the sweeper which files are pictures."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta

from django.db.models import QuerySet, Sum
from django.utils import timezone

from lucida.accounts.models import User
from lucida.config import get_settings
from lucida.errors import NotFound
from lucida.images.keeping import remove
from lucida.images.models import GeneratedImage
from lucida.jobs.shelves import Shelf


@dataclass(frozen=True)
class Cleaned:
    """How many pictures went, or would go, and how many bytes they had without their thumbnails."""

    count: int
    size: int


def clean(older_than_days: int | None = None, *, dry_run: bool = False) -> Cleaned:
    """Remove pictures older than some days, `LUCIDA_IMAGES_KEEP_DAYS` unless given; 0 removes none."""
    days = get_settings().images_keep_days if older_than_days is None else older_than_days
    if not days:
        return Cleaned(0, 0)
    old = GeneratedImage.objects.filter(created_at__lt=timezone.now() - timedelta(days=days))
    sizes = list(old.values_list("file_size", flat=True) if dry_run else _removed(old))
    return Cleaned(len(sizes), sum(sizes))


def _removed(images: QuerySet[GeneratedImage]) -> Iterator[int]:
    """Remove one after the other; the size of each that nobody else removed first."""
    for image in images.only("id", "image", "thumbnail", "file_size"):
        with suppress(NotFound):
            remove(image)
            yield image.file_size


def _keys() -> Iterator[str]:
    for keys in GeneratedImage.objects.order_by().values_list("image", "thumbnail").iterator():
        yield from keys


def _count(user: User) -> int:
    return GeneratedImage.objects.filter(user=user).count()


def _size(user: User) -> int:
    """Without the thumbnails, which are some hundredths of it."""
    return GeneratedImage.objects.filter(user=user).aggregate(n=Sum("file_size"))["n"] or 0


def _clear(user: User) -> None:
    for _ in _removed(GeneratedImage.objects.filter(user=user)):
        pass


SHELF = Shelf("picture", keys=_keys, clean=clean, count=_count, size=_size, clear=_clear)
