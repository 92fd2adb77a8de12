"""Every error a person can meet.

LucidaError
 ├── BadInput                     the request can never work as it is
 │    ├── BadPhoto                 the file is not a photo we can read
 │    │    ├── UnsupportedFormat
 │    │    ├── TruncatedPhoto
 │    │    └── PhotoTooLarge
 │    ├── BadSplats                the file holds no scene of Gaussians that can be read
 │    ├── BadParameter             a field of the request has no such value
 │    ├── UploadTooLarge           more bytes than LUCIDA_MAX_UPLOAD_MB
 │    ├── PictureTooLarge          more bytes than LUCIDA_MAX_IMAGE_FILE_SIZE, however it is written
 │    ├── PromptRefused            a remote provider's rules do not allow the prompt or its picture
 │    ├── KeyReused                an Idempotency-Key came back with another request
 │    └── HostRefused              the Host header names no host of ours
 ├── NotAuthenticated             LUCIDA_AUTH=token, and the request has no token that is known and still good
 ├── Forbidden                    another web site's page sent the request, or its token has not the scope
 ├── QuotaExceeded                the user keeps as much as they may
 ├── NotFound
 ├── MethodNotAllowed
 ├── NotReady                     asked for before the job has made it
 ├── Conflict                     the job's state does not allow it
 │    └── KeyInFlight              the request with this Idempotency-Key is still being read
 ├── ModelUnavailable             an engine that is not installed was asked for
 ├── QueueFull
 ├── RateLimited                  the user has had their share for now
 ├── Interrupted
 │    ├── Cancelled                somebody stopped the job
 │    └── LeaseLost                another worker owns the job now
 ├── WorkerLost                   the worker died under the job too often
 ├── UpstreamFailed               a remote provider was busy, failed or could not be reached
 │    └── UpstreamTimeout          it did not answer in time
 ├── ProviderKeyRefused           a remote provider does not know the key that came with the request
 │    └── ProviderKeyNotAllowed    it knows the key, which may not do this
 ├── PaintingFailed               a model failed at a face of a panorama
 ├── OutOfMemory
 ├── StorageFull
 ├── StorageUnavailable
 ├── DatabaseBusy
 ├── BadSetting                   a LUCIDA_ variable has a value that does not work
 └── InternalError                a fault of ours
"""

from __future__ import annotations

from typing import ClassVar


