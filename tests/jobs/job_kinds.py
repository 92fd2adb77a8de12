"""Small kinds of real work for the tests: hashing and a picture that grows, with progress, files and faults."""

from __future__ import annotations

import errno
import hashlib
import os
import signal
import time
from typing import Any

from django.db import OperationalError, transaction

from lucida.errors import BadPhoto, OutOfMemory
from lucida.jobs.kinds import register
from lucida.jobs.running import RunningJob


def chain(seed: int, steps: int) -> bytes:
    """What `hashing` computes: a hash of a hash of a hash."""
    digest = seed.to_bytes(4, "big")
    for _ in range(steps):
        digest = hashlib.sha256(digest).digest()
    return digest


def hashing(job: RunningJob) -> dict[str, Any]:
    """A chain of hashes that takes about `seconds`; its result depends on the seed alone."""
    steps = int(job.params.get("steps", 20))
    digest = job.seed.to_bytes(4, "big")
    (job.workspace / "half-written").write_bytes(digest)
    for step in range(steps):
        for _ in range(50):
            digest = hashlib.sha256(digest).digest()
        time.sleep(float(job.params.get("seconds", 0.2)) / steps)
        job.progress((step + 1) / (steps + 1), f"step {step + 1}/{steps} ({100 * (step + 1) // steps}%)")
        if step == steps // 2:
            version = job.artifact("preview.bin", digest[:8], "application/octet-stream")
            job.event("preview", {"preview_url": f"/preview?v={version}"})
    job.artifact("result.bin", digest, "application/octet-stream")
    return {"digest": digest.hex()}


def faulty(job: RunningJob) -> dict[str, Any]:
    """Fails in the way that `how` names, as often as `times` says."""
    how = job.params["how"]
    tries = job.workspace.parent.parent / f"tries-{job.id}"
    count = len(tries.read_text()) if tries.exists() else 0
    tries.write_text("x" * (count + 1))
    if count < int(job.params.get("times", 99)):
        if how == "bad_photo":
            raise BadPhoto("This is no photo.")
        if how == "memory":
            raise MemoryError
        if how == "out_of_memory":
            raise OutOfMemory("Too large.")
        if how == "disk":
            raise OSError(errno.ENOSPC, "No space left on device")
        if how == "database":
            raise OperationalError("database is locked")
        if how == "bug":
            raise ZeroDivisionError("a fault of ours")
        if how == "killed":
            os.kill(os.getpid(), signal.SIGKILL)
        if how == "stopped":
            with transaction.atomic():
                os.kill(os.getpid(), signal.SIGSTOP)
        if how == "deaf":
            while True:
                time.sleep(0.05)
    return {"tries": count + 1, "shrink": job.shrink}


register("hashing", hashing, queue="tests")
register("faulty", faulty, queue="tests")
