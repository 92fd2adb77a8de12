"""The simulation that docs/scaling.md quotes, against what is known of queues."""

from __future__ import annotations

import importlib.util
import math
import sys
from pathlib import Path
from types import ModuleType

import pytest


@pytest.fixture(scope="module")
def scaling(repository: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location("scaling", repository / "bench" / "scaling.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["scaling"] = module  # dataclasses look there for their module
    spec.loader.exec_module(module)
    return module


def erlang_wait(servers: int, load: float, seconds: float) -> float:
    """The mean wait of a queue with exponential times (Erlang's C formula); `load` in servers kept busy."""
    terms = [load**k / math.factorial(k) for k in range(servers)]
    last = load**servers / math.factorial(servers) * servers / (servers - load)
    return last / (sum(terms) + last) * seconds / (servers - load)


@pytest.mark.parametrize("fair", [True, False], ids=["in turns", "first come"])
@pytest.mark.parametrize(("servers", "load"), [(1, 0.5), (4, 3.0), (20, 17.0)])
def test_the_mean_wait_is_erlangs_in_either_order(scaling: ModuleType, servers: int, load: float, fair: bool) -> None:
    seconds = 6.0
    found = scaling.simulate(
        jobs_an_hour=load / seconds * 3600,
        workers=servers,
        service=lambda choose: choose.expovariate(1 / seconds),
        users=50,
        hours=60_000 / (load / seconds * 3600),
        fair=fair,
    )
    assert sum(found.waits) / len(found.waits) == pytest.approx(erlang_wait(servers, load, seconds), rel=0.1)
    assert found.busy == pytest.approx(load / servers, rel=0.05)


def test_whoever_asks_for_much_at_once_makes_only_himself_wait(scaling: ModuleType) -> None:
    waits = {}
    for fair in (True, False):
        found = scaling.simulate(
            jobs_an_hour=1200,
            workers=4,
            service=scaling.lognormal(6.0, 0.5),
            users=51,
            zipf=0.0,
            burst=500,
            fair=fair,
        )
        waits[fair] = found.quantile(0.95, light=True)
    assert waits[True] < 10
    assert waits[False] > 300


def test_one_worker_fewer_would_be_too_few(scaling: ModuleType) -> None:
    workers, found = scaling.fewest_workers(1250.0, 6.0, 10.0, users=500)
    assert found.quantile(0.95) <= 10.0
    fewer = scaling.simulate(
        jobs_an_hour=1250.0, workers=workers - 1, service=scaling.lognormal(6.0, 0.5), users=500, hours=24.0
    )
    assert fewer.quantile(0.95) > 10.0