class LucidaError(Exception):
    """The root of the tree; `str(error)` is one sentence for a person that says what to do next."""

    code: ClassVar[str] = "error"
    status: ClassVar[int] = 500
    retryable: ClassVar[bool] = False

    def __init__(self, message: str, *, param: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.param = param


class BadInput(LucidaError):
    """The request can never work as it is."""

    code, status = "bad_input", 400


class BadPhoto(BadInput):
    """The file is not a photo that can be read."""

    code, status = "bad_photo", 422


class UnsupportedFormat(BadPhoto):
    """The file's content is none of the formats that are read."""

    code, status = "unsupported_format", 415


class TruncatedPhoto(BadPhoto):
    """The file ends before the picture does."""

    code = "truncated_photo"


class PhotoTooLarge(BadPhoto):
    """The picture has more pixels than `LUCIDA_MAX_PHOTO_MEGAPIXELS`."""

    code, status = "photo_too_large", 413


class BadSplats(BadInput):
    """The file holds no scene of Gaussians that can be read, or the scene cannot be written."""

    code, status = "bad_splats", 422


class BadParameter(BadInput):
    """A field of the request has a value that does not exist; `param` names the field."""

    code, status = "bad_parameter", 422


class UploadTooLarge(BadInput):
    """The request's body is larger than `LUCIDA_MAX_UPLOAD_MB`."""

    code, status = "upload_too_large", 413


class PictureTooLarge(BadInput):
    """A picture takes more than `LUCIDA_MAX_IMAGE_FILE_SIZE`, even at the lowest quality."""

    code, status = "picture_too_large", 422


class PromptRefused(BadInput):
    """A remote provider's rules do not allow the prompt, or the picture that came of it."""

    code, status = "content_policy_violation", 422


class KeyReused(BadInput):
    """An `Idempotency-Key` was sent again with another request."""

    code, status = "idempotency_key_reused", 422


class HostRefused(BadInput):
    """The `Host` header names none of `LUCIDA_ALLOWED_HOSTS`."""

    code, status = "host_refused", 421


class NotAuthenticated(LucidaError):
    """`LUCIDA_AUTH=token` asks for a token, and the request has none that is known and still good."""

    code, status = "not_authenticated", 401


class Forbidden(LucidaError):
    """The request was sent by a page of another web site, or with a token that has not the scope it needs."""

    code, status = "forbidden", 403


class QuotaExceeded(LucidaError):
    """The user keeps as much as they may; waiting does not help, deleting does."""

    code, status = "quota_exceeded", 403


class NotFound(LucidaError):
    """There is no such thing, or it is somebody else's."""

    code, status = "not_found", 404


class MethodNotAllowed(LucidaError):
    """The address exists, but not with this method."""

    code, status = "method_not_allowed", 405


class NotReady(LucidaError):
    """The job has not made this yet."""

    code, status, retryable = "not_ready", 409, True


class Conflict(LucidaError):
    """The state the job is in does not allow it."""

    code, status = "conflict", 409


class KeyInFlight(Conflict):
    """The first request with this `Idempotency-Key` has not been answered yet."""

    code, retryable = "idempotency_key_in_flight", True


class ModelUnavailable(LucidaError):
    """An engine was asked for whose model is not installed; the message says how to install it."""

    code, status = "model_unavailable", 503


class QueueFull(LucidaError):
    """More jobs wait than `LUCIDA_MAX_QUEUED_JOBS`."""

    code, status, retryable = "queue_full", 503, True


class RateLimited(LucidaError):
    """The user has had their share of this work for now; `retry_after` says for how many seconds."""

    code, status, retryable = "rate_limit_exceeded", 429, True

    def __init__(self, message: str, *, retry_after: int) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class Interrupted(LucidaError):
    """The work was stopped from outside."""

    code = "interrupted"


class Cancelled(Interrupted):
    """Somebody stopped the job."""

    code, status = "cancelled", 409


class LeaseLost(Interrupted):
    """Another worker owns the job now; whoever meets this stops and writes nothing."""

    code, status, retryable = "lease_lost", 409, True


class WorkerLost(LucidaError):
    """The worker died under the job too often for the job to be innocent."""

    code = "worker_lost"


class UpstreamFailed(LucidaError):
    """A remote provider was busy, failed or could not be reached; `retry_after` seconds it asked to be left alone."""

    code, status, retryable = "upstream_failed", 502, True

    def __init__(self, message: str, *, retry_after: int = 0) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class UpstreamTimeout(UpstreamFailed):
    """A remote provider did not answer in time."""

    code, status = "upstream_timeout", 504


class ProviderKeyRefused(LucidaError):
    """A remote provider does not know the key that came with the request."""

    code, status = "provider_key_refused", 401


class ProviderKeyNotAllowed(ProviderKeyRefused):
    """A remote provider knows the key that came with the request, and does not let it do this."""

    code, status = "provider_key_not_allowed", 403


class PaintingFailed(LucidaError):
    """A model failed while it painted; the message says where."""

    code, retryable = "painting_failed", True


class OutOfMemory(LucidaError):
    """The machine has too little memory for the job at this size."""

    code, status, retryable = "out_of_memory", 507, True


class StorageFull(LucidaError):
    """There is no room left to write the result."""

    code, status, retryable = "storage_full", 507, True

    def __init__(self, message: str = "The disk is full: make room in the data folder, then try again.") -> None:
        super().__init__(message)


class StorageUnavailable(LucidaError):
    """The object storage did not answer in time, or refused."""

    code, status, retryable = "storage_unavailable", 503, True


class DatabaseBusy(LucidaError):
    """The database did not answer in time."""

    code, status, retryable = "database_busy", 503, True


class BadSetting(LucidaError):
    """A setting has a value that does not work; the message names the variable."""

    code = "bad_setting"


class InternalError(LucidaError):
    """A fault of ours; the log has the details under the job's or the request's id."""

    code = "internal_error"


def every_error() -> list[type[LucidaError]]:
    """The whole tree, parents first."""
    found: list[type[LucidaError]] = []
    waiting: list[type[LucidaError]] = [LucidaError]
    while waiting:
        error = waiting.pop(0)
        found.append(error)
        waiting.extend(error.__subclasses__())
    return found


def error_of(code: str, message: str) -> LucidaError:
    """The error of this code, as a job's row keeps it; `InternalError` for one that is not known."""
    kinds = {kind.code: kind for kind in every_error() if kind is not RateLimited}
    return kinds.get(code, InternalError)(message)
