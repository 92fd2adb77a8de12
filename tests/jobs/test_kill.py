"""Workers and servers killed at random moments: every job ends done, its panorama the same to the last byte."""

from __future__ import annotations

import hashlib
import os
import random
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import psutil
import pytest
from uploads import upload

pytestmark = pytest.mark.slow

SEED = 20
PATIENCE_SECONDS = 180.0
KILLS, SERVER_KILLS = 10, 3


@dataclass
class Served:
    """`lucida serve` on a data folder of its own."""

    data: Path
    process: subprocess.Popen[bytes] | None = None
    client: httpx.Client | None = None

    def start(self) -> None:
        environment = {**os.environ, "LUCIDA_DATA_DIR": str(self.data)}
        del environment["DJANGO_SETTINGS_MODULE"]
        command = [sys.executable, "-m", "lucida.cli", "serve", "--port", "0", "--workers", "1"]
        said = self.data / "server.log"
        with said.open("w") as log:
            self.process = subprocess.Popen(command, env=environment, stderr=log)
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not (found := re.search(r"Lucida serves (http\S+)", said.read_text())):
            assert self.process.poll() is None, said.read_text()
            assert time.monotonic() < deadline, said.read_text()
            time.sleep(0.05)
        self.client = httpx.Client(base_url=found[1], timeout=60)

    def kill(self) -> None:
        assert self.process is not None
        assert self.client is not None
        self.process.kill()
        self.process.wait()
        self.client.close()

    def close(self) -> None:
        assert self.process is not None
        assert self.client is not None
        self.client.close()
        self.process.send_signal(signal.SIGINT)
        self.process.wait(60)

    def worker(self) -> psutil.Process | None:
        assert self.process is not None
        for child in psutil.Process(self.process.pid).children():
            if "lucida.jobs.worker" in child.cmdline():
                return child
        return None

    def upload(self, seed: int | None = SEED) -> str:
        assert self.client is not None
        answer = upload(self.client, **({} if seed is None else {"seed": str(seed)}))
        return str(answer.raise_for_status().json()["job_id"])

    def job(self, job_id: str) -> dict[str, object]:
        assert self.client is not None
        found: dict[str, object] = self.client.get(f"/api/jobs/{job_id}").raise_for_status().json()
        return found

    def wait_for(self, job_id: str, *statuses: str) -> dict[str, object]:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while (job := self.job(job_id))["status"] not in statuses:
            assert time.monotonic() < deadline, job
            time.sleep(0.05)
        return job

    def panorama(self, job_id: str) -> str:
        assert self.client is not None
        return hashlib.sha256(self.client.get(f"/api/result/{job_id}/hdr").raise_for_status().content).hexdigest()


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    served = Served(tmp_path_factory.mktemp("killed"))
    served.start()
    yield served
    served.close()


@pytest.fixture(scope="module")
def undisturbed(served: Served) -> tuple[str, float]:
    """The panorama's sha256 where nobody is killed, and how long that takes."""
    for _ in range(2):  # the first finds cold caches
        began = time.monotonic()
        job_id = served.upload()
        served.wait_for(job_id, "processing")
        began = time.monotonic()
        assert served.wait_for(job_id, "done", "error")["status"] == "done"
        seconds = time.monotonic() - began
    return served.panorama(job_id), seconds


def test_a_worker_killed_at_any_moment_costs_no_job_and_no_byte(
    served: Served, undisturbed: tuple[str, float], record_property: pytest.RecordProperty
) -> None:
    expected, seconds = undisturbed
    moments = random.Random(0)
    at: list[float] = []
    while len(at) < KILLS:
        job_id = served.upload()
        served.wait_for(job_id, "processing")
        moment = moments.uniform(0.0, 0.95 * seconds)
        time.sleep(moment)
        worker = served.worker()
        progress = served.job(job_id)
        if worker is None or progress["status"] != "processing":
            seconds = min(seconds, moment)  # this one was faster than the last
            continue
        worker.kill()
        at.append(moment)
        done = served.wait_for(job_id, "done", "error", "cancelled")
        assert done["status"] == "done", done
        assert served.panorama(job_id) == expected, f"killed at {progress}"
    record_property("killed_at", at)
    assert min(at) < 0.5 * seconds < max(at), at  # early and late, by the time that a job takes undisturbed


def test_a_seed_that_nobody_chose_survives_a_kill_too(served: Served) -> None:
    job_id = served.upload(seed=None)
    served.wait_for(job_id, "processing")
    worker = served.worker()
    assert worker is not None
    worker.kill()
    served.wait_for(job_id, "done")
    again = served.upload(seed=int(str(served.job(job_id)["seed"])))
    served.wait_for(again, "done")
    assert served.panorama(again) == served.panorama(job_id)


def test_a_server_killed_and_started_again_goes_on_where_it_was(served: Served, undisturbed: tuple[str, float]) -> None:
    expected, seconds = undisturbed
    moments = random.Random(1)
    for _ in range(SERVER_KILLS):
        waiting = [served.upload() for _ in range(2)]
        served.wait_for(waiting[0], "processing")
        time.sleep(moments.uniform(0.0, 0.9 * seconds))
        worker = served.worker()
        assert worker is not None
        served.kill()
        if psutil.wait_procs([worker], timeout=10)[1]:
            worker.send_signal(signal.SIGUSR1)
            time.sleep(1)
            said = (served.data / "server.log").read_text()
            worker.kill()
            raise AssertionError(f"the worker outlived its server ({worker.status()}):\n{said}")
        served.start()
        for job_id in waiting:
            done = served.wait_for(job_id, "done", "error", "cancelled")
            assert done["status"] == "done", done
            assert served.panorama(job_id) == expected
