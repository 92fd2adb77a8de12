"""A whole Lucida of processes, with Postgres, Redis, S3 and Celery's workers or with none of them, that can be hurt."""

from __future__ import annotations

import itertools
import json
import os
import random
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import psutil
from faulty_network import Proxy, faulty_network
from free_port import free_port
from pooler import pooler
from postgres import Postgres, postgres
from redis_server import Redis, redis_server
from s3_server import S3Server, s3_server
from waiting import wait_until

LUCIDA = [sys.executable, "-m", "lucida.cli"]
UNLIMITED = {"LUCIDA_IMAGES_PER_HOUR": "0", "LUCIDA_IMAGES_AT_ONCE": "0", "LUCIDA_MAX_QUEUED_JOBS": "100000"}

# What the rows and the files say of the jobs, once all is over.
AUDIT = """
import json
from collections import Counter
from lucida.database import setup
setup()
from lucida.jobs.kinds import load_kinds
load_kinds()
from django.db.models import Count, F
from lucida.images.models import GeneratedImage
from lucida.jobs.models import Artifact, Job, JobEvent
from lucida.jobs.shelves import every_shelf
from lucida.storage import get_storage
storage = get_storage()
known = set(Artifact.objects.values_list("key", flat=True)).union(*(shelf.keys() for shelf in every_shelf()))
kept = set(storage.keys())
numbers = {}
for job, seq in JobEvent.objects.order_by("job", "seq").values_list("job", "seq"):
    numbers.setdefault(job, []).append(seq)
print(json.dumps({
    "statuses": dict(Counter(Job.objects.values_list("status", flat=True))),
    "done_events": dict(Counter(JobEvent.objects.filter(kind="done").values_list("job").annotate(n=Count("id"))
                                .values_list("n", flat=True))),
    "pictures_a_job": dict(Counter(GeneratedImage.objects.values("job").annotate(n=Count("id"))
                                   .values_list("n", flat=True))),
    "gaps": sum(seqs != list(range(1, len(seqs) + 1)) for seqs in numbers.values()),
    "lost_files": len(known - kept),
    "orphans": len(kept - known),
    "swept": len(storage.sweep(known, older_than=-1.0)),
    "claims": sum(Job.objects.values_list("fence", flat=True)),
    "worker_deaths": sum(Job.objects.values_list("worker_deaths", flat=True)),
    "attempts": sum(Job.objects.values_list("attempt", flat=True)),
}))
"""


@dataclass
class Cluster:
    """A web process and a crew of workers, on one machine."""

    data: Path
    variables: dict[str, str]
    workers: int
    of_workers: dict[str, str] = field(default_factory=dict)  # variables that workers see otherwise
    ways: list[Proxy] = field(default_factory=list)  # from the workers to Postgres and to Redis
    postgres: Postgres | None = None
    redis: Redis | None = None
    files: S3Server | None = None
    web: subprocess.Popen[bytes] | None = None
    crew: subprocess.Popen[bytes] | None = None
    killed: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.port = free_port()
        self.client = httpx.Client(base_url=f"http://127.0.0.1:{self.port}", timeout=30)

    def lucida(self, *arguments: str, **variables: str) -> subprocess.Popen[bytes]:
        """A command of Lucida's, in the background; what it says goes to the log."""
        environment = self.variables | variables
        with (self.data / "log").open("ab") as log:
            return subprocess.Popen([*LUCIDA, *arguments], env=environment, stderr=log, stdout=log, cwd=self.data)

    def start(self) -> None:
        """Bring the rows up to date; serve, and work."""
        assert self.lucida("migrate").wait(120) == 0
        assert self.lucida("buckets").wait(60) == 0
        if self.postgres is None:  # the workers belong to the web process
            self.start_web(str(self.workers))
        else:
            self.start_web("0")
            workers = ("--workers", str(self.workers), "--queues", "cpu")
            self.crew = self.lucida("worker", *workers, **self.of_workers)
        wait_until(self.worker_pids, "the workers")

    def start_web(self, workers: str) -> None:
        """Serve, at the same address as before."""
        self.web = self.lucida("serve", "--port", str(self.port), "--workers", workers)
        wait_until(self._answers, "the server to answer")

    def restart_web(self) -> None:
        """Kill the web process, and start it again."""
        assert self.web is not None
        self.web.kill()
        self.web.wait()
        self.start_web("0" if self.crew else str(self.workers))

    def worker_pids(self) -> list[int]:
        """The processes that work."""
        parent = self.crew or self.web
        assert parent is not None
        try:
            children = psutil.Process(parent.pid).children()
            return [child.pid for child in children if "lucida.jobs.worker" in child.cmdline()]
        except psutil.NoSuchProcess:
            return []

    def kill_a_worker(self, choose: random.Random) -> None:
        """Kill one that lives, as nothing can be prepared for."""
        living = self.worker_pids()
        if living:
            pid = choose.choice(living)
            psutil.Process(pid).kill()
            self.killed.append(pid)

    def draw(self, name: str, seed: int) -> None:
        """Have a small picture drawn; asks again, in the same words, until the answer is there."""
        body = {"prompt": "a lake in the mountains", "model": "draft", "size": "64x64", "seed": seed}
        headers = {"Prefer": "respond-async", "Idempotency-Key": name}

        def accepted() -> bool:
            try:
                answer = self.client.post("/v1/images/generations", json=body, headers=headers)
            except httpx.TransportError:
                return False
            assert answer.status_code in (202, 503), answer.text
            return answer.status_code == 202

        wait_until(accepted, f"picture {name} to be accepted")

    def waiting(self) -> int | None:
        """How many jobs have not ended; None where nobody answers."""
        try:
            answer = self.client.get("/health")
        except httpx.TransportError:
            return None
        return sum(answer.json()["queue"].values()) if answer.status_code == 200 else None

    def done(self) -> int | None:
        """How many jobs ended well; None where nobody answers."""
        try:
            told = self.client.get("/metrics").text
        except httpx.TransportError:
            return None
        found = re.search(r'lucida_jobs\{kind="image",status="done"\} (\d+)', told)
        return int(found[1]) if found else 0

    def audit(self) -> dict[str, Any]:
        """What is to be seen in rows and files."""
        told = subprocess.run([sys.executable, "-c", AUDIT], env=self.variables, capture_output=True, text=True)
        assert told.returncode == 0, told.stderr
        found: dict[str, Any] = json.loads(told.stdout)
        return found

    def stop(self) -> None:
        """End it all, properly."""
        for process in (self.crew, self.web):
            if process is not None and process.poll() is None:
                process.send_signal(signal.SIGTERM)
                process.wait(60)
        self.client.close()

    def _answers(self) -> bool:
        assert self.web is not None
        assert self.web.poll() is None, (self.data / "log").read_text()[-4000:]
        return self.waiting() is not None


