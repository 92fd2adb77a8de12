"""Sends photos as a program does."""

from __future__ import annotations

import httpx
from photos import encode, landscape

WIDTH = 256  # of the panoramas that tests make: the smallest there is


def photo(kind: str = "JPEG") -> bytes:
    """A landscape as a file."""
    return encode(landscape(), kind)


def upload(
    client: httpx.Client, content: bytes | None = None, name: str = "IMG_0042.HEIC", **fields: str
) -> httpx.Response:
    """The answer to a photo, a landscape unless given, with the form's fields and, as `key`, the Idempotency-Key."""
    headers = {"Idempotency-Key": fields.pop("key")} if "key" in fields else {}
    files = {"file": (name, photo() if content is None else content)}
    return client.post("/api/upload", files=files, data={"width": str(WIDTH), **fields}, headers=headers)
