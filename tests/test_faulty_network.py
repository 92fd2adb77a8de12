"""What lies between the workers and Postgres and Redis is slow, breaks, or swallows all: no effect twice, soon well."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest
from cluster import Cluster, cluster
from postgres import MISSING as NO_POSTGRES
from postgres import binary
from redis_server import BINARY as REDIS
from redis_server import MISSING as NO_REDIS
from waiting import wait_until

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(binary("postgres") is None, reason=NO_POSTGRES),
    pytest.mark.skipif(REDIS is None, reason=NO_REDIS),
]

JOBS = 12
WELL_AGAIN_SECONDS = 30.0


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    with cluster(tmp_path_factory.mktemp("faulty"), workers=2, services=True, faulty=True) as made:
        yield made


def draw_many(made: Cluster, name: str) -> int:
    """Jobs in plenty; how many are done before them."""
    before = made.done()
    assert before is not None
    for job in range(JOBS):
        made.draw(f"{name} {job}", seed=job)
    return before


def nothing_happened_twice(made: Cluster) -> None:
    found = made.audit()
    assert set(found["statuses"]) == {"done"}
    total = found["statuses"]["done"]
    assert found["done_events"] == found["pictures_a_job"] == {"1": total}
    assert found["gaps"] == found["lost_files"] == 0


def test_slow_ways_cost_time(made: Cluster) -> None:
    for way in made.ways:
        way.latency = 0.01
    before = draw_many(made, "slow")
    wait_until(lambda: made.done() == before + JOBS, "the jobs on slow ways")
    for way in made.ways:
        way.latency = 0.0
    nothing_happened_twice(made)


def test_connections_that_break_are_made_again(made: Cluster) -> None:
    before = draw_many(made, "reset")
    while made.done() != before + JOBS:
        for way in made.ways:
            way.reset()
        time.sleep(3.0)
    nothing_happened_twice(made)


@pytest.mark.parametrize("which", [0, 1, None], ids=["rows", "hints", "both"])
def test_connections_that_are_dead_and_look_alive_are_given_up(made: Cluster, which: int | None) -> None:
    """For longer than a lease lasts nothing comes through, and what was sent meanwhile never will."""
    dead = made.ways if which is None else [made.ways[which]]
    before = draw_many(made, f"half-open {which}")
    wait_until(lambda: (made.done() or 0) > before, "the first of the jobs")
    for way in dead:
        way.swallows = True
    time.sleep(20.0)
    at_worst = made.done()
    for way in dead:
        way.swallows = False
    healed = time.monotonic()
    for job in range(JOBS):
        made.draw(f"after half-open {which} {job}", seed=job)
    wait_until(lambda: (made.done() or 0) > (at_worst or 0), "the first job after the network was well again")
    assert time.monotonic() - healed < WELL_AGAIN_SECONDS
    wait_until(lambda: made.done() == before + 2 * JOBS, "all the jobs")
    nothing_happened_twice(made)
