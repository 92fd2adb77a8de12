"""How much of everything each user may have."""

from __future__ import annotations

from dataclasses import dataclass

from lucida.config import get_settings


@dataclass(frozen=True)
class Quota:
    """What one user may have; 0 is no limit. `lucida.accounts.limits` has what is counted by the hour."""

    requests_per_minute: int
    jobs_at_once: int
    storage_bytes: int
    gpu_seconds_per_day: int


# Enough for whoever works with it all day, and a bound to what one script can do to the others.
_WITH_LOGIN = Quota(requests_per_minute=300, jobs_at_once=50, storage_bytes=20_480 << 20, gpu_seconds_per_day=28_800)
_WITHOUT_LOGIN = Quota(0, 0, 0, 0)


def quota() -> Quota:
    """What the settings say; where they say nothing, no limit where nobody has to log in."""
    settings = get_settings()
    usual = _WITH_LOGIN if settings.auth == "token" else _WITHOUT_LOGIN
    megabytes = settings.storage_mb_per_user

    def given(value: int | None, otherwise: int) -> int:
        return otherwise if value is None else value

    return Quota(
        requests_per_minute=given(settings.requests_per_minute, usual.requests_per_minute),
        jobs_at_once=given(settings.jobs_at_once, usual.jobs_at_once),
        storage_bytes=usual.storage_bytes if megabytes is None else megabytes << 20,
        gpu_seconds_per_day=given(settings.gpu_seconds_per_day, usual.gpu_seconds_per_day),
    )
