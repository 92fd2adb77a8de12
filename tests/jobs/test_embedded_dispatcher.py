from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator

import psutil
import pytest
from dispatcher_contract import DispatcherContract, accept, ended, started
from waiting import wait_until

from lucida.jobs.embedded import EmbeddedDispatcher
from lucida.jobs.heartbeat import is_alive
from lucida.jobs.models import Status

pytestmark = pytest.mark.slow

# A process with a dispatcher of its own, as `lucida serve` is one.
PARENT = """
import time
from lucida import database
database.setup()
from lucida.jobs.embedded import EmbeddedDispatcher
dispatcher = EmbeddedDispatcher(1, ("tests",))
dispatcher.start()
print("started", flush=True)
time.sleep(300)
"""


@pytest.fixture(autouse=True)
def short_lease(database: object, setting: Callable[[str, object], None]) -> None:
    """Leases that run out while a test waits."""
    setting("LEASE_SECONDS", 3)


@pytest.fixture
def start(short_lease: None) -> Iterator[Callable[[], EmbeddedDispatcher]]:
    made: list[EmbeddedDispatcher] = []

    def make() -> EmbeddedDispatcher:
        made.append(EmbeddedDispatcher(1, ("tests",)))
        return made[-1]

    yield make
    for dispatcher in made:
        dispatcher.stop()


@pytest.fixture
def dispatcher(start: Callable[[], EmbeddedDispatcher]) -> EmbeddedDispatcher:
    dispatcher = start()
    dispatcher.start()
    return dispatcher


@pytest.fixture
def stopped_dispatcher(start: Callable[[], EmbeddedDispatcher]) -> EmbeddedDispatcher:
    return start()


class TestEmbeddedDispatcher(DispatcherContract):
    """The contract, kept by workers that are children of this process."""

    def test_killing_the_parent_leaves_no_orphan_and_loses_no_job(
        self, start: Callable[[], EmbeddedDispatcher]
    ) -> None:
        with subprocess.Popen([sys.executable, "-c", PARENT], stdout=subprocess.PIPE) as parent:
            assert parent.stdout is not None
            assert parent.stdout.readline() == b"started\n"
            dispatcher = start()
            job = started(accept(dispatcher, seconds=3.0, steps=60))
            worker = job.lease_owner
            children = psutil.Process(parent.pid).children()
            assert len(children) == 1
            parent.kill()
        wait_until(lambda: is_alive(worker) is not True, "the orphan to end")
        assert psutil.wait_procs(children, timeout=10)[1] == []
        dispatcher.start()
        assert ended(job).status == Status.DONE

    def test_a_worker_that_dies_idle_is_started_again(self, dispatcher: EmbeddedDispatcher) -> None:
        first = wait_until(dispatcher.workers, "a worker")
        os.kill(next(iter(first.values())), signal.SIGKILL)
        second = wait_until(lambda: set(dispatcher.workers()) - set(first), "another worker")
        assert len(second) == 1
        assert ended(accept(dispatcher, seconds=0.0)).status == Status.DONE

    def test_a_worker_that_stands_still_with_the_rows_in_hand_lets_go(self, dispatcher: EmbeddedDispatcher) -> None:
        """Nobody else can write then, not even that its lease has run out."""
        job = ended(accept(dispatcher, "faulty", how="stopped", times=1))
        assert (job.status, job.worker_deaths) == (Status.DONE, 1)

    def test_a_worker_makes_way_for_whoever_asks(self, dispatcher: EmbeddedDispatcher) -> None:
        (worker,) = wait_until(dispatcher.workers, "a worker").values()
        behind = min(os.nice(0) + 10, 19)
        wait_until(lambda: psutil.Process(worker).nice() == behind, "the worker to make way")
