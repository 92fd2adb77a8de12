"""How many requests that write each user sends in a minute.

Counted in this process, or in Redis for all processes together where `CELERY_BROKER_URL` names one. Redis holds nothing
that is not counted anew in a minute: without it each process counts its own.
"""

from __future__ import annotations

import logging
import math
import secrets
import threading
import time
from collections import defaultdict, deque
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

import anyio.to_thread
from starlette.types import ASGIApp, Receive, Scope, Send

from lucida.accounts.owner import LOCAL_USER
from lucida.accounts.quotas import quota
from lucida.accounts.scopes import is_reading
from lucida.config import get_settings
from lucida.errors import BadSetting, RateLimited
from lucida.web.answers import error_response

if TYPE_CHECKING:
    from lucida.accounts.models import User

log = logging.getLogger("lucida.accounts")

Number = TypeVar("Number", int, float)

WINDOW_SECONDS = 60
# A request waits no longer than this for Redis, and none asks it for a while after one has waited.
_ANSWER_SECONDS = 0.5
_PAUSE_SECONDS = 5.0
_KEYS = "lucida.requests."

# Of the times in a sorted set those that are too old go, and one is added where there is room; else how many
# milliseconds to wait: until the last that is too many is too old. By Redis' own clock: machines need not agree.
_TAKE = """
local time, window, limit = redis.call('TIME'), tonumber(ARGV[1]), tonumber(ARGV[2])
local now = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now - window)
local count = redis.call('ZCARD', KEYS[1])
if count >= limit then
    local last = redis.call('ZRANGE', KEYS[1], count - limit, count - limit, 'WITHSCORES')
    return last[2] + window - now
end
redis.call('ZADD', KEYS[1], now, ARGV[3])
redis.call('PEXPIRE', KEYS[1], window)
return 0
"""
_COUNT = """
local time = redis.call('TIME')
return redis.call('ZCOUNT', KEYS[1], '(' .. (time[1] * 1000 + math.floor(time[2] / 1000) - ARGV[1]), '+inf')
"""


class Counter(Protocol):
    """Counts what each did in the minute up to now."""

    def take(self, who: str, limit: int) -> float:
        """Count one more and return 0, or the seconds to wait where that would be more than `limit`."""
        ...

    def count(self, who: str) -> int:
        """How many there are."""
        ...


class OwnCounter:
    """Counts for this process alone."""

    def __init__(self, window: float = WINDOW_SECONDS) -> None:
        self._window = window
        self._times: defaultdict[str, deque[float]] = defaultdict(deque)
        self._lock = threading.Lock()

    def take(self, who: str, limit: int) -> float:
        """As `Counter` says."""
        with self._lock:
            times, now = self._recent(who), time.monotonic()
            if len(times) >= limit:
                return times[len(times) - limit] + self._window - now
            times.append(now)
            return 0.0

    def count(self, who: str) -> int:
        """As `Counter` says."""
        with self._lock:
            return len(self._recent(who))

    def _recent(self, who: str) -> deque[float]:
        times, horizon = self._times[who], time.monotonic() - self._window
        while times and times[0] <= horizon:
            times.popleft()
        return times


class RedisCounter:
    """Counts for all processes together. Raises `redis.RedisError` where Redis does not answer."""

    def __init__(self, url: str, window: float = WINDOW_SECONDS) -> None:
        """Raises `BadSetting` where its client is not installed; connects to nothing yet."""
        try:
            from redis import Redis
            from redis.backoff import NoBackoff
            from redis.retry import Retry
        except ImportError:
            raise BadSetting("CELERY_BROKER_URL needs Redis' client: pip install 'lucida[cluster]'.") from None
        self._milliseconds = round(1000 * window)
        again = Retry(NoBackoff(), 1)  # a connection that was kept may be dead
        self._redis: Any = Redis.from_url(  # its types do not tell what answers at once from what answers later
            url, socket_timeout=_ANSWER_SECONDS, socket_connect_timeout=_ANSWER_SECONDS, retry=again
        )
        self._take, self._count = self._redis.register_script(_TAKE), self._redis.register_script(_COUNT)

    def take(self, who: str, limit: int) -> float:
        """As `Counter` says."""
        wait = self._take(keys=[_KEYS + who], args=[self._milliseconds, limit, secrets.token_hex(8)])
        return float(wait) / 1000

    def count(self, who: str) -> int:
        """As `Counter` says."""
        return int(self._count(keys=[_KEYS + who], args=[self._milliseconds]))

    def close(self) -> None:
        """Let go of the connections."""
        self._redis.close()


class Requests:
    """The counter that the settings name, and this process' own while Redis does not answer."""

    def __init__(self, shared: RedisCounter | None = None) -> None:
        self._own, self._shared = OwnCounter(), shared
        self._lost, self._not_before = False, 0.0
        self._lock = threading.Lock()

    async def take(self, who: str, limit: int) -> float:
        """Count one more and return 0, or the seconds to wait where that would be more than `limit` in a minute."""
        if self._shared is None:
            return self._own.take(who, limit)
        return await anyio.to_thread.run_sync(self._asked, lambda counter: counter.take(who, limit))

    async def count(self, who: str) -> int:
        """How many there were in the minute up to now."""
        if self._shared is None:
            return self._own.count(who)
        return await anyio.to_thread.run_sync(self._asked, lambda counter: counter.count(who))

    def close(self) -> None:
        """Let go of the connections."""
        if self._shared is not None:
            self._shared.close()

    def _asked(self, ask: Callable[[Counter], Number]) -> Number:
        """What Redis says, else what this process knows."""
        from redis import RedisError

        if self._shared is not None and time.monotonic() >= self._not_before:
            try:
                found = ask(self._shared)
            except RedisError as error:
                self._not_before = time.monotonic() + _PAUSE_SECONDS
                if self._becomes(lost=True):
                    log.error("Redis does not answer, each process counts requests by itself until it does: %s", error)
            else:
                if self._becomes(lost=False):
                    log.warning("Redis answers again and counts requests for all processes together")
                return found
        return ask(self._own)

    def _becomes(self, *, lost: bool) -> bool:
        """Whether this is news."""
        with self._lock:
            news, self._lost = self._lost != lost, lost
            return news


def configured_requests() -> Requests:
    """Counted where the settings say. Raises `BadSetting`."""
    url = get_settings().celery_broker_url
    return Requests(RedisCounter(url.get_secret_value()) if url else None)


def name_of(user: User | None) -> str:
    """What a user's requests are counted under; where nobody logs in, all are one."""
    return str(user.id) if user else LOCAL_USER


class RequestLimit:
    """Refuses what a user writes beyond `LUCIDA_REQUESTS_PER_MINUTE`; `Authentication`, outside it, says who."""

    def __init__(self, app: ASGIApp, *, requests: Requests, login: bool) -> None:
        self.app = app
        self._requests = requests
        self._login = login

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        wait = await self._wait(scope)
        if not wait:
            await self.app(scope, receive, send)
            return
        limit, seconds = quota().requests_per_minute, math.ceil(wait)
        error = RateLimited(
            f"{limit} requests a minute that change something are all there are for you; ask again in {seconds} s.",
            retry_after=seconds,
        )
        await error_response(error, scope["path"])(scope, receive, send)

    async def _wait(self, scope: Scope) -> float:
        limit = quota().requests_per_minute
        if not limit or scope["type"] != "http" or is_reading(scope["method"]):
            return 0.0
        owner: User | None = scope["state"]["owner"]
        if self._login and owner is None:  # whoever signs out, known or not
            return 0.0
        return await self._requests.take(name_of(owner), limit)