@contextmanager
def cluster(
    data: Path, *, workers: int, services: bool, faulty: bool = False, pooled: bool = False, **variables: str
) -> Iterator[Cluster]:
    """A Lucida for a block; with `services` on Postgres, Redis, S3 and Celery, else on SQLite with embedded workers.

    `faulty` puts proxies between the workers and the services, `pooled` a transaction pooler before Postgres.
    """
    environment = {**os.environ, "LUCIDA_DATA_DIR": str(data), "OPENBLAS_NUM_THREADS": "1", **UNLIMITED, **variables}
    for name in ("DJANGO_SETTINGS_MODULE", "PYTHONPATH"):
        environment.pop(name, None)
    with ExitStack() as started:
        made = Cluster(data, environment, workers)
        if services:
            made.postgres = rows = started.enter_context(postgres())
            made.redis = broker = started.enter_context(redis_server())
            made.files = files = started.enter_context(s3_server())
            environment |= {"LUCIDA_DATABASE_URL": rows.address(), "LUCIDA_CELERY_BROKER_URL": broker.address()}
            environment |= files.variables("")
            if pooled:
                port = started.enter_context(pooler(rows)).port
                environment["LUCIDA_DATABASE_DIRECT_URL"] = rows.address()
                environment["LUCIDA_DATABASE_URL"] = rows.address(port=port)
            if faulty:
                made.ways = [started.enter_context(faulty_network(port)) for port in (rows.port, broker.port)]
                made.of_workers["LUCIDA_DATABASE_URL"] = rows.address(port=made.ways[0].port)
                made.of_workers["LUCIDA_CELERY_BROKER_URL"] = broker.address(made.ways[1].port)
        made.variables = environment
        started.callback(made.stop)
        made.start()
        yield made


def every_seventh_fails() -> Callable[[str, str], int | str | None]:
    """Trouble for an object storage: busy, cut off, done without an answer, in turn."""
    turns = itertools.cycle([*[None] * 6, 503, *[None] * 6, "reset", *[None] * 6, "lost", *[None] * 6, "cut"])
    lock = threading.Lock()

    def trouble(method: str, target: str) -> int | str | None:
        with lock:
            return next(turns)

    return trouble


def hurt(made: Cluster, *, jobs: int, every: float, seed: int = 0) -> float:
    """Accept jobs while workers are killed every so many seconds and the web starts anew.

    With services, Redis forgets, Postgres starts anew, and one in seven requests for files fails, too.

    Returns the seconds from the first request to the last job's end.
    """
    began = time.monotonic()
    over = threading.Event()
    moments: list[tuple[float, Callable[[], None]]] = [(4 * every, made.restart_web)]
    if made.redis is not None and made.postgres is not None and made.files is not None:
        rows, broker = made.postgres, made.redis
        made.files.trouble = every_seventh_fails()

        def restart_rows() -> None:
            rows.stop(kindly=False)
            over.wait(1)
            rows.start()

        moments += [(2 * every, lambda: bool(broker.client.flushall()) and None), (3 * every, restart_rows)]

    def torment() -> None:
        choose = random.Random(seed)
        due = sorted(moments, key=lambda moment: moment[0])
        kill_at, done_before = every, -1
        while not over.wait(0.1):
            passed = time.monotonic() - began
            if due and passed > due[0][0]:
                due.pop(0)[1]()
            # Between two kills something must have got done: on a busy machine a worker takes long to start.
            if passed > kill_at and (done := made.done()) is not None and done > done_before:
                made.kill_a_worker(choose)
                kill_at, done_before = passed + every, done

    tormentor = threading.Thread(target=torment)
    tormentor.start()
    try:
        for job in range(jobs):
            made.draw(f"job {job}", seed=job)
        while made.waiting() != 0 or time.monotonic() - began < 5 * every:
            assert time.monotonic() - began < 600, made.audit()
            time.sleep(0.25)
    finally:
        over.set()
        tormentor.join()
    return time.monotonic() - began
