"""Bytes in an object storage that speaks S3: streamed both ways, links signed by Signature Version 4."""

from __future__ import annotations

import functools
import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import boto3
from boto3.s3.transfer import TransferConfig
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from starlette.responses import RedirectResponse, Response

from lucida.config import get_settings
from lucida.errors import BadSetting, NotFound, StorageFull, StorageUnavailable
from lucida.storage.base import CHUNK, Storage
from lucida.storage.keys import BUCKETS, checked_key, is_key

log = logging.getLogger("lucida.storage")

# A part is read, signed and sent at a time, so an upload holds one of them; S3 takes parts from 5 MB on.
_PART = 8 << 20
_PARTS = TransferConfig(multipart_threshold=_PART, multipart_chunksize=_PART, use_threads=False)
_CONNECT_SECONDS = 5
_READ_SECONDS = 15
_TRIES = 3
_DELETED_AT_ONCE = 1000  # DeleteObjects takes no more
_RESUMED = 3  # times in one download
_GONE = {"NoSuchKey", "404", "NotFound"}
_FULL = {"InsufficientStorage", "QuotaExceeded", "XMinioStorageFull"}
_INSUFFICIENT = 507
# What the other side says is wrong with it and not with us.
_PASSING = {"InternalError", "ServiceUnavailable", "SlowDown", "RequestTimeout", "OperationAborted", "429"}


@dataclass(frozen=True)
class BucketSettings:
    """Where the buckets are; `public_endpoint` is where browsers reach them, empty where they do not."""

    endpoint: str = ""
    region: str = "us-east-1"
    access_key: str | None = None
    secret_key: str | None = None
    prefix: str = ""
    public_endpoint: str = ""
    link_seconds: int = 300


def bucket_settings() -> BucketSettings:
    """What the settings of this process say of the buckets."""
    settings = get_settings()
    access, secret = settings.s3_access_key, settings.s3_secret_key
    return BucketSettings(
        endpoint=settings.s3_endpoint,
        region=settings.s3_region,
        access_key=access.get_secret_value() if access else None,
        secret_key=secret.get_secret_value() if secret else None,
        prefix=settings.s3_bucket_prefix,
        public_endpoint=settings.s3_public_endpoint,
        link_seconds=settings.s3_link_seconds,
    )


class OutsideObject(Exception):
    """The range that was asked for lies outside the object."""


