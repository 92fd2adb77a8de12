"""What a token may be used for.

A request's method and address alone say what it needs, so that a route somebody adds needs something by itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from lucida.errors import BadInput

READ, WRITE, METRICS = "read", "write", "metrics"
SCOPES = {
    READ: "see what is one's own, and follow one's jobs",
    WRITE: "make, change and delete what is one's own",
    METRICS: "read /metrics, which counts everybody's jobs",
}
# What people need. Counting everybody's jobs is for monitors, which need nothing else.
USUAL = (READ, WRITE)

SESSION = "/api/session"
_TICKET = re.compile(r"/api/jobs/[^/]+/ticket")  # with which one only follows a job
_READING = {"GET", "HEAD", "OPTIONS"}


def needed_scope(method: str | None, path: str) -> str | None:
    """The scope that a request needs; None where any token will do. A WebSocket has no method, and only tells."""
    if path == SESSION:  # who one is; a session has its token's scopes
        return None
    if path == "/metrics":
        return METRICS
    reads = method is None or is_reading(method) or _TICKET.fullmatch(path)
    return READ if reads else WRITE


def is_reading(method: str) -> bool:
    """Whether a request of this method changes nothing."""
    return method in _READING


def read_scopes(text: str) -> tuple[str, ...]:
    """Scopes as a person writes them, with commas or spaces between them. Raises `BadInput`."""
    return known_scopes(part for part in re.split(r"[,\s]+", text) if part)


def known_scopes(names: Iterable[str]) -> tuple[str, ...]:
    """The scopes of these names, each once and in our order; BadInput where there is none or one that is not known."""
    wanted = set(names)
    strange = sorted(wanted - set(SCOPES))
    if strange or not wanted:
        raise BadInput(f"There is no scope {strange[0] if strange else ''!r}; choose from {', '.join(SCOPES)}.")
    return tuple(scope for scope in SCOPES if scope in wanted)
