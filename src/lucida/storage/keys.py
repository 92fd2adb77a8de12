"""Names of stored files: made by us, `bucket/folder/name`."""

from __future__ import annotations

import re
import secrets
from uuid import UUID

from lucida.errors import NotFound

BUCKETS = (
    "project-uploads",
    "processed-images",
    "multiview-images",
    "depth-maps",
    "enhanced-views",
    "3d-models",
    "generations",
    "media",
)
_KEY = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*(/[A-Za-z0-9][A-Za-z0-9._-]*)+")


def is_key(text: str) -> bool:
    """Whether we could have made this name."""
    return _KEY.fullmatch(text) is not None and text.split("/")[0] in BUCKETS


def checked_key(text: str) -> str:
    """The name; NotFound for one that we do not make."""
    if not is_key(text):
        raise NotFound("There is no such file.")
    return text


def make_key(bucket: str, folder: str, name: str) -> str:
    """A name nobody else has: `bucket/folder/<random>-name`."""
    return _in_bucket(bucket, folder, f"{secrets.token_hex(6)}-{name}")


def own_key(bucket: str, folder: str, unique: UUID, suffix: str) -> str:
    """A name nobody else has, for what has a random UUID of its own: `bucket/folder/<uuid>.suffix`."""
    return _in_bucket(bucket, folder, f"{unique}.{suffix}")


def _in_bucket(bucket: str, folder: str, name: str) -> str:
    if bucket not in BUCKETS:
        raise ValueError(f"no such bucket: {bucket}")
    return f"{bucket}/{folder}/{name}"