class S3Storage(Storage):
    """The buckets of an object storage: a key's first part names the bucket, the rest the object in it."""

    def __init__(self, temporary: Path, settings: BucketSettings) -> None:
        super().__init__(temporary)
        self.settings = settings

    def place(self, path: Path, key: str) -> None:
        """Send the file: in parts where it is large, each signed with its hash, which the storage checks."""
        with errors_as_ours(), path.open("rb") as file:
            self._client.upload_fileobj(file, **self._place_of(key), Config=_PARTS)
        path.unlink()

    def fetch(self, key: str, folder: Path) -> Path:
        """A copy in the folder, under the last part of its key; there already where it was fetched before."""
        copy = folder / key.rpartition("/")[2]
        if not copy.exists():
            with self.spool(self.chunks(key)) as spooled:
                spooled.path.replace(copy)
        return copy

    def chunks(self, key: str) -> Iterator[bytes]:
        """What the object holds, a part at a time; a connection that breaks is taken up where it broke."""
        return self.open(key).chunks()

    def open(self, key: str, byte_range: str | None = None) -> Opened:
        """The object, or a range of it as HTTP asks for one. Raises `OutsideObject`."""
        asked = {"Range": byte_range} if byte_range else {}
        return Opened(self, key, self.get(key, **asked))

    def get(self, key: str, **asked: str) -> Mapping[str, Any]:
        """S3's own answer. Raises `OutsideObject`."""
        with errors_as_ours():
            got: Mapping[str, Any] = self._client.get_object(**self._place_of(key), **asked)
        return got

    def size(self, key: str) -> int:
        """Bytes of the object."""
        with errors_as_ours():
            return int(self._client.head_object(**self._place_of(key))["ContentLength"])

    def response(self, key: str, media_type: str, headers: Mapping[str, str]) -> Response:
        """The object streamed through, or a redirect to it where browsers reach the storage themselves."""
        from lucida.storage.s3_response import ObjectResponse

        if not self.settings.public_endpoint:
            return ObjectResponse(self, key, media_type, headers)
        link = self.link(key, media_type, headers["Content-Disposition"])
        return RedirectResponse(link, headers={"Cache-Control": "private, no-store"})

    def link(self, key: str, media_type: str, disposition: str) -> str:
        """An address at which anybody may read the object for a while, and nothing else."""
        saying = {"ResponseContentType": media_type, "ResponseContentDisposition": disposition}
        params = {**self._place_of(key), **saying}
        address: str = self._public_client.generate_presigned_url(
            "get_object", Params=params, ExpiresIn=self.settings.link_seconds
        )
        return address

    def delete(self, *keys: str) -> None:
        """Remove objects, as many at once as S3 takes."""
        by_bucket: dict[str, list[str]] = {}
        for key in keys:
            place = self._place_of(key)
            by_bucket.setdefault(place["Bucket"], []).append(place["Key"])
        for bucket, names in by_bucket.items():
            for begin in range(0, len(names), _DELETED_AT_ONCE):
                self._delete(bucket, names[begin : begin + _DELETED_AT_ONCE])

    def _delete(self, bucket: str, names: list[str]) -> None:
        objects = {"Objects": [{"Key": name} for name in names], "Quiet": True}
        with errors_as_ours():
            told = self._client.delete_objects(Bucket=bucket, Delete=objects)
        left = [error for error in told.get("Errors", ()) if error.get("Code") not in _GONE]
        if left:
            raise StorageUnavailable(f"The object storage did not delete {len(left)} files: {left[0].get('Code')}.")

    def inside(self, folder: str) -> list[str]:
        """The objects right inside a folder."""
        bucket, _, rest = folder.partition("/")
        return [key for key, _ in self._listed(bucket, f"{rest}/", Delimiter="/")]

    def written_at(self) -> Iterator[tuple[str, float]]:
        """Every object under a name of ours."""
        for bucket in BUCKETS:
            yield from self._listed(bucket, "")

    def sweep(self, known: set[str], *, older_than: float) -> list[str]:
        """Objects that no row knows, and what was sent of those whose sender died."""
        for bucket in BUCKETS:
            self._end_uploads(self.settings.prefix + bucket, older_than)
        return super().sweep(known, older_than=older_than)

    def check(self) -> None:
        """Ask after every bucket. Raises `BadSetting` where one is not there or not for us, `StorageUnavailable`."""
        missing = [name for name in self._bucket_names() if not self._has_bucket(name)]
        if missing:
            raise BadSetting(f"The object storage has no bucket {', '.join(missing)}; lucida buckets makes them.")

    def make_buckets(self) -> list[str]:
        """Make those that are missing; their names."""
        made = [name for name in self._bucket_names() if not self._has_bucket(name)]
        elsewhere = {"CreateBucketConfiguration": {"LocationConstraint": self.settings.region}}
        more = elsewhere if self.settings.region != "us-east-1" else {}
        for name in made:
            with errors_as_ours():
                self._client.create_bucket(Bucket=name, **more)
        return made

    def _bucket_names(self) -> list[str]:
        return [self.settings.prefix + bucket for bucket in BUCKETS]

    def _has_bucket(self, name: str) -> bool:
        try:
            with errors_as_ours():
                self._client.head_bucket(Bucket=name)
        except NotFound:
            return False
        return True

    def _listed(self, bucket: str, prefix: str, **more: str) -> Iterator[tuple[str, float]]:
        pages = self._client.get_paginator("list_objects_v2")
        with errors_as_ours():
            for page in pages.paginate(Bucket=self.settings.prefix + bucket, Prefix=prefix, **more):
                for each in page.get("Contents", ()):
                    if is_key(key := f"{bucket}/{each['Key']}"):
                        yield key, each["LastModified"].timestamp()

    def _end_uploads(self, bucket: str, older_than: float) -> None:
        """Parts that were sent and never put together take room that no listing shows."""
        with errors_as_ours():
            for page in self._client.get_paginator("list_multipart_uploads").paginate(Bucket=bucket):
                for each in page.get("Uploads", ()):
                    if (datetime.now(UTC) - each["Initiated"]).total_seconds() > older_than:
                        self._client.abort_multipart_upload(Bucket=bucket, Key=each["Key"], UploadId=each["UploadId"])

    def _place_of(self, key: str) -> dict[str, str]:
        bucket, _, name = checked_key(key).partition("/")
        return {"Bucket": self.settings.prefix + bucket, "Key": name}

    @functools.cached_property
    def _client(self) -> Any:
        return self._made_client(self.settings.endpoint)

    @functools.cached_property
    def _public_client(self) -> Any:
        return self._made_client(self.settings.public_endpoint)

    def _made_client(self, endpoint: str) -> Any:
        config = Config(
            signature_version="s3v4",
            connect_timeout=_CONNECT_SECONDS,
            read_timeout=_READ_SECONDS,
            retries={"mode": "standard", "total_max_attempts": _TRIES},
            max_pool_connections=64,
            # Not every server knows checksums behind the body; a hash that is signed with the request all check.
            request_checksum_calculation="when_required",
            response_checksum_validation="when_required",
            s3={"addressing_style": "path" if endpoint else "auto", "payload_signing_enabled": True},
        )
        try:
            return boto3.session.Session().client(
                "s3",
                endpoint_url=endpoint or None,
                region_name=self.settings.region,
                aws_access_key_id=self.settings.access_key,
                aws_secret_access_key=self.settings.secret_key,
                config=config,
            )
        except ValueError as error:
            raise BadSetting(f"LUCIDA_S3_ENDPOINT={endpoint!r} does not work: {error}.") from error


