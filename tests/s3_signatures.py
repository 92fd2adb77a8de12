"""Signature Version 4 checked by the book (Amazon S3 API, Authenticating Requests), for a server that checks none."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qsl, quote, urlsplit

_ALGORITHM = "AWS4-HMAC-SHA256"
_UNSIGNED = "UNSIGNED-PAYLOAD"
_TIME = "%Y%m%dT%H%M%SZ"


def _hmac(key: bytes, text: str) -> bytes:
    return hmac.new(key, text.encode(), hashlib.sha256).digest()


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def refusal(
    method: str, target: str, headers: Mapping[str, str], body: bytes, *, access_key: str, secret: str
) -> str | None:
    """S3's error code for a request that is not signed as it must be, None for one that is; header names in lower case.

    `target` is the path with its query, as it came.
    """
    path, query = urlsplit(target).path, parse_qsl(urlsplit(target).query, keep_blank_values=True)
    if "authorization" in headers:
        algorithm, _, rest = headers["authorization"].partition(" ")
        told = dict(part.strip().split("=", 1) for part in rest.split(","))
        at, signed_at = told.get("Credential", ""), headers.get("x-amz-date", "")
        payload = headers.get("x-amz-content-sha256", "")
        if payload not in (_UNSIGNED, _sha256(body)):
            return "XAmzContentSHA256Mismatch"
        lasts = timedelta(minutes=15)
    else:
        asked = dict(query)
        algorithm = asked.get("X-Amz-Algorithm", "")
        told = {"SignedHeaders": asked.get("X-Amz-SignedHeaders", ""), "Signature": asked.get("X-Amz-Signature", "")}
        at, signed_at, payload = asked.get("X-Amz-Credential", ""), asked.get("X-Amz-Date", ""), _UNSIGNED
        query = [(name, value) for name, value in query if name != "X-Amz-Signature"]
        lasts = timedelta(seconds=int(asked.get("X-Amz-Expires", "0")))
    if algorithm != _ALGORITHM:
        return "AccessDenied"
    if at.split("/")[0] != access_key:
        return "InvalidAccessKeyId"
    if (
        not timedelta(minutes=-15)
        <= datetime.now(UTC) - datetime.strptime(signed_at, _TIME).replace(tzinfo=UTC)
        <= lasts
    ):
        return "AccessDenied"
    names = told["SignedHeaders"].split(";")
    canonical = "\n".join(
        (
            method,
            path,
            "&".join(sorted(f"{quote(name, safe='-_.~')}={quote(value, safe='-_.~')}" for name, value in query)),
            "".join(f"{name}:{' '.join(headers.get(name, '').split())}\n" for name in names),
            told["SignedHeaders"],
            payload,
        )
    )
    day, region, service, end = at.split("/")[1:]
    to_sign = "\n".join((algorithm, signed_at, f"{day}/{region}/{service}/{end}", _sha256(canonical.encode())))
    key = f"AWS4{secret}".encode()
    for part in (day, region, service, end):
        key = _hmac(key, part)
    return None if hmac.compare_digest(_hmac(key, to_sign).hex(), told["Signature"]) else "SignatureDoesNotMatch"
