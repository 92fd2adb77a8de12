from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from dispatcher_contract import DispatcherContract, accept, ended, started
from redis_server import BINARY, MISSING, Redis, redis_server

from lucida.jobs.broker import Broker
from lucida.jobs.brokered import CeleryDispatcher
from lucida.jobs.models import Status

pytestmark = [pytest.mark.slow, pytest.mark.skipif(BINARY is None, reason=MISSING)]


@pytest.fixture(scope="module")
def redis() -> Iterator[Redis]:
    with redis_server() as server:
        yield server


@pytest.fixture(autouse=True)
def settings(redis: Redis, database: object, setting: Callable[[str, object], None]) -> None:
    """Leases that run out while a test waits; workers read the address of the broker."""
    setting("LEASE_SECONDS", 3)
    setting("CELERY_BROKER_URL", redis.address())


@pytest.fixture
def start(redis: Redis, settings: None) -> Iterator[Callable[[], CeleryDispatcher]]:
    made: list[CeleryDispatcher] = []

    def make() -> CeleryDispatcher:
        made.append(CeleryDispatcher(Broker(redis.address()), 1, ("tests",)))
        return made[-1]

    yield make
    for dispatcher in made:
        dispatcher.stop()
    redis.client.flushall()


@pytest.fixture
def dispatcher(start: Callable[[], CeleryDispatcher]) -> CeleryDispatcher:
    dispatcher = start()
    dispatcher.start()
    return dispatcher


@pytest.fixture
def stopped_dispatcher(start: Callable[[], CeleryDispatcher]) -> CeleryDispatcher:
    return start()


class TestCeleryDispatcher(DispatcherContract):
    """The contract, kept by Celery's workers."""

    def test_a_broker_that_lost_everything_loses_no_job(self, dispatcher: CeleryDispatcher, redis: Redis) -> None:
        first = started(accept(dispatcher, seconds=2.0))
        later = [accept(dispatcher, seconds=0.0) for _ in range(3)]
        redis.client.flushall()
        assert {ended(job).status for job in (first, *later)} == {Status.DONE}

    def test_a_broker_that_was_away_loses_no_job(self, dispatcher: CeleryDispatcher, redis: Redis) -> None:
        first = started(accept(dispatcher, seconds=2.0))
        redis.stop()
        later = [accept(dispatcher, seconds=0.0) for _ in range(3)]
        assert ended(first).status == Status.DONE
        redis.start()
        assert {ended(job).status for job in later} == {Status.DONE}