@contextmanager
def errors_as_ours() -> Iterator[None]:
    """Turn what the object storage answers, or does not, into errors that a person reads."""
    try:
        yield
    except ClientError as error:
        raise _as_ours(error) from error
    except BotoCoreError as error:
        log.warning("the object storage did not answer: %s", error)
        raise StorageUnavailable("The object storage did not answer; try again.") from error


def _as_ours(error: ClientError) -> Exception:
    """What S3's error codes mean (Amazon S3 API, Error responses)."""
    code = str(error.response.get("Error", {}).get("Code", ""))
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 500)
    if code == "InvalidRange":
        return OutsideObject()
    if code == "NoSuchBucket":
        return StorageUnavailable("The object storage lacks a bucket of ours; lucida buckets makes it.")
    if code in _GONE:
        return NotFound("This file has just been replaced or deleted; ask again.")
    if code in _FULL or status == _INSUFFICIENT:
        return StorageFull("The object storage is full: make room there, then try again.")
    log.warning("the object storage answered %s", error)
    if status >= 500 or code in _PASSING:
        return StorageUnavailable("The object storage did not answer; try again.")
    return StorageUnavailable(f"The object storage refuses ({code}); see that the LUCIDA_S3_ settings fit.")


class Opened:
    """An object, or a part of it, that is being read."""

    def __init__(self, storage: S3Storage, key: str, got: Mapping[str, Any]) -> None:
        self._storage = storage
        self._key = key
        self._etag: str = got["ETag"]
        self._body: Any = got["Body"]
        self.content_range: str | None = got.get("ContentRange")
        self.length = int(got["ContentLength"])
        self._begin = int(self.content_range.split()[1].partition("-")[0]) if self.content_range else 0

    def chunks(self) -> Iterator[bytes]:
        """The bytes; where the connection breaks, the rest of the same object is asked for, a few times."""
        read, left = 0, _RESUMED
        try:
            while read < self.length:
                try:
                    chunk = self._more(read)
                except StorageUnavailable:
                    if not left:
                        raise
                    left -= 1
                    self.close()
                else:
                    read += len(chunk)
                    yield chunk
        finally:
            self.close()

    def close(self) -> None:
        """Leave the rest."""
        body, self._body = self._body, None
        if body is not None:
            body.close()

    def _more(self, read: int) -> bytes:
        if self._body is None:
            rest = f"bytes={self._begin + read}-{self._begin + self.length - 1}"
            self._body = self._storage.get(self._key, Range=rest, IfMatch=self._etag)["Body"]
        with errors_as_ours():
            chunk: bytes = self._body.read(CHUNK)
        if not chunk:
            raise StorageUnavailable("The object storage sent less than the whole file; try again.")
        return chunk
